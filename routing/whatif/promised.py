"""What the journal says of callers who are called back: how they answer, and what comes of calling them. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from routing.whatif.patience import Patience
from telephony.callback import CallbackAgreed, CallbackRested
from telephony.causes import EndReason
from telephony.identifiers import SECOND, Instant

AGREES, DECLINES = range(2)
"""What callers say who are asked."""

REACHED, IN_VAIN, POSTPONED, NEVER = range(4)
"""What an attempt comes to; postponed: not dialled, so it is no attempt; never: there will be no other."""


HEAVIEST = 50.0
"""No answer stands for more than so many that were not heard."""

Answer = tuple[int, int, int]
"""What a caller said, how long they had waited when they were asked, and how long the answer took."""


class Answers:
    """What callers say who are asked, and after how long.

    Who thinks for long hangs up in the middle more often, so answers that took long are heard too rarely: each stands for as
    many as would have been needed for one to hold out so long, by the patience of the project's callers.
    """

    def __init__(self, heard: Sequence[Answer], patience: Patience) -> None:
        self._heard = sorted(heard, key=lambda answer: answer[2])
        weights = []
        for _, waited_us, took_us in self._heard:
            before, after = patience.surviving(waited_us // SECOND), patience.surviving((waited_us + took_us) // SECOND)
            weights.append(min(before / after, HEAVIEST) if after else HEAVIEST)
        self._reach = list(accumulate(weights))

    def draw(self, chance: float) -> tuple[int, int]:
        """The answer at that part of all of them, and how long it took; yes at once where nobody was ever asked."""
        if not self._heard:
            return AGREES, 0
        answer, _, took_us = self._heard[bisect_right(self._reach, chance * self._reach[-1])]
        return answer, took_us


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
