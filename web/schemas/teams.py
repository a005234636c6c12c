"""Teams."""

from typing import Annotated

from pydantic import Field

from web.schemas.types import Id, LoginName, Shape, Shown, Text


class TeamFacts(Shape):
    """A team. People who are not said stay."""

    name: Text
    members: Annotated[list[Id], Field(max_length=10_000)] | None = Field(
        default=None, description="The agents in it, and no others; None: as they are."
    )
    leaders: Annotated[list[LoginName], Field(max_length=1_000)] | None = Field(
        default=None, description="Log-ins of the users with the role team_leader who lead it, and no others; None: as they are."
    )


class NamedTeam(TeamFacts):
    """A team with its id."""

    team_id: Id


class TeamShown(Shown):
    """A team, with its agents and the log-ins of its leaders."""

    team_id: str
    name: str
    members: list[str]
    leaders: list[str]


class TeamList(Shown):
    """Teams within reach."""

    items: list[TeamShown]
