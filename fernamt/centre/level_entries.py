"""What a centre file may say about levels: what counts, how much, and from which score on."""

from typing import Annotated

from pydantic import Field

from config.section import Line, Section
from routing.levels.rule import LARGEST_WEIGHT, LevelRule, Period, Term
from telephony.identifiers import ProjectId, WrapUpCode

Weight = Annotated[int, Field(ge=0, le=LARGEST_WEIGHT)]
Points = Annotated[float, Field(ge=0, le=100)]
HUNDREDTHS = 100


class LevelWeightsEntry(Section):
    """Relative weights of what a level is worked out from."""

    quality: Weight = 50
    outcome: Weight = 30
    volume: Weight = 0
    """Counts who works much higher; without a weight unless the centre wants it."""
    reliability: Weight = 20


class LevelsEntry(Section):
    """The rule of levels. A level that is worked out is a proposal: a person confirms it."""

    weights: LevelWeightsEntry = LevelWeightsEntry()
    level_2_from: Points = 60.0
    """Points of 100."""
    level_3_from: Points = 80.0
    margin: Points = 3.0
    """So many points may be missing before a lower level is proposed."""
    least_reviews: Annotated[int, Field(ge=0, le=10_000)] = 5
    least_conversations: Annotated[int, Field(ge=0, le=1_000_000)] = 50
    full_volume: Annotated[int, Field(ge=1, le=1_000_000)] = 400
    """As many conversations in the period are 100 points of volume."""
    period: Period = Period.MONTH
    notice_days: Annotated[int, Field(ge=0, le=365)] = 7
    """Days at least between a confirmation and the day the level comes into force."""
    positive_codes: dict[str, Annotated[tuple[str, ...], Field(max_length=200)]] = Field(default_factory=dict, max_length=1_000)
    """By project: the wrap-up codes that are a positive outcome."""
    contact: Annotated[Line, Field(min_length=1, max_length=100)] | None = None
    """Log-in of the person to whom agents contest a decision."""


def rule_of(entry: LevelsEntry) -> LevelRule:
    """The rule the entry describes."""
    return LevelRule(
        weights={term: getattr(entry.weights, term.value) for term in Term},
        level_2_from=round(entry.level_2_from * HUNDREDTHS),
        level_3_from=round(entry.level_3_from * HUNDREDTHS),
        margin=round(entry.margin * HUNDREDTHS),
        least_reviews=entry.least_reviews,
        least_conversations=entry.least_conversations,
        full_volume=entry.full_volume,
        period=entry.period,
        notice_days=entry.notice_days,
        positive_codes={ProjectId(name): tuple(map(WrapUpCode, codes)) for name, codes in entry.positive_codes.items()},
        contact=entry.contact,
    )
