"""Which of the available agents gets a call, and what is kept of the choice: compared, preferred, refused.

**What is preferred** chooses among the free, for as long as the caller has waited less than the project's limit: the agent with
the smallest pass of those who meet it is taken, if that pass is at most `PREFERENCE_CALLS` of the costliest level above the
smallest of all and stands among the first `WALKED`. Nobody waits for it, and shares cannot drift further apart than that.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

from routing.eligibility import Ineligibility
from routing.lines import PLAIN, WALKED, Line, Needs, unmet
from routing.project_floor import AgentSeat, ProjectFloor
from routing.queueing import Rank, WaitingCall, rank_of
from routing.share import Entry
from telephony.decisions import Choice, RefusedAgent, SkippedHead
from telephony.identifiers import MS, AgentId, Instant

CANDIDATES_KEPT = 5
HEADS_EXPLAINED = 3
ENOUGH_WALKED = 6
"""So many agents are looked at to have candidates to compare; more only while nobody was found."""


@dataclass(slots=True)
class Chosen:
    """The agents compared, the chosen one first; `looked_at` counts every agent looked at."""

    entries: list[Entry]
    why: Choice = Choice.SHARE
    refused: list[RefusedAgent] = field(default_factory=list)
    looked_at: int = 0


def choose(call: WaitingCall, line: Line, part: ProjectFloor, now: Instant) -> Chosen | None:
    """Who gets the call of that line now; None where nobody may take it of those looked at."""
    wish = call.preferred if call.preferred and now < call.preferred_until and line.only is None else ()
    if line.key == PLAIN and not wish and not call.blocked_agents:  # most calls: everybody who stands there may have it
        first = line.takers.first(CANDIDATES_KEPT)
        return Chosen(first, looked_at=len(first)) if first else None
    return _chosen(call, line, part, wish)


def _chosen(call: WaitingCall, line: Line, part: ProjectFloor, wish: Needs) -> Chosen | None:
    """The first who may take it of those looked at one by one, or, where there is a wish, the first near them who meets it."""
    chosen = Chosen([])
    for entry in _looked_through(line, part):
        if chosen.looked_at == WALKED + len(call.blocked_agents):
            break
        chosen.looked_at += 1
        seat = cast(AgentSeat, entry[3])
        if entry[2] in call.blocked_agents or not (line.is_ordered or line.admits(entry[2], seat.grades)):
            if not chosen.entries and len(chosen.refused) < CANDIDATES_KEPT:
                chosen.refused.append(_refused(call, line, entry))
            continue
        if wish and entry[0] <= (chosen.entries[0] if chosen.entries else entry)[0] + part.preference:
            if unmet(wish, seat.grades) is None:
                chosen.entries = [entry, *chosen.entries][:CANDIDATES_KEPT]
                chosen.why, wish = Choice.PREFERENCE, ()
                continue
        elif wish:
            wish = ()
        if len(chosen.entries) < CANDIDATES_KEPT:
            chosen.entries.append(entry)
        if not wish and (len(chosen.entries) == CANDIDATES_KEPT or chosen.looked_at >= ENOUGH_WALKED):
            break
    if not chosen.entries:
        return None
    if line.only is not None:
        chosen.why = Choice.LAST_AGENT
    if line.is_ordered and line.key != PLAIN:
        _explain(chosen, call, line, part)
    return chosen


def _looked_through(line: Line, part: ProjectFloor) -> Iterable[Entry]:
    """Those who may take the line's calls, where it has an order; else all of the project, or the one it waits for."""
    if line.is_ordered or line.only is None:
        return line.takers.first(1) if line.takers.live == 1 else line.takers.in_order()
    seat = part.seats.get(line.only)
    return () if seat is None or seat.entry is None else (seat.entry,)


def _explain(chosen: Chosen, call: WaitingCall, line: Line, part: ProjectFloor) -> None:
    """The first of the project's available agents who would have been next, had the call asked for nothing."""
    winner = chosen.entries[0]
    for entry in part.order.first(CANDIDATES_KEPT):
        if not entry < winner:
            break
        chosen.looked_at += 1
        if refusal_for(call, line.only, cast(AgentSeat, entry[3])) is not None:
            chosen.refused.append(_refused(call, line, entry))


def _refused(call: WaitingCall, line: Line, entry: Entry) -> RefusedAgent:
    reason = refusal_for(call, line.only, cast(AgentSeat, entry[3]))
    return RefusedAgent(agent_id=entry[2], share_pass=entry[0], refusal=reason or Ineligibility.NOT_AVAILABLE)


def refusal_for(call: WaitingCall, only: AgentId | None, seat: AgentSeat) -> Ineligibility | None:
    """Why an agent who may have the project's calls is not given this one; `only`: whom it waits for."""
    if seat.agent_id in call.blocked_agents:
        return Ineligibility.CALLER_BLOCKED
    need = unmet(call.needs, seat.grades)
    if need is not None:
        return Ineligibility.GRADE_TOO_LOW if need.skill in seat.grades else Ineligibility.SKILL_MISSING
    return None if only is None or only == seat.agent_id else Ineligibility.KEPT_FOR_LAST_AGENT


def passed_over(seat: AgentSeat, rank: Rank, now: Instant, ageing_us: int) -> tuple[list[SkippedHead], int]:
    """The heads that were more urgent and wait for a project the agent is certified for, but not for this agent.

    At most `HEADS_EXPLAINED` are looked at for it: to explain must not cost the decision its bound.
    """
    skipped: list[SkippedHead] = []
    looked_at = 0
    for found, reason in _kept_from(seat, now, ageing_us):
        looked_at += 1
        if found[0] < rank:
            skipped.append(SkippedHead(call_id=found[1].call_id, project_id=found[1].project_id, refusal=reason))
        if looked_at == HEADS_EXPLAINED:
            break
    return skipped, looked_at


def _kept_from(seat: AgentSeat, now: Instant, ageing_us: int) -> Iterator[tuple[tuple[Rank, WaitingCall], str]]:
    """The heads the agent is certified for and may not take, each with the reason."""
    for part, barred in seat.barred:
        for line in part.lines.values():
            found = line.queue.most_urgent(now, ageing_us)
            if found is not None:
                yield found, barred
    for line in seat.closed_lines():
        found = line.queue.most_urgent(now, ageing_us)
        reason = None if found is None else refusal_for(found[1], line.only, seat)
        if found is not None and reason is not None:
            yield found, reason
    with_blocked = [part.plain.queue for part in seat.parts if part.plain.queue.blocked_lanes]
    with_blocked += [line.queue for line in seat.lines if line.queue.blocked_lanes]
    for queue in with_blocked:
        for call in queue.kept_from(seat.agent_id):
            yield (rank_of(call, now, ageing_us // MS), call), Ineligibility.CALLER_BLOCKED
