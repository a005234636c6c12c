"""110 and 112 from an agent's phone, on a real switch: never blocked, called back by a number, and known to who is on duty."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fernamt.demo.house import SWITCH, House
from fernamt.demo.phones import PATIENCE_S, Phone, PhoneAccount
from fernamt.installation import Database, Places, opened
from store.addresses import AddressStore
from telephony.dialling import DialPermitted
from telephony.emergencies import AgentAddress, EmergencyDialled, EmergencySeen
from telephony.identifiers import AgentId
from tests.e2e.service.desk import Desk, at_desk
from tests.e2e.service.hearing import ANNA, BEN
from tests.e2e.service.outward import SHOWN, outward_house
from tests.e2e.service.people import takes_call
from tests.e2e.service.test_fallback import BEAT_LIMIT_S, until_beat_is_old
from tests.e2e.service.test_transfers import a_talk
from tests.e2e.service.watching import Watch, eventually, watching

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLACE = AgentAddress(address="Lindenstr. 1, 2. OG, 20099 Hamburg", number="+494055511")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """Anna's address is registered, Ben's is not; the centre has a number to show."""

    async def registers(house: House, database: Database) -> None:
        await AddressStore(database.engine, Places(house.settings).party_keys()).put(AgentId("a01"), PLACE)

    changes = {f"switch.{SWITCH}": {"beat_limit_s": BEAT_LIMIT_S}}
    async with outward_house(state_dir, {"a01": ANNA, "a02": BEN}, prepares=registers, changes=changes) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def watch(house: House) -> AsyncIterator[Watch]:
    """From here on."""
    async with watching(house) as watch:
        yield watch


@asynccontextmanager
async def a_control_room(house: House, number: str) -> AsyncIterator[Phone]:
    port = house.settings.switch[SWITCH].trunk["emergency"].port
    account = PhoneAccount(user=number, server=house.sip)
    room = await Phone.start(house.baresip, account, house.directory / "phones" / f"room-{number}", sip_port=port)
    try:
        yield room
    finally:
        await room.stop()


async def alert_on(socket: Any, agent_id: str) -> dict[str, Any]:
    """The newest alert about that agent that a live board is sent."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            frame = await socket.receive_json()
            rows = [each["row"] for each in frame.get("changes", ()) if each["kind"] == "emergency"]
            rows += frame.get("board", {}).get("emergencies", ())
            theirs = [row for row in rows if row["agent_id"] == agent_id]
            if theirs:
                return dict(max(theirs, key=lambda row: row["at"]))


@asynccontextmanager
async def a_board(desk: Desk, *, is_read: bool = True) -> AsyncIterator[Any]:
    """A live board; `is_read`: up to its first snapshot."""
    async with desk.http.ws_connect(f"{desk.url}/api/v1/live", headers={"Origin": desk.url}) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        await socket.send_json({"type": "start"})
        async with asyncio.timeout(PATIENCE_S):
            while is_read and (await socket.receive_json())["type"] != "snapshot":
                pass
        yield socket


async def test_who_is_on_duty_sees_who_dialled_and_where_from(house: House, watch: Watch) -> None:
    async with a_control_room(house, "112") as room, at_desk(house, "sup") as desk, a_board(desk) as board:
        await house.phones["a01"].dial("112")
        alert = await alert_on(board, "a01")
        ringing = await room.expect("CALL_INCOMING")
        assert PLACE.number is not None
        assert PLACE.number in ringing.peer
        assert (alert["agent_id"], alert["number"], alert["address"]) == ("a01", "112", PLACE.address)
        told = await watch.until(EmergencyDialled)
        print(f"\nalert known {(told.received_at - told.occurred_at) / 1000:.0f} ms after it was dialled")
        await house.phones["a01"].hang_up()
        await desk.do(f"/emergencies/{alert['emergency_id']}/seen")
        await watch.until(EmergencySeen, emergency_id=alert["emergency_id"])
        assert len(await watch.found(EmergencyDialled)) == 1


async def test_an_agent_without_an_address_shows_the_centres_number(house: House, watch: Watch) -> None:
    async with a_control_room(house, "110") as room:
        await house.phones["a02"].dial("110")
        assert SHOWN in (await room.expect("CALL_INCOMING")).peer
        assert (await watch.until(EmergencyDialled)).event.dialled_by == "a02"
        await house.phones["a02"].hang_up()


async def test_an_address_set_while_we_run_is_in_force_for_the_next_call(house: House, watch: Watch) -> None:
    number = "+494055522"
    async with opened(house.settings) as database:
        moved = AgentAddress(address="Am Kai 1, 28199 Bremen", number=number)
        await AddressStore(database.engine, Places(house.settings).party_keys()).put(AgentId("a02"), moved)
    async with at_desk(house, "a02") as desk:
        status, said = await desk.ask("PUT", "/agents/a02/address", {"address": "Am Deich 3, 28199 Bremen"})
        assert status == 204, said

    async with a_control_room(house, "112") as room, at_desk(house, "sup") as desk, a_board(desk) as board:

        async def is_shown() -> bool | None:
            """Phones are told within a second or two."""
            await house.phones["a02"].dial("112")
            ringing = await room.expect("CALL_INCOMING")
            await house.phones["a02"].hang_up()
            await room.expect("CALL_CLOSED")
            return True if number in ringing.peer else None

        await eventually(is_shown, "the number of the new place")
        while (await alert_on(board, "a02"))["address"] != "Am Deich 3, 28199 Bremen":
            pass  # of the calls before it was known here


async def test_a_control_room_asked_beside_a_talk_is_dialled_and_alerted_as_well(house: House) -> None:
    async with a_control_room(house, "112") as room, a_talk(house) as scene:
        await scene.ask("consult", {"number": "112"})
        await takes_call(room)
        permit = (await scene.watch.until(DialPermitted)).event
        assert (permit.is_emergency, permit.shown) == (True, SHOWN)
        await scene.caller.hang_up()  # the agent goes on with the control room
        await scene.anna.hang_up()
        await scene.over()


async def test_without_us_it_is_dialled_and_the_alert_comes_when_we_are_back(house: House, watch: Watch) -> None:
    house.kill_service()
    await until_beat_is_old(house)
    async with a_control_room(house, "112") as room:
        await house.phones["a01"].dial("112")
        await takes_call(room)
        await house.phones["a01"].hang_up()
        await room.expect("CALL_CLOSED")
    back_at = time.time_ns() // 1_000
    await house.start_service()
    told = await watch.until(EmergencyDialled)
    assert told.occurred_at < back_at < told.received_at
    async with at_desk(house, "sup") as desk, a_board(desk, is_read=False) as board:
        alert = await alert_on(board, "a01")
    assert (alert["emergency_id"], alert["address"]) == (told.event_id, PLACE.address)
