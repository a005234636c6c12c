"""The facts of one call that metering needs, taken out of its events: whatever their order, however often each came.

A fact is what was said about a leg at an instant of the switch's clock; the number in the journal and the time of arrival play
no part. So a doubled, late or reordered event leaves the same facts (metering cases 22 and 24).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from telephony.callback import CallbackAgreed
from telephony.causes import EndReason, ReleaseReason
from telephony.dialling import CallPlaced, DialPermitted
from telephony.events import (
    AgentAlerted,
    AgentConnected,
    AgentLost,
    AgentReleased,
    AgentReserved,
    CallAdmitted,
    CallEnded,
    CallTimerFired,
    CallTurnedAway,
    Envelope,
    Event,
    FallbackAnswered,
    GapObserved,
    HoldRequested,
    LegAnswered,
    LegFact,
    LegHeld,
    LegHungUp,
    LegJoined,
    LegLeft,
    LegOffered,
    LegRinging,
    LegUnheld,
    NumberFacts,
    RequestRefused,
    UnholdRequested,
)
from telephony.identifiers import AgentId, CallId, EventId, Instant, LegId, SwitchName

OFFERED, RINGING, ANSWERED, JOINED, HELD, UNHELD, LEFT, MACHINE_TOOK, ENDED = range(9)
"""Kinds of edges; of one instant, those that open come first, so that nothing is invented between two of a pair."""

Edge = tuple[int, int, LegId, str]
"""When (µs), which kind, of which leg, in which bridge."""


@dataclass(slots=True)
class Facts:
    """What is known of one call. Filled while its events are read; `ends` and `gaps` are what a fold makes of what was told."""

    edges: set[Edge] = field(default_factory=set)
    told_ends: dict[LegId, tuple[bool, int]] = field(default_factory=dict)
    """Per leg: whether estimated, and when. A seen end stands before an estimated one, then the earlier one."""
    ends: dict[LegId, tuple[bool, int]] = field(default_factory=dict)
    """The same of every leg, told or not."""
    arrival: tuple[int, LegOffered | FallbackAnswered] | None = None
    placed: tuple[int, CallPlaced] | None = None
    """Said where the call began with us."""
    fallback: FallbackAnswered | None = None
    """Said where the static dialplan served the caller without us."""
    switch: SwitchName | None = None
    admitted: tuple[int, CallAdmitted] | None = None
    turned_away: tuple[int, CallTurnedAway] | None = None
    ended: tuple[int, EndReason] | None = None
    wait_limit_at: int | None = None
    reserved: dict[str, tuple[int, AgentReserved]] = field(default_factory=dict)
    released: dict[AgentId, tuple[int, ReleaseReason]] = field(default_factory=dict)
    parted: set[tuple[int, LegId]] = field(default_factory=set)
    """When an agent was found lost or released, by the leg."""
    agents: dict[LegId, AgentId] = field(default_factory=dict)
    agents_by_envelope: dict[LegId, AgentId] = field(default_factory=dict)
    holds: set[tuple[int, bool, AgentId | None, EventId]] = field(default_factory=set)
    """Requests: when, to hold or to unhold, whose, and the request's id."""
    refused: set[EventId] = field(default_factory=set)
    lines: set[LegId] = field(default_factory=set)
    """Open lines of agents that the call had: it has such a leg until that is in a bridge of no call's."""
    outsiders: dict[LegId, NumberFacts] = field(default_factory=dict)
    """Whose number was permitted to be dialled as which leg."""
    is_callback: bool = False
    """The caller agreed to be called back."""
    told_gaps: set[tuple[int, int]] = field(default_factory=set)
    gaps: set[tuple[int, int]] = field(default_factory=set)
    """Those that touch the call."""

    def agent_of(self, leg_id: LegId) -> AgentId | None:
        """Whose leg it is, as far as any event says."""
        return self.agents.get(leg_id) or self.agents_by_envelope.get(leg_id)

    def role_of(self, call_id: CallId, leg_id: LegId) -> str:
        """The leg's role: by its id, but for the agent's phone that dialled the call, and for an open line that it had."""
        is_phone = self.placed is not None and self.placed[1].leg_id == leg_id
        return "agent" if is_phone or leg_id in self.lines else role_of(call_id, leg_id)

    def note(self, envelope: Envelope) -> None:
        """What this event of the call says is known as well; most say nothing to a fold that is not in `METERED`."""
        event = envelope.event
        noted = _NOTES.get(type(event))
        if noted is not None:
            noted(self, envelope.occurred_at, event, envelope)


Note = Callable[[Facts, int, Any, Envelope], None]
"""Writes into the facts what an event of one class says: the facts, when it happened, the event and its envelope."""


def gather(envelopes: Iterable[Envelope]) -> Facts:
    """The facts in these events of one call."""
    facts = Facts()
    for envelope in envelopes:
        facts.note(envelope)
    return facts


def _edge(kind: int) -> Note:
    def noted(facts: Facts, at: int, event: LegFact, envelope: Envelope) -> None:
        facts.edges.add((at, kind, event.leg_id, ""))
        if envelope.agent_id is not None:
            facts.agents_by_envelope.setdefault(event.leg_id, envelope.agent_id)

    return noted


def _edge_of_bridge(kind: int) -> Note:
    def noted(facts: Facts, at: int, event: LegJoined | LegLeft, envelope: Envelope) -> None:
        facts.edges.add((at, kind, event.leg_id, event.bridge_id))
        if envelope.agent_id is not None:
            facts.agents_by_envelope.setdefault(event.leg_id, envelope.agent_id)

    return noted


def _arrived(facts: Facts, at: int, event: LegOffered | FallbackAnswered, envelope: Envelope) -> None:
    if isinstance(event, FallbackAnswered):
        at = _served_by_dialplan(facts, at, event)
    facts.edges.add((at, OFFERED, event.leg_id, ""))
    if facts.arrival is None or at < facts.arrival[0]:
        facts.arrival = (at, event)
        facts.switch = envelope.switch


def _placed(facts: Facts, at: int, event: CallPlaced, envelope: Envelope) -> None:
    if facts.placed is None or at < facts.placed[0]:
        facts.placed = (at, event)
        facts.switch = envelope.switch


def _served_by_dialplan(facts: Facts, at: int, event: FallbackAnswered) -> int:
    """The earliest instant of it. Such a call is over when it is told: its own words say when it was answered and ended."""
    facts.fallback = event
    facts.told_ends.setdefault(event.leg_id, (False, event.ended_at))
    if event.answered_at is None:
        return min(at, event.ended_at)
    facts.edges.add((event.answered_at, MACHINE_TOOK, event.leg_id, ""))
    return min(at, event.answered_at)


def _hung_up(facts: Facts, at: int, event: LegHungUp, envelope: Envelope) -> None:
    end = (event.is_estimated, at)
    known = facts.told_ends.get(event.leg_id)
    if known is None or end < known:
        facts.told_ends[event.leg_id] = end
    if envelope.agent_id is not None:
        facts.agents_by_envelope.setdefault(event.leg_id, envelope.agent_id)


def _admitted(facts: Facts, at: int, event: CallAdmitted, _envelope: Envelope) -> None:
    if facts.admitted is None or at < facts.admitted[0]:
        facts.admitted = (at, event)


def _turned_away(facts: Facts, at: int, event: CallTurnedAway, _envelope: Envelope) -> None:
    if facts.turned_away is None or at < facts.turned_away[0]:
        facts.turned_away = (at, event)


def _ended(facts: Facts, at: int, event: CallEnded, _envelope: Envelope) -> None:
    end = (at, event.end_reason)
    if facts.ended is None or end < facts.ended:
        facts.ended = end


def _timer_fired(facts: Facts, at: int, event: CallTimerFired, _envelope: Envelope) -> None:
    if event.timer == "wait_limit" and (facts.wait_limit_at is None or at > facts.wait_limit_at):
        facts.wait_limit_at = at


def _reserved(facts: Facts, at: int, event: AgentReserved, _envelope: Envelope) -> None:
    if event.line_leg_id is not None:
        facts.lines.add(event.line_leg_id)
    known = facts.reserved.get(event.decision_id)
    if known is None or at < known[0]:
        facts.reserved[event.decision_id] = (at, event)


def _bound(facts: Facts, _at: int, event: AgentAlerted | AgentConnected, _envelope: Envelope) -> None:
    facts.agents[event.leg_id] = event.agent_id


def _lost(facts: Facts, at: int, event: AgentLost, _envelope: Envelope) -> None:
    facts.agents[event.leg_id] = event.agent_id
    facts.parted.add((at, event.leg_id))


def _released(facts: Facts, at: int, event: AgentReleased, _envelope: Envelope) -> None:
    if event.leg_id is not None:
        facts.agents[event.leg_id] = event.agent_id
        facts.parted.add((at, event.leg_id))
    release = (at, event.reason)
    known = facts.released.get(event.agent_id)
    if known is None or release > known:
        facts.released[event.agent_id] = release


def _hold_requested(facts: Facts, at: int, event: HoldRequested | UnholdRequested, envelope: Envelope) -> None:
    facts.holds.add((at, isinstance(event, HoldRequested), event.agent_id, envelope.event_id))


def _refused(facts: Facts, _at: int, event: RequestRefused, _envelope: Envelope) -> None:
    facts.refused.add(event.request_id)


def _permitted(facts: Facts, _at: int, event: DialPermitted, _envelope: Envelope) -> None:
    facts.outsiders[event.leg_id] = event.number


def _agreed(facts: Facts, _at: int, _event: CallbackAgreed, _envelope: Envelope) -> None:
    facts.is_callback = True


def _gap(facts: Facts, _at: int, event: GapObserved, _envelope: Envelope) -> None:
    facts.told_gaps.add((event.from_at, event.to_at))


_NOTES: dict[type[Event], Note] = {
    LegOffered: _arrived,
    FallbackAnswered: _arrived,
    CallPlaced: _placed,
    LegRinging: _edge(RINGING),
    LegAnswered: _edge(ANSWERED),
    LegJoined: _edge_of_bridge(JOINED),
    LegHeld: _edge(HELD),
    LegUnheld: _edge(UNHELD),
    LegLeft: _edge_of_bridge(LEFT),
    LegHungUp: _hung_up,
    CallAdmitted: _admitted,
    CallTurnedAway: _turned_away,
    CallEnded: _ended,
    CallTimerFired: _timer_fired,
    AgentReserved: _reserved,
    AgentAlerted: _bound,
    AgentConnected: _bound,
    AgentLost: _lost,
    AgentReleased: _released,
    HoldRequested: _hold_requested,
    UnholdRequested: _hold_requested,
    RequestRefused: _refused,
    DialPermitted: _permitted,
    CallbackAgreed: _agreed,
    GapObserved: _gap,
}

METERED = frozenset(_NOTES)
"""The events a fold looks at; all others change nothing."""


def role_of(call_id: CallId, leg_id: LegId) -> str:
    """The role in an id of ours; "outside" for the caller's leg, whose id the switch chose, and for a callee's.

    "outsider" is somebody outside whom the caller was given, or the agent asked: a third party of the call.
    """
    head, dot, rest = leg_id.partition(".")
    if not dot or head != call_id:
        return "outside"
    role = rest.partition(".")[0]
    return "outside" if role == "callee" else role


def call_started_at(facts: Facts) -> Instant | None:
    """When the outside party's leg came, or an agent wanted the call; None where neither is known: then nothing is metered."""
    began = facts.arrival or facts.placed
    return None if began is None else Instant(began[0])
