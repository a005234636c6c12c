"""An agent on duty as the machine knows them: the only owner of an agent's state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from telephony.agent.evidence import PresenceRules
from telephony.agent.open_line import OpenLine
from telephony.causes import ReleaseReason
from telephony.identifiers import AgentId, CallId, EndpointId, Instant, ProjectId, WrapUpCode


class AgentState(StrEnum):
    """What an agent is doing. `RECOVERING`: the line died in mid-call and is being rung again."""

    LOGGED_OUT = "logged_out"
    AVAILABLE = "available"
    RESERVED = "reserved"
    ALERTING = "alerting"
    TALKING = "talking"
    RECOVERING = "recovering"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"


class AgentTimer(StrEnum):
    """The due times an agent can have."""

    WRAP_UP_OVER = "wrap_up_over"
    REST_OVER = "rest_over"
    FORCED_PAUSE_OVER = "forced_pause_over"
    LINE_DUE = "line_due"


MISSED_CALLS = "missed_calls"
"""The pause reason the service itself sets, after too many missed offers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRules:
    """What the centre does about missed offers. A rest keeps the next offer away; it is no pause and costs no share."""

    rest_ms: Mapping[ReleaseReason, int] = field(
        default_factory=lambda: {
            ReleaseReason.NO_ANSWER: 10_000,
            ReleaseReason.BUSY: 15_000,
            ReleaseReason.REJECTED: 5_000,
            ReleaseReason.UNREACHABLE: 15_000,
            ReleaseReason.LOST: 15_000,
        }
    )
    misses_until_pause: int = 3
    """Offers in a row that were not taken, of whatever kind, until the agent is paused; 0 never pauses."""
    forced_pause_ms: int = 8 * 3_600_000
    """How long a forced pause lasts that no person confirms, of an agent without a planned shift; else it ends with the shift."""
    extensions_per_wrap_up: int = 1
    line_idle_ms: int = 15 * 60_000
    """How long an open line stays up that no call has."""
    presence: PresenceRules = field(default_factory=PresenceRules)


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """All the machine knows of one agent."""

    agent_id: AgentId
    state: AgentState = AgentState.LOGGED_OUT
    since: Instant = Instant(0)
    endpoint_id: EndpointId | None = None
    idle_since: Instant = Instant(0)
    call_id: CallId | None = None
    project_id: ProjectId | None = None
    pause_reason: str | None = None
    wants_pause: str | None = None
    wants_log_out: bool = False
    misses: int = 0
    rest_until: Instant | None = None
    wrap_up_until: Instant | None = None
    wrap_up_limit_ms: int = 0
    wrap_up_extension_ms: int = 0
    wrap_up_codes: tuple[WrapUpCode, ...] = ()
    extensions: int = 0
    shift_until: Instant | None = None
    """Until when the agent's planned shift lasts; None: in none, as far as the plan says."""
    forced_until: Instant | None = None
    """When the pause ends that the service itself set; None: it set none, or a person has confirmed it."""
    pause_confirmed_by: str = ""
    """Who confirmed the pause that the service had set."""
    line: OpenLine | None = None
    """Their open line; None: they keep none."""

    @property
    def is_forced(self) -> bool:
        """Whether the agent is in a pause that the service set by itself."""
        return self.forced_until is not None or bool(self.pause_confirmed_by)

    def due(self) -> list[tuple[AgentTimer, Instant]]:
        """The due times of this agent."""
        times = (
            (AgentTimer.WRAP_UP_OVER, self.wrap_up_until),
            (AgentTimer.REST_OVER, self.rest_until),
            (AgentTimer.FORCED_PAUSE_OVER, self.forced_until),
            (AgentTimer.LINE_DUE, None if self.line is None else self.line.due_at),
        )
        return [(timer, at) for timer, at in times if at is not None]

    @property
    def may_be_offered(self) -> bool:
        """Whether routing may choose this agent, as far as the agent's own state says. A phone with an open line is in a call."""
        return self.is_idle and self.line is None

    @property
    def is_idle(self) -> bool:
        """Whether the agent is available and does not rest; they may keep a line open."""
        return self.state is AgentState.AVAILABLE and self.rest_until is None
