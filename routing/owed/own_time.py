"""What an agent did with their time: the agent machine's own steps over the journal, summed within a period. Pure."""

from dataclasses import dataclass, field

from telephony.agent.machine import step
from telephony.agent.model import MISSED_CALLS, Agent, AgentRules, AgentState
from telephony.errors import Refusal, UnexpectedEvent
from telephony.events import Envelope, RequestRefused
from telephony.identifiers import MS, AgentId, Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ForcedPause:
    """A pause that the service set by itself: when, why, until when it was to last, who confirmed it, when it ended."""

    from_at: Instant
    cause: str
    misses: int
    until_at: Instant | None
    confirmed_by: str = ""
    ended_at: Instant | None = None


@dataclass(slots=True)
class Pauses:
    """The agent's own pauses of one reason."""

    count: int = 0
    lasted_ms: int = 0


@dataclass(slots=True)
class OwnTime:
    """Sums of one agent, from the state's beginning on within [from_at, to_at)."""

    from_at: Instant
    to_at: Instant
    agent: Agent
    rules: AgentRules
    by_state_ms: dict[str, int] = field(default_factory=dict)
    own_pauses: dict[str, Pauses] = field(default_factory=dict)
    forced: list[ForcedPause] = field(default_factory=list)
    _since: Instant = Instant(0)
    _before: Agent | None = None

    @classmethod
    def of(cls, agent_id: AgentId, from_at: Instant, to_at: Instant, rules: AgentRules) -> "OwnTime":
        """Nothing is known of the agent yet: off duty."""
        return cls(from_at=from_at, to_at=to_at, agent=Agent(agent_id=agent_id), rules=rules)

    def hear(self, envelope: Envelope) -> None:
        """One event of the agent's stream."""
        if isinstance(envelope.event, RequestRefused):
            if self._before is not None:  # refused outside the machine: what it had made of the request is taken back
                self._become(self._before, envelope.received_at)
            return
        self._before = self.agent
        try:
            after = step(self.agent, envelope, self.rules)
        except UnexpectedEvent:
            return  # journaled and counted by the engine that met it first
        if not isinstance(after, Refusal):
            self._become(after, envelope.received_at)

    def finish(self) -> None:
        """The period is over: what still lasts counts up to its end."""
        self._spend(self.to_at)

    def _become(self, after: Agent, at: Instant) -> None:
        before = self.agent
        self._note_forced(before, after, at)
        if after.state is not before.state or after.pause_reason != before.pause_reason:
            self._spend(at)
            if after.state is AgentState.PAUSED and not after.is_forced and self.from_at <= at < self.to_at:
                self.own_pauses.setdefault(after.pause_reason or "", Pauses()).count += 1
        self.agent = after

    def _note_forced(self, before: Agent, after: Agent, at: Instant) -> None:
        if after.is_forced and not before.is_forced:
            pause = ForcedPause(
                from_at=at,
                cause=after.pause_reason or MISSED_CALLS,
                misses=after.misses,
                until_at=after.forced_until,
                confirmed_by=after.pause_confirmed_by,
            )
            self.forced += [pause] if at < self.to_at else []
            return
        if not before.is_forced or not self.forced:
            return
        last = self.forced[-1]
        ended = None if after.is_forced else at
        until = after.forced_until if after.is_forced and not after.pause_confirmed_by else last.until_at
        self.forced[-1] = ForcedPause(
            from_at=last.from_at,
            cause=last.cause,
            misses=last.misses,
            until_at=until,
            confirmed_by=after.pause_confirmed_by or last.confirmed_by,
            ended_at=ended,
        )

    def _spend(self, at: Instant) -> None:
        began, ended = max(self._since, self.from_at), min(at, self.to_at)
        self._since = at
        if ended <= began or self.agent.state is AgentState.LOGGED_OUT:
            return
        spent = (ended - began) // MS
        state = self.agent.state
        if state is AgentState.PAUSED and not self.agent.is_forced:
            self.own_pauses.setdefault(self.agent.pause_reason or "", Pauses()).lasted_ms += spent
        self.by_state_ms[state.value] = self.by_state_ms.get(state.value, 0) + spent
