"""Whose milliseconds they are: from the pieces of legs to one minute line per agent. All intervals here are milliseconds."""

from dataclasses import dataclass, field

from metering.facts import Facts
from metering.intervals import Interval, intersection, length, length_within, round_to_ms, subtraction, union
from metering.lines import Category
from metering.sweep import LegLife
from telephony.events import AgentReserved
from telephony.identifiers import AgentId, ClientId, ProjectId

Key = tuple[AgentId | None, ProjectId | None]

CONNECTED = (Category.TALK, Category.CONFERENCE)


@dataclass(slots=True, kw_only=True)
class Share:
    """What one agent had of the call; two legs of one agent at a time count once (metering case 15)."""

    agent_id: AgentId | None
    project_id: ProjectId | None = None
    """For which the agent was asked; None: nobody was asked, and it is the call's."""
    client_id: ClientId | None = None
    attempts: int = 0
    talk: list[Interval] = field(default_factory=list)
    hold: list[Interval] = field(default_factory=list)
    unknown_hold: list[Interval] = field(default_factory=list)
    billed_talk: list[Interval] = field(default_factory=list)
    billed_hold: list[Interval] = field(default_factory=list)
    ring_ms: int = 0
    consult_ms: int = 0
    conference_ms: int = 0
    wait_ms: int = 0
    is_estimated: bool = False
    is_hold_unknown: bool = False


def share_out(facts: Facts, legs: list[LegLife]) -> list[Share]:
    """One share per agent who was asked or connected, in that order; a single one without agent where there was none."""
    gaps = sorted((round_to_ms(start), round_to_ms(end)) for start, end in facts.gaps)
    outside = [leg for leg in legs if leg.role == "outside"]
    shares: dict[Key, Share] = {}
    asked = sorted((at, decision_id, event) for decision_id, (at, event) in facts.reserved.items())
    for _, _, event in asked:
        key: Key = (event.agent_id, event.project_id)
        if key not in shares:
            shares[key] = Share(agent_id=event.agent_id, project_id=event.project_id, client_id=event.client_id)
        shares[key].attempts += 1
    by_share: dict[Key, list[LegLife]] = {}
    for leg in legs:
        if leg.role == "agent":
            by_share.setdefault(_key_of(leg, asked), []).append(leg)
    for key, theirs in by_share.items():
        _fill(shares.setdefault(key, Share(agent_id=key[0], project_id=key[1])), theirs, outside, gaps)
    if not shares:
        shares[None, None] = Share(agent_id=None, is_estimated=any(leg.is_estimated for leg in outside))
    listed = list(shares.values())
    _bill_once(listed)
    _share_waiting(listed, union(i for leg in outside for i in leg.intervals(Category.WAIT)))
    return listed


def _key_of(leg: LegLife, asked: list[tuple[int, str, AgentReserved]]) -> Key:
    """Whose leg for which project: that of the agent's last reservation before the leg was there."""
    projects = [(at, event.project_id) for at, _, event in asked if event.agent_id == leg.agent_id]
    if not projects:
        return leg.agent_id, None
    if all(project_id == projects[0][1] for _, project_id in projects):
        return leg.agent_id, projects[0][1]
    began_at = leg.pieces[0][1] * 1_000 + 1_000 if leg.pieces else 1 << 62  # pieces are whole milliseconds
    before = [project_id for at, project_id in projects if at <= began_at]
    return leg.agent_id, before[-1] if before else projects[0][1]


def _fill(share: Share, theirs: list[LegLife], outside: list[LegLife], gaps: list[Interval]) -> None:
    unknown: list[Interval] = []
    ends: list[int] = []
    for leg in theirs:
        share.talk += leg.intervals(*CONNECTED)
        share.hold += leg.intervals(Category.HOLD)
        share.ring_ms += length(leg.intervals(Category.RING))
        share.consult_ms += length(leg.intervals(Category.CONSULT))
        share.conference_ms += length(leg.intervals(Category.CONFERENCE))
        share.is_estimated = share.is_estimated or leg.is_estimated
        if gaps:
            unknown += _unheard(leg, gaps)
    if len(theirs) > 1:
        share.talk = union(share.talk)
        share.hold = subtraction(share.hold, share.talk)
        share.ring_ms = length(union(i for leg in theirs for i in leg.intervals(Category.RING)))
        share.consult_ms = length(union(i for leg in theirs for i in leg.intervals(Category.CONSULT)))
        share.conference_ms = length(union(i for leg in theirs for i in leg.intervals(Category.CONFERENCE)))
    connected = share.talk + share.hold
    if gaps:
        share.unknown_hold = intersection(unknown, share.hold)
        share.is_hold_unknown = bool(intersection(connected, gaps))
    ends = [end for _, end in connected]
    share.is_estimated = share.is_estimated or any(
        leg.is_estimated and leg.pieces and leg.pieces[-1][2] in ends for leg in outside
    )


def _unheard(leg: LegLife, gaps: list[Interval]) -> list[Interval]:
    """The parts of the leg's holds that nobody can know: inside gaps, and after one where no later fact ended the hold."""
    unheard: list[Interval] = []
    for index, (category, start, end) in enumerate(leg.pieces):
        if category is not Category.HOLD:
            continue
        is_ended_by_fact = index + 1 < len(leg.pieces) and leg.pieces[index + 1][0] in CONNECTED
        for gap_start, gap_end in gaps:
            if gap_start < end and start < gap_end:
                unheard.append((max(start, gap_start), min(end, gap_end) if is_ended_by_fact else end))
    return unheard


def _bill_once(shares: list[Share]) -> None:
    """What two agents talk at once is the first one's for the client (metering case 11); hold beside another's talk is talk."""
    if len(shares) == 1:
        only = shares[0]
        only.billed_talk = only.talk
        only.billed_hold = subtraction(only.hold, only.unknown_hold) if only.unknown_hold else only.hold
        return
    taken: list[Interval] = []
    for share in sorted(shares, key=lambda share: share.talk[0][0] if share.talk else 1 << 62):
        share.billed_talk = subtraction(share.talk, taken)
        taken = union(taken + share.talk)
    for share in shares:
        share.billed_hold = subtraction(subtraction(share.hold, share.unknown_hold), taken)
        taken = union(taken + share.billed_hold)


def _share_waiting(shares: list[Share], waiting: list[Interval]) -> None:
    """The party's waiting up to an agent's first talk is that agent's; what comes after the last one's stays with the last."""
    talkers = sorted((share for share in shares if share.talk), key=lambda share: share.talk[0][0])
    since = -(1 << 62)
    for share in talkers:
        until = share.talk[0][0]
        share.wait_ms = length_within(waiting, since, until)
        since = until
    last = talkers[-1] if talkers else shares[-1]
    last.wait_ms += length_within(waiting, since, 1 << 62)
