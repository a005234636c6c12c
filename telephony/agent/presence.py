"""Whether an agent's phone can be rung: a verdict over what the switch says of it."""

from dataclasses import dataclass

from telephony.identifiers import Instant, SwitchName


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What is known of one phone. `switch`: the one it was last seen at. `round_trip_us`: of the last probe, microseconds."""

    is_reachable: bool
    changed_at: Instant
    switch: SwitchName | None
    round_trip_us: int | None = None


def is_live(presence: Presence | None) -> bool:
    """A phone nobody has heard of is not offered calls."""
    return presence is not None and presence.is_reachable
