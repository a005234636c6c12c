"""All calls and agents of one engine, and where an event among them belongs."""

from telephony.agent.model import Agent, AgentState, AgentTimer
from telephony.call.model import Call, CallState, CallTimer
from telephony.emergencies import EmergencyDialled
from telephony.engine.arrival import Arrival, Due
from telephony.engine.floor_index import FloorIndex
from telephony.engine.taping import Tapes
from telephony.events import (
    AgentTimerFired,
    CallTimerFired,
    CommandFailed,
    EndpointChanged,
    Event,
    FallbackAnswered,
    LegFact,
    LegOffered,
)
from telephony.identifiers import AgentId, CallId, LegId, call_of, leg_id
from telephony.order_segments import SegmentTimerFired
from telephony.segments import SegmentFact

_NAMED_OTHERWISE = (LegFact, CommandFailed, EndpointChanged)
"""Events that do not name their call and agent themselves."""
_TOLD_AGAIN = (LegOffered, EmergencyDialled, CallTimerFired, SegmentTimerFired, AgentTimerFired)
FORMER_KEPT = 4_096
"""Callers of calls that are over: an arrival told twice makes no ghost call, and a late end still reaches its call's minutes."""


class Registry:
    """The state of everything live. Kept by the turn alone."""

    def __init__(self, calls: dict[CallId, Call], agents: dict[AgentId, Agent], index: FloorIndex, tapes: Tapes) -> None:
        self._tapes = tapes
        self.calls = calls
        self.agents = agents
        self._index = index
        self._legs: dict[LegId, CallId] = {}
        self._former: dict[LegId, CallId] = {}
        self._emergencies: dict[LegId, None] = {}
        self._lines: dict[LegId, AgentId] = {}

    def address(self, arrival: Arrival) -> tuple[CallId | None, AgentId | None]:
        """The call stream and the agent stream the event belongs to."""
        event = arrival.event
        if not isinstance(event, _NAMED_OTHERWISE):
            return getattr(event, "call_id", None), getattr(event, "agent_id", None)
        if isinstance(event, LegOffered):
            return arrival.call_id or CallId(arrival.event_id), None
        if isinstance(event, FallbackAnswered):
            return self.known_call(event.leg_id) or arrival.call_id or CallId(arrival.event_id), None
        if isinstance(event, EndpointChanged):
            agent_id = self._index.agent_at(event.endpoint_id)
            return (None if agent_id is None else self.agents[agent_id].call_id), agent_id
        line = self._line_of(event)
        if line is not None:
            return line
        call_id = self._call_of(event) or arrival.call_id
        return call_id, self._agent_on(call_id, event.leg_id)

    def is_stale(self, event: Event) -> bool:
        """Whether it was told before (a caller, an emergency call), or its due time was taken back (a timer)."""
        if not isinstance(event, _TOLD_AGAIN):
            return False
        if isinstance(event, LegOffered):
            return event.leg_id in self._legs or event.leg_id in self._former
        if isinstance(event, EmergencyDialled):
            return event.leg_id in self._emergencies
        if isinstance(event, CallTimerFired):
            call = self.calls.get(event.call_id)
            return call is None or (CallTimer(event.timer), event.due_at) not in call.due()
        if isinstance(event, SegmentTimerFired):
            return self._tapes.is_stale(event)
        agent = self.agents.get(event.agent_id)
        return agent is None or (AgentTimer(event.timer), event.due_at) not in agent.due()

    def is_line(self, leg_id: LegId) -> bool:
        """Whether that leg is the open line of an agent on duty."""
        return leg_id in self._lines

    def known_call(self, leg_id: LegId) -> CallId | None:
        """The call, live or lately over, whose caller is that leg."""
        return self._legs.get(leg_id) or self._former.get(leg_id)

    def remember(self, leg_id: LegId, call_id: CallId) -> None:
        """A call that is over had this caller: what is still told of the leg belongs to it."""
        self._former[leg_id] = call_id
        if len(self._former) > FORMER_KEPT:
            del self._former[next(iter(self._former))]

    def remember_emergency(self, leg_id: LegId) -> None:
        """This emergency call was told: once is enough."""
        self._emergencies[leg_id] = None
        if len(self._emergencies) > FORMER_KEPT:
            del self._emergencies[next(iter(self._emergencies))]

    def begin(self, call: Call) -> None:
        """The call exists."""
        self.calls[call.call_id] = call
        self._legs[call.caller.leg_id] = call.call_id

    def place(self, call: Call) -> list[Due]:
        """A call that began with us exists; what is due of it from its beginning."""
        self.begin(call)
        if call.agent is not None:  # the phone that dialled it
            self._legs[call.agent.leg_id] = call.call_id
        return [(at, CallTimerFired(call_id=call.call_id, timer=timer, due_at=at)) for timer, at in call.due()]

    def keep_call(self, before: Call, after: Call) -> list[Due]:
        """The call is as the step left it; what is newly due of it."""
        self._index.call_changed(before, after)
        if after.agent is not None and after.agent is not before.agent and not after.agent.is_lent:
            self._legs[after.agent.leg_id] = after.call_id
        if after.caller.leg_id != before.caller.leg_id:  # who is called back comes by another leg
            self._legs.pop(before.caller.leg_id, None)
            self.remember(before.caller.leg_id, after.call_id)
            self._legs[after.caller.leg_id] = after.call_id
        if after.state is not CallState.ENDED:
            self.calls[after.call_id] = after
            known = before.due()
            return [
                (at, CallTimerFired(call_id=after.call_id, timer=timer, due_at=at))
                for timer, at in after.due()
                if (timer, at) not in known
            ]
        del self.calls[after.call_id]
        del self._legs[after.caller.leg_id]
        self.remember(after.caller.leg_id, after.call_id)
        for number in range(1, after.agent_legs + 1):
            self._legs.pop(leg_id(after.call_id, "agent", number), None)
        if after.phone_leg_id is not None:
            self._legs.pop(after.phone_leg_id, None)
            self.remember(after.phone_leg_id, after.call_id)
        return []

    def keep_agent(self, before: Agent, after: Agent) -> list[Due]:
        """The agent is as the step left them; what is newly due of them."""
        if after.state is AgentState.LOGGED_OUT:
            self.agents.pop(after.agent_id, None)
        else:
            self.agents[after.agent_id] = after
        if before.line is not None:
            self._lines.pop(before.line.leg_id, None)
        if after.line is not None:
            self._lines[after.line.leg_id] = after.agent_id
        self._index.agent_changed(before, after)
        known = before.due()
        return [
            (at, AgentTimerFired(agent_id=after.agent_id, timer=timer, due_at=at))
            for timer, at in after.due()
            if (timer, at) not in known
        ]

    def all_due(self) -> list[Due]:
        """Every due time in the state."""
        due: list[Due] = []
        for call in self.calls.values():
            due += [(at, CallTimerFired(call_id=call.call_id, timer=timer, due_at=at)) for timer, at in call.due()]
        due += self._tapes.all_due()
        for agent in self.agents.values():
            due += [(at, AgentTimerFired(agent_id=agent.agent_id, timer=timer, due_at=at)) for timer, at in agent.due()]
        return due

    def _line_of(self, event: LegFact | CommandFailed) -> tuple[CallId | None, AgentId] | None:
        """Of an open line: the call that has it, and whose it is."""
        agent_id = None if event.leg_id is None else self._lines.get(event.leg_id)
        agent = None if agent_id is None else self.agents.get(agent_id)
        return None if agent is None or agent.line is None else (agent.line.call_id, agent.agent_id)

    def _call_of(self, event: LegFact | CommandFailed) -> CallId | None:
        if isinstance(event, SegmentFact):
            return call_of(event.segment_id)
        if event.leg_id is not None:
            return self.known_call(event.leg_id) or call_of(event.leg_id)
        bridge_id = getattr(event, "bridge_id", None)
        return None if bridge_id is None else call_of(bridge_id)

    def _agent_on(self, call_id: CallId | None, leg_id: LegId | None) -> AgentId | None:
        call = None if call_id is None else self.calls.get(call_id)
        return None if call is None or (call.bond is None and not call.departing) else _agent_of(call, leg_id)


def _agent_of(call: Call, leg_id: LegId | None) -> AgentId | None:
    """An event without a leg, of a bridge, is the agent's who has the caller."""
    if leg_id is None:
        return None if call.bond is None else call.bond.agent_id
    return call.agent_of(leg_id)
