"""Segments at Asterisk, whatever they are recorded with: nothing is called proven that is not, nothing ended that goes on.

A start is proven by a look and by both files; a life by files that grow; an end by a look that finds nothing and by files that
are closed. Where nobody knows, that is told at once, and asked until somebody does (asterisk-recording.md has the measurements).
"""

import asyncio
import os
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from telephony.errors import SwitchError
from telephony.events import Event
from telephony.identifiers import LegId, SegmentId
from telephony.segments import (
    DiscardSegment,
    MaskSegment,
    SegmentCommand,
    SegmentEnded,
    SegmentFaulted,
    SegmentFile,
    SegmentMasked,
    SegmentProven,
    SegmentTrouble,
    StartSegment,
)
from telephony.switch.asterisk.tape import Take, Tape, TapeRefusal
from telephony.switch.asterisk.tape_clock import HOLE_MS
from telephony.switch.asterisk.tape_life import Life, PacketsOf

NameOf = Callable[[LegId], str | None]
CodecOf = Callable[[LegId], Awaitable[str | None]]
"""What that leg speaks; None where it cannot be told."""
_REMEMBERED = 1_000
"""Ends that are told again when asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentTiming:
    """Seconds: for a proof, between two tries, for files to be closed, between two looks at a running one."""

    proof_s: float = 1.0
    step_s: float = 0.01
    again_s: float = 0.2
    closing_s: float = 2.0
    look_s: float = 2.0
    codec_s: float = 0.2
    """A proof waits no longer to be told what is spoken."""


@dataclass(slots=True, kw_only=True)
class _Running:
    take: Take
    life: Life
    told: set[SegmentTrouble] = field(default_factory=set)
    """Every trouble is told once."""
    tasks: list["asyncio.Task[None] | asyncio.TimerHandle"] = field(default_factory=list)


class Segments:
    """Carries out what is asked of segments, a leg's in their order; what comes of it goes to `tell`."""

    def __init__(
        self,
        tape: Tape,
        folder: Path,
        *,
        name_of: NameOf,
        tell: Callable[[Event], None],
        packets_of: PacketsOf,
        codec_of: CodecOf,
        has_room: Callable[[Path], bool],
        timing: SegmentTiming | None = None,
    ) -> None:
        self._tape = tape
        self._folder = folder
        self._name_of = name_of
        self._tell = tell
        self._packets_of = packets_of
        self._codec_of = codec_of
        self._has_room = has_room
        self._timing = timing if timing is not None else SegmentTiming()
        self._running: dict[SegmentId, _Running] = {}
        self._ended: OrderedDict[SegmentId, SegmentEnded] = OrderedDict()
        self._order: dict[LegId, asyncio.Task[None]] = {}

    def carry_out(self, command: SegmentCommand) -> None:
        """The command is in line behind the earlier ones of its leg."""
        self._put_in_line(command.leg_id, partial(self._obey, command))

    def leg_ended(self, leg_id: LegId) -> None:
        """The leg is gone, and every recording of it with it: looked at, and told."""
        for running in tuple(self._running.values()):
            if running.take.leg_id == leg_id:
                self._end_in_line(running.take)

    async def close(self) -> None:
        """Nothing is looked after any more; what runs at Asterisk runs on."""
        for running in tuple(self._running.values()):
            self._let_be(running)
        tasks = tuple(self._order.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _put_in_line(self, leg_id: LegId, work: Callable[[], Awaitable[None]]) -> None:
        before = self._order.get(leg_id)
        task = asyncio.get_running_loop().create_task(_after(before, work))
        self._order[leg_id] = task
        task.add_done_callback(lambda done: self._order.pop(leg_id) if self._order.get(leg_id) is done else None)

    def _end_in_line(self, take: Take) -> None:
        """A stop that nobody asked for: the time is up, or it is over."""
        self._put_in_line(take.leg_id, partial(self._over, take))

    async def _over(self, take: Take) -> None:
        if take.segment_id in self._running:
            await self._stop(take, is_kept=True)

    async def _obey(self, command: SegmentCommand) -> None:
        take = self._take_of(command)
        ended = self._ended.get(command.segment_id)
        if ended is not None and not isinstance(command, DiscardSegment):
            self._tell(ended)
        elif not take.has_a_name():
            self._fault(take, SegmentTrouble.REFUSED)
            self._tell_end(take, ())
        elif isinstance(command, StartSegment):
            await self._start(take)
        elif isinstance(command, MaskSegment):
            await self._mask(take, is_masked=command.is_masked)
        else:
            await self._stop(take, is_kept=not isinstance(command, DiscardSegment))

    def _take_of(self, command: SegmentCommand) -> Take:
        known = self._running.get(command.segment_id)
        if known is not None:
            return known.take
        limit_ms = command.limit_ms if isinstance(command, StartSegment) else 0
        return Take(segment_id=command.segment_id, leg_id=command.leg_id, limit_ms=limit_ms, folder=self._folder)

    # -- start ---------------------------------------------------------------------------------------------------------

    async def _start(self, take: Take) -> None:
        if take.segment_id in self._running:
            return
        try:
            if not take.is_any_there() or not await self._tape.is_there(take):
                self._check(take)
                await self._begin(take)
                return
        except TapeRefusal as refusal:
            self._fault(take, refusal.trouble)
            self._tell_end(take, ())
        except SwitchError:
            self._fault(take, SegmentTrouble.DISCONNECTED)
            await self._stop(take, is_kept=False, is_told=True)
        else:
            await self._prove(take)  # an earlier life of ours had started it

    def _check(self, take: Take) -> None:
        if self._name_of(take.leg_id) is None:
            raise TapeRefusal(SegmentTrouble.LEG_GONE)
        try:
            take.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            may_write = os.access(take.folder, os.W_OK | os.X_OK) and not take.is_any_there()
            has_room = self._has_room(take.folder)
        except OSError as error:
            raise TapeRefusal(SegmentTrouble.UNWRITABLE) from error
        if not may_write:
            raise TapeRefusal(SegmentTrouble.UNWRITABLE)
        if not has_room:
            raise TapeRefusal(SegmentTrouble.DISK_LOW)

    async def _begin(self, take: Take) -> None:
        """Proven, or nothing of it is left: of a start that was refused, half may have been done."""
        try:
            await self._tape.start(take)
        except SwitchError as error:
            self._fault(take, _trouble_of(error))
            await self._stop(take, is_kept=False, is_told=True)
        else:
            await self._prove(take)

    async def _prove(self, take: Take) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._timing.proof_s
        while loop.time() < until:
            with suppress(SwitchError):
                if take.is_there() and await self._tape.runs(take):
                    await self._proven(take)
                    return
            await asyncio.sleep(self._timing.step_s)
        self._fault(take, SegmentTrouble.NO_FILE)
        await self._stop(take, is_kept=False)

    async def _proven(self, take: Take) -> None:
        loop = asyncio.get_running_loop()
        running = _Running(take=take, life=Life(take, self._packets_of, self._has_room))
        self._running[take.segment_id] = running
        running.tasks.append(loop.call_later(take.limit_ms / 1000, self._end_in_line, take))
        running.tasks.append(loop.create_task(self._watch(running)))
        codec: str | None = None
        with suppress(TimeoutError):
            codec = await asyncio.wait_for(self._codec_of(take.leg_id), self._timing.codec_s)
        self._tell(SegmentProven(leg_id=take.leg_id, segment_id=take.segment_id, codec=codec))

    # -- while it runs -------------------------------------------------------------------------------------------------

    async def _mask(self, take: Take, *, is_masked: bool) -> None:
        running = self._running.get(take.segment_id)
        if running is None:
            await self._stop(take, is_kept=True)
            return
        try:
            await self._tape.mask(take, is_masked=is_masked)
        except SwitchError as error:
            self._fault(take, _trouble_of(error))
        else:
            running.life.is_masked = is_masked
            self._tell(SegmentMasked(leg_id=take.leg_id, segment_id=take.segment_id, is_masked=is_masked))

    async def _watch(self, running: _Running) -> None:
        """A recording that is gone is ended as if somebody had asked for it."""
        while True:
            await asyncio.sleep(self._timing.look_s)
            troubles = await running.life.look(asyncio.get_running_loop().time())
            try:
                if not await self._tape.runs(running.take):
                    self._end_in_line(running.take)
                    return
            except SwitchError:
                troubles.append(SegmentTrouble.DISCONNECTED)
            for trouble in troubles:
                self._fault_once(running, trouble)

    # -- end -----------------------------------------------------------------------------------------------------------

    async def _stop(self, take: Take, *, is_kept: bool, is_told: bool = False) -> None:
        """Asked for until a look finds nothing; `is_told`: that nobody knows has been said already."""
        until, asked_s = asyncio.get_running_loop().time() + self._timing.proof_s, time.time()
        while True:
            try:
                await self._tape.stop(take)
                if await self._is_gone(take):
                    break
                trouble = SegmentTrouble.REFUSED
            except SwitchError as error:
                trouble = _trouble_of(error)
                until = 0
            if not is_told and asyncio.get_running_loop().time() > until:
                self._fault(take, trouble)
                is_told = True
            await asyncio.sleep(self._timing.again_s)
        running = self._running.pop(take.segment_id, None)
        if running is not None:
            self._let_be(running)
        await self._closed(take, is_kept=is_kept)
        self._tell_end(take, take.left(), 0 if running is None or not is_kept else self._missing_ms(running, asked_s))

    def _missing_ms(self, running: _Running, asked_s: float) -> int:
        """What the closed files lack of the time up to the stop; so much that there may be a hole is a fault. What files lack
        that grew no more, as on a full disk, was told when they did not."""
        missing_ms = 0 if SegmentTrouble.STALLED in running.told else running.life.clock.missing_ms(asked_s)
        if missing_ms >= HOLE_MS:
            self._fault_once(running, SegmentTrouble.STARVED)
        return missing_ms

    async def _is_gone(self, take: Take) -> bool:
        """Asterisk says yes first, and ends it a moment later."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._timing.again_s
        while await self._tape.is_there(take):
            if loop.time() > until:
                return False
            await asyncio.sleep(self._timing.step_s)
        return True

    async def _closed(self, take: Take, *, is_kept: bool) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._timing.closing_s
        while not take.is_complete():
            if loop.time() > until:
                self._fault(take, SegmentTrouble.UNWRITABLE)
                break
            await asyncio.sleep(self._timing.step_s)
        if not is_kept:
            self._delete(take)
            loop.call_later(self._timing.closing_s, self._delete, take)  # a file that came late

    def _delete(self, take: Take) -> None:
        try:
            take.delete()
        except OSError:
            self._fault(take, SegmentTrouble.UNWRITABLE)

    def _tell_end(self, take: Take, files: tuple[SegmentFile, ...], missing_ms: int = 0) -> None:
        ended = SegmentEnded(leg_id=take.leg_id, segment_id=take.segment_id, files=files, missing_ms=missing_ms)
        self._ended[take.segment_id] = ended
        if len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)
        self._tell(ended)

    def _let_be(self, running: _Running) -> None:
        for task in running.tasks:
            if task is not asyncio.current_task():
                task.cancel()

    def _fault_once(self, running: _Running, trouble: SegmentTrouble) -> None:
        """It is told if it is news: not where files that grew no more are short as well."""
        covers = {trouble, SegmentTrouble.STALLED} if trouble is SegmentTrouble.STARVED else {trouble}
        if covers.isdisjoint(running.told):
            running.told.add(trouble)
            self._fault(running.take, trouble)

    def _fault(self, take: Take, trouble: SegmentTrouble) -> None:
        self._tell(SegmentFaulted(leg_id=take.leg_id, segment_id=take.segment_id, trouble=trouble))


async def _after(before: "asyncio.Task[None] | None", work: Callable[[], Awaitable[None]]) -> None:
    if before is not None:
        await asyncio.wait([before])
    await work()


def _trouble_of(error: SwitchError) -> SegmentTrouble:
    return error.trouble if isinstance(error, TapeRefusal) else SegmentTrouble.DISCONNECTED
