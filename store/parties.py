"""The person store: numbers and names of callers, each record under a random key of its own, which erasure destroys.

The record's key is wrapped by the master key (AES-256-GCM, the party id as associated data). Records of one person are found by a
keyed hash of the number. After an erasure the id stays as a tombstone: the journal still names it, nobody can tell whom it meant.
"""

import asyncio
import hashlib
import hmac
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol, TypeAlias

import phonenumbers
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.outbound.facts import Covers, ListOwner
from store.aftercall_people import forget_answers, forget_checks, restrict_orders
from store.audit import Altered, Author, put_on_record, the_service
from store.consent_terms import restrict_consents
from store.do_not_call import DoNotCallList, put_entry
from store.engine import forget_old_pages, reading, writing
from store.known_callers import forget_callers
from store.lead_erasure import forget_leads, restrict_leads
from store.lead_staging import forgotten_by_imports
from store.message_rows import messages_of_people, remove_messages
from store.people_recordings import forget_recordings
from store.tables.aftercall import ORDER_PEOPLE
from store.tables.journal import ERASURES, PARTIES
from store.tables.outbound import ADVERTISING_CONSENTS, DO_NOT_CALL
from telephony.engine.ports import PartyRecord
from telephony.errors import FernamtError
from telephony.identifiers import Instant, PartyId

MASTER_KEY_BYTES = 32
_NONCE_BYTES = 12
_KEY_BYTES = 32
_RANDOM_AT_ONCE = 14_336
_PAGE = 500
_ASKED = "the person asked for it (Art. 17 GDPR)"

SealedParty: TypeAlias = tuple[str, int, bytes | None, bytes, bytes | None, bytes | None]
"""party_id, seen_at, lookup_hash, wrapped_key, number_cipher, name_cipher: what touches a disk."""


class PartyError(FernamtError):
    """A party cannot be read or written."""

    code = "party_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealedParty:
    """A person in clear: for those only who may see them."""

    party_id: PartyId
    number: str | None = field(repr=False)
    name: str | None = field(repr=False)
    seen_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedPart:
    """What became of one kind of records, and why not more."""

    what: str
    count: int
    became: str
    """`erased`, or `restricted`: kept for the reason alone, until its term."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReceipt:
    """Proof of an erasure: which records lost their keys, and what became of everything else."""

    receipt_id: str
    erased_at: Instant
    party_ids: tuple[PartyId, ...]
    parts: tuple[ErasedPart, ...] = ()

    @property
    def has_found(self) -> bool:
        """Whether there was anything of this person to erase."""
        return bool(self.party_ids) or any(part.count for part in self.parts if part.became == "erased")


def new_master_key() -> bytes:
    """A random master key, to be kept in a secret file by set-up."""
    return os.urandom(MASTER_KEY_BYTES)


def lookup_form(number: str, home_country: str = "DE") -> str:
    """One form for all spellings of a number, so that 030…, 0049 30… and +49 30… are one person."""
    try:
        parsed = phonenumbers.parse(number[:64], home_country)
    except phonenumbers.NumberParseException:
        return "".join(character for character in number if character.isalnum()).casefold()
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


class PartyKeys:
    """Seals and opens party records with keys derived from the master key."""

    def __init__(self, master_key: bytes, *, home_country: str = "DE") -> None:
        if len(master_key) != MASTER_KEY_BYTES:
            raise PartyError(f"the master key has {len(master_key)} bytes, not {MASTER_KEY_BYTES}: give the file set-up made")
        self._random_bytes, self._random_used = b"", 0
        self._wrapping = AESGCM(_derived(master_key, b"fernamt party wrapping"))
        self._lookup_key = _derived(master_key, b"fernamt party lookup")
        self._lookup = hmac.new(self._lookup_key, digestmod=hashlib.sha256)
        self._secret_key = AESGCM(_derived(master_key, b"fernamt stored secrets"))
        self._home_country = home_country

    def seal(self, record: PartyRecord) -> SealedParty:
        """The record as it may be written: encrypted under a new key."""
        key, name_of_record = AESGCM.generate_key(256), record.party_id.encode()
        cipher = AESGCM(key)
        return (
            record.party_id,
            record.seen_at,
            None if record.number is None else self.lookup_hash(record.number),
            _sealed(self._wrapping, key, b"key:" + name_of_record),
            None if record.number is None else _sealed(cipher, _bytes(record.number), b"number:" + name_of_record),
            None if record.name is None else _sealed(cipher, _bytes(record.name), b"name:" + name_of_record),
        )

    def lookup_hash(self, number: str) -> bytes:
        """The keyed hash by which records of one number are found."""
        return hmac.new(
            self._lookup_key, lookup_form(number, self._home_country).encode("utf-8", "replace"), hashlib.sha256
        ).digest()

    def open(self, sealed: SealedParty) -> RevealedParty:
        """The record in clear. Raises `PartyError` where it was tampered with or written under another master key."""
        party_id, seen_at, _, wrapped_key, number, name = sealed
        name_of_record = party_id.encode()
        try:
            cipher = AESGCM(_opened(self._wrapping, wrapped_key, b"key:" + name_of_record))
            return RevealedParty(
                party_id=PartyId(party_id),
                number=None if number is None else _opened(cipher, number, b"number:" + name_of_record).decode(),
                name=None if name is None else _opened(cipher, name, b"name:" + name_of_record).decode(),
                seen_at=Instant(seen_at),
            )
        except InvalidTag as error:
            raise PartyError("the party cannot be opened: another master key, or it was changed", party_id=party_id) from error

    def hash_of(self, e164: str) -> bytes:
        """The same of a number that is in E.164 already, as whoever has read it knows."""
        lookup = self._lookup.copy()  # several times as fast as to begin with the key
        lookup.update(e164.encode())
        return lookup.digest()

    def seal_record(self, name: str, clear: bytes) -> tuple[bytes, bytes]:
        """A key of its own, wrapped, and the record sealed by it; both are bound to the record's name."""
        random, bound = self._random(_KEY_BYTES + 2 * _NONCE_BYTES), name.encode()
        key, nonce = random[:_KEY_BYTES], random[_KEY_BYTES : _KEY_BYTES + _NONCE_BYTES]
        wrapped = nonce + self._wrapping.encrypt(nonce, key, b"key:" + bound)
        nonce = random[_KEY_BYTES + _NONCE_BYTES :]
        return wrapped, nonce + AESGCM(key).encrypt(nonce, clear, bound)

    def _random(self, count: int) -> bytes:
        """Fresh random bytes of the system, which is asked in bulk: a list of a million people needs three of them each."""
        begins = self._random_used
        if begins + count > len(self._random_bytes):
            self._random_bytes, begins = os.urandom(_RANDOM_AT_ONCE), 0
        self._random_used = begins + count
        return self._random_bytes[begins : begins + count]

    def open_record(self, name: str, wrapped_key: bytes, sealed: bytes) -> bytes:
        """The record in clear. Raises `PartyError` where it was changed, or belongs to another name or master key."""
        bound = name.encode()
        try:
            return _opened(AESGCM(_opened(self._wrapping, wrapped_key, b"key:" + bound)), sealed, bound)
        except InvalidTag as error:
            raise PartyError("the record cannot be opened: another master key, or it was changed", name=name) from error

    def seal_secret(self, secret: str, purpose: str) -> bytes:
        """A secret of ours (SIP password, signing secret) as it may be stored; opens for the same purpose only."""
        return _sealed(self._secret_key, secret.encode(), purpose.encode())

    def open_secret(self, sealed: bytes, purpose: str) -> str:
        """The secret in clear. Raises `PartyError` where it was changed or belongs to another master key or purpose."""
        try:
            return _opened(self._secret_key, sealed, purpose.encode()).decode()
        except InvalidTag as error:
            raise PartyError("the secret cannot be opened: another master key, or it was changed", purpose=purpose) from error


class Sounds(Protocol):
    """The files of what people said to the answering machine."""

    def forget(self, names: Iterable[str], is_meant: Callable[[str], bool]) -> None:
        """The named files are gone, and those not listed yet of callers whose number is meant. Blocks."""
        ...


class PartyStore:
    """Reads and erases people. They are written by the journal, in the transaction of the event that names them."""

    def __init__(self, engine: AsyncEngine, keys: PartyKeys, sounds: Sounds | None = None) -> None:
        self._engine = engine
        self._keys = keys
        self._sounds = sounds

    async def reveal(self, party_ids: Collection[PartyId]) -> Mapping[PartyId, RevealedParty]:
        """The people in clear; those erased or unknown are missing."""
        wanted, found = list(party_ids), {}
        columns = [
            PARTIES.c[name] for name in ("party_id", "seen_at", "lookup_hash", "wrapped_key", "number_cipher", "name_cipher")
        ]
        async with reading(self._engine) as connection:
            for start in range(0, len(wanted), _PAGE):
                query = select(*columns).where(
                    PARTIES.c.party_id.in_(wanted[start : start + _PAGE]), PARTIES.c.wrapped_key.is_not(None)
                )
                for row in (await connection.execute(query)).all():
                    party = self._keys.open((row[0], row[1], row[2], row[3], row[4], row[5]))
                    found[party.party_id] = party
        return found

    async def find(self, number: str) -> Sequence[PartyId]:
        """The records of that number in any spelling, oldest first."""
        query = select(PARTIES.c.party_id).where(PARTIES.c.lookup_hash == self._keys.lookup_hash(number))
        query = query.order_by(PARTIES.c.seen_at, PARTIES.c.party_id)
        async with reading(self._engine) as connection:
            return [PartyId(row[0]) for row in (await connection.execute(query)).all()]

    async def erase(
        self, *, at: Instant, receipt_id: str, reason: str, number: str | None = None, party_id: PartyId | None = None
    ) -> ErasureReceipt:
        """Every record of that person has lost its key, number, name and hash; the receipt says which.

        What they said to the answering machine is gone, too: the sound first, so that a crash leaves nothing that nobody finds.
        A record is meant by number, or by one of its ids: then all records with the same number go with it.
        """
        if (number is None) == (party_id is None):
            raise PartyError("say whom to erase: either by number or by party id")
        async with writing(self._engine) as connection:
            which: ColumnElement[bool]
            if party_id is None:
                which = PARTIES.c.lookup_hash == self._keys.lookup_hash(str(number))
            else:
                own = select(PARTIES.c.lookup_hash).where(PARTIES.c.party_id == party_id).scalar_subquery()
                which = or_(PARTIES.c.party_id == party_id, PARTIES.c.lookup_hash == own)
            query = select(PARTIES.c.party_id, PARTIES.c.lookup_hash).where(which, PARTIES.c.erased_at.is_(None))
            rows = (await connection.execute(query)).all()
            found = [row.party_id for row in rows]
            hashes = {row.lookup_hash for row in rows} | ({self._keys.lookup_hash(number)} if number is not None else set())
            messages = await self._forget_messages(connection, found, hashes - {None})
            recordings, proofs, held = await forget_recordings(connection, found, hashes - {None}, at)
            await forget_callers(connection, sorted(hashes - {None}))  # after it nobody knows whom a call was with
            checks = await forget_checks(connection, hashes - {None})
            answers = await forget_answers(connection, hashes - {None})
            await restrict_orders(connection, hashes - {None}, at)
            leads = await forget_leads(connection, hashes - {None})
            await restrict_consents(connection, sorted(hashes - {None}), at)
            parts = (
                *_erased(len(found), messages, leads, checks, answers),
                *await restricted_parts(connection, hashes - {None}),
                *_of_recordings(recordings, proofs, held),
            )
            for start in range(0, len(found), _PAGE):
                page = found[start : start + _PAGE]
                await connection.execute(update(PARTIES).where(PARTIES.c.party_id.in_(page)).values(**TOMBSTONE, erased_at=at))
            await connection.execute(
                insert(ERASURES).values(receipt_id=receipt_id, erased_at=at, reason=reason, party_count=len(found))
            )
            told = Altered(deed="party.erased_parts", subject=receipt_id, after=[asdict(part) for part in parts])
            await put_on_record(connection, replace(the_service(), at=at), [told])
        await forget_old_pages(self._engine)
        party_ids = tuple(PartyId(each) for each in sorted(found))
        return ErasureReceipt(receipt_id=receipt_id, erased_at=at, party_ids=party_ids, parts=parts)

    async def restrict(self, number: str, *, receipt_id: str, reason: str, by: Author) -> ErasureReceipt:
        """Whoever has that number is left alone from now on, and nothing of them is lost (Art. 18 GDPR).

        Nobody calls them, no lead of theirs is given out, no consent permits anything, and imports under way leave them out.
        """
        lookup_hash = self._keys.lookup_hash(number)
        centre = DoNotCallList(owner=ListOwner.CENTRE)
        async with writing(self._engine) as connection:
            leads = await restrict_leads(connection, [lookup_hash])
            await forgotten_by_imports(connection, [lookup_hash])
            await restrict_consents(connection, [lookup_hash], by.at)
            await restrict_orders(connection, [lookup_hash], by.at)
            await put_entry(connection, lookup_hash, centre, covers=Covers.EVERYTHING, reason=reason, by=by)
            ours = (DO_NOT_CALL.c.lookup_hash == lookup_hash) & (DO_NOT_CALL.c.owner == ListOwner.CENTRE.value)
            await connection.execute(update(DO_NOT_CALL).where(ours).values(covers=Covers.EVERYTHING.value))
            asked = "the person asked for it (Art. 18 GDPR)"
            given_out = ErasedPart(what="leads", count=leads, became="restricted", why=asked)
            parts = (given_out, *await restricted_parts(connection, [lookup_hash]))
            told = Altered(deed="party.restricted", subject=receipt_id, after=[asdict(part) for part in parts])
            await put_on_record(connection, replace(by, reason=reason), [told])
        return ErasureReceipt(receipt_id=receipt_id, erased_at=by.at, party_ids=(), parts=parts)

    async def are_erased(self, party_ids: Collection[PartyId]) -> bool:
        """Whether one of these people was erased."""
        query = select(PARTIES.c.party_id).where(PARTIES.c.party_id.in_(list(party_ids)), PARTIES.c.erased_at.is_not(None))
        async with reading(self._engine) as connection:
            return (await connection.execute(query.limit(1))).first() is not None

    async def _forget_messages(self, connection: AsyncConnection, party_ids: Sequence[str], hashes: Collection[bytes]) -> int:
        messages = await messages_of_people(connection, party_ids)
        if self._sounds is not None:
            names = [file_name for _, file_name in messages]
            await asyncio.to_thread(self._sounds.forget, names, lambda number: self._keys.lookup_hash(number) in hashes)
        await remove_messages(connection, [message_id for message_id, _ in messages])
        return len(messages)


def _of_recordings(erased: int, proofs: int, held: int) -> tuple[ErasedPart, ...]:
    whys = {
        "they prove an order until it can no longer be disputed (Art. 17(3)(e) GDPR)": proofs,
        "two people hold them for a legal claim (Art. 17(3)(e) GDPR)": held,
    }
    kept = [ErasedPart(what="recordings", count=count, became="restricted", why=why) for why, count in whys.items()]
    return ErasedPart(what="recordings", count=erased, became="erased", why=_ASKED), *kept


def _erased(parties: int, messages: int, leads: int, checks: int, answers: int) -> tuple[ErasedPart, ...]:
    counts = {"parties": parties, "voice_messages": messages, "leads": leads, "checks": checks, "survey_answers": answers}
    return tuple(ErasedPart(what=what, count=count, became="erased", why=_ASKED) for what, count in counts.items())


async def restricted_parts(connection: AsyncConnection, hashes: Collection[bytes]) -> tuple[ErasedPart, ...]:
    """What has to be kept of a person who is erased, by the keyed hash of their number alone."""
    kept = (
        (DO_NOT_CALL.c.lookup_hash, "do_not_call", "without the entry nobody would know whom not to call"),
        (ORDER_PEOPLE.c.lookup_hash, "orders", "records of the client's books, eight years (§147 AO, §257 HGB)"),
        (ADVERTISING_CONSENTS.c.lookup_hash, "consents", "proof of consent, five years from grant and last use (§7a UWG)"),
    )
    found = []
    for column, what, why in kept:
        query = select(func.count()).where(column.in_(sorted(hashes)))
        count = int((await connection.execute(query)).scalar_one())
        found.append(ErasedPart(what=what, count=count, became="restricted", why=why))
    return tuple(found)


_SEALED = [PARTIES.c[name] for name in ("party_id", "seen_at", "lookup_hash", "wrapped_key", "number_cipher", "name_cipher")]

TOMBSTONE: Mapping[str, Any] = {"lookup_hash": None, "wrapped_key": None, "number_cipher": None, "name_cipher": None}


def _derived(master_key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(master_key)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _sealed(cipher: AESGCM, clear: bytes, associated: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, clear, associated)


def _opened(cipher: AESGCM, sealed: bytes, associated: bytes) -> bytes:
    return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], associated)
