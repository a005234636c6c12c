"""A switch that lies about what it records, the real driver before it, the real turn behind that, and time that only jumps.

What is true of each recording is kept beside: what ran from when to when, and what was written of it. All of it is of one thread
and of one virtual clock, so that a story of a minute takes a moment, and the same story is the same each time.
"""

import asyncio
import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fernamt.segment_intake import found_in
from recording.proof import Proof, proof_of
from recording.segment import RUNNING
from recording.taking_in import Fault, Taken, fate_of
from recording.vault.wave import header
from telephony.commands import HangUp
from telephony.errors import SwitchError
from telephony.events import CallEnded, Event, HangUpRequested, HoldRequested, LegHungUp
from telephony.identifiers import LegId, SegmentId
from telephony.order_segments import SegmentMark
from telephony.segments import HEADER_BYTES, SegmentCommand, SegmentEnded, SegmentFaulted, SegmentProven
from telephony.switch.asterisk.segments import Segments
from telephony.switch.asterisk.tape import Take
from telephony.switch.asterisk.tape_life import GROWS_WITHIN_S
from tests.unit.recording.segment_story import ANNA, ORDER, Story

GROWTH_S, GROWTH_BYTES = 2.0, 32_000
STEP_S = 0.25
SETTLED_S = 45.0


class Jumping(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to whatever is due next."""

    def __init__(self) -> None:
        super().__init__()
        self._at = 1_000.0

    def time(self) -> float:
        return self._at

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self._at = max(self._at, self._scheduled[0]._when)  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


@dataclass(frozen=True, kw_only=True)
class Lies:
    """What this switch does not do as it says; the default is an honest one."""

    records: bool = True
    """Else it says yes and does nothing at all."""
    files_after_s: tuple[float | None, float | None] = (0.0, 0.0)
    """When each file appears; None: never."""
    grows_for_s: tuple[float, float] = (1e9, 1e9)
    ends_after_s: float | None = None
    """By itself, without a word."""
    ignores_stops: int = 0
    closes_after_s: float = 0.0
    """When the headers are written after the end."""
    cut_s: tuple[float, float] | None = None
    """From when, and for how long, it cannot be asked."""
    loses_bytes: tuple[int, int] = (0, 0)
    """So much of each file is gone when its end has been told."""
    hides_loss: bool = False
    """And its header says what is left."""
    events: tuple[str, ...] = ("tell",)
    """What becomes of each fact on its way: tell, lose, double, late."""


@dataclass(kw_only=True)
class Truth:
    """One recording as it was."""

    take: Take
    began_at: float
    ended_at: float | None = None
    stops: int = 0
    written_at: dict[Path, float] = field(default_factory=dict)
    stalled: bool = False
    written_after_the_word: bool = False
    lengths: dict[Path, int] = field(default_factory=dict)
    """Of the files as they were closed."""


class LyingSwitch:
    """A `Tape` that lies, and a house around it in which Anna takes an order."""

    def __init__(self, lies: Lies, folder: Path) -> None:
        self.lies, self.folder, self.story = lies, folder, Story()
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._events = itertools.cycle(lies.events)
        self.truths: dict[SegmentId, Truth] = {}
        self.ended_told: set[SegmentId] = set()
        self.false_words: list[str] = []
        self._leg: LegId | None = self.story.caller_leg
        self._sent = len(self.story.given)
        self.driver = Segments(
            self,
            folder,
            name_of=lambda leg: "PJSIP/caller" if leg == self._leg else None,
            tell=self._told,
            packets_of=self._packets,
            codec_of=self._codec,
            has_room=lambda _folder: True,
        )

    async def _packets(self, _leg: LegId) -> None:
        return None

    async def _codec(self, _leg: LegId) -> str:
        return "g722"

    # -- the tape ------------------------------------------------------------------------------------------------------------

    async def start(self, take: Take, /) -> None:
        self._ask()
        if self.lies.records:
            truth = self.truths[take.segment_id] = Truth(take=take, began_at=self._loop.time())
            for number, after_s in enumerate(self.lies.files_after_s):
                if after_s is not None:
                    self._loop.call_later(after_s, self._appears, truth, number)
            if self.lies.ends_after_s is not None:
                self._loop.call_later(self.lies.ends_after_s, self._ends, truth)

    async def is_there(self, take: Take, /) -> bool:
        self._ask()
        return self._runs(take.segment_id)

    async def runs(self, take: Take, /) -> bool:
        return await self.is_there(take)

    async def mask(self, take: Take, /, *, is_masked: bool) -> None:
        self._ask()

    async def stop(self, take: Take, /) -> None:
        self._ask()
        truth = self.truths.get(take.segment_id)
        if truth is not None:
            truth.stops += 1
            if truth.stops > self.lies.ignores_stops:
                self._ends(truth)

    def _ask(self) -> None:
        if self.lies.cut_s is not None:
            since = self._loop.time() - self._began - self.lies.cut_s[0]
            if 0 <= since < self.lies.cut_s[1]:
                raise SwitchError("the line is cut")

    def _runs(self, segment: SegmentId) -> bool:
        truth = self.truths.get(segment)
        return truth is not None and truth.ended_at is None

    def _appears(self, truth: Truth, number: int) -> None:
        file = truth.take.files()[number]
        file.parent.mkdir(mode=0o700, exist_ok=True)
        if truth.ended_at is not None:  # later than its own end
            file.write_bytes(header(0))
            return
        file.write_bytes(bytes(HEADER_BYTES))
        truth.written_at[file] = self._loop.time()
        self._loop.call_later(GROWTH_S, self._grows, truth, number)

    def _grows(self, truth: Truth, number: int) -> None:
        file = truth.take.files()[number]
        if truth.ended_at is not None or not file.exists():
            return
        now = self._loop.time()
        if now - truth.began_at > self.lies.grows_for_s[number]:
            return
        with file.open("ab") as opened:
            opened.write(b"\x01\x02" * (GROWTH_BYTES // 2))
        truth.written_at[file] = now
        truth.written_after_the_word |= truth.take.segment_id in self.ended_told
        self._loop.call_later(GROWTH_S, self._grows, truth, number)

    def _ends(self, truth: Truth) -> None:
        if truth.ended_at is None:
            self._flush(truth)
            truth.ended_at = self._loop.time()
            truth.stalled = any(truth.ended_at - at > GROWS_WITHIN_S + 2 * GROWTH_S for at in truth.written_at.values())
            self._loop.call_later(self.lies.closes_after_s, self._closes, truth)

    def _flush(self, truth: Truth) -> None:
        """What was said since a file grew last is written with its end."""
        now = self._loop.time()
        for file, since, until in zip(truth.take.files(), self.lies.files_after_s, self.lies.grows_for_s, strict=True):
            if since is not None and file.exists() and now - truth.began_at <= until:
                missing_s = now - truth.written_at[file]
                with file.open("ab") as opened:
                    opened.write(b"\x01\x02" * int(missing_s * 8_000))

    def _closes(self, truth: Truth) -> None:
        for file in truth.take.files():
            if file.exists():
                truth.lengths[file] = file.stat().st_size
                with file.open("r+b") as opened:
                    opened.write(header((file.stat().st_size - HEADER_BYTES) // 2))

    def _loses(self, truth: Truth) -> None:
        for file, lost in zip(truth.take.files(), self.lies.loses_bytes, strict=True):
            if lost and file.exists():
                left = max(HEADER_BYTES, file.stat().st_size - lost)
                os.truncate(file, left)
                if self.lies.hides_loss:
                    with file.open("r+b") as opened:
                        opened.write(header((left - HEADER_BYTES) // 2))

    # -- the way of its words --------------------------------------------------------------------------------------------------

    def _told(self, event: Event) -> None:
        """The driver has said so: by then it has to be true."""
        if isinstance(event, SegmentProven):
            truth = self.truths.get(event.segment_id)
            if truth is None or truth.ended_at is not None or len(truth.written_at) < 2:
                self.false_words.append("proven, and not recorded")
        if isinstance(event, SegmentEnded):
            self.ended_told.add(event.segment_id)
            if self._runs(event.segment_id):
                self.false_words.append("ended, and recorded on")
            if event.segment_id in self.truths:
                self._loses(self.truths[event.segment_id])
        # Faults are the driver's own and pass no line on which they could be lost.
        what = "tell" if isinstance(event, SegmentFaulted) else next(self._events)
        for delay_s in {"tell": (0.0,), "lose": (), "double": (0.0, 0.5), "late": (4.0,)}[what]:
            self._loop.call_later(delay_s, self._hear, event)

    def _hear(self, event: Event) -> None:
        if self._lives:
            self._do(lambda: self.story.happens(event))

    def _do(self, act: Callable[[], object]) -> None:
        act()
        for command in self.story.given[self._sent :]:
            if isinstance(command, SegmentCommand):
                self.driver.carry_out(command)
            elif isinstance(command, HangUp) and command.leg_id == self._leg:
                self._loop.call_soon(self.caller_goes)
        self._sent = len(self.story.given)

    # -- people ----------------------------------------------------------------------------------------------------------------

    @property
    def _lives(self) -> bool:
        return self.story.call_id in self.story.turn.calls

    @property
    def is_shown_as_recording(self) -> bool:
        return self.story.state in {each.value for each in RUNNING}

    async def passes(self, seconds: float) -> None:
        """So much time, in which what is due happens."""
        until = self._loop.time() + seconds
        while self._loop.time() < until:
            await asyncio.sleep(STEP_S)
            self._do(lambda: self.story.later(int(STEP_S * 1_000)))

    def caller_goes(self) -> None:
        """The leg ends, and with it what is recorded of it."""
        leg, self._leg = self._leg, None
        if leg is None:
            return
        for truth in self.truths.values():
            self._ends(truth)
        self._do(lambda: self.story.hangs_up(leg))
        self.driver.leg_ended(leg)

    def does(self, what: str) -> None:
        """Anna does that, if she still can."""
        acts: dict[str, Callable[[], object]] = {
            **{name: getattr(self.story, name) for name in ("ask", "agree", "stop", "revoke", "mask")},
            **{mark.value: (lambda mark=mark: self.story.mark(mark)) for mark in SegmentMark},  # type: ignore[misc]
            "hold": lambda: self.story.happens(HoldRequested(call_id=self.story.call_id, agent_id=ANNA)),
            "hang_up": lambda: self.story.happens(HangUpRequested(call_id=self.story.call_id, agent_id=ANNA)),
        }
        if what == "callee_goes":
            self.caller_goes()
        elif self._lives:
            self._do(acts[what])

    async def is_over(self) -> None:
        """The call has ended, everything that was late has come, and nobody looks after anything any more."""
        await self.passes(SETTLED_S)
        for _ in range(3):
            self.does("hang_up")
            await self.passes(1.0)
            call = self.story.turn.calls.get(self.story.call_id)
            for leg in () if call is None else tuple(call.legs()):
                if leg.is_live and leg.leg_id != self.story.caller_leg:
                    self._do(lambda leg=leg: self.story.hangs_up(leg.leg_id))  # type: ignore[misc]
            self.caller_goes()
            await self.passes(SETTLED_S / 3)
        await self.driver.close()

    # -- what came of it -------------------------------------------------------------------------------------------------------

    def fates(self) -> dict[SegmentId, Taken | Fault | None]:
        """What becomes of all files that are left, long after."""
        found = found_in([self.folder])
        return {each.segment_id: fate_of(each.segment_id, self.story.journal, is_still=True) for each in found}

    def proof(self) -> Proof:
        """Whether the order counts as proven, once all that is taken in with both its files is sealed."""
        sealed = {
            segment
            for segment, fate in self.fates().items()
            if isinstance(fate, Taken)
            and not fate.is_withdrawn
            and all(file.exists() for file in self.truths[segment].take.files())
        }
        return proof_of(ORDER, [each.event for each in self.story.journal], sealed)

    def has_ended(self) -> bool:
        return any(isinstance(each.event, CallEnded | LegHungUp) for each in self.story.journal)


def told_by(lies: Lies, script: list[tuple[float, str]], folder: Path, look: Callable[[LyingSwitch], Any]) -> Any:
    """The story of that script at a switch that lies so; what `look` finds when it is over."""

    async def run() -> Any:
        switch = LyingSwitch(lies, folder)
        for after_s, what in script:
            await switch.passes(after_s)
            switch.does(what)
        await switch.is_over()
        return look(switch)

    with asyncio.Runner(loop_factory=Jumping) as runner:
        return runner.run(run())
