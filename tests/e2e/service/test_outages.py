"""What the service stands on goes away in mid-traffic: the switch, the database. Calls go on, nothing is lost."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from fernamt.demo.house import House
from fernamt.demo.phones import PATIENCE_S
from fernamt.demo.sipp import SippResult, run_sipp
from telephony.causes import EndReason
from telephony.events import (
    AgentConnected,
    AgentReleased,
    CallEnded,
    Envelope,
    LegHungUp,
    LegOffered,
    SwitchConnected,
    SwitchDisconnected,
    UnexpectedHappened,
)
from telephony.identifiers import CallId
from tests.e2e.service.centres import MUSIC, RINGING
from tests.e2e.service.conftest import OpenHouse
from tests.e2e.service.desk import at_desk
from tests.e2e.service.people import a_caller, takes_call
from tests.e2e.service.watching import Watch, eventually, watching
from tests.postgres import private_postgres, programs

AWAY_S = float(os.environ.get("OUTAGE_S", "8"))


def callers(house: House, calls: int, *, talk_ms: int, rate: float = 2) -> asyncio.Task[SippResult]:
    keys = {"caller": "+491701234567", "number": RINGING}
    limit_s = AWAY_S + 2 * PATIENCE_S
    return asyncio.create_task(
        run_sipp("speaking_caller", to=house.sip, calls=calls, rate=rate, talk_ms=talk_ms, keys=keys, within_s=limit_s)
    )


@asynccontextmanager
async def answering(house: House) -> AsyncIterator[None]:
    """Whatever rings is taken."""

    async def take(name: str) -> None:
        while True:
            await house.phones[name].expect("CALL_INCOMING", within_s=300)
            await house.phones[name].answer()

    tasks = [asyncio.create_task(take(name)) for name in house.phones]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


async def test_a_killed_asterisk_ends_its_calls_at_the_last_proof_of_life_and_everything_comes_back(
    open_house: OpenHouse,
) -> None:
    async with open_house(agents=2) as house, watching(house) as watch, at_desk(house, "sup") as desk:
        anna = house.phones["a01"]
        async with a_caller(house, RINGING) as caller, a_caller(house, RINGING) as second:
            both = [asyncio.create_task(takes_call(phone)) for phone in house.phones.values()]
            await asyncio.gather(*both)
            await watch.until(AgentConnected, count=2)
            await asyncio.sleep(3)  # of talk: a sign of life comes every two seconds
            await house.node.kill()
            gone_at = (await watch.until(SwitchDisconnected)).received_at
            await house.restart_switch()
            await watch.until(SwitchConnected)
            await watch.until(CallEnded, count=2)
            await watch.until(AgentReleased, count=2)
            for phone in (caller, second):
                phone.freeze()  # they talk to nobody: no BYE of theirs may reach the new Asterisk
        for call_id in {envelope.call_id for envelope in await watch.found(LegOffered)}:
            assert call_id is not None
            (line,) = await watch.lines(call_id)
            assert line.is_estimated
            assert line.end_reason is EndReason.SWITCH_LOST
            assert gone_at - 3_500_000 < line.ended_at <= gone_at + 100_000
            assert line.talk_ms > 0
        await eventually(lambda: is_free(desk, "a01"), "a free agent at a phone that answers")
        await watch.mark()
        for phone in house.phones.values():
            phone.events.clear()
            phone._taken = 0
        async with a_caller(house, MUSIC) as third:
            await asyncio.wait(
                [asyncio.create_task(takes_call(phone)) for phone in house.phones.values()], return_when=asyncio.FIRST_COMPLETED
            )
            await watch.until(AgentConnected)
            await third.hang_up()
            await watch.until(CallEnded, end_reason=EndReason.CALLER_HUNG_UP)
        assert await watch.found(UnexpectedHappened) == []
        assert anna is not None


async def is_free(desk: object, agent: str) -> bool | None:
    _, said = await desk.ask("GET", f"/agents/{agent}")  # type: ignore[attr-defined]
    return True if said["now"] and said["now"]["state"] == "available" and said["now"]["is_reachable"] else None


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another process has SQLite's write lock and does not let go."""
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


async def test_calls_go_on_while_the_database_is_locked(open_house: OpenHouse) -> None:
    async with open_house(agents=3) as house, watching(house) as watch, answering(house):
        before = callers(house, 2, talk_ms=int(AWAY_S * 1_000) + 2_000)
        await watch.until(AgentConnected, count=2)
        with locked(house.settings.service.state_dir / "fernamt.db"):
            during = await callers(house, 4, talk_ms=700)
            await asyncio.sleep(AWAY_S - 5)  # as long as the outage is to last
            assert house.service is not None
            assert house.service.returncode is None
        await assert_all_served(watch, [await before, during], calls=6)


@pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed: apt install postgresql")
async def test_calls_go_on_while_postgresql_is_stopped(open_house: OpenHouse) -> None:
    with private_postgres() as cluster:
        changes = {"database": {"url": cluster.create("house")}}
        async with open_house(agents=3, changes=changes) as house, watching(house) as watch, answering(house):
            before = callers(house, 2, talk_ms=int(AWAY_S * 1_000) + 4_000)
            await watch.until(AgentConnected, count=2)
            await asyncio.to_thread(cluster.stop)
            during = await callers(house, 4, talk_ms=700)
            await asyncio.sleep(AWAY_S - 5)  # as long as the outage is to last
            assert house.service is not None
            assert house.service.returncode is None
            await asyncio.to_thread(cluster.start)
            await assert_all_served(watch, [await before, during], calls=6)


async def assert_all_served(watch: Watch, results: list[SippResult], *, calls: int) -> None:
    """Every caller talked to an agent, and is once in the journal and once in the minutes."""
    assert [result.failed for result in results] == [0] * len(results)
    await watch.until(CallEnded, count=calls)
    story = await watch.story()
    assert [envelope.seq for envelope in story] == sorted({envelope.seq for envelope in story})
    ids = [call_id for call_id in (await _ids(watch)) if call_id is not None]
    assert len(ids) == len(set(ids)) == calls
    for call_id in ids:
        (line,) = await watch.lines(call_id)
        assert line.talk_ms > 500
        assert not line.is_estimated
        ends = await ends_of(watch, call_id)
        assert len(ends) == 2
    assert len(await watch.found(AgentReleased)) == calls
    assert await watch.found(UnexpectedHappened) == []


async def _ids(watch: Watch) -> list[CallId | None]:
    return [envelope.call_id for envelope in await watch.found(LegOffered)]


async def ends_of(watch: Watch, call_id: CallId) -> list[Envelope]:
    return [envelope for envelope in await watch.found(LegHungUp) if envelope.call_id == call_id]
