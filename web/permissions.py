"""Who may do what, and to whose things: one table, asked in one place (web/dispatch.py; web/live.py for the WebSocket).

A role without an entry for a (resource, action) may not do it at all. What is left is a `Reach`, which every query is
narrowed by: a thing out of reach is answered like a thing that does not exist.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What a person is to the centre."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    TEAM_LEADER = "team_leader"
    REVIEWER = "reviewer"
    CLERK = "clerk"
    ADMIN = "admin"
    CLIENT = "client"


LEADING = (Role.TEAM_LEADER, Role.SUPERVISOR, Role.ADMIN)
"""Who can be the leader of a shift."""


class Resource(StrEnum):
    """What requests are about."""

    AGENT = "agent"
    CALL = "call"
    BOARD = "board"
    CLIENT = "client"
    PROJECT = "project"
    NUMBER = "number"
    TEAM = "team"
    USER = "user"
    TOKEN = "token"  # noqa: S105
    MINUTES = "minutes"
    MESSAGE = "message"
    WHAT_IF = "what_if"
    WEBHOOK = "webhook"
    JOURNAL = "journal"
    PARTY = "party"
    CALLER_LIST = "caller_list"
    DO_NOT_CALL = "do_not_call"
    LEAD_LIST = "lead_list"
    LEAD = "lead"
    CONSENT = "consent"
    SHOWN_RIGHT = "shown_right"
    SHIFT = "shift"
    ATTENDANCE = "attendance"
    STAFFING = "staffing"
    DIRECTORY = "directory"
    METRICS = "metrics"
    AUDIT = "audit"
    LEVEL = "level"
    REVIEW = "review"
    CONTEST = "contest"
    STATEMENT = "statement"
    ADDRESS = "address"
    EMERGENCY = "emergency"
    PHONE_USE = "phone_use"
    OUTBOUND_RULES = "outbound_rules"
    ORDER = "order"
    SURVEY = "survey"
    SURVEY_ANSWER = "survey_answer"
    SUGGESTION = "suggestion"
    CONSENT_TEXT = "consent_text"
    RECORDING = "recording"
    SAMPLING = "sampling"
    QUALITY_FORM = "quality_form"
    QUALITY_REVIEW = "quality_review"
    QUALITY_REPORT = "quality_report"
    RECORDING_TERMS = "recording_terms"
    LEGAL_HOLD = "legal_hold"
    LISTENING = "listening"
    """What somebody may hear themselves, by a grant."""
    OVERHEARING = "overhearing"
    """A talk that goes on, listened to while it does."""


class Action(StrEnum):
    """What is done to them."""

    READ = "read"
    WRITE = "write"
    STEER = "steer"
    """Change what an agent or a call is doing now."""
    CONFIRM = "confirm"
    """Stand behind a measure that the service took by itself: never the agent's own act."""
    HOLD = "hold"
    """Put the caller of a call on hold and take them back: the talking agent's own act."""
    HAND_ON = "hand_on"
    """Hand the caller on, ask a colleague, park, pick up: the agent's own acts."""
    DIAL = "dial"
    """Call somebody: the agent's own act, by their own phone."""
    ASK = "ask"
    """Say what a waiting call asks for: priority, skills, a language."""
    BOOK = "book"
    """Give one's word for a shift, hand it on, ask to be let off."""
    REVEAL = "reveal"
    """See a number that is masked everywhere else."""
    ERASE = "erase"


class Scope(StrEnum):
    """How far a permission reaches."""

    ALL = "all"
    TEAM = "team"
    CLIENT = "client"
    SELF = "self"


def _to(**reach: Scope) -> Mapping[Role, Scope]:
    return MappingProxyType({Role(name): scope for name, scope in reach.items()})


_ALL, _TEAM, _CLIENT, _SELF = Scope.ALL, Scope.TEAM, Scope.CLIENT, Scope.SELF
_ADMIN_ONLY = _to(admin=_ALL)

PERMISSIONS: Mapping[tuple[Resource, Action], Mapping[Role, Scope]] = MappingProxyType(
    {
        (Resource.AGENT, Action.READ): _to(
            agent=_SELF, supervisor=_ALL, team_leader=_TEAM, reviewer=_ALL, clerk=_ALL, admin=_ALL
        ),
        (Resource.AGENT, Action.WRITE): _ADMIN_ONLY,
        (Resource.ADDRESS, Action.READ): _to(agent=_SELF, admin=_ALL),
        (Resource.ADDRESS, Action.WRITE): _to(agent=_SELF, admin=_ALL),
        (Resource.OUTBOUND_RULES, Action.READ): _to(supervisor=_ALL, clerk=_ALL, admin=_ALL),
        (Resource.OUTBOUND_RULES, Action.WRITE): _ADMIN_ONLY,
        (Resource.PHONE_USE, Action.READ): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, admin=_ALL),
        (Resource.PHONE_USE, Action.CONFIRM): _to(supervisor=_ALL, team_leader=_TEAM, admin=_ALL),
        (Resource.EMERGENCY, Action.STEER): _to(supervisor=_ALL, team_leader=_TEAM, admin=_ALL),
        (Resource.AGENT, Action.STEER): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM),
        (Resource.AGENT, Action.CONFIRM): _to(supervisor=_ALL, team_leader=_TEAM, admin=_ALL),
        (Resource.CALL, Action.READ): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, reviewer=_ALL, admin=_ALL),
        (Resource.CALL, Action.STEER): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM),
        (Resource.CALL, Action.HOLD): _to(agent=_SELF),
        (Resource.CALL, Action.ASK): _to(supervisor=_ALL),
        (Resource.CALL, Action.HAND_ON): _to(agent=_SELF),
        (Resource.CALL, Action.DIAL): _to(agent=_SELF),
        (Resource.BOARD, Action.READ): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, admin=_ALL, client=_CLIENT),
        (Resource.CLIENT, Action.READ): _to(supervisor=_ALL, reviewer=_ALL, clerk=_ALL, admin=_ALL, client=_CLIENT),
        (Resource.CLIENT, Action.WRITE): _ADMIN_ONLY,
        (Resource.PROJECT, Action.READ): _to(
            agent=_SELF, supervisor=_ALL, team_leader=_TEAM, reviewer=_ALL, clerk=_ALL, admin=_ALL, client=_CLIENT
        ),
        (Resource.PROJECT, Action.WRITE): _ADMIN_ONLY,
        (Resource.NUMBER, Action.READ): _to(supervisor=_ALL, clerk=_ALL, admin=_ALL, client=_CLIENT),
        (Resource.NUMBER, Action.WRITE): _ADMIN_ONLY,
        (Resource.CALLER_LIST, Action.READ): _to(supervisor=_ALL, admin=_ALL),
        (Resource.CALLER_LIST, Action.WRITE): _to(supervisor=_ALL, admin=_ALL),
        (Resource.DO_NOT_CALL, Action.READ): _to(supervisor=_ALL, admin=_ALL),
        (Resource.DO_NOT_CALL, Action.WRITE): _to(supervisor=_ALL, admin=_ALL),
        (Resource.DO_NOT_CALL, Action.ERASE): _ADMIN_ONLY,
        (Resource.CONSENT, Action.READ): _to(supervisor=_ALL, admin=_ALL, client=_CLIENT),
        (Resource.CONSENT, Action.WRITE): _to(supervisor=_ALL, admin=_ALL),
        (Resource.CONSENT, Action.STEER): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM),
        (Resource.LEAD_LIST, Action.READ): _to(supervisor=_ALL, team_leader=_TEAM, admin=_ALL, client=_CLIENT),
        (Resource.LEAD_LIST, Action.WRITE): _to(supervisor=_ALL, admin=_ALL),
        (Resource.LEAD_LIST, Action.REVEAL): _to(supervisor=_ALL, admin=_ALL, client=_CLIENT),
        (Resource.LEAD_LIST, Action.ERASE): _ADMIN_ONLY,
        (Resource.LEAD, Action.DIAL): _to(agent=_SELF),
        (Resource.LEAD, Action.WRITE): _to(agent=_SELF),
        (Resource.ORDER, Action.READ): _to(
            agent=_SELF, supervisor=_ALL, team_leader=_TEAM, clerk=_ALL, admin=_ALL, client=_CLIENT
        ),
        (Resource.ORDER, Action.WRITE): _to(agent=_SELF),
        (Resource.ORDER, Action.CONFIRM): _to(supervisor=_ALL, clerk=_ALL, admin=_ALL),
        (Resource.ORDER, Action.REVEAL): _to(supervisor=_ALL, clerk=_ALL, admin=_ALL, client=_CLIENT),
        (Resource.SURVEY, Action.READ): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, admin=_ALL, client=_CLIENT),
        (Resource.SURVEY, Action.WRITE): _to(supervisor=_ALL, admin=_ALL),
        (Resource.SURVEY_ANSWER, Action.READ): _to(supervisor=_ALL, team_leader=_TEAM, admin=_ALL, client=_CLIENT),
        (Resource.SURVEY_ANSWER, Action.WRITE): _to(agent=_SELF),
        (Resource.SUGGESTION, Action.READ): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, admin=_ALL),
        (Resource.SUGGESTION, Action.WRITE): _to(agent=_SELF),
        (Resource.SUGGESTION, Action.CONFIRM): _to(supervisor=_ALL, admin=_ALL),
        (Resource.CONSENT_TEXT, Action.READ): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, admin=_ALL, client=_CLIENT),
        (Resource.CONSENT_TEXT, Action.WRITE): _ADMIN_ONLY,
        (Resource.SAMPLING, Action.READ): _to(supervisor=_ALL, admin=_ALL),
        (Resource.RECORDING, Action.STEER): _to(agent=_SELF),
        (Resource.RECORDING_TERMS, Action.READ): _to(supervisor=_ALL, admin=_ALL),
        (Resource.RECORDING_TERMS, Action.WRITE): _ADMIN_ONLY,
        (Resource.LEGAL_HOLD, Action.READ): _to(supervisor=_ALL, admin=_ALL),
        (Resource.LEGAL_HOLD, Action.WRITE): _to(supervisor=_ALL, admin=_ALL),
        (Resource.OVERHEARING, Action.STEER): _to(supervisor=_ALL, team_leader=_TEAM),
        (Resource.QUALITY_FORM, Action.READ): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, reviewer=_ALL, admin=_ALL),
        (Resource.QUALITY_FORM, Action.WRITE): _ADMIN_ONLY,
        (Resource.QUALITY_REVIEW, Action.READ): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, reviewer=_ALL, admin=_ALL),
        (Resource.QUALITY_REVIEW, Action.WRITE): _to(supervisor=_ALL, reviewer=_ALL, admin=_ALL),
        (Resource.QUALITY_REVIEW, Action.STEER): _to(agent=_SELF),
        (Resource.QUALITY_REVIEW, Action.CONFIRM): _to(supervisor=_ALL, admin=_ALL),
        (Resource.QUALITY_REPORT, Action.READ): _to(supervisor=_ALL, team_leader=_TEAM, admin=_ALL),
        (Resource.RECORDING, Action.READ): _to(supervisor=_ALL, admin=_ALL),
        (Resource.RECORDING, Action.ASK): _to(supervisor=_ALL, admin=_ALL),
        (Resource.RECORDING, Action.CONFIRM): _to(supervisor=_ALL, admin=_ALL),
        (Resource.RECORDING, Action.REVEAL): _to(supervisor=_SELF, admin=_SELF),
        (Resource.LISTENING, Action.READ): _to(agent=_SELF, supervisor=_SELF, team_leader=_SELF, reviewer=_SELF, admin=_SELF),
        (Resource.SHOWN_RIGHT, Action.READ): _to(supervisor=_ALL, clerk=_ALL, admin=_ALL),
        (Resource.SHOWN_RIGHT, Action.WRITE): _ADMIN_ONLY,
        (Resource.SHIFT, Action.READ): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, clerk=_ALL, admin=_ALL),
        (Resource.SHIFT, Action.BOOK): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, admin=_ALL),
        (Resource.SHIFT, Action.WRITE): _to(supervisor=_ALL, team_leader=_TEAM, admin=_ALL),
        (Resource.ATTENDANCE, Action.READ): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, clerk=_ALL, admin=_ALL),
        (Resource.STAFFING, Action.READ): _to(supervisor=_ALL, admin=_ALL),
        (Resource.TEAM, Action.READ): _to(supervisor=_ALL, team_leader=_TEAM, reviewer=_ALL, clerk=_ALL, admin=_ALL),
        (Resource.TEAM, Action.WRITE): _ADMIN_ONLY,
        (Resource.USER, Action.READ): _ADMIN_ONLY,
        (Resource.USER, Action.WRITE): _ADMIN_ONLY,
        (Resource.TOKEN, Action.READ): _to(
            agent=_SELF, supervisor=_SELF, team_leader=_SELF, reviewer=_SELF, clerk=_SELF, admin=_ALL, client=_SELF
        ),
        (Resource.TOKEN, Action.WRITE): _to(
            agent=_SELF, supervisor=_SELF, team_leader=_SELF, reviewer=_SELF, clerk=_SELF, admin=_ALL, client=_SELF
        ),
        (Resource.MESSAGE, Action.READ): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, admin=_ALL),
        (Resource.MESSAGE, Action.WRITE): _to(supervisor=_ALL, team_leader=_TEAM, admin=_ALL),
        (Resource.MESSAGE, Action.ERASE): _to(supervisor=_ALL, admin=_ALL),
        (Resource.WHAT_IF, Action.READ): _to(supervisor=_ALL, admin=_ALL),
        (Resource.WHAT_IF, Action.WRITE): _to(supervisor=_ALL, admin=_ALL),
        (Resource.MINUTES, Action.READ): _to(agent=_SELF, team_leader=_TEAM, clerk=_ALL, admin=_ALL, client=_CLIENT),
        (Resource.WEBHOOK, Action.READ): _ADMIN_ONLY,
        (Resource.WEBHOOK, Action.WRITE): _ADMIN_ONLY,
        (Resource.JOURNAL, Action.READ): _ADMIN_ONLY,
        (Resource.PARTY, Action.REVEAL): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, admin=_ALL),
        (Resource.PARTY, Action.READ): _ADMIN_ONLY,
        (Resource.PARTY, Action.ERASE): _ADMIN_ONLY,
        (Resource.DIRECTORY, Action.READ): _ADMIN_ONLY,
        (Resource.DIRECTORY, Action.WRITE): _ADMIN_ONLY,
        (Resource.METRICS, Action.READ): _ADMIN_ONLY,
        (Resource.AUDIT, Action.READ): _ADMIN_ONLY,
        (Resource.LEVEL, Action.READ): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, admin=_ALL),
        (Resource.LEVEL, Action.WRITE): _ADMIN_ONLY,
        (Resource.LEVEL, Action.ASK): _to(supervisor=_ALL, admin=_ALL),
        (Resource.LEVEL, Action.CONFIRM): _to(supervisor=_ALL, admin=_ALL),
        (Resource.REVIEW, Action.READ): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, reviewer=_ALL, admin=_ALL),
        (Resource.REVIEW, Action.WRITE): _to(supervisor=_ALL, reviewer=_ALL, admin=_ALL),
        (Resource.CONTEST, Action.READ): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, admin=_ALL),
        (Resource.CONTEST, Action.WRITE): _to(agent=_SELF),
        (Resource.CONTEST, Action.CONFIRM): _to(supervisor=_ALL, admin=_ALL),
        (Resource.CONTEST, Action.ERASE): _ADMIN_ONLY,
        (Resource.STATEMENT, Action.READ): _to(agent=_SELF, supervisor=_ALL, team_leader=_TEAM, admin=_ALL),
    }
)


def scope_of(role: Role, resource: Resource, action: Action) -> Scope | None:
    """How far that role may do this; None: not at all."""
    return PERMISSIONS.get((resource, action), {}).get(role)
