"""Proofs of consent to advertising calls: one of each number for each client, kept five years from the grant and each use."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.outbound.facts import ConsentBasis
from store.audit import Altered, Author, Authors, put_on_record, the_service
from store.engine import reading, writing
from store.known_callers import Hashes
from store.tables.outbound import ADVERTISING_CONSENTS
from store.upserts import insert_or_replace
from telephony.identifiers import SECOND, ClientId, Instant

KEPT_AFTER_USE_US = 5 * 366 * 86_400 * SECOND
"""§7a(2) UWG: five years from the grant and from each use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Who consented to be called by whom, when, how, to which words, and where the proof is."""

    consent_id: str
    client_id: ClientId
    """Whose calls were consented to."""
    basis: ConsentBasis
    granted_at: Instant
    given_how: str
    wording: str
    """The text consented to; of a presumed consent, the facts it is presumed from."""
    document: str


class ConsentStore:
    """Records and withdraws; nothing is deleted before its term."""

    def __init__(self, engine: AsyncEngine, keys: Hashes, author: Authors = the_service) -> None:
        self._engine = engine
        self._keys = keys
        self._author = author

    async def record(self, number: str, consent: Consent, *, by: Author | None = None) -> None:
        """The number's owner has consented; a later consent to the same client takes the place of the one before."""
        row = {
            "lookup_hash": self._keys.lookup_hash(number),
            "client_id": consent.client_id,
            "consent_id": consent.consent_id,
            "basis": consent.basis.value,
            "granted_at": consent.granted_at,
            "given_how": consent.given_how,
            "wording": consent.wording,
            "document": consent.document,
            "withdrawn_at": None,
            "used_at": None,
            "kept_until": consent.granted_at + KEPT_AFTER_USE_US,
        }
        async with writing(self._engine) as connection:
            await connection.execute(insert_or_replace(self._engine, ADVERTISING_CONSENTS).values(**row))
            altered = Altered(deed="consent.recorded", subject=consent.consent_id, after={"client_id": consent.client_id})
            await put_on_record(connection, by or self._author(), [altered])

    async def withdraw(self, number: str, client_id: ClientId, at: Instant, *, by: Author | None = None) -> bool:
        """No advertising call of that client to the number from that instant on; False where there was no consent."""
        consents = ADVERTISING_CONSENTS.c
        theirs = (consents.lookup_hash == self._keys.lookup_hash(number)) & (consents.client_id == client_id)
        async with writing(self._engine) as connection:
            row = (await connection.execute(select(consents.consent_id).where(theirs, consents.withdrawn_at.is_(None)))).first()
            if row is None:
                return False
            await connection.execute(update(ADVERTISING_CONSENTS).where(theirs).values(withdrawn_at=at))
            await put_on_record(connection, by or self._author(), [Altered(deed="consent.withdrawn", subject=row.consent_id)])
        return True

    async def used_at(self, consent_id: str) -> Instant | None:
        """When it was last used; None where never, or where there is none."""
        query = select(ADVERTISING_CONSENTS.c.used_at).where(ADVERTISING_CONSENTS.c.consent_id == consent_id)
        async with reading(self._engine) as connection:
            return (await connection.execute(query)).scalar()
