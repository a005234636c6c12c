"""Finds all that is wrong with a description of the centre, at once; the database's own contents are handed in."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from routing.aftercall.order_terms import faults_of_terms
from routing.announcements import faults_of as faults_of_announcements
from routing.callback import faults_of as faults_of_callback
from routing.departments import faults_of as faults_of_departments
from routing.directory import AgentProfile, ClosingTreatment, Project
from routing.hours import faults_of as faults_of_hours
from routing.levels.rule import faults_of as faults_of_level_rule
from routing.menu import faults_of as faults_of_menu
from routing.outbound.verdicts import faults_of_codes, faults_of_targets
from routing.overflow import faults_of as faults_of_overflow
from routing.recording_signs import faults_of as faults_of_sign
from routing.sampling import faults_of as faults_of_sampling
from store.centre import Centre, Fault, TeamPlan
from telephony.demands import HIGHEST_GRADE, LOWEST_GRADE, faults_of_demand
from telephony.faults import FaultCode, Inside, Wrong
from telephony.identifiers import AgentId, ClientId, EndpointId, ProjectId

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DID = re.compile(r"\+[1-9][0-9]{2,14}")
_DURATIONS = (
    "closing_grace_ms",
    "ring_timeout_ms",
    "recovery_ms",
    "wrap_up_limit_ms",
    "wrap_up_extension_ms",
    "service_level_ms",
)
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the database has and the description may refer to."""

    clients: Collection[ClientId]
    projects: Collection[ProjectId]
    agents: Collection[AgentId]
    endpoints: Mapping[EndpointId, AgentId]
    standing: Mapping[ProjectId, Project] = field(default_factory=dict)
    """The projects as they are now: what is described may lead to them."""
    teams: Collection[str] = ()
    leaders: Collection[str] = ()
    """Log-ins of team leaders."""
    deciders: Collection[str] = ()
    """Log-ins of supervisors and administrators in use: who may answer what agents contest."""


def faults_of(centre: Centre, known: Known) -> list[Fault]:
    """Every fault of the description; empty: it can be applied."""
    clients = {*known.clients, *(client.client_id for client in centre.clients)}
    projects = {*known.projects, *(project.project_id for project in centre.projects)}
    faults = list(_repeated("client", (each.client_id for each in centre.clients)))
    faults += _repeated("project", (each.project_id for each in centre.projects))
    faults += _repeated("agent", (each.agent_id for each in centre.agents))
    faults += _repeated("endpoint", (each.endpoint_id for each in centre.endpoints))
    for client in centre.clients:
        faults += _id_and_name("client", client.client_id, client.name)
    for project in centre.projects:
        faults += _of_project(project, clients)
    faults += _of_overflow(centre.projects, known)
    faults += _of_dial_codes(centre.projects, known)
    for did, project_id in centre.numbers.items():
        faults += _of_number(did, project_id, projects)
    for agent in centre.agents:
        faults += _of_agent(agent, clients, projects)
    faults += _of_teams(centre, known)
    faults += _of_endpoints(centre, known)
    faults += _of_levels(centre, projects, {*known.deciders, *centre.deciders})
    if centre.default_weights is not None:
        faults += _weights("centre default_weights", centre.default_weights)
    if centre.home_country is not None and not re.fullmatch("[A-Z]{2}", centre.home_country):
        faults.append(Fault(where="centre home_country", what=Wrong(FaultCode.BAD_COUNTRY, value=centre.home_country)))
    return faults


def _of_levels(centre: Centre, projects: Collection[ProjectId], deciders: Collection[str]) -> Iterator[Fault]:
    if centre.level_rule is None:
        return
    for fault in faults_of_level_rule(centre.level_rule):
        yield Fault(where=f"levels {fault.key}", what=fault.what)
    for project_id in sorted(set(centre.level_rule.positive_codes) - set(projects)):
        yield Fault(where="levels positive_codes", what=Wrong(FaultCode.UNKNOWN_PROJECT, project=project_id))
    if centre.level_rule.contact is not None and centre.level_rule.contact not in deciders:
        what = Wrong(FaultCode.NOT_A_DECIDER, login=centre.level_rule.contact)
        yield Fault(where="levels contact", what=what)


def _repeated(what: str, ids: Iterable[str]) -> Iterator[Fault]:
    seen = set[str]()
    for each in ids:
        if each in seen:
            yield Fault(where=f"{what} {each}", what=Wrong(FaultCode.DESCRIBED_TWICE))
        seen.add(each)


def _id_and_name(what: str, identifier: str, name: str) -> Iterator[Fault]:
    if not _ID.fullmatch(identifier):
        yield Fault(where=f"{what} {identifier!r}", what=Wrong(FaultCode.BAD_ID))
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        yield Fault(where=f"{what} {identifier} name", what=Wrong(FaultCode.BAD_NAME, most=_LONGEST_NAME))


def _of_project(project: Project, clients: Collection[ClientId]) -> Iterator[Fault]:
    where = f"project {project.project_id}"
    yield from _id_and_name("project", project.project_id, project.name)
    if project.client_id not in clients:
        yield Fault(where=f"{where} client_id", what=Wrong(FaultCode.UNKNOWN_CLIENT, client=project.client_id))
    for key in _DURATIONS:
        if getattr(project, key) < 0:
            yield Fault(where=f"{where} {key}", what=Wrong(FaultCode.NEGATIVE, value=getattr(project, key)))
    if project.wait_limit_ms is not None and project.wait_limit_ms <= 0:
        yield Fault(where=f"{where} wait_limit_ms", what=Wrong(FaultCode.NO_TIME_TO_WAIT, value=project.wait_limit_ms))
    if not (isfinite(project.priority_weight) and project.priority_weight > 0):
        yield Fault(where=f"{where} priority_weight", what=Wrong(FaultCode.NOT_ABOVE_ZERO, value=str(project.priority_weight)))
    if project.weights is not None:
        yield from _weights(f"{where} weights", project.weights)
    if project.closing_grace_ms and project.at_closing is ClosingTreatment.SERVE:
        yield Fault(where=f"{where} closing_grace_ms", what=Wrong(FaultCode.GRACE_WITHOUT_CLOSING))
    if project.announcements is not None:
        said = faults_of_announcements(project.announcements, answers_early=project.answers_early)
        yield from (Fault(where=f"{where} announcements", what=what) for what in said)
    yield from (Fault(where=f"{where} callback", what=what) for what in faults_of_callback(project.callback))
    if project.hours is not None:
        yield from (Fault(where=f"{where} hours.{one.where}", what=one.what) for one in faults_of_hours(project.hours))
    yield from _repeated(f"{where} wrap_up_codes", project.wrap_up_codes)
    yield from _after_calls(where, project)
    yield from (Fault(where=f"{where} {key}", what=what) for key, what in faults_of_demand(project.demand, project.relaxation))


def _after_calls(where: str, project: Project) -> Iterator[Fault]:
    if project.outbound is not None:
        said = faults_of_codes(project.outbound.codes, project.wrap_up_codes)
        yield from (Fault(where=f"{where} outbound codes", what=what) for what in said)
        promised = faults_of_targets(project.outbound.targets)
        yield from (Fault(where=f"{where} outbound targets", what=what) for what in promised)
    yield from (Fault(where=f"{where} recording_sign", what=what) for what in faults_of_sign(project.recording_sign))
    if project.sampling is not None:
        said = faults_of_sampling(project.sampling, answers_early=project.answers_early)
        yield from (Fault(where=f"{where} sampling", what=what) for what in said)
    if project.orders is not None:
        yield from (Fault(where=f"{where} orders", what=what) for what in faults_of_terms(project.orders))


def _of_overflow(described: Sequence[Project], known: Known) -> Iterator[Fault]:
    """Rules lead from project to project: they are looked at all together, as they will be, and told where one is described."""
    named = {project.project_id for project in described}
    if not described:
        return
    projects = {**known.standing, **{project.project_id: project for project in described}}
    for project in described:
        if project.menu is not None:
            said = faults_of_menu(project.menu, project, projects, answers_early=project.answers_early)
            yield from (Fault(where=f"project {project.project_id} menu", what=what) for what in said)
        said_of_departments = faults_of_departments(project, projects)
        yield from (Fault(where=f"project {project.project_id} departments", what=what) for what in said_of_departments)
    for fault in faults_of_overflow(projects):
        where = fault.project_id if fault.project_id in named else described[0].project_id
        yield Fault(
            where=f"project {where} overflow",
            what=fault.what.inside(
                Inside.RULE, fault.place if where == fault.project_id else f"{fault.place} of {fault.project_id}"
            ),
        )


def _weights(where: str, weights: tuple[float, float, float]) -> Iterator[Fault]:
    if not all(isfinite(weight) and weight > 0 for weight in weights):
        yield Fault(where=where, what=Wrong(FaultCode.BAD_SHARES, shares=str(list(weights))))


def _of_dial_codes(projects: Sequence[Project], known: Known) -> Iterator[Fault]:
    """A code that a phone dials has to mean one project."""
    described = {project.project_id: project for project in projects}
    meant: dict[str, ProjectId] = {}
    for project_id, project in ({**known.standing, **described}).items():
        code = "" if project.outbound is None else project.outbound.dial_code
        other = meant.setdefault(code, project_id) if code else project_id
        if other != project_id:
            where = project_id if project_id in described else other
            same = other if where == project_id else project_id
            yield Fault(
                where=f"project {where} outbound.dial_code", what=Wrong(FaultCode.DIAL_CODE_TAKEN, dialled=code, project=same)
            )


def _of_number(did: str, project_id: ProjectId, projects: Collection[ProjectId]) -> Iterator[Fault]:
    if not _DID.fullmatch(did):
        yield Fault(where=f"number {did!r}", what=Wrong(FaultCode.BAD_NUMBER))
    if project_id not in projects:
        yield Fault(where=f"number {did}", what=Wrong(FaultCode.UNKNOWN_PROJECT, project=project_id))


def _of_agent(agent: AgentProfile, clients: Collection[ClientId], projects: Collection[ProjectId]) -> Iterator[Fault]:
    where = f"agent {agent.agent_id}"
    yield from _id_and_name("agent", agent.agent_id, agent.name)
    if agent.level not in (1, 2, 3):
        yield Fault(where=f"{where} level", what=Wrong(FaultCode.BAD_LEVEL, value=agent.level))
    for project_id in sorted(agent.certificates - set(projects)):
        yield Fault(where=f"{where} certificates", what=Wrong(FaultCode.UNKNOWN_PROJECT, project=project_id))
    for project_id, level in agent.level_by_project.items():
        if project_id not in projects:
            yield Fault(where=f"{where} level_by_project", what=Wrong(FaultCode.UNKNOWN_PROJECT, project=project_id))
        if level not in (1, 2, 3):
            yield Fault(where=f"{where} level_by_project {project_id}", what=Wrong(FaultCode.BAD_LEVEL, value=level))
    for name, grade in agent.grades.items():
        if not LOWEST_GRADE <= grade <= HIGHEST_GRADE:
            yield Fault(
                where=f"{where} skills {name}",
                what=Wrong(FaultCode.BAD_GRADE, grade=grade, lowest=LOWEST_GRADE, highest=HIGHEST_GRADE),
            )
    for client_id in sorted(agent.blocked_clients - set(clients)):
        yield Fault(where=f"{where} blocked_clients", what=Wrong(FaultCode.UNKNOWN_CLIENT, client=client_id))


def _of_teams(centre: Centre, known: Known) -> Iterator[Fault]:
    teams = {*known.teams, *(plan.team_id for plan in centre.teams)}
    yield from _repeated("team", (plan.team_id for plan in centre.teams))
    for agent in centre.agents:
        if agent.team is not None and agent.team not in teams:
            yield Fault(where=f"agent {agent.agent_id} team", what=Wrong(FaultCode.UNKNOWN_TEAM, team=agent.team))
    described = {agent.agent_id: agent.team for agent in centre.agents}
    seen: dict[str, str] = {}
    for plan in centre.teams:
        yield from _id_and_name("team", plan.team_id, plan.name)
        yield from _of_people(plan, {*known.agents, *described}, known.leaders)
        for agent_id in sorted(plan.members or ()):
            other = described.get(agent_id) or seen.get(agent_id)
            if other is not None and other != plan.team_id:
                what = Wrong(FaultCode.IN_ANOTHER_TEAM, agent=agent_id, team=other)
                yield Fault(where=f"team {plan.team_id} members", what=what)
            seen[agent_id] = plan.team_id
        listed = described if plan.members is None else plan.members
        for agent_id in (each for each, team in described.items() if team == plan.team_id and each not in listed):
            what = Wrong(FaultCode.IN_IT_BY_OWN_ENTRY, agent=agent_id)
            yield Fault(where=f"team {plan.team_id} members", what=what)


def _of_people(plan: TeamPlan, agents: Collection[str], leaders: Collection[str]) -> Iterator[Fault]:
    for agent_id in sorted(plan.members or ()):
        if agent_id not in agents:
            yield Fault(where=f"team {plan.team_id} members", what=Wrong(FaultCode.UNKNOWN_AGENT, agent=agent_id))
    for login in sorted(plan.leaders or ()):
        if login not in leaders:
            what = Wrong(FaultCode.NOT_A_LEADER, login=login)
            yield Fault(where=f"team {plan.team_id} leaders", what=what)


def _of_endpoints(centre: Centre, known: Known) -> Iterator[Fault]:
    agents = {*known.agents, *(agent.agent_id for agent in centre.agents)}
    owners = dict(known.endpoints)
    for endpoint in centre.endpoints:
        yield from _endpoint_id(f"endpoint {endpoint.endpoint_id!r}", endpoint.endpoint_id)
        if endpoint.agent_id not in agents:
            yield Fault(where=f"endpoint {endpoint.endpoint_id}", what=Wrong(FaultCode.UNKNOWN_AGENT, agent=endpoint.agent_id))
        owners[endpoint.endpoint_id] = endpoint.agent_id
    for agent in centre.agents:
        if agent.endpoint_id is None:
            continue
        yield from _endpoint_id(f"agent {agent.agent_id} endpoint_id", agent.endpoint_id)
        owner = owners.setdefault(agent.endpoint_id, agent.agent_id)
        if owner != agent.agent_id:
            yield Fault(
                where=f"agent {agent.agent_id} endpoint_id",
                what=Wrong(FaultCode.PHONE_OF_ANOTHER, endpoint=agent.endpoint_id, agent=owner),
            )


def _endpoint_id(where: str, endpoint_id: str) -> Iterator[Fault]:
    if not _ID.fullmatch(endpoint_id):
        yield Fault(where=where, what=Wrong(FaultCode.BAD_ID))
