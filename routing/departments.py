"""A project's departments: targets with a name that ask for skills, and may be answered by another project. Pure.

Agents hand callers to a department, or ask it, and a key menu leads there: one description for all three.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from telephony.demands import HIGHEST_GRADE, LOWEST_GRADE, PRIORITY_MS_LIMIT, CallDemand, SkillNeed
from telephony.faults import FaultCode, Inside, Wrong
from telephony.identifiers import ClientId, ProjectId

LONGEST_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """Who comes here is for agents with these skills, of the project itself where no other one of the client is named.

    `digits` are what agents dial for it. Priority is in milliseconds of waiting.
    """

    name: str
    digits: str | None = None
    project_id: ProjectId | None = None
    language: str | None = None
    skills: tuple[SkillNeed, ...] = ()
    priority_ms: int = 0

    @property
    def demand(self) -> CallDemand:
        """What the department asks of the call's agent."""
        return CallDemand(language=self.language, skills=self.skills, priority_ms=self.priority_ms)

    def demand_on_moving(self, before: CallDemand) -> CallDemand:
        """What a call asks for that is handed here: these skills in place of its own, its language and priority kept."""
        return CallDemand(
            language=self.language or before.language,
            skills=self.skills,
            priority_ms=min(before.priority_ms + self.priority_ms, PRIORITY_MS_LIMIT),
        )


class Departmented(Protocol):
    """What of a project is looked at."""

    @property
    def project_id(self) -> ProjectId: ...
    @property
    def client_id(self) -> ClientId: ...
    @property
    def departments(self) -> tuple[Department, ...]: ...


def department_named(project: Departmented | None, name: str) -> Department | None:
    """The project's department of that name."""
    return None if project is None else next((each for each in project.departments if each.name == name), None)


def department_dialled(project: Departmented | None, digits: str) -> Department | None:
    """The project's department that agents reach by these digits."""
    return None if project is None or not digits else next((each for each in project.departments if each.digits == digits), None)


def faults_of(project: Departmented, projects: Mapping[ProjectId, Departmented]) -> Iterator[Wrong]:
    """Everything that cannot be meant, with the way out."""
    for key, said in (
        ("name", [each.name for each in project.departments]),
        ("digits", [each.digits for each in project.departments if each.digits is not None]),
    ):
        yield from _twice(key, said)
    for each in project.departments:
        yield from (what.inside(Inside.DEPARTMENT, each.name) for what in _faults_of_one(each, project, projects))


def _twice(key: str, said: Sequence[str]) -> Iterator[Wrong]:
    if len(set(said)) < len(said):
        yield Wrong(FaultCode.TWO_ALIKE, key=key)


def _faults_of_one(each: Department, project: Departmented, projects: Mapping[ProjectId, Departmented]) -> Iterator[Wrong]:
    if not each.name.strip() or not each.name.isprintable():
        yield Wrong(FaultCode.NOT_ONE_LINE)
    digits = each.digits
    if digits is not None and not (digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_DIGITS):
        yield Wrong(FaultCode.BAD_DIGITS, value=digits, most=LONGEST_DIGITS)
    if each.language is not None and not (len(each.language) == 2 and each.language.isascii() and each.language.islower()):
        yield Wrong(FaultCode.BAD_LANGUAGE)
    if not 0 <= each.priority_ms <= PRIORITY_MS_LIMIT:
        yield Wrong(FaultCode.OUT_OF_RANGE, key="priority_ms", value=each.priority_ms, lowest=0, highest=PRIORITY_MS_LIMIT)
    for need in each.skills:
        if not LOWEST_GRADE <= need.grade <= HIGHEST_GRADE:
            yield Wrong(FaultCode.BAD_GRADE_OF, grade=need.grade, skill=need.skill, lowest=LOWEST_GRADE, highest=HIGHEST_GRADE)
    if each.project_id is not None:
        target = projects.get(each.project_id)
        if target is None:
            yield Wrong(FaultCode.UNKNOWN_PROJECT, project=each.project_id)
        elif target.client_id != project.client_id:
            yield Wrong(FaultCode.ANOTHER_CLIENTS, project=each.project_id)
