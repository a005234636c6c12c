"""Keeps routing's floor in step with the machines: the floor is the index of states that others own."""

from collections.abc import Mapping
from dataclasses import replace

from routing.explain import Hindrance
from routing.floor import Floor
from routing.queueing import WaitingCall
from telephony.agent.evidence import Absence
from telephony.agent.model import Agent, AgentState
from telephony.agent.presence import Presence, is_live
from telephony.call.model import WAITING, Call, require_terms
from telephony.call.search import waits_since
from telephony.demands import CallDemand, merged, needs_of, preferred, relaxed, required, stages
from telephony.errors import Refusal, RefusalCode
from telephony.events import EndpointChanged
from telephony.identifiers import AgentId, CallId, EndpointId, Instant, SwitchName, after_ms

NOTHING_ASKED = CallDemand()


class FloorIndex:
    """Who stands on the floor: agents who may be offered calls at a live phone, callers waiting at a connected switch."""

    def __init__(self, floor: Floor, agents: Mapping[AgentId, Agent], calls: Mapping[CallId, Call]) -> None:
        self._floor = floor
        self._agents = agents
        self._calls = calls
        self._presence: dict[EndpointId, Presence] = {}
        self._at: dict[EndpointId, AgentId] = {}
        self._connected: dict[SwitchName, bool] = {}

    def agent_at(self, endpoint_id: EndpointId) -> AgentId | None:
        """The agent on duty at that phone."""
        return self._at.get(endpoint_id)

    def is_live(self, agent: Agent) -> bool:
        """Whether the agent's phone can be rung."""
        return agent.endpoint_id is not None and is_live(self._presence.get(agent.endpoint_id))

    def refusal_of_phone(self, agent: Agent, switch: SwitchName | None) -> Refusal | None:
        """Why that switch cannot ring the agent's phone, as the agent's standing says it; None where it can."""
        presence = None if agent.endpoint_id is None else self._presence.get(agent.endpoint_id)
        if not is_live(presence):
            absence = None if presence is None else presence.absence
            hindrance = Hindrance.PHONE_UNREACHABLE if absence is None else Hindrance(absence.value)
        elif switch is None or not self.is_connected(switch):
            hindrance = Hindrance.SWITCH_AWAY
        else:
            return None
        return Refusal(code=RefusalCode.AGENT_NOT_AVAILABLE, facts={"agent": agent.agent_id, "state": hindrance.value})

    def presence_at(self, endpoint_id: EndpointId) -> Presence | None:
        """What is known of that phone."""
        return self._presence.get(endpoint_id)

    def presence(self) -> Mapping[EndpointId, Presence]:
        """What is known of every phone."""
        return self._presence

    def note_presence(self, event: EndpointChanged, switch: SwitchName | None, at: Instant) -> bool:
        """The phone is as the event says; True where that changed whether it can be rung.

        A switch that misses a phone says nothing of one that stands at another.
        """
        before = self._presence.get(event.endpoint_id)
        if before is not None and before.is_reachable and not event.is_reachable and before.switch != switch:
            return False
        has_changed = before is None or before.is_reachable != event.is_reachable
        self._presence[event.endpoint_id] = Presence(
            is_reachable=event.is_reachable,
            changed_at=at if before is None or has_changed else before.changed_at,
            switch=switch,
            round_trip_us=event.round_trip_us,
            absence=None if before is None else before.absence,
        )
        agent_id = self._at.get(event.endpoint_id)
        if has_changed and agent_id is not None:
            self._place(self._agents[agent_id])
        return has_changed

    def judge(self, endpoint_id: EndpointId, absence: Absence | None, at: Instant) -> None:
        """Offers are kept away from whoever is at that phone for this reason, or (None) are not any more."""
        before = self._presence.get(endpoint_id) or Presence(is_reachable=False, changed_at=at, switch=None)
        self._presence[endpoint_id] = replace(before, absence=absence)
        agent_id = self._at.get(endpoint_id)
        if agent_id is not None and agent_id in self._agents:
            self._place(self._agents[agent_id])

    def agent_changed(self, before: Agent, after: Agent) -> None:
        """The floor has the agent where the new state says."""
        if before.endpoint_id is not None and before.endpoint_id != after.endpoint_id:
            self._at.pop(before.endpoint_id, None)
        if after.endpoint_id is not None and after.state is not AgentState.LOGGED_OUT:
            self._at[after.endpoint_id] = after.agent_id
        self._place(after)
        if after.state in (AgentState.PAUSED, AgentState.LOGGED_OUT):
            self._floor.agent_away(after.agent_id)
        elif before.state in (AgentState.PAUSED, AgentState.LOGGED_OUT):
            self._floor.agent_on_duty(after.agent_id)

    def call_changed(self, before: Call, after: Call) -> None:
        """The floor has the call among the waiting, or not."""
        if after.state in WAITING:
            has_place = before.state in WAITING and _looks_for(before) == _looks_for(after)
            if not has_place and self.is_connected(after.switch):
                self._floor.call_waiting(_waiting(after))
        elif before.state in WAITING:
            self._floor.call_gone(after.call_id)

    def is_connected(self, switch: SwitchName) -> bool:
        """Whether the switch is there and reconciled."""
        return self._connected.get(switch, False)

    def switch_changed(self, switch: SwitchName, *, is_connected: bool) -> None:
        """Callers at a switch that cannot be told anything are offered to nobody; they keep their place."""
        self._connected[switch] = is_connected
        if is_connected:  # after a start, those stand who stood before; who of them can be rung has been told by now
            for agent in self._agents.values():
                self._place(agent)
        for call in self._calls.values():
            if call.switch == switch and call.state in WAITING:
                if is_connected:
                    self._floor.call_waiting(_waiting(call))
                else:
                    self._floor.call_gone(call.call_id)

    def _place(self, agent: Agent) -> None:
        if agent.may_be_offered and self.is_live(agent):
            self._floor.agent_available(agent.agent_id, agent.idle_since)
        else:
            self._floor.agent_unavailable(agent.agent_id)


def _looks_for(call: Call) -> tuple[object, ...]:
    return (call.terms, call.demand, call.relaxation_stage, call.last_agent_id)


def _waiting(call: Call) -> WaitingCall:
    terms = require_terms(call)
    matching = terms.matching
    demand = call.demand if matching.demand == NOTHING_ASKED else merged(matching.demand, call.demand)
    needs = needs_of(demand, matching.language)
    if matching.relaxation:
        needs = relaxed(needs, matching.relaxation, stages(matching)[call.relaxation_stage])
    return WaitingCall(
        call_id=call.call_id,
        project_id=terms.project_id,
        client_id=terms.client_id,
        waiting_since=call.waiting_since,
        priority_weight=terms.priority_weight,
        goes_first=call.goes_first,
        offers=call.offers,
        needs=required(needs),
        preferred=preferred(needs),
        preferred_until=after_ms(waits_since(call), matching.preference_ms),
        relaxation_stage=call.relaxation_stage,
        priority_ms=demand.priority_ms,
        sticky_agent_id=call.last_agent_id,
        blocked_agents=call.blocked_agents,
    )
