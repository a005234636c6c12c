"""Phones that vanish in mid-call, under the settings a centre has by default: their ends are those of their last packets."""

import asyncio
import contextlib
import random
from functools import partial
from pathlib import Path

import pytest

from telephony.causes import HangupCause
from telephony.commands import HangUpIfSilent
from telephony.engine.ports import SwitchFact
from telephony.events import EndpointChanged, LegAnswered, LegHungUp, LegJoined
from telephony.identifiers import MS, SECOND, EndpointId, Instant, LegId
from telephony.switch.asterisk.settings import PhoneSettings
from tests.contract.switch.asterisk_world import AsteriskWorld, BaresipParty, asterisk_world
from tests.contract.switch.world import Play
from tests.e2e.asterisk.own_network import NoNetwork, own_network

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

PHONES = 5
STOPPED_WITHIN_S = 10.0
"""As long as two probes are apart: the phones stop at all moments between them."""


async def in_conference(world: AsteriskWorld, play: Play) -> dict[EndpointId, tuple[LegId, BaresipParty]]:
    """Agents at registered phones, all of them talking to one caller."""
    _caller, arrived = await play.arrival()
    talking = {}
    for number in range(PHONES):
        endpoint, agent = await world.agent(f"anna{number}")
        assert isinstance(agent, BaresipParty)
        ring = play.ring(endpoint, arrived.leg_id)
        world.switch.send([ring])
        await agent.rings()
        await agent.answer()
        await play.fact(LegAnswered, ring.leg_id)
        talking[endpoint] = ring.leg_id, agent
    world.switch.send(play.bridge(arrived.leg_id, *(leg_id for leg_id, _ in talking.values())))
    return talking


def doubting(world: AsteriskWorld, play: Play, legs: dict[EndpointId, LegId]) -> None:
    """From here on a phone that is told unreachable has its leg looked at, as the call machine asks for."""
    log = world.facts
    told = log.facts.append

    def take(fact: SwitchFact) -> None:
        told(fact)
        if isinstance(fact.what, EndpointChanged) and not fact.what.is_reachable and fact.what.endpoint_id in legs:
            leg_id = legs[fact.what.endpoint_id]
            world.switch.send([HangUpIfSilent(call_id=play.call_id, switch=world.switch.name, leg_id=leg_id)])

    world.switch._sink = take


def end_of(world: AsteriskWorld, leg_id: LegId) -> LegHungUp | None:
    return next(iter(world.facts.of(LegHungUp, leg_id)), None)


async def test_a_phone_that_vanishes_in_mid_call_was_metered_to_its_last_packet(tmp_path: Path) -> None:
    rng = random.Random(int.from_bytes(tmp_path.name.encode()[-4:]))
    async with asterisk_world(tmp_path, phones=PhoneSettings(bind_address="127.0.0.1")) as world:
        play = Play(world)
        talking = await in_conference(world, play)
        doubting(world, play, {endpoint: leg_id for endpoint, (leg_id, _) in talking.items()})
        began_at = world.now()
        stops = sorted(rng.uniform(0.5, STOPPED_WITHIN_S) for _ in talking)
        stopped: dict[LegId, Instant] = {}
        for (leg_id, agent), stop_s in zip(talking.values(), stops, strict=True):
            await asyncio.sleep(max(0.0, stop_s - (world.now() - began_at) / SECOND))
            agent.phone.freeze()
            stopped[leg_id] = world.now()
        for leg_id in stopped:
            ended = partial(end_of, world, leg_id)
            hung_up = await world.until(ended, f"the end of {leg_id}")
            assert (hung_up.cause, hung_up.is_estimated, hung_up.by_phone) == (HangupCause.MEDIA_LOST, True, False)
        off_ms = [(world.facts.times_of(leg_id)[-1] - at) / MS for leg_id, at in stopped.items()]
        assert all(-1_000 <= off <= 50 for off in off_ms), off_ms


async def test_a_phone_whose_network_drops_in_mid_call_is_lost_at_its_last_packet_and_found_again(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        try:
            network = stack.enter_context(own_network())
        except NoNetwork as why:
            pytest.skip(str(why))
        phones = PhoneSettings(bind_address="127.0.0.1", rtp_timeout_s=4, qualify_frequency_s=2, qualify_timeout_s=2.0)
        async with asterisk_world(tmp_path, phones=phones) as world:
            play = Play(world)
            caller, arrived = await play.arrival()
            endpoint, agent = await world.agent("anna")
            assert isinstance(agent, BaresipParty)
            ring = play.ring(endpoint, arrived.leg_id)
            world.switch.send([ring])
            await agent.rings()
            await agent.answer()
            await play.fact(LegAnswered, ring.leg_id)
            world.switch.send(play.bridge(arrived.leg_id, ring.leg_id))
            doubting(world, play, {endpoint: ring.leg_id})
            await play.fact(LegJoined, ring.leg_id)
            await asyncio.sleep(3)  # of talk: silences are told by the second
            cutting_at = world.now()
            network.cut_off(agent.phone._process.pid)
            cut_at = world.now()
            hung_up = await world.until(partial(end_of, world, ring.leg_id), "the end of the leg")
            ended_at = world.facts.times_of(ring.leg_id)[-1]
            sent_at = cutting_at - 20 * MS  # of the last packet, at the earliest: a packet is 20 ms of sound
            assert sent_at - 1_000 * MS <= ended_at <= cut_at + 50 * MS, (cutting_at - ended_at, cut_at - ended_at)
            assert (hung_up.cause, hung_up.is_estimated) == (HangupCause.MEDIA_LOST, True)
            assert world.facts.of(LegHungUp, arrived.leg_id) == []
            told = lambda: [e.is_reachable for e in world.facts.of(EndpointChanged) if e.endpoint_id == endpoint]  # noqa: E731
            await world.until(lambda: True if told()[-1:] == [False] else None, "the word that the phone is away")
            network.heal()
            await world.until(lambda: True if told()[-1:] == [True] else None, "the word that the phone is back")
            await caller.hang_up()
