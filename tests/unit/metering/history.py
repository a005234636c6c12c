"""Histories of calls, told in a few readable lines; seconds count from the caller's arrival."""

from collections.abc import Sequence

from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.events import (
    AgentAlerted,
    AgentConnected,
    AgentLost,
    AgentReleased,
    AgentReserved,
    CallAdmitted,
    CallEnded,
    CallQueuedAgain,
    CallTimerFired,
    CallTurnedAway,
    Envelope,
    Event,
    FallbackAnswered,
    GapObserved,
    HoldRequested,
    LegAnswered,
    LegHeld,
    LegHungUp,
    LegJoined,
    LegLeft,
    LegOffered,
    LegRinging,
    LegUnheld,
    NumberFacts,
    UnholdRequested,
)
from telephony.identifiers import (
    AgentId,
    BridgeId,
    CallId,
    ClientId,
    DecisionId,
    EndpointId,
    EventId,
    Instant,
    LegId,
    PartyId,
    ProjectId,
    SwitchName,
    TrunkId,
    bridge_id,
    leg_id,
)
from telephony.terms import ProjectTerms

T0 = Instant(1_793_613_600_000_000)  # 2026-11-02T10:00:00Z
CALL = CallId("019a4bd0-0000-7000-8000-000000000001")
CALLER = LegId("1793613600.17")
BRIDGE = bridge_id(CALL)
SWITCH = SwitchName("node1")
LANDLINE = NumberFacts(number_class="geographic", country="DE", masked="+49 30 ***12", metadata_version="8.13")
TERMS = ProjectTerms(
    project_id=ProjectId("hotline"),
    client_id=ClientId("acme"),
    name="ACME hotline",
    answers_early=False,
    music="default",
    ring_timeout_ms=20_000,
    recovery_ms=20_000,
    wait_limit_ms=None,
    priority_weight=1.0,
    wrap_up_limit_ms=30_000,
    wrap_up_extension_ms=30_000,
    wrap_up_codes=(),
)


def at(seconds: float) -> Instant:
    """That many seconds after the caller's arrival, to the microsecond."""
    return Instant(T0 + round(seconds * 1_000_000))


class History:
    """One call's events as they are told. `now` of every line is the first argument, in seconds."""

    def __init__(self, call_id: CallId = CALL, caller: LegId = CALLER) -> None:
        self.call_id = call_id
        self.caller = caller
        self.envelopes: list[Envelope] = []
        self._legs: dict[LegId, AgentId] = {}
        self._offers = 0

    def say(self, now: float, event: Event, agent_id: AgentId | None = None) -> EventId:
        """The event happened then."""
        event_id = EventId(f"{self.call_id}-{len(self.envelopes) + 1}")
        self.envelopes.append(
            Envelope(
                seq=len(self.envelopes) + 1,
                event_id=event_id,
                occurred_at=at(now),
                received_at=at(now),
                event=event,
                call_id=self.call_id,
                agent_id=agent_id,
                switch=SWITCH,
            )
        )
        return event_id

    def arrives(self, now: float = 0, *, anonymous: bool = False, admitted: bool = True) -> "History":
        """A caller enters and, unless told otherwise, waits."""
        party = PartyId(f"party-{self.call_id[-4:]}")
        caller = None if anonymous else LANDLINE
        self.say(now, LegOffered(leg_id=self.caller, trunk_id=TrunkId("trunk"), dnis="030555", party_id=party, caller=caller))
        if admitted:
            self.say(now, CallAdmitted(call_id=self.call_id, terms=TERMS, did="+4930555", number_class="geographic"))
        return self

    def turned_away(self, now: float, reason: EndReason, *, to_machine: bool) -> "History":
        """The caller does not wait."""
        self.say(
            now,
            CallTurnedAway(
                call_id=self.call_id,
                reason=reason,
                to_machine=to_machine,
                project_id=TERMS.project_id,
                client_id=TERMS.client_id,
            ),
        )
        return self

    def served_by_dialplan(self, now: float, *, answered: float | None, ended: float, message: str | None) -> "History":
        """The static dialplan served the caller while we were away."""
        party = PartyId(f"party-{self.call_id[-4:]}")
        self.say(
            now,
            FallbackAnswered(
                leg_id=self.caller,
                trunk_id=TrunkId("trunk"),
                dnis="030555",
                party_id=party,
                caller=LANDLINE,
                answered_at=None if answered is None else at(answered),
                ended_at=at(ended),
                message=message,
            ),
        )
        return self.turned_away(now, EndReason.FALLBACK, to_machine=True).ends(now, EndReason.FALLBACK)

    def reserved(self, now: float, agent: str, *, project: str = TERMS.project_id, client: str = TERMS.client_id) -> "History":
        """Routing chose this agent."""
        self._offers += 1
        agent_id = AgentId(agent)
        self.say(
            now,
            AgentReserved(
                call_id=self.call_id,
                agent_id=agent_id,
                endpoint_id=EndpointId(f"phone-{agent}"),
                project_id=ProjectId(project),
                client_id=ClientId(client),
                decision_id=DecisionId(f"{self.call_id}.{self._offers}"),
                level=2,
                pass_after=1.0,
                attempt=self._offers,
                wrap_up_limit_ms=30_000,
                wrap_up_extension_ms=30_000,
                wrap_up_codes=(),
            ),
            agent_id,
        )
        return self

    def rings(self, now: float, agent: str, number: int = 1) -> "History":
        """The agent's phone rings."""
        leg, agent_id = self.leg(number), AgentId(agent)
        self._legs[leg] = agent_id
        self.say(now, LegRinging(leg_id=leg), agent_id)
        self.say(now, AgentAlerted(call_id=self.call_id, agent_id=agent_id, leg_id=leg), agent_id)
        return self

    def answers(self, now: float, number: int = 1, *, joins: float | None = None) -> "History":
        """The agent takes the call; both are in the bridge at `joins`, by default at once."""
        leg = self.leg(number)
        self.say(now, LegAnswered(leg_id=leg), self._legs[leg])
        self.say(now, AgentConnected(call_id=self.call_id, agent_id=self._legs[leg], leg_id=leg), self._legs[leg])
        then = now if joins is None else joins
        if not any(isinstance(e.event, LegJoined) and e.event.leg_id == self.caller for e in self.envelopes):
            self.say(then, LegAnswered(leg_id=self.caller))
            self.joins(then, self.caller)
        return self.joins(then, leg)

    def joins(self, now: float, leg: LegId, bridge: BridgeId | None = None) -> "History":
        """The leg is in the bridge."""
        self.say(now, LegJoined(leg_id=leg, bridge_id=bridge or bridge_id(self.call_id)), self._legs.get(leg))
        return self

    def leaves(self, now: float, leg: LegId, bridge: BridgeId | None = None) -> "History":
        """The leg is out of the bridge."""
        self.say(now, LegLeft(leg_id=leg, bridge_id=bridge or bridge_id(self.call_id)), self._legs.get(leg))
        return self

    def held(self, now: float, leg: LegId) -> "History":
        """The party pressed hold."""
        self.say(now, LegHeld(leg_id=leg), self._legs.get(leg))
        return self

    def unheld(self, now: float, leg: LegId) -> "History":
        """The party took the phone off hold."""
        self.say(now, LegUnheld(leg_id=leg), self._legs.get(leg))
        return self

    def asks_hold(self, now: float, agent: str) -> EventId:
        """The agent puts the caller on hold in the desktop."""
        return self.say(now, HoldRequested(call_id=self.call_id, agent_id=AgentId(agent)), AgentId(agent))

    def asks_unhold(self, now: float, agent: str) -> EventId:
        """The agent takes the caller back."""
        return self.say(now, UnholdRequested(call_id=self.call_id, agent_id=AgentId(agent)), AgentId(agent))

    def hangs_up(
        self,
        now: float,
        leg: LegId,
        *,
        cause: HangupCause = HangupCause.NORMAL,
        by_phone: bool = True,
        is_estimated: bool = False,
    ) -> "History":
        """The leg is gone."""
        event = LegHungUp(leg_id=leg, cause=cause, by_phone=by_phone, is_estimated=is_estimated)
        self.say(now, event, self._legs.get(leg))
        return self

    def lost(self, now: float, number: int = 1) -> "History":
        """We found the agent's line dead."""
        leg = self.leg(number)
        self.say(now, AgentLost(call_id=self.call_id, agent_id=self._legs[leg], leg_id=leg), self._legs[leg])
        return self

    def released(self, now: float, agent: str, reason: ReleaseReason, number: int | None = None) -> "History":
        """The agent's bond with the call ended."""
        self.say(
            now,
            AgentReleased(
                call_id=self.call_id,
                agent_id=AgentId(agent),
                reason=reason,
                has_talked=reason in (ReleaseReason.TALKED, ReleaseReason.LOST),
                leg_id=None if number is None else self.leg(number),
            ),
            AgentId(agent),
        )
        return self

    def queued_again(self, now: float) -> "History":
        """The caller waits again, first in line."""
        self.say(now, CallQueuedAgain(call_id=self.call_id, goes_first=True))
        return self

    def wait_limit(self, now: float) -> "History":
        """The caller has waited as long as the project allows."""
        self.say(now, CallTimerFired(call_id=self.call_id, timer="wait_limit", due_at=at(now)))
        return self

    def gap(self, now: float, from_s: float, to_s: float) -> "History":
        """We learn that events between these instants may be lost."""
        self.say(now, GapObserved(switch=SWITCH, from_at=at(from_s), to_at=at(to_s)))
        return self

    def ends(self, now: float, reason: EndReason = EndReason.CALLER_HUNG_UP) -> "History":
        """Every leg is gone."""
        self.say(now, CallEnded(call_id=self.call_id, end_reason=reason))
        return self

    def leg(self, number: int = 1, role: str = "agent") -> LegId:
        """The id of a leg of ours."""
        return leg_id(self.call_id, role, number)

    def without(self, *types: type[Event]) -> Sequence[Envelope]:
        """The events that are not of these kinds."""
        return [envelope for envelope in self.envelopes if not isinstance(envelope.event, types)]


def a_talk(start: float = 5.0, end: float = 65.0, agent: str = "anna") -> History:
    """The plainest call: waits, rings 2 s, talks from `start` to `end`; the caller hangs up."""
    story = History().arrives().reserved(1, agent).rings(start - 2, agent).answers(start)
    return story


def finished(story: History, end: float, agent: str = "anna", number: int = 1) -> History:
    """The caller hangs up, the agent's leg follows, everything is told."""
    story.leaves(end, story.caller).hangs_up(end, story.caller)
    story.leaves(end + 0.02, story.leg(number)).hangs_up(end + 0.03, story.leg(number), by_phone=False)
    return story.released(end + 0.03, agent, ReleaseReason.TALKED, number).ends(end + 0.03)
