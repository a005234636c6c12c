"""What every switch does for a caller who is to be called back: reads the number out, says goodbye, rings the agent first."""

import pytest

from telephony.commands import DialplanEntry, HandToDialplan, ReadNumberBack, StopMusic
from telephony.events import LegAnswered, LegHungUp, LegJoined, LegPressedKey, LegTakenOver
from telephony.identifiers import LegId, PartyId, playback_id
from tests.contract.switch.test_playing import a_waiting_caller, failures, stop
from tests.contract.switch.world import OUTSIDER, SHOWN, Play

pytestmark = pytest.mark.asyncio(loop_scope="module")


def read_back(play: Play, leg: LegId, digits: str) -> ReadNumberBack:
    return ReadNumberBack(
        call_id=play.call_id,
        switch=play.world.switch.name,
        leg_id=leg,
        playback_id=playback_id(play.call_id, 1),
        party_id=PartyId("caller"),
        before=("fernamt/callback-number",),
        after=("fernamt/callback-confirm",),
        language="de",
        music="default",
        digits=digits,
    )


def goodbye(play: Play, leg: LegId) -> tuple[StopMusic, HandToDialplan]:
    name = play.world.switch.name
    hand = HandToDialplan(call_id=play.call_id, switch=name, leg_id=leg, entry=DialplanEntry.CALLBACK)
    return StopMusic(call_id=play.call_id, switch=name, leg_id=leg), hand


async def test_a_key_is_heard_while_the_number_is_read_out_and_the_reading_is_broken_off(play: Play) -> None:
    caller, leg = await a_waiting_caller(play)
    play.world.switch.send([read_back(play, leg, "01713920011")])
    await play.world.passes(1)
    await caller.press("1")
    assert (await play.fact(LegPressedKey, leg)).key == "1"
    play.world.switch.send([stop(play, leg)])
    await play.world.passes(0.5)
    assert failures(play, leg) == []
    await caller.hang_up()
    await play.fact(LegHungUp, leg)


async def test_who_is_told_goodbye_is_hung_up_on_and_taken_for_served_by_nobody(play: Play) -> None:
    caller, leg = await a_waiting_caller(play)
    play.world.switch.send([read_back(play, leg, "0171"), stop(play, leg), *goodbye(play, leg)])
    assert not (await play.seen(leg, lambda it: it.arrived is None, "no longer ours to serve")).is_at_machine
    await caller.is_free()
    await play.fact(LegHungUp, leg)
    assert play.world.facts.of(LegTakenOver, leg) == []


async def test_an_agent_is_rung_with_nobody_on_the_line_and_somebody_outside_is_dialled_for_them(play: Play) -> None:
    endpoint, agent = await play.world.agent("anna")
    outsider = await play.world.outsider(OUTSIDER)
    ring = play.ring(endpoint, None, shown="Rückruf Projekt Nord")
    play.world.switch.send([ring])
    assert "4930555" in await agent.rings()
    await agent.answer()
    await play.fact(LegAnswered, ring.leg_id)
    play.world.switch.send(play.bridge(ring.leg_id))
    await play.fact(LegJoined, ring.leg_id)
    dial = play.dial(OUTSIDER, ring.leg_id)
    play.world.switch.send([dial])
    assert SHOWN in await outsider.rings()
    await outsider.answer()
    await play.fact(LegAnswered, dial.leg_id)
    play.world.switch.send(play.bridge(dial.leg_id)[1:])
    await play.fact(LegJoined, dial.leg_id)
    await outsider.hang_up()
    await play.fact(LegHungUp, dial.leg_id)
    await agent.hang_up()
    await play.fact(LegHungUp, ring.leg_id)
