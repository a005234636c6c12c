"""What the edge needs of the keeping of recordings: terms, legal holds, receipts. Never a recording's sound."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from recording.retention import RecordingTerms
from store.audit import Author
from store.vault_holds import Hold
from store.vault_intake import ListedSegment
from telephony.identifiers import ProjectId


class Holds(Protocol):
    """Legal holds: set by two people, and lifted by two. Raises `HoldRefused`, and `NoSuchSegment`."""

    async def ask(self, hold_id: str, segment_id: str, *, by: Author) -> None:
        """The segment is held, for a week at first."""
        ...

    async def confirm(self, hold_id: str, *, by: Author) -> None:
        """The hold stays until it is lifted."""
        ...

    async def lift(self, hold_id: str, *, by: Author) -> bool:
        """The hold is lifted, where another person asked for that of late; else this one has asked: False."""
        ...

    async def get(self, hold_id: str) -> Hold:
        """That hold."""
        ...

    async def unlifted(self, *, limit: int = 1_000) -> Sequence[Hold]:
        """All that nobody has lifted, the newest first."""
        ...


class RecordingTermsBook(Protocol):
    """How long projects keep what they record."""

    async def of(self, project_id: ProjectId) -> RecordingTerms:
        """The project's terms."""
        ...

    async def all(self) -> Mapping[ProjectId, RecordingTerms]:
        """Of all projects that have terms of their own."""
        ...

    async def put(self, project_id: ProjectId, terms: RecordingTerms, *, by: Author) -> int:
        """These terms hold; says how many segments end earlier now. Raises `TermTooLong`."""
        ...


class KeptSegments(Protocol):
    """What the vault's book tells."""

    async def listed(
        self, *, call_id: str | None = None, order_id: str | None = None, limit: int = 100
    ) -> Sequence[ListedSegment]:
        """Segments, those that stopped last first."""
        ...


class Receipts(Protocol):
    """The words on what was shredded."""

    async def receipts(self, limit: int | None = None) -> Sequence[tuple[str, bytes]]:
        """Those that went last first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """The four of them."""

    holds: Holds
    terms: RecordingTermsBook
    segments: KeptSegments
    receipts: Receipts
