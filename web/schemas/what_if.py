"""What would have been: journaled callers once more under a changed centre."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from web.schemas.types import Json, Shape, Shown, When

LONGEST_DAYS = 31
LONGEST_CONFIG = 48 * 1024


class NewWhatIf(Shape):
    """The stretch of time, and what would be different in it."""

    from_: Annotated[When, Field(strict=False)] = Field(alias="from")
    to: Annotated[When, Field(strict=False)]
    centre: Annotated[str, StringConstraints(max_length=LONGEST_CONFIG)] = Field(
        default="", description="TOML as for `fernamt apply`: what is not named stays. Nothing is applied."
    )
    replays: Annotated[int, Field(ge=2, le=50)] = 10
    threshold_s: Annotated[int, Field(ge=1, le=3_600)] = 20

    @model_validator(mode="after")
    def _is_a_stretch(self) -> Self:
        if not 0 < (self.to - self.from_).total_seconds() <= LONGEST_DAYS * 86_400:
            raise ValueError(f"to must be after from, by at most {LONGEST_DAYS} days")
        return self


class WhatIfState(StrEnum):
    """Where a run is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class WhatIfShown(Shown):
    """A run. `fault`: no_callers (nobody called in that time), faulty_centre, took_too_long, failed; `detail` is in English."""

    what_if_id: str
    state: WhatIfState
    started_at: datetime
    from_at: datetime
    to_at: datetime
    fault: str | None
    detail: str | None
    answer: Json | None = Field(description="As `fernamt whatif --json` tells it.")


class WhatIfList(Shown):
    """The latest runs, the newest first; a restart of the service forgets them."""

    items: list[WhatIfShown]
