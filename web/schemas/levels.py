"""Levels: reviews, the rule, proposals, objections, statements."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from routing.levels.contest import Answer, Contested
from routing.levels.proposal import ProposalState
from routing.levels.rule import LARGEST_WEIGHT, Period
from web.language import Language
from web.schemas.period import LONGEST
from web.schemas.types import Asked, Id, LoginName, Shape, Shown, When

Words = Annotated[str, Field(max_length=4_000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
Reference = Annotated[str, Field(max_length=128, pattern=r"^[0-9A-Za-z._:-]*$")]
Weight = Annotated[int, Field(ge=0, le=LARGEST_WEIGHT)]
Points = Annotated[int, Field(ge=0, le=10_000, description="Hundredths of a point.")]


class LevelWeights(Shape):
    """Relative weights of what a level is worked out from."""

    quality: Weight = 50
    outcome: Weight = 30
    volume: Weight = 0
    reliability: Weight = 20


class LevelRuleFacts(Shape):
    """The rule of levels, whole."""

    weights: LevelWeights = LevelWeights()
    level_2_from: Points = 6_000
    level_3_from: Points = 8_000
    margin: Points = 300
    least_reviews: Annotated[int, Field(ge=0, le=10_000)] = 5
    least_conversations: Annotated[int, Field(ge=0, le=1_000_000)] = 50
    full_volume: Annotated[int, Field(ge=1, le=1_000_000)] = 400
    period: Annotated[Period, Field(strict=False)] = Period.MONTH
    notice_days: Annotated[int, Field(ge=0, le=365)] = 7
    positive_codes: dict[Id, Annotated[list[Id], Field(max_length=200)]] = Field(default_factory=dict, max_length=1_000)
    contact: LoginName | None = Field(default=None, description="Log-in of who answers what agents contest.")


class LevelRuleShown(Shown):
    """The rule in force. `version` 0: none was set, the defaults hold."""

    version: int
    rule: LevelRuleFacts


class ReviewFacts(Shape):
    """A review of a call. A known `review_id` is left as it is."""

    agent_id: Id
    score: Annotated[int, Field(ge=0, le=100)]
    form_version: Id
    reviewed_at: When | None = None
    review_id: Reference | None = None
    call_id: Id | None = None
    project_id: Id | None = None


class ReviewsFacts(Shape):
    """Reviews: all are kept, or none."""

    items: Annotated[list[ReviewFacts], Field(min_length=1, max_length=1_000)]


class ReviewsAdded(Shown):
    """How many were new."""

    added: int


class ReviewShown(Shown):
    """A review."""

    review_id: str
    agent_id: str
    reviewer: str
    score: int
    form_version: str
    reviewed_at: datetime
    call_id: str | None
    project_id: str | None
    recording_id: str | None
    origin: str = Field(description="`entered`: told by whoever keeps reviews elsewhere; `quality_review`: made here.")


class ReviewList(Shown):
    """Reviews within reach, in their order."""

    items: list[ReviewShown]


class RunFacts(Shape):
    """A period levels are to be proposed for."""

    from_at: When
    to_at: When
    project_id: Id | None = Field(default=None, description="A level for this project alone.")

    @model_validator(mode="after")
    def _begins_first(self) -> Self:
        if not timedelta() < self.to_at - self.from_at <= LONGEST:
            raise ValueError("to_at must be later than from_at, by 400 days at most")
        return self


class RunShown(Shown):
    """A period levels were, or are to be, proposed for."""

    run_id: str
    from_at: datetime
    to_at: datetime
    project_id: str | None
    asked_at: datetime
    asked_by: str
    done_at: datetime | None


class RunList(Shown):
    """The newest first."""

    items: list[RunShown]


class TermShown(Shown):
    """One term of a score. `omission`: why it is left out."""

    term: str
    weight: int
    sources: int
    part: int
    whole: int
    points: int | None
    omission: str | None


class ProposalShown(Shown):
    """A proposed level with its whole arithmetic, as data and as sentences. Points in hundredths."""

    proposal_id: str
    agent_id: str
    project_id: str | None
    from_at: datetime
    to_at: datetime
    rule_version: int
    directory_revision: int
    terms: list[TermShown]
    score: int | None
    level_before: int
    level: int | None
    shortage: str | None
    state: ProposalState
    decided_by: str | None
    decided_at: datetime | None
    note: str
    in_force_at: datetime | None
    applied_revision: int | None
    sentences: list[str]


class ProposalList(Shown):
    """The newest period first."""

    items: list[ProposalShown]


class ProposalsQuery(Asked):
    """Which proposals."""

    agent: Id | None = None
    state: ProposalState | None = None


class Confirmation(Shape):
    """A person stands behind a level."""

    in_force_at: When | None = Field(default=None, description="None: the first possible date.")
    note: Words = ""


class RefusalFacts(Shape):
    """A person refuses a level."""

    note: Words


class ContestFacts(Shape):
    """What an agent contests. `subject`: the proposal, decision or call it is about; needed for a level."""

    what: Annotated[Contested, Field(strict=False)]
    subject: Reference = ""
    words: Annotated[Words, Field(min_length=1)]


class ContestShown(Shown):
    """An objection, and the person who answers it; empty: the supervisors."""

    contest_id: str
    agent_id: str
    what: Contested
    subject: str
    words: str
    responsible: str
    responsible_name: str
    raised_at: datetime
    answered_at: datetime | None
    answered_by: str | None
    answer: Answer | None
    answer_words: str


class ContestList(Shown):
    """The newest first."""

    items: list[ContestShown]


class ContestsQuery(Asked):
    """Which objections."""

    open: bool | None = None


class AnswerFacts(Shape):
    """A person answers an objection."""

    answer: Annotated[Answer, Field(strict=False)]
    words: Annotated[Words, Field(min_length=1)]


class DataUsedShown(Shown):
    """A class of data, and how much of it was used."""

    name: str
    count: int


class ShareOfProject(Shown):
    """Of `decisions` while the agent was there: calls by weight, and calls they got."""

    project_id: str
    decisions: int
    expected: float
    got: int


class PausesShown(Shown):
    """The agent's own pauses of one reason."""

    reason: str
    count: int
    lasted_ms: int


class ForcedPauseShown(Shown):
    """A pause the service set."""

    from_at: datetime
    cause: str
    misses: int
    until_at: datetime | None
    confirmed_by: str
    ended_at: datetime | None


class LevelOfStatement(Shown):
    """A proposed level of a period that the statement touches, with its arithmetic in words."""

    proposal_id: str
    project_id: str | None
    state: ProposalState
    rule_version: int
    level_before: int
    level: int | None
    score: int | None
    decided_by: str
    in_force_at: datetime | None
    sentences: list[str]


class StatementShown(Shown):
    """What an agent is owed about a period: as data, and in plain words."""

    agent_id: str
    name: str
    language: Language
    from_at: datetime
    to_at: datetime
    data: list[DataUsedShown]
    routing_rules: list[str]
    directory_revisions: list[int]
    level_rule_version: int
    level: int
    level_by_project: dict[str, int]
    levels: list[LevelOfStatement]
    shares: list[ShareOfProject]
    offers: dict[str, int]
    not_offered: dict[str, int]
    own_pauses: list[PausesShown]
    forced_pauses: list[ForcedPauseShown]
    time_ms: dict[str, int]
    abusive_calls: int
    contact: str
    open_contests: list[str]
    sentences: list[str]


class WordsErasedShown(Shown):
    """Proof that what an agent wrote in objections, and was answered, cannot be read any more."""

    receipt_id: str
    erased_at: datetime
    contests: int = Field(description="Objections that had words.")
