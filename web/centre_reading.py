"""From what was sent to the centre's records."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from routing.aftercall.order_terms import OrderTerms
from routing.announcements import Announcements
from routing.callback import CallbackRules
from routing.departments import Department
from routing.directory import AgentProfile, Client, Project
from routing.hours import OpeningHours, Window
from routing.menu import Menu
from routing.outbound.rules import Caps, ProjectOutbound
from routing.overflow import OverflowRule
from routing.sampling import SamplingRules
from store.centre import Centre, TeamPlan
from telephony.demands import CallDemand, RelaxationStep
from telephony.identifiers import AgentId, ClientId, EndpointId, ProjectId, WrapUpCode
from telephony.recording_signs import RecordingSign
from web.schemas.agents import AgentFacts
from web.schemas.centre import CentreFacts, ClientFacts, ProjectFacts
from web.schemas.hours import HoursFacts, WindowFacts
from web.schemas.outbound import ProjectOutboundFacts
from web.schemas.teams import TeamFacts


def centre_of(facts: CentreFacts) -> Centre:
    """The whole centre described."""
    weights = facts.default_weights
    return Centre(
        clients=tuple(client_of(ClientId(c.client_id), c) for c in facts.clients),
        projects=tuple(project_of(ProjectId(p.project_id), p) for p in facts.projects),
        numbers={n.did: ProjectId(n.project_id) for n in facts.numbers},
        agents=tuple(agent_of(AgentId(a.agent_id), a) for a in facts.agents),
        teams=tuple(plan_of(t.team_id, t) for t in facts.teams),
        default_weights=(weights[0], weights[1], weights[2]) if weights is not None else None,
        home_country=facts.home_country,
        outside_shift=facts.outside_shift,
    )


def plan_of(team_id: str, facts: TeamFacts) -> TeamPlan:
    """The team with these facts."""
    return TeamPlan(
        team_id=team_id,
        name=facts.name,
        members=None if facts.members is None else frozenset(AgentId(each) for each in facts.members),
        leaders=None if facts.leaders is None else frozenset(each.strip().lower() for each in facts.leaders),
    )


def agent_of(agent_id: AgentId, facts: AgentFacts) -> AgentProfile:
    """The agent with these facts."""
    return AgentProfile(
        agent_id=agent_id,
        name=facts.name,
        level=facts.level,
        certificates=frozenset(ProjectId(p) for p in facts.certificates),
        level_by_project={ProjectId(p): level for p, level in facts.level_by_project.items()},
        endpoint_id=EndpointId(facts.endpoint_id) if facts.endpoint_id is not None else None,
        blocked_clients=frozenset(ClientId(c) for c in facts.blocked_clients),
        skills=facts.skills,
        languages=facts.languages,
        is_active=facts.is_active,
        team=facts.team,
        mailbox=facts.mailbox,
        phone_answers=facts.phone_answers,
        keeps_line=facts.keeps_line,
    )


def client_of(client_id: ClientId, facts: ClientFacts) -> Client:
    """The client with these facts."""
    caps = None if facts.caps is None else Caps(cost_micros=facts.caps.cost_micros, calls=facts.caps.calls)
    return Client(client_id=client_id, name=facts.name, caps=caps)


def project_of(project_id: ProjectId, facts: ProjectFacts) -> Project:
    """The project with these facts."""
    weights = facts.weights
    return Project(
        project_id=project_id,
        client_id=ClientId(facts.client_id),
        name=facts.name,
        language=facts.language,
        hours=hours_of(facts.hours) if facts.hours is not None else None,
        closed_treatment=facts.closed_treatment,
        at_closing=facts.at_closing,
        closing_grace_ms=facts.closing_grace_ms,
        answers_early=facts.answers_early,
        accepts_anonymous=facts.accepts_anonymous,
        music=facts.music,
        mailbox=facts.mailbox,
        ring_timeout_ms=facts.ring_timeout_ms,
        recovery_ms=facts.recovery_ms,
        wait_limit_ms=facts.wait_limit_ms,
        priority_weight=facts.priority_weight,
        weights=(weights[0], weights[1], weights[2]) if weights is not None else None,
        wrap_up_limit_ms=facts.wrap_up_limit_ms,
        wrap_up_extension_ms=facts.wrap_up_extension_ms,
        wrap_up_codes=tuple(WrapUpCode(code) for code in facts.wrap_up_codes),
        service_level_ms=facts.service_level_ms,
        menu=msgspec.convert(None if facts.menu is None else facts.menu.model_dump(), Menu | None),
        departments=msgspec.convert([each.model_dump() for each in facts.departments], tuple[Department, ...]),
        announcements=None if facts.announcements is None else Announcements(**facts.announcements.model_dump()),
        callback=CallbackRules(**facts.callback.model_dump()),
        demand=msgspec.convert(facts.demand.model_dump(), CallDemand),
        relaxation=msgspec.convert([step.model_dump() for step in facts.relaxation], tuple[RelaxationStep, ...]),
        preference_ms=facts.preference_ms,
        sticky_ms=facts.sticky_ms,
        outside_shift=facts.outside_shift,
        outbound=None if facts.outbound is None else _outbound(facts.outbound),
        orders=msgspec.convert(None if facts.orders is None else facts.orders.model_dump(), OrderTerms | None),
        overflow=msgspec.convert([rule.model_dump() for rule in facts.overflow], tuple[OverflowRule, ...]),
        sampling=None if facts.sampling is None else SamplingRules(**facts.sampling.model_dump()),
        recording_sign=RecordingSign(**facts.recording_sign.model_dump()),
    )


def _outbound(facts: ProjectOutboundFacts) -> ProjectOutbound:
    plain = msgspec.convert(facts.model_dump(exclude={"hours"}), ProjectOutbound)
    return replace(plain, hours=None if facts.hours is None else hours_of(facts.hours))


def hours_of(facts: HoursFacts) -> OpeningHours:
    """The hours as routing keeps them."""
    return OpeningHours(
        zone=facts.zone,
        week={int(day): _windows(windows) for day, windows in facts.week.items()},
        exceptions={day: _windows(windows) for day, windows in facts.exceptions.items()},
        holidays_of=facts.holidays_of,
        on_holidays=_windows(facts.on_holidays),
    )


def _windows(facts: Sequence[WindowFacts]) -> tuple[Window, ...]:
    return tuple(Window(opens=w.opens, closes=w.closes) for w in facts)
