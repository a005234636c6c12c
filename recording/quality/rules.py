"""Who may rate a project's calls, how many, and what the agents may do about it. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telephony.identifiers import AgentId, UserId

RATING_ROLES: Final = ("reviewer", "supervisor", "admin")
MOST_PER_AGENT: Final = 100
LONGEST_ANSWER_DAYS: Final = 60


class RatingPeriod(StrEnum):
    """What the most per agent is counted in."""

    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingRules:
    """What holds for a project. Without any raters nothing is rated."""

    raters: tuple[UserId, ...] = ()
    """They and nobody else: who rates one client's calls sees nothing of another's."""
    per_agent: int = 4
    """So many calls of an agent are given to reviewers in a period, spread over it."""
    period: RatingPeriod = RatingPeriod.MONTH
    answer_days: int = 7
    agent_may_hear: bool = False
    order_words: str = ""
    """Words that tell callees of ratings. Orders are rated where the purpose their callees agreed to holds them; else never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rater:
    """A person who might rate, as the centre knows them now."""

    user_id: UserId
    role: str
    is_active: bool
    agent_id: AgentId | None = None


class Bar(StrEnum):
    """Why somebody may not rate a call."""

    NOT_A_RATER = "not_a_rater"
    """Not among the project's raters, without a role for it, or out of use."""
    ONE_OF_THE_CALL = "one_of_the_call"
    """Their own voice is on it, or they were its agent for a part."""
    SELF_GIVEN = "self_given"
    """Who gives out work gives none to themselves: with it goes the right to listen."""


class RuleFault(StrEnum):
    """Why rules cannot be set."""

    BAD_PER_AGENT = "bad_per_agent"
    BAD_ANSWER_DAYS = "bad_answer_days"
    SAME_RATER = "same_rater"


def faults_of_rules(rules: RatingRules) -> Iterator[RuleFault]:
    """All that is wrong with the rules by themselves."""
    if not 1 <= rules.per_agent <= MOST_PER_AGENT:
        yield RuleFault.BAD_PER_AGENT
    if not 1 <= rules.answer_days <= LONGEST_ANSWER_DAYS:
        yield RuleFault.BAD_ANSWER_DAYS
    if len(set(rules.raters)) < len(rules.raters):
        yield RuleFault.SAME_RATER


def bar_to(rater: Rater, rules: RatingRules, agents_of_call: Collection[AgentId]) -> Bar | None:
    """Why that person may not rate a call of these agents; None: they may."""
    if not rater.is_active or rater.role not in RATING_ROLES or rater.user_id not in rules.raters:
        return Bar.NOT_A_RATER
    if rater.agent_id in agents_of_call:
        return Bar.ONE_OF_THE_CALL
    return None


def may_be_rated(kept_as: str, rules: RatingRules, purpose: str) -> bool:
    """Whether a recording of that class may be rated: a sample was agreed to for it; an order only where `purpose`, the part of
    the text its callee agreed to, says so."""
    if kept_as == "quality_sample":
        return True
    words = rules.order_words.strip().casefold()
    return bool(words) and words in purpose.casefold()
