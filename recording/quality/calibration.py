"""Two reviewers rated one call, each without the other: how far apart they are. Pure."""

from dataclasses import dataclass

from recording.quality.form import Form
from recording.quality.review import QualityReview, Version
from telephony.identifiers import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionSpread:
    """One criterion in both eyes. `spread`: marks apart; None where only one thought that it came up."""

    criterion_id: str
    marks: tuple[int | None, int | None]
    spread: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far apart the two are."""

    reviewers: tuple[UserId, UserId]
    scores: tuple[int, int]
    """In hundredths of a point."""
    spread: int
    """Hundredths of a point apart."""
    is_knockout_disputed: bool
    """One sees a knock-out that the other does not."""
    criteria: tuple[CriterionSpread, ...]


def is_open_to(reviews: tuple[QualityReview, ...], review: QualityReview, user_id: UserId) -> bool:
    """Whether that person may see what was handed in: always their own; of a calibration (`reviews`) only once all are in."""
    if review.reviewer == user_id:
        return True
    if review.calibration_id is None:
        return review.current is not None
    return all(each.current is not None for each in reviews)


def spread_of(form: Form, reviews: tuple[QualityReview, ...]) -> Spread | None:
    """How far apart the two are; None while one of them has not handed in."""
    versions = [(each.reviewer, each.current) for each in reviews]
    if len(versions) != 2:
        return None
    (first, one), (second, other) = versions
    if one is None or other is None:
        return None
    return Spread(
        reviewers=(first, second),
        scores=(one.score.hundredths, other.score.hundredths),
        spread=abs(one.score.hundredths - other.score.hundredths),
        is_knockout_disputed=set(one.score.knocked_out_by) != set(other.score.knocked_out_by),
        criteria=tuple(_of(each.criterion_id, one, other) for each in form.criteria),
    )


def _of(criterion_id: str, one: Version, other: Version) -> CriterionSpread:
    first, second = one.judgement.marks.get(criterion_id), other.judgement.marks.get(criterion_id)
    spread = 0 if first == second else None if first is None or second is None else abs(first - second)
    return CriterionSpread(criterion_id=criterion_id, marks=(first, second), spread=spread)
