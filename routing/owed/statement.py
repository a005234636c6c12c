"""What an agent is owed on demand: which data, which rules, how level, offers, pauses and misses came about. Pure."""

from collections.abc import Sequence

import msgspec

from telephony.abuse import AbusiveCallEnded
from telephony.agent.judged import PresenceJudged
from telephony.agent.noted import AgentNoted
from telephony.agent.on_shift import PauseConfirmed, ShiftTold
from telephony.decisions import DecisionTaken
from telephony.events import (
    AgentAlerted,
    AgentConnected,
    AgentLost,
    AgentReleased,
    AgentReserved,
    AgentTimerFired,
    AvailableRequested,
    EndpointChanged,
    Event,
    LogInRequested,
    LogOutRequested,
    PauseRequested,
    RequestRefused,
    WrapUpCodeChosen,
    WrapUpExtended,
)
from telephony.transfers import ConsultAnswered

READ: tuple[type[Event], ...] = (
    *(DecisionTaken, LogInRequested, LogOutRequested, AvailableRequested, PauseRequested, PauseConfirmed, ShiftTold, AgentNoted),
    *(AgentReserved, AgentAlerted, AgentConnected, ConsultAnswered, AgentLost, AgentReleased, AgentTimerFired),
    *(WrapUpCodeChosen, WrapUpExtended, PresenceJudged, EndpointChanged, RequestRefused, AbusiveCallEnded),
)
"""The kinds of events that a statement rests on."""
LEAD_MS = 14 * 3_600_000
"""So long before the period the journal is read from: who was on duty at its beginning had come by then."""


class DataUsed(msgspec.Struct, frozen=True, kw_only=True):
    """One class of data about the agent that was used, and how much of it."""

    name: str
    count: int


class ShareShown(msgspec.Struct, frozen=True, kw_only=True):
    """One project: of `decisions` made while the agent was there, so many calls by weight, so many really."""

    project_id: str
    decisions: int
    expected: float
    got: int


class PauseShown(msgspec.Struct, frozen=True, kw_only=True):
    """The agent's own pauses of one reason."""

    reason: str
    count: int
    lasted_ms: int


class ForcedShown(msgspec.Struct, frozen=True, kw_only=True):
    """A pause that the service set."""

    from_at: int
    cause: str
    misses: int
    until_at: int | None
    confirmed_by: str
    ended_at: int | None


class LevelShown(msgspec.Struct, frozen=True, kw_only=True):
    """A proposed level of a period that the statement touches."""

    proposal_id: str
    project_id: str | None
    state: str
    rule_version: int
    level_before: int
    level: int | None
    score: int | None
    decided_by: str
    in_force_at: int | None
    sentences: tuple[str, ...]


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """The whole statement, as data and (`sentences`) in plain words. Instants in microseconds, durations in milliseconds."""

    agent_id: str
    name: str
    from_at: int
    to_at: int
    language: str
    data: tuple[DataUsed, ...]
    routing_rules: tuple[str, ...]
    directory_revisions: tuple[int, ...]
    level_rule_version: int
    level: int
    level_by_project: dict[str, int]
    levels: tuple[LevelShown, ...]
    shares: tuple[ShareShown, ...]
    offers: dict[str, int]
    not_offered: dict[str, int]
    own_pauses: tuple[PauseShown, ...]
    forced_pauses: tuple[ForcedShown, ...]
    time_ms: dict[str, int]
    abusive_calls: int
    contact: str
    open_contests: tuple[str, ...]
    sentences: tuple[str, ...] = ()


def counted(used: Sequence[tuple[str, int]]) -> tuple[DataUsed, ...]:
    """The classes of data, those without any left out."""
    return tuple(DataUsed(name=name, count=count) for name, count in used if count)
