"""What every way of recording does with a segment: started, proven, masked, stopped, discarded; asked twice, late, in vain."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from telephony.commands import AnswerLeg
from telephony.events import LegHungUp, LegJoined
from telephony.identifiers import SECOND, LegId, SegmentId, segment_id
from telephony.segments import (
    DiscardSegment,
    MaskSegment,
    SegmentCommand,
    SegmentEnded,
    SegmentFact,
    SegmentFaulted,
    SegmentMasked,
    SegmentProven,
    SegmentTrouble,
    StartSegment,
    StopSegment,
)
from tests.contract.switch.asterisk_world import asterisk_world
from tests.contract.switch.simulated_world import simulated_world
from tests.contract.switch.world import WAV_BYTES_PER_S, WAV_HEADER, Party, Play, T, World

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIMIT_MS = 60_000
FEW_PACKETS = 25 * 320
"""Bytes by which the files may differ: two directions are told to begin and to end one after the other, on a busy machine."""
WAYS = {
    "asterisk": asterisk_world,
    "asterisk without its manager interface": partial(asterisk_world, ami=None),
    "simulated": simulated_world,
}


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="module",
    params=[pytest.param(way, marks=() if way == "simulated" else pytest.mark.e2e) for way in WAYS],
)
async def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A running switch with that way of recording."""
    async with WAYS[request.param](tmp_path_factory.mktemp("segments")) as running:
        yield running


def seconds_of(ended: SegmentEnded) -> float:
    """The sound of the shorter file."""
    return min(file.size_bytes - WAV_HEADER for file in ended.files) / WAV_BYTES_PER_S


@dataclass
class Scene:
    """A caller in their bridge, and segments of theirs."""

    play: Play
    caller: Party
    leg: LegId

    def send(self, kind: type[SegmentCommand], number: int = 1, **more: Any) -> SegmentId:
        segment = segment_id(self.play.call_id, number)
        ours = {"call_id": self.play.call_id, "switch": self.play.world.switch.name, "leg_id": self.leg}
        if kind is StartSegment:
            more = {"limit_ms": LIMIT_MS, **more}
        self.play.world.switch.send([kind(**ours, segment_id=segment, **more)])
        return segment

    def facts(self, number: int = 1) -> list[SegmentFact]:
        """But for the word that the machine was too busy, which is said of it and not of the way of recording."""
        segment = segment_id(self.play.call_id, number)
        facts = [fact for fact in self.play.world.facts.of(SegmentFact, self.leg) if fact.segment_id == segment]
        return [fact for fact in facts if not (isinstance(fact, SegmentFaulted) and fact.trouble is SegmentTrouble.STARVED)]

    def story(self, number: int = 1) -> list[str]:
        return [type(fact).__name__ for fact in self.facts(number)]

    async def fact(self, kind: type[T], number: int = 1, *, nth: int = 1) -> T:
        def found() -> T | None:
            of_kind = [fact for fact in self.facts(number) if isinstance(fact, kind)]
            return of_kind[nth - 1] if len(of_kind) >= nth else None

        return await self.play.world.until(found, f"{kind.__name__} of segment {number}")

    async def holds(self, seconds: float, number: int = 1) -> None:
        await self.play.world.tape_holds(segment_id(self.play.call_id, number), seconds)

    async def over(self) -> None:
        await self.caller.hang_up()
        await self.play.fact(LegHungUp, self.leg)


async def scene(play: Play) -> Scene:
    caller, arrived = await play.arrival()
    ours = {"call_id": play.call_id, "switch": play.world.switch.name, "leg_id": arrived.leg_id}
    create, join = play.bridge(arrived.leg_id)
    play.world.switch.send([AnswerLeg(**ours), create, join])
    await play.fact(LegJoined, arrived.leg_id)
    await caller.is_connected()
    return Scene(play, caller, arrived.leg_id)


async def test_a_segment_is_proven_and_ends_with_a_file_a_direction_of_one_length(play: Play) -> None:
    it = await scene(play)
    began = play.world.now()
    segment = it.send(StartSegment)
    assert (await it.fact(SegmentProven)).codec == "alaw"
    await it.holds(1.0)
    it.send(StopSegment)
    ended = await it.fact(SegmentEnded)
    took_s = (play.world.now() - began) / SECOND
    assert [(file.direction, file.name) for file in ended.files] == [("rx", f"{segment}-rx.wav"), ("tx", f"{segment}-tx.wav")]
    sizes = [file.size_bytes for file in ended.files]
    assert abs(sizes[0] - sizes[1]) <= FEW_PACKETS
    assert 1.0 <= seconds_of(ended) <= took_s
    assert it.story() == ["SegmentProven", "SegmentEnded"]
    await it.over()


async def test_asked_twice_it_starts_once_and_its_end_is_told_again_with_the_same_files(play: Play) -> None:
    it = await scene(play)
    it.send(StartSegment)
    it.send(StartSegment)
    await it.fact(SegmentProven)
    it.send(StopSegment)
    it.send(StopSegment)
    first, second = await it.fact(SegmentEnded), await it.fact(SegmentEnded, nth=2)
    assert first == second
    assert it.story() == ["SegmentProven", "SegmentEnded", "SegmentEnded"]
    await it.over()


async def test_a_name_is_never_used_twice_even_if_it_is_asked_for(play: Play) -> None:
    it = await scene(play)
    it.send(StartSegment)
    await it.fact(SegmentProven)
    it.send(StopSegment)
    first = await it.fact(SegmentEnded)
    it.send(StartSegment)
    assert await it.fact(SegmentEnded, nth=2) == first
    assert it.story().count("SegmentProven") == 1
    await it.over()


async def test_masked_and_unmasked_it_goes_on_in_its_time(play: Play) -> None:
    it = await scene(play)
    it.send(StartSegment)
    await it.fact(SegmentProven)
    it.send(MaskSegment, is_masked=True)
    await it.fact(SegmentMasked)
    await it.holds(1.0)
    it.send(MaskSegment, is_masked=False)
    assert (await it.fact(SegmentMasked, nth=2)).is_masked is False
    it.send(StopSegment)
    assert seconds_of(await it.fact(SegmentEnded)) >= 1.0
    assert it.story() == ["SegmentProven", "SegmentMasked", "SegmentMasked", "SegmentEnded"]
    await it.over()


async def test_discarded_it_leaves_nothing(play: Play) -> None:
    it = await scene(play)
    it.send(StartSegment)
    await it.fact(SegmentProven)
    it.send(DiscardSegment)
    assert (await it.fact(SegmentEnded)).files == ()
    it.send(StopSegment)
    assert (await it.fact(SegmentEnded, nth=2)).files == ()
    await it.over()


async def test_of_two_segments_on_one_leg_one_is_stopped_and_the_other_untouched(play: Play) -> None:
    it = await scene(play)
    it.send(StartSegment, 1)
    it.send(StartSegment, 2)
    await it.fact(SegmentProven, 1)
    await it.fact(SegmentProven, 2)
    it.send(MaskSegment, 1, is_masked=True)
    it.send(StopSegment, 1)
    first = seconds_of(await it.fact(SegmentEnded, 1))
    await it.holds(first + 1.0, 2)
    assert it.story(2) == ["SegmentProven"]
    it.send(StopSegment, 2)
    assert seconds_of(await it.fact(SegmentEnded, 2)) >= first + 1.0
    await it.over()


async def test_who_hangs_up_ends_it_and_its_files_are_whole(play: Play) -> None:
    it = await scene(play)
    it.send(StartSegment)
    await it.fact(SegmentProven)
    await it.holds(0.5)
    await it.over()
    ended = await it.fact(SegmentEnded)
    assert len(ended.files) == 2
    sizes = [file.size_bytes for file in ended.files]
    assert abs(sizes[0] - sizes[1]) <= FEW_PACKETS
    assert seconds_of(ended) >= 0.5
    it.send(StopSegment)
    assert await it.fact(SegmentEnded, nth=2) == ended
    assert it.story() == ["SegmentProven", "SegmentEnded", "SegmentEnded"]


async def test_it_ends_by_itself_when_its_time_is_up(play: Play) -> None:
    it = await scene(play)
    it.send(StartSegment, limit_ms=2_000)
    await it.holds(0.5)
    ended = await it.fact(SegmentEnded)
    assert 0.5 <= seconds_of(ended) <= 4
    await it.over()


async def test_of_a_leg_that_is_gone_nothing_is_recorded(play: Play) -> None:
    it = await scene(play)
    await it.over()
    it.send(StartSegment)
    assert (await it.fact(SegmentEnded)).files == ()
    assert [fact.trouble for fact in it.facts() if isinstance(fact, SegmentFaulted)] == [SegmentTrouble.LEG_GONE]


async def test_a_stop_or_a_mask_of_what_never_began_is_told_that_nothing_is_recorded(play: Play) -> None:
    it = await scene(play)
    it.send(StopSegment, 1)
    it.send(MaskSegment, 2, is_masked=True)
    it.send(DiscardSegment, 3)
    for number in (1, 2, 3):
        assert (await it.fact(SegmentEnded, number)).files == ()
        assert it.story(number) == ["SegmentEnded"]
    await it.over()
