"""Every state of a segment × everything that can happen to it: where it goes, and what the switch is told. Written out, so that
no rule is what another one makes of it."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from recording.segment import Segment, SegmentState, SegmentTimer
from recording.segment_machine import step
from telephony.causes import EndReason
from telephony.commands import Command
from telephony.errors import RefusalCode, UnexpectedEvent
from telephony.events import CallEnded, Envelope, Event, SwitchConnected, SwitchDisconnected
from telephony.identifiers import AgentId, CallId, EventId, Instant, LegId, SegmentId, SwitchName
from telephony.order_segments import (
    ConsentPurpose,
    ConsentWords,
    RecordingAgreed,
    RecordingAsked,
    RecordingDeclined,
    RecordingRevoked,
    SegmentMark,
    SegmentMarked,
    SegmentMaskRequested,
    SegmentOpened,
    SegmentStopForced,
    SegmentStopRequested,
    SegmentTimerFired,
    StopReason,
)
from telephony.samples import SampleWithdrawn
from telephony.segments import (
    DiscardSegment,
    MaskSegment,
    SegmentEnded,
    SegmentFaulted,
    SegmentMasked,
    SegmentProven,
    SegmentTrouble,
    StartSegment,
    StopSegment,
)
from tests.unit.recording.segment_story import files_of

CALL, ANNA, LEG, SWITCH = CallId("call"), AgentId("anna"), LegId("call.caller.1"), SwitchName("one")
SEGMENT, OTHER = SegmentId("call.segment.1"), SegmentId("call.segment.2")
WORDS = ConsentWords(language="de", version=3, sha256="ab" * 32)
SAMPLE_WORDS = replace(WORDS, purpose=ConsentPurpose.QUALITY_SAMPLE)
DUE = Instant(1_800_000_000_000_000)
S = SegmentState
LETTERS: Mapping[type[Command], str] = {StartSegment: "R", StopSegment: "S", DiscardSegment: "D", MaskSegment: "M"}
REFUSED, IMPOSSIBLE, SAME = "refused", "impossible", "="


def timer(which: SegmentTimer) -> SegmentTimerFired:
    return SegmentTimerFired(call_id=CALL, segment_id=SEGMENT, timer=which, due_at=DUE)


def mark(which: SegmentMark) -> SegmentMarked:
    return SegmentMarked(call_id=CALL, agent_id=ANNA, mark=which)


EVENTS: Mapping[str, Event] = {
    "ask": RecordingAsked(call_id=CALL, agent_id=ANNA, words=WORDS, order_id="o"),
    "agree": RecordingAgreed(call_id=CALL, agent_id=ANNA),
    "decline": RecordingDeclined(call_id=CALL, agent_id=ANNA),
    "revoke": RecordingRevoked(call_id=CALL, agent_id=ANNA),
    "taken back": SampleWithdrawn(call_id=CALL),
    "consent": mark(SegmentMark.CONSENT),
    "identity": mark(SegmentMark.IDENTITY),
    "intent": mark(SegmentMark.INTENT),
    "mask": SegmentMaskRequested(call_id=CALL, agent_id=ANNA, is_masked=True),
    "stop": SegmentStopRequested(call_id=CALL, agent_id=ANNA),
    "opened": SegmentOpened(call_id=CALL, agent_id=ANNA, segment_id=SEGMENT, leg_id=LEG),
    "forced": SegmentStopForced(call_id=CALL, segment_id=SEGMENT, reason=StopReason.APART),
    "proven": SegmentProven(leg_id=LEG, segment_id=SEGMENT),
    "masked": SegmentMasked(leg_id=LEG, segment_id=SEGMENT, is_masked=True),
    "faulted": SegmentFaulted(leg_id=LEG, segment_id=SEGMENT, trouble=SegmentTrouble.STALLED),
    "ended": SegmentEnded(leg_id=LEG, segment_id=SEGMENT, files=()),
    "ended with files": SegmentEnded(leg_id=LEG, segment_id=SEGMENT, files=files_of(SEGMENT)),
    "cut": SwitchDisconnected(switch=SWITCH),
    "back": SwitchConnected(switch=SWITCH, boot_id="1"),
    "call ended": CallEnded(call_id=CALL, end_reason=EndReason.CALLER_HUNG_UP),
    "proof overdue": timer(SegmentTimer.PROOF_OVERDUE),
    "consent overdue": timer(SegmentTimer.CONSENT_OVERDUE),
    "cap": timer(SegmentTimer.CAP),
    "mask overdue": timer(SegmentTimer.MASK_OVERDUE),
    "stop overdue": timer(SegmentTimer.STOP_OVERDUE),
}

_COLUMNS = (S.ASKED, S.YES_UNTAPED, S.STARTING, S.RECORDING, S.CONSENT_ON_TAPE, S.CONTENT, S.CLOSING)
_REST = (S.DISCARDING, S.UNCONFIRMED, S.CUT, S.CUT_KEPT)
_OVER = (S.STOPPED, S.DISCARDED, S.NEVER, S.LOST)
# What comes of it: the state, and after a blank what the switch is told: Record, Stop, Discard, Mask. "=": the same state.
_NO, _BAD = REFUSED, IMPOSSIBLE
_MATRIX = {
    #                   asked          yes untaped   starting        recording       consent on tape    content
    "ask": (SAME, _NO, _NO, _NO, _NO, _NO, _NO),
    "agree": ("yes_untaped", _NO, _NO, _NO, _NO, _NO, _NO),
    "decline": ("never", "never", _NO, _NO, _NO, _NO, _NO),
    "revoke": ("never", "never", "discarding D", "discarding D", "discarding D", "discarding D", "discarding D"),
    "taken back": ("never", "never", "discarding D", "discarding D", "discarding D", "discarding D", "discarding D"),
    "consent": (_NO, _NO, _NO, "consent_on_tape", _NO, _NO, _NO),
    "identity": (_NO, _NO, _NO, _NO, "content", _NO, _NO),
    "intent": (_NO, _NO, _NO, _NO, _NO, SAME, _NO),
    "mask": (_NO, _NO, _NO, "= M", "= M", "= M", _NO),
    "stop": (_NO, _NO, "discarding D", "discarding D", "closing S", "closing S", SAME),
    "opened": (_BAD, "starting R", _BAD, _BAD, _BAD, _BAD, _BAD),
    "forced": ("never", "never", "discarding D", "discarding D", "closing", "closing", SAME),
    "proven": ("= D", "= D", "recording", SAME, SAME, SAME, SAME),
    "masked": (SAME, SAME, SAME, SAME, SAME, SAME, SAME),
    "faulted": (SAME, SAME, "discarding D", "discarding D", "closing S", "closing S", SAME),
    "ended": (SAME, SAME, "discarded", "discarded", "stopped", "stopped", "stopped"),
    "ended with files": (SAME, SAME, "discarded D", "discarded D", "stopped", "stopped", "stopped"),
    "cut": ("never", "never", "cut", "cut", "cut_kept", "cut_kept", "cut_kept"),
    "back": ("never", "never", "discarding D", "discarding D", "closing S", "closing S", "= S"),
    "call ended": ("never", "never", "lost", "lost", "lost", "lost", "lost"),
    "proof overdue": (_BAD, _BAD, "discarding D", _BAD, _BAD, _BAD, _BAD),
    "consent overdue": (_BAD, _BAD, _BAD, "discarding D", "discarding D", _BAD, _BAD),
    "cap": (_BAD, _BAD, _BAD, "discarding D", "closing S", "closing S", _BAD),
    "mask overdue": (_BAD, _BAD, _BAD, "= M", "= M", "= M", _BAD),
    "stop overdue": (_BAD, _BAD, _BAD, _BAD, _BAD, _BAD, "discarding D"),
}
_MATRIX_OF_ENDS = {
    #          discarding    unconfirmed     cut             cut, kept
    "revoke": (SAME, SAME, SAME, "cut"),
    "taken back": (SAME, SAME, SAME, "cut"),
    "stop": (SAME, SAME, SAME, SAME),
    "forced": (SAME, SAME, SAME, SAME),
    "proven": (SAME, SAME, SAME, SAME),
    "masked": (SAME, SAME, SAME, SAME),
    "faulted": (SAME, SAME, SAME, SAME),
    "ended": ("discarded", "discarded", "discarded", "stopped"),
    "ended with files": ("discarded D", "discarded D", "discarded D", "stopped"),
    "cut": ("cut", "cut", SAME, SAME),
    "back": ("= D", "discarding D", "discarding D", "closing S"),
    "call ended": ("lost", "lost", "lost", "lost"),
    "stop overdue": ("unconfirmed D", "= D", _BAD, _BAD),
}
_REQUESTS = ("ask", "agree", "decline", "revoke", "taken back", "consent", "identity", "intent", "mask", "stop")


def expected(name: str, state: SegmentState) -> str:
    if state in _OVER:
        return REFUSED if name in _REQUESTS else SAME
    if state in _COLUMNS:
        return _MATRIX[name][_COLUMNS.index(state)]
    unless = REFUSED if name in _REQUESTS else IMPOSSIBLE
    return _MATRIX_OF_ENDS[name][_REST.index(state)] if name in _MATRIX_OF_ENDS else unless


def a_segment(state: SegmentState, words: ConsentWords = WORDS) -> Segment:
    """One in that state for which everything is due."""
    return Segment(
        segment_id=SEGMENT,
        call_id=CALL,
        switch=SWITCH,
        agent_id=ANNA,
        leg_id=LEG,
        order_id="o",
        words=words,
        state=state,
        asked_at=DUE,
        proof_overdue_at=DUE,
        consent_overdue_at=DUE,
        cap_at=DUE,
        mask_overdue_at=DUE,
        stop_overdue_at=DUE,
    )


def told(event: Event) -> Envelope:
    return Envelope(seq=1, event_id=EventId("1"), occurred_at=DUE, received_at=DUE, event=event, call_id=CALL)


def outcome(segment: Segment, event: Event) -> str:
    try:
        done = step(segment, told(event))
    except UnexpectedEvent:
        return IMPOSSIBLE
    if done.refusal is not None:
        assert (done.refusal.code, done.refusal.facts) == (RefusalCode.WRONG_STATE, {"state": segment.state.value})
        assert (done.segment, done.commands, done.events) == (segment, (), ())
        return REFUSED
    orders = "".join(LETTERS[type(command)] for command in done.commands)
    return f"{SAME if done.segment.state is segment.state else done.segment.state.value} {orders}".strip()


@pytest.mark.parametrize("name", EVENTS)
def test_what_happens_to_a_segment_in_each_of_its_states(name: str) -> None:
    for state in SegmentState:
        assert outcome(a_segment(state), EVENTS[name]) == expected(name, state), state


@pytest.mark.parametrize("state", list(SegmentState))
def test_a_sample_is_proven_into_its_content_and_is_else_a_segment_like_any(state: SegmentState) -> None:
    for name, event in EVENTS.items():
        starts = (name, state) == ("proven", S.STARTING)
        assert outcome(a_segment(state, SAMPLE_WORDS), event) == ("content" if starts else expected(name, state)), name


@pytest.mark.parametrize("state", list(SegmentState))
def test_what_is_anothers_or_not_due_is_nothing_to_it(state: SegmentState) -> None:
    segment = a_segment(state)
    others = (
        SegmentProven(leg_id=LEG, segment_id=OTHER),
        SegmentEnded(leg_id=LEG, segment_id=OTHER, files=()),
        SegmentStopForced(call_id=CALL, segment_id=OTHER, reason=StopReason.APART),
        *(replace(timer(which), due_at=Instant(DUE - 1)) for which in SegmentTimer),
        *(replace(timer(which), segment_id=OTHER) for which in SegmentTimer),
    )
    for event in others:
        assert step(segment, told(event)).segment == segment
        assert outcome(segment, event) == SAME


def test_what_cannot_be_names_the_state_and_what_happened() -> None:
    with pytest.raises(UnexpectedEvent) as raised:
        step(a_segment(S.CLOSING), told(EVENTS["cap"]))
    assert raised.value.facts == {"state": "closing", "event": "cap_came"}
