"""What a cut line, a dead controller and a dead Asterisk leave behind, and how it is found again."""

import asyncio
import contextlib
import sys
from functools import partial
from pathlib import Path

import pytest

from fernamt.node.process import AsteriskNode
from telephony.causes import HangupCause
from telephony.commands import DialplanEntry, HandToDialplan, HangUp, HangUpIfSilent
from telephony.engine.ports import CallerArrived, FallbackServed
from telephony.events import EndpointChanged, FeatureCodeDialled, LegAnswered, LegHungUp, LegJoined
from telephony.switch.asterisk.messages import machine_script, read_message
from telephony.switch.asterisk.settings import PhoneSettings
from tests.contract.switch.asterisk_world import AsteriskWorld, BaresipParty, asterisk_world, beat_is_old
from tests.contract.switch.world import CALLER, DID, Play

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


async def test_a_call_that_outlives_a_cut_line_goes_on_and_is_seen_again(world: AsteriskWorld) -> None:
    play = Play(world)
    caller, arrived = await play.arrival()
    await world.cut_line()
    assert world.facts.disconnects == 1
    seen = {leg.leg_id: leg for leg in (await world.snapshot()).legs}
    assert seen[arrived.leg_id].arrived == arrived
    assert seen[arrived.leg_id].is_waiting
    await caller.hang_up()
    await play.fact(LegHungUp, arrived.leg_id)
    assert world.facts.story(arrived.leg_id) == ["CallerArrived", "LegHungUp"]


async def test_callers_who_come_and_go_while_no_controller_is_there_are_known_afterwards(world: AsteriskWorld) -> None:
    play = Play(world)
    gone, gone_leg = await play.arrival()
    world.node.suspend()  # so that the cut falls before what follows
    world.switch.line.cut()
    with world.without_controller():
        world.node.resume()
        await gone.hang_up()
        came = await world.caller()
        await came.dial(DID)

        async def only_one_waits() -> bool:
            channels = await world.node.rx("core show channels concise")
            return gone_leg.leg_id not in channels and "!Stasis!" in channels

        await world.until_async(only_one_waits, "one caller gone and another there")
    await world.until(lambda: True if world.facts.connects >= 2 else None, "the connection after the gap")
    known = lambda: len(world.facts.of(CallerArrived)) == 2 or None  # noqa: E731
    await world.until(known, "the caller who came in the gap")
    snapshot = await world.snapshot()
    assert gone_leg.leg_id not in {leg.leg_id for leg in snapshot.legs}
    ends = {end.leg_id: end for end in snapshot.ended}
    assert ends[gone_leg.leg_id].by_phone
    await came.hang_up()


async def test_a_caller_handed_to_the_dialplan_is_told_gone_once_when_it_really_is(world: AsteriskWorld) -> None:
    play = Play(world)
    caller, arrived = await play.arrival()
    hand = HandToDialplan(call_id=play.call_id, switch=world.switch.name, leg_id=arrived.leg_id, entry=DialplanEntry.CLOSED)
    world.switch.send([hand])
    await caller.is_connected()
    assert world.facts.of(LegHungUp, arrived.leg_id) == []
    seen = {leg.leg_id: leg for leg in (await world.snapshot()).legs}
    assert seen[arrived.leg_id].arrived is None
    await caller.hang_up()
    ended = await play.fact(LegHungUp, arrived.leg_id)
    assert ended.by_phone
    served = await play.fact(FallbackServed, arrived.leg_id)
    assert served.dnis == DID
    assert world.facts.story(arrived.leg_id).count("LegHungUp") == 1


async def test_a_call_that_no_controller_served_is_found_with_its_message(tmp_path: Path) -> None:
    spool = tmp_path / "messages"
    machine = tmp_path / "machine"
    machine.write_text(machine_script(Path(sys.executable), spool, max_s=2))
    machine.chmod(0o755)
    async with asterisk_world(tmp_path, {"machine_command": machine, "beat_limit_s": 1}, message_directory=spool) as world:
        world.stop_beating()
        await world.until_async(partial(beat_is_old, world.node), "an old beat")
        caller = await world.caller()
        await caller.dial(DID)
        await caller.is_connected()
        found = lambda: next(iter(world.facts.of(FallbackServed)), None)  # noqa: E731
        served = await world.until(found, "FallbackServed")
        assert (served.dnis, served.ani, served.trunk_id) == (DID, CALLER, "trunk")
        assert served.answered_at is not None
        assert served.answered_at < served.ended_at
        message = read_message(spool, served.leg_id)
        assert message is not None
        assert served.message == message.sound_file
        assert 1500 <= message.recorded_ms <= 2500
        assert (spool / message.sound_file).stat().st_mode & 0o077 == 0
        assert world.facts.of(CallerArrived) == []


async def test_a_caller_who_hangs_up_in_mid_message_has_left_one(tmp_path: Path) -> None:
    spool = tmp_path / "messages"
    machine = tmp_path / "machine"
    machine.write_text(machine_script(Path(sys.executable), spool, max_s=30))
    machine.chmod(0o755)
    async with asterisk_world(tmp_path, {"machine_command": machine, "beat_limit_s": 1}, message_directory=spool) as world:
        world.stop_beating()
        await world.until_async(partial(beat_is_old, world.node), "an old beat")
        caller = await world.caller()
        await caller.dial(DID)
        sound = lambda: next((f for f in spool.glob("*.wav") if f.stat().st_size > 40_000), None)  # noqa: E731
        await world.until(sound, "two seconds of a message")
        await caller.hang_up()
        served = await world.until(lambda: next(iter(world.facts.of(FallbackServed)), None), "FallbackServed")
        message = read_message(spool, served.leg_id)
        assert message is not None
        assert message.ended_by == "hang-up"
        assert message.recorded_ms >= 2000
        assert served.message == message.sound_file


async def test_a_restarted_asterisk_is_another_boot_and_has_its_phones_again(world: AsteriskWorld) -> None:
    play = Play(world)
    endpoint, agent = await world.agent("anna")
    before = await world.snapshot()
    await asyncio.sleep(2)  # Asterisk's own database is written once a second; a registration younger than that is lost
    await world.node.kill()
    await world.until(lambda: True if world.facts.disconnects == 1 else None, "the word that the line is cut")
    world.node = await AsteriskNode.start(world.node.settings)
    await world.until(lambda: True if world.facts.connects == 2 else None, "the connection to the new Asterisk")
    with contextlib.suppress(Exception):
        await world.switch.beat(world.now())
    after = await world.snapshot()
    assert after.boot_id != before.boot_id
    assert after.legs == ()
    await world.until_async(lambda: world.reaches(endpoint), "the phone's account and registration")
    _caller, arrived = await play.arrival()
    ring = play.ring(endpoint, arrived.leg_id)
    world.switch.send([ring])
    await agent.rings()
    await agent.answer()
    await play.fact(LegAnswered, ring.leg_id)
    world.switch.send([HangUp(call_id=play.call_id, switch=world.switch.name, leg_id=ring.leg_id)])
    await world.node.stop()


async def test_a_silent_leg_of_a_phone_that_is_gone_is_ended_as_lost_and_the_caller_stays(tmp_path: Path) -> None:
    async with asterisk_world(
        tmp_path, phones=PhoneSettings(rtp_timeout_s=60, qualify_frequency_s=1, qualify_timeout_s=0.5)
    ) as world:
        play = Play(world)
        endpoint, agent = await world.agent("anna")
        _caller, arrived = await play.arrival()
        ring = play.ring(endpoint, arrived.leg_id)
        world.switch.send([ring])
        await agent.rings()
        await agent.answer()
        await play.fact(LegAnswered, ring.leg_id)
        world.switch.send(play.bridge(arrived.leg_id, ring.leg_id))
        await play.fact(LegJoined, ring.leg_id)
        await agent.vanish()
        away = lambda: next((e for e in world.facts.of(EndpointChanged) if not e.is_reachable), None)  # noqa: E731
        assert (await world.until(away, "EndpointChanged")).endpoint_id == endpoint
        world.switch.send([HangUpIfSilent(call_id=play.call_id, switch=world.switch.name, leg_id=ring.leg_id)])
        ended = await play.fact(LegHungUp, ring.leg_id)
        assert ended.cause is HangupCause.MEDIA_LOST
        assert not ended.by_phone
        assert world.facts.of(LegHungUp, arrived.leg_id) == []


async def test_a_feature_code_whose_controller_died_over_it_ends_by_itself(tmp_path: Path) -> None:
    async with asterisk_world(tmp_path, {"code_limit_s": 2}) as world:
        _, agent = await world.agent("anna")
        assert isinstance(agent, BaresipParty)
        await agent.dial("*11")
        await Play(world).fact(FeatureCodeDialled)
        assert len((await world.snapshot()).legs) == 1
        await agent.phone.expect("CALL_CLOSED")
        assert (await world.snapshot()).legs == ()
