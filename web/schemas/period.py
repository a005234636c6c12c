"""A stretch of time that is asked about."""

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from web.schemas.types import Asked, When

LONGEST = timedelta(days=400)


class PeriodQuery(Asked):
    """From the first instant up to, and without, the second."""

    from_: When = Field(alias="from", description="From this instant on.")
    to: When = Field(description=f"Up to, not with, this instant: at most {LONGEST.days} days later.")

    @model_validator(mode="after")
    def _begins_first(self) -> Self:
        if not timedelta() < self.to - self.from_ <= LONGEST:
            raise ValueError(f"to must be later than from, by {LONGEST.days} days at most")
        return self
