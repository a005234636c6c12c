"""Whether an agent's phone can be rung: what the switch says of it, and what the other witnesses made of theirs."""

from dataclasses import dataclass

from telephony.agent.evidence import Absence
from telephony.identifiers import Instant, SwitchName


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What is known of one phone. `switch`: the one it was last seen at. `round_trip_us`: of the last probe, microseconds."""

    is_reachable: bool
    changed_at: Instant
    switch: SwitchName | None
    round_trip_us: int | None = None
    absence: Absence | None = None
    """As journaled last: why nothing is offered though the phone can be rung (evidence.py)."""


def is_live(presence: Presence | None) -> bool:
    """A phone nobody has heard of is not offered calls, nor is one whose agent counts as absent."""
    return presence is not None and presence.is_reachable and presence.absence is None
