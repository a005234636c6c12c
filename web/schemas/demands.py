"""What calls ask of their agents: skills, a language, priority, and how that is relaxed."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from telephony.demands import HIGHEST_GRADE, LOWEST_GRADE, PRIORITY_MS_LIMIT
from web.schemas.types import Id, Shape

LONGEST_MS = 24 * 3_600_000
Grade = Annotated[int, Field(ge=LOWEST_GRADE, le=HIGHEST_GRADE)]
Language = Annotated[str, StringConstraints(pattern="^[a-z]{2}$")]
SkillName = Annotated[
    str,
    StringConstraints(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,63}|language:[a-z]{2})$"),
    Field(description="A skill, or a language as language:en."),
]
Priority = Annotated[int, Field(ge=0, le=PRIORITY_MS_LIMIT, description="Counts as waiting time, in milliseconds.")]
Skills = dict[Id, Grade]
Languages = dict[Language, Grade]


class SkillNeedFacts(Shape):
    """A skill from a grade on. What is not required is preferred: it chooses among the free, nobody waits for it."""

    skill: SkillName
    grade: Grade = LOWEST_GRADE
    is_required: bool = True


class DemandFacts(Shape):
    """What every call of a project asks for beside the certificate."""

    language: Language | None = Field(default=None, description="None, or the project's own: the certificate covers it.")
    skills: list[SkillNeedFacts] = Field(default_factory=list, max_length=20)
    priority_ms: Priority = 0


class MinimumFacts(Shape):
    """A lower minimum."""

    skill: SkillName
    grade: Grade = LOWEST_GRADE


class RelaxationFacts(Shape):
    """From `after_ms` of waiting on, until `until_ms` where given, less is asked for. Certificates are never relaxed."""

    after_ms: Annotated[int, Field(ge=0, le=LONGEST_MS)]
    until_ms: Annotated[int, Field(ge=1, le=LONGEST_MS)] | None = None
    lower: list[MinimumFacts] = Field(default_factory=list, max_length=20)
    drop: list[SkillName] = Field(default_factory=list, max_length=20)

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.until_ms is not None and self.until_ms <= self.after_ms:
            raise ValueError("until_ms must be greater than after_ms")
        return self


class AskedOfCall(Shape):
    """What a waiting call is to ask for from here on; what is left out stays as it is."""

    language: Language | None = None
    skills: list[SkillNeedFacts] | None = Field(default=None, max_length=20)
    priority_ms: Priority | None = None
