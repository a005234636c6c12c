"""A routing decision as the journal keeps it: the candidates compared, the calls passed over, and why. Has a term of its own."""

from enum import StrEnum

import msgspec

from telephony.demands import SkillNeed
from telephony.events import Event
from telephony.identifiers import AgentId, CallId, DecisionId, Instant, ProjectId


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An agent who was compared: the pass at the time and since when idle."""

    agent_id: AgentId
    level: int
    share_pass: float
    idle_since: Instant


class Choice(StrEnum):
    """Why the chosen agent stood first."""

    SHARE = "share"
    """The smallest pass of those who may take the call."""
    PREFERENCE = "preference"
    """The smallest pass of those who meet what the call prefers."""
    LAST_AGENT = "last_agent"
    """The caller talked to them last."""


class RefusedAgent(msgspec.Struct, frozen=True, kw_only=True):
    """An agent of the project who would have come before the chosen one, and why they might not have the call."""

    agent_id: AgentId
    share_pass: float
    refusal: str


class SkippedHead(msgspec.Struct, frozen=True, kw_only=True):
    """A call the agent could have taken by its place, and the refusal's code."""

    call_id: CallId
    project_id: ProjectId
    refusal: str


class DecisionTaken(Event, frozen=True, kw_only=True):
    """One claim of one agent for one call; `decision_id` is the call's id and the number of the offer."""

    decision_id: DecisionId
    call_id: CallId
    agent_id: AgentId
    project_id: ProjectId
    level: int
    weight: float
    pass_before: float
    pass_after: float
    waited_ms: int
    candidates: tuple[Candidate, ...]
    """The first few by pass, the chosen one first."""
    candidates_in_all: int
    skipped: tuple[SkippedHead, ...]
    heads_looked_at: int
    rule_version: str
    directory_revision: int
    chosen_by: Choice = Choice.SHARE
    needs: tuple[SkillNeed, ...] = ()  # what was required at the time, after relaxation
    preferred: tuple[SkillNeed, ...] = ()
    relaxation_stage: int = 0  # how often relaxation had changed what the call asks for
    priority_ms: int = 0  # counted as waiting time
    refused: tuple[RefusedAgent, ...] = ()
    agents_looked_at: int = 0
