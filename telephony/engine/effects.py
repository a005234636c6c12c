"""What each event does to the calls, the agents and the floor of a turn: a table, and the effects it names."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Protocol, TypeVar, cast

from msgspec.structs import replace

from routing.directory import Directory
from routing.entry import admit, turned_away_waiting
from routing.floor import Floor
from telephony.agent import machine as agent_machine
from telephony.agent.judged import PresenceJudged, ShiftJudged
from telephony.agent.model import Agent, AgentRules
from telephony.agent.noted import AgentNoted, ShareNoted, is_to_note, note_of
from telephony.agent.on_shift import ShiftTold
from telephony.call import machine as call_machine
from telephony.call.model import Call, CallState
from telephony.call.outcomes import sound_of_refusal
from telephony.commands import PlayTone
from telephony.consents import ConsentWithdrawn
from telephony.decisions import DecisionTaken
from telephony.dialling import CallPlaced, DialDropped, DialPermitted, DialRequested, NumberDialled
from telephony.emergencies import EmergencyDialled, EmergencySeen
from telephony.engine.arrival import Arrival, TurnResult, again_of
from telephony.engine.dialled import request_dialled
from telephony.engine.floor_index import FloorIndex
from telephony.engine.handing import concluded_of, gets_back
from telephony.engine.lines import ask_for_line, begin_line, let_go, refuse_close
from telephony.engine.placing import placed_of, refusal_of_dialling, request_of_phone, reservation_for, switch_of
from telephony.engine.presence_watch import PresenceWatch
from telephony.engine.registry import Registry
from telephony.engine.served import served_by_dialplan
from telephony.engine.shift_watch import ShiftWatch
from telephony.engine.waiting import Care
from telephony.errors import Refusal, UnexpectedEvent
from telephony.events import (
    AgentRequest,
    AgentReserved,
    AgentTimerFired,
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
from telephony.identifiers import AgentId, CallId
from telephony.open_lines import LineBegun, LineCloseRequested, LineOpenRequested, LineTold
from telephony.transfers import HandOnRequest, ParkRequested, PickUpRequested

T = TypeVar("T")


class Course(Protocol):
    """What of a turn its effects touch."""

    directory: Directory
    rules: AgentRules
    floor: Floor
    calls: dict[CallId, Call]
    agents: dict[AgentId, Agent]
    index: FloorIndex
    registry: Registry
    care: Care
    watch: PresenceWatch
    shifts: ShiftWatch
    result: TurnResult

    def conclude(self, event: Event, cause: Envelope | Arrival) -> None: ...
    def is_reachable(self, agent_id: AgentId) -> bool: ...


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
    step = _guarded(turn, lambda: call_machine.step(before, envelope), envelope, "call", before.state)
    if step is None or step.refusal is not None:
        return None if step is None else step.refusal
    after = step.call
    turn.result.commands.extend(step.commands)
    for event in step.events:
        turn.conclude(event, envelope)
    if after is not before:
        turn.result.due += turn.registry.keep_call(before, after)
        for question in turn.care.call_changed(before, after, envelope.received_at):
            turn.conclude(question, envelope)
        if after.state is CallState.QUEUED is not before.state:
            _turn_away(turn, (after,), envelope)
    return None


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
    outcome = _guarded(turn, lambda: agent_machine.step(before, envelope, turn.rules), envelope, "agent", before.state)
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


def _guarded(turn: Course, run: Callable[[], T], envelope: Envelope, machine: str, state: str) -> T | None:
    """A machine that meets the impossible changes nothing; that it happened is journaled and counted."""
    try:
        return run()
    except UnexpectedEvent:
        happened = UnexpectedHappened(
            machine=machine,
            state=state,
            event=type(envelope.event).__name__,
            call_id=envelope.call_id,
            agent_id=envelope.agent_id,
        )
        turn.conclude(happened, envelope)
        return None


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
    ((CallEvent, AgentRequest, AgentTimerFired, AgentNoted), _step_agent),
    ((PresenceJudged,), lambda turn, envelope: turn.watch.judged(envelope)),
    ((EmergencyDialled,), _remember_emergency),
    ((DecisionTaken, ShareNoted, RequestRefused, UnexpectedHappened, LineTold), lambda _turn, _envelope: None),
    ((EmergencySeen, ConsentWithdrawn), lambda _turn, _envelope: None),
    ((Event,), _step_call),
)
"""The first line that names the event or its family says what it does."""


@cache
def effect_of(event_type: type[Event]) -> Effect:
    """What an event of that type does; a refusal only of a request."""
    return next(effect for families, effect in _EFFECTS if issubclass(event_type, families))
