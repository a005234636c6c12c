"""One ask with all it is judged by."""

from dataclasses import dataclass

from routing.directory import AgentProfile, Directory, Project
from routing.outbound.asking import DialAsk, DialPurpose, Shown
from routing.outbound.callee import CalleeNumber
from routing.outbound.facts import DialFacts
from routing.outbound.rules import OutboundRules, ProjectOutbound
from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import ClientId


@dataclass(slots=True, kw_only=True)
class Case:
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
    is_advertising: bool
    shown: Shown | None = None
    rate_micros: int = 0
    minutes: int = 0
    consent_id: str | None = None

    @property
    def is_handing_on(self) -> bool:
        """Whether somebody is on the line already."""
        return self.ask.purpose.is_handing_on

    @property
    def was_asked_for(self) -> bool:
        """Whether the called party asked for this call themselves."""
        return self.ask.purpose is DialPurpose.CALLBACK


def case_of(ask: DialAsk, callee: CalleeNumber, facts: DialFacts, directory: Directory) -> Case:
    """The ask with what the directory knows of it."""
    project = directory.projects.get(ask.project_id) if ask.project_id is not None else None
    outbound = project.outbound if project is not None else None
    by_project = outbound is not None and (outbound.has_offer or outbound.kind.counts_as_advertising)
    # Who asked to be called, or is on the line already, is not advertised to, whatever else the project does.
    may_advertise = ask.purpose is not DialPurpose.CALLBACK and not ask.purpose.is_handing_on
    return Case(
        ask=ask,
        callee=callee,
        facts=facts,
        directory=directory,
        rules=directory.outbound,
        project=project,
        outbound=outbound,
        client_id=client_of(ask, project),
        agent=directory.agents.get(ask.agent_id) if ask.agent_id is not None else None,
        is_advertising=may_advertise and (ask.has_offer or by_project or ask.kind.counts_as_advertising),
    )


def client_of(ask: DialAsk, project: Project | None) -> ClientId | None:
    """Whose call it is: a project's calls are its client's, whatever else is said."""
    return project.client_id if project is not None else ask.client_id


def no(code: RefusalCode, **facts: str | int | None) -> Refusal:
    """The refusal with those facts that are known."""
    return Refusal(code=code, facts={name: value for name, value in facts.items() if value is not None})
