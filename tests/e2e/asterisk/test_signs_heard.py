"""What both ends hear of a recording's sign, to the sample, by either way of recording; and what of it is on the files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from telephony.commands import AnswerLeg
from telephony.engine.ports import CallerArrived
from telephony.events import LegAnswered, LegJoined
from telephony.identifiers import LegId, segment_id
from telephony.recording_signs import BEEP, NO_SIGN
from telephony.segments import GiveSign, SegmentCommand, SegmentEnded, SegmentProven, SignGiven, StartSegment, StopSegment
from tests.contract.switch.asterisk_world import AsteriskWorld, asterisk_world
from tests.contract.switch.world import CALLER, DID, OUTSIDER, Play
from tests.e2e.asterisk.coded_phones import file_of
from tests.e2e.asterisk.counted_sound import a_carrier, a_listener
from tests.e2e.asterisk.signs_heard import Ear, an_ear, beeps, is_whole, likeness, linear, of_wav
from tests.e2e.asterisk.tone_code import Wave
from tests.e2e.patience import soon

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.e2e]
WAYS: dict[str, dict[str, Any]] = {"mixmonitor": {}, "ari": {"ami": None}}
SOUNDS = Path(__file__).parents[3] / "asterisk-conf" / "sounds" / "de"
TIMES = 5
"""Most of them are whole: a machine so busy that Asterisk waits for its turn may tear or shorten one."""


@dataclass(slots=True)
class Talk:
    """The outside party, whose leg is recorded, and who stands for the agent."""

    world: AsteriskWorld
    play: Play
    outside: Ear
    inside: Ear
    leg: LegId
    inside_leg: LegId

    def send(self, kind: type[SegmentCommand], **more: Any) -> None:
        ours = {"call_id": self.play.call_id, "switch": self.world.switch.name, "leg_id": self.leg}
        self.world.switch.send([kind(**ours, segment_id=segment_id(self.play.call_id, 1), **more)])

    async def records(self) -> None:
        self.send(StartSegment, limit_ms=60_000)
        await self.play.fact(SegmentProven)
        await asyncio.sleep(0.4)  # a talk is a matter of time

    async def signs(self, sound: str, number: int = 1) -> None:
        """It was played to its end."""
        self.send(GiveSign, agent_leg_id=self.inside_leg, number=number, sound=sound, language="de")
        found = lambda: next((each for each in self.world.facts.of(SignGiven) if each.number == number), None)  # noqa: E731
        assert (await self.world.until(found, f"sign {number}")).is_whole

    async def files(self) -> list[Wave]:
        """What the recording holds: of the outside party, and of what they heard."""
        for ear in (self.outside, self.inside):
            await ear.hears_on(0.4)  # what was played is on its way
        self.send(StopSegment)
        ended = await self.play.fact(SegmentEnded)
        return [of_wav(file_of(self.world, file.name)) for file in ended.files]


@asynccontextmanager
async def a_talk(directory: Path, way: str) -> AsyncIterator[Talk]:
    async with asterisk_world(directory, **WAYS[way]) as world, an_ear(620) as outside, an_ear(2_310) as inside:
        play, node = Play(world), world.node.settings
        ours = {"call_id": play.call_id, "switch": world.switch.name}
        to = a_listener(("127.0.0.1", node.sip_port), sound=outside)
        async with to as caller, a_carrier(node.trunks[0].port, sound=inside) as carrier:
            caller.calls(DID, CALLER)
            leg = (await play.fact(CallerArrived)).leg_id
            create, join = play.bridge(leg)
            world.switch.send([create, AnswerLeg(**ours, leg_id=leg), join])
            await soon(caller.talks.wait())
            dial = play.dial(OUTSIDER, leg)
            world.switch.send([dial])
            await soon(carrier.dialled.wait())
            carrier.says("200 OK", sounds=True)
            await play.fact(LegAnswered, dial.leg_id)
            world.switch.send([play.bridge(dial.leg_id)[1]])
            await play.fact(LegJoined, dial.leg_id)
            yield Talk(world, play, outside, inside, leg, dial.leg_id)
            caller.hang_up()
            carrier.hangs_up()


@pytest.mark.parametrize("way", WAYS)
async def test_each_beep_is_heard_by_both_in_its_length_and_is_on_the_file_of_what_was_heard(tmp_path: Path, way: str) -> None:
    async with a_talk(tmp_path, way) as talk:
        await talk.records()
        for number in range(1, TIMES + 1):
            await talk.signs(BEEP, number)
            await asyncio.sleep(0.5)  # the next is another one
        rx, tx = await talk.files()
        heard = {"outside": beeps(talk.outside.stream()), "inside": beeps(talk.inside.stream()), "tx": beeps(tx)}
        print({who: [round(beep.length_s, 2) for beep in each] for who, each in heard.items()})
        for who, found in heard.items():
            assert len(found) == TIMES, who
            assert sum(beep.is_whole for beep in found) > TIMES // 2, (who, found)
        assert beeps(rx) == [], "it is no word of theirs"


async def test_an_announcement_is_heard_whole_by_both(tmp_path: Path) -> None:
    async with a_talk(tmp_path, "mixmonitor") as talk:
        await talk.records()
        await talk.signs(NO_SIGN.sound)
        await talk.files()
        sound = linear((SOUNDS / f"{NO_SIGN.sound}.alaw").read_bytes())
        for who, heard in (("outside", talk.outside.stream()), ("inside", talk.inside.stream())):
            print(f"{who}: {[round(each, 1) for each in likeness(heard, sound)]}")
            assert is_whole(heard, sound), who
            assert not is_whole(heard[: len(heard) // 2], sound), "this would notice"
