"""The service is killed and started again with 20 calls talking, 3 ringing and 5 waiting: how long until callers are offered.

Five kills in a row on a floor of 23 agents; while the service is gone one agent hangs up, so that the oldest caller who waits has
somebody to be offered to. Control is back when the calls are reconciled with the switch; the offer is its INVITE at the phone.
Both count from the moment before the program is started, and so do the phases, which the service tells itself (`before_us`: what
passes until its process counts). Then the same once more behind a journal of 300,000 events of the same day.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import synthetic_journal
from bench.sip_message import Message
from bench.softphones import Manner
from bench.switch_floor import OURS, SwitchFloor, callers, load_average, open_floor
from store.journal_codec import COLUMNS

TALKING, RINGING, WAITING = 20, 3, 5
KILLS = 5
TARGET_S = 3.0
LONG_MS = 900_000
RING_MS = 300_000
SILENT = {"agents": {"rtp_timeout_s": 600}}
"""SIPp's callers say nothing, and are to live that long."""
MANY_CALLS = 21_000
"""A little over 300,000 events."""
STALL_MS = 100.0
LIMIT_S = 60.0


@dataclass(slots=True)
class Start:
    """One start of the service, in seconds from the moment before it."""

    control_s: float
    offer_s: float
    ready_s: float
    phases: dict[str, float] = field(default_factory=dict)
    """What the service told of itself, in milliseconds from its process's beginning."""


class Phones:
    """How the phones behave: as many answer as talk, the next ring on, and who is offered after a start answers again."""

    def __init__(self, floor: SwitchFloor) -> None:
        self.floor = floor
        self.offered: asyncio.Event = asyncio.Event()
        self.offered_ns = 0
        self._invited = 0
        floor.phones.manner = self._manner

    def next_round(self) -> None:
        """The next INVITE is the first of a start."""
        self.offered.clear()

    def someone_hangs_up(self) -> None:
        """An agent who talks is free."""
        self.floor.phones.hang_up(next(one for one in self.floor.phones.dialogs.values() if one.state == "talking"))

    async def busy(self) -> None:
        """Everybody who is to talk does, and the rest ring."""
        async with asyncio.timeout(LIMIT_S):
            wanted = ["ringing"] * RINGING + ["talking"] * TALKING
            while sorted(one.state for one in self.floor.phones.dialogs.values()) != wanted:  # noqa: ASYNC110 - packets tell
                await asyncio.sleep(0.05)

    def _manner(self, _user: str, _invite: Message) -> Manner:
        if not self.offered.is_set():
            self.offered_ns = time.time_ns()
            self.offered.set()
        self._invited += 1
        return Manner(answer_after_s=None if TALKING < self._invited <= TALKING + RINGING else 0.0)


def run() -> list[dict[str, Any]]:
    """One run; one record a figure."""
    starts, large, events, busy = asyncio.run(_measure())
    controls = sorted(start.control_s for start in starts)
    offers = sorted(start.offer_s for start in starts)
    return [
        _timed("control_back_p50", controls[len(controls) // 2]),
        _timed("control_back_worst", controls[-1]),
        _timed("offered_again_p50", offers[len(offers) // 2]),
        _timed("offered_again_worst", offers[-1]),
        {"name": "screens_back_p50", "value": sorted(start.ready_s for start in starts)[len(starts) // 2], "unit": "s"},
        *_phases("phase", starts),
        _timed("large_journal_control_back", large.control_s),
        _timed("large_journal_offered_again", large.offer_s),
        {"name": "large_journal_screens_back", "value": large.ready_s, "unit": "s"},
        *_phases("large_journal_phase", [large]),
        _stall("longest_stall", max(start.phases["longest_stall_ms"] for start in starts)),
        _stall("large_journal_longest_stall", large.phases["longest_stall_ms"]),
        {"name": "large_journal", "value": events, "unit": "events"},
        {"name": "kills", "value": len(starts), "unit": "starts"},
        {"name": "load_average", "value": busy, "unit": "processes"},
    ]


def _timed(name: str, value: float) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": "s", "target": TARGET_S, "ok": value <= TARGET_S}


def _stall(name: str, value: float) -> dict[str, Any]:
    """What a call may have to wait while the rest of the start goes on beside it."""
    return {"name": name, "value": value, "unit": "ms", "target": STALL_MS, "ok": value <= STALL_MS}


def _phases(prefix: str, starts: list[Start]) -> Iterator[dict[str, Any]]:
    for name in sorted(starts[0].phases.keys() - {"longest_stall_ms"}, key=list(starts[0].phases).index):
        values = sorted(start.phases[name] for start in starts if name in start.phases)
        yield {"name": f"{prefix}_{name.removesuffix('_ms')}", "value": values[len(values) // 2], "unit": "ms"}


async def _measure() -> tuple[list[Start], Start, int, float]:
    async with AsyncExitStack() as stack:
        floor = await stack.enter_async_context(open_floor(TALKING + RINGING, ring_ms=RING_MS, changes=SILENT))
        phones = Phones(floor)
        count = TALKING + RINGING + WAITING
        await stack.enter_async_context(_callers(floor, count))
        await phones.busy()
        await _waiting(floor)
        starts = []
        for _ in range(KILLS):
            starts.append(await _restart(floor, phones))
            await _again_full(floor, phones, stack)
        busy = load_average()
        await floor.house.stop_service()
        events = _grow(floor.house.directory / "fernamt.db")
        await floor.house.start_service(within_s=LIMIT_S)
        large = await _restart(floor, phones)
    return starts, large, events, busy


def _callers(floor: SwitchFloor, count: int) -> Any:
    return callers(floor, [OURS] * count, rate=10.0, talk_ms=[LONG_MS] * count)


async def _waiting(floor: SwitchFloor) -> None:
    """As many callers wait as are to."""
    async with asyncio.timeout(LIMIT_S):
        while await _waits(floor) < WAITING:  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(0.5)


async def _waits(floor: SwitchFloor) -> int:
    database = sqlite3.connect(floor.house.directory / "fernamt.db")
    try:
        admitted, reserved = (
            database.execute("SELECT count(*) FROM journal WHERE kind = ?", (kind,)).fetchone()[0]
            for kind in ("call_admitted", "agent_reserved")
        )
    finally:
        database.close()
    return int(admitted) - int(reserved)


async def _again_full(floor: SwitchFloor, phones: Phones, stack: AsyncExitStack) -> None:
    """For the caller who is served now another one waits."""
    await phones.busy()
    await stack.enter_async_context(_callers(floor, 1))
    await _waiting(floor)


async def _restart(floor: SwitchFloor, phones: Phones) -> Start:
    house = floor.house
    phones.next_round()
    house.kill_service()
    phones.someone_hangs_up()
    log = house.directory / "serve.log"
    written = log.stat().st_size
    began_ns = time.time_ns()
    await house.start_service(within_s=LIMIT_S)
    ready_ns = time.time_ns()
    async with asyncio.timeout(LIMIT_S):
        await phones.offered.wait()
    return Start(
        control_s=(_connected_us(house.directory / "fernamt.db") * 1_000 - began_ns) / 1e9,
        offer_s=(phones.offered_ns - began_ns) / 1e9,
        ready_s=(ready_ns - began_ns) / 1e9,
        phases=await _told(log, written),
    )


def _connected_us(path: Path) -> int:
    database = sqlite3.connect(path)
    try:
        found = database.execute("SELECT max(received_at) FROM journal WHERE kind = 'switch_connected'").fetchone()[0]
    finally:
        database.close()
    return int(found)


async def _told(log: Path, since: int) -> dict[str, float]:
    """The service's own account of the start, once that is over."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            told = _started(log, since)
            if told:
                return told
            await asyncio.sleep(0.05)


def _started(log: Path, since: int) -> dict[str, float]:
    for line in log.read_bytes()[since:].splitlines():
        if line.startswith(b"{") and (said := json.loads(line)).get("event") == "started":
            return {name: float(value) for name, value in said.items() if name.endswith("_ms")}
    return {}


def _grow(path: Path) -> int:
    """The journal has many more calls, all of the last hours; the service is not running."""
    database = sqlite3.connect(path)
    columns = ", ".join(COLUMNS)
    try:
        seq, last_at = database.execute("SELECT max(seq), max(received_at) FROM journal").fetchone()
        shift = last_at - int(synthetic_journal.START + MANY_CALLS * 500_000 + 600_000_000)
        rows = (
            (seq + number, event_id, at + shift, received + shift, *rest)
            for number, event_id, at, received, *rest in synthetic_journal.rows(MANY_CALLS)
        )
        with database:
            database.executemany(f"INSERT INTO journal ({columns}) VALUES ({', '.join('?' * len(COLUMNS))})", rows)  # noqa: S608
        return int(database.execute("SELECT max(seq) FROM journal").fetchone()[0])
    finally:
        database.close()
