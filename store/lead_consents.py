"""Consents to advertising that come with a lead list: what is on record already, and what an import files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.outbound.facts import ConsentBasis
from store.bulk import add_rows
from store.consent_terms import KEPT_AFTER_USE_US
from store.engine import reading, writing
from store.lead_rows import Proven, proof_in
from store.lead_staging import Stretch, within
from store.lease import Lease, require_epoch
from store.tables.outbound import ADVERTISING_CONSENTS
from store.upserts import insert_or_replace
from telephony.identifiers import ClientId, Instant


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on record of a number's owner and a client."""

    granted_at: Instant
    withdrawn_at: Instant | None

    def allows(self, new_at: Instant | None) -> bool:
        """Whether advertising is consented to, with a new consent of that instant or without."""
        return self.withdrawn_at is None or (new_at is not None and new_at > self.withdrawn_at)


class LeadConsents:
    """Consents to one client's advertising."""

    def __init__(self, engine: AsyncEngine, client_id: ClientId) -> None:
        self._engine = engine
        self._client_id = client_id

    async def standing(self, stretch: Stretch) -> Mapping[bytes, Standing]:
        """By the hashes that begin with these bytes."""
        async with reading(self._engine) as connection:
            return await self._standing(connection, stretch)

    async def _standing(self, connection: AsyncConnection, stretch: Stretch) -> dict[bytes, Standing]:
        consents = ADVERTISING_CONSENTS.c
        ended_at = func.coalesce(consents.withdrawn_at, consents.restricted_at).label("withdrawn_at")
        query = select(consents.lookup_hash, consents.granted_at, ended_at)
        query = query.where(consents.client_id == self._client_id, *within(consents.lookup_hash, stretch))
        # Of several the one in force comes last and stands, else the one that ended last.
        rows = (await connection.execute(query.order_by(case((ended_at.is_(None), 1), else_=0), ended_at))).all()
        return {bytes(row.lookup_hash): Standing(row.granted_at, row.withdrawn_at) for row in rows}

    async def file(self, proofs: Sequence[tuple[bytes, int, str]], stretch: Stretch, lease: Lease) -> int:
        """The consents of these leads (hash, lead, proof), all of that stretch, are on record; how many are new.

        What is on record stands, unless it was withdrawn before the new one was granted. Twice is like once.
        """
        async with writing(self._engine) as connection:
            await require_epoch(connection, lease)
            known = await self._standing(connection, stretch)
            new: dict[bytes, tuple[object, ...]] = {}
            anew: dict[bytes, tuple[object, ...]] = {}
            for lookup_hash, lead_id, text in proofs:
                proof, there = proof_in(text), known.get(lookup_hash)
                if there is None:
                    new[lookup_hash] = self._row(lookup_hash, lead_id, proof)
                elif there.withdrawn_at is not None and there.allows(Instant(proof.granted_at)):
                    anew[lookup_hash] = self._row(lookup_hash, lead_id, proof)
            await add_rows(connection, ADVERTISING_CONSENTS, _COLUMNS, list(new.values()))
            for row in anew.values():
                values = dict(zip(_COLUMNS, row, strict=True))
                await connection.execute(insert_or_replace(self._engine, ADVERTISING_CONSENTS).values(**values))
        return len(new) + len(anew)

    def _row(self, lookup_hash: bytes, lead_id: int, proof: Proven) -> tuple[object, ...]:
        basis = ConsentBasis.PRESUMED if proof.is_presumed else ConsentBasis.EXPRESS
        return (
            lookup_hash,
            self._client_id,
            f"lead-{lead_id}-{lookup_hash[:4].hex()}",
            basis.value,
            proof.granted_at,
            proof.given_how,
            proof.wording,
            proof.document,
            proof.granted_at + KEPT_AFTER_USE_US,
        )


_COLUMNS = (
    "lookup_hash",
    "client_id",
    "consent_id",
    "basis",
    "granted_at",
    "given_how",
    "wording",
    "document",
    "kept_until",
)
