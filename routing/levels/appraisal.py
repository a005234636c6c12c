"""From evidence to a proposed level: every term with its weight and its source count. Pure and exact.

Fractions are kept until the score is rounded once, half up, to a hundredth of a point: the order of evidence never matters.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import reduce

from routing.levels.rule import FULL, LEVELS, LevelRule, Term

LARGEST_REVIEW = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of one agent's work in a period. Evidence of parts of a period adds up."""

    reviews: int = 0
    review_points: int = 0
    """Sum of the reviews' scores, each from 0 to 100."""
    conversations: int = 0
    with_outcome: int = 0
    """Conversations of projects that have positive codes."""
    positive: int = 0
    abusive: int = 0
    """Conversations ended for abuse: they count for nothing else here."""
    planned_ms: int | None = None
    """None: there was no plan."""
    kept_ms: int = 0

    def __add__(self, other: "Evidence") -> "Evidence":
        planned = [each.planned_ms for each in (self, other) if each.planned_ms is not None]
        return Evidence(
            reviews=self.reviews + other.reviews,
            review_points=self.review_points + other.review_points,
            conversations=self.conversations + other.conversations,
            with_outcome=self.with_outcome + other.with_outcome,
            positive=self.positive + other.positive,
            abusive=self.abusive + other.abusive,
            planned_ms=sum(planned) if planned else None,
            kept_ms=self.kept_ms + other.kept_ms,
        )


class Omission(StrEnum):
    """Why a term is not part of a score."""

    NO_WEIGHT = "no_weight"
    NO_REVIEWS = "no_reviews"
    NO_POSITIVE_CODES = "no_positive_codes"
    """No conversation was of a project for which positive codes are set."""
    NO_PLAN = "no_plan"


class Shortage(StrEnum):
    """Why no level is proposed."""

    TOO_FEW_REVIEWS = "too_few_reviews"
    TOO_FEW_CONVERSATIONS = "too_few_conversations"
    NOTHING_COUNTS = "nothing_counts"
    """No term with a weight has evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermScore:
    """One term: what it is made of, its points in hundredths, and what it adds. `omission`: why it is left out."""

    term: Term
    weight: int
    sources: int
    """Reviews, conversations, or planned minutes it rests on."""
    part: int
    whole: int
    """The fraction behind the points: sum of scores of 100 × reviews, positive of counted, kept of planned milliseconds."""
    points: int | None
    omission: Omission | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """The arithmetic of one agent's level, whole. `level` None: too little evidence, `shortage` says of what."""

    terms: tuple[TermScore, ...]
    score: int | None
    """Hundredths of a point."""
    weight: int
    """Sum of the weights that counted."""
    level_before: int
    level: int | None
    shortage: Shortage | None
    evidence: Evidence


def appraise(rule: LevelRule, evidence: Evidence, level_before: int) -> Appraisal:
    """What the rule makes of the evidence of an agent who has that level now."""
    terms = tuple(_term(term, rule, evidence) for term in Term)
    counted = [(each, _fraction(each)) for each in terms if each.omission is None]
    weight = sum(each.weight for each, _ in counted)
    score = None if not weight else _rounded(sum((share * each.weight for each, share in counted), Fraction()) / weight)
    shortage = _shortage(rule, evidence, score)
    level = None if shortage is not None or score is None else level_for(rule, score, level_before)
    return Appraisal(
        terms=terms,
        score=score,
        weight=weight,
        level_before=level_before,
        level=level,
        shortage=shortage,
        evidence=evidence,
    )


def level_for(rule: LevelRule, score: int, level_before: int) -> int:
    """The level of that score for who has `level_before`: a threshold reached lifts at once, one missed by the margin or less
    lowers nobody."""
    return max(level for level in LEVELS if score >= rule.threshold(level) - (rule.margin if level <= level_before else 0))


def together(parts: Iterable[Evidence]) -> Evidence:
    """All of the evidence, in whatever order it comes."""
    return reduce(lambda one, other: one + other, parts, Evidence())


def _term(term: Term, rule: LevelRule, evidence: Evidence) -> TermScore:
    part, whole, sources, omission = _measured(term, rule, evidence)
    weight = rule.weights.get(term, 0)
    if omission is None and not weight:
        omission = Omission.NO_WEIGHT
    points = None if not whole else _rounded(Fraction(part, whole))
    return TermScore(term=term, weight=weight, sources=sources, part=part, whole=whole, points=points, omission=omission)


def _measured(term: Term, rule: LevelRule, evidence: Evidence) -> tuple[int, int, int, Omission | None]:
    """Part and whole of a term, how much it rests on, and why it cannot count."""
    match term:
        case Term.QUALITY:
            missing = None if evidence.reviews else Omission.NO_REVIEWS
            return evidence.review_points, evidence.reviews * LARGEST_REVIEW, evidence.reviews, missing
        case Term.OUTCOME:
            missing = None if evidence.with_outcome else Omission.NO_POSITIVE_CODES
            return evidence.positive, evidence.with_outcome, evidence.with_outcome, missing
        case Term.VOLUME:
            return min(evidence.conversations, rule.full_volume), rule.full_volume, evidence.conversations, None
        case Term.RELIABILITY:
            planned = evidence.planned_ms or 0
            return min(evidence.kept_ms, planned), planned, planned // 60_000, None if planned else Omission.NO_PLAN


def _shortage(rule: LevelRule, evidence: Evidence, score: int | None) -> Shortage | None:
    if evidence.reviews < rule.least_reviews:
        return Shortage.TOO_FEW_REVIEWS
    if evidence.conversations < rule.least_conversations:
        return Shortage.TOO_FEW_CONVERSATIONS
    return Shortage.NOTHING_COUNTS if score is None else None


def _fraction(term: TermScore) -> Fraction:
    return Fraction(term.part, term.whole)


def _rounded(share: Fraction) -> int:
    """In hundredths of a point, half up."""
    return int(share * FULL + Fraction(1, 2))
