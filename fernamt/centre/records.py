"""Entries of a centre file as the records that routing and the store work with."""

from typing import Any

import msgspec

from fernamt.centre.entries import BESIDE, AgentEntry, CentreEntries, ClientEntry, EndpointEntry, ProjectEntry, TeamEntry
from fernamt.centre.hours_entries import hours_of, values_of_hours
from fernamt.centre.level_entries import rule_of
from fernamt.centre.outbound_entries import outbound_of, rules_of, values_of_outbound
from routing.aftercall.order_terms import OrderTerms
from routing.announcements import Announcements
from routing.callback import CallbackRules
from routing.departments import Department
from routing.directory import AgentProfile, Client, Project
from routing.menu import Menu
from routing.outbound.rules import Caps
from routing.overflow import OverflowRule
from routing.sampling import SamplingRules
from store.centre import Centre, Endpoint, TeamListed, TeamPlan
from telephony.demands import CallDemand, RelaxationStep
from telephony.identifiers import AgentId, ClientId, EndpointId, ProjectId, WrapUpCode
from telephony.recording_signs import RecordingSign
from web.permissions import Role


def centre_of(entries: CentreEntries) -> Centre:
    """The part of a centre that the entries describe."""
    return Centre(
        clients=tuple(client_of(entry) for entry in entries.clients),
        projects=tuple(project_of(entry) for entry in entries.projects),
        numbers={entry.did: ProjectId(entry.project_id) for entry in entries.numbers},
        agents=tuple(agent_of(entry) for entry in entries.agents),
        endpoints=tuple(endpoint_of(entry) for entry in entries.endpoints),
        teams=tuple(team_of(entry) for entry in entries.teams),
        default_weights=entries.default_weights,
        home_country=entries.home_country,
        ageing_ms=entries.ageing_ms,
        outside_shift=entries.outside_shift,
        outbound=None if entries.outbound is None else rules_of(entries.outbound),
        level_rule=None if entries.levels is None else rule_of(entries.levels),
        deciders=frozenset(each.login for each in entries.users if each.role in (Role.SUPERVISOR, Role.ADMIN)),
        caller_lists=None if entries.caller_lists is None else {each.name: each.priority_ms for each in entries.caller_lists},
    )


def client_of(entry: ClientEntry) -> Client:
    """The client the entry describes."""
    caps = None if entry.caps is None else Caps(cost_micros=entry.caps.cost_micros, calls=entry.caps.calls)
    return Client(client_id=ClientId(entry.client_id), name=entry.name, caps=caps)


def values_of_client(client: Client) -> dict[str, Any]:
    """The client as an entry would say it."""
    caps = None if client.caps is None else {"cost_micros": client.caps.cost_micros, "calls": client.caps.calls}
    return {"client_id": client.client_id, "name": client.name, "caps": caps}


def project_of(entry: ProjectEntry) -> Project:
    """The project the entry describes."""
    return Project(
        project_id=ProjectId(entry.project_id),
        client_id=ClientId(entry.client_id),
        name=entry.name,
        language=entry.language,
        hours=hours_of(entry.hours) if entry.hours is not None else None,
        closed_treatment=entry.closed_treatment,
        at_closing=entry.at_closing,
        closing_grace_ms=entry.closing_grace_ms,
        answers_early=entry.answers_early,
        accepts_anonymous=entry.accepts_anonymous,
        music=entry.music,
        mailbox=entry.mailbox,
        ring_timeout_ms=entry.ring_timeout_ms,
        recovery_ms=entry.recovery_ms,
        wait_limit_ms=entry.wait_limit_ms,
        priority_weight=entry.priority_weight,
        weights=entry.weights,
        wrap_up_limit_ms=entry.wrap_up_limit_ms,
        wrap_up_extension_ms=entry.wrap_up_extension_ms,
        wrap_up_codes=tuple(WrapUpCode(code) for code in entry.wrap_up_codes),
        service_level_ms=entry.service_level_ms,
        menu=msgspec.convert(None if entry.menu is None else entry.menu.model_dump(), Menu | None),
        departments=msgspec.convert([each.model_dump() for each in entry.departments], tuple[Department, ...]),
        announcements=None if entry.announcements is None else Announcements(**entry.announcements.model_dump()),
        callback=CallbackRules(**entry.callback.model_dump()),
        demand=msgspec.convert(entry.demand.model_dump(), CallDemand),
        relaxation=msgspec.convert([step.model_dump() for step in entry.relaxation], tuple[RelaxationStep, ...]),
        preference_ms=entry.preference_ms,
        sticky_ms=entry.sticky_ms,
        outside_shift=entry.outside_shift,
        outbound=None if entry.outbound is None else outbound_of(entry.outbound),
        orders=msgspec.convert(None if entry.orders is None else entry.orders.model_dump(), OrderTerms | None),
        overflow=msgspec.convert([rule.model_dump() for rule in entry.overflow], tuple[OverflowRule, ...]),
        sampling=None if entry.sampling is None else SamplingRules(**entry.sampling.model_dump()),
        recording_sign=RecordingSign(**entry.recording_sign.model_dump()),
    )


def agent_of(entry: AgentEntry) -> AgentProfile:
    """The agent the entry describes; the phone is called like the agent where the entry names none."""
    return AgentProfile(
        agent_id=AgentId(entry.agent_id),
        name=entry.name,
        level=entry.level,
        certificates=frozenset(ProjectId(project) for project in entry.certificates),
        level_by_project={ProjectId(project): level for project, level in entry.level_by_project.items()},
        endpoint_id=EndpointId(entry.endpoint_id or entry.agent_id),
        blocked_clients=frozenset(ClientId(client) for client in entry.blocked_clients),
        skills=entry.skills,
        languages=entry.languages,
        is_active=entry.is_active,
        team=entry.team,
        mailbox=entry.mailbox,
        phone_answers=entry.phone_answers,
        keeps_line=entry.keeps_line,
    )


def endpoint_of(entry: EndpointEntry) -> Endpoint:
    """The phone the entry describes."""
    return Endpoint(
        endpoint_id=EndpointId(entry.endpoint_id),
        agent_id=AgentId(entry.agent_id),
        is_browser=entry.is_browser,
    )


def team_of(entry: TeamEntry) -> TeamPlan:
    """The team the entry describes."""
    return TeamPlan(
        team_id=entry.team_id,
        name=entry.name,
        members=None if entry.members is None else frozenset(map(AgentId, entry.members)),
        leaders=None if entry.leaders is None else frozenset(entry.leaders),
    )


def values_of_team(listed: TeamListed) -> dict[str, Any]:
    """The team as an entry would say it."""
    team = listed.team
    return {"team_id": team.team_id, "name": team.name, "members": list(listed.members), "leaders": list(listed.leaders)}


def values_of_project(project: Project) -> dict[str, Any]:
    """The project as an entry would say it: the way back, for lists and for changing one key."""
    elsewhere = ("hours", "shared_departments", *BESIDE)
    values = {name: getattr(project, name) for name in ProjectEntry.model_fields if name not in elsewhere}
    values["closed_treatment"] = project.closed_treatment.value
    values["at_closing"] = project.at_closing.value
    values["outbound"] = None if project.outbound is None else values_of_outbound(project.outbound)
    values["orders"] = None if project.orders is None else _given(project.orders)
    values["sampling"] = None if project.sampling is None else _given(project.sampling)
    values["recording_sign"] = _given(project.recording_sign)
    values["outside_shift"] = None if project.outside_shift is None else project.outside_shift.value
    values["wrap_up_codes"] = list(project.wrap_up_codes)
    values["menu"] = None if project.menu is None else _given(project.menu)
    values["departments"] = [_given(department) for department in project.departments]
    values["announcements"] = None if project.announcements is None else _given(project.announcements)
    values["callback"] = _given(project.callback)
    values["overflow"] = [_given(rule) for rule in project.overflow]
    values["demand"] = _given(project.demand)
    values["relaxation"] = [_of_step(step) for step in project.relaxation]
    values["weights"] = list(project.weights) if project.weights is not None else None
    values["hours"] = values_of_hours(project.hours) if project.hours is not None else None
    return values


def values_of_agent(agent: AgentProfile) -> dict[str, Any]:
    """The agent as an entry would say it."""
    return {
        "agent_id": agent.agent_id,
        "name": agent.name,
        "level": agent.level,
        "certificates": sorted(agent.certificates),
        "level_by_project": dict(sorted(agent.level_by_project.items())),
        "endpoint_id": agent.endpoint_id,
        "blocked_clients": sorted(agent.blocked_clients),
        "skills": dict(sorted(agent.skills.items())),
        "languages": dict(sorted(agent.languages.items())),
        "team": agent.team,
        "mailbox": agent.mailbox,
        "phone_answers": agent.phone_answers,
        "keeps_line": agent.keeps_line,
        "is_active": agent.is_active,
    }


def _of_step(step: RelaxationStep) -> dict[str, Any]:
    return {**_given(step), "lower": [{"skill": each.skill, "grade": each.grade} for each in step.lower]}


def _given(record: object) -> dict[str, Any]:
    """What the record says that is not left out."""
    told = _without_none(msgspec.to_builtins(record))
    return dict(told)


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_none(inner) for name, inner in value.items() if inner is not None}
    return [_without_none(inner) for inner in value] if isinstance(value, list | tuple) else value
