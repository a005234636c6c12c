"""What a project does for its waiting callers."""

from typing import Annotated

from pydantic import Field

from routing.announcements import SHORTEST_GAP_MS
from routing.overflow import LONGEST_MS, OverflowReason, OverflowTarget
from web.schemas.types import Id, Shape


class AnnouncementFacts(Shape):
    """What waiting callers are told beside the music; the project must answer early."""

    first_after_ms: Annotated[int, Field(ge=0, le=LONGEST_MS)] = 10_000
    every_ms: Annotated[int, Field(ge=SHORTEST_GAP_MS, le=LONGEST_MS)] = 45_000
    tells_place: bool = True
    tells_wait: bool = True
    asks_for_patience: bool = True


class OverflowFacts(Shape):
    """What sends a waiting caller elsewhere. The first rule of a project that holds counts."""

    reason: OverflowReason
    limit: Annotated[int, Field(ge=0, le=LONGEST_MS)] = Field(
        default=0, description="Callers who wait already for queue_length, milliseconds for all others."
    )
    target: OverflowTarget = Field(description="callback and number are refused so far.")
    project_id: Id | None = Field(default=None, description="With target project: another one of the same client.")
    number: str | None = None
