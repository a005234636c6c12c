"""What the engine asks the desk of permissions, and what it makes of the answer. Pure."""

from routing.outbound.asking import Callee, DialAsk, Permit, Reference, ReferenceKind, WorkKind
from routing.outbound.asking import DialPurpose as Purpose
from telephony.commands import AskPermission
from telephony.dialling import DialPermitted, DialPurpose, DialReference, DialRefused
from telephony.errors import Refusal
from telephony.identifiers import Instant


def ask_of(command: AskPermission, at: Instant) -> DialAsk:
    """A call that is handed on rests on itself: its caller wants to be, and is offered nothing.

    A callback rests on the event in which it was asked for, a call by hand on what the agent named; what such a call is made for,
    its project says.
    """
    rests_on = command.rests_on
    return DialAsk(
        call_id=command.call_id,
        leg_id=command.leg_id,
        purpose=Purpose(command.purpose.value),
        kind=_kind(command),
        reference=Reference(kind=ReferenceKind.CALL, id=command.call_id) if rests_on is None else _reference(rests_on),
        project_id=command.project_id,
        client_id=command.client_id,
        agent_id=command.agent_id,
        holds_agent=command.agent_id is not None,
        at=at,
        callee=_callee(rests_on),
        callee_region=None if rests_on is None else rests_on.region,
    )


def _kind(command: AskPermission) -> WorkKind:
    if command.purpose is DialPurpose.CALLBACK:
        return WorkKind.CALL_BACK
    if command.rests_on is None or not command.rests_on.work:
        return WorkKind.SERVICE
    work = command.rests_on.work
    return WorkKind(work) if work in set(WorkKind) else WorkKind.ADVERTISING  # not known any more: the strictest


def _callee(rests_on: DialReference | None) -> Callee:
    return Callee.BUSINESS if rests_on is not None and rests_on.callee == Callee.BUSINESS else Callee.CONSUMER


def _reference(rests_on: DialReference) -> Reference | None:
    """A kind that is not known any more rests on nothing, and is refused."""
    if rests_on.kind not in set(ReferenceKind):
        return None
    return Reference(
        kind=ReferenceKind(rests_on.kind),
        id=rests_on.id,
        given_at=rests_on.given_at,
        expires_at=rests_on.expires_at,
        promised_for=rests_on.promised_for,
    )


def said_of(command: AskPermission, answer: Permit | Refusal) -> DialPermitted | DialRefused:
    """The answer as the journal keeps it."""
    if isinstance(answer, Refusal):
        return DialRefused(
            call_id=command.call_id,
            leg_id=command.leg_id,
            party_id=command.party_id,
            purpose=command.purpose,
            agent_id=command.agent_id,
            code=answer.code,
            facts=dict(answer.facts),
        )
    return DialPermitted(
        call_id=command.call_id,
        leg_id=command.leg_id,
        party_id=command.party_id,
        purpose=command.purpose,
        agent_id=command.agent_id,
        number=answer.callee,
        shown=None if answer.shown is None else answer.shown.number,
        right_id=None if answer.shown is None else answer.shown.right_id,
        rules_version=answer.rules_version,
        revision=answer.revision,
        ring_limit_ms=answer.ring_limit_ms,
        max_duration_ms=answer.max_duration_ms,
        rate_micros=answer.rate_micros,
        cost_limit_micros=answer.cost_limit_micros,
        consent_id=answer.consent_id,
    )
