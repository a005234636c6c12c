"""How long proofs of consent are kept, and what becomes of them when their owner is erased."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables.outbound import ADVERTISING_CONSENTS, CONSENT_DOCUMENTS
from telephony.identifiers import SECOND, Instant

KEPT_AFTER_USE_US = 5 * 366 * 86_400 * SECOND
"""§7a(2) UWG: five years from the grant and from each use."""
_CONSENTS = ADVERTISING_CONSENTS.c


async def restrict_consents(connection: AsyncConnection, hashes: Sequence[bytes], at: Instant) -> None:
    """The consents of these numbers are proofs from now on, and permit nothing: their owner was erased."""
    is_open = _CONSENTS.lookup_hash.in_(list(hashes)) & _CONSENTS.restricted_at.is_(None)
    await connection.execute(update(ADVERTISING_CONSENTS).where(is_open).values(restricted_at=at))


async def extend(connection: AsyncConnection, consent_id: str, used_at: Instant) -> None:
    """The consent was used: it, and the document it rests on, are kept five years from then."""
    kept = {"kept_until": used_at + KEPT_AFTER_USE_US}
    await connection.execute(
        update(ADVERTISING_CONSENTS).where(_CONSENTS.consent_id == consent_id).values(used_at=used_at, **kept)
    )
    documents = select(_CONSENTS.document_id).where(_CONSENTS.consent_id == consent_id, _CONSENTS.document_id.is_not(None))
    await connection.execute(update(CONSENT_DOCUMENTS).where(CONSENT_DOCUMENTS.c.document_id.in_(documents)).values(**kept))
