"""A call's story in words, and why an agent is or is not offered calls."""

from datetime import datetime

from pydantic import Field

from web.language import Language
from web.schemas.types import Asked, Shown


class StoryLine(Shown):
    """One thing that happened, as a sentence."""

    at: datetime
    kind: str
    agent_id: str | None
    decision_id: str | None = Field(description="Set on the sentences of a routing decision.")
    sentence: str


class CallTold(Shown):
    """A call's story in words."""

    call_id: str
    language: Language
    lines: list[StoryLine]


class ReasonShown(Shown):
    """One reason: its stable code, and the sentence for people."""

    code: str
    sentence: str


class KeptFrom(ReasonShown):
    """Callers who wait now and may not have this agent."""

    callers: int


class ProjectWhy(ReasonShown):
    """Why the agent is, or is not, offered the calls of a project now. `next` and `behind`: the agent is among the free."""

    project_id: str
    place: int | None = Field(description="1: next. Null while not free, or never offered calls of the project.")
    available: int
    waiting: int
    share_pass: float
    behind: float = Field(description="By how much the pass is above the smallest of the free.")
    kept_from: list[KeptFrom]


class PastDecision(ReasonShown):
    """A decision of one of the agent's projects, and what it had to do with the agent."""

    call_id: str | None = Field(description="Null where the call went to somebody out of reach.")
    decision_id: str | None
    project_id: str
    decided_at: datetime


class AgentWhy(Shown):
    """Why an agent is, or is not, offered calls: now, project by project, and in the last decisions."""

    agent_id: str
    language: Language
    state: str
    is_free: bool
    reasons: list[ReasonShown]
    projects: list[ProjectWhy]
    decisions: list[PastDecision]


class WhyQuery(Asked):
    """How far back."""

    last: int = Field(default=10, ge=0, le=100, description="How many of the latest decisions of the agent's projects.")
