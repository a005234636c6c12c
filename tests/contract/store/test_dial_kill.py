"""A controller killed between the dial book and the journal: an attempt counts once too many until the restart, never too few."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.outbound.windows import counted_since
from store.journal import SqlJournal
from telephony.engine.dial_book import Ask
from telephony.engine.permits import Desk
from telephony.identifiers import ClientId, PartyId
from tests.contract.store.dial_books import KEYS, World, in_database
from tests.contract.store.dial_killed import BEFORE_BOOK, IN_BOOK, IN_JOURNAL, JUST_NAMED, NUMBER, STORED

Counted = tuple[int, int, bool]


async def counted(world: World) -> Counted:
    """Calls of the agent's day, attempts at the number, and whether any money is set aside or spent."""
    await world.desk.settle()
    world.number = 100
    ask = world.ask()
    since = counted_since(ask.at, world.centre.outbound)
    found = await world.book.look_up(Ask(ask=ask, party_id=STORED, client_id=ClientId("acme"), since=since))
    assert found is not None
    return found.facts.of_agent.calls, found.facts.history.in_total, found.facts.of_agent.cost_micros > 0


@pytest.mark.durable
@pytest.mark.parametrize("whom", [STORED, JUST_NAMED])
@pytest.mark.parametrize(
    "case",
    [
        (BEFORE_BOOK, (0, 0, False), (0, 0, False)),
        (IN_BOOK, (1, 1, True), (0, 0, False)),
        (IN_JOURNAL, (1, 1, True), (1, 1, True)),
    ],
)
async def test_a_kill_between_book_and_journal_never_counts_too_few(
    engine: AsyncEngine, database_url: str, tmp_path: Path, case: tuple[str, Counted, Counted], whom: PartyId
) -> None:
    moment, at_death, after = case
    world = await in_database(engine)
    await world.put_person(STORED, NUMBER)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.contract.store.dial_killed", database_url, str(tmp_path / "spool"), moment, whom)
    )
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL
    assert await counted(world) == at_death
    world.desk = Desk(world.book, lambda: world.centre, world.clock)
    journal = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS)
    await world.desk.restore(journal)
    assert await counted(world) == after
    await journal.close()
