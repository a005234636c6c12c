"""A project's key menu: what callers are asked before they wait, and what each key means. Pure.

What is typed goes no further than here: of a key that is an option, the choice is kept; of any other, only that it was wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from routing.departments import Department
from telephony.demands import HIGHEST_GRADE, LOWEST_GRADE, PRIORITY_MS_LIMIT, CallDemand, SkillNeed
from telephony.faults import FaultCode, Inside, Wrong
from telephony.identifiers import ClientId, ProjectId

KEYS = "0123456789*#"
MOST_TRIES = 5
SHORTEST_MS, LONGEST_MS = 3_000, 60_000
WRONG_KEY = "fernamt/wrong-key"
_SOUND = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-/")


def is_sound(name: str) -> bool:
    """Whether a sound can have that name."""
    return bool(name) and _SOUND.issuperset(name) and not name.startswith("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuOption:
    """What a key asks for: a language, skills, priority (milliseconds of waiting), another project of the same client, or one
    of the project's departments, which then says the project."""

    key: str
    language: str | None = None
    skills: tuple[SkillNeed, ...] = ()
    priority_ms: int = 0
    project_id: ProjectId | None = None
    department: str | None = None
    callback: bool = False
    """The caller is asked by which number to call back; who says no waits on, for what the option asks for."""

    @property
    def demand(self) -> CallDemand:
        """What the choice adds to what the call asks of its agent."""
        return CallDemand(language=self.language, skills=self.skills, priority_ms=self.priority_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """A question to callers. `prompt`: sounds in the project's language, one after the other."""

    prompt: tuple[str, ...]
    options: tuple[MenuOption, ...]
    answer_within_ms: int = 12_000
    """From the beginning of the prompt on."""
    tries: int = 2
    """How often is asked in all."""
    default_key: str | None = None
    """The option of who chooses none; None: they wait as if there were no menu."""

    def option(self, key: str | None) -> MenuOption | None:
        """What the key means."""
        return next((option for option in self.options if option.key == key), None)

    def sounds(self, *, after_wrong_key: bool) -> tuple[str, ...]:
        """What the caller hears."""
        return (WRONG_KEY, *self.prompt) if after_wrong_key else self.prompt


class Menued(Protocol):
    """What of a project is looked at."""

    @property
    def client_id(self) -> ClientId: ...
    @property
    def departments(self) -> tuple[Department, ...]: ...


def faults_of(menu: Menu, project: Menued, projects: Mapping[ProjectId, Menued], *, answers_early: bool) -> list[Wrong]:
    """Everything that cannot be meant, with the way out."""
    faults = [] if answers_early else [Wrong(FaultCode.NOT_ANSWERED_EARLY)]
    if not menu.prompt or not all(map(is_sound, menu.prompt)):
        faults.append(Wrong(FaultCode.BAD_PROMPT))
    if not SHORTEST_MS <= menu.answer_within_ms <= LONGEST_MS:
        faults.append(_beyond("answer_within_ms", menu.answer_within_ms, SHORTEST_MS, LONGEST_MS))
    if not 1 <= menu.tries <= MOST_TRIES:
        faults.append(_beyond("tries", menu.tries, 1, MOST_TRIES))
    keys = [option.key for option in menu.options]
    if not keys:
        faults.append(Wrong(FaultCode.NOTHING_TO_CHOOSE))
    if len(set(keys)) < len(keys):
        faults.append(Wrong(FaultCode.TWO_ALIKE, key="key"))
    if menu.default_key is not None and menu.option(menu.default_key) is None:
        faults.append(Wrong(FaultCode.UNKNOWN_DEFAULT_KEY, key=menu.default_key, keys=", ".join(keys)))
    for option in menu.options:
        faults += (what.inside(Inside.OPTION, option.key) for what in _faults_of_option(option, project, projects))
    return faults


def _faults_of_option(option: MenuOption, project: Menued, projects: Mapping[ProjectId, Menued]) -> list[Wrong]:
    faults = []
    if len(option.key) != 1 or option.key not in KEYS:
        faults.append(Wrong(FaultCode.BAD_KEY, keys=str(KEYS)))
    if option.language is not None and not (
        len(option.language) == 2 and option.language.isascii() and option.language.islower()
    ):
        faults.append(Wrong(FaultCode.BAD_LANGUAGE))
    if not 0 <= option.priority_ms <= PRIORITY_MS_LIMIT:
        faults.append(_beyond("priority_ms", option.priority_ms, 0, PRIORITY_MS_LIMIT))
    faults += (
        Wrong(FaultCode.BAD_GRADE_OF, grade=need.grade, skill=need.skill, lowest=LOWEST_GRADE, highest=HIGHEST_GRADE)
        for need in option.skills
        if not LOWEST_GRADE <= need.grade <= HIGHEST_GRADE
    )
    if option.department is not None:
        if option.department not in {department.name for department in project.departments}:
            faults.append(Wrong(FaultCode.UNKNOWN_DEPARTMENT, department=option.department))
        if option.project_id is not None:
            faults.append(Wrong(FaultCode.DEPARTMENT_OR_PROJECT))
    if option.project_id is not None:
        target = projects.get(option.project_id)
        if target is None:
            faults.append(Wrong(FaultCode.UNKNOWN_PROJECT, project=option.project_id))
        elif target.client_id != project.client_id:
            faults.append(Wrong(FaultCode.ANOTHER_CLIENTS, project=option.project_id))
    return faults


def _beyond(key: str, value: int, lowest: int, highest: int) -> Wrong:
    return Wrong(FaultCode.OUT_OF_RANGE, key=key, value=value, lowest=lowest, highest=highest)
