"""Callback that keeps the place, as the journal keeps it: the caller hangs up and is called when it is their turn.

Nobody is named but by party id: the number a caller confirms or types by keys is in the person store alone.
"""

from telephony.causes import EndReason
from telephony.events import Event, NumberFacts
from telephony.identifiers import CallId, Instant, PartyId


class CallbackOffered(Event, frozen=True, kw_only=True):
    """The caller is asked by which number to call back, for the `attempt`-th time: sounds, the number of `party_id` read out
    digit by digit, sounds. Without a party they are asked to type one; `number` is of a party whose number was typed."""

    call_id: CallId
    before: tuple[str, ...]
    party_id: PartyId | None
    number: NumberFacts | None
    after: tuple[str, ...]
    language: str
    attempt: int


class CallbackDeclined(Event, frozen=True, kw_only=True):
    """The caller waits on instead; `is_chosen`: by a key, else because none that means anything came."""

    call_id: CallId
    is_chosen: bool


class CallbackAgreed(Event, frozen=True, kw_only=True):
    """The caller will be called back: the place in the queue is kept, with all they have waited, and they may hang up.

    What holds for it is as it was then: at the most `attempts` times by this party's number, `retry_ms` after one in vain, and
    no more from `expires_at` on. `number` is None for one that came with the call (`LegOffered`).
    """

    call_id: CallId
    party_id: PartyId
    number: NumberFacts | None
    attempts: int
    retry_ms: int
    expires_at: Instant


class CallbackRested(Event, frozen=True, kw_only=True):
    """Nobody is rung for the callback before that instant, after so many attempts; the time still counts as waiting."""

    call_id: CallId
    until_at: Instant
    attempts: int


class CallbackGivenUp(Event, frozen=True, kw_only=True):
    """There is nothing left that could be called back for: the project is in use no more."""

    call_id: CallId
    reason: EndReason
