"""What a project does for its waiting callers."""

from typing import Annotated

from pydantic import Field

from routing.overflow import LONGEST_MS, OverflowReason, OverflowTarget
from web.schemas.types import Id, Shape


class OverflowFacts(Shape):
    """What sends a waiting caller elsewhere. The first rule of a project that holds counts."""

    reason: OverflowReason
    limit: Annotated[int, Field(ge=0, le=LONGEST_MS)] = Field(
        default=0, description="Callers who wait already for queue_length, milliseconds for all others."
    )
    target: OverflowTarget = Field(description="callback and number are refused so far.")
    project_id: Id | None = Field(default=None, description="With target project: another one of the same client.")
    number: str | None = None
