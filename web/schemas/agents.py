"""Agents: their lasting facts, what they are doing, and what they ask for."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from web.schemas.demands import Languages, Skills
from web.schemas.types import Id, Mailbox, Shape, Shown, Text

Level = Annotated[int, Field(ge=1, le=3)]


class AgentNowShown(Shown):
    """What an agent is doing."""

    state: str
    since: datetime | None
    pause_reason: str | None
    is_forced: bool = Field(default=False, description="The service set this pause by itself, after too many missed offers.")
    forced_until: datetime | None = Field(default=None, description="When such a pause ends, unless a person confirms it.")
    next_state: str | None = Field(description="What follows after the present call, if something was asked for.")
    call_id: str | None
    project_id: str | None
    is_reachable: bool | None
    absence: str | None = Field(
        description="Why nothing is offered though the phone can be reached: silent, unsteady, desktop_gone, bad_line."
    )
    absence_until: datetime | None = Field(description="When time alone may end the absence.")
    line_fault: str | None = Field(description="What is wrong with a bad line: round_trip, loss, jitter, score.")
    open_line: str | None = Field(
        default=None,
        description="How far the line that they keep open has come: opening, open, lent, closing. None: there is none.",
    )
    line_mos: float | None = Field(description="Score of the line when it was judged last: E-model, ITU-T G.107, 1 to 4.5.")


class AgentShown(Shown):
    """An agent."""

    agent_id: str
    name: str
    level: int
    level_by_project: dict[str, int]
    certificates: list[str]
    skills: dict[str, int]
    languages: dict[str, int]
    endpoint_id: str | None
    team: str | None
    mailbox: str | None
    phone_answers: bool
    keeps_line: bool
    is_active: bool
    now: AgentNowShown | None


class AgentList(Shown):
    """Agents within reach."""

    items: list[AgentShown]


class AgentFacts(Shape):
    """An agent's lasting facts, whole."""

    name: Text
    level: Level
    level_by_project: dict[Id, Level] = Field(default_factory=dict, max_length=1_000)
    certificates: list[Id] = Field(default_factory=list, max_length=1_000)
    endpoint_id: Id | None = None
    blocked_clients: list[Id] = Field(default_factory=list, max_length=1_000)
    skills: Skills = Field(default_factory=dict, max_length=100)
    languages: Languages = Field(default_factory=dict, max_length=100, description="Beside those of the projects.")
    team: Text | None = None
    mailbox: Mailbox | None = Field(default=None, description="Where voice messages meant for them are forwarded.")
    phone_answers: bool = Field(
        default=False,
        description="Their phone is told to answer by itself (answer-after=0) when it rings for a call of theirs outside.",
    )
    keeps_line: bool = Field(
        default=False, description="They may keep a line open: one leg to their phone that stays up between the calls they place."
    )
    is_active: bool = True


class PhoneAnswers(Shape):
    """Whether an agent's phone is told to answer by itself."""

    phone_answers: bool = Field(description="When it rings for a call of theirs outside; offers ring as ever.")


class LogInAt(Shape):
    """Where the agent comes on duty."""

    endpoint_id: Id | None = Field(default=None, description="None: the agent's own phone.")


class Pause(Shape):
    """Why the agent wants no calls."""

    pause_reason: Text


class ChosenCode(Shape):
    """The outcome of a call."""

    call_id: Id
    wrap_up_code: Id
