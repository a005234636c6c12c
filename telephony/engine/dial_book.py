"""What the permit desk asks of its book: do-not-call lists, consents, attempts and what they cost, behind one port."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from routing.outbound.asking import DialAsk, Permit
from routing.outbound.attempts import AttemptEnd, OpenAttempt
from routing.outbound.facts import ConsentPurpose, DialFacts
from routing.outbound.windows import Since
from telephony.errors import FernamtError, Refusal
from telephony.identifiers import AgentId, CallId, ClientId, LegId, PartyId


class BookUnavailable(FernamtError):
    """What permission rests on cannot be read or written now."""

    code = "dial_book_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """An ask with what its facts are looked up by."""

    ask: DialAsk
    party_id: PartyId
    client_id: ClientId | None
    since: Since
    consent_purpose: ConsentPurpose = ConsentPurpose.ADVERTISING
    """What a consent has to be to, or to advertising, if it is to be found."""
    number: str | None = field(default=None, repr=False)
    """The party's number, where they were named a moment ago and may not be on disk yet. Who was erased stays unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """What is known of the party and of who asks."""

    number: str = field(repr=False)
    facts: DialFacts


Decide = Callable[[Ask, LookedUp | None], Permit | Refusal]
"""Says what becomes of an ask; None where nobody knows the party's number any more. Pure."""


class DialBook(Protocol):
    """Keeps do-not-call lists, consents, attempts and what they cost. Raises `BookUnavailable` where it cannot."""

    async def look_up(self, ask: Ask) -> LookedUp | None:
        """The party's number and all facts, in one look; None where nobody knows the number any more."""
        ...

    async def serve(
        self, ends: Sequence[AttemptEnd], left: Sequence[tuple[CallId, AgentId]], asks: Sequence[Ask], decide: Decide
    ) -> Sequence[Permit | Refusal]:
        """As `settle`, and then one ask after the other is looked up, decided and noted, so that each knows what those before it
        set aside. All of it is in the book when this returns, or nothing; a machine that fails may lose it until the journal is
        written into the same database, or the book has made sure. A leg that was there already is `ALREADY_DIALLED`."""
        ...

    async def note(self, ask: Ask, permit: Permit) -> bool:
        """The attempt and what is set aside for it are on disk; False, and nothing changed, where the leg was there already."""
        ...

    async def settle(self, ends: Sequence[AttemptEnd], left: Sequence[tuple[CallId, AgentId]]) -> None:
        """These attempts have ended: what was set aside is given back, what they cost is spent. And these agents are no more in
        the calls outside that they had. All of it or nothing; twice is like once, and what a failing machine loses of it is
        settled anew from the journal."""
        ...

    async def make_sure(self, leg_id: LegId) -> None:
        """The attempt is on disk, whatever becomes of the journal."""
        ...

    async def open_attempts(self) -> Sequence[OpenAttempt]:
        """All attempts whose end is not known."""
        ...

    async def number_of(self, party_id: PartyId) -> str | None:
        """The party's number as it was written; None where nobody knows it any more."""
        ...
