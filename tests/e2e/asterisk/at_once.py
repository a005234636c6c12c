"""The switch and the phones of a test go before everything else on the machine, as they would on a machine of their own.

What is proven of packets is proven of the switch, not of how many other tests run beside it. Phones and switch take a few
hundredths of a processor, so nobody waits for them, but other such phones and switches would: one test goes first at a time.
Needs the right to do so (root, CAP_SYS_NICE); without it a talk is as even as the machine is quiet.
"""

import asyncio
import fcntl
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

STOLEN_S = 0.02
"""A host that takes the processors away for so long keeps a packet back, whoever goes first on the machine."""
_BEFORE_OTHERS = os.sched_param(1)
_LIKE_OTHERS = os.sched_param(0)


@dataclass(frozen=True, slots=True)
class Precedence:
    """True where nobody was in the way: they may go before others, and the host has taken nothing of the machine since."""

    is_granted: bool
    stolen_before_s: float

    def __bool__(self) -> bool:
        return self.is_granted and stolen_s() - self.stolen_before_s < STOLEN_S


def stolen_s() -> float:
    """What the host has taken of this machine's processors since its start, in seconds."""
    return int(Path("/proc/stat").read_text().split("\n", 1)[0].split()[8]) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def at_once(*processes: int) -> AsyncIterator[Precedence]:
    """Inside the block this thread and all threads of those processes run when they want to, where they may.

    Waits until nobody else on the machine is in such a block.
    """
    async with _alone():
        with _before_others(processes) as precedence:
            yield precedence


@asynccontextmanager
async def _alone() -> AsyncIterator[None]:
    place = os.open(tempfile.gettempdir(), os.O_RDONLY | os.O_DIRECTORY)  # everybody's, and nothing of it is left behind
    try:
        await asyncio.to_thread(fcntl.flock, place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)


@contextmanager
def _before_others(processes: tuple[int, ...]) -> Iterator[Precedence]:
    before_s = stolen_s()
    own = os.SCHED_RR | os.SCHED_RESET_ON_FORK  # programs started meanwhile are like others
    try:
        os.sched_setscheduler(0, own, _BEFORE_OTHERS)
    except PermissionError:
        yield Precedence(is_granted=False, stolen_before_s=before_s)
        return
    _all_threads(processes, os.SCHED_RR, _BEFORE_OTHERS)  # and those they start: a recording has one of its own
    try:
        yield Precedence(is_granted=True, stolen_before_s=before_s)
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, _LIKE_OTHERS)
        _all_threads(processes, os.SCHED_OTHER, _LIKE_OTHERS)


def _all_threads(processes: tuple[int, ...], policy: int, priority: os.sched_param) -> None:
    for process in processes:
        with suppress(FileNotFoundError):
            for thread in Path(f"/proc/{process}/task").iterdir():
                with suppress(ProcessLookupError):
                    os.sched_setscheduler(int(thread.name), policy, priority)
