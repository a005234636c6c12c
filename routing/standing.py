"""Where one agent stands now: what keeps every call away, and project by project who is ahead and by how much. Pure.

Read from the live floor, so the figures are those the next decision is made of. It costs a look at each available agent and at
the first waiting callers of each project, and changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from routing.directory import Directory, Project
from routing.eligibility import Ineligibility, Ineligible
from routing.explain import HINDRANCES, PAUSES, PLACES, STATES, Hindrance, Place, Said, refusal_told
from routing.floor import Floor
from routing.queueing import WaitingCall
from telephony.agent.evidence import Absence
from telephony.agent.model import Agent, AgentState
from telephony.identifiers import SECOND, AgentId, Instant, ProjectId

CALLERS_LOOKED_AT = 200

FORCED = Said(
    "Das System hat {agent} nach zu vielen nicht angenommenen Angeboten in Pause gesetzt; sie endet in höchstens "
    "{minutes} Minuten, wenn niemand sie bestätigt.",
    "The system paused {agent} after too many offers that were not taken; that ends in {minutes} minutes at most unless a person "
    "confirms it.",
)
FORCED_CONFIRMED = Said(
    "Die vom System gesetzte Pause hat ein Mensch bestätigt; sie gilt, bis sie jemand beendet.",
    "A person confirmed the pause that the system had set; it lasts until somebody ends it.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStanding:
    """One project: `ineligible` says why none of its calls, ever; else the place among the free, or None while not free."""

    project_id: ProjectId
    ineligible: Ineligible | None = None
    place: int | None = None
    available: int = 0
    waiting: int = 0
    share_pass: float = 0.0
    behind: float = 0.0
    """How far the pass is above the smallest of the project's free agents."""
    kept_from: Mapping[str, int] = field(default_factory=dict)
    """How many of the callers who wait now may not have this agent, by reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStanding:
    """One agent. `hindrances` keep every call away; without one the agent is free and the projects tell the rest."""

    agent_id: AgentId
    state: AgentState
    pause_reason: str | None = None
    rest_left_s: int = 0
    forced_left_s: int | None = None
    """How long a pause that the service set still lasts at most; None: it set none, or a person has confirmed it."""
    is_confirmed: bool = False
    """A person has confirmed the pause that the service had set."""
    hindrances: tuple[Hindrance, ...] = ()
    projects: tuple[ProjectStanding, ...] = ()

    @property
    def is_free(self) -> bool:
        """Whether the agent may be offered something now."""
        return self.state is AgentState.AVAILABLE and not self.hindrances


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What holds for everybody: whether offers are made at all."""

    is_draining: bool = False
    is_connected: bool = True


def standing_of(
    agent_id: AgentId,
    agent: Agent | None,
    floor: Floor,
    directory: Directory,
    *,
    now: Instant,
    is_reachable: bool,
    absence: Absence | None = None,
    service: Service,
) -> AgentStanding:
    """The agent's standing; `agent` None for one who was never on duty. `absence`: what the witnesses of presence say against."""
    state = AgentState.LOGGED_OUT if agent is None else agent.state
    rest_us = 0 if agent is None or agent.rest_until is None else max(agent.rest_until - now, 0)
    found = {
        Hindrance.RESTING: rest_us > 0,
        Hindrance.PHONE_UNREACHABLE: state is not AgentState.LOGGED_OUT and not is_reachable and absence is None,
        **{Hindrance(each.value): state is not AgentState.LOGGED_OUT and absence is each for each in Absence},
        Hindrance.DRAINING: service.is_draining,
        Hindrance.SWITCH_AWAY: not service.is_connected,
    }
    order, waiting = _up_to(agent_id, floor), _by_project(floor.waiting)
    return AgentStanding(
        agent_id=agent_id,
        state=state,
        pause_reason=None if agent is None else agent.pause_reason,
        rest_left_s=-(-rest_us // SECOND),
        forced_left_s=None if agent is None or agent.forced_until is None else -(-max(agent.forced_until - now, 0) // SECOND),
        is_confirmed=agent is not None and bool(agent.pause_confirmed_by),
        hindrances=tuple(hindrance for hindrance, holds in found.items() if holds),
        projects=tuple(
            _in_project(agent_id, project, floor, order=order, waiting=waiting.get(project_id, ()))
            for project_id, project in sorted(directory.projects.items())
        ),
    )


Order = Sequence[tuple[float, Instant, AgentId]]
"""The free agents of all projects, the smallest pass first."""


def _in_project(
    agent_id: AgentId, project: Project, floor: Floor, *, order: Order, waiting: Sequence[WaitingCall]
) -> ProjectStanding:
    never = floor.never(agent_id, project.project_id)
    if never is not None:
        return ProjectStanding(project_id=project.project_id, ineligible=never)
    kept: dict[str, int] = {}
    for call in waiting[:CALLERS_LOOKED_AT]:
        reason = floor.why_not_call(agent_id, call)
        if reason is not None and reason.reason is not Ineligibility.NOT_AVAILABLE:
            kept[reason.reason] = kept.get(reason.reason, 0) + 1
    ahead = [entry for entry in order if floor.never(entry[2], project.project_id) is None]
    own = floor.pass_of(agent_id) or 0.0
    is_free = bool(ahead) and ahead[-1][2] == agent_id
    return ProjectStanding(
        project_id=project.project_id,
        place=len(ahead) if is_free else None,
        available=floor.available_for(project.project_id),
        waiting=len(waiting),
        share_pass=own,
        behind=own - ahead[0][0] if is_free else 0.0,
        kept_from=kept,
    )


def _up_to(agent_id: AgentId, floor: Floor) -> Order:
    """The free agents ahead of this one, and this one; nobody where this one is not free."""
    available = floor.available
    if agent_id not in available:
        return ()
    own = (floor.pass_of(agent_id) or 0.0, available[agent_id], agent_id)
    passes = ((floor.pass_of(other) or 0.0, since, other) for other, since in available.items())
    return sorted(entry for entry in passes if entry <= own)


def _by_project(calls: Sequence[WaitingCall]) -> dict[ProjectId, list[WaitingCall]]:
    found: dict[ProjectId, list[WaitingCall]] = {}
    for call in calls:
        found.setdefault(call.project_id, []).append(call)
    return found


def hindrances_told(standing: AgentStanding, language: str, name: str) -> Sequence[tuple[str, str]]:
    """What keeps every call away, by code and as a sentence; that the agent is free where nothing does."""
    facts: dict[str, str | int | float] = {
        "agent": name,
        "pause_reason": _pause_told(standing.pause_reason, language),
        "seconds": standing.rest_left_s,
    }
    told = [(hindrance.value, HINDRANCES[hindrance].told(language, facts)) for hindrance in standing.hindrances]
    if standing.state is AgentState.AVAILABLE and told:
        return told
    return [(standing.state.value, STATES[standing.state].told(language, facts)), *_forced_told(standing, language, name), *told]


def _forced_told(standing: AgentStanding, language: str, name: str) -> Sequence[tuple[str, str]]:
    if standing.is_confirmed:
        return [("forced_pause", FORCED_CONFIRMED.told(language, {"agent": name}))]
    if standing.forced_left_s is None:
        return []
    return [("forced_pause", FORCED.told(language, {"agent": name, "minutes": -(-standing.forced_left_s // 60)}))]


def _pause_told(reason: str | None, language: str) -> str:
    if reason is None:
        return "–"
    return PAUSES[reason].told(language) if reason in PAUSES else reason


def project_told(standing: AgentStanding, project: ProjectStanding, language: str, name: str) -> tuple[str, str]:
    """Why the agent is, or is not, offered the project's calls now: the code and the sentence."""
    facts: dict[str, str | int | float] = {"agent": name, "project": project.project_id}
    if project.ineligible is not None:
        code = project.ineligible.reason
        client = project.ineligible.facts.get("client_id")
        return code.value, refusal_told(code, language, facts if client is None else {**facts, "client": client})
    if project.place is None:
        if standing.is_free:
            return Ineligibility.NOT_AVAILABLE.value, refusal_told(Ineligibility.NOT_AVAILABLE, language, facts)
        code_, sentence = hindrances_told(standing, language, name)[0]
        return code_, sentence
    place = Place.NEXT if project.place == 1 else Place.BEHIND
    facts |= {"place": project.place, "available": project.available, "waiting": project.waiting}
    facts |= {"share_pass": project.share_pass, "behind": project.behind}
    return place.value, PLACES[place].told(language, facts)
