"""The form by which a project's calls are rated: criteria with weights, knock-outs, one scale. Pure.

A version is published once and stays: what was rated by it can be worked out again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telephony.identifiers import Instant, ProjectId, UserId

LONGEST_SCALE: Final = 10
MOST_CRITERIA: Final = 40
LARGEST_WEIGHT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One question of a form, marked from 0 to the form's scale."""

    criterion_id: str
    name: str
    guide: str = ""
    """What a reviewer is to look for."""
    weight: int = 1
    """Its part in the mean; 0: it counts as a knock-out only."""
    is_knockout: bool = False
    """A mark of 0 makes the whole score 0."""
    may_be_skipped: bool = False
    """It can be left out where it did not come up in the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormDraft:
    """A form that is to be published."""

    project_id: ProjectId
    scale: int
    """The best mark; the worst is 0."""
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A published form. Versions count up by project."""

    project_id: ProjectId
    version: int
    scale: int
    criteria: tuple[Criterion, ...]
    published_at: Instant
    published_by: UserId

    @property
    def name(self) -> str:
        """How the form is named where reviews of all projects stand together."""
        return f"{self.project_id}/{self.version}"


class FormFault(StrEnum):
    """Why a form cannot be published."""

    NO_CRITERIA = "no_criteria"
    TOO_MANY_CRITERIA = "too_many_criteria"
    BAD_SCALE = "bad_scale"
    BAD_WEIGHT = "bad_weight"
    NO_NAME = "no_name"
    SAME_ID = "same_id"
    COUNTS_FOR_NOTHING = "counts_for_nothing"
    """A criterion without weight that is no knock-out."""
    ALL_CAN_BE_SKIPPED = "all_can_be_skipped"
    """There has to be a mark with a weight in every review."""


Fault = tuple[FormFault, int | None]
"""What is wrong, and the number of the criterion, from 0, where it is about one."""


def faults_of(draft: FormDraft) -> tuple[Fault, ...]:
    """All that keeps the form from being published."""
    return (*_faults_of_whole(draft), *_faults_of_criteria(draft))


def _faults_of_whole(draft: FormDraft) -> Iterator[Fault]:
    if not draft.criteria:
        yield FormFault.NO_CRITERIA, None
    if len(draft.criteria) > MOST_CRITERIA:
        yield FormFault.TOO_MANY_CRITERIA, None
    if not 1 <= draft.scale <= LONGEST_SCALE:
        yield FormFault.BAD_SCALE, None
    if draft.criteria and not any(each.weight and not each.may_be_skipped for each in draft.criteria):
        yield FormFault.ALL_CAN_BE_SKIPPED, None


def _faults_of_criteria(draft: FormDraft) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, each in enumerate(draft.criteria):
        if not 0 <= each.weight <= LARGEST_WEIGHT:
            yield FormFault.BAD_WEIGHT, number
        if not each.weight and not each.is_knockout:
            yield FormFault.COUNTS_FOR_NOTHING, number
        if not each.name.strip():
            yield FormFault.NO_NAME, number
        if each.criterion_id in seen:
            yield FormFault.SAME_ID, number
        seen.add(each.criterion_id)
