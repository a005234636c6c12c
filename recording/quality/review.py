"""One review of one call, from the reviewer's draft to its close: a table, and what each act changes. Pure.

Nothing that was handed in or said is ever overwritten: a correction is a version of its own, and every answer stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from recording.quality.form import Form
from recording.quality.score import MarkFault, Marks, Score, faults_of_marks, scored
from telephony.identifiers import SECOND, AgentId, CallId, ClientId, Instant, ProjectId, UserId

DAY: Final = 86_400 * SECOND


class ReviewState(StrEnum):
    """How far a review is."""

    DRAFT = "draft"
    HANDED_IN = "handed_in"
    ANSWERED = "answered"
    CLOSED = "closed"
    DROPPED = "dropped"


class Act(StrEnum):
    """What is done to a review."""

    SAVE = "save"
    HAND_IN = "hand_in"
    DROP = "drop"
    ANSWER = "answer"
    REPLY = "reply"
    CORRECT = "correct"
    LET_PASS = "let_pass"  # noqa: S105
    """The agent's term is over without an answer."""


S, A = ReviewState, Act
TRANSITIONS: Final[Mapping[tuple[ReviewState, Act], ReviewState]] = {
    (S.DRAFT, A.SAVE): S.DRAFT,
    (S.DRAFT, A.HAND_IN): S.HANDED_IN,
    (S.DRAFT, A.DROP): S.DROPPED,
    (S.HANDED_IN, A.ANSWER): S.ANSWERED,
    (S.HANDED_IN, A.CORRECT): S.HANDED_IN,
    (S.HANDED_IN, A.LET_PASS): S.CLOSED,
    (S.ANSWERED, A.ANSWER): S.ANSWERED,
    (S.ANSWERED, A.REPLY): S.CLOSED,
    (S.ANSWERED, A.CORRECT): S.HANDED_IN,
    (S.CLOSED, A.CORRECT): S.HANDED_IN,
}
"""Every pair that is not here is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a reviewer noted at a position of the recording."""

    at_ms: int
    words: str
    criterion_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a reviewer makes of a call."""

    marks: Marks = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A judgement that was handed in."""

    number: int
    judgement: Judgement
    score: Score
    handed_in_at: Instant
    by: UserId
    reason: str = ""
    """Why an earlier one was corrected."""


class Side(StrEnum):
    """Who speaks."""

    AGENT = "agent"
    REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one side said to a version."""

    number: int
    side: Side
    words: str
    said_at: Instant
    said_by: UserId
    to_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedCall:
    """The recording a review is about."""

    segment_id: str
    project_id: ProjectId
    client_id: ClientId
    call_id: CallId
    agent_id: AgentId
    """Whose work is rated."""
    call_agents: tuple[AgentId, ...]
    """Everybody who was an agent of the call."""
    kept_as: str
    recorded_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReview:
    """A review with everything that became of it."""

    review_id: str
    call: RatedCall
    reviewer: UserId
    form_version: int
    assigned_at: Instant
    assigned_by: UserId
    calibration_id: str | None = None
    """Two reviewers rate the same call, each without the other: it is about the reviewers, and counts for no level."""
    state: ReviewState = ReviewState.DRAFT
    draft: Judgement = field(default_factory=Judgement)
    versions: tuple[Version, ...] = ()
    answers: tuple[Said, ...] = ()
    answer_until: Instant | None = None
    closed_at: Instant | None = None

    @property
    def current(self) -> Version | None:
        """What holds of it."""
        return self.versions[-1] if self.versions else None


class Obstacle(StrEnum):
    """Why an act is refused."""

    NOT_POSSIBLE = "review_not_there_yet"
    """Not in this state."""
    TERM_OVER = "answer_term_over"
    CALIBRATION = "review_is_calibration"
    """The agent has no part in it, and it is compared as it was handed in."""
    NOTHING_SAID = "nothing_said"


Faults = tuple[tuple[MarkFault, str], ...]


def after(state: ReviewState, act: Act) -> ReviewState | None:
    """The state that act leads to; None: it is refused."""
    return TRANSITIONS.get((state, act))


def saved(review: QualityReview, form: Form, judgement: Judgement) -> QualityReview | Obstacle | Faults:
    """The draft is kept, whole or not."""
    if after(review.state, Act.SAVE) is None:
        return Obstacle.NOT_POSSIBLE
    faults = faults_of_marks(form, judgement.marks, is_whole=False)
    return faults or replace(review, draft=judgement)


def handed_in(
    review: QualityReview, form: Form, judgement: Judgement, *, answer_days: int, now: Instant
) -> QualityReview | Obstacle | Faults:
    """The judgement stands, and the agent's term begins; that of a calibration is closed at once."""
    return _with_version(review, Act.HAND_IN, form, judgement, answer_days=answer_days, by=review.reviewer, reason="", now=now)


def corrected(
    review: QualityReview, form: Form, judgement: Judgement, *, reason: str, answer_days: int, now: Instant
) -> QualityReview | Obstacle | Faults:
    """Another version stands, and the agent's term begins anew; what was there before stays."""
    if review.calibration_id is not None:
        return Obstacle.CALIBRATION
    if not reason.strip():
        return Obstacle.NOTHING_SAID
    return _with_version(
        review, Act.CORRECT, form, judgement, answer_days=answer_days, by=review.reviewer, reason=reason, now=now
    )


def answered(review: QualityReview, words: str, *, by: UserId, now: Instant) -> QualityReview | Obstacle:
    """The agent has said something to what holds."""
    if review.answer_until is not None and now >= review.answer_until:
        return Obstacle.TERM_OVER
    return _with_words(review, Act.ANSWER, Side.AGENT, words, by=by, now=now)


def replied(review: QualityReview, words: str, *, now: Instant) -> QualityReview | Obstacle:
    """The reviewer has answered back and stays with it: the review is closed."""
    done = _with_words(review, Act.REPLY, Side.REVIEWER, words, by=review.reviewer, now=now)
    return replace(done, closed_at=now) if isinstance(done, QualityReview) else done


def let_pass(review: QualityReview, now: Instant) -> QualityReview | Obstacle:
    """Nobody answered in time: the review is closed."""
    state = after(review.state, Act.LET_PASS)
    if state is None or review.answer_until is None or now < review.answer_until:
        return Obstacle.NOT_POSSIBLE
    return replace(review, state=state, closed_at=now)


def dropped(review: QualityReview, now: Instant) -> QualityReview | Obstacle:
    """Nobody rates the call by this review any more."""
    state = after(review.state, Act.DROP)
    return Obstacle.NOT_POSSIBLE if state is None else replace(review, state=state, closed_at=now)


def _with_version(
    review: QualityReview,
    act: Act,
    form: Form,
    judgement: Judgement,
    *,
    answer_days: int,
    by: UserId,
    reason: str,
    now: Instant,
) -> QualityReview | Obstacle | Faults:
    state = after(review.state, act)
    if state is None:
        return Obstacle.NOT_POSSIBLE
    faults = faults_of_marks(form, judgement.marks, is_whole=True)
    if faults:
        return faults
    version = Version(
        number=len(review.versions) + 1,
        judgement=judgement,
        score=scored(form, judgement.marks),
        handed_in_at=now,
        by=by,
        reason=reason.strip(),
    )
    done = replace(review, state=state, draft=Judgement(), versions=(*review.versions, version), closed_at=None)
    if review.calibration_id is not None:
        return replace(done, state=ReviewState.CLOSED, closed_at=now)
    return replace(done, answer_until=Instant(now + answer_days * DAY))


def _with_words(review: QualityReview, act: Act, side: Side, words: str, *, by: UserId, now: Instant) -> QualityReview | Obstacle:
    if review.calibration_id is not None:
        return Obstacle.CALIBRATION
    state = after(review.state, act)
    if state is None:
        return Obstacle.NOT_POSSIBLE
    if not words.strip():
        return Obstacle.NOTHING_SAID
    said = Said(
        number=len(review.answers) + 1,
        side=side,
        words=words.strip(),
        said_at=now,
        said_by=by,
        to_version=len(review.versions),
    )
    return replace(review, state=state, answers=(*review.answers, said))
