"""Known callers, as they are asked about and shown."""

from typing import Annotated

from pydantic import StringConstraints

from web.schemas.demands import Priority
from web.schemas.types import Shape, Shown


class CallerListFacts(Shape):
    """What callers on a list get."""

    priority_ms: Priority = 0


class CallerListShown(Shown):
    """A list, without its numbers: nobody can read them."""

    name: str
    priority_ms: int
    numbers: int


class CallerListsShown(Shown):
    """All lists."""

    items: list[CallerListShown]


class CallersNumber(Shape):
    """A caller's number, however it is written."""

    number: Annotated[str, StringConstraints(pattern=r"^[+(]?[0-9][0-9 ()/.-]{2,29}$")]
