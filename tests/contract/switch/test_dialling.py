"""What every switch does with an agent's phone that dials a number: its leg is taken, lasts, and ends with what it is told."""

import pytest

from telephony.commands import AnswerLeg, LeaveBridge, PlayTone, StopRinging
from telephony.events import FeatureCodeDialled, LegAnswered, LegHungUp, LegJoined
from tests.contract.switch.world import OUTSIDER, Play

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def dialled_by_annas_phone(play: Play) -> FeatureCodeDialled:
    endpoint, agent = await play.world.agent("anna")
    await agent.dial("01713920011")
    found = lambda: next((f for f in play.world.facts.of(FeatureCodeDialled) if f.endpoint_id == endpoint), None)  # noqa: E731
    dialled: FeatureCodeDialled = await play.world.until(found, "FeatureCodeDialled")
    assert dialled.digits == "01713920011"
    return dialled


async def test_a_phone_that_dialled_is_joined_to_who_is_dialled_for_it(play: Play) -> None:
    outsider = await play.world.outsider(OUTSIDER)
    dialled = await dialled_by_annas_phone(play)
    send, ours = play.world.switch.send, {"call_id": play.call_id, "switch": play.world.switch.name, "leg_id": dialled.leg_id}
    create, join = play.bridge(dialled.leg_id)
    send([create, AnswerLeg(**ours, lasts=True), join])
    await play.fact(LegAnswered, dialled.leg_id)
    await play.fact(LegJoined, dialled.leg_id)
    dial = play.dial(OUTSIDER, dialled.leg_id)
    send([dial])
    await outsider.rings()
    await outsider.answer()
    await play.fact(LegAnswered, dial.leg_id)
    send([play.bridge(dial.leg_id)[1]])
    await play.fact(LegJoined, dial.leg_id)
    await outsider.hang_up()
    await play.fact(LegHungUp, dial.leg_id)
    sound = PlayTone(**ours, sound="fernamt/dial-busy")
    send([StopRinging(**ours), LeaveBridge(**ours, bridge_id=play.bridge_id), sound])
    ended = await play.fact(LegHungUp, dialled.leg_id)
    assert not ended.by_phone


async def test_a_phone_that_may_not_call_hears_a_sound_and_is_free(play: Play) -> None:
    dialled = await dialled_by_annas_phone(play)
    name = play.world.switch.name
    sound = PlayTone(call_id=play.call_id, switch=name, leg_id=dialled.leg_id, sound="fernamt/dial-no-reference")
    play.world.switch.send([sound])
    await play.fact(LegAnswered, dialled.leg_id)
    await play.fact(LegHungUp, dialled.leg_id)
