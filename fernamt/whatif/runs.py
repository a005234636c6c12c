"""The API's what-ifs: each is `fernamt whatif` in a process of its own, so that it takes nothing from live calls."""

import asyncio
import json
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from fernamt.cli.exits import Exit
from fernamt.own_command import moment, own_command, said_by
from telephony.identifiers import Instant
from web.ports import WhatIf, WhatIfsBusy, WhatIfWanted

REMEMBERED = 8
LIMIT_S = 900.0
"""A run that takes longer is ended."""
LONGEST_DETAIL = 2_000

_FAULTS = {Exit.NOT_FOUND: "no_callers", Exit.CONFIG: "faulty_centre"}


def whatif_command(options: Sequence[str] = ()) -> list[str]:
    """The command line of a run, as far as it is the same for all; `options` are those before the command."""
    return own_command(options, "whatif")


class ProcessWhatIfs:
    """One run at a time; who comes meanwhile is told so at once, and waits for nobody."""

    def __init__(self, command: Sequence[str], *, limit_s: float = LIMIT_S) -> None:
        self._command = command
        self._limit_s = limit_s
        self._runs: dict[str, WhatIf] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self, wanted: WhatIfWanted, *, what_if_id: str, at: Instant) -> WhatIf:
        """The run goes on by itself. Raises `WhatIfsBusy`."""
        if self._task is not None and not self._task.done():
            raise WhatIfsBusy("one what-if runs at a time")
        run = self._runs[what_if_id] = WhatIf(what_if_id=what_if_id, wanted=wanted, started_at=at)
        while len(self._runs) > REMEMBERED:
            del self._runs[next(iter(self._runs))]
        self._task = asyncio.create_task(self._run(run))
        return run

    def get(self, what_if_id: str) -> WhatIf | None:
        """That run, while it is remembered."""
        return self._runs.get(what_if_id)

    def latest(self) -> Sequence[WhatIf]:
        """The newest first."""
        return list(reversed(self._runs.values()))

    async def settle(self) -> None:
        """The run that goes on, if one does, has ended."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """No run goes on."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self, run: WhatIf) -> None:
        with tempfile.TemporaryDirectory(prefix="fernamt-whatif-") as folder:
            try:
                await self._ask(run, Path(folder))
            except TimeoutError:
                run.fault = "took_too_long"
            except (OSError, ValueError) as error:
                run.fault, run.detail = "failed", str(error)[:LONGEST_DETAIL]

    async def _ask(self, run: WhatIf, folder: Path) -> None:
        centre, picture, wanted = folder / "centre.toml", folder / "picture.svg", run.wanted
        options = ["--from", moment(wanted.from_at), "--to", moment(wanted.to_at), "--replays", str(wanted.replays)]
        options += ["--threshold", str(wanted.threshold_s), "--picture", str(picture), "--language", wanted.language, "--json"]
        if wanted.centre.strip():
            await asyncio.to_thread(centre.write_text, wanted.centre, encoding="utf-8")
            options += ["--config", str(centre)]
        said = await said_by([*self._command, *options], limit_s=self._limit_s)
        if said.exit_code != Exit.DONE:
            run.detail = said.errors.replace(str(centre), "centre.toml").strip()[-LONGEST_DETAIL:]
            run.fault = _FAULTS.get(Exit(said.exit_code), "failed") if said.exit_code in list(Exit) else "failed"
            return
        answer = json.loads(said.out)
        run.picture = await asyncio.to_thread(picture.read_bytes)
        run.answer = answer
