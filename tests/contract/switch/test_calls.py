"""What every switch does with a call: the same facts in the same order for each leg."""

import pytest

from telephony.causes import HangupCause
from telephony.commands import (
    AnswerLeg,
    DestroyBridge,
    HangUp,
    HangUpIfSilent,
    IndicateRinging,
    LeaveBridge,
    MarkWaiting,
    PlayTone,
    StartMusic,
    StopMusic,
)
from telephony.engine.ports import CallerArrived
from telephony.events import (
    CommandFailed,
    FeatureCodeDialled,
    LegAnswered,
    LegHeld,
    LegHungUp,
    LegJoined,
    LegLeft,
    LegPressedKey,
    LegRinging,
    LegUnheld,
)
from telephony.identifiers import EndpointId, LegId
from tests.contract.switch.world import CALLER, DID, Party, Play

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def talking(play: Play) -> tuple[Party, LegId, Party, LegId]:
    """A caller and an agent talk: caller, its leg, agent, its leg."""
    send, name = play.world.switch.send, play.world.switch.name
    endpoint, agent = await play.world.agent("anna")
    caller, arrived = await play.arrival()
    ring = play.ring(endpoint, arrived.leg_id)
    send([ring])
    await agent.rings()
    await agent.answer()
    await play.fact(LegAnswered, ring.leg_id)
    send(
        [
            AnswerLeg(call_id=play.call_id, switch=name, leg_id=arrived.leg_id),
            *play.bridge(arrived.leg_id, ring.leg_id),
            MarkWaiting(call_id=play.call_id, switch=name, leg_id=arrived.leg_id, is_waiting=False),
        ]
    )
    await play.fact(LegJoined, arrived.leg_id)
    await play.fact(LegJoined, ring.leg_id)
    await caller.is_connected()
    return caller, arrived.leg_id, agent, ring.leg_id


async def test_a_caller_is_announced_with_both_numbers_and_the_trunk(play: Play) -> None:
    caller, arrived = await play.arrival()
    assert (arrived.dnis, arrived.ani) == (DID, CALLER)
    assert arrived.trunk_id == "trunk"
    await caller.hang_up()
    ended = await play.fact(LegHungUp, arrived.leg_id)
    assert ended.by_phone
    assert ended.cause is HangupCause.NORMAL
    assert play.world.facts.story(arrived.leg_id) == ["CallerArrived", "LegHungUp"]


async def test_a_caller_who_withholds_the_number_has_none(play: Play) -> None:
    caller, arrived = await play.arrival(number=None)
    assert arrived.ani is None
    assert arrived.ani_name is None
    await caller.hang_up()
    await play.fact(LegHungUp, arrived.leg_id)


async def test_a_whole_call_is_told_in_order_on_both_legs(play: Play) -> None:
    caller, caller_leg, _agent, agent_leg = await talking(play)
    await caller.hang_up()
    await play.fact(LegHungUp, caller_leg)
    play.world.switch.send([HangUp(call_id=play.call_id, switch=play.world.switch.name, leg_id=agent_leg)])
    ended = await play.fact(LegHungUp, agent_leg)
    assert not ended.by_phone
    facts = play.world.facts
    assert facts.story(caller_leg) == ["CallerArrived", "LegAnswered", "LegJoined", "LegLeft", "LegHungUp"]
    assert facts.story(agent_leg) == ["LegRinging", "LegAnswered", "LegJoined", "LegLeft", "LegHungUp"]
    for leg in (caller_leg, agent_leg):
        assert list(facts.times_of(leg)) == sorted(facts.times_of(leg))
        assert {joined.bridge_id for joined in facts.of(LegJoined, leg)} == {play.bridge_id}


async def test_the_phone_shows_the_project_and_not_the_caller(play: Play) -> None:
    endpoint, agent = await play.world.agent("anna")
    _caller, arrived = await play.arrival()
    ring = play.ring(endpoint, arrived.leg_id, shown='Müller & "Söhne", Nord')
    play.world.switch.send([ring])
    assert "4930555" in await agent.rings()
    play.world.switch.send([HangUp(call_id=play.call_id, switch=play.world.switch.name, leg_id=arrived.leg_id)])
    play.world.switch.send([HangUp(call_id=play.call_id, switch=play.world.switch.name, leg_id=ring.leg_id)])
    await play.fact(LegHungUp, ring.leg_id)


async def test_an_agent_who_hangs_up_leaves_the_caller_alone_in_the_bridge(play: Play) -> None:
    _caller, caller_leg, agent, agent_leg = await talking(play)
    await agent.hang_up()
    ended = await play.fact(LegHungUp, agent_leg)
    assert ended.by_phone
    assert ended.cause is HangupCause.NORMAL
    assert play.world.facts.of(LegHungUp, caller_leg) == []
    seen = {leg.leg_id: leg for leg in (await play.world.snapshot()).legs}
    assert seen[caller_leg].bridge_id == play.bridge_id
    play.world.switch.send([HangUp(call_id=play.call_id, switch=play.world.switch.name, leg_id=caller_leg)])
    ended = await play.fact(LegHungUp, caller_leg)
    assert not ended.by_phone


async def test_an_agent_who_refuses_is_told_so_and_never_answered(play: Play) -> None:
    endpoint, agent = await play.world.agent("anna")
    caller, arrived = await play.arrival()
    ring = play.ring(endpoint, arrived.leg_id)
    play.world.switch.send([ring])
    await agent.rings()
    await agent.refuse()
    ended = await play.fact(LegHungUp, ring.leg_id)
    assert ended.by_phone
    assert ended.cause in {HangupCause.BUSY, HangupCause.REJECTED}
    assert play.world.facts.story(ring.leg_id) == ["LegRinging", "LegHungUp"]
    await caller.hang_up()
    await play.fact(LegHungUp, arrived.leg_id)


async def test_an_agent_who_does_not_answer_in_time_ends_as_no_answer(play: Play) -> None:
    endpoint, agent = await play.world.agent("anna")
    caller, arrived = await play.arrival()
    ring = play.ring(endpoint, arrived.leg_id, timeout_ms=1000)
    play.world.switch.send([ring])
    await agent.rings()
    ended = await play.fact(LegHungUp, ring.leg_id)
    assert ended.cause is HangupCause.NO_ANSWER
    assert not ended.by_phone
    await agent.is_free()
    await caller.hang_up()
    await play.fact(LegHungUp, arrived.leg_id)


async def test_an_endpoint_without_a_phone_is_unreachable(play: Play) -> None:
    caller, arrived = await play.arrival()
    ring = play.ring(EndpointId("nobody"), arrived.leg_id)
    play.world.switch.send([ring])
    failure = await play.failed("RingEndpoint", ring.leg_id)
    assert failure.reason == "unreachable"
    assert play.world.facts.of(LegHungUp, ring.leg_id) == []
    await caller.hang_up()
    await play.fact(LegHungUp, arrived.leg_id)


async def test_a_caller_who_gives_up_is_told_and_the_agents_phone_stops_at_our_word(play: Play) -> None:
    endpoint, agent = await play.world.agent("anna")
    caller, arrived = await play.arrival()
    ring = play.ring(endpoint, arrived.leg_id)
    play.world.switch.send([ring])
    await agent.rings()
    await caller.hang_up()
    await play.fact(LegHungUp, arrived.leg_id)
    play.world.switch.send([HangUp(call_id=play.call_id, switch=play.world.switch.name, leg_id=ring.leg_id)])
    await agent.is_free()
    ended = await play.fact(LegHungUp, ring.leg_id)
    assert not ended.by_phone
    assert play.world.facts.of(LegAnswered, ring.leg_id) == []


async def test_a_hang_up_that_crosses_the_answer_leaves_no_leg_behind(play: Play) -> None:
    endpoint, agent = await play.world.agent("anna")
    caller, arrived = await play.arrival()
    ring = play.ring(endpoint, arrived.leg_id)
    play.world.switch.send([ring])
    await agent.rings()
    await agent.answer()
    play.world.switch.send([HangUp(call_id=play.call_id, switch=play.world.switch.name, leg_id=ring.leg_id)])
    await play.fact(LegHungUp, ring.leg_id)
    assert play.world.facts.story(ring.leg_id)[-1] == "LegHungUp"
    assert play.world.facts.story(ring.leg_id).count("LegHungUp") == 1
    assert ring.leg_id not in {leg.leg_id for leg in (await play.world.snapshot()).legs}
    await caller.hang_up()
    await play.fact(LegHungUp, arrived.leg_id)


async def test_hold_at_the_phone_is_told_and_nobody_leaves_the_bridge(play: Play) -> None:
    caller, caller_leg, agent, agent_leg = await talking(play)
    await agent.hold()
    await play.fact(LegHeld, agent_leg)
    await agent.resume()
    await play.fact(LegUnheld, agent_leg)
    assert play.world.facts.of(LegLeft) == [] or play.world.facts.of(LegLeft, agent_leg) == []
    await agent.hang_up()
    await play.fact(LegHungUp, agent_leg)
    await caller.hang_up()
    await play.fact(LegHungUp, caller_leg)


async def test_hold_by_us_takes_the_agent_out_of_the_bridge_and_back(play: Play) -> None:
    caller, caller_leg, agent, agent_leg = await talking(play)
    send, name = play.world.switch.send, play.world.switch.name
    of_caller = {"call_id": play.call_id, "switch": name, "leg_id": caller_leg}
    send(
        [
            LeaveBridge(call_id=play.call_id, switch=name, bridge_id=play.bridge_id, leg_id=agent_leg),
            StartMusic(**of_caller, music="default"),
        ]
    )
    await play.fact(LegLeft, agent_leg)
    send([StopMusic(**of_caller), play.bridge(agent_leg)[1]])
    await play.world.until(lambda: True if len(play.world.facts.of(LegJoined, agent_leg)) == 2 else None, "the agent back")
    assert play.world.facts.of(LegLeft, caller_leg) == []
    await agent.hang_up()
    await caller.hang_up()
    await play.fact(LegHungUp, caller_leg)


async def test_a_key_is_told_with_its_leg(play: Play) -> None:
    caller, caller_leg, agent, agent_leg = await talking(play)
    await caller.press("5")
    assert (await play.fact(LegPressedKey, caller_leg)).key == "5"
    await agent.hang_up()
    await play.fact(LegHungUp, agent_leg)
    await caller.hang_up()
    await play.fact(LegHungUp, caller_leg)


async def test_a_phone_that_vanishes_in_mid_call_is_told_as_lost_and_the_caller_stays(play: Play) -> None:
    caller, caller_leg, agent, agent_leg = await talking(play)
    await agent.vanish()
    ended = await play.fact(LegHungUp, agent_leg)
    assert ended.cause is HangupCause.MEDIA_LOST
    assert not ended.by_phone
    assert play.world.facts.of(LegHungUp, caller_leg) == []
    await caller.hang_up()
    await play.fact(LegHungUp, caller_leg)


async def test_a_feature_code_names_the_phone_and_ends_with_its_tone(play: Play) -> None:
    endpoint, agent = await play.world.agent("anna")
    await agent.dial("*45")
    found = lambda: next((f for f in play.world.facts.of(FeatureCodeDialled) if f.endpoint_id == endpoint), None)  # noqa: E731
    dialled = await play.world.until(found, "FeatureCodeDialled")
    assert dialled.digits == "*45"
    name = play.world.switch.name
    play.world.switch.send([PlayTone(call_id=play.call_id, switch=name, leg_id=dialled.leg_id, is_confirmation=True)])
    await play.fact(LegAnswered, dialled.leg_id)
    await play.fact(LegHungUp, dialled.leg_id)
    await agent.is_free()


async def test_repeated_commands_do_nothing_twice(play: Play) -> None:
    endpoint, agent = await play.world.agent("anna")
    caller, arrived = await play.arrival()
    send, name = play.world.switch.send, play.world.switch.name
    of_caller = {"call_id": play.call_id, "switch": name, "leg_id": arrived.leg_id}
    ring = play.ring(endpoint, arrived.leg_id)
    send([IndicateRinging(**of_caller), IndicateRinging(**of_caller), ring, ring])
    await agent.rings()
    await agent.answer()
    await play.fact(LegAnswered, ring.leg_id)
    together = (AnswerLeg(**of_caller), *play.bridge(arrived.leg_id, ring.leg_id), MarkWaiting(**of_caller, is_waiting=False))
    send([*together, *together])
    await play.fact(LegJoined, ring.leg_id)
    hang_up = HangUp(call_id=play.call_id, switch=name, leg_id=ring.leg_id)
    destroy = DestroyBridge(call_id=play.call_id, switch=name, bridge_id=play.bridge_id)
    send([hang_up, hang_up, destroy, destroy])
    await play.fact(LegHungUp, ring.leg_id)
    await caller.hang_up()
    await play.fact(LegHungUp, arrived.leg_id)
    story = play.world.facts.story(ring.leg_id)
    assert [told for told in story if told != "CommandFailed"] == [
        "LegRinging",
        "LegAnswered",
        "LegJoined",
        "LegLeft",
        "LegHungUp",
    ]
    assert {failure.reason for failure in play.world.facts.of(CommandFailed, ring.leg_id)} <= {"gone"}
    assert "CommandFailed" not in play.world.facts.story(arrived.leg_id)


async def test_a_hang_up_of_a_leg_nobody_knows_fails_as_gone(play: Play) -> None:
    nobody = LegId(f"{play.call_id}.agent.9")
    play.world.switch.send([HangUp(call_id=play.call_id, switch=play.world.switch.name, leg_id=nobody)])
    assert (await play.failed("HangUp", nobody)).reason == "gone"


async def test_joining_a_leg_that_is_gone_fails_as_gone(play: Play) -> None:
    caller, arrived = await play.arrival()
    play.world.switch.send(play.bridge(LegId(f"{play.call_id}.agent.9")))
    failure = await play.failed("JoinBridge")
    assert failure.reason == "gone"
    assert failure.bridge_id == play.bridge_id
    await caller.hang_up()
    await play.fact(LegHungUp, arrived.leg_id)


async def test_the_snapshot_shows_the_waiting_caller_as_it_was_announced(play: Play) -> None:
    caller, arrived = await play.arrival()
    seen = {leg.leg_id: leg for leg in (await play.world.snapshot()).legs}[arrived.leg_id]
    assert seen.arrived is not None
    assert isinstance(seen.arrived, CallerArrived)
    assert (seen.arrived.dnis, seen.arrived.ani, seen.arrived.trunk_id) == (DID, CALLER, arrived.trunk_id)
    assert seen.is_waiting
    assert not seen.is_answered
    assert seen.bridge_id is None
    name = play.world.switch.name
    play.world.switch.send([MarkWaiting(call_id=play.call_id, switch=name, leg_id=arrived.leg_id, is_waiting=False)])
    await caller.hang_up()
    await play.fact(LegHungUp, arrived.leg_id)
    assert arrived.leg_id not in {leg.leg_id for leg in (await play.world.snapshot()).legs}


async def test_the_snapshot_shows_who_is_in_which_bridge(play: Play) -> None:
    caller, caller_leg, agent, agent_leg = await talking(play)
    snapshot = await play.world.snapshot()
    seen = {leg.leg_id: leg for leg in snapshot.legs}
    assert seen[caller_leg].bridge_id == seen[agent_leg].bridge_id == play.bridge_id
    assert seen[caller_leg].is_answered
    assert not seen[caller_leg].is_waiting
    assert play.bridge_id in snapshot.bridges
    assert seen[agent_leg].endpoint_id in snapshot.reachable
    await agent.hang_up()
    await caller.hang_up()
    await play.fact(LegHungUp, caller_leg)
    await play.fact(LegHungUp, agent_leg)


async def test_a_ringing_phone_is_told_once(play: Play) -> None:
    endpoint, agent = await play.world.agent("anna")
    caller, arrived = await play.arrival()
    ring = play.ring(endpoint, arrived.leg_id)
    play.world.switch.send([ring])
    await play.fact(LegRinging, ring.leg_id)
    await agent.rings()
    await agent.answer()
    await play.fact(LegAnswered, ring.leg_id)
    assert play.world.facts.story(ring.leg_id) == ["LegRinging", "LegAnswered"]
    await caller.hang_up()
    await agent.hang_up()
    await play.fact(LegHungUp, ring.leg_id)


async def test_a_leg_whose_voice_still_comes_is_not_ended_as_silent(play: Play) -> None:
    caller, caller_leg, agent, agent_leg = await talking(play)
    name = play.world.switch.name
    nobody = LegId(f"{play.call_id}.agent.9")
    play.world.switch.send(
        [
            HangUpIfSilent(call_id=play.call_id, switch=name, leg_id=agent_leg),
            HangUpIfSilent(call_id=play.call_id, switch=name, leg_id=nobody),
        ]
    )
    assert (await play.failed("HangUpIfSilent", nobody)).reason == "gone"
    await play.world.passes(3.0)
    assert play.world.facts.of(LegHungUp, agent_leg) == []
    await agent.hang_up()
    assert (await play.fact(LegHungUp, agent_leg)).by_phone
    await caller.hang_up()
    await play.fact(LegHungUp, caller_leg)
