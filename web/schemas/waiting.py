"""What a project does for its waiting callers."""

from typing import Annotated

from pydantic import Field

from routing.announcements import SHORTEST_GAP_MS
from routing.callback import LONGEST_KEPT_MS, LONGEST_RETRY_MS, MOST_ATTEMPTS, SHORTEST_KEPT_MS, SHORTEST_RETRY_MS
from routing.menu import LONGEST_MS as MENU_LONGEST_MS
from routing.menu import MOST_TRIES, SHORTEST_MS
from routing.overflow import LONGEST_MS, OverflowReason, OverflowTarget
from telephony.demands import HIGHEST_GRADE, LOWEST_GRADE, PRIORITY_MS_LIMIT
from web.schemas.types import Id, Shape

Name = Annotated[str, Field(min_length=1, max_length=64)]


class NeedFacts(Shape):
    """A skill from a grade on. One that is not required is preferred."""

    skill: Id
    grade: Annotated[int, Field(ge=LOWEST_GRADE, le=HIGHEST_GRADE)] = LOWEST_GRADE
    is_required: bool = True


class MenuOptionFacts(Shape):
    """What a key asks for."""

    key: Annotated[str, Field(pattern="^[0-9*#]$")]
    language: Annotated[str, Field(pattern="^[a-z]{2}$")] | None = None
    skills: list[NeedFacts] = Field(default_factory=list, max_length=20)
    priority_ms: Annotated[int, Field(ge=0, le=PRIORITY_MS_LIMIT)] = Field(default=0, description="Counts as waiting time.")
    project_id: Id | None = Field(default=None, description="Another project of the same client.")
    department: Name | None = Field(default=None, description="One of the project's departments.")
    callback: bool = Field(default=False, description="The caller is asked by which number to call back, and keeps the place.")


class DepartmentFacts(Shape):
    """Where agents hand callers to, and a menu leads, beside people and projects."""

    name: Name
    digits: Annotated[str, Field(pattern="^[0-9]{1,4}$")] | None = Field(default=None, description="What agents dial for it.")
    project_id: Id | None = Field(
        default=None, description="The project of the same client whose agents answer; None: the project itself."
    )
    language: Annotated[str, Field(pattern="^[a-z]{2}$")] | None = None
    skills: list[NeedFacts] = Field(default_factory=list, max_length=20)
    priority_ms: Annotated[int, Field(ge=0, le=PRIORITY_MS_LIMIT)] = Field(default=0, description="Counts as waiting time.")


class MenuFacts(Shape):
    """What callers are asked before they wait; the project must answer early."""

    prompt: list[Annotated[str, Field(pattern="^[a-z0-9-]+(/[a-z0-9-]+)*$")]] = Field(
        min_length=1, max_length=10, description="Sounds in the project's language, one after the other."
    )
    options: list[MenuOptionFacts] = Field(min_length=1, max_length=12)
    answer_within_ms: Annotated[int, Field(ge=SHORTEST_MS, le=MENU_LONGEST_MS)] = 12_000
    tries: Annotated[int, Field(ge=1, le=MOST_TRIES)] = 2
    default_key: str | None = Field(default=None, description="The option of who chooses none.")


class AnnouncementFacts(Shape):
    """What waiting callers are told beside the music; the project must answer early."""

    first_after_ms: Annotated[int, Field(ge=0, le=LONGEST_MS)] = 10_000
    every_ms: Annotated[int, Field(ge=SHORTEST_GAP_MS, le=LONGEST_MS)] = 45_000
    tells_place: bool = True
    tells_wait: bool = True
    asks_for_patience: bool = True
    callback_key: Annotated[str, Field(pattern="^[0-9]$")] | None = Field(
        default=None, description="The key that asks to be called back, told with every announcement; None: there is none."
    )


class CallbackFacts(Shape):
    """How those are called back who do not want to wait on the line."""

    attempts: Annotated[int, Field(ge=1, le=MOST_ATTEMPTS)] = 3
    retry_ms: Annotated[int, Field(ge=SHORTEST_RETRY_MS, le=LONGEST_RETRY_MS)] = Field(
        default=900_000, description="From an attempt in vain to the next."
    )
    kept_ms: Annotated[int, Field(ge=SHORTEST_KEPT_MS, le=LONGEST_KEPT_MS)] = Field(
        default=86_400_000, description="So long the promise counts, hours in which the project is closed included."
    )


class OverflowFacts(Shape):
    """What sends a waiting caller elsewhere. The first rule of a project that holds counts."""

    reason: OverflowReason
    limit: Annotated[int, Field(ge=0, le=LONGEST_MS)] = Field(
        default=0, description="Callers who wait already for queue_length, milliseconds for all others."
    )
    target: OverflowTarget = Field(description="callback: the caller is asked, once, whether to be called back.")
    project_id: Id | None = Field(default=None, description="With target project: another one of the same client.")
    number: str | None = None
