"""Proofs of consent to advertising calls: each is kept five years from its grant and each use, whatever comes after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.outbound.facts import ConsentBasis, ConsentPurpose, Covers, ListOwner
from store.audit import Altered, Author, Authors, put_on_record, the_service
from store.centre import CentreRejected, Fault
from store.consent_terms import KEPT_AFTER_USE_US
from store.do_not_call import DoNotCallList, put_entry
from store.documents import LARGEST_DOCUMENT, Document, opened_document, sealed_document
from store.engine import reading, writing
from store.parties import PartyKeys
from store.tables.directory import CLIENTS
from store.tables.journal import PARTIES
from store.tables.outbound import ADVERTISING_CONSENTS, CONSENT_DOCUMENTS, DIAL_ATTEMPTS
from telephony.faults import FaultCode, Wrong
from telephony.identifiers import AgentId, CallId, ClientId, Instant, LegId, PartyId

_CONSENTS = ADVERTISING_CONSENTS.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Who consented to be called by whom, when, how, to which words, and where the proof is."""

    consent_id: str
    client_id: ClientId
    """Whose calls were consented to."""
    purpose: ConsentPurpose = ConsentPurpose.ADVERTISING
    basis: ConsentBasis
    granted_at: Instant
    given_how: str
    wording: str
    """The text consented to; of a presumed consent, the facts it is presumed from."""
    wording_version: str = ""
    source: str = ""
    """Where it came from: a form, a campaign, a list."""
    document: str
    """Where the proof is filed, where it is not stored here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A consent on record, and what became of it."""

    consent: Consent
    document_id: str | None
    document_name: str | None
    withdrawn_at: Instant | None
    restricted_at: Instant | None
    used_at: Instant | None
    kept_until: Instant

    @property
    def is_in_force(self) -> bool:
        """Whether calls may rest on it."""
        return self.withdrawn_at is None and self.restricted_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """What a withdrawal ended: consents, and calls that rest on one of them and go on."""

    consent_ids: tuple[str, ...]
    running: tuple[tuple[CallId, LegId, AgentId | None], ...]


__all__ = ["KEPT_AFTER_USE_US", "LARGEST_DOCUMENT", "Consent", "ConsentStore", "Document", "Recorded", "Withdrawn"]


class ConsentStore:
    """Records and withdraws; nothing is replaced, and nothing deleted before its term."""

    def __init__(self, engine: AsyncEngine, keys: PartyKeys, author: Authors = the_service) -> None:
        self._engine = engine
        self._keys = keys
        self._author = author

    async def record(
        self, number: str, consent: Consent, document: Document | None = None, *, by: Author | None = None
    ) -> Recorded:
        """The number's owner has consented; what was on record before stays so. Raises `CentreRejected` with all that is wrong.

        One granted before the last withdrawal is a proof of what was, and permits nothing.
        """
        lookup_hash = self._keys.lookup_hash(number)
        kept_until = Instant(consent.granted_at + KEPT_AFTER_USE_US)
        author = by or self._author()
        async with writing(self._engine) as connection:
            faults = await _faults(connection, consent, document, author.at)
            if faults:
                raise CentreRejected(faults)
            theirs = _of(lookup_hash, consent.client_id)
            last = select(func.max(_CONSENTS.withdrawn_at)).where(theirs, _CONSENTS.withdrawn_at >= consent.granted_at)
            withdrawn_at = (await connection.execute(last)).scalar()
            document_id = None if document is None else await self._keep(connection, consent.consent_id, document, kept_until)
            row = {
                "consent_id": consent.consent_id,
                "lookup_hash": lookup_hash,
                "client_id": consent.client_id,
                "purpose": consent.purpose.value,
                "basis": consent.basis.value,
                "granted_at": consent.granted_at,
                "given_how": consent.given_how,
                "wording": consent.wording,
                "wording_version": consent.wording_version,
                "source": consent.source,
                "document": consent.document,
                "document_id": document_id,
                "withdrawn_at": withdrawn_at,
                "restricted_at": None,
                "used_at": None,
                "kept_until": kept_until,
            }
            await connection.execute(insert(ADVERTISING_CONSENTS).values(**row))
            after = {"client_id": consent.client_id, "purpose": consent.purpose.value, "basis": consent.basis.value}
            altered = Altered(deed="consent.recorded", subject=consent.consent_id, after=after)
            await put_on_record(connection, author, [altered])
        return Recorded(
            consent=consent,
            document_id=document_id,
            document_name=None if document is None else document.name,
            withdrawn_at=withdrawn_at,
            restricted_at=None,
            used_at=None,
            kept_until=kept_until,
        )

    async def history(self, number: str, client_ids: Sequence[ClientId] | None = None) -> Sequence[Recorded]:
        """All consents of that number, the newest first; to these clients only, where given."""
        joined = ADVERTISING_CONSENTS.outerjoin(CONSENT_DOCUMENTS, CONSENT_DOCUMENTS.c.document_id == _CONSENTS.document_id)
        query = select(ADVERTISING_CONSENTS, CONSENT_DOCUMENTS.c.name.label("document_name")).select_from(joined)
        query = query.where(_CONSENTS.lookup_hash == self._keys.lookup_hash(number))
        if client_ids is not None:
            query = query.where(_CONSENTS.client_id.in_(list(client_ids)))
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(_CONSENTS.granted_at.desc(), _CONSENTS.consent_id))).all()
        return [_recorded(row) for row in rows]

    async def document(self, document_id: str) -> tuple[ClientId, Document] | None:
        """The proof in clear, and to whose calls it is one. Raises `PartyError` where it was changed."""
        joined = CONSENT_DOCUMENTS.join(ADVERTISING_CONSENTS, CONSENT_DOCUMENTS.c.document_id == _CONSENTS.document_id)
        query = select(CONSENT_DOCUMENTS, _CONSENTS.client_id).select_from(joined)
        async with reading(self._engine) as connection:
            row = (await connection.execute(query.where(CONSENT_DOCUMENTS.c.document_id == document_id).limit(1))).first()
        if row is None:
            return None
        return ClientId(row.client_id), opened_document(self._keys, row, _purpose(document_id))

    async def withdraw(
        self, number: str, client_id: ClientId, at: Instant, *, reason: str = "", by: Author | None = None
    ) -> Withdrawn:
        """No advertising call of that client to the number from that instant on; says which consents that ended."""
        author = by or self._author()
        async with writing(self._engine) as connection:
            return await self._withdraw(connection, self._keys.lookup_hash(number), client_id, at, reason=reason, author=author)

    async def withdraw_of_call(
        self, call_id: CallId, party_id: PartyId | None, client_id: ClientId, at: Instant, *, reason: str, by: Author
    ) -> Withdrawn | None:
        """The party of that call wants no advertising of that client any more, in whatever way: on the client's do-not-call list
        as well, from that instant on. None where nobody knows the party's number any more."""
        attempts = DIAL_ATTEMPTS.c
        of_call = and_(attempts.leg_id >= f"{call_id}.", attempts.leg_id < f"{call_id}/", attempts.counts_for_number)
        dialled = select(attempts.lookup_hash).where(of_call).order_by(attempts.permitted_at.desc()).limit(1)
        called = select(PARTIES.c.lookup_hash).where(PARTIES.c.party_id == party_id)
        async with writing(self._engine) as connection:
            lookup_hash = (await connection.execute(dialled)).scalar() or (await connection.execute(called)).scalar()
            if lookup_hash is None:
                return None
            whose = DoNotCallList(owner=ListOwner.CLIENT, owner_id=client_id)
            await put_entry(connection, lookup_hash, whose, covers=Covers.ADVERTISING, reason=reason, by=by)
            return await self._withdraw(connection, bytes(lookup_hash), client_id, at, reason=reason, author=by)

    async def _withdraw(
        self, connection: AsyncConnection, lookup_hash: bytes, client_id: ClientId, at: Instant, *, reason: str, author: Author
    ) -> Withdrawn:
        theirs = and_(_of(lookup_hash, client_id), _CONSENTS.withdrawn_at.is_(None), _CONSENTS.granted_at <= at)
        ended = list((await connection.execute(select(_CONSENTS.consent_id).where(theirs))).scalars())
        if not ended:
            return Withdrawn(consent_ids=(), running=())
        await connection.execute(update(ADVERTISING_CONSENTS).where(theirs).values(withdrawn_at=at))
        altered = [Altered(deed="consent.withdrawn", subject=each, after={"why": reason} if reason else None) for each in ended]
        await put_on_record(connection, author, altered)
        attempts = DIAL_ATTEMPTS.c
        running = select(attempts.call_id, attempts.leg_id, attempts.agent_id).where(
            attempts.lookup_hash == lookup_hash, attempts.consent_id.in_(ended), attempts.ended_at.is_(None)
        )
        rows = (await connection.execute(running.order_by(attempts.leg_id))).all()
        calls = ((CallId(r.call_id), LegId(r.leg_id), None if r.agent_id is None else AgentId(r.agent_id)) for r in rows)
        return Withdrawn(consent_ids=tuple(ended), running=tuple(calls))

    async def used_at(self, consent_id: str) -> Instant | None:
        """When it was last used; None where never, or where there is none."""
        query = select(_CONSENTS.used_at).where(_CONSENTS.consent_id == consent_id)
        async with reading(self._engine) as connection:
            return (await connection.execute(query)).scalar()

    async def _keep(self, connection: AsyncConnection, consent_id: str, document: Document, kept_until: Instant) -> str:
        document_id = f"{consent_id}.document"
        sealed = sealed_document(self._keys, document, _purpose(document_id))
        row = {"document_id": document_id, "kept_until": kept_until, **sealed}
        await connection.execute(insert(CONSENT_DOCUMENTS).values(**row))
        return document_id


def _of(lookup_hash: bytes, client_id: ClientId) -> ColumnElement[bool]:
    return and_(_CONSENTS.lookup_hash == lookup_hash, _CONSENTS.client_id == client_id)


def _recorded(row: Row[Any]) -> Recorded:
    consent = Consent(
        consent_id=row.consent_id,
        client_id=ClientId(row.client_id),
        purpose=ConsentPurpose(row.purpose),
        basis=ConsentBasis(row.basis),
        granted_at=row.granted_at,
        given_how=row.given_how,
        wording=row.wording,
        wording_version=row.wording_version,
        source=row.source,
        document=row.document,
    )
    return Recorded(
        consent=consent,
        document_id=row.document_id,
        document_name=row.document_name,
        withdrawn_at=row.withdrawn_at,
        restricted_at=row.restricted_at,
        used_at=row.used_at,
        kept_until=row.kept_until,
    )


async def _faults(connection: AsyncConnection, consent: Consent, document: Document | None, now: Instant) -> list[Fault]:
    where, faults = f"consent {consent.consent_id}", list[Fault]()
    there = select(_CONSENTS.consent_id).where(_CONSENTS.consent_id == consent.consent_id)
    if (await connection.execute(there)).first() is not None:
        faults.append(Fault(where=where, what=Wrong(FaultCode.CONSENT_THERE)))
    if (await connection.execute(select(CLIENTS.c.client_id).where(CLIENTS.c.client_id == consent.client_id))).first() is None:
        faults.append(Fault(where=f"{where} client", what=Wrong(FaultCode.UNKNOWN_CLIENT, client=consent.client_id)))
    if consent.granted_at > now:
        faults.append(Fault(where=f"{where} granted_at", what=Wrong(FaultCode.CONSENT_IN_FUTURE)))
    if not consent.wording.strip() or not consent.given_how.strip():
        faults.append(Fault(where=where, what=Wrong(FaultCode.CONSENT_WITHOUT_WORDS)))
    if document is None and not consent.document.strip():
        faults.append(Fault(where=f"{where} document", what=Wrong(FaultCode.CONSENT_WITHOUT_PROOF)))
    if document is not None and not 0 < len(document.content) <= LARGEST_DOCUMENT:
        faults.append(Fault(where=f"{where} document", what=Wrong(FaultCode.PROOF_SIZE, most=LARGEST_DOCUMENT)))
    return faults


def _purpose(document_id: str) -> str:
    return f"consent document {document_id}"
