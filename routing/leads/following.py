"""What the call of a lead has come to, told by the journal alone; and what that makes of the lead. Pure.

A lead's call is any call by hand, so nothing here steers it. Whether the lead was dialled, and how that ended, is the permit
desk's to say: it notes each attempt before the first packet and its end afterwards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from routing.outbound.asking import ReferenceKind
from routing.outbound.facts import Outcome
from routing.outbound.settling import Verdict
from telephony.dialling import CallPlaced
from telephony.events import AgentReserved, CallEnded, Envelope, WrapUpCodeChosen
from telephony.identifiers import AgentId, CallId, Instant, ProjectId, WrapUpCode

Verdicts = Mapping[tuple[ProjectId, WrapUpCode], Verdict]
"""What a project's codes make of a lead. A code that stands for nothing here only tells that the agent is done with it."""


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
    """What the agent and their code say of a lead."""

    at: Instant
    code: WrapUpCode | None = None
    verdict: Verdict | None = None
    """None: the code stands for nothing, or there is none."""


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


def said_of(call: LeadCall, verdicts: Verdicts, at: Instant) -> Said:
    """What was said of the lead in that call."""
    verdict = None if call.code is None else verdicts.get((call.project_id, call.code))
    return Said(at=call.ended_at or at, code=call.code, verdict=verdict)


def verdict_on(said: Said, outcome: Outcome | None, *, is_promised: bool) -> Verdict:
    """What becomes of the lead. `outcome` of its attempt; None: nobody was dialled.

    A person's word goes before the network's: first that nobody is to call, then a promise, then the code. Where nobody said
    anything, the outcome's rule holds; a lead that could not be dialled rests a little, since the same would hold at once.
    """
    if said.verdict in (Verdict.DO_NOT_CALL, Verdict.DONE):
        return said.verdict
    if is_promised or said.verdict is Verdict.CALL_BACK:
        return Verdict.CALL_BACK
    if outcome is None:
        return Verdict.SKIPPED
    if said.verdict is None and said.code is not None and outcome is Outcome.ANSWERED:
        return Verdict.DONE
    return Verdict.RETRY
