"""Leads as rows and back: the person sealed under a key of their own, the rest in the open."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec
from sqlalchemy import Row

from routing.leads.lists import LeadId
from routing.leads.rows import Drafted
from routing.outbound.asking import Callee
from routing.outbound.facts import Outcome
from routing.outbound.lead import LeadNow, LeadState, NumberNow
from telephony.identifiers import AgentId, Instant

HASH_BYTES = 32

COLUMNS = (
    "lead_id",
    "import_no",
    "state",
    "next_at",
    "tries",
    "language",
    "zone",
    "region",
    "callee",
    "numbers",
    "hashes",
    "proof",
    "wrapped_key",
    "sealed",
)
"""What an import writes; the other columns are empty then."""


class LeadKeys(Protocol):
    """Seals people and finds them again; the person store's keys."""

    def hash_of(self, e164: str) -> bytes:
        """The keyed hash of a number in E.164."""
        ...

    def seal_record(self, name: str, clear: bytes) -> tuple[bytes, bytes]:
        """The wrapped key and the sealed record."""
        ...

    def open_record(self, name: str, wrapped_key: bytes, sealed: bytes) -> bytes:
        """The record in clear."""
        ...


class Person(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who a lead is: what is sealed."""

    numbers: list[str]
    name: str = ""
    company: str = ""
    reference: str = ""
    fields: dict[str, str] = {}

    def __repr__(self) -> str:
        return "Person(…)"


class Known(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a number without the number."""

    number_class: str
    country: str | None
    kind: str = ""
    zones: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    tries: int = 0
    is_dead: bool = False


class Proven(msgspec.Struct, frozen=True, array_like=True):
    """The consent a row told of."""

    granted_at: int
    given_how: str
    wording: str
    document: str
    is_presumed: bool = False


_FRESH = LeadState.FRESH.value
_ENCODER = msgspec.json.Encoder()
_NUMBERS = msgspec.json.Decoder(tuple[Known, ...])
_PERSON = msgspec.json.Decoder(Person)
_PROOF = msgspec.json.Decoder(Proven)


def name_of(lead_id: int) -> str:
    """What a lead's key and record are bound to."""
    return f"lead:{lead_id}"


def row_of_draft(lead_id: LeadId, import_no: int, drafted: Drafted, keys: LeadKeys) -> tuple[Any, ...]:
    """The lead as it is written, in the order of `COLUMNS`."""
    person = Person(
        numbers=[number.number for _, number in drafted.numbers],
        name=drafted.name,
        company=drafted.company,
        reference=drafted.reference,
        fields=dict(drafted.fields),
    )
    known = [Known(number.number_class, number.country, kind, number.zones, number.regions) for kind, number in drafted.numbers]
    proof = drafted.proof
    proven = None
    if proof is not None:
        parts = Proven(proof.granted_at, proof.given_how, proof.wording, proof.document, proof.is_presumed)
        proven = _ENCODER.encode(parts).decode()
    wrapped_key, sealed = keys.seal_record(name_of(lead_id), _ENCODER.encode(person))
    return (
        lead_id,
        import_no,
        _FRESH,
        0,
        0,
        drafted.language,
        drafted.zone,
        drafted.region,
        drafted.callee.value,
        _ENCODER.encode(known).decode(),
        b"".join(keys.hash_of(number.number) for _, number in drafted.numbers),
        proven,
        wrapped_key,
        sealed,
    )


def person_in(row: Row[Any], keys: LeadKeys) -> Person | None:
    """Who the lead is; None where they were erased."""
    if row.sealed is None or row.wrapped_key is None:
        return None
    return _PERSON.decode(keys.open_record(name_of(row.lead_id), row.wrapped_key, row.sealed))


def proof_in(text: str) -> Proven:
    """The consent the row told of."""
    return _PROOF.decode(text)


def hashes_in(packed: bytes | None) -> list[bytes]:
    """The hashes of a lead's numbers, in their order."""
    packed = packed or b""
    return [bytes(packed[start : start + HASH_BYTES]) for start in range(0, len(packed), HASH_BYTES)]


def lead_in(row: Row[Any]) -> LeadNow:
    """The lead as the order of calls sees it, as it was before it was claimed."""
    numbers = tuple(
        NumberNow(
            number_class=each.number_class,
            country=each.country,
            kind=each.kind,
            zones=each.zones,
            regions=each.regions,
            tries=each.tries,
            is_dead=each.is_dead,
        )
        for each in _NUMBERS.decode(row.numbers)
    )
    return LeadNow(
        lead_id=row.lead_id,
        state=LeadState(row.claimed_from or row.state),
        next_at=Instant(row.next_at if row.claimed_due_at is None else row.claimed_due_at),
        numbers=numbers,
        tries=row.tries,
        last_at=None if row.last_at is None else Instant(row.last_at),
        last_outcome=None if row.last_outcome is None else Outcome(row.last_outcome),
        promised_agent=None if row.promised_agent is None else AgentId(row.promised_agent),
        zone=row.zone,
        region=row.region,
        callee=Callee(row.callee),
    )


def values_after(lead: LeadNow) -> dict[str, Any]:
    """The columns that a lead's standing is kept in; nobody has it then."""
    known = [
        Known(each.number_class, each.country, each.kind, each.zones, each.regions, each.tries, each.is_dead)
        for each in lead.numbers
    ]
    return {
        "state": lead.state.value,
        "next_at": lead.next_at,
        "tries": lead.tries,
        "last_at": lead.last_at,
        "last_outcome": None if lead.last_outcome is None else lead.last_outcome.value,
        "promised_agent": lead.promised_agent,
        "numbers": _ENCODER.encode(known).decode(),
        **UNCLAIMED,
    }


UNCLAIMED: Mapping[str, None] = dict.fromkeys(
    ("claimed_from", "claimed_due_at", "claim_id", "claimed_by", "claimed_at", "promise_at", "promise_is_own")
)

FORGOTTEN: Mapping[str, Any] = {
    "state": LeadState.ERASED.value,
    "promised_agent": None,
    "language": None,
    "zone": None,
    "region": None,
    "numbers": "[]",
    "hashes": None,
    "proof": None,
    "wrapped_key": None,
    "sealed": None,
    **UNCLAIMED,
}
"""What is left of an erased lead: that there was one, and how often it was tried."""


def pairs(hashes: Sequence[bytes], lead_id: int) -> list[tuple[bytes, int]]:
    """The rows by which the lead is found."""
    return [(each, lead_id) for each in hashes]
