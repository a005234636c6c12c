"""What the journal says of callers who are called back: how they answer, and what comes of calling them. Pure."""

from dataclasses import dataclass

from telephony.callback import CallbackAgreed, CallbackRested
from telephony.causes import EndReason
from telephony.identifiers import Instant

AGREES, DECLINES = range(2)
"""What callers say who are asked."""

REACHED, IN_VAIN, POSTPONED, NEVER = range(4)
"""What an attempt comes to; postponed: not dialled, so it is no attempt; never: there will be no other."""


@dataclass(slots=True)
class Asked:
    """A caller who was asked, and where it has led."""

    since: Instant
    promise: CallbackAgreed | None = None
    attempts: int = 0
    """How often they were dialled."""
    bound_us: int | None = None
    """How long the attempt bound its agent that is over, and of which is not known yet what it came to."""

    def rested(self, event: CallbackRested) -> tuple[int, int] | None:
        """What the last attempt came to, and how long it took; None where the rest follows none."""
        bound_us, self.bound_us = self.bound_us, None
        outcome = IN_VAIN if event.attempts > self.attempts else POSTPONED
        self.attempts = event.attempts
        return None if bound_us is None else (outcome, bound_us)

    def ended(self, reason: EndReason) -> tuple[int, int] | None:
        """The same where the call has ended."""
        bound_us, self.bound_us = self.bound_us, None
        if bound_us is None or self.promise is None:
            return None
        is_last = self.attempts + 1 >= self.promise.attempts
        is_over = reason is EndReason.CALLBACK_REFUSED or (reason is EndReason.CALLBACK_UNREACHED and not is_last)
        return NEVER if is_over else IN_VAIN, bound_us
