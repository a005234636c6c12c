"""Whom somebody has named a moment ago: the desk answers before their record is on disk, by the same rules as after it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from routing.outbound.asking import DialPurpose
from routing.outbound.facts import Covers, ListOwner
from store.dial_book import SqlDialBook
from store.engine import make_engine
from store.parties import TOMBSTONE
from store.tables.journal import PARTIES
from store.tables.outbound import DIAL_ATTEMPTS
from telephony.engine.ports import PartyRecord
from telephony.errors import RefusalCode
from telephony.identifiers import PartyId
from tests.contract.store.dial_books import KEYS, World, in_database
from tests.contract.store.test_dial_book import ANNA, permitted, refused, talks, world
from tests.unit.routing.outbound.asks import BERLIN, FRIDAY_AT_TEN

__all__ = ["world"]

CARA = PartyId("cara-k")
NUMBER = "030 23125 101"


def name(world: World, party_id: PartyId = CARA, number: str = NUMBER) -> None:
    world.desk.expect(PartyRecord(party_id=party_id, number=number, name=None, seen_at=FRIDAY_AT_TEN))


async def test_who_is_not_on_disk_yet_is_permitted_and_dialled(world: World) -> None:
    assert await refused(world, world.ask(), CARA) is RefusalCode.NO_NUMBER
    name(world)
    assert world.desk.expects(CARA)
    await permitted(world, world.ask(), CARA)
    assert await world.desk.number_to_dial(CARA) == "+493023125101"


async def test_a_number_is_given_for_one_ask_the_next_one_needs_the_record(world: World) -> None:
    name(world)
    await permitted(world, world.ask(DialPurpose.CONSULT), CARA)
    assert not world.desk.expects(CARA)
    assert await refused(world, world.ask(DialPurpose.CONSULT), CARA) is RefusalCode.NO_NUMBER
    await world.put_person(CARA, NUMBER)
    await permitted(world, world.ask(DialPurpose.CONSULT), CARA)


async def test_entries_of_the_number_hold_for_who_is_not_on_disk_yet(world: World) -> None:
    await world.put_on_list("+493023125101", ListOwner.CENTRE, "", Covers.EVERYTHING, FRIDAY_AT_TEN)
    name(world)
    assert await refused(world, world.ask(), CARA) is RefusalCode.ON_DO_NOT_CALL_LIST


async def test_an_attempt_counts_for_the_number_by_whatever_record_it_is_called_next(world: World) -> None:
    name(world, CARA, "+49 30 23125-100")
    ask = world.ask()
    await permitted(world, ask, CARA)
    talks(world, ask, 5)
    assert await refused(world, world.ask(), ANNA) is RefusalCode.CALLED_TOO_SOON
    name(world, PartyId("once more"), BERLIN)
    assert await refused(world, world.ask(), PartyId("once more")) is RefusalCode.CALLED_TOO_SOON


@pytest.fixture
async def on_sqlite(sqlite_url: str) -> AsyncIterator[tuple[World, SqlDialBook]]:
    engine = make_engine(sqlite_url)
    world = await in_database(engine)
    assert isinstance(world.book, SqlDialBook)
    yield world, world.book
    await engine.dispose()


async def test_who_was_erased_meanwhile_is_nobody_although_they_were_named(on_sqlite: tuple[World, SqlDialBook]) -> None:
    world, book = on_sqlite
    await world.put_person(CARA, NUMBER)
    name(world)
    async with book._engine.begin() as connection:
        await connection.execute(update(PARTIES).values(**TOMBSTONE, erased_at=FRIDAY_AT_TEN))
    assert await refused(world, world.ask(), CARA) is RefusalCode.NO_NUMBER


async def test_an_attempt_has_the_hash_of_the_number_whether_it_was_given_or_looked_up(
    on_sqlite: tuple[World, SqlDialBook],
) -> None:
    world, book = on_sqlite
    await world.put_person(ANNA, NUMBER)
    name(world)
    await permitted(world, world.ask(DialPurpose.CONSULT), CARA)
    await permitted(world, world.ask(DialPurpose.CONSULT), ANNA)
    async with book._engine.connect() as connection:
        hashes = (await connection.execute(select(DIAL_ATTEMPTS.c.lookup_hash))).scalars().all()
    assert hashes == [KEYS.lookup_hash(NUMBER)] * 2


async def test_a_control_rooms_attempt_is_noted_with_its_number(world: World) -> None:
    name(world, CARA, "112")
    assert (await permitted(world, world.ask(), CARA)).is_emergency
    assert not world.desk.expects(CARA)
