"""What a call was: its events in, its record and its minute lines out. Pure; deriving twice gives the same bytes."""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from metering.attribution import Share, share_out
from metering.endings import ends_of_legs, holds_found_after_gaps, holds_lost_in_gaps
from metering.facts import ANSWERED, ENDED, HELD, JOINED, LEFT, MACHINE_TOOK, UNHELD, Edge, Facts, call_started_at, gather
from metering.intervals import length, union
from metering.lines import (
    ENGINE_VERSION,
    CallRecord,
    Category,
    Direction,
    FoldedCall,
    LegRecord,
    MeteringRules,
    MinuteLine,
    Piece,
)
from metering.outside_lines import outside_line
from metering.ports import Gap
from metering.sweep import LegLife, walk
from telephony.causes import EndReason
from telephony.events import Envelope, NumberFacts
from telephony.identifiers import CallId, ClientId, Instant, PartyId, ProjectId

DEFAULT_RULES = MeteringRules()
ANONYMOUS = "anonymous"
"""The number class of a caller who withheld the number."""

_NOTHING = dict.fromkeys(Category, 0)
_BACK = {LEFT: JOINED, UNHELD: HELD}
"""What undoes what, of one leg in one bridge."""
_TO_MACHINE = (EndReason.TO_MACHINE, EndReason.WAIT_LIMIT)


def fold(
    call_id: CallId, envelopes: Iterable[Envelope], gaps: Iterable[Gap] = (), rules: MeteringRules = DEFAULT_RULES
) -> FoldedCall | None:
    """The record and lines of an ended call; None while it is open, and for one that no outside party was in.

    The order of the events, how often each came and what else happened make no difference.
    """
    return fold_facts(call_id, gather(envelopes), gaps, rules)


def fold_facts(call_id: CallId, facts: Facts, gaps: Iterable[Gap], rules: MeteringRules) -> FoldedCall | None:
    """The same of facts that were noted as the events came; more may be noted afterwards, and folded again."""
    started_at = call_started_at(facts)
    if started_at is None or facts.ended is None:
        return None
    facts.ends = ends_of_legs(call_id, facts)
    ended_at = max((at for _, at in facts.ends.values()), default=facts.ended[0])  # a call nobody was rung for has no leg
    known = facts.told_gaps.union((gap.from_at, gap.to_at) for gap in gaps)
    facts.gaps = {gap for gap in known if gap[0] < ended_at and started_at < gap[1]}
    legs = walk(call_id, facts, _edges_in_order(facts))
    shares = share_out(facts, legs)
    record = _record(call_id, facts, legs, shares, rules)
    lines = [_line(record, number, share, facts, rules) for number, share in enumerate(shares, 1)]
    outsiders = [(leg, facts.outsiders[leg.leg_id]) for leg in legs if leg.leg_id in facts.outsiders]
    lines += (outside_line(record, number, leg, dialled) for number, (leg, dialled) in enumerate(outsiders, len(lines) + 1))
    if facts.is_callback:
        lines = [replace(line, is_callback=True) for line in lines]
    return FoldedCall(record=record, lines=tuple(lines))


def _edges_in_order(facts: Facts) -> list[Edge]:
    told = _without_detours(facts.edges)
    edges = list(holds_found_after_gaps(facts, told) if facts.gaps and facts.holds else told)
    edges += [(at, ENDED, leg_id, "") for leg_id, (_, at) in facts.ends.items()]
    edges += holds_lost_in_gaps(facts)
    taken_at = _machine_from(facts)
    if taken_at is not None and facts.arrival is not None:
        edges.append((taken_at, MACHINE_TOOK, facts.arrival[1].leg_id, ""))
    edges.sort()
    return edges


def _without_detours(edges: set[Edge]) -> set[Edge]:
    """Who came and went in one instant stays where they stood, whichever of the two was last."""
    there_and_back = [edge for edge in edges if edge[1] in _BACK and (edge[0], _BACK[edge[1]], *edge[2:]) in edges]
    if not there_and_back:
        return edges
    undone = {(at, kind, leg_id, bridge) for at, back, leg_id, bridge in there_and_back for kind in (back, _BACK[back])}
    answered = ((at, ANSWERED, leg_id, "") for at, kind, leg_id, _ in undone if kind == JOINED)
    return edges.difference(undone).union(answered)


def _machine_from(facts: Facts) -> int | None:
    """When the static dialplan took the caller over by our order; by our clock, the switch says nothing of it."""
    if facts.fallback is not None:
        return None  # its own words say when
    if facts.turned_away is not None and facts.turned_away[1].to_machine:
        return facts.turned_away[0]
    if facts.ended is not None and facts.ended[1] in _TO_MACHINE:
        return facts.wait_limit_at
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beginning:
    """How a call began: who rang whom, when, and for whom."""

    at: int
    direction: Direction
    party_id: PartyId
    party: NumberFacts | None
    did: str | None
    """The number of ours that was called; None: we called."""
    client_id: ClientId | None
    project_id: ProjectId | None


def _began(facts: Facts) -> _Beginning:
    if facts.arrival is None and facts.placed is not None:
        at, placed = facts.placed
        return _Beginning(
            at=at,
            direction=Direction.OUTBOUND,
            party_id=placed.party_id,
            party=placed.number,
            did=None,
            client_id=placed.terms.client_id,
            project_id=placed.terms.project_id,
        )
    if facts.arrival is None:
        raise AssertionError("only a call with an outside party has a record")
    at, arrived = facts.arrival
    admitted = None if facts.admitted is None else facts.admitted[1]
    turned_away = None if facts.turned_away is None else facts.turned_away[1]
    return _Beginning(
        at=at,
        direction=Direction.INBOUND,
        party_id=arrived.party_id,
        party=arrived.caller,
        did=admitted.did if admitted else arrived.dnis,
        client_id=admitted.terms.client_id if admitted else turned_away.client_id if turned_away else None,
        project_id=admitted.terms.project_id if admitted else turned_away.project_id if turned_away else None,
    )


def _record(call_id: CallId, facts: Facts, legs: list[LegLife], shares: list[Share], rules: MeteringRules) -> CallRecord:
    began = _began(facts)
    if facts.ended is None:
        raise AssertionError("only an ended call has a record")
    caller = began.party
    totals = _totals([leg for leg in legs if leg.role == "outside"])
    talks = [share.talk[0][0] for share in shares if share.talk]
    return CallRecord(
        call_id=call_id,
        switch=facts.switch,
        client_id=began.client_id,
        project_id=began.project_id,
        direction=began.direction,
        did=began.did,
        party_id=began.party_id,
        number_class=caller.number_class if caller else ANONYMOUS,
        country=caller.country if caller else None,
        masked=caller.masked if caller else None,
        started_at=Instant(began.at),
        talked_from_at=Instant(min(talks) * 1_000) if talks else None,
        ended_at=Instant(max((end for _, end in facts.ends.values()), default=facts.ended[0])),
        end_reason=facts.ended[1],
        attempts=len(facts.reserved),
        ring_ms=totals[Category.RING],
        wait_ms=totals[Category.WAIT],
        talk_ms=totals[Category.TALK] + totals[Category.CONFERENCE],
        hold_ms=totals[Category.HOLD],
        announcement_ms=totals[Category.ANNOUNCEMENT],
        machine_ms=totals[Category.MACHINE],
        is_estimated=any(leg.is_estimated for leg in legs),
        is_hold_unknown=any(share.is_hold_unknown for share in shares),
        legs=tuple(_leg_record(leg) for leg in legs),
        engine_version=ENGINE_VERSION,
        rule_version=rules.version,
    )


def _totals(outside: list[LegLife]) -> dict[Category, int]:
    """Milliseconds of the outside party by category; two legs of it in one category at once count once."""
    totals = _NOTHING.copy()
    if len(outside) == 1:
        for category, start, end in outside[0].pieces:
            totals[category] += end - start
        return totals
    for category in Category:
        totals[category] = length(union(interval for leg in outside for interval in leg.intervals(category)))
    return totals


def _leg_record(leg: LegLife) -> LegRecord:
    return LegRecord(
        leg_id=leg.leg_id,
        role=leg.role,
        agent_id=leg.agent_id,
        is_estimated=leg.is_estimated,
        pieces=tuple(Piece(category, Instant(start * 1_000), Instant(end * 1_000)) for category, start, end in leg.pieces),
    )


def _line(record: CallRecord, number: int, share: Share, facts: Facts, rules: MeteringRules) -> MinuteLine:
    talk_ms, hold_ms, unknown_ms = length(share.talk), length(share.hold), length(share.unknown_hold)
    release = None if share.agent_id is None else facts.released.get(share.agent_id)
    is_first = number == 1
    return MinuteLine(
        call_id=record.call_id,
        line_number=number,
        started_at=record.started_at,
        client_id=share.client_id or record.client_id,
        project_id=share.project_id or record.project_id,
        agent_id=share.agent_id,
        direction=record.direction,
        number_class=record.number_class,
        country=record.country,
        attempts=share.attempts,
        ring_ms=share.ring_ms,
        wait_ms=share.wait_ms,
        talk_ms=talk_ms,
        hold_ms=hold_ms,
        unknown_hold_ms=unknown_ms,
        consult_ms=share.consult_ms,
        announcement_ms=record.announcement_ms if is_first else 0,
        machine_ms=record.machine_ms if is_first else 0,
        paid_ms=talk_ms + (hold_ms if rules.is_hold_paid else unknown_ms),
        billed_ms=length(share.billed_talk) + (length(share.billed_hold) if rules.is_hold_billed else 0),
        talked_from_at=Instant(share.talk[0][0] * 1_000) if share.talk else None,
        ended_at=record.ended_at,
        end_reason=record.end_reason,
        release_reason=None if release is None else release[1],
        is_estimated=share.is_estimated,
        is_hold_unknown=share.is_hold_unknown,
        conference_ms=share.conference_ms,
        engine_version=record.engine_version,
        rule_version=record.rule_version,
    )
