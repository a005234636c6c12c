"""A screen's place in the live feed: what waits for it, bounded, and what all screens of one scope share.

A screen too slow for its queue loses the queue and gets a fresh snapshot instead.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from monitor.scope import Scope
from telephony.errors import FernamtError
from telephony.identifiers import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSettings:
    """Pace and bounds of the feed."""

    interval_s: float = 0.2
    """Least time between two deltas: what happens in between travels together."""
    beat_s: float = 1.0
    ring_frames: int = 300
    queue_frames: int = 50
    queue_bytes: int = 2_000_000
    keep_scope_s: float = 60.0
    """How long deltas of a scope nobody watches are kept for a screen that comes back."""


class SightChanged(FernamtError):
    """Who sees what has changed since the screen came: whoever serves it looks again what it may see, and subscribes anew."""

    code = "sight_changed"


@dataclass(frozen=True, slots=True)
class Frame:
    """One encoded message, and the number a screen stands at after it."""

    seq: int
    payload: bytes


@dataclass(slots=True, kw_only=True, eq=False)
class Channel:
    """What all screens of one scope share."""

    scope: Scope
    ring: deque[Frame]
    complete_from: int
    """The ring holds every delta after this number."""
    snapshot: Frame | None = None
    screens: list["Subscription"] = field(default_factory=list)
    left_at: Instant | None = None

    def send(self, frame: Frame) -> None:
        """All screens have the frame, and who comes back too late finds it for a while."""
        if len(self.ring) == self.ring.maxlen:
            self.complete_from = self.ring[0].seq
        self.ring.append(frame)
        for screen in self.screens:
            screen.put(frame)

    def since(self, seq: int) -> list[Frame] | None:
        """What a screen missed that stands at that number; None where it is not all there any more."""
        return [frame for frame in self.ring if frame.seq > seq] if self.complete_from <= seq else None

    def forget(self, seq: int) -> None:
        """Nothing of before that number can be resumed."""
        self.ring.clear()
        self.complete_from = seq


class Subscription:
    """One screen's place in the feed. Used with `with`; `next` gives the frames in their order, for ever."""

    def __init__(
        self,
        channel: Channel,
        settings: FeedSettings,
        *,
        missed: Sequence[Frame] | None,
        beat: Frame,
        snapshot: Callable[[Channel], Frame],
        now: Callable[[], Instant],
    ) -> None:
        """`missed`: what the screen is to be given first; None: a snapshot."""
        self._channel = channel
        self._settings = settings
        self._snapshot = snapshot
        self._now = now
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._beat: Frame | None = beat
        self._is_behind = missed is None
        self._is_over = False
        self._wake = asyncio.Event()
        for frame in missed or ():
            self.put(frame)
        self._wake.set()

    def __enter__(self) -> "Subscription":
        self._channel.screens.append(self)
        self._channel.left_at = None
        return self

    def __exit__(self, *_exc: object) -> None:
        self._channel.screens.remove(self)
        if not self._channel.screens:
            self._channel.left_at = self._now()

    def put(self, frame: Frame) -> None:
        """The frame waits to be fetched; where that would be too many, a snapshot will be fetched instead of all."""
        if self._is_behind:
            return
        self._frames.append(frame)
        self._bytes += len(frame.payload)
        if len(self._frames) > self._settings.queue_frames or self._bytes > self._settings.queue_bytes:
            self.start_over()
        self._wake.set()

    def start_over(self) -> None:
        """A fresh snapshot is fetched next, in place of all that waits."""
        self._frames.clear()
        self._bytes = 0
        self._is_behind = True
        self._wake.set()

    def end(self) -> None:
        """Nothing that waits is given out any more: `next` raises `SightChanged`."""
        self._is_over = True
        self._wake.set()

    def put_beat(self, frame: Frame) -> None:
        """Only the latest beat waits, behind all frames."""
        self._beat = frame
        self._wake.set()

    async def next(self) -> Frame:
        """The next frame, as soon as there is one. Raises `SightChanged` where what may be seen is to be looked at anew."""
        while True:
            if self._is_over:
                raise SightChanged("who sees what has changed: look again, and subscribe anew")
            if self._is_behind:
                self._is_behind = False
                return self._snapshot(self._channel)
            if self._frames:
                frame = self._frames.popleft()
                self._bytes -= len(frame.payload)
                return frame
            if self._beat is not None:
                beat, self._beat = self._beat, None
                return beat
            self._wake.clear()
            await self._wake.wait()
