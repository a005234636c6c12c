"""What the call of a lead has come to, told by the journal alone. Pure.

A lead's call is any call by hand, so nothing here steers it. Whether the lead was dialled, and how that ended, is the permit
desk's to say: it notes each attempt before the first packet and its end afterwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from routing.outbound.asking import ReferenceKind
from routing.outbound.verdicts import CodeRule
from telephony.dialling import CallPlaced
from telephony.events import AgentReserved, CallEnded, Envelope, WrapUpCodeChosen
from telephony.identifiers import AgentId, CallId, Instant, ProjectId, WrapUpCode


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCall:
    """A call that rests on a lead."""

    call_id: CallId
    lead_id: int
    project_id: ProjectId
    agents: tuple[AgentId, ...]
    """Whoever had it: who placed it first. One of them may still be at its wrap-up."""
    code: WrapUpCode | None = None
    """The one chosen last, by whoever had the call last."""
    ended_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the agent's code says of a lead."""

    at: Instant
    code: WrapUpCode | None = None
    rules: Sequence[CodeRule] = ()
    """What the project's codes make of a lead."""
    free_at: Instant | None = None
    """When the agent had left the wrap-up; None where nobody saw it."""


def begun(envelope: Envelope) -> LeadCall | None:
    """The call of a lead that begins with this event."""
    event = envelope.event
    if not isinstance(event, CallPlaced) or event.reference.kind != ReferenceKind.LEAD or not event.reference.id.isdecimal():
        return None
    return LeadCall(
        call_id=event.call_id,
        lead_id=int(event.reference.id),
        project_id=event.terms.project_id,
        agents=(event.placed_by,),
    )


def heard(call: LeadCall, envelope: Envelope) -> LeadCall:
    """The call after one more of its events."""
    event = envelope.event
    if isinstance(event, WrapUpCodeChosen) and event.call_id == call.call_id:
        return replace(call, code=event.wrap_up_code)
    if isinstance(event, AgentReserved) and event.call_id == call.call_id and event.agent_id not in call.agents:
        return replace(call, agents=(*call.agents, event.agent_id))
    if isinstance(event, CallEnded) and event.call_id == call.call_id:
        return replace(call, ended_at=envelope.occurred_at)
    return call


def call_in(envelopes: Iterable[Envelope]) -> LeadCall | None:
    """The call of a lead that these events tell of; None where they tell of none."""
    call: LeadCall | None = None
    for envelope in envelopes:
        call = begun(envelope) if call is None else heard(call, envelope)
    return call


def said_of(call: LeadCall, rules: Sequence[CodeRule], at: Instant, free_at: Instant | None = None) -> Said:
    """What was said of the lead in that call, under its project's rules."""
    return Said(at=call.ended_at or at, code=call.code, rules=rules, free_at=free_at)
