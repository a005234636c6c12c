"""What every switch plays to a caller who waits, and how it is broken off."""

import pytest

from telephony.commands import AnswerLeg, DialplanEntry, HandToDialplan, HangUp, PlaySequence, StartMusic, StopMusic, StopPlaying
from telephony.events import CommandFailed, LegAnswered, LegHungUp, LegJoined, LegPressedKey
from telephony.identifiers import LegId, playback_id
from tests.contract.switch.world import Party, Play

pytestmark = pytest.mark.asyncio(loop_scope="module")

A_MINUTE = ("fernamt/closed",) * 8
"""Longer than anything here is waited for: what comes after it comes because it was broken off."""


async def a_waiting_caller(play: Play) -> tuple[Party, LegId]:
    caller, arrived = await play.arrival()
    name = play.world.switch.name
    play.world.switch.send(
        [
            AnswerLeg(call_id=play.call_id, switch=name, leg_id=arrived.leg_id),
            StartMusic(call_id=play.call_id, switch=name, leg_id=arrived.leg_id, music="default"),
        ]
    )
    await play.fact(LegAnswered, arrived.leg_id)
    return caller, arrived.leg_id


def sequence(play: Play, leg: LegId, *sounds: str, number: int = 1, music: str | None = "default") -> PlaySequence:
    return PlaySequence(
        call_id=play.call_id,
        switch=play.world.switch.name,
        leg_id=leg,
        playback_id=playback_id(play.call_id, number),
        sounds=sounds,
        language="de",
        music=music,
    )


def stop(play: Play, leg: LegId, number: int = 1) -> StopPlaying:
    return StopPlaying(
        call_id=play.call_id, switch=play.world.switch.name, leg_id=leg, playback_id=playback_id(play.call_id, number)
    )


def failures(play: Play, leg: LegId) -> list[CommandFailed]:
    return play.world.facts.of(CommandFailed, leg)


async def test_an_agent_who_answers_cuts_off_what_plays(play: Play) -> None:
    caller, leg = await a_waiting_caller(play)
    endpoint, agent = await play.world.agent("anna")
    play.world.switch.send([sequence(play, leg, *A_MINUTE)])
    await play.world.passes(0.5)
    ring = play.ring(endpoint, leg)
    play.world.switch.send([ring])
    await agent.rings()
    await agent.answer()
    await play.fact(LegAnswered, ring.leg_id)
    silence = StopMusic(call_id=play.call_id, switch=play.world.switch.name, leg_id=leg)
    play.world.switch.send([stop(play, leg), silence, *play.bridge(leg, ring.leg_id)])
    await play.fact(LegJoined, leg)
    await play.fact(LegJoined, ring.leg_id)
    assert failures(play, leg) == []
    await caller.hang_up()
    await play.fact(LegHungUp, leg)


async def test_a_caller_who_hangs_up_while_something_plays_is_gone(play: Play) -> None:
    caller, leg = await a_waiting_caller(play)
    play.world.switch.send([sequence(play, leg, *A_MINUTE)])
    await play.world.passes(0.5)
    await caller.hang_up()
    assert (await play.fact(LegHungUp, leg)).by_phone


async def test_keys_are_told_while_something_plays(play: Play) -> None:
    caller, leg = await a_waiting_caller(play)
    play.world.switch.send([sequence(play, leg, *A_MINUTE, music=None)])
    await play.world.passes(0.5)
    await caller.press("7")
    assert (await play.fact(LegPressedKey, leg)).key == "7"
    play.world.switch.send([stop(play, leg), sequence(play, leg, "fernamt/wrong-key", number=2)])
    await play.world.passes(0.5)
    await caller.hang_up()
    await play.fact(LegHungUp, leg)
    assert failures(play, leg) == []


async def test_a_caller_is_handed_to_the_dialplan_out_of_what_plays(play: Play) -> None:
    caller, leg = await a_waiting_caller(play)
    play.world.switch.send([sequence(play, leg, *A_MINUTE)])
    await play.world.passes(0.5)
    name = play.world.switch.name
    hand = HandToDialplan(call_id=play.call_id, switch=name, leg_id=leg, entry=DialplanEntry.BUSY)
    play.world.switch.send([stop(play, leg), StopMusic(call_id=play.call_id, switch=name, leg_id=leg), hand])
    await play.seen(leg, lambda it: it.arrived is None, "no longer ours to serve")
    await caller.hang_up()
    await play.fact(LegHungUp, leg)


async def test_what_is_over_can_be_broken_off_and_a_sound_that_does_not_exist_harms_nobody(play: Play) -> None:
    caller, leg = await a_waiting_caller(play)
    play.world.switch.send([sequence(play, leg, "fernamt/beep", "fernamt/there-is-no-such-sound", "fernamt/beep")])
    await play.world.passes(3)
    play.world.switch.send([stop(play, leg)])
    await play.world.passes(0.5)
    assert failures(play, leg) == []
    assert play.world.facts.of(LegHungUp, leg) == []
    play.world.switch.send([HangUp(call_id=play.call_id, switch=play.world.switch.name, leg_id=leg)])
    await play.fact(LegHungUp, leg)
    await caller.is_free()


async def test_a_leg_that_is_gone_is_told_so(play: Play) -> None:
    leg = LegId("no-such-leg")
    play.world.switch.send([sequence(play, leg, "fernamt/beep")])
    assert (await play.failed("PlaySequence", leg)).reason == "gone"
