"""Attempts to reach somebody: what is set aside for one while it goes on, and what it comes to."""

from dataclasses import dataclass

from routing.outbound.asking import DialAsk, Permit
from routing.outbound.cost import MINUTE_MS, price_of
from routing.outbound.facts import Outcome
from telephony.causes import HangupCause
from telephony.identifiers import MS, AgentId, CallId, Instant, LegId, after_ms

MISTAKEN_MS = MINUTE_MS
"""Whom an agent talks with for so long who was told of a machine is a person."""
RESTORED_LATE_MS = 5 * MINUTE_MS
"""So long after its last possible end an attempt is given up that nobody saw ending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAttempt:
    """A permitted leg whose end is not known yet."""

    leg_id: LegId
    call_id: CallId
    agent_id: AgentId | None
    rate_micros: int
    set_aside_micros: int
    ends_by_at: Instant
    answered_at: Instant | None = None
    machine_at: Instant | None = None
    """When an answering machine was heard."""
    was_seen: bool = False
    """Whether the switch said anything of the leg."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEnd:
    """How an attempt ended, and what it cost."""

    leg_id: LegId
    ended_at: Instant
    answered_at: Instant | None
    outcome: Outcome
    cost_micros: int
    was_dialled: bool = True
    """False: nobody was, and nobody will be; the attempt counts for nothing."""


def opened_by(ask: DialAsk, permit: Permit) -> OpenAttempt:
    """The attempt that this permit begins."""
    return OpenAttempt(
        leg_id=ask.leg_id,
        call_id=ask.call_id,
        agent_id=ask.agent_id,
        rate_micros=permit.rate_micros,
        set_aside_micros=permit.cost_limit_micros,
        ends_by_at=after_ms(permit.permitted_at, permit.ring_limit_ms + permit.max_duration_ms),
    )


def ended(attempt: OpenAttempt, at: Instant, cause: HangupCause | None) -> AttemptEnd:
    """The end of the leg at that instant; without a cause, it was never dialled or nobody saw why."""
    answered_at = attempt.answered_at
    if answered_at is None:
        outcome = Outcome.FAILED if cause is None else _BY_CAUSE.get(cause, Outcome.FAILED)
        return AttemptEnd(leg_id=attempt.leg_id, ended_at=at, answered_at=None, outcome=outcome, cost_micros=0)
    talked_ms = -(-max(at - answered_at, 0) // MS)
    return AttemptEnd(
        leg_id=attempt.leg_id,
        ended_at=at,
        answered_at=answered_at,
        outcome=Outcome.MACHINE if _is_machine(attempt, at) else Outcome.ANSWERED,
        cost_micros=price_of(max(talked_ms, 1), attempt.rate_micros),
    )


def _is_machine(attempt: OpenAttempt, ended_at: Instant) -> bool:
    return attempt.machine_at is not None and ended_at < after_ms(attempt.machine_at, MISTAKEN_MS)


def never_dialled(attempt: OpenAttempt, at: Instant) -> AttemptEnd:
    """The end of an attempt whose permit nobody used, or that was never given: as if it had not been asked for."""
    return AttemptEnd(
        leg_id=attempt.leg_id, ended_at=at, answered_at=None, outcome=Outcome.FAILED, cost_micros=0, was_dialled=False
    )


def given_up(attempt: OpenAttempt, at: Instant) -> AttemptEnd:
    """The end of an attempt nobody saw ending: all that was set aside counts as spent."""
    return AttemptEnd(
        leg_id=attempt.leg_id,
        ended_at=at,
        answered_at=attempt.answered_at,
        outcome=Outcome.UNCLEAR,
        cost_micros=attempt.set_aside_micros,
    )


_BY_CAUSE = {
    HangupCause.BUSY: Outcome.BUSY,
    HangupCause.REJECTED: Outcome.BUSY,
    HangupCause.NORMAL: Outcome.NO_ANSWER,
    HangupCause.NO_ANSWER: Outcome.NO_ANSWER,
    HangupCause.NO_USER_RESPONDING: Outcome.NO_ANSWER,
    HangupCause.SUBSCRIBER_ABSENT: Outcome.NO_ANSWER,
    HangupCause.UNALLOCATED: Outcome.INVALID,
    HangupCause.NO_ROUTE: Outcome.INVALID,
    HangupCause.INVALID_NUMBER: Outcome.INVALID,
}
