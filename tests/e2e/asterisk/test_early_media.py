"""What a callee's network says before the answer reaches the agent from its first packet on; nothing is lost at the answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from msgspec import structs

from telephony.causes import HangupCause
from telephony.commands import AnswerLeg, DialOutside, IndicateRinging
from telephony.engine.ports import CallerArrived
from telephony.events import LegAnswered, LegHungUp, LegJoined, LegRinging
from telephony.identifiers import LegId
from tests.contract.switch.asterisk_world import AsteriskWorld
from tests.contract.switch.world import CALLER, DID, OUTSIDER, Play
from tests.e2e.asterisk.counted_sound import Carrier, Listener, Sound, a_carrier, a_listener
from tests.e2e.patience import soon

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.e2e]


@dataclass(slots=True)
class Early:
    """Somebody on the line, for whom a callee is dialled; and the callee's carrier."""

    play: Play
    listener: Listener
    carrier: Carrier
    leg: LegId
    dial: DialOutside

    async def hears(self, sound: Sound, packets: int) -> None:
        """That many more packets of the other end have been heard."""
        wanted = len(sound.numbers()) + packets
        await self.play.world.until(lambda: True if len(sound.numbers()) >= wanted else None, f"{packets} packets")

    def told(self, kind: type[LegAnswered | LegJoined]) -> int:
        return len(self.play.world.facts.of(kind, self.dial.leg_id))


@asynccontextmanager
async def a_dialled_callee(world: AsteriskWorld) -> AsyncIterator[Early]:
    settings, play = world.node.settings, Play(world)
    async with a_carrier(settings.trunks[0].port) as carrier, a_listener(("127.0.0.1", settings.sip_port)) as listener:
        listener.calls(DID, CALLER)
        leg = (await play.fact(CallerArrived)).leg_id
        ours = {"call_id": play.call_id, "switch": world.switch.name, "leg_id": leg}
        create, join = play.bridge(leg)
        world.switch.send([create, AnswerLeg(**ours), join, IndicateRinging(**ours)])
        await soon(listener.talks.wait())
        await play.fact(LegJoined, leg)
        dial = structs.replace(play.dial(OUTSIDER, leg), heard_in=play.bridge_id)
        world.switch.send([dial])
        await soon(carrier.dialled.wait())
        yield Early(play, listener, carrier, leg, dial)
        listener.hang_up()
        await play.fact(LegHungUp, leg)


@pytest.mark.parametrize("rings_first", [True, False], ids=["it rang before", "sound alone"])
async def test_a_network_is_heard_before_the_answer_from_its_first_packet_on_and_hears(
    world: AsteriskWorld, *, rings_first: bool
) -> None:
    async with a_dialled_callee(world) as early:
        ear, callee = early.listener.sound, early.carrier.sound
        if rings_first:
            early.carrier.says("180 Ringing")
            await early.play.fact(LegRinging, early.dial.leg_id)
        early.carrier.says("183 Session Progress", sounds=True)
        await early.play.fact(LegRinging, early.dial.leg_id)
        await early.hears(ear, 25)
        await early.hears(callee, 25)
        before = len(ear.heard)
        early.carrier.says("180 Ringing")  # a network may say so after it has begun to sound
        await early.hears(ear, 25)
        late = ear.heard[before:]
        assert (early.told(LegAnswered), early.told(LegJoined)) == (0, 0), "no talk has begun"
        early.carrier.says("200 OK", sounds=True)
        await early.play.fact(LegJoined, early.dial.leg_id)
        world.switch.send([early.play.bridge(early.dial.leg_id)[1]])
        await early.hears(ear, 25)
        numbers, spoken = ear.numbers(), callee.numbers()
        assert numbers == list(range(len(numbers))), "from the first packet on, each one"
        assert spoken == list(range(spoken[0], spoken[0] + len(spoken))), "and as whole in the other direction"
        first = next(place for place, (_, number) in enumerate(ear.heard) if number is not None)
        assert [number for _, number in ear.heard[first:]].count(None) <= 2, "the switch's own tone ends with the first packet"
        assert [number for _, number in late].count(None) <= 1
        early.carrier.hangs_up()
        ended = await early.play.fact(LegHungUp, early.dial.leg_id)
        assert ended.by_phone


async def test_an_announcement_is_heard_to_its_end_and_its_refusal_has_its_meaning(world: AsteriskWorld) -> None:
    async with a_dialled_callee(world) as early:
        early.carrier.says("183 Session Progress", sounds=True)
        await early.hears(early.listener.sound, 25)
        early.carrier.says("404 Not Found")
        ended = await early.play.fact(LegHungUp, early.dial.leg_id)
        assert ended.cause is HangupCause.UNALLOCATED
        numbers = early.listener.sound.numbers()
        assert numbers == list(range(len(numbers)))
        assert early.told(LegJoined) == 0
