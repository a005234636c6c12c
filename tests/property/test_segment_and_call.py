"""Whatever is asked, done and told, in any order: nothing is recorded that was not agreed to, by both, alone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from telephony.call.model import CallState
from telephony.causes import HangupCause
from telephony.commands import Command, DialOutside, HangUp, JoinBridge, LeaveBridge, RingEndpoint
from telephony.events import (
    Event,
    HangUpRequested,
    HoldRequested,
    LegAnswered,
    LegHeld,
    LegHungUp,
    LegJoined,
    LegLeft,
    UnexpectedHappened,
    UnholdRequested,
)
from telephony.identifiers import AgentId, Instant, LegId
from telephony.order_segments import RecordingAgreed, RecordingRevoked, SegmentClosed, SegmentMark, SegmentVerdict
from telephony.segments import DiscardSegment, SegmentCommand, StopSegment
from telephony.switch.simulated.shelf import SEGMENT_HANDLERS, Shelf, SimulatedSegment, end_segments
from telephony.transfers import ParkRequested, TransferRequested
from tests.unit.recording.segment_story import ANNA, Story

BEN = AgentId("ben")


@dataclass(slots=True)
class Tapes:
    """The recordings of a switch that obeys; what it tells waits until somebody hears it."""

    clock: Callable[[], Instant]
    legs: set[LegId]
    shelf: Shelf = field(default_factory=Shelf)
    untold: list[Event] = field(default_factory=list)
    unobeyed: list[SegmentCommand] = field(default_factory=list)

    def now(self) -> Instant:
        return self.clock()

    def tell(self, event: Event) -> None:
        self.untold.append(event)

    def has_leg(self, leg_id: LegId) -> bool:
        return leg_id in self.legs

    def later(self, delay_us: int, action: Callable[[], None]) -> None:
        """Nothing lasts so long here."""

    def running(self) -> list[SimulatedSegment]:
        return [each for each in self.shelf.segments.values() if each.ended_at is None]

    def obey(self, command: Any) -> None:
        SEGMENT_HANDLERS[type(command)](self, command)


class SegmentAndCall(RuleBasedStateMachine):
    """One call of Anna's, its switch, and time."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story()
        call = self.story.turn.calls[self.story.call_id]
        self.caller = call.caller.leg_id
        self.tapes = Tapes(lambda: self.story.now, {self.caller})
        self.agreed_at: list[Instant] = []
        self.revoked_at: Instant | None = None
        self.closed_at: dict[str, Instant] = {}
        self.story.given.clear()

    def _do(self, act: Callable[[], object]) -> None:
        """It happens, and what follows is at the switch: in its order, recordings sooner or later."""
        given = len(self.story.given)
        told = len(self.story.told)
        act()
        for event in self.story.told[told:]:
            self._note(event)
        for command in self.story.given[given:]:
            self._carry_out(command)

    def _note(self, event: Event) -> None:
        if isinstance(event, RecordingAgreed):
            self.agreed_at.append(self.story.now)
        if isinstance(event, RecordingRevoked):
            self.revoked_at = self.story.now
        if isinstance(event, SegmentClosed):
            self.closed_at[event.segment_id] = self.story.now
            tape = self.tapes.shelf.segments.get(event.segment_id)
            if event.verdict is not SegmentVerdict.UNCONFIRMED:
                assert tape is None or tape.ended_at is not None, "said to be over, and records"
            if event.verdict is SegmentVerdict.COMPLETE:
                assert tape is not None
                assert tape.is_kept
                assert {each.mark for each in event.marks} == set(SegmentMark)

    def _carry_out(self, command: Command) -> None:
        if isinstance(command, SegmentCommand):
            self.tapes.unobeyed.append(command)
            return
        others = isinstance(command, DialOutside) or (isinstance(command, RingEndpoint) and "anna" not in command.endpoint_id)
        if others or isinstance(command, LeaveBridge):
            pending = {type(each).__name__ for each in self.tapes.unobeyed}
            is_stopped = {"StopSegment", "DiscardSegment"} & pending or not self.tapes.running()
            assert is_stopped or not self.tapes.running(), f"{command} while it records"
        if isinstance(command, JoinBridge):
            mine = {self.caller, *(LegId(f"{self.story.call_id}.agent.{n}") for n in range(1, 9))}
            assert set(command.leg_ids) <= mine
        if isinstance(command, HangUp) and command.leg_id == self.caller:
            self._leg_ends(by_phone=False)

    def _leg_ends(self, *, by_phone: bool) -> None:
        if self.caller in self.tapes.legs:
            self.tapes.legs.discard(self.caller)
            self.tapes.untold.append(LegHungUp(leg_id=self.caller, cause=HangupCause.NORMAL, by_phone=by_phone))
            end_segments(self.tapes, self.caller)

    @property
    def lives(self) -> bool:
        return self.story.call_id in self.story.turn.calls

    # -- agents ----------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.lives)
    @rule(what=st.sampled_from(["ask", "agree", "agree", "decline", "stop", "revoke", "mask", "unmask"]))
    def agent_asks(self, what: str) -> None:
        acts: dict[str, Callable[[], object]] = {
            **{name: getattr(self.story, name) for name in ("ask", "agree", "decline", "stop", "revoke")},
            "mask": self.story.mask,
            "unmask": lambda: self.story.mask(is_masked=False),
        }
        self._do(acts[what])

    @initialize(marks=st.integers(0, 3))
    def begin(self, marks: int) -> None:
        self.agent_records(marks)

    @precondition(lambda self: self.lives)
    @rule(marks=st.integers(0, 3))
    def agent_records(self, marks: int) -> None:
        """As it is meant, as far as the call lets them."""
        self._do(self.story.ask)
        self._do(self.story.agree)
        while self.tapes.unobeyed:
            self.tapes.obey(self.tapes.unobeyed.pop(0))
        self._hear_all()
        for mark in list(SegmentMark)[:marks]:
            self._do(lambda mark=mark: self.story.mark(mark))  # type: ignore[misc]

    @precondition(lambda self: self.lives)
    @rule(mark=st.sampled_from(SegmentMark))
    def agent_marks(self, mark: SegmentMark) -> None:
        self._do(lambda: self.story.mark(mark))

    @precondition(lambda self: self.lives)
    @rule(what=st.sampled_from(["hold", "unhold", "transfer", "park", "hang_up"]))
    def agent_steers(self, what: str) -> None:
        call_id = self.story.call_id
        wishes: dict[str, Event] = {
            "hold": HoldRequested(call_id=call_id, agent_id=ANNA),
            "unhold": UnholdRequested(call_id=call_id, agent_id=ANNA),
            "transfer": TransferRequested(call_id=call_id, agent_id=ANNA, to_agent_id=BEN),
            "park": ParkRequested(call_id=call_id, agent_id=ANNA),
            "hang_up": HangUpRequested(call_id=call_id, agent_id=ANNA),
        }
        self._do(lambda: self.story.happens(wishes[what]))

    # -- the switch --------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.tapes.unobeyed)
    @rule(and_tells=st.booleans())
    def switch_obeys(self, and_tells: bool) -> None:
        self.tapes.obey(self.tapes.unobeyed.pop(0))
        if and_tells:
            self._hear_all()

    @precondition(lambda self: self.tapes.untold)
    @rule(what=st.sampled_from(["tell", "tell", "tell", "lose", "double"]))
    def switch_tells(self, what: str) -> None:
        event = self.tapes.untold.pop(0)
        for _ in range({"tell": 1, "lose": 0, "double": 2}[what] if not isinstance(event, LegHungUp) else 1):
            self._do(lambda: self.story.happens(event))

    def _hear_all(self) -> None:
        while self.tapes.untold:
            event = self.tapes.untold.pop(0)
            self._do(lambda event=event: self.story.happens(event))  # type: ignore[misc]

    @precondition(lambda self: self.lives)
    @rule(what=st.sampled_from(["phone_holds", "line_lost", "back", "out_of_bridge", "callee_goes"]))
    def phones(self, what: str) -> None:
        call = self.story.turn.calls[self.story.call_id]
        if what == "callee_goes":
            self._leg_ends(by_phone=True)
            return
        if call.agent is None or not call.agent.is_live:
            return
        leg, acts = call.agent.leg_id, dict[str, Callable[[], object]]()
        acts["phone_holds"] = lambda: self.story.happens(LegHeld(leg_id=leg))
        acts["line_lost"] = lambda: self.story.hangs_up(leg, HangupCause.MEDIA_LOST, by_phone=False)
        acts["out_of_bridge"] = lambda: self.story.happens(LegLeft(leg_id=leg, bridge_id=call.bridge_id))
        acts["back"] = lambda: (
            self.story.happens(LegAnswered(leg_id=leg)),
            self.story.happens(LegJoined(leg_id=leg, bridge_id=call.bridge_id)),
        )
        self._do(acts[what])

    @rule(ms=st.sampled_from([100, 1_900, 2_100, 31_000, 125_000]))
    def time_passes(self, ms: int) -> None:
        self._do(lambda: self.story.later(ms))

    @precondition(lambda self: self.lives)
    @rule()
    def service_dies(self) -> None:
        self.tapes.unobeyed.clear()  # what was in its buffers is gone with it
        self._do(self.story.dies_and_starts_again)

    # -- what always holds -------------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_recorded_that_was_not_agreed_to(self) -> None:
        for tape in self.tapes.shelf.segments.values():
            assert any(at <= tape.began_at for at in self.agreed_at)

    @invariant()
    def who_is_recorded_is_alone_with_the_agent_or_the_stop_is_on_its_way(self) -> None:
        stopping = {each.segment_id for each in self.tapes.unobeyed if isinstance(each, StopSegment | DiscardSegment)}
        for tape in self.tapes.running():
            if tape.segment_id not in stopping:
                call = self.story.turn.calls[self.story.call_id]
                assert call.state is CallState.TALKING
                assert call.tape is not None
                assert call.agent is not None
                assert call.agent.leg_id == call.tape.agent_leg_id
                assert call.agent.bridge_id == call.caller.bridge_id == call.bridge_id

    @invariant()
    def nothing_impossible_happens_to_a_segment(self) -> None:
        assert not [each for each in self.story.told if isinstance(each, UnexpectedHappened) and each.machine == "segment"]

    @invariant()
    def there_are_never_more_recordings_than_yeses(self) -> None:
        assert len(self.tapes.shelf.segments) <= len(self.agreed_at)

    @invariant()
    def what_is_shown_as_recorded_is_recorded_for_a_live_call_only(self) -> None:
        assert self.story.call_id in self.story.turn.calls or not self.story.turn.tapes.segments

    def teardown(self) -> None:
        """In the end everything is obeyed and told: nothing records on, and nothing is left open."""
        if self.lives:
            self._do(lambda: self.story.happens(HangUpRequested(call_id=self.story.call_id, agent_id=None)))
        for _ in range(12):
            while self.tapes.unobeyed:
                self.tapes.obey(self.tapes.unobeyed.pop(0))
            self._hear_all()
            call = self.story.turn.calls.get(self.story.call_id)
            if call is None:
                break
            for leg in call.legs():
                if leg.is_live and leg.leg_id != self.caller:
                    self._do(lambda leg=leg: self.story.hangs_up(leg.leg_id))  # type: ignore[misc]
            self._leg_ends(by_phone=True)
            self._do(lambda: self.story.later(11_000))
        assert not self.tapes.running()
        assert not self.lives
        assert not self.story.turn.tapes.segments


SegmentAndCall.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestSegmentAndCall = SegmentAndCall.TestCase
