"""What every switch does to let both who talk hear that they are recorded: once, to its end, and never past the recording."""

from dataclasses import dataclass
from typing import Any

import pytest

from telephony.commands import AnswerLeg, HangUp
from telephony.events import LegAnswered, LegHungUp, LegJoined, LegLeft
from telephony.identifiers import LegId, SegmentId, segment_id
from telephony.recording_signs import BEEP
from telephony.segments import (
    DiscardSegment,
    GiveSign,
    MaskSegment,
    SegmentCommand,
    SegmentEnded,
    SegmentFact,
    SegmentMasked,
    SegmentProven,
    SignGiven,
    StartSegment,
    StopSegment,
)
from tests.contract.switch.world import Party, Play, T

pytestmark = pytest.mark.asyncio(loop_scope="module")
LONG = "fernamt/callback-type"
"""Ten seconds at a real switch: what is over before was broken off."""


@dataclass
class Talk:
    """A caller and an agent who are recorded."""

    play: Play
    caller: Party
    leg: LegId
    agent_leg: LegId
    segment: SegmentId

    def send(self, kind: type[SegmentCommand], **more: Any) -> None:
        ours = {"call_id": self.play.call_id, "switch": self.play.world.switch.name, "leg_id": self.leg}
        self.play.world.switch.send([kind(**ours, segment_id=self.segment, **more)])

    def sign(self, sound: str = BEEP, number: int = 1) -> None:
        self.send(GiveSign, agent_leg_id=self.agent_leg, number=number, sound=sound, language="de")

    async def fact(self, kind: type[T], nth: int = 1) -> T:
        def found() -> T | None:
            facts = [f for f in self.play.world.facts.of(SegmentFact) if f.segment_id == self.segment and isinstance(f, kind)]
            return facts[nth - 1] if len(facts) >= nth else None

        return await self.play.world.until(found, f"{kind.__name__} of {self.segment}")

    async def over(self) -> None:
        await self.caller.hang_up()
        await self.play.fact(LegHungUp, self.leg)
        ours = {"call_id": self.play.call_id, "switch": self.play.world.switch.name}
        self.play.world.switch.send([HangUp(**ours, leg_id=self.agent_leg)])
        await self.play.fact(LegHungUp, self.agent_leg)


async def a_talk(play: Play) -> Talk:
    caller, arrived = await play.arrival()
    endpoint, agent = await play.world.agent("anna")
    ours = {"call_id": play.call_id, "switch": play.world.switch.name, "leg_id": arrived.leg_id}
    ring = play.ring(endpoint, arrived.leg_id)
    play.world.switch.send([AnswerLeg(**ours), ring])
    await agent.rings()
    await agent.answer()
    await play.fact(LegAnswered, ring.leg_id)
    play.world.switch.send([*play.bridge(arrived.leg_id, ring.leg_id)])
    await play.fact(LegJoined, ring.leg_id)
    talk = Talk(play, caller, arrived.leg_id, ring.leg_id, segment_id(play.call_id, 1))
    talk.send(StartSegment, limit_ms=60_000)
    await talk.fact(SegmentProven)
    return talk


async def test_a_sign_is_played_to_its_end_and_nobody_leaves_or_joins_for_it(play: Play) -> None:
    talk = await a_talk(play)
    before = len(play.world.facts.facts)
    talk.sign()
    given = await talk.fact(SignGiven)
    assert (given.leg_id, given.number, given.is_whole) == (talk.leg, 1, True)
    talk.sign(number=2)
    assert (await talk.fact(SignGiven, 2)).number == 2
    told = [type(fact.what) for fact in play.world.facts.facts[before:]]
    assert [kind for kind in told if kind in (LegJoined, LegLeft, LegHungUp)] == []
    talk.send(StopSegment)
    assert len((await talk.fact(SegmentEnded)).files) == 2
    await talk.over()


async def test_asked_for_twice_at_once_it_is_given_once(play: Play) -> None:
    talk = await a_talk(play)
    talk.sign()
    talk.sign()
    assert (await talk.fact(SignGiven)).is_whole
    await play.world.passes(1.0)
    assert len(play.world.facts.of(SignGiven, talk.leg)) == 1
    await talk.over()


@pytest.mark.parametrize("ends", [StopSegment, DiscardSegment])
async def test_it_is_broken_off_with_its_recording(play: Play, ends: type[SegmentCommand]) -> None:
    talk = await a_talk(play)
    talk.sign(LONG)
    await play.world.passes(0.2)
    talk.send(ends)
    await talk.fact(SegmentEnded)
    assert not (await talk.fact(SignGiven)).is_whole
    await talk.over()


async def test_it_is_broken_off_by_silence_and_can_be_given_after_it(play: Play) -> None:
    talk = await a_talk(play)
    talk.sign(LONG)
    await play.world.passes(0.2)
    talk.send(MaskSegment, is_masked=True)
    await talk.fact(SegmentMasked)
    assert not (await talk.fact(SignGiven)).is_whole
    talk.send(MaskSegment, is_masked=False)
    await talk.fact(SegmentMasked, 2)
    talk.sign(number=2)
    second = await talk.fact(SignGiven, 2)
    assert (second.number, second.is_whole) == (2, True)
    await talk.over()


async def test_who_hangs_up_ends_it(play: Play) -> None:
    talk = await a_talk(play)
    talk.sign(LONG)
    await play.world.passes(0.2)
    ours = {"call_id": play.call_id, "switch": play.world.switch.name}
    play.world.switch.send([HangUp(**ours, leg_id=talk.leg), HangUp(**ours, leg_id=talk.agent_leg)])
    await play.fact(LegHungUp, talk.agent_leg)
    await talk.fact(SegmentEnded)
    assert not (await talk.fact(SignGiven)).is_whole


async def test_by_a_leg_that_is_gone_it_is_not_heard_and_that_is_told(play: Play) -> None:
    talk = await a_talk(play)
    ours = {"call_id": play.call_id, "switch": play.world.switch.name}
    play.world.switch.send([HangUp(**ours, leg_id=talk.agent_leg)])
    await play.fact(LegHungUp, talk.agent_leg)
    talk.sign()
    assert not (await talk.fact(SignGiven)).is_whole
    await talk.caller.hang_up()
    await play.fact(LegHungUp, talk.leg)
