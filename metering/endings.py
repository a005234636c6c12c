"""When every leg of a call was over: as seen, or at the earliest proof where nobody saw it (metering cases 23 and 25)."""

from collections.abc import Iterable, Iterator

from metering.facts import HELD, JOINED, LEFT, MACHINE_TOOK, UNHELD, Edge, Facts
from telephony.identifiers import CallId, LegId


def ends_of_legs(call_id: CallId, facts: Facts) -> dict[LegId, tuple[bool, int]]:
    """Per leg whether its end is estimated, and when it was (µs)."""
    ends = {**_returned(call_id, facts), **facts.told_ends}
    for leg_id in {edge[2] for edge in facts.edges}.difference(ends):
        ends[leg_id] = (True, _estimated_end(call_id, facts, leg_id))
    return ends


def _returned(call_id: CallId, facts: Facts) -> dict[LegId, tuple[bool, int]]:
    """Open lines that the call gave back: the last word of them is that they came into a bridge which is not the call's."""
    found = {}
    for leg_id in facts.lines:
        joined = [(at, bridge) for at, kind, whose, bridge in facts.edges if whose == leg_id and kind == JOINED]
        last_at, bridge = max(joined, default=(0, call_id))
        if not bridge.startswith(f"{call_id}.") and bridge != call_id:
            found[leg_id] = (False, last_at)
    return found


def _estimated_end(call_id: CallId, facts: Facts, leg_id: LegId) -> int:
    """The earliest goodbye at or after the leg's last sign of life; that sign itself where none followed.

    The caller's leg is alive as long as others talk to it or are asked to. Goodbyes are another leg's leaving or end, the
    agent's being found lost or released, and the end of the call.
    """
    is_outside = facts.role_of(call_id, leg_id) == "outside"
    signs = [at for at, kind, whose, _ in facts.edges if whose == leg_id and kind != MACHINE_TOOK]
    goodbyes = [at for at, kind, whose, _ in facts.edges if whose != leg_id and kind == LEFT]
    goodbyes += [at for whose, (_, at) in facts.told_ends.items() if whose != leg_id]
    if facts.ended is not None:
        goodbyes.append(facts.ended[0])
    if is_outside:
        signs += [at for at, kind, whose, _ in facts.edges if whose != leg_id and kind != LEFT]
        signs += [at for at, _ in facts.reserved.values()]
        goodbyes += [at for at, _ in facts.parted]
    else:
        goodbyes += [at for at, whose in facts.parted if whose == leg_id]
    last_sign = max(signs, default=0)
    return min((at for at in goodbyes if at >= last_sign), default=last_sign)


def holds_lost_in_gaps(facts: Facts) -> list[Edge]:
    """The beginnings of phone holds whose end alone was heard: as early as the gap before it allows (metering case 26)."""
    if not facts.gaps:
        return []
    lost: list[Edge] = []
    last: dict[LegId, tuple[int, int]] = {}
    for at, kind, leg_id, _ in sorted(edge for edge in facts.edges if edge[1] in (HELD, UNHELD)):
        last_at, last_kind = last.get(leg_id, (0, UNHELD))
        last[leg_id] = (at, kind)
        unheard = [start for start, _ in facts.gaps if last_at <= start < at]
        if kind == UNHELD and last_kind == UNHELD and unheard:
            first_at = min(edge[0] for edge in facts.edges if edge[2] == leg_id)
            lost.append((max(*unheard, first_at), HELD, leg_id, ""))
    return lost


def holds_found_after_gaps(facts: Facts, edges: Iterable[Edge]) -> Iterator[Edge]:
    """The edges, but an agent found out of the bridge when a gap ended left when a hold was asked for in that gap."""
    ends = dict.fromkeys(end for _, end in facts.gaps)
    for edge in edges:
        at, kind, leg_id, bridge = edge
        wish = _hold_wished_in(facts, leg_id, at) if kind == LEFT and at in ends else None
        yield edge if wish is None else (wish, kind, leg_id, bridge)


def _hold_wished_in(facts: Facts, leg_id: LegId, gap_end: int) -> int | None:
    began = min(start for start, end in facts.gaps if end == gap_end)
    agent_id = facts.agent_of(leg_id)
    wishes = [
        at
        for at, is_hold, whose, request_id in facts.holds
        if is_hold and began <= at < gap_end and whose in (agent_id, None) and request_id not in facts.refused
    ]
    return min(wishes, default=None)
