"""The walk over a call's edges in time, which cuts every leg's life into disjoint pieces."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from metering.facts import (
    ANSWERED,
    ENDED,
    HELD,
    JOINED,
    LEFT,
    MACHINE_TOOK,
    UNHELD,
    Edge,
    Facts,
)
from metering.lines import Category
from telephony.identifiers import AgentId, CallId, LegId

CLOCK_TOLERANCE_US = 3_000_000
"""Requests carry our clock, legs the switch's; further apart than this and the switch is quarantined (metering case 27)."""

RING, WAIT, TALK, HOLD = Category.RING, Category.WAIT, Category.TALK, Category.HOLD
CONSULT, CONFERENCE, ANNOUNCEMENT, MACHINE = (
    Category.CONSULT,
    Category.CONFERENCE,
    Category.ANNOUNCEMENT,
    Category.MACHINE,
)

_SILENT_PARTNERS = {"announcer": ANNOUNCEMENT, "supervisor": CONSULT, "consult": CONSULT}
"""What an answered leg that is neither agent's nor outside is doing; a recorder or snoop is a machine. Never talk (case 13)."""


OUTSIDER = "outsider"
_CALLEE = ".callee."
"""The role of somebody outside who was dialled for the caller, or to be asked by the agent."""

_CONSULT_BRIDGE = ".consult."
"""In the id of a bridge where agents speak without the outside party."""


@dataclass(slots=True, eq=False)
class LegLife:
    """One leg while the walk goes on, and its pieces (milliseconds) afterwards."""

    leg_id: LegId
    role: str
    agent_id: AgentId | None
    is_estimated: bool
    category: Category
    since_ms: int
    is_live: bool = True
    is_answered: bool = False
    bridge: str = ""
    is_held: bool = False
    is_away_on_hold: bool = False
    has_machine: bool = False
    pieces: list[tuple[Category, int, int]] = field(default_factory=list)

    def intervals(self, *categories: Category) -> list[tuple[int, int]]:
        """The stretches in these categories."""
        return [(start, end) for category, start, end in self.pieces if category in categories]

    def turn_to(self, category: Category, at_ms: int) -> None:
        """From there on the leg is in that category."""
        if at_ms > self.since_ms:
            self.pieces.append((self.category, self.since_ms, at_ms))
        self.category = category
        self.since_ms = at_ms


def walk(call_id: CallId, facts: Facts, edges: Iterable[Edge]) -> list[LegLife]:
    """Every leg with its pieces, in the order of their first facts. `edges` are in order, the end of every leg among them."""
    legs: dict[LegId, LegLife] = {}
    live: list[LegLife] = []
    holds: dict[AgentId | None, list[int]] = {}
    machine = _machine_of(facts)
    for at, kind, leg_id, bridge in edges:
        at_ms = (at + 500) // 1_000  # intervals.round_to_ms, spelt out: this is the innermost loop
        leg = legs.get(leg_id)
        if leg is None:
            leg = legs[leg_id] = _begin(call_id, facts, leg_id, at_ms, facts.ends[leg_id][0])
            live.append(leg)
        elif not leg.is_live:
            continue
        if kind == ENDED:
            leg.turn_to(leg.category, at_ms)
            leg.is_live = False
            live.remove(leg)
        elif not _has_changed(leg, kind, bridge):
            continue
        elif kind == LEFT and leg.role == "agent" and facts.holds:
            leg.is_away_on_hold = _takes_hold(holds, facts, leg, at)
        for other in live:
            category = _category(other, live, machine)
            if category is not other.category:
                other.turn_to(category, at_ms)
    return list(legs.values())


def _begin(call_id: CallId, facts: Facts, leg_id: LegId, at_ms: int, is_estimated: bool) -> LegLife:
    role, is_line = facts.role_of(call_id, leg_id), leg_id in facts.lines
    return LegLife(
        leg_id=leg_id,
        role=role,
        agent_id=facts.agent_of(leg_id) if role == "agent" else None,
        is_estimated=is_estimated,
        category=WAIT if is_line or (role == "outside" and _CALLEE not in leg_id) else RING,
        is_answered=is_line,
        since_ms=at_ms,
    )


def _has_changed(leg: LegLife, kind: int, bridge: str) -> bool:
    """Whether the edge makes a difference to the leg, which has it afterwards. A doubled one makes none."""
    if kind == JOINED:
        if leg.bridge == bridge:
            return False
        leg.bridge, leg.is_answered, leg.is_away_on_hold = bridge, True, False
    elif kind == LEFT:
        if leg.bridge != bridge:
            return False
        leg.bridge = ""
    elif kind == ANSWERED:
        leg.is_answered = True
    elif kind == HELD:
        leg.is_held = True
    elif kind == UNHELD:
        leg.is_held = False
    elif kind == MACHINE_TOOK:
        leg.has_machine = True
    return True


def _category(leg: LegLife, live: list[LegLife], machine: Category) -> Category:
    """What the leg is doing, by where the others are."""
    if leg.role == "agent":
        return _category_of_agent(leg, live)
    if _rings_outside(leg):
        return RING
    if leg.role == "outside":
        return machine if leg.has_machine else _category_of_outside(leg, live)
    if leg.role == OUTSIDER:
        return _category_of_outsider(leg, live)
    return _SILENT_PARTNERS.get(leg.role, MACHINE) if leg.is_answered else RING


def _rings_outside(leg: LegLife) -> bool:
    """Whether a caller is being called back and has not answered: that is ringing, and waiting for nobody."""
    return _CALLEE in leg.leg_id and leg.role == "outside" and not leg.is_answered


def _category_of_agent(leg: LegLife, live: list[LegLife]) -> Category:
    if not leg.is_answered:
        return RING
    bridge = leg.bridge
    if not bridge:
        return HOLD if leg.is_away_on_hold and any(other.role == "outside" for other in live) else WAIT
    has_outside = hears_outside = has_talker = has_colleague = False
    for other in live:
        if other is leg or other.bridge != bridge:
            continue
        if other.role == "outside":
            has_outside = True
            hears_outside = hears_outside or not other.is_held
        elif other.role == "agent" and other.agent_id != leg.agent_id:
            has_colleague = True
            has_talker = has_talker or not other.is_held
        elif other.role in (OUTSIDER, "consult"):
            has_colleague = True
    if has_outside:
        if leg.is_held or not hears_outside:
            return HOLD
        return CONFERENCE if has_talker else TALK
    return CONSULT if has_colleague or _CONSULT_BRIDGE in bridge else WAIT  # also while the colleague rings, or waits alone


def _category_of_outside(leg: LegLife, live: list[LegLife]) -> Category:
    bridge = leg.bridge
    talkers: list[AgentId | None] = []
    is_on_hold = has_outsider = False
    for other in live:
        if other.role != "agent":
            has_outsider = has_outsider or (other.role == OUTSIDER and bool(bridge) and other.bridge == bridge)
            continue
        if other.is_away_on_hold or (bridge and other.bridge == bridge):
            if other.is_away_on_hold or other.is_held or leg.is_held:
                is_on_hold = True
            elif other.agent_id not in talkers:
                talkers.append(other.agent_id)
    if talkers:
        return CONFERENCE if len(talkers) > 1 else TALK
    if is_on_hold:
        return HOLD
    return TALK if has_outsider else WAIT  # whom the caller was given outside talks to them, and no agent is paid for it


def _category_of_outsider(leg: LegLife, live: list[LegLife]) -> Category:
    if not leg.is_answered:
        return RING
    beside = [other.role for other in live if other is not leg and leg.bridge and other.bridge == leg.bridge]
    if "outside" in beside:
        return HOLD if leg.is_held else TALK
    return CONSULT if "agent" in beside else WAIT


def _machine_of(facts: Facts) -> Category:
    """What served a caller who was handed to the static dialplan: a machine that takes messages, or an announcement alone."""
    fallback = facts.fallback
    return ANNOUNCEMENT if fallback is not None and fallback.message is None else MACHINE


def _takes_hold(holds: dict[AgentId | None, list[int]], facts: Facts, leg: LegLife, at: int) -> bool:
    """Whether the agent left the bridge to hold: each request stands for one leaving of a leg that lived then, in their order."""
    mine = holds.get(leg.agent_id)
    if mine is None:
        mine = holds[leg.agent_id] = _hold_requests(facts, leg.agent_id)
    latest = min(at + CLOCK_TOLERANCE_US, facts.ends[leg.leg_id][1])
    if not mine or mine[0] > latest:
        return False
    mine.pop(0)
    return True


def _hold_requests(facts: Facts, agent_id: AgentId | None) -> list[int]:
    """When this agent, or a supervisor for the call, began to want a hold; asking twice is one wish."""
    wishes: list[int] = []
    was_hold = False
    for at, is_hold, whose, request_id in sorted(facts.holds, key=lambda hold: (hold[0], hold[1], hold[3])):
        if request_id in facts.refused or whose not in (agent_id, None):
            continue
        if is_hold and not was_hold:
            wishes.append(at)
        was_hold = is_hold
    return wishes
