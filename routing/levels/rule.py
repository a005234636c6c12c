"""The centre's rule of levels: what counts, how much, and from which score on. Every change of it is a new version.

Weights are relative; thresholds and the score are hundredths of a point, from 0 to 10,000, so that every sum is exact.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from telephony.faults import FaultCode, Wrong
from telephony.identifiers import ProjectId, WrapUpCode

FULL = 10_000
"""The highest score, in hundredths of a point."""
LEVELS = (1, 2, 3)
LARGEST_WEIGHT = 1_000


class Term(StrEnum):
    """What a score is made of, each from 0 to 100 points."""

    QUALITY = "quality"
    """The mean of the reviews' scores."""
    OUTCOME = "outcome"
    """The share of conversations with a positive wrap-up code, of those that could have one."""
    VOLUME = "volume"
    """Conversations against the number that counts as full. Has no weight by default: it would punish who works part-time."""
    RELIABILITY = "reliability"
    """The share of planned time that was worked."""


class Period(StrEnum):
    """How long evidence is gathered before a level is proposed: whole months, or quarters of a year, of the centre's calendar."""

    MONTH = "month"
    QUARTER = "quarter"


DEFAULT_WEIGHTS: Mapping[Term, int] = {Term.QUALITY: 50, Term.OUTCOME: 30, Term.VOLUME: 0, Term.RELIABILITY: 20}


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRule:
    """One version of the rule."""

    weights: Mapping[Term, int] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    level_2_from: int = 6_000
    level_3_from: int = 8_000
    margin: int = 300
    """How far below its threshold the score of a level may fall before a lower one is proposed: nobody swings month by month."""
    least_reviews: int = 5
    least_conversations: int = 50
    full_volume: int = 400
    """As many conversations in the period are 100 points of volume."""
    period: Period = Period.MONTH
    notice_days: int = 7
    """So many days lie at least between a person's confirmation and the day the level comes into force."""
    positive_codes: Mapping[ProjectId, tuple[WrapUpCode, ...]] = field(default_factory=dict)
    """Wrap-up codes that are a positive outcome; conversations of a project without any have no outcome to count."""
    contact: str | None = None
    """Log-in of the person whom a decision is contested to; None: whoever made it, or the supervisors."""

    def is_positive(self, project_id: ProjectId, code: WrapUpCode | None) -> bool | None:
        """Whether that code counts as a positive outcome; None: the project's conversations do not count at all."""
        codes = self.positive_codes.get(project_id)
        return None if not codes else code in codes

    def threshold(self, level: int) -> int:
        """The score from which on that level is reached."""
        return (0, self.level_2_from, self.level_3_from)[level - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFault:
    """One thing that cannot be meant: the key, and what is wrong with the way out."""

    key: str
    what: Wrong


def faults_of(rule: LevelRule) -> Iterator[RuleFault]:
    """Everything in the rule that cannot be meant."""
    missing = [term.value for term in Term if term not in rule.weights]
    if missing:
        yield RuleFault(key="weights", what=Wrong(FaultCode.WEIGHTS_MISSING, terms=", ".join(missing)))
    for term, weight in rule.weights.items():
        if not 0 <= weight <= LARGEST_WEIGHT:
            yield RuleFault(key=f"weights {term.value}", what=Wrong(FaultCode.BAD_WEIGHT, value=weight, most=LARGEST_WEIGHT))
    if not any(rule.weights.values()):
        yield RuleFault(key="weights", what=Wrong(FaultCode.WEIGHTS_ALL_ZERO))
    if not 0 < rule.level_2_from < rule.level_3_from <= FULL:
        what = Wrong(FaultCode.BAD_THRESHOLDS, first=rule.level_2_from, second=rule.level_3_from, most=FULL)
        yield RuleFault(key="thresholds", what=what)
    if not 0 <= rule.margin < rule.level_2_from:
        yield RuleFault(key="margin", what=Wrong(FaultCode.MARGIN_TOO_WIDE, value=rule.margin))
    for key in ("least_reviews", "least_conversations", "notice_days"):
        if getattr(rule, key) < 0:
            yield RuleFault(key=key, what=Wrong(FaultCode.TOO_LOW, key=key, value=getattr(rule, key), lowest=0))
    if rule.full_volume < 1:
        yield RuleFault(key="full_volume", what=Wrong(FaultCode.TOO_LOW, key="full_volume", value=rule.full_volume, lowest=1))
