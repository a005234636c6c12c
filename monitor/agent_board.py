"""The agents as the board shows them: the agent machine's own steps over the journal, and the sums of the day beside them.

A request can also be refused outside the machine (an unknown phone, a second log-in): then `RequestRefused` follows in the
same turn, and what the machine made of the request is taken back.
"""

from dataclasses import dataclass, field

from monitor.names import NamedAgent
from monitor.rows import AgentRow
from telephony.agent.judged import PresenceJudged
from telephony.agent.machine import step
from telephony.agent.model import Agent, AgentRules, AgentState
from telephony.errors import Refusal, UnexpectedEvent
from telephony.events import EndpointChanged, Envelope, RequestRefused
from telephony.identifiers import MS, AgentId, EventId, Instant, ProjectId
from telephony.open_lines import LineState

BUSY = frozenset({AgentState.TALKING, AgentState.RECOVERING, AgentState.WRAP_UP})


@dataclass(slots=True, kw_only=True)
class AgentLine:
    """One agent's live facts and today's sums."""

    agent: Agent
    counted_at: Instant = Instant(0)
    """Today's sums hold the state up to here."""
    is_reachable: bool | None = None
    round_trip_us: int | None = None
    judged: PresenceJudged | None = None
    dial_refusal: str | None = None
    open_line: LineState | None = None
    calls_today: int = 0
    talked_ms: int = 0
    talking_since_at: Instant | None = None
    busy_ms: int = 0
    available_ms: int = 0

    @property
    def is_on_duty(self) -> bool:
        """Whether the agent is logged in."""
        return self.agent.state is not AgentState.LOGGED_OUT


@dataclass(frozen=True, slots=True)
class WrapUpOver:
    """A finished wrap-up: its time belongs to the handling time of this project."""

    project_id: ProjectId
    lasted_ms: int


@dataclass(slots=True, kw_only=True)
class AgentBoard:
    """All agents' lines, and which of them changed since they were last read."""

    rules: AgentRules = field(default_factory=AgentRules)
    day_started_at: Instant = Instant(0)
    lines: dict[AgentId, AgentLine] = field(default_factory=dict)
    dirty: dict[AgentId, None] = field(default_factory=dict)
    _asked: dict[AgentId, tuple[EventId, Agent]] = field(default_factory=dict)

    def line(self, agent_id: AgentId) -> AgentLine:
        """The agent's line, marked as changed."""
        self.dirty[agent_id] = None
        line = self.lines.get(agent_id)
        if line is None:
            line = self.lines[agent_id] = AgentLine(agent=Agent(agent_id=agent_id))
        return line

    def step(self, agent_id: AgentId, envelope: Envelope) -> WrapUpOver | None:
        """The agent is as the machine says; a refused or impossible event changes nothing, as in the engine."""
        line = self.line(agent_id)
        self._asked[agent_id] = (envelope.event_id, line.agent)
        try:
            after = step(line.agent, envelope, self.rules)
        except UnexpectedEvent:
            return None  # journaled and counted by the engine that met it first
        if isinstance(after, Refusal):
            return None
        return self._become(line, after, envelope.received_at)

    def refuse(self, event: RequestRefused, at: Instant) -> None:
        """The refused request has left no trace."""
        if event.agent_id is None:
            return
        asked = self._asked.get(event.agent_id)
        if asked is not None and asked[0] == event.request_id:
            self._become(self.line(event.agent_id), asked[1], at)

    def not_permitted(self, agent_id: AgentId, code: str) -> None:
        """The agent's call outside is not dialled; told until the next call."""
        self.line(agent_id).dial_refusal = code

    def keeps_line(self, agent_id: AgentId, state: LineState | None) -> None:
        """The agent's open line is so, or (None) there is none any more."""
        self.line(agent_id).open_line = state

    def permitted(self, agent_id: AgentId) -> None:
        """The agent has a call, or is calling: what was refused before is of no matter."""
        self.line(agent_id).dial_refusal = None

    def start_talk(self, agent_id: AgentId, at: Instant, *, counts: bool = False) -> None:
        """The agent talks from here on; `counts` for the first time in a call."""
        line = self.line(agent_id)
        line.calls_today += counts and at >= self.day_started_at
        if line.talking_since_at is None:
            line.talking_since_at = self._today(at)

    def stop_talk(self, agent_id: AgentId, at: Instant) -> None:
        """The agent's talk is interrupted or over: hold, a lost line, a hang-up."""
        line = self.line(agent_id)
        if line.talking_since_at is not None:
            line.talked_ms += max(0, at - line.talking_since_at) // MS
            line.talking_since_at = None

    def presence(self, agent_id: AgentId, event: EndpointChanged) -> None:
        """The agent's phone is reachable, or not."""
        line = self.line(agent_id)
        line.is_reachable, line.round_trip_us = event.is_reachable, event.round_trip_us

    def judge(self, event: PresenceJudged) -> None:
        """Offers are kept away from the agent for that reason, or are not any more."""
        self.line(event.agent_id).judged = event

    def new_day(self, at: Instant) -> None:
        """Today's sums begin at `at`, the running state and talk included."""
        self.day_started_at = at
        for line in self.lines.values():
            line.calls_today = line.talked_ms = line.busy_ms = line.available_ms = 0
            line.counted_at = at
            if line.talking_since_at is not None:
                line.talking_since_at = at
            self.dirty[line.agent.agent_id] = None

    def _become(self, line: AgentLine, after: Agent, at: Instant) -> WrapUpOver | None:
        before, line.agent = line.agent, after
        if after.state is before.state:
            return None
        spent_ms = max(0, at - line.counted_at) // MS
        line.counted_at = self._today(at)
        if before.state in BUSY:
            line.busy_ms += spent_ms
        elif before.state is AgentState.AVAILABLE:
            line.available_ms += spent_ms
        if before.state is AgentState.WRAP_UP and before.project_id is not None:
            return WrapUpOver(before.project_id, max(0, at - before.since) // MS)
        return None

    def _today(self, at: Instant) -> Instant:
        """The instant, or the day's beginning: what a restart reads of yesterday adds nothing to today."""
        return max(at, self.day_started_at)


def agent_row(line: AgentLine, profile: NamedAgent, rules: AgentRules) -> AgentRow:
    """The line as a screen sees it."""
    agent, judged = line.agent, line.judged
    wish = AgentState.LOGGED_OUT if agent.wants_log_out else AgentState.PAUSED if agent.wants_pause is not None else None
    return AgentRow(
        agent_id=agent.agent_id,
        name=profile.name,
        level=profile.level,
        state=agent.state,
        since_at=agent.since or None,
        pause_reason=agent.pause_reason,
        next_state=wish,
        rest_until_at=agent.rest_until,
        wrap_up_until_at=agent.wrap_up_until,
        is_forced=agent.is_forced,
        dial_refusal=line.dial_refusal,
        may_keep_line=profile.keeps_line,
        open_line=line.open_line,
        forced_until_at=agent.forced_until,
        project_id=agent.project_id,
        call_id=agent.call_id,
        is_reachable=line.is_reachable,
        round_trip_us=line.round_trip_us,
        absence=judged.absence if judged is not None else None,
        absence_until_at=judged.until_at if judged is not None else None,
        line_fault=judged.fault if judged is not None else None,
        mos_hundredths=judged.mos_hundredths if judged is not None else None,
        calls_today=line.calls_today,
        talked_ms=line.talked_ms,
        talking_since_at=line.talking_since_at,
        busy_ms=line.busy_ms,
        available_ms=line.available_ms,
        counted_at=line.counted_at if line.is_on_duty else None,
        wrap_up_codes=agent.wrap_up_codes if agent.call_id is not None else (),
        extensions_left=_extensions_left(agent, rules),
    )


def _extensions_left(agent: Agent, rules: AgentRules) -> int:
    can = agent.state is AgentState.WRAP_UP and agent.wrap_up_until is not None and agent.wrap_up_extension_ms > 0
    return max(0, rules.extensions_per_wrap_up - agent.extensions) if can else 0
