"""Which conversations an agent had, with what outcome: a fold over the journal that holds one conversation an agent at a time.

A conversation belongs to the period in which it ended. One that the agent ended for abuse counts for nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from routing.levels.appraisal import Evidence
from routing.levels.rule import LevelRule
from telephony.abuse import AbusiveCallEnded
from telephony.events import AgentReleased, AgentReserved, Envelope, Event, WrapUpCodeChosen
from telephony.identifiers import AgentId, CallId, Instant, ProjectId, WrapUpCode

READ: tuple[type[Event], ...] = (AgentReserved, AgentReleased, WrapUpCodeChosen, AbusiveCallEnded)
"""The kinds of events that the fold needs."""
LEAD_MS = 4 * 3_600_000
"""So long before a period the journal is read from: who talked at its beginning was reserved within it."""
TAIL_MS = 3_600_000
"""So long after it: a wrap-up code is chosen within it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One agent's part in one call."""

    agent_id: AgentId
    call_id: CallId
    project_id: ProjectId
    ended_at: Instant | None = None
    code: WrapUpCode | None = None
    is_abusive: bool = False


class Conversations:
    """Yields each conversation once it can change no more: when its agent has the next one, or at the end."""

    def __init__(self) -> None:
        self._open: dict[AgentId, Conversation] = {}

    def hear(self, envelope: Envelope) -> Iterator[Conversation]:
        """The conversation that this event completes, if any."""
        event, agent_id = envelope.event, envelope.agent_id
        if agent_id is None:
            return
        known = self._open.get(agent_id)
        if isinstance(event, AgentReserved):
            if known is not None and known.ended_at is not None:
                yield known
            self._open[agent_id] = Conversation(agent_id=agent_id, call_id=event.call_id, project_id=event.project_id)
        elif known is None or known.call_id != getattr(event, "call_id", None):
            return
        elif isinstance(event, WrapUpCodeChosen):
            self._open[agent_id] = replace(known, code=event.wrap_up_code)
        elif isinstance(event, AbusiveCallEnded):
            self._in_abuse(event)
        elif isinstance(event, AgentReleased):
            if event.has_talked:
                self._open[agent_id] = replace(known, ended_at=envelope.received_at)
            else:
                del self._open[agent_id]

    def _in_abuse(self, event: AbusiveCallEnded) -> None:
        """It counts for nothing of anybody's who was in the call, whoever of them ended it."""
        for agent_id, known in self._open.items():
            if known.call_id == event.call_id and known.ended_at is None:
                self._open[agent_id] = replace(known, is_abusive=True)

    def rest(self) -> Iterator[Conversation]:
        """Those that had ended and waited for a later word."""
        for agent_id in sorted(self._open):
            if self._open[agent_id].ended_at is not None:
                yield self._open[agent_id]
        self._open.clear()


def counted(
    conversations: Iterable[Conversation],
    rule: LevelRule,
    from_at: Instant,
    to_at: Instant,
    project_id: ProjectId | None = None,
) -> Iterator[tuple[AgentId, Evidence]]:
    """What each conversation that ended within [from_at, to_at) adds to its agent's evidence; or of that project alone."""
    for each in conversations:
        if each.ended_at is None or not from_at <= each.ended_at < to_at:
            continue
        if project_id is not None and each.project_id != project_id:
            continue
        yield each.agent_id, evidence_of(each, rule)


def evidence_of(conversation: Conversation, rule: LevelRule) -> Evidence:
    """What one conversation adds."""
    if conversation.is_abusive:
        return Evidence(abusive=1)
    is_positive = rule.is_positive(conversation.project_id, conversation.code)
    return Evidence(conversations=1, with_outcome=int(is_positive is not None), positive=int(bool(is_positive)))


def gathered(parts: Iterable[tuple[AgentId, Evidence]], into: Mapping[AgentId, Evidence]) -> dict[AgentId, Evidence]:
    """The evidence of each agent with the parts added."""
    found = dict(into)
    for agent_id, evidence in parts:
        found[agent_id] = found.get(agent_id, Evidence()) + evidence
    return found
