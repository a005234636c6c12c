"""A switch that records as the test says, and the segments that are told of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from telephony.errors import SwitchError
from telephony.events import Event
from telephony.identifiers import CallId, LegId, SegmentId, SwitchName
from telephony.segments import (
    SegmentCommand,
    SegmentEnded,
    SegmentFaulted,
    SegmentTrouble,
    StartSegment,
)
from telephony.switch.asterisk.segments import Segments, SegmentTiming
from telephony.switch.asterisk.tape import Take, TapeRefusal
from telephony.switch.asterisk.tape_life import Packets

CALL = CallId("018f0000-0000-7000-8000-000000000001")
SEGMENT = SegmentId(f"{CALL}.segment.1")
LEG = LegId("node-1.1")
QUICK = SegmentTiming(proof_s=5.0, step_s=0.001, again_s=0.002, closing_s=0.05, look_s=0.01)
IMPATIENT = SegmentTiming(proof_s=0.02, step_s=0.001, again_s=0.002, closing_s=0.1, look_s=0.01)
EMPTY = b"RIFF" + bytes(36) + bytes(4)


class LyingTape:
    """Says yes to everything and does what the test says."""

    def __init__(self) -> None:
        self.is_listed = False
        self.makes_file: tuple[bool, bool] = (True, True)
        self.file_after_s = 0.0
        self.lists = True
        self.refuses: SegmentTrouble | None = None
        self.is_refused_half = False
        """One of the two directions was begun before."""
        self.cuts_at: set[str] = set()
        self.ignores_stops = 0
        self.stops = 0
        self.takes: list[Take] = []

    async def start(self, take: Take, /) -> None:
        self._cut("start before")
        if self.refuses is not None:
            if self.is_refused_half:
                self.is_listed = True
                take.files()[0].write_bytes(EMPTY)
            raise TapeRefusal(self.refuses)
        self.takes.append(take)
        self.is_listed = True
        asyncio.get_running_loop().call_later(self.file_after_s, self._make, take)
        self._cut("start")

    def _make(self, take: Take) -> None:
        for file, is_made in zip(take.files(), self.makes_file, strict=True):
            if is_made:
                file.write_bytes(EMPTY)

    async def is_there(self, take: Take, /) -> bool:
        self._cut("find")
        return self.is_listed

    async def runs(self, take: Take, /) -> bool:
        self._cut("find")
        return self.is_listed and self.lists

    async def mask(self, take: Take, /, *, is_masked: bool) -> None:
        self._cut("mask")

    async def stop(self, take: Take, /) -> None:
        self._cut("stop")
        self.stops += 1
        if self.stops > self.ignores_stops:
            self.is_listed = False

    def _cut(self, where: str) -> None:
        if where in self.cuts_at:
            raise SwitchError("the line is cut")


class Scene:
    def __init__(self, folder: Path, timing: SegmentTiming = QUICK) -> None:
        self.tape, self.facts, self.folder = LyingTape(), list[Event](), folder
        self.channel: str | None = "PJSIP/a-1"
        self.has_room = True
        self.packets: tuple[int, int] | None = (0, 0)
        self.codec, self.stream = "alaw", "one"
        self._news, self.tells_codec = asyncio.Event(), asyncio.Event()
        self.tells_codec.set()
        self.segments = Segments(
            self.tape,
            folder,
            name_of=lambda _leg: self.channel,
            tell=self._tell,
            packets_of=self._packets_of,
            codec_of=self._codec_of,
            has_room=lambda _folder: self.has_room,
            timing=timing,
        )

    def _tell(self, event: Event) -> None:
        self.facts.append(event)
        self._news.set()

    async def _packets_of(self, _leg: LegId) -> Packets | None:
        if self.packets is None:
            return None
        return Packets(received=self.packets[0], sent=self.packets[1], stream=self.stream, codec=self.codec)

    async def _codec_of(self, _leg: LegId) -> str | None:
        await self.tells_codec.wait()
        return self.codec

    def send(self, kind: type[SegmentCommand], **more: Any) -> None:
        more = {"limit_ms": 60_000, **more} if kind is StartSegment else more
        self.segments.carry_out(kind(call_id=CALL, switch=SwitchName("n"), leg_id=LEG, segment_id=SEGMENT, **more))

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not is_so():
                self._news.clear()
                await self._news.wait()

    async def ended(self, times: int = 1) -> SegmentEnded:
        await self.until(lambda: len(self.of(SegmentEnded)) >= times)
        return self.of(SegmentEnded)[times - 1]

    async def writes_on(self, zeros_in: int, times: int) -> None:
        """Packets come both ways, and what one way holds is written as zeros."""
        for _ in range(times):
            for number, file in enumerate(self.tape.takes[0].files()):
                with file.open("ab") as opened:
                    opened.write(bytes(32_768) if number == zeros_in else b"\x01" * 32_768)
            received, sent = self.packets or (0, 0)
            self.packets = (received + 102, sent + 102)
            await asyncio.sleep(0.015)  # files are looked at, they do not tell

    def of(self, kind: type[Any]) -> list[Any]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def troubles(self) -> list[SegmentTrouble]:
        return [fact.trouble for fact in self.of(SegmentFaulted)]

    def left(self) -> list[str]:
        return sorted(file.name for file in self.folder.iterdir())
