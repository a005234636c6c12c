"""How much of the planned time an agent really worked: what the room of shifts tells the room of levels."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from telephony.identifiers import AgentId, Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTime:
    """An agent's planned time within a period, excused and not-their-fault time taken out of both figures.

    Milliseconds; `0 <= kept_ms <= planned_ms`.
    """

    planned_ms: int
    kept_ms: int


class Reliability(Protocol):
    """Tells planned and kept time from the plan and the journal."""

    async def planned(
        self, from_at: Instant, to_at: Instant, agent_ids: Collection[AgentId] | None = None
    ) -> Mapping[AgentId, PlannedTime]:
        """Of these agents, or of all, within [from_at, to_at); whoever had no plan then is missing."""
        ...


class NoPlan:
    """Nobody has a plan: reliability is left out of every level."""

    async def planned(
        self,
        from_at: Instant,  # noqa: ARG002
        to_at: Instant,  # noqa: ARG002
        agent_ids: Collection[AgentId] | None = None,  # noqa: ARG002
    ) -> Mapping[AgentId, PlannedTime]:
        """Nobody."""
        return {}
