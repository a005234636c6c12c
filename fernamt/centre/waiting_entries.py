"""What a centre file may say about a project's care of its waiting callers."""

from typing import Annotated

from pydantic import Field

from config.section import Section
from routing.announcements import SHORTEST_GAP_MS
from routing.overflow import LONGEST_MS, OverflowReason, OverflowTarget


class AnnouncementsEntry(Section):
    """What waiting callers are told beside the music; the project must answer early."""

    first_after_ms: Annotated[int, Field(ge=0, le=LONGEST_MS)] = 10_000
    every_ms: Annotated[int, Field(ge=SHORTEST_GAP_MS, le=LONGEST_MS)] = 45_000
    tells_place: bool = True
    tells_wait: bool = True
    asks_for_patience: bool = True


class OverflowEntry(Section):
    """What sends a waiting caller elsewhere; the first rule of a project that holds counts."""

    reason: OverflowReason
    limit: Annotated[int, Field(ge=0, le=LONGEST_MS)] = 0
    """Callers who wait already for queue_length, milliseconds for all others."""
    target: OverflowTarget
    project_id: str | None = None
    """With target project: another one of the same client."""
    number: str | None = None
