"""What the journal tells of the end of a leg that was permitted for a lead: heard as the desk hears it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from routing.outbound.attempts import AttemptEnd, OpenAttempt, ended, given_up, never_dialled
from routing.outbound.facts import Outcome
from telephony.causes import HangupCause
from telephony.commands import DialOutside, FailureReason
from telephony.dialling import DialDropped, DialPermitted
from telephony.events import CallEnded, CommandFailed, Envelope, LegAnswered, LegFact, LegHungUp
from telephony.identifiers import CallId, Instant, LegId, after_ms
from telephony.machines import MachineHeard


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A leg that was permitted for a lead."""

    leg_id: LegId
    call_id: CallId
    lead_id: int
    at: Instant
    longest_ms: int
    end: AttemptEnd | None = None
    """None: its end is not known yet."""

    @property
    def was_dialled(self) -> bool:
        """Whether it counts: as far as is known somebody was dialled, or is to be."""
        return self.end is None or self.end.was_dialled

    @property
    def outcome(self) -> Outcome | None:
        """What it came to."""
        return None if self.end is None else self.end.outcome

    def open(self) -> OpenAttempt:
        """As the desk begins to follow it."""
        return OpenAttempt(
            leg_id=self.leg_id,
            call_id=self.call_id,
            agent_id=None,
            rate_micros=0,
            set_aside_micros=0,
            ends_by_at=after_ms(self.at, self.longest_ms),
        )


def heard_in(attempt: Attempt, story: Sequence[Envelope]) -> Attempt:
    """The attempt as these events of its call leave it; what was before its permit says nothing of it."""
    heard, is_permitted = attempt.open(), False
    for envelope in story:
        event, at = envelope.event, envelope.occurred_at
        if isinstance(event, DialPermitted) and event.leg_id == attempt.leg_id:
            is_permitted = True
        elif is_permitted and isinstance(event, CallEnded):
            return replace(attempt, end=ended(heard, at, None))
        elif is_permitted and getattr(event, "leg_id", None) == attempt.leg_id:
            end = _end_in(heard, envelope)
            if end is not None:
                return replace(attempt, end=end)
            heard = _further(heard, envelope)
    return attempt


def _end_in(heard: OpenAttempt, envelope: Envelope) -> AttemptEnd | None:
    event, at = envelope.event, envelope.occurred_at
    match event:
        case LegHungUp():
            is_unseen = event.is_estimated and event.cause is HangupCause.UNKNOWN and heard.answered_at is None
            return given_up(heard, at) if is_unseen else ended(heard, at, event.cause)
        case DialDropped():
            return never_dialled(heard, at)
        case CommandFailed() if not heard.was_seen and event.reason not in (FailureReason.DISCONNECTED, FailureReason.TIMED_OUT):
            is_untold = event.command == DialOutside.__name__ and event.reason in (FailureReason.GONE, FailureReason.REFUSED)
            return never_dialled(heard, at) if is_untold else ended(heard, at, None)
        case _:
            return None


def _further(heard: OpenAttempt, envelope: Envelope) -> OpenAttempt:
    event, at = envelope.event, envelope.occurred_at
    if isinstance(event, MachineHeard):
        return replace(heard, machine_at=at)
    if isinstance(event, LegAnswered) and heard.answered_at is None:
        return replace(heard, answered_at=at, was_seen=True)
    return replace(heard, was_seen=True) if isinstance(event, LegFact) else heard
