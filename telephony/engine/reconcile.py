"""What a switch has, against what the journal says: the difference, as events for the calls. Pure.

Callers first: where both legs of a call are gone, nobody is rung again for it. A leg whose end nobody saw ends at the last
proof of life; the switch's own record (`Snapshot.ended`) is better and is taken where there is one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from telephony.agent.open_line import OpenLine, let_go, put_home
from telephony.agent.presence import Presence
from telephony.call import to_switch
from telephony.call.model import Call, CallState, Leg, LegRole, LegState
from telephony.call.places import places_of, put_in_place
from telephony.causes import HangupCause
from telephony.commands import Command, FailureReason
from telephony.engine.ports import CallerArrived, LegEnd, LegSeen, Snapshot, SwitchFact
from telephony.engine.served import taken_by_dialplan
from telephony.events import (
    CommandFailed,
    EndpointChanged,
    Event,
    LegAnswered,
    LegFact,
    LegHungUp,
    LegJoined,
    LegLeft,
)
from telephony.identifiers import CallId, EndpointId, Instant, LegId, call_of
from telephony.open_lines import LineState


@dataclass(slots=True, kw_only=True)
class Adoption:
    """A caller at the switch whom the journal does not know; the bridge may still name the call."""

    arrived: CallerArrived
    since: Instant
    call_id: CallId | None


@dataclass(slots=True, kw_only=True)
class Difference:
    """What is to be told to the calls, in this order; then who is adopted, and which legs are nobody's."""

    facts: list[SwitchFact] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    adopted: list[Adoption] = field(default_factory=list)
    orphans: list[LegSeen] = field(default_factory=list)


def reconcile(
    calls: Iterable[Call],
    presence: Mapping[EndpointId, Presence],
    snapshot: Snapshot,
    *,
    last_alive_at: Instant,
    held: Iterable[SwitchFact] = (),
    lines: Iterable[OpenLine] = (),
) -> Difference:
    """The difference between these open calls, lines and phones, and the switch as the snapshot shows it.

    `held`: what the switch has told since it is connected, and nobody has handled yet.
    """
    difference = Difference()
    seen = {leg.leg_id: leg for leg in snapshot.legs}
    ends = _told_ends(held) | {end.leg_id: end for end in snapshot.ended}
    known: dict[LegId, None] = {}
    for call in calls:
        for leg in call.legs():
            if not leg.is_live:
                continue
            known[leg.leg_id] = None
            leg_seen = seen.get(leg.leg_id)
            if leg_seen is not None and leg_seen.is_at_machine and call.state is not CallState.LEAVING:
                found: Sequence[tuple[Instant, Event]] = [(snapshot.taken_at, taken_by_dialplan(call))]
            elif leg_seen is None:
                found = [_end_of(leg, ends.get(leg.leg_id), last_alive_at)]
            else:
                is_alone = call.caller.leg_id not in seen
                found = _leg_difference(call, leg, leg_seen, snapshot.taken_at, is_alone=is_alone)
            for at, event in found:
                difference.facts.append(SwitchFact(switch=snapshot.switch, occurred_at=at, what=event))
        difference.commands += _asserted(call, seen)
    for line in [each for each in lines if each.leg_id not in known]:  # else the call that has it has been told
        known[line.leg_id] = None
        ended = _end_of(_as_leg(line), ends.get(line.leg_id), last_alive_at)
        _line_difference(line, seen.get(line.leg_id), ended, snapshot, difference)
    for leg_seen in snapshot.legs:
        if leg_seen.leg_id not in known:
            _unknown_leg(leg_seen, difference)
    difference.adopted.sort(key=lambda adoption: adoption.since)  # who came first is first in line
    for event in _presence_difference(presence, snapshot):
        difference.facts.append(SwitchFact(switch=snapshot.switch, occurred_at=snapshot.taken_at, what=event))
    return difference


def _as_leg(line: OpenLine) -> Leg:
    return Leg(leg_id=line.leg_id, role=LegRole.AGENT, state=LegState.UP)


def _line_difference(
    line: OpenLine, seen: LegSeen | None, ended: tuple[Instant, Event], snapshot: Snapshot, difference: Difference
) -> None:
    """A line that no call has: it ended, was answered, or is to be where it belongs."""
    if seen is None:
        difference.facts.append(SwitchFact(switch=snapshot.switch, occurred_at=ended[0], what=ended[1]))
    elif line.state in (LineState.CLOSING, LineState.LENT):  # the call that had it is over, and knows it no more
        difference.commands += let_go(line)
    elif seen.is_answered and line.state is LineState.OPENING:
        answered = LegAnswered(leg_id=line.leg_id)
        difference.facts.append(SwitchFact(switch=snapshot.switch, occurred_at=snapshot.taken_at, what=answered))
    elif line.state is LineState.OPEN and seen.bridge_id != line.home:
        difference.commands += put_home(line)


def _leg_difference(call: Call, leg: Leg, seen: LegSeen, at: Instant, *, is_alone: bool) -> list[tuple[Instant, LegFact]]:
    found: list[tuple[Instant, LegFact]] = []
    if seen.is_answered and not leg.is_answered:
        found.append((at, LegAnswered(leg_id=leg.leg_id)))
    there = seen.bridge_id if seen.bridge_id is not None and call_of(seen.bridge_id) == call.call_id else None
    if leg.home is not None and seen.bridge_id == leg.home:  # given back; else the call itself sees to where it is
        there = leg.home if leg.state is LegState.ENDING or is_alone else None
    if leg.bridge_id is not None and leg.bridge_id != there:
        found.append((at, LegLeft(leg_id=leg.leg_id, bridge_id=leg.bridge_id)))
    if there is not None and leg.bridge_id != there:
        found.append((at, LegJoined(leg_id=leg.leg_id, bridge_id=there)))
    return found


def _told_ends(held: Iterable[SwitchFact]) -> dict[LegId, LegEnd]:
    gone = [(fact.occurred_at, fact.what) for fact in held if isinstance(fact.what, LegHungUp) and not fact.what.is_estimated]
    return {what.leg_id: LegEnd(leg_id=what.leg_id, ended_at=at, cause=what.cause, by_phone=what.by_phone) for at, what in gone}


def _end_of(leg: Leg, end: LegEnd | None, last_alive_at: Instant) -> tuple[Instant, LegFact | CommandFailed]:
    if end is not None:
        return end.ended_at, LegHungUp(leg_id=leg.leg_id, cause=HangupCause(end.cause), by_phone=end.by_phone)
    if leg.state in (LegState.DIALLING, LegState.RINGING) and leg.role == "agent":
        # Maybe the switch was never told to ring: the agent has missed nothing.
        return last_alive_at, CommandFailed(command="RingEndpoint", reason=FailureReason.UNTOLD, leg_id=leg.leg_id)
    return last_alive_at, LegHungUp(leg_id=leg.leg_id, cause=HangupCause.UNKNOWN, by_phone=False, is_estimated=True)


def _asserted(call: Call, seen: Mapping[LegId, LegSeen]) -> list[Command]:
    """Commands whose effect is missing: they may have died in our buffers. Each is harmless where it took effect."""
    commands: list[Command] = [
        command
        for leg in call.legs()
        if leg.state is LegState.ENDING and leg.leg_id in seen
        for command in to_switch.let_go(call, leg, HangupCause.NORMAL)
    ]
    caller_seen = seen.get(call.caller.leg_id)
    if commands and call.has_music and caller_seen is not None and call.caller.state is not LegState.ENDING:
        commands.append(to_switch.play_music(call))  # sent with the hang-up, so maybe lost with it
    if call.state in (CallState.AT_MACHINE, CallState.LEAVING) and caller_seen is not None and caller_seen.arrived is not None:
        commands.append(to_switch.hand_over(call))
    if call.dial is not None:
        commands.append(to_switch.ask_permission(call, call.dial))  # who was asked may have died over it
    agent = call.agent
    agent_seen = None if agent is None else seen.get(agent.leg_id)
    if call.state is CallState.OUTSIDE:
        if caller_seen is not None and not caller_seen.is_answered:
            commands.append(to_switch.answer_caller(call))
        commands += _in_their_places(call, seen)
    if agent is None or agent_seen is None or caller_seen is None:
        return commands
    if call.state is CallState.HELD and agent_seen.bridge_id == call.bridge_id:
        commands += (to_switch.leave(call, agent), to_switch.play_music(call))
    if call.state is CallState.TALKING:
        commands += _together(call, caller_seen, agent_seen)
    return commands + _in_their_places(call, seen)


def _in_their_places(call: Call, seen: Mapping[LegId, LegSeen]) -> list[Command]:
    commands: list[Command] = []
    for place in places_of(call):
        if any(leg.leg_id in seen and seen[leg.leg_id].bridge_id != place[0] for leg in place[1]) and _is_whole(call, seen):
            commands += put_in_place(call, place)
    return commands


def _is_whole(call: Call, seen: Mapping[LegId, LegSeen]) -> bool:
    """Whether nobody is missing: else the facts just told have changed the call, and its own commands are on the way."""
    return all(leg.leg_id in seen for leg in call.legs() if leg.is_live and leg.state is not LegState.ENDING)


def _together(call: Call, caller: LegSeen, agent: LegSeen) -> list[Command]:
    apart = [leg.leg_id for leg in (caller, agent) if leg.bridge_id != call.bridge_id]
    if not apart:
        return []
    answered: list[Command] = [] if caller.is_answered else [to_switch.answer_caller(call)]
    return [*answered, to_switch.create_bridge(call), *_silence(call), to_switch.join(call, *apart)]


def _silence(call: Call) -> list[Command]:
    """Nothing plays to caller and agent; after a consultation the agent's leg may hear music or ringing of its own."""
    if call.agent is None or not (call.consults or call.callee):
        return [to_switch.stop_music(call)]
    agent = call.agent
    return [to_switch.stop_music(call), to_switch.stop_music_of(call, agent), to_switch.stop_ringing(call, agent)]


def _unknown_leg(seen: LegSeen, difference: Difference) -> None:
    if seen.arrived is not None:
        bridge_call = None if seen.bridge_id is None else call_of(seen.bridge_id)
        difference.adopted.append(Adoption(arrived=seen.arrived, since=seen.created_at, call_id=bridge_call))
    elif call_of(seen.leg_id) is not None:
        difference.orphans.append(seen)


def _presence_difference(presence: Mapping[EndpointId, Presence], snapshot: Snapshot) -> Iterator[Event]:
    reachable = dict.fromkeys(snapshot.reachable)
    for endpoint_id in reachable:
        if endpoint_id not in presence or not presence[endpoint_id].is_reachable:
            yield EndpointChanged(endpoint_id=endpoint_id, is_reachable=True)
    for endpoint_id, known in presence.items():
        if known.is_reachable and known.switch == snapshot.switch and endpoint_id not in reachable:
            yield EndpointChanged(endpoint_id=endpoint_id, is_reachable=False)
