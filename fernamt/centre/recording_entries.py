"""What a centre file may say about a project's recordings: the form they are rated by, who rates them, how long they are kept."""

from typing import Annotated

from pydantic import Field

from config.section import Line, Section
from recording.quality.form import LARGEST_WEIGHT, LONGEST_SCALE, MOST_CRITERIA
from recording.quality.rules import LONGEST_ANSWER_DAYS, MOST_PER_AGENT, RatingPeriod
from recording.retention import DISPUTE_MONTHS, LONGEST, ORDER_YEARS, RATED_DAYS, SHORTEST, UNRATED_DAYS

Words = Annotated[str, Field(max_length=2_000)]


class CriterionEntry(Section):
    """One question of a form."""

    criterion_id: Annotated[Line, Field(min_length=1, max_length=64)]
    name: Annotated[Line, Field(min_length=1, max_length=200)]
    guide: Words = ""
    """What a reviewer is to look for."""
    weight: Annotated[int, Field(ge=0, le=LARGEST_WEIGHT)] = 1
    is_knockout: bool = False
    may_be_skipped: bool = False


class ReviewFormEntry(Section):
    """The form a project's calls are rated by. Another one than holds is published as its next version."""

    scale: Annotated[int, Field(ge=1, le=LONGEST_SCALE)] = 5
    """The best mark; the worst is 0."""
    criteria: Annotated[tuple[CriterionEntry, ...], Field(min_length=1, max_length=MOST_CRITERIA)]


class RatingEntry(Section):
    """Who rates a project's calls, and how many of each agent."""

    raters: Annotated[tuple[Line, ...], Field(max_length=200)]
    """Log-ins of people who may rate: reviewers, supervisors, administrators."""
    per_agent: Annotated[int, Field(ge=1, le=MOST_PER_AGENT)] = 4
    period: RatingPeriod = RatingPeriod.MONTH
    answer_days: Annotated[int, Field(ge=1, le=LONGEST_ANSWER_DAYS)] = 7
    agent_may_hear: bool = False
    order_words: Words = ""
    """Orders are rated where the purpose their callees agreed to holds these words; without them never."""


class RecordingTermsEntry(Section):
    """How long a project keeps what it records. A shorter term holds at once, for what is kept already as well."""

    unrated_days: Annotated[int, Field(ge=SHORTEST.unrated_days, le=LONGEST.unrated_days)] = UNRATED_DAYS
    rated_days: Annotated[int, Field(ge=SHORTEST.rated_days, le=LONGEST.rated_days)] = RATED_DAYS
    dispute_months: Annotated[int, Field(ge=SHORTEST.dispute_months, le=LONGEST.dispute_months)] = DISPUTE_MONTHS
    order_years: Annotated[int, Field(ge=SHORTEST.order_years, le=LONGEST.order_years)] = ORDER_YEARS
