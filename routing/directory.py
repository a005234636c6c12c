"""The centre as routing sees it: clients, projects, numbers, agents. An immutable revision, swapped whole when it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from routing.aftercall.order_terms import OrderTerms
from routing.announcements import Announcements
from routing.callback import CallbackRules
from routing.departments import Department
from routing.hours import OpeningHours
from routing.menu import Menu
from routing.outbound.rules import Caps, OutboundRules, ProjectOutbound
from routing.outbound.shown import Rights
from routing.overflow import OverflowRule
from routing.sampling import SamplingRules
from telephony.demands import CallDemand, Matching, RelaxationStep, language_skill
from telephony.identifiers import AgentId, ClientId, EndpointId, ProjectId, WrapUpCode
from telephony.recording_signs import NO_SIGN, RecordingSign


class ClosedTreatment(StrEnum):
    """What a caller outside the opening hours gets."""

    MACHINE = "machine"
    REJECT = "reject"


class ClosingTreatment(StrEnum):
    """What becomes of callers who wait when the project closes."""

    SERVE = "serve"
    """They wait on, and are served like all others."""
    CLOSE = "close"
    """They get the closed treatment once the grace is over."""


class OutsideShift(StrEnum):
    """What a project does about agents who want its calls outside the shifts they are booked for."""

    ALLOW = "allow"
    ALLOW_WITH_NOTE = "allow_with_note"
    """They get its calls, and that is on record."""
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The company in whose name calls are answered."""

    client_id: ClientId
    name: str
    caps: Caps | None = None
    """What its calls outside may cost in a day; None: what the centre says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One line of work for a client. Durations in milliseconds; `weights` are shares of level 1, 2 and 3."""

    project_id: ProjectId
    client_id: ClientId
    name: str
    language: str = "de"
    hours: OpeningHours | None = None
    """None: always open."""
    closed_treatment: ClosedTreatment = ClosedTreatment.MACHINE
    at_closing: ClosingTreatment = ClosingTreatment.SERVE
    closing_grace_ms: int = 0
    """How long who waits at closing time is served still, where they are not served to the last."""
    answers_early: bool = False
    accepts_anonymous: bool = True
    music: str = "default"
    mailbox: str | None = None
    """Where messages on the answering machine are mailed; None: to the centre's mailbox."""
    ring_timeout_ms: int = 20_000
    recovery_ms: int = 20_000
    wait_limit_ms: int | None = None
    priority_weight: float = 1.0
    weights: tuple[float, float, float] | None = None
    """None: the centre's default."""
    wrap_up_limit_ms: int = 30_000
    wrap_up_extension_ms: int = 30_000
    wrap_up_codes: tuple[WrapUpCode, ...] = ()
    service_level_ms: int = 20_000
    demand: CallDemand = CallDemand()
    """What every call of the project asks for beside the certificate; the language is the project's own."""
    relaxation: tuple[RelaxationStep, ...] = ()
    preference_ms: int = 20_000
    sticky_ms: int = 0
    """How long a caller waits for the agent they talked to last; 0: not at all."""
    menu: Menu | None = None
    """What callers are asked before they wait; None: nothing."""
    departments: tuple[Department, ...] = ()
    """Where agents hand callers to, and the menu leads, beside people and projects."""
    announcements: Announcements | None = None
    """What waiting callers are told beside the music; None: nothing."""
    overflow: tuple[OverflowRule, ...] = ()
    """What sends waiting callers elsewhere; the first rule that holds counts."""
    callback: CallbackRules = CallbackRules()
    """How those are called back who do not want to wait on the line."""
    outbound: ProjectOutbound | None = None
    """How it calls people; None: it only calls back, and hands callers on."""
    outside_shift: OutsideShift | None = None
    """None: the centre's rule."""
    orders: OrderTerms | None = None
    """How it takes orders; None: it takes none."""
    sampling: SamplingRules | None = None
    """How its inbound calls are sampled; None: no call is recorded to be judged."""
    recording_sign: RecordingSign = NO_SIGN
    """What those who talk hear while a segment of theirs is recorded."""

    @property
    def matching(self) -> Matching:
        """How its calls find their agent, for a call that comes in now."""
        return Matching(
            language=self.language,
            demand=self.demand,
            relaxation=self.relaxation,
            preference_ms=self.preference_ms,
            sticky_ms=self.sticky_ms,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """An agent's lasting facts: what they may do, not what they are doing."""

    agent_id: AgentId
    name: str
    level: int
    """1 to 3."""
    certificates: frozenset[ProjectId] = frozenset()
    level_by_project: Mapping[ProjectId, int] = field(default_factory=dict)
    endpoint_id: EndpointId | None = None
    blocked_clients: frozenset[ClientId] = frozenset()
    is_active: bool = True
    skills: Mapping[str, int] = field(default_factory=dict)
    """Grades 1 to 5 by skill."""
    languages: Mapping[str, int] = field(default_factory=dict)
    """Grades 1 to 5 by language, beside those of the projects: a certificate covers its project's own."""
    team: str | None = None
    """The team a team leader sees; None: in no team."""
    mailbox: str | None = None
    """Where voice messages are forwarded that are meant for them."""
    phone_answers: bool = False
    keeps_line: bool = False
    """They may keep a line open between the calls they place."""
    """Their phone is told to answer by itself when it rings for a call of theirs to somebody outside."""

    @property
    def grades(self) -> dict[str, int]:
        """Skills and languages under the names that calls ask for."""
        return {**self.skills, **{language_skill(language): grade for language, grade in self.languages.items()}}

    def level_for(self, project_id: ProjectId) -> int:
        """The level in force for that project."""
        return self.level_by_project.get(project_id, self.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Agents whom team leaders look after. Who is in it is said at the agent, who leads it at the user."""

    team_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerList:
    """Known callers who are treated alike; their numbers stand elsewhere, hashed. The priority counts as waiting time."""

    name: str
    priority_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """One revision of the whole centre."""

    revision: int
    clients: Mapping[ClientId, Client]
    projects: Mapping[ProjectId, Project]
    numbers: Mapping[str, ProjectId]
    """DID in E.164 → project."""
    agents: Mapping[AgentId, AgentProfile]
    endpoints: Mapping[EndpointId, AgentId]
    default_weights: tuple[float, float, float] = (1.0, 2.0, 3.0)
    home_country: str = "DE"
    caller_lists: Mapping[str, CallerList] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    outside_shift: OutsideShift = OutsideShift.ALLOW
    ageing_ms: int = 1_200_000
    """Who has waited so long goes by the order of coming, whatever the weights."""
    outbound: OutboundRules = OutboundRules()
    rights: Rights = field(default_factory=dict)
    """Which numbers may be shown, by whose calls show them."""
