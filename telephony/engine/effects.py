"""What each event does to the calls, the agents and the floor of a turn: a table, and the effects it names."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import cast

from msgspec.structs import replace

from routing.entry import admit, turned_away_waiting
from telephony.agent import machine as agent_machine
from telephony.agent.judged import PresenceJudged, ShiftJudged
from telephony.agent.model import Agent
from telephony.agent.noted import AgentNoted, ShareNoted, is_to_note, note_of
from telephony.agent.on_shift import ShiftTold
from telephony.call import machine as call_machine
from telephony.call.model import Call, CallState
from telephony.call.outcomes import sound_of_refusal
from telephony.call.to_switch import to_machine
from telephony.commands import PlayTone
from telephony.consents import ConsentWithdrawn
from telephony.decisions import DecisionTaken
from telephony.dialling import CallPlaced, DialDropped, DialPermitted, DialRequested, NumberDialled
from telephony.emergencies import EmergencyDialled, EmergencySeen
from telephony.engine.arrival import again_of
from telephony.engine.course import Course, guarded
from telephony.engine.dialled import request_dialled
from telephony.engine.ear_effects import close_gate, cut_ears, look_whether_parted, tell_gate
from telephony.engine.ears import LISTENING_REQUESTS
from telephony.engine.fuse import is_with_nobody
from telephony.engine.handing import concluded_of, gets_back, refusal_of_handing
from telephony.engine.lines import ask_for_line, begin_line, let_go, refuse_close
from telephony.engine.placing import placed_of, refusal_of_dialling, request_of_phone, reservation_for, switch_of
from telephony.engine.served import served_by_dialplan, taken_by_dialplan
from telephony.engine.tape_effects import ask_recording, begin_sample, step_segment, tell_both, tell_segment
from telephony.engine.taping import SEGMENT_REQUESTS
from telephony.engine.timer_fuse import TIMERS
from telephony.errors import Refusal
from telephony.events import (
    AgentRequest,
    AgentReserved,
    AgentTimerFired,
    CallEnded,
    CallEvent,
    CallQueuedAgain,
    DirectoryLoaded,
    Envelope,
    Event,
    FallbackAnswered,
    FeatureCodeDialled,
    LegOffered,
    RequestRefused,
    SwitchConnected,
    SwitchDisconnected,
    UnexpectedHappened,
)
from telephony.identifiers import CallId
from telephony.open_lines import LineBegun, LineCloseRequested, LineOpenRequested, LineTold
from telephony.order_segments import (
    RecordingAsked,
    SegmentClosed,
    SegmentOpened,
    SegmentStopForced,
    SegmentTimerFired,
    SegmentWithdrawn,
    StopReason,
)
from telephony.overhearing import EarClosed, EarFact, ListeningLapsed
from telephony.samples import SampleAnswered, SampleAsked, SampleBegun, SampleDrawn, SamplePassed, SampleWithdrawn
from telephony.segments import SegmentFact
from telephony.transfers import HandOnRequest, ParkRequested, PickUpRequested


def _begin(turn: Course, envelope: Envelope) -> None:
    call_id, switch, event = envelope.call_id, envelope.switch, cast(LegOffered, envelope.event)
    if call_id is None or switch is None:
        raise AssertionError("a caller without a call id or a switch")
    turn.registry.begin(call_machine.begin(call_id, switch, envelope, event))
    turn.conclude(admit(turn.directory, call_id, event, envelope.occurred_at), envelope)


def _dial(turn: Course, envelope: Envelope) -> None:
    """The call is placed where the agent's phone is."""
    event = cast(DialRequested, envelope.event)
    placed = placed_of(event, turn.directory)
    switch = envelope.switch or switch_of(turn.agents.get(event.agent_id), turn.index)
    if placed is not None and switch is not None:
        turn.conclude(placed, replace(again_of(envelope), switch=switch))


def _number_dialled(turn: Course, envelope: Envelope) -> None:
    """The phone's call becomes the agent's own, or hears why not."""
    event = cast(NumberDialled, envelope.event)
    request = request_of_phone(event, CallId(envelope.event_id), turn)
    refusal = request if isinstance(request, Refusal) else refusal_of_dialling(request, turn, turn.index, turn.registry)
    if not isinstance(request, Refusal) and refusal is None:
        turn.conclude(request, envelope)
    elif envelope.switch is not None and refusal is not None:
        sound = sound_of_refusal(refusal.code)
        tone = PlayTone(call_id=CallId(event.leg_id), switch=envelope.switch, leg_id=event.leg_id, sound=sound)
        turn.result.commands.append(tone)


def _place(turn: Course, envelope: Envelope) -> None:
    """The call begins, and its agent is claimed in the same turn."""
    event, switch = cast(CallPlaced, envelope.event), envelope.switch
    if switch is None:
        raise AssertionError(f"call {event.call_id} is placed at no switch")
    turn.result.due += turn.registry.place(call_machine.place(switch, envelope, event))
    reserved = reservation_for(event, turn)
    if reserved is not None:
        turn.conclude(reserved, envelope)


def _note_fallback(turn: Course, envelope: Envelope) -> Refusal | None:
    """A call the static dialplan served is over when we learn of it: listed and metered, decided on no more."""
    if envelope.call_id in turn.calls:
        return _step_call(turn, envelope)
    event, call_id = cast(FallbackAnswered, envelope.event), envelope.call_id or CallId(envelope.event_id)
    turn.registry.remember(event.leg_id, call_id)
    for concluded in served_by_dialplan(call_id, event.dnis, turn.directory):
        turn.conclude(concluded, envelope)
    return None


def _leave_to_dialplan(turn: Course, envelope: Envelope) -> None:
    """Who waits is not left to due times that lead nowhere; who talks goes on talking. A turn cut short sees to that itself."""
    event = cast(UnexpectedHappened, envelope.event)
    call = None if event.call_id is None else turn.calls.get(event.call_id)
    if event.machine == TIMERS and call is not None and is_with_nobody(call):
        turn.result.commands += to_machine(call)
        turn.conclude(taken_by_dialplan(call), envelope)


def _feature_code(turn: Course, envelope: Envelope) -> None:
    event = cast(FeatureCodeDialled, envelope.event)
    request = request_dialled(event, envelope, turn)
    if not isinstance(request, Refusal):
        turn.conclude(request, envelope)
    if envelope.switch is not None:
        is_taken = not isinstance(request, Refusal)
        tone = PlayTone(call_id=CallId(event.leg_id), switch=envelope.switch, leg_id=event.leg_id, is_confirmation=is_taken)
        turn.result.commands.append(tone)


def _change_switch(turn: Course, envelope: Envelope) -> None:
    event = cast(SwitchConnected | SwitchDisconnected, envelope.event)
    turn.index.switch_changed(event.switch, is_connected=isinstance(event, SwitchConnected))
    for segment in turn.tapes.at(event.switch):
        step_segment(turn, envelope, segment)
    cut_ears(turn, event.switch, envelope)
    _look_for_stranded(turn, envelope)


def _look_for_stranded(turn: Course, envelope: Envelope) -> None:
    turn.care.look_at_all()
    _turn_away(turn, turn.calls.values(), envelope)


def _hand(turn: Course, envelope: Envelope) -> Refusal | None:
    """The call agrees, and whoever is to have the caller, or to be asked, is claimed in the same turn."""
    refusal = _step_call(turn, envelope)
    for event in () if refusal is not None else concluded_of(envelope.event, envelope, turn, turn.index):
        turn.conclude(event, envelope)
    return refusal


def _give_back(turn: Course, envelope: Envelope) -> None:
    for event in gets_back(cast(CallQueuedAgain, envelope.event), turn, turn.index):
        turn.conclude(event, envelope)


def _step_both(turn: Course, envelope: Envelope) -> Refusal | None:
    _step_agent(turn, envelope)
    return _step_call(turn, envelope)


def _permit(turn: Course, envelope: Envelope) -> Refusal | None:
    """The party is dialled; where nobody wants them any more that is said, so that what was set aside is free at once."""
    permit = cast(DialPermitted, envelope.event)
    refusal = _step_call(turn, envelope)
    call = turn.calls.get(permit.call_id)
    if call is None or call.leg(permit.leg_id) is None:
        turn.conclude(DialDropped(call_id=permit.call_id, leg_id=permit.leg_id), envelope)
    return refusal


def _step_call(turn: Course, envelope: Envelope) -> Refusal | None:
    before = None if envelope.call_id is None else turn.calls.get(envelope.call_id)
    if before is None:
        return None
    step = guarded(turn, lambda: call_machine.step(before, envelope), envelope, "call", before.state)
    if step is None or step.refusal is not None:
        return None if step is None else step.refusal
    after = step.call
    turn.result.commands.extend(step.commands)
    for event in step.events:
        turn.conclude(_still_granted(turn, event, before, envelope), envelope)
    if after is not before:
        turn.result.due += turn.registry.keep_call(before, after)
        turn.samples.call_changed(before, after)
        for question in turn.care.call_changed(before, after, envelope.received_at):
            turn.conclude(question, envelope)
        if after.state is CallState.QUEUED is not before.state:
            _turn_away(turn, (after,), envelope)
        lapsed = turn.tapes.lapses(after)
        if lapsed is not None:
            apart = SegmentStopForced(call_id=after.call_id, segment_id=lapsed.segment_id, reason=StopReason.APART)
            turn.conclude(apart, envelope)
    look_whether_parted(turn, after, envelope)
    return None


def _hear_sample(turn: Course, envelope: Envelope) -> Refusal | None:
    """The call's sample meets it, before its segment does; what was kept of one that is taken back is shredded."""
    for event in turn.samples.heard(envelope):
        turn.conclude(event, envelope)
    return tell_segment(turn, envelope) if isinstance(envelope.event, SampleWithdrawn) else _step_call(turn, envelope)


def _close_segment(turn: Course, envelope: Envelope) -> Refusal | None:
    """The segment is over. Read again at a start it may be there yet: what a switch does stands in no call's stream."""
    turn.samples.heard(envelope)
    turn.tapes.closed(cast(SegmentClosed, envelope.event))
    return _step_call(turn, envelope)


def _open_tape(turn: Course, envelope: Envelope) -> Refusal | None:
    """The call opens before the switch is told: whatever parts the two from here on ends the recording."""
    _step_call(turn, envelope)
    return tell_both(turn, envelope)


def _still_granted(turn: Course, event: Event, before: Call, envelope: Envelope) -> Event:
    """What waited for the end of a recording, unless it cannot be any more: whom it is for may have taken another call."""
    wish = None if before.tape is None else before.tape.wish
    if wish is None or event is not wish.wants:
        return event
    refusal = refusal_of_handing(wish.wants, turn, turn.index, envelope.received_at)
    if refusal is None:
        return event
    agent_id = wish.wants.agent_id
    return RequestRefused(request_id=wish.request_id, code=refusal.code, agent_id=agent_id, call_id=before.call_id)


def _end_call(turn: Course, envelope: Envelope) -> Refusal | None:
    refusal = _step_call(turn, envelope)
    tell_segment(turn, envelope)
    if envelope.call_id is not None:
        turn.tapes.ended(envelope.call_id)
        turn.samples.ended(envelope.call_id)
        close_gate(turn, envelope)
    return refusal


def _turn_away(turn: Course, calls: Iterable[Call], cause: Envelope) -> None:
    """Those who wait for a project that is in use no more get its closed treatment: nobody would ever come.

    At a switch that is away they wait until it is back and can be told.
    """
    for call in calls:
        is_waiting = call.state is CallState.QUEUED and turn.index.is_connected(call.switch)
        if is_waiting and call.terms is not None and call.terms.project_id not in turn.directory.projects:
            turn.conclude(turned_away_waiting(call.call_id, call.terms), cause)


def _remember_emergency(turn: Course, envelope: Envelope) -> None:
    turn.registry.remember_emergency(cast(EmergencyDialled, envelope.event).leg_id)


def _step_agent(turn: Course, envelope: Envelope) -> Refusal | None:
    agent_id = envelope.agent_id
    if agent_id is None:
        return None
    before = turn.agents.get(agent_id) or Agent(agent_id=agent_id)
    outcome = guarded(turn, lambda: agent_machine.step(before, envelope, turn.rules), envelope, "agent", before.state)
    if outcome is None or isinstance(outcome, Refusal):
        return outcome
    turn.result.due += turn.registry.keep_agent(before, outcome)
    let_go(turn, before, outcome, envelope)
    turn.watch.agent_changed(before, outcome, envelope.received_at)
    turn.shifts.agent_changed(before, outcome)
    if is_to_note(before, outcome):
        turn.conclude(note_of(outcome, turn.floor.take_moved(agent_id)), envelope)
    return None


def _hear_of_shift(turn: Course, envelope: Envelope) -> Refusal | None:
    turn.shifts.noted(envelope)
    return _step_agent(turn, envelope)


Effect = Callable[[Course, Envelope], Refusal | None]

_EFFECTS: tuple[tuple[tuple[type[Event], ...], Effect], ...] = (
    ((LegOffered,), _begin),
    ((DialRequested,), _dial),
    ((LineOpenRequested,), ask_for_line),
    ((LineCloseRequested,), refuse_close),
    ((LineBegun,), begin_line),
    ((CallPlaced,), _place),
    ((NumberDialled,), _number_dialled),
    ((FeatureCodeDialled,), _feature_code),
    ((FallbackAnswered,), _note_fallback),
    ((SwitchConnected, SwitchDisconnected), _change_switch),
    ((DirectoryLoaded,), _look_for_stranded),
    ((AgentReserved,), _step_both),
    ((HandOnRequest, ParkRequested, PickUpRequested), _hand),
    ((CallQueuedAgain,), _give_back),
    ((DialPermitted,), _permit),
    ((ShiftTold,), _hear_of_shift),
    ((ShiftJudged,), lambda turn, envelope: turn.shifts.noted(envelope)),
    ((RecordingAsked,), ask_recording),
    ((*SEGMENT_REQUESTS, SegmentFact, SegmentStopForced, SegmentTimerFired), tell_both),
    ((SampleBegun,), begin_sample),
    ((SampleDrawn, SampleAsked, SampleAnswered, SamplePassed, SampleWithdrawn), _hear_sample),
    ((SegmentClosed,), _close_segment),
    ((SegmentOpened,), _open_tape),
    ((*LISTENING_REQUESTS, ListeningLapsed, EarFact), tell_gate),
    ((EarClosed,), lambda _turn, _envelope: None),
    ((CallEnded,), _end_call),
    ((CallEvent, AgentRequest, AgentTimerFired, AgentNoted), _step_agent),
    ((PresenceJudged,), lambda turn, envelope: turn.watch.judged(envelope)),
    ((EmergencyDialled,), _remember_emergency),
    ((UnexpectedHappened,), _leave_to_dialplan),
    ((DecisionTaken, ShareNoted, RequestRefused, LineTold), lambda _turn, _envelope: None),
    ((EmergencySeen, ConsentWithdrawn, SegmentWithdrawn), lambda _turn, _envelope: None),
    ((Event,), _step_call),
)
"""The first line that names the event or its family says what it does."""


@cache
def effect_of(event_type: type[Event]) -> Effect:
    """What an event of that type does; a refusal only of a request."""
    return next(effect for families, effect in _EFFECTS if issubclass(event_type, families))
