"""How much of the planned time an agent really worked: what the room of shifts tells the room of levels."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTime:
    """An agent's planned time within a period, excused and not-their-fault time taken out of both figures.

    Milliseconds; `0 <= kept_ms <= planned_ms`. Whoever had no plan has none of these.
    """

    planned_ms: int
    kept_ms: int
