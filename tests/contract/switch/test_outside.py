"""What every switch does with somebody outside: dialled by the line out under our id, showing our number."""

import pytest

from telephony.causes import HangupCause
from telephony.commands import HangUp
from telephony.events import CommandFailed, LegAnswered, LegHungUp, LegJoined, LegRinging
from telephony.identifiers import LegId
from tests.contract.switch.world import OUTSIDER, SHOWN, Party, Play

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def over(play: Play, caller: Party, leg: LegId) -> None:
    await caller.hang_up()
    await play.fact(LegHungUp, leg)


async def test_somebody_outside_is_rung_answers_and_is_with_the_caller(play: Play) -> None:
    outsider = await play.world.outsider(OUTSIDER)
    caller, arrived = await play.arrival()
    dial = play.dial(OUTSIDER, arrived.leg_id)
    play.world.switch.send([dial])
    assert SHOWN in await outsider.rings(), "the number shown is the permitted one"
    await play.fact(LegRinging, dial.leg_id)
    await outsider.answer()
    await play.fact(LegAnswered, dial.leg_id)
    play.world.switch.send(play.bridge(arrived.leg_id, dial.leg_id))
    await play.fact(LegJoined, dial.leg_id)
    await outsider.hang_up()
    ended = await play.fact(LegHungUp, dial.leg_id)
    assert ended.by_phone
    assert play.world.facts.story(dial.leg_id) == ["LegRinging", "LegAnswered", "LegJoined", "LegLeft", "LegHungUp"]
    await over(play, caller, arrived.leg_id)


async def test_somebody_outside_who_refuses_is_told_so_and_never_answered(play: Play) -> None:
    outsider = await play.world.outsider(OUTSIDER)
    caller, arrived = await play.arrival()
    dial = play.dial(OUTSIDER, arrived.leg_id)
    play.world.switch.send([dial])
    await outsider.rings()
    await outsider.refuse()
    ended = await play.fact(LegHungUp, dial.leg_id)
    assert ended.cause in {HangupCause.BUSY, HangupCause.REJECTED}
    assert "LegAnswered" not in play.world.facts.story(dial.leg_id)
    await over(play, caller, arrived.leg_id)


async def test_somebody_outside_who_does_not_answer_in_time_ends_as_no_answer(play: Play) -> None:
    outsider = await play.world.outsider(OUTSIDER)
    caller, arrived = await play.arrival()
    dial = play.dial(OUTSIDER, arrived.leg_id, timeout_ms=1000)
    play.world.switch.send([dial])
    await outsider.rings()
    ended = await play.fact(LegHungUp, dial.leg_id)
    assert ended.cause is HangupCause.NO_ANSWER
    await over(play, caller, arrived.leg_id)


async def test_dialling_is_cancelled_by_a_hang_up(play: Play) -> None:
    outsider = await play.world.outsider(OUTSIDER)
    caller, arrived = await play.arrival()
    dial = play.dial(OUTSIDER, arrived.leg_id)
    play.world.switch.send([dial])
    await outsider.rings()
    play.world.switch.send([HangUp(call_id=play.call_id, switch=play.world.switch.name, leg_id=dial.leg_id)])
    ended = await play.fact(LegHungUp, dial.leg_id)
    assert not ended.by_phone
    await outsider.is_free()
    await over(play, caller, arrived.leg_id)


async def test_the_same_leg_is_never_dialled_twice(play: Play) -> None:
    outsider = await play.world.outsider(OUTSIDER)
    caller, arrived = await play.arrival()
    dial = play.dial(OUTSIDER, arrived.leg_id)
    play.world.switch.send([dial])
    await outsider.rings()
    play.world.switch.send([dial])
    await play.world.passes(0.3)
    assert play.world.facts.of(CommandFailed, dial.leg_id) == []
    await outsider.answer()
    await play.fact(LegAnswered, dial.leg_id)
    assert len(play.world.facts.of(LegAnswered, dial.leg_id)) == 1
    await outsider.hang_up()
    await play.fact(LegHungUp, dial.leg_id)
    await over(play, caller, arrived.leg_id)


async def test_a_caller_who_leaves_takes_nobody_outside_along(play: Play) -> None:
    outsider = await play.world.outsider(OUTSIDER)
    caller, arrived = await play.arrival()
    dial = play.dial(OUTSIDER, arrived.leg_id)
    play.world.switch.send([dial])
    await outsider.rings()
    await over(play, caller, arrived.leg_id)
    assert play.world.facts.of(LegHungUp, dial.leg_id) == [], "whose ringing ends at our word alone"
    play.world.switch.send([HangUp(call_id=play.call_id, switch=play.world.switch.name, leg_id=dial.leg_id)])
    await play.fact(LegHungUp, dial.leg_id)
