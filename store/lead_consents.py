"""Consents that come with a lead list: what is on record already, and what an import files beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.leads.lists import LeadList
from routing.outbound.facts import ConsentBasis, ConsentPurpose
from store.bulk import add_rows
from store.consent_terms import KEPT_AFTER_USE_US
from store.engine import reading, writing
from store.lead_rows import Proven, proof_in
from store.lead_staging import Stretch, within
from store.lease import Lease, require_epoch
from store.tables.outbound import ADVERTISING_CONSENTS
from telephony.identifiers import Instant

_CONSENTS = ADVERTISING_CONSENTS.c


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on record of a number's owner and a client's calls."""

    is_in_force: bool = False
    withdrawn_at: Instant | None = None
    """When one was withdrawn last."""

    def allows(self, new_at: Instant | None) -> bool:
        """Whether such calls are consented to, with a new consent of that instant or without."""
        return self.is_in_force or (new_at is not None and self.revives(new_at))

    def revives(self, new_at: Instant) -> bool:
        """Whether a consent of that instant came after the last withdrawal."""
        return self.withdrawn_at is None or new_at > self.withdrawn_at


class LeadConsents:
    """Consents to the calls of one list."""

    def __init__(self, engine: AsyncEngine, lead_list: LeadList, purpose: ConsentPurpose) -> None:
        self._engine = engine
        self._list = lead_list
        self._purpose = purpose

    async def standing(self, stretch: Stretch) -> Mapping[bytes, Standing]:
        """By the hashes that begin with these bytes."""
        async with reading(self._engine) as connection:
            return await self._standing(connection, stretch)

    async def _standing(self, connection: AsyncConnection, stretch: Stretch) -> dict[bytes, Standing]:
        query = select(_CONSENTS.lookup_hash, _CONSENTS.withdrawn_at, _CONSENTS.restricted_at, _CONSENTS.purpose)
        query = query.where(_CONSENTS.client_id == self._list.client_id, *within(_CONSENTS.lookup_hash, stretch))
        found: dict[bytes, Standing] = {}
        wide_enough = (ConsentPurpose.ADVERTISING.value, self._purpose.value)
        for row in (await connection.execute(query)).all():
            before = found.get(bytes(row.lookup_hash), Standing())
            is_in_force = row.withdrawn_at is None and row.restricted_at is None and row.purpose in wide_enough
            found[bytes(row.lookup_hash)] = Standing(
                is_in_force=before.is_in_force or is_in_force,
                withdrawn_at=Instant(max(before.withdrawn_at or 0, row.withdrawn_at or 0)) or None,
            )
        return found

    async def file(self, proofs: Sequence[tuple[bytes, int, str]], stretch: Stretch, lease: Lease) -> int:
        """The consents of these leads (hash, lead, proof), all of that stretch, are on record; how many are new.

        What is on record stays as it is, and so does a withdrawal: an older proof revives nothing. Twice is like once.
        """
        named = {name_of(lookup_hash, lead_id): (lookup_hash, proof) for lookup_hash, lead_id, proof in proofs}
        async with writing(self._engine) as connection:
            await require_epoch(connection, lease)
            there = select(_CONSENTS.consent_id).where(
                _CONSENTS.client_id == self._list.client_id, *within(_CONSENTS.lookup_hash, stretch)
            )
            missing = sorted(named.keys() - set((await connection.execute(there)).scalars()))
            known = await self._standing(connection, stretch)
            rows = []
            for consent_id in missing:
                lookup_hash, text = named[consent_id]
                rows.append(self._row(consent_id, lookup_hash, proof_in(text), known.get(lookup_hash, Standing())))
            await add_rows(connection, ADVERTISING_CONSENTS, _COLUMNS, rows)
        return len(rows)

    def _row(self, consent_id: str, lookup_hash: bytes, proof: Proven, known: Standing) -> tuple[object, ...]:
        basis = ConsentBasis.PRESUMED if proof.is_presumed else ConsentBasis.EXPRESS
        return (
            consent_id,
            lookup_hash,
            self._list.client_id,
            self._purpose.value,
            basis.value,
            proof.granted_at,
            proof.given_how,
            proof.wording,
            proof.document,
            "",
            f"lead list {self._list.list_id}",
            None if known.revives(Instant(proof.granted_at)) else known.withdrawn_at,
            proof.granted_at + KEPT_AFTER_USE_US,
        )


def name_of(lookup_hash: bytes, lead_id: int) -> str:
    """The id of the consent this lead brought for that number: the same however often it is filed, and in the hashes' order."""
    return f"{lookup_hash[:8].hex()}-lead-{lead_id}"


_COLUMNS = (
    "consent_id",
    "lookup_hash",
    "client_id",
    "purpose",
    "basis",
    "granted_at",
    "given_how",
    "wording",
    "document",
    "wording_version",
    "source",
    "withdrawn_at",
    "kept_until",
)
