"""What a centre file may say: clients, projects, numbers, agents and users, each a list of tables."""

import re
from typing import Annotated

import phonenumbers
from pydantic import AfterValidator, Field

from config.section import Line, Mailbox, Section, expected
from fernamt.centre.aftercall_entries import OrdersEntry
from fernamt.centre.demand_entries import CallerListEntry, DemandEntry, Grade, Language, RelaxationEntry, Skill
from fernamt.centre.hours_entries import HoursEntry
from fernamt.centre.level_entries import LevelsEntry
from fernamt.centre.outbound_entries import CapsEntry, OutboundEntry, ProjectOutboundEntry
from fernamt.centre.recording_entries import RatingEntry, RecordingTermsEntry, ReviewFormEntry
from fernamt.centre.sampling_entries import RecordingSignEntry, SamplingEntry
from fernamt.centre.waiting_entries import AnnouncementsEntry, CallbackEntry, DepartmentEntry, MenuEntry, OverflowEntry
from routing.directory import ClosedTreatment, ClosingTreatment, OutsideShift
from web.permissions import Role

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,99}")


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise expected("id", "small letters, digits, '.', '_', '-', 64 at most, the first a letter or digit")
    return text


def _login(text: str) -> str:
    if not _LOGIN.fullmatch(text):
        raise expected("login", "small letters, digits, '.', '_', '@', '-', 100 at most, the first a letter or digit")
    return text


def _did(text: str) -> str:
    """The number in E.164, from any international spelling."""
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise expected("did", "a number with its country code, such as +49 30 5550 100") from None
    if not phonenumbers.is_possible_number(number):
        raise expected("did", "a number of a length that its country has")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


Id = Annotated[str, AfterValidator(_id)]
Login = Annotated[str, AfterValidator(_login)]
Did = Annotated[str, AfterValidator(_did)]
Text = Annotated[Line, Field(min_length=1, max_length=200)]
Level = Annotated[int, Field(ge=1, le=3)]
Weight = Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)]
Milliseconds = Annotated[int, Field(ge=0, le=86_400_000)]


BESIDE = ("review_form", "rating", "recording_terms")
"""Keys of a project that stand beside the centre, with versions of their own."""


class ClientEntry(Section):
    """A company calls are answered for."""

    client_id: Id
    name: Text
    caps: CapsEntry | None = None
    """What its calls outside may cost in a day; without it the centre's rule holds."""


class ProjectEntry(Section):
    """One line of work for a client. Durations in milliseconds."""

    project_id: Id
    client_id: Id
    name: Text
    language: Annotated[str, Field(pattern="^[a-z]{2}$")] = "de"
    hours: HoursEntry | None = None
    closed_treatment: ClosedTreatment = ClosedTreatment.MACHINE
    at_closing: ClosingTreatment = ClosingTreatment.SERVE
    """What becomes of callers who wait when the project closes."""
    closing_grace_ms: Milliseconds = 0
    answers_early: bool = False
    accepts_anonymous: bool = True
    music: Id = "default"
    mailbox: Mailbox | None = None
    ring_timeout_ms: Annotated[int, Field(ge=1_000, le=600_000)] = 20_000
    recovery_ms: Milliseconds = 20_000
    wait_limit_ms: Milliseconds | None = None
    priority_weight: Weight = 1.0
    weights: tuple[Weight, Weight, Weight] | None = None
    wrap_up_limit_ms: Milliseconds = 30_000
    wrap_up_extension_ms: Milliseconds = 30_000
    wrap_up_codes: Annotated[tuple[Id, ...], Field(max_length=200)] = ()
    service_level_ms: Milliseconds = 20_000
    menu: MenuEntry | None = None
    departments: Annotated[tuple[DepartmentEntry, ...], Field(max_length=50)] = ()
    shared_departments: Annotated[tuple[Text, ...], Field(max_length=50)] = ()
    """Departments described once for the centre, by name; they become the project's own as if described here."""
    announcements: AnnouncementsEntry | None = None
    callback: CallbackEntry = CallbackEntry()
    overflow: Annotated[tuple[OverflowEntry, ...], Field(max_length=20)] = ()
    demand: DemandEntry = DemandEntry()
    relaxation: Annotated[tuple[RelaxationEntry, ...], Field(max_length=20)] = ()
    preference_ms: Milliseconds = 20_000
    """What is preferred counts while the caller has waited less."""
    sticky_ms: Milliseconds = 0
    """How long callers wait for the agent they talked to last."""
    outside_shift: OutsideShift | None = None
    """Whether agents get its calls outside their shifts; without it the centre's rule holds."""
    outbound: ProjectOutboundEntry | None = None
    """How it calls people; without it, it only calls back, and hands callers on."""
    orders: OrdersEntry | None = None
    """How it takes orders; without it it takes none."""
    sampling: SamplingEntry | None = None
    """How its inbound calls are sampled; without it no call is recorded to be judged."""
    recording_sign: RecordingSignEntry = RecordingSignEntry()
    review_form: ReviewFormEntry | None = None
    """By which its calls are rated; without it the form that holds stays."""
    rating: RatingEntry | None = None
    """Who rates them; without it the rules that hold stay."""
    recording_terms: RecordingTermsEntry | None = None
    """How long they are kept; without it the terms that hold stay."""


class NumberEntry(Section):
    """A number callers dial."""

    did: Did
    project_id: Id


class AgentEntry(Section):
    """Somebody who takes calls."""

    agent_id: Id
    name: Text
    level: Level
    certificates: tuple[Id, ...] = ()
    level_by_project: dict[Id, Level] = Field(default_factory=dict)
    endpoint_id: Id | None = None
    blocked_clients: tuple[Id, ...] = ()
    skills: dict[Skill, Grade] = Field(default_factory=dict, max_length=100)
    languages: dict[Language, Grade] = Field(default_factory=dict, max_length=100)
    """Beside those of the projects: a certificate covers its project's own."""
    team: Text | None = None
    mailbox: Mailbox | None = None
    phone_answers: bool = False
    keeps_line: bool = False
    is_active: bool = True


class TeamEntry(Section):
    """Agents looked after by team leaders. Where members or leaders are named, these are in it or lead it, and no others."""

    team_id: Text
    """Letters, digits, '.', '_', '-', 64 at most."""
    name: Text
    members: Annotated[tuple[Id, ...], Field(max_length=10_000)] | None = None
    leaders: Annotated[tuple[Login, ...], Field(max_length=1_000)] | None = None
    """Log-ins of users with the role team_leader; a new one names the team at the user instead."""


class EndpointEntry(Section):
    """A phone that is more than its agent's one SIP phone, which needs no entry: one in a browser."""

    endpoint_id: Id
    agent_id: Id
    is_browser: bool = False


class UserEntry(Section):
    """Somebody who may log in."""

    login: Login
    display_name: Text
    role: Role
    agent_id: Id | None = None
    client_id: Id | None = None
    team: Text | None = None
    is_active: bool = True


class CentreEntries(Section):
    """A whole centre, or a part of one: what is not named stays as it is."""

    default_weights: tuple[Weight, Weight, Weight] | None = None
    """Shares of calls of level 1, 2 and 3 while there is a choice; a project may state its own."""
    home_country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    """ISO 3166 code of the country the centre works in."""
    ageing_ms: Annotated[int, Field(ge=60_000, le=86_400_000)] | None = None
    """Who has waited so long goes by the order of coming, whatever the weights."""
    outside_shift: OutsideShift | None = None
    """Whether agents get calls outside the shifts they are booked for; a project may state its own."""
    outbound: OutboundEntry | None = None
    """What holds for calls outside, whole: a key that is not named has its default."""
    caller_lists: tuple[CallerListEntry, ...] | None = None
    """All lists of known callers: one that is not named is gone."""
    levels: LevelsEntry | None = None
    """From which evidence levels are proposed; changed, it is a new version."""
    departments: Annotated[tuple[DepartmentEntry, ...], Field(max_length=200)] = ()
    """Described once, for every project that names them in shared_departments."""
    clients: tuple[ClientEntry, ...] = ()
    projects: tuple[ProjectEntry, ...] = ()
    numbers: tuple[NumberEntry, ...] = ()
    agents: tuple[AgentEntry, ...] = ()
    endpoints: tuple[EndpointEntry, ...] = ()
    teams: tuple[TeamEntry, ...] = ()
    users: tuple[UserEntry, ...] = ()
