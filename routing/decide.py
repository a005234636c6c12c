"""A decision as it is kept: who was compared, what was passed over, and what it cost."""

from collections.abc import Sequence

from routing.queueing import WaitingCall
from routing.share import Entry
from telephony.decisions import Candidate, DecisionTaken, SkippedHead
from telephony.identifiers import MS, AgentId, DecisionId, Instant, ProjectId

RULE_VERSION = "weighted-fair-share/1"
CANDIDATES_KEPT = 5
SKIPPED_KEPT = 5


def candidate(entry: Entry, level: int) -> Candidate:
    """The agent as they stood when they were compared."""
    return Candidate(agent_id=entry[2], level=level, share_pass=entry[0], idle_since=entry[1])


def decision_of(
    call: WaitingCall,
    *,
    now: Instant,
    agent_id: AgentId,
    level: int,
    weight: float,
    pass_before: float,
    pass_after: float,
    candidates: Sequence[Candidate],
    candidates_in_all: int,
    skipped: Sequence[SkippedHead],
    heads_looked_at: int,
    directory_revision: int,
) -> DecisionTaken:
    """The claim of this agent for this call, as the journal keeps it."""
    waited = now - call.waiting_since
    return DecisionTaken(
        decision_id=decision_id_of(call),
        call_id=call.call_id,
        agent_id=agent_id,
        project_id=ProjectId(call.project_id),
        level=level,
        weight=weight,
        pass_before=pass_before,
        pass_after=pass_after,
        waited_ms=waited // MS if waited > 0 else 0,
        candidates=tuple(candidates),
        candidates_in_all=candidates_in_all,
        skipped=tuple(skipped),
        heads_looked_at=heads_looked_at,
        rule_version=RULE_VERSION,
        directory_revision=directory_revision,
    )


def decision_id_of(call: WaitingCall) -> DecisionId:
    """The id of the next decision about this call: a repeated turn names it the same."""
    return DecisionId(f"{call.call_id}.decision.{call.offers + 1}")
