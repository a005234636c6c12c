"""One ask with all it is judged by."""

import msgspec

from routing.directory import AgentProfile, Directory, Project
from routing.outbound.asking import DialAsk, DialPurpose, Shown, WorkKind
from routing.outbound.callee import CalleeNumber
from routing.outbound.facts import ConsentPurpose, DialFacts, Spending
from routing.outbound.rules import Caps, OutboundRules, ProjectOutbound
from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import ClientId


class Case(msgspec.Struct, kw_only=True):
    """One ask with all it is judged by, and what the rules found on their way."""

    ask: DialAsk
    callee: CalleeNumber
    facts: DialFacts
    directory: Directory
    rules: OutboundRules
    project: Project | None
    outbound: ProjectOutbound | None
    client_id: ClientId | None
    agent: AgentProfile | None
    is_handing_on: bool
    """Whether somebody is on the line already."""
    was_asked_for: bool
    """Whether the called party asked for this call themselves."""
    is_advertising: bool
    capped: tuple[tuple[str, Caps, Spending], ...]
    """Whose daily caps the call falls under, and what of them is gone."""
    shown: Shown | None = None
    rate_micros: int = 0
    minutes: int = 0
    consent_id: str | None = None


def case_of(ask: DialAsk, callee: CalleeNumber, facts: DialFacts, directory: Directory) -> Case:
    """The ask with what the directory knows of it."""
    project = directory.projects.get(ask.project_id) if ask.project_id is not None else None
    outbound = project.outbound if project is not None else None
    by_project = outbound is not None and (outbound.has_offer or outbound.kind.counts_as_advertising)
    # Who asked to be called, or is on the line already, is not advertised to, whatever else the project does.
    is_handing_on, was_asked_for = ask.purpose.is_handing_on, ask.purpose is DialPurpose.CALLBACK
    client_id = client_of(ask, project)
    return Case(
        ask=ask,
        callee=callee,
        facts=facts,
        directory=directory,
        rules=directory.outbound,
        project=project,
        outbound=outbound,
        client_id=client_id,
        agent=directory.agents.get(ask.agent_id) if ask.agent_id is not None else None,
        is_handing_on=is_handing_on,
        was_asked_for=was_asked_for,
        is_advertising=not (is_handing_on or was_asked_for) and (ask.has_offer or by_project or ask.kind.counts_as_advertising),
        capped=_capped(ask, client_id, facts, directory),
    )


def _capped(
    ask: DialAsk, client_id: ClientId | None, facts: DialFacts, directory: Directory
) -> tuple[tuple[str, Caps, Spending], ...]:
    rules = directory.outbound
    found: tuple[tuple[str, Caps, Spending], ...] = (("centre", rules.in_all, facts.of_centre),)
    client = directory.clients.get(client_id) if client_id is not None else None
    if client is not None:
        found = (("client", client.caps or rules.per_client, facts.of_client), *found)
    return found if ask.agent_id is None else (("agent", rules.per_agent, facts.of_agent), *found)


def consent_needed(ask: DialAsk, project: Project | None) -> ConsentPurpose:
    """What the called party has to have consented to, where anything: a survey that offers something is advertising."""
    outbound = project.outbound if project is not None else None
    kinds = {ask.kind} if outbound is None else {ask.kind, outbound.kind}
    offers = ask.has_offer or (outbound is not None and outbound.has_offer)
    is_survey = WorkKind.SURVEY in kinds and WorkKind.ADVERTISING not in kinds
    return ConsentPurpose.SURVEY if is_survey and not offers else ConsentPurpose.ADVERTISING


def client_of(ask: DialAsk, project: Project | None) -> ClientId | None:
    """Whose call it is: a project's calls are its client's, whatever else is said."""
    return project.client_id if project is not None else ask.client_id


def no(code: RefusalCode, **facts: str | int | None) -> Refusal:
    """The refusal with those facts that are known."""
    return Refusal(code=code, facts={name: value for name, value in facts.items() if value is not None})
