"""Which project's calls an agent may be offered at all, and the stated reason where not.

What holds between an agent's lasting facts and a project is checked here, once a directory revision, never a call at a time.
State, presence and rest are the agent machine's: it says `agent_available` only of agents who may be offered something.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from routing.directory import AgentProfile, Project
from telephony.identifiers import ProjectId


class Ineligibility(StrEnum):
    """Why an agent is not offered a call."""

    NO_SUCH_AGENT = "no_such_agent"
    NO_SUCH_PROJECT = "no_such_project"
    NOT_ACTIVE = "not_active"
    NOT_CERTIFIED = "not_certified"
    CLIENT_BLOCKED = "client_blocked"
    NOT_AVAILABLE = "not_available"
    CALLER_BLOCKED = "caller_blocked"
    SKILL_MISSING = "skill_missing"
    GRADE_TOO_LOW = "grade_too_low"
    KEPT_FOR_LAST_AGENT = "kept_for_last_agent"
    OUTSIDE_SHIFT = "outside_shift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ineligible:
    """The agent is not offered this: the first reason that holds, and the facts it rests on."""

    reason: Ineligibility
    facts: Mapping[str, str] = field(default_factory=dict)


Check = Callable[[AgentProfile, Project], Ineligible | None]


def _is_active(agent: AgentProfile, _project: Project) -> Ineligible | None:
    if agent.is_active:
        return None
    return Ineligible(reason=Ineligibility.NOT_ACTIVE, facts={"agent_id": agent.agent_id})


def _is_certified(agent: AgentProfile, project: Project) -> Ineligible | None:
    if project.project_id in agent.certificates:
        return None
    return Ineligible(reason=Ineligibility.NOT_CERTIFIED, facts={"agent_id": agent.agent_id, "project_id": project.project_id})


def _client_is_not_blocked(agent: AgentProfile, project: Project) -> Ineligible | None:
    if project.client_id not in agent.blocked_clients:
        return None
    return Ineligible(reason=Ineligibility.CLIENT_BLOCKED, facts={"agent_id": agent.agent_id, "client_id": project.client_id})


CHECKS: tuple[Check, ...] = (_is_active, _is_certified, _client_is_not_blocked)
"""In the order in which they are told; a new reason is a new line. A certificate is never relaxed."""


def ineligible(agent: AgentProfile | None, project: Project | None, outside: Collection[ProjectId] = ()) -> Ineligible | None:
    """The first reason why this agent gets no call of this project; None where the agent may have it.

    `outside`: projects that refuse agents outside their shifts, where this one is outside now.
    """
    if agent is None:
        return Ineligible(reason=Ineligibility.NO_SUCH_AGENT)
    if project is None:
        return Ineligible(reason=Ineligibility.NO_SUCH_PROJECT)
    for check in CHECKS:
        found = check(agent, project)
        if found is not None:
            return found
    if project.project_id in outside:
        facts = {"agent_id": agent.agent_id, "project_id": project.project_id}
        return Ineligible(reason=Ineligibility.OUTSIDE_SHIFT, facts=facts)
    return None
