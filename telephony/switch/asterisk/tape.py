"""One segment at Asterisk: where its files are, what a way of recording can be asked, and what the files themselves show."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from telephony.errors import SwitchError
from telephony.identifiers import LegId, SegmentId
from telephony.segments import HEADER_BYTES, Direction, SegmentFile, SegmentTrouble

SEGMENT_FOLDER = "segments"
"""Below Asterisk's folder of recordings; nothing but our segments is in it."""
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


class TapeRefusal(SwitchError):
    """Asterisk said no, or something stands in the way; any other `SwitchError` of a tape says that nobody knows."""

    def __init__(self, trouble: SegmentTrouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One segment of one leg."""

    segment_id: SegmentId
    leg_id: LegId
    limit_ms: int
    folder: Path

    def file(self, direction: Direction) -> Path:
        """Where that direction is written."""
        return self.folder / f"{self.segment_id}-{direction}.wav"

    def files(self) -> tuple[Path, Path]:
        """Both of them, the received direction first."""
        return self.file(Direction.RECEIVED), self.file(Direction.SENT)

    def has_a_name(self) -> bool:
        """The id can be part of a file's name, and of nothing else."""
        return bool(self.segment_id) and _SAFE.issuperset(self.segment_id) and not self.segment_id.startswith(".")

    def is_there(self) -> bool:
        """Both files exist, with their headers."""
        return all(size >= HEADER_BYTES for size in self.sizes())

    def is_any_there(self) -> bool:
        """A file of that name exists, whoever wrote it."""
        return any(file.exists() for file in self.files())

    def is_complete(self) -> bool:
        """Whatever exists has a header that tells its size: Asterisk has closed it."""
        return all(map(_is_closed, self.files()))

    def sizes(self) -> tuple[int, int]:
        """Bytes a direction; -1 where there is no file."""
        received, sent = map(_size, self.files())
        return received, sent

    def left(self) -> tuple[SegmentFile, ...]:
        """The files that exist."""
        told = zip(Direction, self.files(), self.sizes(), strict=True)
        return tuple(SegmentFile(direction=way, name=file.name, size_bytes=size) for way, file, size in told if size >= 0)

    def delete(self) -> None:
        """No file of it exists. Raises OSError where that cannot be done."""
        for file in self.files():
            file.unlink(missing_ok=True)


class Tape(Protocol):
    """A way to record. Success of its requests proves nothing; `runs` and `is_there` do."""

    async def start(self, take: Take, /) -> None:
        """It was asked for. Raises `TapeRefusal`, or `SwitchError` where nobody knows; some of it may be there all the same."""
        ...

    async def is_there(self, take: Take, /) -> bool:
        """Whether anything of it is left, whoever began it. Raises `SwitchError`."""
        ...

    async def runs(self, take: Take, /) -> bool:
        """Both directions are recorded to the files they are meant for. Raises `SwitchError`."""
        ...

    async def mask(self, take: Take, /, *, is_masked: bool) -> None:
        """Silence is written from here on, or what is said. Raises `TapeRefusal`, or `SwitchError` where nobody knows."""
        ...

    async def stop(self, take: Take, /) -> None:
        """It was asked to end, whoever began it; harmless where it has. Raises `SwitchError` where nobody knows."""
        ...


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return -1


def _is_closed(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            header = opened.read(HEADER_BYTES)
            size = opened.seek(0, 2)
    except FileNotFoundError:
        return True
    return len(header) == HEADER_BYTES and int.from_bytes(header[40:44], "little") == size - HEADER_BYTES
