"""What a centre file may say about skills, languages, priorities and their relaxation."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from config.section import Section, expected
from telephony.demands import HIGHEST_GRADE, LOWEST_GRADE, PRIORITY_MS_LIMIT

LONGEST_MS = 86_400_000
Grade = Annotated[int, Field(ge=LOWEST_GRADE, le=HIGHEST_GRADE)]
Language = Annotated[str, Field(pattern="^[a-z]{2}$")]
Skill = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9._-]{0,63}$")]
Asked = Annotated[str, Field(pattern="^([a-z0-9][a-z0-9._-]{0,63}|language:[a-z]{2})$")]
Priority = Annotated[int, Field(ge=0, le=PRIORITY_MS_LIMIT)]


class SkillNeedEntry(Section):
    """A skill from a grade on, 1 to 5; preferred where it is not required."""

    skill: Asked
    grade: Grade = LOWEST_GRADE
    is_required: bool = True


class DemandEntry(Section):
    """What every call of a project asks for beside the certificate; the priority counts as waiting time."""

    language: Language | None = None
    skills: Annotated[tuple[SkillNeedEntry, ...], Field(max_length=20)] = ()
    priority_ms: Priority = 0


class MinimumEntry(Section):
    """A lower minimum."""

    skill: Asked
    grade: Grade = LOWEST_GRADE


class RelaxationEntry(Section):
    """From `after_ms` of waiting on, until `until_ms` where given, less is asked for."""

    after_ms: Annotated[int, Field(ge=0, le=LONGEST_MS)]
    until_ms: Annotated[int, Field(ge=1, le=LONGEST_MS)] | None = None
    lower: Annotated[tuple[MinimumEntry, ...], Field(max_length=20)] = ()
    drop: Annotated[tuple[Asked, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.until_ms is not None and self.until_ms <= self.after_ms:
            raise expected("until", "until_ms greater than after_ms")
        return self


class CallerListEntry(Section):
    """Known callers who are treated alike. Their numbers are added one by one and kept as keyed hashes alone."""

    name: Skill
    priority_ms: Priority = 0
