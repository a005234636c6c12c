"""What agents suggest to management, theirs or what they heard from customers: passed on, answered, never lost in between."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

LONGEST_SUGGESTION = 4_000


class About(StrEnum):
    """What it is about."""

    PRODUCT = "product"
    SCRIPT = "script"
    DATA = "data"
    """The list, its addresses, its fields."""
    WORK = "work"
    """Shifts, tools, training."""
    OTHER = "other"


class SuggestionState(StrEnum):
    """How far it is."""

    NEW = "new"
    PASSED_ON = "passed_on"
    """To the client, or to whom it concerns; an answer is still owed."""
    TAKEN_UP = "taken_up"
    DECLINED = "declined"
    """With the reason, which the agent reads."""


_S = SuggestionState
NEXT: Mapping[SuggestionState, frozenset[SuggestionState]] = MappingProxyType(
    {
        _S.NEW: frozenset({_S.PASSED_ON, _S.TAKEN_UP, _S.DECLINED}),
        _S.PASSED_ON: frozenset({_S.TAKEN_UP, _S.DECLINED}),
        _S.TAKEN_UP: frozenset(),
        _S.DECLINED: frozenset(),
    }
)


def may_become(now: SuggestionState, then: SuggestionState, answer: str) -> bool:
    """Whether it may go on so: what is declined or taken up is answered in words."""
    needs_answer = then in (_S.TAKEN_UP, _S.DECLINED)
    return then in NEXT[now] and (bool(answer.strip()) or not needs_answer)
