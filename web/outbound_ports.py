"""What the edge needs for calls outside: who is not called, and which numbers may be shown."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from routing.outbound.facts import Covers
from routing.outbound.phone_use import Known, PhoneUse, UnclearCall, UseRules
from routing.outbound.shown import ShownRight
from store.audit import Author
from store.consents import Consent, Document, Recorded, Withdrawn
from store.do_not_call import DoNotCallList, Entry
from store.right_documents import KeptDocument
from telephony.identifiers import AgentId, CallId, ClientId, Instant, PartyId


class DoNotCallLists(Protocol):
    """Do-not-call lists: numbers go in as keyed hashes and never come out. Raises `CentreRejected` for a list of nobody's."""

    async def counts(self) -> Mapping[DoNotCallList, int]:
        """How many numbers each list has."""
        ...

    async def entries_of(self, number: str) -> Mapping[DoNotCallList, Entry]:
        """What all lists say of that number."""
        ...

    async def add(
        self, whose: DoNotCallList, numbers: Sequence[str], *, covers: Covers, reason: str, by: Author | None = None
    ) -> int:
        """The numbers are on the list; how many were not, or for less."""
        ...

    async def remove(self, whose: DoNotCallList, number: str, *, reason: str, by: Author | None = None) -> bool:
        """The number is not on the list; False where it was not."""
        ...


class Consents(Protocol):
    """Proofs of consent to advertising: none replaces another. Raises `CentreRejected` for what proves nothing."""

    async def record(
        self, number: str, consent: Consent, document: Document | None = None, *, by: Author | None = None
    ) -> Recorded:
        """The number's owner has consented; what was on record before stays so."""
        ...

    async def history(self, number: str, client_ids: Sequence[ClientId] | None = None) -> Sequence[Recorded]:
        """All consents of that number, the newest first; to these clients only, where given."""
        ...

    async def document(self, document_id: str) -> tuple[ClientId, Document] | None:
        """The proof in clear, and to whose calls it is one."""
        ...

    async def withdraw(
        self, number: str, client_id: ClientId, at: Instant, *, reason: str = "", by: Author | None = None
    ) -> Withdrawn:
        """No advertising call of that client to the number from that instant on."""
        ...

    async def withdraw_of_call(
        self, call_id: CallId, party_id: PartyId | None, client_id: ClientId, at: Instant, *, reason: str, by: Author
    ) -> Withdrawn | None:
        """The party of that call wants no advertising any more. None where nobody knows their number any more."""
        ...


class PhoneUses(Protocol):
    """What the attempts on record tell of the use of softphones, and what people found out where they tell nothing."""

    async def of_agents(
        self, from_at: Instant, to_at: Instant, rules: UseRules, agent_ids: Collection[AgentId] | None = None
    ) -> Sequence[PhoneUse]:
        """The use of every agent who called in [from, to), of these only where given, by id."""
        ...

    async def unclear(
        self, from_at: Instant, to_at: Instant, agent_ids: Collection[AgentId] | None = None
    ) -> Sequence[UnclearCall]:
        """Calls by hand of [from, to) whose end nobody saw and nobody cleared up, the newest first."""
        ...

    async def clear(
        self, call_id: CallId, known: Known, note: str, *, by: Author, agent_ids: Collection[AgentId] | None = None
    ) -> bool:
        """The call is off the list; False where no such call is on it, or none of these agents'."""
        ...


class ShownRights(Protocol):
    """The register of rights to show a number. Raises `CentreRejected` for what cannot be one."""

    async def rights(self) -> Sequence[ShownRight]:
        """All, those that are over as well."""
        ...

    async def add(self, right: ShownRight, *, by: Author | None = None) -> None: ...
    async def end(self, right_id: str, at: Instant, *, by: Author | None = None) -> None: ...


class RightDocuments(Protocol):
    """What rights to show a number rest on, version by version. Raises `CentreRejected` for what is no document."""

    async def counts(self) -> Mapping[str, int]:
        """How many versions each right has that has one."""
        ...

    async def of(self, right_id: str) -> Sequence[KeptDocument]:
        """All versions, the newest first."""
        ...

    async def add(self, right_id: str, name: str, content: bytes, *, by: Author | None = None) -> KeptDocument:
        """The document is the right's newest version; what was there stays."""
        ...

    async def open(self, right_id: str, version: int) -> Document | None:
        """That version in clear."""
        ...
