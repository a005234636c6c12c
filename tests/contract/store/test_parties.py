"""The person store: sealed under a key per record, found by number, erased for good."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from store.engine import is_sqlite, reading, writing
from store.journal import SqlJournal
from store.parties import PartyError, PartyKeys, PartyStore, new_master_key
from store.tables.journal import ERASURES, JOURNAL, PARTIES
from telephony.engine.ports import PartyRecord
from telephony.identifiers import Instant, PartyId
from tests.contract.store.journal_words import PATIENT, START, Pen

KEYS = PartyKeys(bytes(range(32)))
SPELLINGS = ("030 / 1234567", "+49 30 1234567", "0049301234567")


def person(party_id: str, number: str | None, name: str | None = "Jürgen Müßig") -> PartyRecord:
    return PartyRecord(party_id=PartyId(party_id), number=number, name=name, seen_at=Instant(START))


async def keep(engine: AsyncEngine, tmp_path: Path, *people: PartyRecord) -> None:
    journal = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS, settings=PATIENT)
    pen = Pen()
    for each in people:
        journal.append([pen.offered(each.party_id)], [each])
    await journal.wait_durable(len(people))
    await journal.close()


async def journal_bytes(engine: AsyncEngine) -> str:
    async with reading(engine) as connection:
        rows = (await connection.execute(select(JOURNAL).order_by(JOURNAL.c.seq))).all()
    return hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()


async def test_all_spellings_of_a_number_are_one_person_and_each_is_revealed_as_it_came(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    await keep(
        engine, tmp_path, *(person(f"p{n}", number) for n, number in enumerate(SPELLINGS)), person("other", "+49301234568")
    )
    store = PartyStore(engine, KEYS)
    assert await store.find("+49301234567") == ["p0", "p1", "p2"]
    revealed = await store.reveal([PartyId("p0"), PartyId("other"), PartyId("unknown")])
    assert {key: (each.number, each.name) for key, each in revealed.items()} == {
        "p0": ("030 / 1234567", "Jürgen Müßig"),
        "other": ("+49301234568", "Jürgen Müßig"),
    }


async def test_nobody_can_be_read_in_the_database(engine: AsyncEngine, tmp_path: Path) -> None:
    await keep(engine, tmp_path, person("p", "+49301234567"))
    async with reading(engine) as connection:
        row = (await connection.execute(select(PARTIES))).one()
    content = b"".join(value for value in row if isinstance(value, bytes))
    assert b"1234567" not in content
    assert "Jürgen".encode() not in content


@pytest.mark.parametrize("by", ["number", "party_id"])
async def test_an_erased_person_is_gone_in_every_record_and_the_journal_keeps_its_bytes(
    engine: AsyncEngine, tmp_path: Path, by: str
) -> None:
    await keep(
        engine, tmp_path, *(person(f"p{n}", number) for n, number in enumerate(SPELLINGS)), person("other", "+49301234568")
    )
    before, store = await journal_bytes(engine), PartyStore(engine, KEYS)
    whom = {"number": "030 1234567"} if by == "number" else {"party_id": PartyId("p1")}
    receipt = await store.erase(at=Instant(START), receipt_id="r", reason="asked for", **whom)
    assert receipt.party_ids == ("p0", "p1", "p2")
    assert list(await store.reveal([PartyId(f"p{n}") for n in range(3)] + [PartyId("other")])) == ["other"]
    assert await store.find("+49301234567") == []
    assert await journal_bytes(engine) == before
    async with reading(engine) as connection:
        assert (await connection.execute(select(ERASURES.c.reason, ERASURES.c.party_count))).one() == ("asked for", 3)


def _database_files(folder: Path) -> list[Path]:
    return list(folder.glob("fernamt.db*"))


async def test_an_erased_record_leaves_no_trace_in_the_files_of_sqlite(engine: AsyncEngine, tmp_path: Path) -> None:
    if not is_sqlite(engine):
        pytest.skip("PostgreSQL reclaims pages by vacuum")
    await keep(engine, tmp_path, person("p", "+49301234567"))
    async with reading(engine) as connection:
        sealed = (await connection.execute(select(PARTIES.c.wrapped_key, PARTIES.c.number_cipher))).one()
    await PartyStore(engine, KEYS).erase(at=Instant(START), receipt_id="r", reason="", number="+49301234567")
    files = b"".join(file.read_bytes() for file in _database_files(tmp_path))
    assert not any(piece in files for piece in sealed)


async def test_erasing_nobody_is_a_receipt_over_nobody(engine: AsyncEngine) -> None:
    receipt = await PartyStore(engine, KEYS).erase(at=Instant(START), receipt_id="r", reason="", number="+4930999")
    assert receipt.party_ids == ()


async def test_whom_to_erase_is_said_in_exactly_one_way(engine: AsyncEngine) -> None:
    with pytest.raises(PartyError, match="either by number or by party id"):
        await PartyStore(engine, KEYS).erase(at=Instant(START), receipt_id="r", reason="")


async def test_a_person_who_withheld_the_number_is_erased_alone(engine: AsyncEngine, tmp_path: Path) -> None:
    await keep(engine, tmp_path, person("a", None), person("b", None))
    receipt = await PartyStore(engine, KEYS).erase(at=Instant(START), receipt_id="r", reason="", party_id=PartyId("a"))
    assert receipt.party_ids == ("a",)


async def test_a_record_put_in_anothers_place_does_not_open(engine: AsyncEngine, tmp_path: Path) -> None:
    await keep(engine, tmp_path, person("a", "+49301234567"), person("b", "+49301234568"))
    async with writing(engine) as connection:
        sealed = (
            await connection.execute(select(PARTIES.c.wrapped_key, PARTIES.c.number_cipher).where(PARTIES.c.party_id == "a"))
        ).one()
        await connection.execute(
            update(PARTIES)
            .where(PARTIES.c.party_id == "b")
            .values(wrapped_key=sealed.wrapped_key, number_cipher=sealed.number_cipher)
        )
    with pytest.raises(PartyError, match="cannot be opened"):
        await PartyStore(engine, KEYS).reveal([PartyId("b")])


async def test_another_master_key_opens_nothing(engine: AsyncEngine, tmp_path: Path) -> None:
    await keep(engine, tmp_path, person("a", "+49301234567"))
    other = PartyStore(engine, PartyKeys(new_master_key()))
    assert await other.find("+49301234567") == []
    with pytest.raises(PartyError, match="another master key"):
        await other.reveal([PartyId("a")])


def test_a_master_key_of_the_wrong_length_is_refused_without_being_shown() -> None:
    with pytest.raises(PartyError, match="has 5 bytes, not 32"):
        PartyKeys(b"short")


@pytest.mark.parametrize("number", ["", "anonymous", "+", "x" * 4_000, "\udce4\r\n", "sip:anna@example.org", "+49" * 30])
def test_any_number_a_network_sends_can_be_sealed_and_found(number: str) -> None:
    sealed = KEYS.seal(person("p", number))
    assert sealed[2] == KEYS.lookup_hash(number)
    assert KEYS.open(sealed).number == number.encode("utf-8", "replace").decode()


def test_a_secret_opens_for_its_own_purpose_only() -> None:
    sealed = KEYS.seal_secret("s3cret", "endpoint anna")
    assert KEYS.open_secret(sealed, "endpoint anna") == "s3cret"
    with pytest.raises(PartyError, match="cannot be opened"):
        KEYS.open_secret(sealed, "endpoint bert")
