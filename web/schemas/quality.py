"""Quality reviews: forms, rules, reviews, calibrations, reports."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from recording.quality.form import LARGEST_WEIGHT, LONGEST_SCALE, MOST_CRITERIA
from recording.quality.review import ReviewState, Side
from recording.quality.rules import LONGEST_ANSWER_DAYS, MOST_PER_AGENT, RatingPeriod
from web.schemas.levels import Words
from web.schemas.period import PeriodQuery
from web.schemas.types import CallName, Id, LoginName, Shape, Shown, Text

Mark = Annotated[int, Field(ge=0, le=LONGEST_SCALE)]


class CriterionFacts(Shape):
    """One question of a form. `is_knockout`: a mark of 0 makes the whole score 0."""

    criterion_id: Id
    name: Text
    guide: Words = ""
    weight: Annotated[int, Field(ge=0, le=LARGEST_WEIGHT)] = 1
    is_knockout: bool = False
    may_be_skipped: bool = False


class NewQualityForm(Shape):
    """A form to be published. Marks go from 0 to `scale`."""

    scale: Annotated[int, Field(ge=1, le=LONGEST_SCALE)] = 5
    criteria: Annotated[list[CriterionFacts], Field(max_length=MOST_CRITERIA)]


class QualityFormShown(Shown):
    """A published form."""

    project_id: str
    version: int
    scale: int
    criteria: list[CriterionFacts]
    published_at: datetime
    published_by: str


class RatingRuleFacts(Shape):
    """Who rates a project's calls, how many of each agent, and what the agents may do about it."""

    raters: Annotated[list[LoginName], Field(max_length=200)] = Field(
        default_factory=list, description="Log-ins. Nobody else rates."
    )
    per_agent: Annotated[int, Field(ge=1, le=MOST_PER_AGENT)] = 4
    period: Annotated[RatingPeriod, Field(strict=False)] = RatingPeriod.MONTH
    answer_days: Annotated[int, Field(ge=1, le=LONGEST_ANSWER_DAYS)] = 7
    agent_may_hear: bool = False
    order_words: Annotated[str, Field(max_length=200)] = Field(
        default="", description="Orders are rated where the purpose their callees agreed to holds these words; empty: never."
    )


class QualityFormsShown(Shown):
    """A project's forms, the newest first, and the rules that hold. `rules_version` 0: none were set, and nobody rates."""

    forms: list[QualityFormShown]
    rules_version: int
    rules: RatingRuleFacts


class RemarkFacts(Shape):
    """What a reviewer noted at a position of the recording."""

    at_ms: Annotated[int, Field(ge=0, le=86_400_000)]
    words: Annotated[Words, Field(min_length=1)]
    criterion_id: Id | None = None


class JudgementFacts(Shape):
    """Marks by criterion (null: it did not come up), remarks, and a summary."""

    marks: dict[Id, Mark | None] = Field(default_factory=dict, max_length=MOST_CRITERIA)
    remarks: Annotated[list[RemarkFacts], Field(max_length=200)] = Field(default_factory=list)
    summary: Words = ""


class Correction(JudgementFacts):
    """Another version of a review, and why."""

    reason: Annotated[Words, Field(min_length=1)]


class SaidFacts(Shape):
    """What one side says."""

    words: Annotated[Words, Field(min_length=1)]


class ToAssign(Shape):
    """A recording that somebody is to rate."""

    segment_id: CallName
    reviewer: LoginName


class ToCalibrate(Shape):
    """A recording that two reviewers are to rate, each without the other."""

    segment_id: CallName
    reviewers: Annotated[list[LoginName], Field(min_length=2, max_length=2)]


class VersionShown(Shown):
    """A judgement that was handed in, with its arithmetic as sentences."""

    number: int
    judgement: JudgementFacts
    hundredths: int
    knocked_out_by: list[str]
    sentences: list[str]
    handed_in_at: datetime
    reason: str


class SaidShown(Shown):
    """What one side said to a version."""

    number: int
    side: Side
    words: str
    said_at: datetime
    to_version: int


class QualityReviewShown(Shown):
    """A review. `draft` is its reviewer's alone; of a calibration nothing is shown before both are handed in."""

    review_id: str
    segment_id: str
    call_id: str
    project_id: str
    agent_id: str
    recorded_at: datetime
    reviewer: str
    is_mine: bool
    form_version: int
    calibration_id: str | None
    assigned_at: datetime
    state: ReviewState
    draft: JudgementFacts | None
    versions: list[VersionShown]
    answers: list[SaidShown]
    answer_until: datetime | None
    closed_at: datetime | None
    grant_id: str | None = Field(description="By it who asks may hear the recording.")


class QualityReviewList(Shown):
    """The newest first."""

    items: list[QualityReviewShown]


class ReviewsQuery(PeriodQuery):
    """Which reviews: given out in the period."""

    state: ReviewState | None = None
    is_mine: bool = False


class CriterionSpreadShown(Shown):
    """One criterion in both eyes."""

    criterion_id: str
    name: str
    marks: list[int | None]
    spread: int | None


class CalibrationShown(Shown):
    """Two reviewers on one call; `spread` and what follows are null until both have handed in."""

    calibration_id: str
    segment_id: str
    project_id: str
    agent_id: str
    reviewers: list[str]
    handed_in: int
    scores: list[int] | None
    spread: int | None
    is_knockout_disputed: bool | None
    criteria: list[CriterionSpreadShown]


class CalibrationList(Shown):
    """The newest first."""

    items: list[CalibrationShown]


class ReportQuery(PeriodQuery):
    """Which reviews: first handed in within the period."""

    project: Id | None = None


class ReportLine(Shown):
    """One line; `criterion_id` null: the scores as a whole. Hundredths of a point."""

    period: str
    project_id: str
    agent_id: str
    form_version: int
    criterion_id: str | None
    name: str
    reviews: int
    mean: int | None
    knockouts: int


class ReportShown(Shown):
    """By month, project, agent and criterion."""

    items: list[ReportLine]


class RateableShown(Shown):
    """A sealed recording that may be rated."""

    segment_id: str
    call_id: str
    agent_id: str
    kept_as: str
    recorded_at: datetime
    kept_until: datetime


class RateableList(Shown):
    """The newest first."""

    items: list[RateableShown]
