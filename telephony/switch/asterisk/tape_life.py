"""Whether a running segment lives: its files grow as time passes, hold more than zeros while packets come, and leave disk room.

Asterisk writes a file in steps of 32,768 bytes, 2.05 s of sound. A build that drops translated frames when a stream begins again
with a lower sequence number writes zeros while the parties hear each other: only the packets' count shows it. A phone that is
mute sends A-law silence, which is not zero; the silence of every other codec is. There zeros say something only where the party's
stream has begun again since the segment did.
"""

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from telephony.identifiers import LegId
from telephony.segments import HEADER_BYTES, Direction, SegmentTrouble
from telephony.switch.asterisk.tape import Take
from telephony.switch.asterisk.tape_clock import HOLE_MS, TapeClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Packets:
    """What has passed on a leg so far."""

    received: int
    sent: int
    stream: str
    """Which stream of the party's it is: another one began again somewhere else."""
    codec: str


PacketsOf = Callable[[LegId], Awaitable[Packets | None]]
"""Of that leg; None where it cannot be told."""

NEVER_ZERO = "alaw"
"""The one codec in which no sound at all is no zero."""

GROWS_WITHIN_S = 4.0
ZEROS_BYTES = 65_536
"""Four seconds of sound."""
PACKETS = 50
FREE_BYTES = 1 << 30
FREE_SHARE = 0.05


def has_room(folder: Path) -> bool:
    """A gigabyte and a twentieth of the disk are free; of a disk that is smaller than two, half of it."""
    usage = shutil.disk_usage(folder)
    return usage.free >= min(FREE_BYTES, usage.total // 2) and usage.free >= usage.total * FREE_SHARE


class Life:
    """What the looks at one running segment have shown."""

    def __init__(self, take: Take, packets_of: PacketsOf, room: Callable[[Path], bool]) -> None:
        self._take = take
        self._packets_of = packets_of
        self._has_room = room
        self.clock = TapeClock(take)
        self._sizes = (0, 0)
        self._grew_at: float | None = None
        self._zeros = [0, 0]
        self._packets: Packets | None = None
        self._stream: str | None = None
        self.is_masked = False
        """Zeros are what is wanted then."""

    async def look(self, at: float) -> list[SegmentTrouble]:
        """What is wrong at that second of the loop's clock."""
        found = []
        sizes = self._take.sizes()
        if self._grew_at is None or (sizes[0] > self._sizes[0] and sizes[1] > self._sizes[1]):
            self._grew_at = at
        elif at - self._grew_at > GROWS_WITHIN_S:
            found.append(SegmentTrouble.STALLED)
        for way, direction in enumerate(Direction):
            self._count_zeros(way, self._take.file(direction), self._sizes[way], sizes[way])
        self._sizes = sizes
        if await self._is_silent():
            found.append(SegmentTrouble.SILENT)
        if self.clock.missing_ms() >= HOLE_MS:
            found.append(SegmentTrouble.STARVED)
        if not self._has_room(self._take.folder):
            found.append(SegmentTrouble.DISK_LOW)
        return found

    def _count_zeros(self, way: int, file: Path, before: int, size: int) -> None:
        begin = max(before, HEADER_BYTES)
        if size <= begin:
            return
        with file.open("rb") as opened:
            opened.seek(begin)
            is_zero = not opened.read(size - begin).strip(b"\0")
        self._zeros[way] = self._zeros[way] + size - begin if is_zero and not self.is_masked else 0

    async def _is_silent(self) -> bool:
        """Zeros for so long, and packets of that direction before and after: asked only where there are such zeros."""
        if self._stream is None:
            begun = await self._packets_of(self._take.leg_id)
            self._stream = None if begun is None else begun.stream
        if max(self._zeros) < ZEROS_BYTES:
            self._packets = None
            return False
        before, self._packets = self._packets, await self._packets_of(self._take.leg_id)
        if before is None or self._packets is None:
            return False
        return any(self._says_nothing(way, before, self._packets) for way in (0, 1))

    def _says_nothing(self, way: int, before: Packets, now: Packets) -> bool:
        came = (now.received - before.received, now.sent - before.sent)[way]
        means_loss = now.codec == NEVER_ZERO or (way == 0 and now.stream != self._stream)
        return means_loss and self._zeros[way] >= ZEROS_BYTES and came >= PACKETS
