"""The keeping of recordings of the web edge's surroundings, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from recording.retention import RecordingTerms, require_terms
from recording.vault.canonical import encoded
from recording.vault.receipts import receipt
from store.audit import Author
from store.vault import NoSuchSegment, VaultState
from store.vault_holds import Hold, HoldRefused, SecondPersonNeeded
from store.vault_intake import ListedSegment
from telephony.identifiers import Instant, ProjectId, UserId
from tests.recorded import SIGNER, STOPPED_AT
from web.keeping_ports import Keeping

SEGMENT = "0192-call.segment.1"


def a_hold(hold_id: str, *, asked_by: str = "user-0", at: Instant = STOPPED_AT) -> Hold:
    """One that somebody asked for."""
    later = dict.fromkeys(("confirmed_by", "confirmed_at", "lift_asked_by", "lift_asked_at", "lifted_by", "lifted_at"))
    return Hold(hold_id=hold_id, segment_id=SEGMENT, reason="court", asked_by=UserId(asked_by), asked_at=at, **later)


class MemoryHolds:
    """The store, as a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[str, Hold] = {}

    async def ask(self, hold_id: str, segment_id: str, *, by: Author) -> None:
        if segment_id != SEGMENT:
            raise NoSuchSegment("no such segment")
        self.rows[hold_id] = replace(a_hold(hold_id, asked_by=by.user_id, at=by.at), reason=by.reason)

    async def confirm(self, hold_id: str, *, by: Author) -> None:
        hold = await self.get(hold_id)
        if hold.has_lapsed(by.at) or hold.lifted_at is not None:
            raise HoldRefused("too late")
        if hold.asked_by == by.user_id:
            raise SecondPersonNeeded("it takes two")
        self.rows[hold_id] = replace(hold, confirmed_by=by.user_id, confirmed_at=by.at)

    async def lift(self, hold_id: str, *, by: Author) -> bool:
        hold = await self.get(hold_id)
        if hold.lifted_at is not None:
            raise HoldRefused("too late")
        is_second = hold.waits_for_a_second(by.at) and hold.lift_asked_by != by.user_id
        changed = (
            {"lifted_by": by.user_id, "lifted_at": by.at} if is_second else {"lift_asked_by": by.user_id, "lift_asked_at": by.at}
        )
        self.rows[hold_id] = replace(hold, **changed)  # type: ignore[arg-type]
        return is_second

    async def get(self, hold_id: str) -> Hold:
        if hold_id not in self.rows:
            raise HoldRefused("no such hold")
        return self.rows[hold_id]

    async def unlifted(self, *, limit: int = 1_000) -> Sequence[Hold]:
        return [hold for hold in self.rows.values() if hold.lifted_at is None][:limit]


class MemoryTerms:
    """The book, as a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[ProjectId, RecordingTerms] = {}

    async def of(self, project_id: ProjectId) -> RecordingTerms:
        return self.rows.get(project_id, RecordingTerms())

    async def all(self) -> Mapping[ProjectId, RecordingTerms]:
        return self.rows

    async def put(self, project_id: ProjectId, terms: RecordingTerms, *, by: Author) -> int:
        self.rows[project_id] = require_terms(terms)
        return 2


class MemoryVault:
    """One segment that is kept, and one that is gone."""

    async def listed(
        self, *, call_id: str | None = None, order_id: str | None = None, limit: int = 100
    ) -> Sequence[ListedSegment]:
        kept = ListedSegment(
            segment_id=SEGMENT,
            client_id="acme",
            project_id="acme-service",
            call_id="0192-call",
            order_id="order-7",
            kept_as="order_segment",
            state=VaultState.KEPT,
            stopped_at=STOPPED_AT,
            sealed_at=STOPPED_AT,
            stored_at=STOPPED_AT,
            kept_until=Instant(STOPPED_AT + 1),
            link_number=1,
            trouble=None,
            shred_reason=None,
        )
        is_meant = call_id in (None, kept.call_id) and order_id in (None, kept.order_id)
        return [kept][:limit] if is_meant else []

    async def receipts(self, limit: int | None = None) -> Sequence[tuple[str, bytes]]:
        word = receipt(segment_id="gone", link_number=3, at=STOPPED_AT, reason="term", signer=SIGNER)
        return [("gone", encoded(word))][:limit]


def a_keeping() -> Keeping:
    """Everything of it, empty but for the vault's two."""
    vault = MemoryVault()
    return Keeping(holds=MemoryHolds(), terms=MemoryTerms(), segments=vault, receipts=vault)
