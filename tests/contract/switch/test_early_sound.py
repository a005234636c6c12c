"""What every switch does with somebody outside who is heard before they answer: told to be in their bridge from the answer on."""

import pytest
from msgspec import structs

from telephony.causes import HangupCause
from telephony.commands import AnswerLeg, DialOutside, HangUp, IndicateRinging, StopRinging
from telephony.events import CommandFailed, LegAnswered, LegHungUp, LegJoined, LegLeft, LegRinging
from telephony.identifiers import LegId
from tests.contract.switch.world import OUTSIDER, SHOWN, Party, Play

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def dialled_for_a_talker(
    play: Play, number: str | None = "491701234567", *, timeout_ms: int = 20_000
) -> tuple[Party, LegId, DialOutside]:
    """Who is in the call's bridge, hears ringing, and has somebody outside dialled for them."""
    talker, arrived = await play.arrival(number=number)
    ours = {"call_id": play.call_id, "switch": play.world.switch.name, "leg_id": arrived.leg_id}
    create, join = play.bridge(arrived.leg_id)
    play.world.switch.send([create, AnswerLeg(**ours), join, IndicateRinging(**ours)])
    await play.fact(LegJoined, arrived.leg_id)
    dial = structs.replace(play.dial(OUTSIDER, arrived.leg_id, timeout_ms=timeout_ms), heard_in=play.bridge_id)
    play.world.switch.send([dial])
    return talker, arrived.leg_id, dial


async def over(play: Play, talker: Party, leg: LegId) -> None:
    await talker.hang_up()
    await play.fact(LegHungUp, leg)


@pytest.mark.parametrize("number", ["491701234567", None], ids=["a number", "withheld"])
async def test_who_answers_is_told_to_have_answered_and_then_to_be_in_the_bridge(play: Play, number: str | None) -> None:
    outsider = await play.world.outsider(OUTSIDER)
    talker, leg, dial = await dialled_for_a_talker(play, number)
    assert SHOWN in await outsider.rings(), "the number shown is the permitted one, whatever the talker's own"
    await play.fact(LegRinging, dial.leg_id)
    await outsider.answer()
    joined = await play.fact(LegJoined, dial.leg_id)
    assert joined.bridge_id == play.bridge_id
    ours = {"call_id": play.call_id, "switch": play.world.switch.name, "leg_id": leg}
    play.world.switch.send([StopRinging(**ours), play.bridge(dial.leg_id)[1]])
    await play.world.passes(0.3)
    await outsider.hang_up()
    ended = await play.fact(LegHungUp, dial.leg_id)
    assert ended.by_phone
    assert play.world.facts.story(dial.leg_id) == ["LegRinging", "LegAnswered", "LegJoined", "LegLeft", "LegHungUp"]
    assert play.world.facts.of(CommandFailed, dial.leg_id) == []
    await over(play, talker, leg)


async def test_who_refuses_is_told_so_and_was_in_no_bridge(play: Play) -> None:
    outsider = await play.world.outsider(OUTSIDER)
    talker, leg, dial = await dialled_for_a_talker(play)
    await outsider.rings()
    await outsider.refuse()
    ended = await play.fact(LegHungUp, dial.leg_id)
    assert ended.cause in {HangupCause.BUSY, HangupCause.REJECTED}
    assert ended.by_phone
    assert play.world.facts.story(dial.leg_id) == ["LegRinging", "LegHungUp"]
    await over(play, talker, leg)


async def test_who_does_not_answer_in_time_ends_as_no_answer(play: Play) -> None:
    outsider = await play.world.outsider(OUTSIDER)
    talker, leg, dial = await dialled_for_a_talker(play, timeout_ms=1000)
    await outsider.rings()
    ended = await play.fact(LegHungUp, dial.leg_id)
    assert (ended.cause, ended.by_phone) == (HangupCause.NO_ANSWER, False)
    await over(play, talker, leg)


@pytest.mark.parametrize("rings", [True, False], ids=["while it rings", "at once"])
async def test_dialling_is_cancelled_by_a_hang_up(play: Play, *, rings: bool) -> None:
    outsider = await play.world.outsider(OUTSIDER)
    talker, leg, dial = await dialled_for_a_talker(play)
    if rings:
        await outsider.rings()
    play.world.switch.send([HangUp(call_id=play.call_id, switch=play.world.switch.name, leg_id=dial.leg_id)])
    ended = await play.fact(LegHungUp, dial.leg_id)
    assert not ended.by_phone
    assert play.world.facts.of(LegJoined, dial.leg_id) + play.world.facts.of(LegLeft, dial.leg_id) == []
    await over(play, talker, leg)


async def test_the_same_leg_is_never_dialled_twice(play: Play) -> None:
    outsider = await play.world.outsider(OUTSIDER)
    talker, leg, dial = await dialled_for_a_talker(play)
    play.world.switch.send([dial])
    await outsider.rings()
    play.world.switch.send([dial])
    await play.world.passes(0.3)
    assert play.world.facts.of(CommandFailed, dial.leg_id) == []
    await outsider.answer()
    await play.fact(LegJoined, dial.leg_id)
    assert len(play.world.facts.of(LegAnswered, dial.leg_id)) == 1
    await outsider.hang_up()
    await play.fact(LegHungUp, dial.leg_id)
    await over(play, talker, leg)


async def test_a_look_at_who_is_not_answered_shows_them_in_no_bridge_and_the_answer_is_told_after_it(play: Play) -> None:
    outsider = await play.world.outsider(OUTSIDER)
    talker, leg, dial = await dialled_for_a_talker(play)
    await outsider.rings()
    await play.fact(LegRinging, dial.leg_id)
    await play.world.cut_line()
    seen = {one.leg_id: one for one in (await play.world.snapshot()).legs}
    assert (seen[dial.leg_id].is_answered, seen[dial.leg_id].bridge_id) == (False, None)
    await outsider.answer()
    await play.fact(LegJoined, dial.leg_id)
    seen = {one.leg_id: one for one in (await play.world.snapshot()).legs}
    assert (seen[dial.leg_id].is_answered, seen[dial.leg_id].bridge_id) == (True, play.bridge_id)
    await outsider.hang_up()
    await play.fact(LegHungUp, dial.leg_id)
    await over(play, talker, leg)


async def test_who_is_heard_where_nobody_is_any_more_goes_on_ringing_and_can_be_joined_elsewhere(play: Play) -> None:
    outsider = await play.world.outsider(OUTSIDER)
    talker, arrived = await play.arrival()
    name = play.world.switch.name
    play.world.switch.send([AnswerLeg(call_id=play.call_id, switch=name, leg_id=arrived.leg_id)])
    dial = structs.replace(play.dial(OUTSIDER, arrived.leg_id), heard_in=play.bridge_id)
    play.world.switch.send([dial])
    await outsider.rings()
    await outsider.answer()
    await play.fact(LegAnswered, dial.leg_id)
    play.world.switch.send(play.bridge(arrived.leg_id, dial.leg_id))
    await play.fact(LegJoined, dial.leg_id)
    await outsider.hang_up()
    await play.fact(LegHungUp, dial.leg_id)
    await over(play, talker, arrived.leg_id)
