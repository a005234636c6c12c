"""We dial Asterisk and send requests by HTTP, as older versions need it: the same call, the same facts."""

from dataclasses import replace
from pathlib import Path

import pytest

from fernamt.node.packages import find_baresip
from fernamt.node.ports import free_ports
from telephony.commands import AnswerLeg, HangUp
from telephony.events import LegAnswered, LegHungUp, LegJoined
from telephony.switch.asterisk.switch import AsteriskSwitch
from tests.contract.switch.asterisk_world import (
    STATE,
    AsteriskWorld,
    WallClock,
    running_node,
    running_switch,
    switch_settings,
)
from tests.contract.switch.world import Play

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


async def test_a_call_over_the_second_path_is_told_as_over_the_first_and_survives_a_cut(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    async with running_node(port) as node:
        settings = switch_settings(node, port)
        inbound = replace(settings, ari=replace(settings.ari, connection="inbound"))
        world = AsteriskWorld(node, AsteriskSwitch(inbound, WallClock()), await find_baresip(STATE), tmp_path)
        async with running_switch(world):
            play = Play(world)
            endpoint, agent = await world.agent("anna")
            caller, arrived = await play.arrival()
            ring = play.ring(endpoint, arrived.leg_id)
            world.switch.send([ring])
            await agent.rings()
            await agent.answer()
            await play.fact(LegAnswered, ring.leg_id)
            answer = AnswerLeg(call_id=play.call_id, switch=world.switch.name, leg_id=arrived.leg_id)
            world.switch.send([answer, *play.bridge(arrived.leg_id, ring.leg_id)])
            await play.fact(LegJoined, ring.leg_id)
            await world.cut_line()
            seen = {leg.leg_id: leg for leg in (await world.snapshot()).legs}
            assert seen[arrived.leg_id].bridge_id == seen[ring.leg_id].bridge_id == play.bridge_id
            world.switch.send([HangUp(call_id=play.call_id, switch=world.switch.name, leg_id=ring.leg_id)])
            await agent.is_free()
            await caller.hang_up()
            gone = lambda: True if arrived.leg_id in {end.leg_id for end in world.switch.cel.ends()} else None  # noqa: E731
            await world.until(gone, "the caller's end in the second witness")
            told = world.facts.story(arrived.leg_id)
            assert told[:3] == ["CallerArrived", "LegAnswered", "LegJoined"]
            assert told.count("LegHungUp") <= 1
            assert world.facts.of(LegHungUp, arrived.leg_id) or world.facts.disconnects == 1
            await world.stop_phones()
