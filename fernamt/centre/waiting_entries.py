"""What a centre file may say about a project's care of its waiting callers."""

from typing import Annotated

from pydantic import Field

from config.section import Section
from routing.announcements import SHORTEST_GAP_MS
from routing.callback import LONGEST_KEPT_MS, LONGEST_RETRY_MS, MOST_ATTEMPTS, SHORTEST_KEPT_MS, SHORTEST_RETRY_MS
from routing.menu import LONGEST_MS as MENU_LONGEST_MS
from routing.menu import MOST_TRIES, SHORTEST_MS
from routing.overflow import LONGEST_MS, OverflowReason, OverflowTarget
from telephony.demands import HIGHEST_GRADE, LOWEST_GRADE, PRIORITY_MS_LIMIT


class NeedEntry(Section):
    """A skill from a grade on. One that is not required is preferred."""

    skill: Annotated[str, Field(min_length=1, max_length=64)]
    grade: Annotated[int, Field(ge=LOWEST_GRADE, le=HIGHEST_GRADE)] = LOWEST_GRADE
    is_required: bool = True


class MenuOptionEntry(Section):
    """What a key asks for."""

    key: Annotated[str, Field(pattern="^[0-9*#]$")]
    language: Annotated[str, Field(pattern="^[a-z]{2}$")] | None = None
    skills: Annotated[tuple[NeedEntry, ...], Field(max_length=20)] = ()
    priority_ms: Annotated[int, Field(ge=0, le=PRIORITY_MS_LIMIT)] = 0
    """Counts as waiting time."""
    project_id: str | None = None
    """Another project of the same client."""
    department: str | None = None
    """One of the project's departments."""
    callback: bool = False
    """The caller is asked by which number to call back, and keeps the place."""


class DepartmentEntry(Section):
    """Where agents hand callers to, and a menu leads, beside people and projects."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    digits: Annotated[str, Field(pattern="^[0-9]{1,4}$")] | None = None
    """What agents dial for it."""
    project_id: str | None = None
    """The project of the same client whose agents answer; without it, the project itself."""
    language: Annotated[str, Field(pattern="^[a-z]{2}$")] | None = None
    skills: Annotated[tuple[NeedEntry, ...], Field(max_length=20)] = ()
    priority_ms: Annotated[int, Field(ge=0, le=PRIORITY_MS_LIMIT)] = 0
    """Counts as waiting time."""


class MenuEntry(Section):
    """What callers are asked before they wait; the project must answer early."""

    prompt: Annotated[tuple[Annotated[str, Field(pattern="^[a-z0-9-]+(/[a-z0-9-]+)*$")], ...], Field(min_length=1, max_length=10)]
    """Sounds in the project's language, one after the other."""
    options: Annotated[tuple[MenuOptionEntry, ...], Field(min_length=1, max_length=12)]
    answer_within_ms: Annotated[int, Field(ge=SHORTEST_MS, le=MENU_LONGEST_MS)] = 12_000
    tries: Annotated[int, Field(ge=1, le=MOST_TRIES)] = 2
    default_key: str | None = None
    """The option of who chooses none."""


class AnnouncementsEntry(Section):
    """What waiting callers are told beside the music; the project must answer early."""

    first_after_ms: Annotated[int, Field(ge=0, le=LONGEST_MS)] = 10_000
    every_ms: Annotated[int, Field(ge=SHORTEST_GAP_MS, le=LONGEST_MS)] = 45_000
    tells_place: bool = True
    tells_wait: bool = True
    asks_for_patience: bool = True
    callback_key: Annotated[str, Field(pattern="^[0-9]$")] | None = None
    """The key that asks to be called back, told with every announcement."""


class CallbackEntry(Section):
    """How those are called back who do not want to wait on the line."""

    attempts: Annotated[int, Field(ge=1, le=MOST_ATTEMPTS)] = 3
    retry_ms: Annotated[int, Field(ge=SHORTEST_RETRY_MS, le=LONGEST_RETRY_MS)] = 900_000
    """From an attempt in vain to the next."""
    kept_ms: Annotated[int, Field(ge=SHORTEST_KEPT_MS, le=LONGEST_KEPT_MS)] = 86_400_000
    """So long the promise counts, hours in which the project is closed included."""


class OverflowEntry(Section):
    """What sends a waiting caller elsewhere; the first rule of a project that holds counts."""

    reason: OverflowReason
    limit: Annotated[int, Field(ge=0, le=LONGEST_MS)] = 0
    """Callers who wait already for queue_length, milliseconds for all others."""
    target: OverflowTarget
    project_id: str | None = None
    """With target project: another one of the same client."""
    number: str | None = None
