"""People and machines that a real Asterisk listens to: what it tells of them, and the verdict. The sounds are made here."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from routing.outbound.rules import ProjectOutbound
from telephony.call.listening import SILENCE_MS
from telephony.commands import AnswerLeg, ListenForTalk
from telephony.engine.ports import CallerArrived
from telephony.identifiers import Instant, LegId
from telephony.machines import LegTalkBegan, LegTalkEnded, MachineHeard
from telephony.terms import MachineRule
from tests.contract.switch.asterisk_world import AsteriskWorld, asterisk_world
from tests.contract.switch.world import DID, Play
from tests.e2e.asterisk import spoken
from tests.e2e.asterisk.counted_sound import RATE
from tests.e2e.asterisk.speaking import a_speaker
from tests.e2e.patience import soon
from tests.unit.telephony.dial_story import Dialled

pytestmark = [pytest.mark.asyncio, pytest.mark.e2e]

Told = list[tuple[Instant, LegTalkBegan | LegTalkEnded]]
AT_ONCE = 8


async def told_of(world: AsteriskWorld, said: bytes, number: str) -> tuple[Instant, Told]:
    """When they were answered, and what the switch told of them until they had said it all."""
    async with a_speaker(("127.0.0.1", world.node.settings.sip_port), said) as speaker:
        speaker.calls(DID, number)
        found = lambda: next((one for one in world.facts.of(CallerArrived) if one.ani == number), None)  # noqa: E731
        leg = (await world.until(found, number)).leg_id
        play = Play(world)
        ours = {"call_id": play.call_id, "switch": world.switch.name, "leg_id": leg}
        create, join = play.bridge(leg)
        world.switch.send([create, AnswerLeg(**ours), join, ListenForTalk(**ours, silence_ms=SILENCE_MS)])
        await soon(speaker.talks.wait())
        answered_at = world.now()
        await asyncio.sleep(len(said) / RATE + SILENCE_MS / 1_000 + 0.5)  # all of it is the subject
        await world.until(lambda: True if is_silent(heard_of(world, leg)) else None, "the word that they are silent")
        speaker.hang_up()
        return answered_at, heard_of(world, leg)


def is_silent(told: Told) -> bool:
    """A busy switch may be late with the last of it."""
    return not told or isinstance(told[-1][1], LegTalkEnded)


def heard_of(world: AsteriskWorld, leg: LegId) -> Told:
    return [
        (fact.occurred_at, fact.what)
        for fact in world.facts.facts
        if isinstance(fact.what, LegTalkBegan | LegTalkEnded) and fact.what.leg_id == leg
    ]


def is_machine(answered_at: Instant, told: Told) -> bool:
    """The verdict of the call machine, to which the same is told at the same times."""
    scene = Dialled(outbound=ProjectOutbound(machines=MachineRule.TELL)).talks()
    at = answered_at
    for told_at, what in told:
        scene.later(max((told_at - at) // 1_000, 0))
        at = max(told_at, at)
        words = {"talked_ms": what.talked_ms} if isinstance(what, LegTalkEnded) else {}
        scene.happens(type(what)(leg_id=scene.callee, **words))
    scene.later(20_000)
    return any(isinstance(each.event, MachineHeard) for each in scene.journal)


async def verdicts(world: AsteriskWorld, sounds: Mapping[str, bytes]) -> dict[str, bool]:
    """By name, whether it is taken for a machine."""
    names, found = list(sounds), dict[str, bool]()
    for first in range(0, len(names), AT_ONCE):
        some = names[first : first + AT_ONCE]
        asked = (told_of(world, sounds[name], f"4917139{first + place:04d}") for place, name in enumerate(some))
        found |= {name: is_machine(*answer) for name, answer in zip(some, await asyncio.gather(*asked), strict=True)}
    return found


@pytest.mark.parametrize("is_wanted", [False, True], ids=["people", "machines"])
async def test_people_are_people_and_machines_are_machines(tmp_path: Path, *, is_wanted: bool) -> None:
    sounds = spoken.machines() if is_wanted else spoken.persons()
    async with asterisk_world(tmp_path) as world:
        found = await verdicts(world, sounds)
    assert found == dict.fromkeys(sounds, is_wanted)
