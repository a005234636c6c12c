"""How a start goes: when each thing was reached, told in one line of the log, so that a slow start says where its time went."""

import asyncio
import os
import time
from pathlib import Path

STALL_LOOK_S = 0.005
_STAT = Path("/proc/self/stat")
_STARTED_FIELD = 19
"""Of those behind the name: clock ticks from the machine's start to the process's (proc(5), field 22)."""


class Milestones:
    """Milliseconds since the process began, and of the processor's time in it, each when first reached."""

    def __init__(self) -> None:
        self._began_s = _process_began_s()
        self._reached: dict[str, int] = {}

    def reach(self, name: str) -> None:
        """The thing of that name is there; what is reached again stays as it was."""
        self._reached.setdefault(f"{name}_ms", round((_clock_s() - self._began_s) * 1_000))
        self._reached.setdefault(f"{name}_cpu_ms", round(time.process_time() * 1_000))

    async def watch_stalls(self) -> None:
        """Notes the longest that the loop stood still, until cancelled: calls had to wait for it."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + STALL_LOOK_S
            await asyncio.sleep(STALL_LOOK_S)
            late_ms = round((loop.time() - due) * 1_000)
            self._reached["longest_stall_ms"] = max(self._reached.get("longest_stall_ms", 0), late_ms)

    def told(self) -> dict[str, int]:
        """As fields of a line of the log."""
        return dict(self._reached)


def _clock_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def _process_began_s() -> float:
    """Of the clock above; where the system does not tell, the present."""
    try:
        fields = _STAT.read_text("ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return _clock_s()
    return int(fields[_STARTED_FIELD]) / os.sysconf("SC_CLK_TCK")
