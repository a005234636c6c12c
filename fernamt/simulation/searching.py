"""What simulated callers ask for, who is known of them, and that nobody gets a call who may not."""

from routing.directory import CallerList
from telephony.call.model import Call, CallState, require_terms
from telephony.call.search import waits_since
from telephony.decisions import DecisionTaken
from telephony.demands import CallDemand, RelaxationStep, SkillNeed, next_change_at
from telephony.engine.ports import CallerMarks
from telephony.engine.turn import Turn
from telephony.events import Envelope, LegOffered
from telephony.identifiers import SECOND, AgentId, CallId, Instant, PartyId, after_ms

LATE_US = 5 * SECOND
CALLER_LISTS = {"vip": CallerList(name="vip", priority_ms=60_000)}
DEMANDS = {
    "ost": CallDemand(skills=(SkillNeed(skill="tax", grade=4),)),
    "sued": CallDemand(skills=(SkillNeed(skill="sales", grade=2, is_required=False),)),
    "west": CallDemand(language="en"),
}
"""Ost needs tax, Süd likes sales, West's callers speak English."""
RELAXATION = {
    "ost": (
        RelaxationStep(after_ms=8_000, lower=(SkillNeed(skill="tax", grade=2),)),
        RelaxationStep(after_ms=20_000, drop=("tax",)),
    ),
    "west": (RelaxationStep(after_ms=15_000, drop=("language:en",)),),
}
STICKY_MS = {"nord": 10_000, "west": 6_000}


def number_of(place: int) -> str:
    """The number of one of a hundred people."""
    return f"+4917012345{place % 100:02}"


def known_among(agents: int, number: str, _party_id: PartyId, /) -> CallerMarks:
    """One in ten is on the list, one in five talked to somebody before, one in seven has two agents who never get them."""
    place = int(number[-2:])
    blocked = sorted({AgentId(f"a{place % agents:04}"), AgentId(f"a{place * 7 % agents:04}")}) if place % 7 == 0 else ()
    return CallerMarks(
        caller_lists=("vip",) if place % 10 == 0 else (),
        last_agent_id=AgentId(f"a{place * 3 % agents:04}") if place % 5 == 0 else None,
        blocked_agents=tuple(blocked),
    )


class SearchWatch:
    """Looks at every decision, and at those who wait."""

    HEARS = (LegOffered, DecisionTaken)

    def __init__(self) -> None:
        self._blocked: dict[CallId, tuple[AgentId, ...]] = {}

    def wrong_in(self, envelope: Envelope, turn: Turn) -> str | None:
        """What a decision did that it may not; None: nothing."""
        event = envelope.event
        if isinstance(event, LegOffered) and envelope.call_id is not None and event.blocked_agents:
            self._blocked[envelope.call_id] = event.blocked_agents
        if isinstance(event, DecisionTaken):
            found = self._wrong_decision(event, turn)
            if found is not None:
                return f"{found} (decision {event.decision_id})"
        return None

    def _wrong_decision(self, decision: DecisionTaken, turn: Turn) -> str | None:
        agent = turn.directory.agents[decision.agent_id]
        if decision.project_id not in agent.certificates:
            return f"{agent.agent_id} has no certificate for {decision.project_id}"
        if agent.agent_id in self._blocked.get(decision.call_id, ()):
            return f"{agent.agent_id} never gets that caller"
        lacking = [need.skill for need in decision.needs if agent.grades.get(need.skill, 0) < need.grade]
        return f"{agent.agent_id} lacks {lacking}" if lacking else None

    @staticmethod
    def forgotten(call: Call, now: Instant) -> str | None:
        """A waiting call that should have been relaxed, or have ceased to wait for one agent; None: it was looked after."""
        if call.state is not CallState.QUEUED:
            return None
        matching, since = require_terms(call).matching, waits_since(call)
        if call.last_agent_id is not None and now > after_ms(since, matching.sticky_ms) + LATE_US:
            return f"call {call.call_id} waits for {call.last_agent_id} beyond its time"
        due = call.search_widens_at
        if due is not None and now > due + LATE_US:
            return f"call {call.call_id} was to be relaxed {(now - due) // SECOND} s ago"
        if due is None and next_change_at(matching.relaxation, since, now) is not None:
            return f"call {call.call_id} would never be relaxed"
        return None
