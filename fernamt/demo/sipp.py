"""SIPp, for callers and line ends that are odd, many, or measured.

    async with Sipp.running("answering_line", at=line_port, talk_ms=500):
        result = await run_sipp("caller", to="127.0.0.1:5060", calls=10, rate=2,
                                keys={"caller": "+4930555", "number": "4930123"}, talk_ms=3000)
        assert result.succeeded == 10

The scenarios lie in `scenarios/`. Every run is bounded in time: SIPp can wait for ever for a lost call.
"""

import asyncio
import csv
import secrets
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from fernamt.demo.tones import write_tone
from fernamt.node.child import end, spawn
from fernamt.node.errors import NodeError
from fernamt.node.packages import missing_debian_packages
from fernamt.node.ports import brief_ports
from fernamt.node.program import installed

SCENARIOS = Path(__file__).resolve().parent / "scenarios"


@dataclass(frozen=True, slots=True, kw_only=True)
class SippResult:
    """How a run ended: calls by outcome, SIPp's exit code, and what it said of the failures."""

    succeeded: int
    failed: int
    exit_code: int
    errors: str


@dataclass(slots=True)
class Sipp:
    """A running SIPp. Use `running` for a line's other end and `run_sipp` for callers."""

    directory: Path
    port: int
    _process: asyncio.subprocess.Process

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        scenario: str | Path,
        *,
        to: str | None = None,
        at: int | None = None,
        keys: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
        talk_ms: int = 1000,
        limit_s: int = 600,
    ) -> AsyncIterator["Sipp"]:
        """SIPp plays the scenario inside the block, on port `at` (a free one if None), and is gone after it.

        `talk_ms` is the scenario's pause: of a caller his talk or his patience, of a line its ringing.
        """
        path = installed("sipp")
        if path is None:
            raise NodeError(f"sipp not found: {missing_debian_packages(('sipp',))}")
        file = scenario if isinstance(scenario, Path) else SCENARIOS / f"{scenario}.xml"
        sip, media, _pictures = brief_ports(3)  # SIPp takes the next but one after that of sound for pictures
        port = at if at is not None else sip
        here = "::1" if to is not None and to.startswith("[") else "127.0.0.1"
        with tempfile.TemporaryDirectory(prefix="fernamt-sipp-") as name:
            directory = Path(name)
            await asyncio.to_thread(write_tone, directory / "tone.alaw", tone_hz=440)
            played = directory / "scenario.xml"
            await asyncio.to_thread(_write_scenario, file, played, talk_ms)
            argv = [
                *(path, *((to,) if to else ()), "-sf", str(played), "-i", here, "-p", str(port)),
                # Numbers of processes come again within the hour, and with them Call-IDs: two calls would be one.
                *("-cid_str", f"%u-{secrets.token_hex(4)}-%p@%s"),
                *("-mi", here, "-mp", str(media), "-nostdin", "-timeout", str(limit_s), "-d", str(talk_ms)),
                *("-trace_err", "-error_file", "errors.log", "-trace_stat", "-stf", "stat.csv", "-fd", "1"),
            ]
            for key, value in (keys or {}).items():
                argv += ["-key", key, value]
            with (directory / "output.log").open("wb") as output:
                process = await spawn((*argv, *options), directory=directory, output=output)
            try:
                yield cls(directory, port, process)
            finally:
                await end(process, limit_s=2)

    async def finished(self, *, within_s: float) -> SippResult:
        """SIPp has played all its calls; raises TimeoutError when it has not within the time."""
        exit_code = await asyncio.wait_for(self._process.wait(), within_s)
        return await asyncio.to_thread(self._result, exit_code)

    async def so_far(self) -> SippResult:
        """How its calls have gone until now, by its last count, of the second before."""
        return await asyncio.to_thread(self._result, -1)

    def _result(self, exit_code: int) -> SippResult:
        errors = ""
        for name in ("errors.log", "output.log"):
            with suppress(FileNotFoundError):
                errors = errors or (self.directory / name).read_text("utf-8", errors="replace")[-4000:]
        last = {"SuccessfulCall(C)": "0", "FailedCall(C)": "0"}
        with suppress(FileNotFoundError), (self.directory / "stat.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter=";"):
                last = row
        return SippResult(
            succeeded=int(last["SuccessfulCall(C)"]),
            failed=int(last["FailedCall(C)"]),
            exit_code=exit_code,
            errors=errors if exit_code else "",
        )


async def run_sipp(
    scenario: str | Path,
    *,
    to: str,
    calls: int = 1,
    rate: float = 1.0,
    talk_ms: int = 1000,
    keys: Mapping[str, str] | None = None,
    options: Sequence[str] = (),
    within_s: float = 60.0,
) -> SippResult:
    """The calls have been played at that rate a second, each with a pause of `talk_ms`; says how they ended."""
    counted = ("-m", str(calls), "-r", f"{rate:g}", *options)
    limit_s = int(within_s) + 5
    async with Sipp.running(scenario, to=to, keys=keys, options=counted, talk_ms=talk_ms, limit_s=limit_s) as sipp:
        return await sipp.finished(within_s=within_s)


def _write_scenario(template: Path, path: Path, talk_ms: int) -> None:
    # SIPp takes a time limit of a <recv> as a literal only.
    path.write_text(template.read_text("utf-8").replace("{{ talk_ms }}", str(talk_ms)), encoding="utf-8")
