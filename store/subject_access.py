"""Everything that is held about a person, by number: what they are told who ask (Art. 15 GDPR). Who asked is on record.

Recordings are named with their terms, and not part of it: each is released by two people, as a package of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.audit import Altered, Author, put_on_record
from store.consents import ConsentStore
from store.do_not_call import DoNotCallStore
from store.engine import reading, writing
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.lead_rows import person_in
from store.message_rows import NAME_A_PARTY
from store.parties import PartyKeys, PartyStore, RevealedParty
from store.people_recordings import segments_of_people
from store.tables.aftercall import ORDER_PEOPLE, ORDERS, RESPONSE_PEOPLE, SURVEY_ANSWERS, SURVEY_RESPONSES
from store.tables.callers import BLOCKED_CALLERS, CALLER_LIST_ENTRIES, LAST_AGENTS
from store.tables.deliveries import VOICE_MESSAGES
from store.tables.journal import JOURNAL
from store.tables.leads import LEAD_NUMBERS, LEADS
from store.tables.minutes import CDRS
from store.tables.outbound import DIAL_ATTEMPTS
from telephony.identifiers import Instant

_PAGE, _NEAR_US = 250, 60_000_000
_SHOWN = {
    "calls": (CDRS, ("call_id", "started_at", "ended_at", "client_id", "project_id", "end_reason", "talk_ms")),
    "voice_messages": (VOICE_MESSAGES, ("message_id", "received_at", "project_id", "duration_ms")),
}
_ATTEMPTS = ("call_id", "client_id", "project_id", "purpose", "permitted_at", "answered_at", "ended_at", "outcome")
_SEGMENTS = ("segment_id", "call_id", "order_id", "kept_as", "state", "stopped_at", "kept_until")
_ORDERS = ("order_id", "project_id", "client_id", "call_id", "state", "booked_at", "effective_at", "ended_at", "restricted_at")
_LEADS = ("lead_id", "state", "tries", "last_at", "last_outcome", "next_at", "numbers")


class _Named(msgspec.Struct):
    party_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is held, kind by kind; a kind without anything is empty, so that this is told as well."""

    told_at: Instant
    kinds: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def has_found(self) -> bool:
        """Whether anything is held at all."""
        return any(self.kinds.values())


class SubjectAccess:
    """Tells."""

    def __init__(self, engine: AsyncEngine, keys: PartyKeys) -> None:
        self._engine, self._keys = engine, keys

    async def tell(self, number: str, *, by: Author) -> Told:
        """All that is held about whoever has that number, in any spelling; that it was told is on record, without the number."""
        parties = PartyStore(self._engine, self._keys)
        people = (await parties.reveal(await parties.find(number))).values()
        lookup_hash = self._keys.lookup_hash(number)
        kinds: dict[str, Sequence[Mapping[str, Any]]] = {"people": [asdict(each) for each in people]}
        kinds["consents"] = [asdict(each) for each in await ConsentStore(self._engine, self._keys).history(number)]
        entries = await DoNotCallStore(self._engine, self._keys).entries_of(number)
        kinds["do_not_call"] = [{"list": str(whose), **msgspec.to_builtins(entry)} for whose, entry in entries.items()]
        calls = await self._calls_of(people)
        async with reading(self._engine) as connection:
            kinds |= await self._of_calls(connection, calls, [each.party_id for each in people], lookup_hash)
            kinds |= await self._of_hash(connection, lookup_hash)
        async with writing(self._engine) as connection:
            counts = {name: len(rows) for name, rows in kinds.items() if rows}
            await put_on_record(connection, by, [Altered(deed="party.told", subject="a person, by number", after=counts)])
        return Told(told_at=by.at, kinds=kinds)

    async def _calls_of(self, people: Collection[RevealedParty]) -> set[str]:
        """Calls whose beginning names one of these people: it is journaled when their record is made, or little later."""
        reader, found = JournalReader(self._engine, JournalCodec()), set[str]()
        for person in people:
            begin, end = [await reader.first_seq_at(Instant(person.seen_at + near)) for near in (-_NEAR_US, _NEAR_US)]
            named = JOURNAL.c.kind.in_(NAME_A_PARTY) & (JOURNAL.c.seq >= begin) & (JOURNAL.c.seq < end)
            async with reading(self._engine) as connection:
                rows = (await connection.execute(select(JOURNAL.c.call_id, JOURNAL.c.payload).where(named))).all()
            found |= {row.call_id for row in rows if msgspec.json.decode(row.payload, type=_Named).party_id == person.party_id}
        return found

    async def _of_calls(
        self, connection: AsyncConnection, called_in: Collection[str], party_ids: Sequence[str], lookup_hash: bytes
    ) -> dict[str, Sequence[Mapping[str, Any]]]:
        attempts = await _rows(connection, DIAL_ATTEMPTS, _ATTEMPTS, DIAL_ATTEMPTS.c.lookup_hash == lookup_hash)
        calls = {str(each["call_id"]) for each in attempts}.union(called_in)
        found: dict[str, Sequence[Mapping[str, Any]]] = {"attempts": attempts}
        for name, (table, columns) in _SHOWN.items():
            found[name] = await _paged(connection, table, columns, sorted(calls))
        segments = await segments_of_people(connection, party_ids, [lookup_hash])
        found["recordings"] = [{name: row._mapping[name] for name in _SEGMENTS} for row in segments]
        return found

    async def _of_hash(self, connection: AsyncConnection, lookup_hash: bytes) -> dict[str, Sequence[Mapping[str, Any]]]:
        orders = select(ORDER_PEOPLE.c.order_id).where(ORDER_PEOPLE.c.lookup_hash == lookup_hash)
        answers = select(RESPONSE_PEOPLE.c.response_id).where(RESPONSE_PEOPLE.c.lookup_hash == lookup_hash)
        responses = SURVEY_RESPONSES.c.response_id.in_(answers)
        return {
            "orders": [
                {**self._ordered(row), **{name: row[name] for name in _ORDERS}}
                for row in await _rows(connection, ORDERS, (*_ORDERS, "wrapped_key", "sealed"), ORDERS.c.order_id.in_(orders))
            ],
            "leads": await self._leads(connection, lookup_hash),
            "survey_responses": await _rows(connection, SURVEY_RESPONSES, ("response_id", "survey_id", "begun_at"), responses),
            "survey_answers": await _rows(
                connection, SURVEY_ANSWERS, ("response_id", "question", "values", "at"), SURVEY_ANSWERS.c.response_id.in_(answers)
            ),
            "caller_lists": await _rows(connection, CALLER_LIST_ENTRIES, ("list_name",), _has(CALLER_LIST_ENTRIES, lookup_hash)),
            "blocked_by": await _rows(connection, BLOCKED_CALLERS, ("agent_id",), _has(BLOCKED_CALLERS, lookup_hash)),
            "last_agent": await _rows(connection, LAST_AGENTS, ("agent_id", "talked_at"), _has(LAST_AGENTS, lookup_hash)),
        }

    def _ordered(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        clear = self._keys.open_record(f"order:{row['order_id']}", row["wrapped_key"], row["sealed"])
        return {"values": msgspec.json.decode(clear, type=dict[str, str])}

    async def _leads(self, connection: AsyncConnection, lookup_hash: bytes) -> list[Mapping[str, Any]]:
        theirs = select(LEAD_NUMBERS.c.lead_id).where(LEAD_NUMBERS.c.lookup_hash == lookup_hash)
        rows = (await connection.execute(select(LEADS).where(LEADS.c.lead_id.in_(theirs)))).all()
        found: list[Mapping[str, Any]] = []
        for row in rows:
            person = person_in(row, self._keys)
            shown = {name: row._mapping[name] for name in _LEADS}
            found.append({**shown, "person": None if person is None else msgspec.to_builtins(person)})
        return found


def _has(table: Table, lookup_hash: bytes) -> ColumnElement[bool]:
    return table.c.lookup_hash == lookup_hash


async def _rows(
    connection: AsyncConnection, table: Table, columns: Sequence[str], which: ColumnElement[bool]
) -> list[Mapping[str, Any]]:
    query = select(*(table.c[name] for name in columns)).where(which)
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def _paged(
    connection: AsyncConnection, table: Table, columns: Sequence[str], calls: Sequence[str]
) -> list[Mapping[str, Any]]:
    pages = [calls[start : start + _PAGE] for start in range(0, len(calls), _PAGE)]
    return [row for page in pages for row in await _rows(connection, table, columns, table.c.call_id.in_(page))]
