"""What recording and a call ask of each other. The call knows a segment as open, closing or closed, and nothing of consent.

A segment is of one agent and one called party, alone together. Whatever parts them, or brings anybody else, ends it: what can
wait (`HandOver`) waits until the switch has proven the end; what cannot is done at once, with the stop ahead of it. Where no end
is proven in time, the call is ended: a recording nobody can stop ends with the leg it is made of.
"""

from collections.abc import Callable, Mapping
from typing import cast

from msgspec.structs import replace

from telephony.call.facts import CallFact
from telephony.call.model import Call, CallState, Leg, LegState
from telephony.call.step import Step
from telephony.call.tape import Tape, TapeState, Wish
from telephony.call.transitions import TRANSITIONS
from telephony.errors import Refusal, RefusalCode
from telephony.events import Envelope, Event, RequestRefused
from telephony.identifiers import MS, AgentId
from telephony.order_segments import (
    HandOverWaits,
    SegmentClosed,
    SegmentOpened,
    SegmentStopForced,
    SegmentUnstoppable,
    SegmentVerdict,
    StopReason,
)
from telephony.segments import StopSegment

WISH_LIMIT_MS = 10_000
"""What was asked for longer ago is not wanted any more."""

_PARTING = (
    *(CallFact.HOLD_REQUESTED, CallFact.TRANSFER_REQUESTED, CallFact.CONSULT_REQUESTED, CallFact.OUTSIDER_REQUESTED),
    *(CallFact.PARK_REQUESTED, CallFact.CONFERENCE_REQUESTED),
)
"""What agents ask for and what can wait; nobody gets past the waiting."""

_ARRIVALS = (CallFact.AGENT_ANSWERED, CallFact.COLLEAGUE_ANSWERED)


def refusal_of_opening(call: Call, agent_id: AgentId | None) -> Refusal | None:
    """Why nothing can be recorded of this call now, nor anybody be asked; None where the two are alone together."""
    if call.callee is not None and call.callee.is_machine:
        return Refusal(code=RefusalCode.NOBODY_TO_ASK)
    if call.bond is None or call.bond.agent_id != agent_id or call.tape is not None or not are_alone(call):
        return Refusal(code=RefusalCode.WRONG_STATE, facts={"state": call.state.value})
    return None


def are_alone(call: Call) -> bool:
    """Agent and outside party hear each other, nobody else is there, and nobody is on the way."""
    agent = call.agent
    is_beside = call.colleague is not None or call.dial is not None or (call.callee is not None and call.callee.is_machine)
    if call.state is not CallState.TALKING or is_beside or agent is None:
        return False
    return all(_is_there(leg, call) for leg in (call.caller, agent))


def _is_there(leg: Leg, call: Call) -> bool:
    return leg.is_answered and leg.state is LegState.UP and leg.bridge_id == call.bridge_id


def hear(call: Call, envelope: Envelope) -> Step | None:
    """What the recording says to the call; None for an event that is no word of it."""
    answer = _WORDS.get(type(envelope.event))
    return None if answer is None else answer(call, envelope)


def refusal_of(call: Call, fact: CallFact) -> Refusal | None:
    """Who asks to part them while a segment is not closed is refused, unless they wait for its end."""
    if call.tape is None or fact not in _PARTING:
        return None
    return Refusal(code=RefusalCode.RECORDING_RUNS, facts={"segment": call.tape.segment_id})


def must_end(call: Call, fact: CallFact) -> bool:
    """Whether somebody else comes to a caller of whom a recording may still go on: then the call is ended instead."""
    if call.tape is None or fact not in _ARRIVALS:
        return False
    return fact is CallFact.COLLEAGUE_ANSWERED or call.bond is None or call.bond.agent_id != call.tape.agent_id


def end(call: Call, envelope: Envelope) -> Step:
    """The call is ended as if somebody had asked for it, wherever it stands."""
    rule = TRANSITIONS.get((call.state, CallFact.HANG_UP_REQUESTED))
    return Step(call) if rule is None else rule.action(call, envelope).then(state=rule.to)


def watched(step: Step, fact: CallFact | None = None) -> Step:
    """The step; where its two are not alone together after it, with the stop of their segment ahead of all else."""
    call, tape = step.call, step.call.tape
    if tape is None or tape.state is TapeState.CLOSING:
        return step
    is_same = call.agent is not None and (call.caller.leg_id, call.agent.leg_id) == (tape.caller_leg_id, tape.agent_leg_id)
    if is_same and are_alone(call) and fact is not CallFact.CALLER_HELD:
        return step
    return _stopping(step, tape, StopReason.APART)


def _stopping(step: Step, tape: Tape, reason: StopReason, wish: Wish | None = None) -> Step:
    call = replace(step.call, tape=replace(tape, state=TapeState.CLOSING, wish=wish))
    stop = StopSegment(call_id=call.call_id, switch=call.switch, leg_id=tape.caller_leg_id, segment_id=tape.segment_id)
    forced = SegmentStopForced(call_id=call.call_id, segment_id=tape.segment_id, reason=reason)
    return Step(call, (stop, *step.commands), (forced, *step.events), step.refusal)


# -- words of the recording --------------------------------------------------------------------------------------------


def _open(call: Call, envelope: Envelope) -> Step:
    """The segment may grow from here on."""
    event = cast(SegmentOpened, envelope.event)
    if call.agent is None:
        return Step(call)
    tape = Tape(
        segment_id=event.segment_id,
        agent_id=event.agent_id,
        caller_leg_id=call.caller.leg_id,
        agent_leg_id=call.agent.leg_id,
    )
    return watched(Step(replace(call, tape=tape)))


def _wait(call: Call, envelope: Envelope) -> Step:
    """The switch is told to stop, and the agent's wish waits for its word. One wish at a time."""
    event, tape = cast(HandOverWaits, envelope.event), call.tape
    if tape is None:
        return Step(call)
    if tape.wish is not None:
        return Step(call, refusal=Refusal(code=RefusalCode.RECORDING_RUNS, facts={"segment": tape.segment_id}))
    wish = Wish(wants=event.wish, request_id=event.wish_id, asked_at=envelope.received_at)
    if tape.state is TapeState.CLOSING:
        return Step(replace(call, tape=replace(tape, wish=wish)))
    return _stopping(Step(call), tape, StopReason.HAND_OVER, wish)


def _closed(call: Call, envelope: Envelope) -> Step:
    """The switch has proven the end: what waited for it is done."""
    event, tape = cast(SegmentClosed, envelope.event), call.tape
    if tape is None or tape.segment_id != event.segment_id:
        return Step(call)
    told = _told(call, tape, envelope, is_proven=event.verdict is not SegmentVerdict.UNCONFIRMED)
    return Step(replace(call, tape=None), events=told)


def _told(call: Call, tape: Tape, envelope: Envelope, *, is_proven: bool) -> tuple[Event, ...]:
    """The wish itself, or its refusal where it comes too late or the end is not proven."""
    wish = tape.wish
    if wish is None:
        return ()
    is_fresh = envelope.received_at <= wish.asked_at + WISH_LIMIT_MS * MS
    if is_proven and is_fresh and call.state is CallState.TALKING:
        return (wish.wants,)
    refused = RequestRefused(
        request_id=wish.request_id,
        code=RefusalCode.RECORDING_RUNS,
        agent_id=wish.wants.agent_id,
        call_id=call.call_id,
    )
    return (refused,)


def _unstoppable(call: Call, envelope: Envelope) -> Step:
    """The leg is ended, and the recording of it with it. A leg that is gone already can be recorded no more."""
    event, tape = cast(SegmentUnstoppable, envelope.event), call.tape
    if tape is None or tape.segment_id != event.segment_id:
        return Step(call)
    told = _told(call, tape, envelope, is_proven=False)
    is_gone = not call.caller.is_live or call.caller.leg_id != tape.caller_leg_id
    call = replace(call, tape=None if is_gone else replace(tape, state=TapeState.CLOSING, wish=None))
    return (Step(call) if is_gone else end(call, envelope)).then(events=told)


_WORDS: Mapping[type[Event], Callable[[Call, Envelope], Step]] = {
    SegmentOpened: _open,
    HandOverWaits: _wait,
    SegmentClosed: _closed,
    SegmentUnstoppable: _unstoppable,
}
