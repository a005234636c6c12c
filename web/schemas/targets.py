"""To whom a caller can be handed on, or who can be asked."""

from web.schemas.types import Shown


class ColleagueShown(Shown):
    """Somebody who may have calls of this project."""

    agent_id: str
    name: str
    state: str
    is_free: bool
    """Whether they can be rung now."""


class TargetProject(Shown):
    """A queue the caller can wait in."""

    project_id: str
    name: str
    is_open: bool


class Targets(Shown):
    """Those a call can be handed to, and in reach of the agent who has it."""

    colleagues: list[ColleagueShown]
    departments: list[str]
    """Of the call's project, by name."""
    projects: list[TargetProject]
