"""From the journal to the events that webhooks hear: a pure fold. Nothing of a person but the masked number goes out.

The fold remembers open calls and the agents it has met. After a restart it is primed with the past of those that are open
(`read_open`), unheard; of what was closed while nobody listened, the past is recalled when it is met.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from telephony.agent.machine import step
from telephony.agent.model import Agent, AgentRules
from telephony.dialling import CallPlaced, DialPermitted
from telephony.emergencies import EmergencyDialled
from telephony.errors import Refusal, UnexpectedEvent
from telephony.events import (
    AgentConnected,
    CallAdmitted,
    CallEnded,
    CallTurnedAway,
    Envelope,
    LegOffered,
)
from telephony.identifiers import MS, AgentId, CallId, ClientId, Instant, ProjectId

Value = str | int | bool | None


class WebhookKind(StrEnum):
    """What webhooks can be told."""

    CALL_OFFERED = "call.offered"
    """A caller waits for an agent of a project."""
    CALL_PLACED = "call.placed"
    """An agent calls somebody; the `caller` of such a call is who is called."""
    CALL_TURNED_AWAY = "call.turned_away"
    CALL_ANSWERED = "call.answered"
    """An agent took the call, for the first time."""
    CALL_ENDED = "call.ended"
    AGENT_STATE = "agent.state"
    EMERGENCY_DIALLED = "emergency.dialled"
    """An agent calls 110 or 112. Where the agent is, only the board tells."""
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """One event for subscribers. `event_id` is stable: the journal's event made it, and makes it again on a rebuild."""

    event_id: str
    kind: WebhookKind
    occurred_at: Instant
    client_id: ClientId | None
    data: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    offered_at: Instant
    did: str
    masked: str | None
    country: str | None
    project_id: ProjectId | None = None
    client_id: ClientId | None = None
    answered_at: Instant | None = None

    def data(self, call_id: CallId) -> dict[str, Value]:
        return {
            "call_id": call_id,
            "project_id": self.project_id,
            "client_id": self.client_id,
            "did": self.did,
            "caller_masked": self.masked,
            "caller_country": self.country,
        }


@dataclass(slots=True)
class WebhookFold:
    """Open calls and the agents met, as far as webhooks need them."""

    rules: AgentRules
    _calls: dict[CallId, _Call] = field(default_factory=dict)
    _agents: dict[AgentId, Agent] = field(default_factory=dict)

    def apply(self, envelope: Envelope) -> tuple[WebhookEvent, ...]:
        """What subscribers are told of this event, in order; mostly nothing."""
        return (*self._of_call(envelope), *self._of_agent(envelope), *_of_emergency(envelope))

    def knows(self, call_id: CallId) -> bool:
        """Whether the call's beginning was seen and its end was not."""
        return call_id in self._calls

    def recall(self, envelope: Envelope) -> None:
        """What happened to a call before, told to nobody; its agents are left as they are."""
        self._of_call(envelope)

    def knows_agent(self, agent_id: AgentId) -> bool:
        """Whether it is known what the agent is doing."""
        return agent_id in self._agents

    def recall_agent(self, agent_id: AgentId, past: Iterable[Envelope]) -> None:
        """What the agent did before, told to nobody. It is enough from a log-in on: nobody logs in who is on duty."""
        self._agents[agent_id] = Agent(agent_id=agent_id)
        for envelope in past:
            self._of_agent(envelope)

    def forget(self) -> None:
        """Nothing is known: the past of whatever is met is to be recalled."""
        self._calls.clear()
        self._agents.clear()

    # -- calls -------------------------------------------------------------------------------------------------------------

    def _of_call(self, envelope: Envelope) -> tuple[WebhookEvent, ...]:
        call_id, event = envelope.call_id, envelope.event
        if call_id is None:
            return ()
        if isinstance(event, LegOffered):
            self._calls[call_id] = _offered(event, envelope.occurred_at)
        elif isinstance(event, CallPlaced):
            self._calls[call_id] = _placed(event, envelope.occurred_at)
        call = self._calls.get(call_id)
        news = _news(call, envelope) if call is not None else None
        if news is None:
            return ()
        call, kind, more = news
        if kind is WebhookKind.CALL_ENDED:
            del self._calls[call_id]
        else:
            self._calls[call_id] = call
        told = WebhookEvent(
            event_id=envelope.event_id,
            kind=kind,
            occurred_at=envelope.occurred_at,
            client_id=call.client_id,
            data={**call.data(call_id), **more},
        )
        return (told,)

    # -- agents ------------------------------------------------------------------------------------------------------------

    def _of_agent(self, envelope: Envelope) -> tuple[WebhookEvent, ...]:
        agent_id = envelope.agent_id
        if agent_id is None:
            return ()
        before = self._agents.get(agent_id) or Agent(agent_id=agent_id)
        try:
            after = step(before, envelope, self.rules)
        except UnexpectedEvent:
            return ()  # the engine has counted and journaled it; here it only means: no news
        if isinstance(after, Refusal):
            return ()
        self._agents[agent_id] = after
        if (after.state, after.pause_reason) == (before.state, before.pause_reason):
            return ()
        data: dict[str, Value] = {
            "agent_id": agent_id,
            "state": after.state.value,
            "state_before": before.state.value,
            "pause_reason": after.pause_reason,
            "call_id": after.call_id,
        }
        return (
            WebhookEvent(
                event_id=f"{envelope.event_id}.agent",
                kind=WebhookKind.AGENT_STATE,
                occurred_at=envelope.occurred_at,
                client_id=None,
                data=data,
            ),
        )


def _of_emergency(envelope: Envelope) -> tuple[WebhookEvent, ...]:
    event = envelope.event
    data: dict[str, Value]
    if isinstance(event, EmergencyDialled):
        data = {"agent_id": event.dialled_by, "number": event.number, "call_id": None}
    elif isinstance(event, DialPermitted) and event.is_emergency:
        data = {"agent_id": event.agent_id, "number": event.number.masked, "call_id": event.call_id}
    else:
        return ()
    told = WebhookEvent(
        event_id=f"{envelope.event_id}.emergency",
        kind=WebhookKind.EMERGENCY_DIALLED,
        occurred_at=envelope.occurred_at,
        client_id=None,
        data={"emergency_id": envelope.event_id, **data},
    )
    return (told,)


def _offered(event: LegOffered, at: Instant) -> _Call:
    caller = event.caller
    return _Call(
        offered_at=at,
        did=event.dnis,
        masked=caller.masked if caller is not None else None,
        country=caller.country if caller is not None else None,
    )


def _placed(event: CallPlaced, at: Instant) -> _Call:
    return _Call(
        offered_at=at,
        did="",
        masked=event.number.masked,
        country=event.number.country,
        project_id=event.terms.project_id,
        client_id=event.terms.client_id,
    )


def _news(call: _Call, envelope: Envelope) -> tuple[_Call, WebhookKind, Mapping[str, Value]] | None:
    """What the event means for subscribers, and the call after it."""
    at = envelope.occurred_at
    match envelope.event:
        case CallAdmitted(terms=terms, did=did):
            admitted = replace(call, project_id=terms.project_id, client_id=terms.client_id, did=did)
            return admitted, WebhookKind.CALL_OFFERED, {}
        case CallPlaced(placed_by=agent_id):
            return call, WebhookKind.CALL_PLACED, {"agent_id": agent_id}
        case CallTurnedAway(reason=reason, project_id=project_id, client_id=client_id):
            turned = replace(call, project_id=project_id, client_id=client_id)
            return turned, WebhookKind.CALL_TURNED_AWAY, {"reason": reason.value}
        case AgentConnected(agent_id=agent_id) if call.answered_at is None:
            more: dict[str, Value] = {"agent_id": agent_id, "waited_ms": (at - call.offered_at) // MS}
            return replace(call, answered_at=at), WebhookKind.CALL_ANSWERED, more
        case CallEnded(end_reason=end_reason):
            return call, WebhookKind.CALL_ENDED, _ending(call, at, end_reason.value)
        case _:
            return None


def _ending(call: _Call, at: Instant, end_reason: str) -> dict[str, Value]:
    answered_at = call.answered_at
    return {
        "end_reason": end_reason,
        "is_answered": answered_at is not None,
        "waited_ms": ((answered_at or at) - call.offered_at) // MS,
        "connected_ms": (at - answered_at) // MS if answered_at is not None else 0,
    }
