"""Metering by brute force, for comparison: every millisecond of every leg is asked what it was. Shares no code with the fold.

It scans all facts anew for every tick, so it is slow and has no state that could go wrong; histories are kept short. Fit for
histories in whole milliseconds, in which no leg joins and leaves, or holds and unholds, in one and the same millisecond.
"""

from collections.abc import Sequence
from functools import cache

from telephony.events import (
    AgentAlerted,
    CallEnded,
    Envelope,
    HoldRequested,
    LegAnswered,
    LegFact,
    LegHeld,
    LegHungUp,
    LegJoined,
    LegLeft,
    LegUnheld,
    UnholdRequested,
)


class BruteForce:
    """What each leg was doing at each millisecond, by the definitions of the metering rules, one by one."""

    def __init__(self, envelopes: Sequence[Envelope]) -> None:
        self._facts = [(e.occurred_at // 1_000, e.event) for e in envelopes]
        self.legs = sorted({event.leg_id for _, event in self._facts if isinstance(event, LegFact)})
        self.agents = {event.leg_id: event.agent_id for _, event in self._facts if isinstance(event, AgentAlerted)}
        self.caller = next(leg for leg in self.legs if leg not in self.agents)
        self.category = cache(self.category)  # type: ignore[method-assign]
        self._bridge = cache(self._bridge)  # type: ignore[method-assign]
        self._end = cache(self._end)  # type: ignore[method-assign]
        self._born = cache(self._born)  # type: ignore[method-assign]
        self._of = cache(self._of)  # type: ignore[method-assign]
        self.first = min(at for at, _ in self._facts)
        self.last = max(at for at, event in self._facts if isinstance(event, LegHungUp | CallEnded))

    def count(self, leg_id: str, *categories: str) -> int:
        """Milliseconds of that leg in these categories."""
        return sum(self.category(leg_id, tick) in categories for tick in range(self.first, self.last))

    def talk_of(self, agent_id: str) -> int:
        """Milliseconds in which any leg of the agent talks with the caller."""
        return sum(self.agent_is(agent_id, tick, "talk", "conference") for tick in range(self.first, self.last))

    def hold_of(self, agent_id: str) -> int:
        """Milliseconds in which a leg of the agent holds, and none talks."""
        return sum(
            self.agent_is(agent_id, tick, "hold") and not self.agent_is(agent_id, tick, "talk", "conference")
            for tick in range(self.first, self.last)
        )

    def anybody_talks(self) -> int:
        """Milliseconds in which at least one agent talks: what the client pays."""
        agents = sorted(set(self.agents.values()))
        return sum(
            any(self.agent_is(agent, tick, "talk", "conference") for agent in agents) for tick in range(self.first, self.last)
        )

    def agent_is(self, agent_id: str, tick: int, *categories: str) -> bool:
        """Whether any leg of the agent is in one of these categories at that millisecond."""
        return any(self.category(leg, tick) in categories for leg, whose in self.agents.items() if whose == agent_id)

    def category(self, leg_id: str, tick: int) -> str:  # noqa: PLR0911 - one line a definition
        """What the leg is doing during the millisecond that begins at `tick`; "" before and after its life."""
        if not self._is_alive(leg_id, tick):
            return ""
        agents_here = [other for other in self.agents if other != leg_id and self._shares_bridge(leg_id, other, tick)]
        if leg_id == self.caller:
            with_me = [other for other in agents_here if not self._is_held(other, tick) and not self._is_held(leg_id, tick)]
            talking = {self.agents[other] for other in with_me}
            if talking:
                return "conference" if len(talking) > 1 else "talk"
            away = any(self._is_away_on_hold(other, tick) for other in self.agents)
            return "hold" if agents_here or away else "wait"
        if not self._is_answered(leg_id, tick):
            return "ring"
        if self._bridge(leg_id, tick) is None:
            return "hold" if self._is_away_on_hold(leg_id, tick) and self._is_alive(self.caller, tick) else "wait"
        colleagues = [other for other in agents_here if self.agents[other] != self.agents[leg_id]]
        if not self._shares_bridge(leg_id, self.caller, tick):
            return "consult" if colleagues else "wait"
        if self._is_held(leg_id, tick) or self._is_held(self.caller, tick):
            return "hold"
        return "conference" if any(not self._is_held(other, tick) for other in colleagues) else "talk"

    def _of(self, leg_id: str) -> list[tuple[int, LegFact]]:
        return [(at, e) for at, e in self._facts if isinstance(e, LegFact) and e.leg_id == leg_id]

    def _is_alive(self, leg_id: str, tick: int) -> bool:
        return self._born(leg_id) <= tick < self._end(leg_id)

    def _born(self, leg_id: str) -> int:
        return min(at for at, _ in self._of(leg_id))

    def _end(self, leg_id: str) -> int:
        return min((e.is_estimated, at) for at, e in self._of(leg_id) if isinstance(e, LegHungUp))[1]

    def _is_answered(self, leg_id: str, tick: int) -> bool:
        return any(at <= tick for at, e in self._of(leg_id) if isinstance(e, LegAnswered | LegJoined))

    def _bridge(self, leg_id: str, tick: int) -> str | None:
        if not self._is_alive(leg_id, tick):
            return None
        moves = [(at, e) for at, e in self._of(leg_id) if isinstance(e, LegJoined | LegLeft) and at <= tick]
        if not moves:
            return None
        event = max(moves, key=lambda move: move[0])[1]
        return event.bridge_id if isinstance(event, LegJoined) else None

    def _shares_bridge(self, leg_id: str, other: str, tick: int) -> bool:
        bridge = self._bridge(leg_id, tick)
        return bridge is not None and bridge == self._bridge(other, tick)

    def _is_held(self, leg_id: str, tick: int) -> bool:
        presses = [(at, isinstance(e, LegHeld)) for at, e in self._of(leg_id) if isinstance(e, LegHeld | LegUnheld)]
        before = [press for press in presses if press[0] <= tick]
        return bool(before) and max(before)[1]

    def _is_away_on_hold(self, leg_id: str, tick: int) -> bool:
        """Out of the bridge since a leaving that a wish to hold stands right before, and that no wish to unhold precedes."""
        if not self._is_alive(leg_id, tick) or self._bridge(leg_id, tick) is not None:
            return False
        left = [at for at, e in self._of(leg_id) if isinstance(e, LegLeft) and at <= tick]
        if not left:
            return False
        agent = self.agents[leg_id]
        wishes = [
            (at, isinstance(e, HoldRequested))
            for at, e in self._facts
            if isinstance(e, HoldRequested | UnholdRequested) and e.agent_id == agent and at <= max(left)
        ]
        return bool(wishes) and max(wishes)[1]
