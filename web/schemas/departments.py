"""A department and the projects that have it."""

from pydantic import Field

from web.schemas.types import Id, Shape, Shown
from web.schemas.waiting import DepartmentFacts


class DepartmentInProjects(Shape):
    """A department that is the same in several projects."""

    department: DepartmentFacts
    project_ids: list[Id] = Field(max_length=1_000, description="Projects that have it.")
    without: list[Id] = Field(
        default_factory=list, max_length=1_000, description="Projects that have none of that name any more; empty when shown."
    )


class DepartmentList(Shown):
    """Departments within reach."""

    items: list[DepartmentInProjects]
