"""What goes wrong in a soak, one after the other: a phone dies, a phone stands still, the controller dies, the database stops."""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from bench.soak_floor import SoakFloor, now_us

FROZEN_S = 20.0
BACK_AFTER_S = 3.0
STOPPED_S = 30.0
SEARCH_S = 10.0


async def kill_a_phone(floor: SoakFloor) -> str:
    """A real phone is dead in the middle of something; a new one stands in its place seconds later."""
    name = await _busy_phone(floor)
    did = floor.doing.get(name, "idle")
    await floor.stop_work(name)
    killed_at = now_us()
    await floor.house.phones.pop(name).kill()
    await asyncio.sleep(BACK_AFTER_S)
    floor.gone[name].append((killed_at, now_us()))
    await floor.house.phone(name)
    floor.begin_work(name)
    return f"killed the phone of {name} ({did})"


async def stop_a_phone(floor: SoakFloor) -> str:
    """A real phone has stood still for a while, and has gone on where it was."""
    name = await _busy_phone(floor)
    did = floor.doing.get(name, "idle")
    floor.house.phones[name].freeze()
    await asyncio.sleep(FROZEN_S)
    floor.house.phones[name].thaw()
    return f"stopped the phone of {name} ({did}) for {FROZEN_S:g} s"


async def kill_the_controller(floor: SoakFloor) -> str:
    """The service's own process is dead at once, and another one has taken over."""
    began = time.monotonic()
    os.kill(floor.service_pid, signal.SIGKILL)
    await floor.house.start_service(within_s=60)
    return f"killed the controller, ready again after {time.monotonic() - began:.1f} s"


async def stop_the_database(floor: SoakFloor) -> str:
    """Another process had SQLite's write lock for a while, or PostgreSQL stood still."""
    if floor.cluster is not None:
        await _freeze(_with_children(int((floor.cluster.folder / "data" / "postmaster.pid").read_text().split()[0])), STOPPED_S)
        return f"stopped PostgreSQL for {STOPPED_S:g} s"
    await asyncio.to_thread(_hold_the_lock, floor.house.settings.service.state_dir / "fernamt.db", STOPPED_S)
    return f"locked the database for {STOPPED_S:g} s"


FAULTS: tuple[Callable[[SoakFloor], Awaitable[str]], ...] = (
    stop_a_phone,  # first in a short run: its line counts as bad for two minutes afterwards
    kill_a_phone,
    kill_the_controller,
    stop_the_database,
)


async def _busy_phone(floor: SoakFloor) -> str:
    """A real phone that rings or talks, by lot which of the two; any if none does in time."""
    wanted = floor.lot.choice(("rings", "talks"))
    until = time.monotonic() + SEARCH_S
    while time.monotonic() < until:
        found = [name for name, does in floor.doing.items() if does == wanted]
        if found:
            return floor.lot.choice(found)
        await asyncio.sleep(0.02)
    return floor.lot.choice(sorted(floor.works))


async def _freeze(pids: list[int], seconds: float) -> None:
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(seconds)
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _with_children(parent: int) -> list[int]:
    """The process first, so that it starts no other one meanwhile."""
    found = [parent]
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(path.read_text("utf-8").rpartition(")")[2].split()[1]) == parent:
                found.append(int(path.parent.name))
    return found


def _hold_the_lock(database: Path, seconds: float) -> None:
    connection = sqlite3.connect(database, isolation_level=None, timeout=30)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")
    finally:
        connection.close()
