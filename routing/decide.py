"""A decision as it is kept: who was compared, what was passed over, and what it cost."""

from collections.abc import Sequence
from typing import cast

from routing.choosing import Chosen
from routing.project_floor import AgentSeat, ProjectFloor
from routing.queueing import WaitingCall
from routing.share import Entry
from telephony.decisions import Candidate, DecisionTaken, SkippedHead
from telephony.identifiers import MS, DecisionId, Instant, ProjectId

RULE_VERSION = "weighted-fair-share/2"


def decision_of(
    call: WaitingCall,
    chosen: Chosen,
    part: ProjectFloor,
    *,
    now: Instant,
    pass_after: float,
    candidates_in_all: int,
    skipped: Sequence[SkippedHead],
    heads_looked_at: int,
    directory_revision: int,
) -> DecisionTaken:
    """The claim of the chosen agent for this call, as the journal keeps it."""
    waited = now - call.waiting_since
    candidates = tuple([_candidate(entry, part.project_id) for entry in chosen.entries])
    winner = candidates[0]
    return DecisionTaken(
        decision_id=decision_id_of(call),
        call_id=call.call_id,
        agent_id=winner.agent_id,
        project_id=part.project_id,
        level=winner.level,
        weight=part.weights[winner.level - 1],
        pass_before=winner.share_pass,
        pass_after=pass_after,
        waited_ms=waited // MS if waited > 0 else 0,
        candidates=candidates,
        candidates_in_all=candidates_in_all,
        skipped=tuple(skipped),
        heads_looked_at=heads_looked_at,
        rule_version=RULE_VERSION,
        directory_revision=directory_revision,
        chosen_by=chosen.why,
        needs=call.needs,
        preferred=call.preferred,
        relaxation_stage=call.relaxation_stage,
        priority_ms=call.priority_ms,
        refused=tuple(chosen.refused),
        agents_looked_at=chosen.looked_at,
    )


def _candidate(entry: Entry, project_id: ProjectId) -> Candidate:
    share_pass, idle_since, agent_id, seat = entry
    level = cast(AgentSeat, seat).rungs[project_id] + 1
    return Candidate(agent_id=agent_id, level=level, share_pass=share_pass, idle_since=idle_since)


def decision_id_of(call: WaitingCall) -> DecisionId:
    """The id of the next decision about this call: a repeated turn names it the same."""
    return DecisionId(f"{call.call_id}.decision.{call.offers + 1}")
