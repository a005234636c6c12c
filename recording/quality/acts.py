"""What a person wants done with a review: whether they may, and what comes of it. Nobody else decides. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from recording.quality.form import Form
from recording.quality.review import (
    Act,
    Faults,
    Judgement,
    Obstacle,
    QualityReview,
    answered,
    corrected,
    dropped,
    handed_in,
    replied,
    saved,
)
from recording.quality.rules import Rater, RatingRules, bar_to
from telephony.identifiers import Instant

_RATING: Final = (Act.SAVE, Act.HAND_IN, Act.REPLY, Act.CORRECT)
_ASSIGNING_ROLES: Final = ("supervisor", "admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be done."""

    act: Act
    judgement: Judgement = field(default_factory=Judgement)
    words: str = ""
    """What is said, or why something is corrected or dropped."""


class NotTheirs(StrEnum):
    """Why a person may not do that with a review at all."""

    NOT_THEIRS = "not_theirs"
    """It is another's: to them it does not exist."""
    MAY_NOT_RATE = "may_not_rate"
    """It is theirs, and the rules have changed since, or they were one of the call."""


def hindrance(review: QualityReview, wish: Wish, who: Rater, rules: RatingRules) -> NotTheirs | None:
    """Why that person may not; None: they may. The agent answers, the reviewer rates, and who gives out work takes it back."""
    if wish.act is Act.ANSWER:
        is_theirs = who.is_active and who.agent_id == review.call.agent_id and review.calibration_id is None
        return None if is_theirs else NotTheirs.NOT_THEIRS
    if wish.act is Act.DROP and who.is_active and (who.user_id == review.reviewer or who.role in _ASSIGNING_ROLES):
        return None
    if wish.act not in _RATING or who.user_id != review.reviewer:
        return NotTheirs.NOT_THEIRS
    return None if bar_to(who, rules, review.call.call_agents) is None else NotTheirs.MAY_NOT_RATE


def done(
    review: QualityReview, wish: Wish, who: Rater, *, form: Form, rules: RatingRules, now: Instant
) -> QualityReview | Obstacle | Faults | NotTheirs:
    """The review as it is after that, or why it stays as it is."""
    if (why_not := hindrance(review, wish, who, rules)) is not None:
        return why_not
    if wish.act is Act.ANSWER:
        return answered(review, wish.words, by=who.user_id, now=now)
    if wish.act is Act.DROP:
        return dropped(review, now)
    return _rated(review, wish, form=form, answer_days=rules.answer_days, now=now)


def _rated(review: QualityReview, wish: Wish, *, form: Form, answer_days: int, now: Instant) -> QualityReview | Obstacle | Faults:
    if wish.act is Act.SAVE:
        return saved(review, form, wish.judgement)
    if wish.act is Act.HAND_IN:
        return handed_in(review, form, wish.judgement, answer_days=answer_days, now=now)
    if wish.act is Act.CORRECT:
        return corrected(review, form, wish.judgement, reason=wish.words, answer_days=answer_days, now=now)
    return replied(review, wish.words, now=now)
