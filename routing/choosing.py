"""Which of the available agents gets a call, and what is kept of the choice: compared, preferred, refused.

**What is preferred** chooses among the free, for as long as the caller has waited less than the project's limit: the agent with
the smallest pass of those who meet it is taken, if that pass is at most `PREFERENCE_CALLS` of the costliest level above the
smallest of all. Nobody waits for it, and shares cannot drift further apart than that.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from routing.eligibility import Ineligibility
from routing.lines import PLAIN, Line, both, unmet
from routing.project_floor import AgentSeat, ProjectFloor
from routing.queueing import Rank, WaitingCall, rank_of
from routing.share import Entry
from telephony.decisions import Choice, RefusedAgent, SkippedHead
from telephony.identifiers import MS, AgentId, Instant

CANDIDATES_KEPT = 5
SKIPPED_KEPT = 5


@dataclass(slots=True)
class Chosen:
    """The agents compared, the chosen one first; `looked_at` counts every agent looked at."""

    entries: list[Entry]
    why: Choice = Choice.SHARE
    refused: list[RefusedAgent] = field(default_factory=list)
    looked_at: int = 0


def choose(call: WaitingCall, line: Line, part: ProjectFloor, now: Instant) -> Chosen | None:
    """Who gets the call of that line now; None where nobody available may take it."""
    blocked = call.blocked_agents
    entries = line.first_but(blocked, CANDIDATES_KEPT)
    if not entries:
        return None
    chosen = Chosen(entries, looked_at=len(entries) + len(blocked))
    if line.only is not None:
        chosen.why = Choice.LAST_AGENT
    elif call.preferred and now < call.preferred_until:
        _prefer(chosen, call, part)
    if line.key != PLAIN or blocked:
        _explain(chosen, call, line, part)
    return chosen


def _prefer(chosen: Chosen, call: WaitingCall, part: ProjectFloor) -> None:
    found = part.line((both(call.needs, call.preferred), None)).first_but(call.blocked_agents, 1)
    chosen.looked_at += 1 + len(call.blocked_agents)
    if found and found[0][0] <= chosen.entries[0][0] + part.preference:
        chosen.entries = [found[0], *[entry for entry in chosen.entries if entry is not found[0]][: CANDIDATES_KEPT - 1]]
        chosen.why = Choice.PREFERENCE


def _explain(chosen: Chosen, call: WaitingCall, line: Line, part: ProjectFloor) -> None:
    """The first of the project's available agents who would have been next, had the call asked for nothing."""
    winner = chosen.entries[0]
    nearest = part.order.first(CANDIDATES_KEPT)
    chosen.looked_at += len(nearest)
    for entry in nearest:
        if entry < winner:
            reason = refusal_for(call, line.only, cast(AgentSeat, entry[3]))
            if reason is not None:
                chosen.refused.append(RefusedAgent(agent_id=entry[2], share_pass=entry[0], refusal=reason))


def refusal_for(call: WaitingCall, only: AgentId | None, seat: AgentSeat) -> Ineligibility | None:
    """Why an agent who may have the project's calls is not given this one; `only`: whom it waits for."""
    if seat.agent_id in call.blocked_agents:
        return Ineligibility.CALLER_BLOCKED
    need = unmet(call.needs, seat.grades)
    if need is not None:
        return Ineligibility.GRADE_TOO_LOW if need.skill in seat.grades else Ineligibility.SKILL_MISSING
    return None if only is None or only == seat.agent_id else Ineligibility.KEPT_FOR_LAST_AGENT


def passed_over(seat: AgentSeat, rank: Rank, now: Instant, ageing_us: int) -> tuple[list[SkippedHead], int]:
    """The heads that were more urgent and wait for a project the agent is certified for, but not for this agent."""
    skipped: list[SkippedHead] = []
    looked_at = 0
    for call, refusal in _kept_from(seat, now, ageing_us):
        looked_at += 1
        if rank_of(call, now, ageing_us // MS) < rank and len(skipped) < SKIPPED_KEPT:
            skipped.append(SkippedHead(call_id=call.call_id, project_id=call.project_id, refusal=refusal))
    return skipped, looked_at


def _kept_from(seat: AgentSeat, now: Instant, ageing_us: int) -> Iterator[tuple[WaitingCall, str]]:
    """The heads the agent is certified for and may not take, each with the reason."""
    for part, barred in seat.barred:
        for line in part.busy.values():
            found = line.queue.most_urgent(now, ageing_us)
            if found is not None:
                yield found[1], barred
    for part in seat.parts:
        for line in part.busy.values():
            if not line.admits(seat.agent_id, seat.grades):
                found = line.queue.most_urgent(now, ageing_us)
                reason = None if found is None else refusal_for(found[1], line.only, seat)
                if found is not None and reason is not None:
                    yield found[1], reason
            elif line.queue.blocked_lanes:
                for call in line.queue.kept_from(seat.agent_id):
                    yield call, Ineligibility.CALLER_BLOCKED
