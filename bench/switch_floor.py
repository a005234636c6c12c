"""A whole floor for measuring: one Asterisk, the service beside it, agents' phones, and the two it is compared with.

Three numbers lead to the same phones: OURS through the service; QUEUE through Asterisk's own `app_queue` (`ringinuse=no`,
`retry=1`), QUEUE_DEFAULT through it with its default; BARE through the controller that thinks nothing. Everything is on loopback,
on free ports, in a folder of its own on a disk, and gone after the block.
"""

import asyncio
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.records import BenchImpossible
from bench.softphones import Softphones
from fernamt.demo.house import CHECKOUT, SWITCH, House
from fernamt.demo.sipp import Sipp
from fernamt.node.child import end, spawn
from fernamt.node.errors import NodeError
from fernamt.node.ports import free_ports, free_rtp_ports

OURS, BARE, QUEUE, QUEUE_DEFAULT = "+4930231251", "+4930231901", "+4930231902", "+4930231903"
BARE_APP = "bare"
PROGRAMS = CHECKOUT / ".state"
RTP_PORTS = 1_600
"""Two hundred talks need more than a test's block."""
SCENARIOS = Path(__file__).parent / "scenarios"

_CENTRE = """
[[clients]]
client_id = "c1"
name = "Client One"
"""
_PROJECT = """
[[projects]]
project_id = "{name}"
client_id = "c1"
name = "Projekt {name}"
ring_timeout_ms = {ring_ms}
recovery_ms = {recovery_ms}
wrap_up_limit_ms = 0
wrap_up_codes = ["done"]

[[numbers]]
did = "{did}"
project_id = "{name}"
"""
_AGENT = """
[[agents]]
agent_id = "{name}"
name = "{name}"
level = {level}
certificates = [{projects}]
keeps_line = {keeps_line}
"""


@dataclass(slots=True)
class SwitchFloor:
    """The floor, open. `names` are the agents, who are on duty."""

    house: House
    phones: Softphones
    names: list[str]

    @property
    def sip_port(self) -> int:
        """Asterisk's."""
        return self.house.settings.switch[SWITCH].sip_port

    @property
    def controller_port(self) -> int:
        """Where Asterisk reaches the service."""
        return self.house.settings.switch[SWITCH].controller_port

    bare_port: int = 0

    @property
    def service_pid(self) -> int:
        """Of the service's own process, not its worker's."""
        if self.house.service is None:
            raise NodeError("the service is not started")
        return self.house.service.pid


@asynccontextmanager
async def open_floor(
    agents: int,
    *,
    projects: dict[str, str] | None = None,
    ring_ms: int = 8_000,
    recovery_ms: int = 10_000,
    changes: dict[str, dict[str, Any]] | None = None,
    has_bare: bool = False,
    has_queues: bool = True,
    speaks: bool = True,
    keeps_line: bool = False,
    more: str = "",
    beside: Mapping[str, str] | None = None,
    before_service: Callable[[House], Awaitable[None]] | None = None,
) -> AsyncIterator[SwitchFloor]:
    """The floor is ready for calls. `projects` are numbers by project; OURS alone by default.

    With `has_queues` off Asterisk is as the product has it: app_queue costs it something even while it does nothing, since it
    looks through its members at every phone that changes. With `speaks` off the phones send no RTP. With
    `keeps_line` agents may keep a line open. `more` goes on in the centre's file, `beside` in Asterisk's.
    """
    if shutil.which("sipp") is None:
        raise BenchImpossible("sipp is not installed: apt install sip-tester")
    names = [f"a{number:03}" for number in range(1, agents + 1)]
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp", prefix="fernamt-floor-")))
        centre = directory / "centre.toml"
        listed = _centre(names, projects or {"ours": OURS}, ring_ms, recovery_ms, keeps_line=keeps_line)
        centre.write_text(listed + more, encoding="utf-8")
        bare_port, secret = free_ports(1)[0], secrets.token_urlsafe(16)
        first, last = free_rtp_ports(RTP_PORTS)
        settings = {key: dict(value) for key, value in (changes or {}).items()}
        settings.setdefault(f"switch.{SWITCH}", {}).update({"rtp_first_port": first, "rtp_last_port": last})
        extra = _beside_us(names, bare_port, secret, has_bare=has_bare, has_queues=has_queues)
        for file, text in (beside or {}).items():
            extra[file] = extra.get(file, "") + text
        node_changes = {"extra_modules": ("app_queue.so",) if has_queues else (), "extra_conf": extra}
        house = await stack.enter_async_context(
            House.open(directory / "state", centre, programs=PROGRAMS, changes=settings, node_changes=node_changes)
        )
        if has_bare:
            await stack.enter_async_context(_bare_controller(bare_port, secret, names, directory))
        if before_service is not None:
            await before_service(house)
        await house.start_service()
        phones = await Softphones.open(
            (house.settings.switch[SWITCH].bind_address, house.settings.switch[SWITCH].sip_port),
            {name: house.accounts[name].password for name in names},
            speaks=speaks,
        )
        stack.push_async_callback(phones.close)
        await phones.register()
        for start in range(0, agents, 10):
            await asyncio.gather(*(phones.dial(name, "*11") for name in names[start : start + 10]))
        await asyncio.sleep(1.0)
        yield SwitchFloor(house, phones, names, bare_port=bare_port)


@asynccontextmanager
async def callers(
    floor: SwitchFloor,
    numbers: Sequence[str],
    *,
    rate: float,
    talk_ms: Sequence[int],
    at_once: int | None = None,
    scenario: str = "callers",
    limit_s: int = 600,
    resolution_ms: int = 1,
) -> AsyncIterator[Sipp]:
    """SIPp plays one caller for each number, in this order, each with its talk time and a number of its own.

    `resolution_ms` is the step of SIPp's own timer: at 1 ms it costs a processor something even when nothing happens.
    """
    with tempfile.TemporaryDirectory(prefix="fernamt-callers-") as folder:
        fields = Path(folder) / "fields.csv"
        rows = [f"+49170{place:07};{number};{talk}" for place, (number, talk) in enumerate(zip(numbers, talk_ms, strict=True))]
        fields.write_text("SEQUENTIAL\n" + "\n".join(rows) + "\n", encoding="utf-8")
        options = ["-m", str(len(numbers)), "-r", f"{rate:g}", "-inf", str(fields), "-timer_resol", str(resolution_ms)]
        options += ["-buff_size", "4194304"]
        options += ["-l", str(at_once)] if at_once is not None else ["-l", "3000"]
        async with Sipp.running(
            SCENARIOS / f"{scenario}.xml", to=floor.house.sip, options=options, talk_ms=1_000, limit_s=limit_s
        ) as sipp:
            yield sipp


def cpu_s(pid: int) -> float:
    """Processor time of that process so far, its threads and not its children."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def memory_mb(pid: int) -> float:
    """What of that process is in memory."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def load_average() -> float:
    """How busy the whole machine was in the last minute: figures beside other work say so."""
    return os.getloadavg()[0]


@asynccontextmanager
async def _bare_controller(port: int, secret: str, names: Sequence[str], directory: Path) -> AsyncIterator[None]:
    log = directory / "bare.log"
    argv = (sys.executable, "-m", "bench.bare_controller", str(port), "bare", secret, BARE_APP, *names)
    with log.open("wb") as output:
        process = await spawn(argv, directory=CHECKOUT, output=output)
    try:
        for _ in range(200):
            if "up" in log.read_text("utf-8"):
                break
            if process.returncode is not None:
                raise NodeError(f"the bare controller ended: {log.read_text('utf-8')[-2000:]}")
            await asyncio.sleep(0.1)
        else:
            raise NodeError("Asterisk did not reach the bare controller")
        yield
    finally:
        await end(process, limit_s=3)


def _centre(names: Sequence[str], projects: dict[str, str], ring_ms: int, recovery_ms: int, *, keeps_line: bool) -> str:
    text = _CENTRE
    for name, did in projects.items():
        text += _PROJECT.format(name=name, did=did, ring_ms=ring_ms, recovery_ms=recovery_ms)
    listed = ", ".join(f'"{name}"' for name in projects)
    agent = partial(_AGENT.format, projects=listed, keeps_line=str(keeps_line).lower())
    return text + "".join(agent(name=name, level=place % 3 + 1) for place, name in enumerate(names))


def _beside_us(names: Sequence[str], bare_port: int, secret: str, *, has_bare: bool, has_queues: bool) -> dict[str, str]:
    """The configuration of what we are compared with."""
    members = "".join(f"member => PJSIP/{name},0,{name},PJSIP/{name}\n" for name in names)
    queue = "strategy = rrmemory\ntimeout = 15\nretry = 1\nwrapuptime = 0\nautofill = yes\njoinempty = yes\n"
    dialplan = "\n[from-trunk](+)\n"
    for number, does in ((BARE, f"Stasis({BARE_APP})"), (QUEUE, "Queue(peer,r)"), (QUEUE_DEFAULT, "Queue(peer-default,r)")):
        dialplan += f"exten => {number},1,{does}\n same => n,Hangup()\n"
    queues = f"[general]\npersistentmembers = no\n\n[peer]\nringinuse = no\n{queue}{members}\n[peer-default]\n{queue}{members}"
    beside = {"queues.conf": queues, "extensions.conf": dialplan} if has_queues else {"extensions.conf": dialplan}
    if has_bare:
        beside["websocket_client.conf"] = (
            f"\n[bare]\ntype = websocket_client\nuri = ws://127.0.0.1:{bare_port}/bare\nprotocols = ari\nusername = bare\n"
            f"password = {secret}\nconnection_type = persistent\nreconnect_interval = 500\n"
        )
        beside["ari.conf"] = (
            f"\n[bare]\ntype = outbound_websocket\nwebsocket_client_id = bare\napps = {BARE_APP}\nsubscribe_all = no\n"
            "local_ari_user = fernamt\n"
        )
    return beside
