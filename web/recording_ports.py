"""What the edge needs of recording: texts by which called parties are asked, what the vault has, and who may hear it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Protocol

from recording.access import AccessRequest, Grant, Wanted
from recording.consent import ConsentText, Draft, Part, TextFault
from recording.vault.heard import Stretch
from recording.vault.manifest import Manifest
from store.audit import Author
from store.recording_access import Access, Served, ToHear
from store.vault_intake import ListedSegment
from telephony.errors import FernamtError
from telephony.identifiers import Instant, ProjectId, UserId
from telephony.order_segments import ConsentPurpose


class ConsentTexts(Protocol):
    """Texts by project, purpose and language; a version is published once and stays."""

    async def publish(self, draft: Draft, *, by: Author) -> ConsentText | tuple[tuple[TextFault, Part | None], ...]:
        """The text is the next version; or all that is missing in it."""
        ...

    async def texts(self, project_id: ProjectId) -> Sequence[ConsentText]:
        """All versions, by purpose and language, the newest first."""
        ...

    async def in_force(
        self, project_id: ProjectId, language: str, purpose: ConsentPurpose = ConsentPurpose.ORDER
    ) -> ConsentText | None:
        """The text to be read now; None: nobody is asked for that in that language."""
        ...


class SealedSegments(Protocol):
    """The vault's word on segments; nothing of their sound."""

    async def sealed(self, order_id: str) -> frozenset[str]:
        """The order's segments that are sealed and not shredded."""
        ...

    async def sealed_of(self, order_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """The same of several orders; those that have none are left out."""
        ...

    async def listed(
        self, *, call_id: str | None = None, order_id: str | None = None, limit: int = 100
    ) -> Sequence[ListedSegment]:
        """Segments, those that stopped last first; of that call or order only where one is named."""
        ...

    async def told(self, segment_id: str) -> tuple[ListedSegment, Manifest | None] | None:
        """That segment, and what is proven of it; None: the vault knows none."""
        ...


class RecordingAccess(Protocol):
    """Who wants to hear a recording, who may, and who did. All raise `AccessRefused` and `NoSuchAccess`."""

    async def ask(self, request_id: str, segment_id: str, wanted: Wanted, *, by: Author) -> AccessRequest: ...
    async def decide(self, request_id: str, *, is_approved: bool, by: Author) -> AccessRequest: ...
    async def end(self, request_id: str, *, by: Author) -> AccessRequest: ...
    async def request(self, request_id: str) -> AccessRequest: ...
    async def requests(self, *, segment_id: str | None = None, limit: int = 200) -> Sequence[AccessRequest]: ...
    async def grants_of(self, user_id: UserId, now: Instant) -> Sequence[Grant]: ...
    async def sit(self, sitting_id: str, grant_id: str, session_id: str, *, by: Author) -> ToHear: ...
    async def look(self, sitting_id: str, user_id: UserId, session_id: str | None, now: Instant) -> ToHear:
        """The sitting, open and that person's; nothing may be served on this word."""
        ...

    async def serve(
        self, sitting_id: str, what: Served, from_ms: int, to_ms: int, *, user_id: UserId, session_id: str | None, at: Instant
    ) -> ToHear:
        """The stretch may be served, and is on record."""
        ...

    async def leave(self, sitting_id: str, user_id: UserId, now: Instant) -> None: ...
    async def fetch(self, request_id: str, to_ms: int, *, by: Author) -> AccessRequest: ...
    async def accesses(self, segment_id: str, limit: int = 1_000) -> Sequence[Access]: ...


class RecordingSound(Protocol):
    """The vault's sound. Raises `SoundUnavailable` where there is none that can be had."""

    async def stretch(self, manifest: Manifest, stretch: Stretch) -> bytes: ...
    async def peaks(self, manifest: Manifest, count: int) -> tuple[list[int], list[int]]: ...
    def package(self, segment_id: str, purpose: str, at: Instant) -> AsyncGenerator[bytes]: ...


class SoundUnavailable(FernamtError):
    """The vault has no sound of the segment, or no key to it, or it was changed there."""

    code = "sound_unavailable"
