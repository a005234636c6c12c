"""Segments where the real Asterisk, its disk or its manager interface fails: what is not recorded is not called so."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from telephony.commands import AnswerLeg
from telephony.events import LegHungUp
from telephony.identifiers import segment_id
from telephony.segments import (
    Direction,
    DiscardSegment,
    SegmentEnded,
    SegmentFact,
    SegmentFaulted,
    SegmentProven,
    StartSegment,
    StopSegment,
)
from telephony.switch.asterisk.ari_recording import AriRecordings
from telephony.switch.asterisk.ari_wire import AriRequest
from telephony.switch.asterisk.mixmonitor import MixMonitors
from telephony.switch.asterisk.snoop_tape import Recorder, SnoopTape
from telephony.switch.asterisk.tape import Take
from tests.contract.switch.asterisk_world import AsteriskWorld
from tests.contract.switch.world import WAV_BYTES_PER_S, WAV_HEADER, Party, Play, T

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.e2e]


class Scene:
    """A caller who is answered, and a segment of theirs."""

    def __init__(self, world: AsteriskWorld, play: Play, caller: Party, leg_id: Any) -> None:
        self.world, self.play, self.caller, self.leg_id = world, play, caller, leg_id
        self.segment = segment_id(play.call_id, 1)
        self.folder = world.node.settings.recording_directory / "segments"

    @classmethod
    async def of(cls, world: AsteriskWorld) -> "Scene":
        play = Play(world)
        caller, arrived = await play.arrival()
        scene = cls(world, play, caller, arrived.leg_id)
        world.switch.send([AnswerLeg(call_id=play.call_id, switch=world.switch.name, leg_id=arrived.leg_id)])
        await caller.is_connected()
        return scene

    def send(self, kind: type[Any], **more: Any) -> None:
        ours = {"call_id": self.play.call_id, "switch": self.world.switch.name, "leg_id": self.leg_id}
        self.world.switch.send([kind(**ours, segment_id=self.segment, **more)])

    def start(self) -> None:
        self.send(StartSegment, limit_ms=60_000)

    async def fact(self, kind: type[T]) -> T:
        return await self.play.fact(kind, self.leg_id)

    def story(self) -> list[str]:
        facts = self.world.facts.of(SegmentFact, self.leg_id)
        return [fact.trouble.value if isinstance(fact, SegmentFaulted) else type(fact).__name__ for fact in facts]

    async def over(self) -> None:
        await self.caller.hang_up()
        await self.play.fact(LegHungUp, self.leg_id)


async def test_a_name_that_exists_is_refused_and_its_file_untouched(world: AsteriskWorld) -> None:
    scene = await Scene.of(world)
    scene.folder.mkdir()
    kept = scene.folder / f"{scene.segment}-tx.wav"
    kept.write_text("evidence")
    scene.start()
    assert (await scene.fact(SegmentEnded)).files == ()
    assert scene.story() == ["unwritable", "SegmentEnded"]
    assert kept.read_text() == "evidence"
    await scene.over()


async def test_a_place_that_nobody_can_write_to_is_no_recording_whatever_the_switch_says(world: AsteriskWorld) -> None:
    scene = await Scene.of(world)
    scene.folder.symlink_to("/proc")
    scene.start()
    assert (await scene.fact(SegmentEnded)).files == ()
    assert scene.story()[0] in {"no_file", "unwritable", "disk_low"}
    assert SegmentProven.__name__ not in scene.story()
    await scene.over()


@contextmanager
def a_small_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    if (
        os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=0700", "fernamt-test", str(folder)], check=False
        ).returncode
    ):
        pytest.skip("a disk of its own needs the right to mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # a recorder may still have a file open


async def test_a_disk_that_fills_up_is_told_while_it_records_and_one_that_is_full_starts_nothing(world: AsteriskWorld) -> None:
    scene = await Scene.of(world)
    with a_small_disk(scene.folder, 160):
        scene.start()
        await scene.fact(SegmentProven)
        await scene.fact(SegmentFaulted)
        assert scene.story()[1] in {"disk_low", "stalled"}
        scene.send(StopSegment)
        ended = await scene.fact(SegmentEnded)
        assert len(ended.files) == 2
        other = await Scene.of(world)
        other.start()
        assert (await other.fact(SegmentEnded)).files == ()
        assert other.story() == ["disk_low", "SegmentEnded"]
        await other.over()
        await scene.over()
        scene.send(DiscardSegment)
        await world.until(lambda: True if not list(scene.folder.iterdir()) else None, "the discarded files gone")


async def test_a_segment_started_before_the_manager_interface_was_cut_is_stopped_after_it(world: AsteriskWorld) -> None:
    scene = await Scene.of(world)
    scene.start()
    await scene.fact(SegmentProven)
    ami = world.switch.ami
    assert ami is not None
    assert ami._session is not None
    ami._session.protocol.transport.abort()
    await asyncio.sleep(0)
    scene.send(StopSegment)  # at once, while nobody can be asked
    ended = await scene.fact(SegmentEnded)
    assert [file.direction for file in ended.files] == ["rx", "tx"]
    files = [scene.folder / file.name for file in ended.files]
    assert all(file.stat().st_mode & 0o077 == 0 for file in (*files, scene.folder))
    await scene.over()


def recorder(world: AsteriskWorld, way: str) -> Recorder:
    assert world.switch.ami is not None
    return {"mixmonitor": MixMonitors(world.switch.ami), "ari": AriRecordings(world.switch.http)}[way]


async def spies(world: AsteriskWorld) -> int:
    return (await world.node.rx("core show channels concise")).count("Snoop/")


@pytest.mark.parametrize("later", ["mixmonitor", "ari"])
@pytest.mark.parametrize("earlier", ["mixmonitor", "ari"])
async def test_an_orphan_of_an_earlier_controller_is_found_and_shredded_whatever_that_recorded_with(
    world: AsteriskWorld, earlier: str, later: str
) -> None:
    scene, driver = await Scene.of(world), world.switch._beside._segments
    assert isinstance(driver._tape, SnoopTape)
    driver._tape._recorder = recorder(world, earlier)
    scene.start()
    await scene.fact(SegmentProven)
    assert await spies(world) == 2
    await driver.close()
    driver._running.clear()  # what a new process knows
    driver._tape._recorder = recorder(world, later)
    scene.send(DiscardSegment)
    assert (await scene.fact(SegmentEnded)).files == ()
    assert (list(scene.folder.iterdir()), await spies(world)) == ([], 0)
    await scene.over()


async def test_of_two_directions_one_of_which_is_refused_none_is_left(world: AsteriskWorld) -> None:
    scene = await Scene.of(world)
    taken = f"channels/{scene.leg_id}/snoop/{scene.segment}.out"
    assert (await world.switch.http.ask(AriRequest("POST", taken, (("spy", "out"), ("app", "fernamt"))))).is_ok
    scene.start()
    assert (await scene.fact(SegmentEnded)).files == ()
    assert scene.story() == ["refused", "SegmentEnded"]
    assert (list(scene.folder.iterdir()), await spies(world)) == ([], 0)
    await scene.over()


async def test_of_a_start_in_which_the_manager_interface_is_cut_nothing_is_left(world: AsteriskWorld) -> None:
    scene, driver, ami = await Scene.of(world), world.switch._beside._segments, world.switch.ami
    assert ami is not None
    assert isinstance(driver._tape, SnoopTape)

    class Cut(MixMonitors):
        """The line is cut when the first direction was asked for, and nobody heard what came of it."""

        async def record(self, take: Take, direction: Direction, /) -> None:
            assert ami._session is not None
            if direction is Direction.SENT:
                ami._session.protocol.transport.abort()
            await super().record(take, direction)

    driver._tape._recorder = Cut(ami)
    scene.start()
    assert (await scene.fact(SegmentEnded)).files == ()
    assert scene.story() == ["disconnected", "SegmentEnded"]
    assert (list(scene.folder.iterdir()), await spies(world)) == ([], 0)
    await scene.over()


async def test_a_segment_whose_controller_and_watchdog_are_gone_ends_when_its_time_is_up(world: AsteriskWorld) -> None:
    scene, driver = await Scene.of(world), world.switch._beside._segments
    scene.send(StartSegment, limit_ms=3_000)
    await scene.fact(SegmentProven)
    assert await spies(world) == 2
    await driver.close()
    await world.tape_holds(scene.segment, 0.5)
    await world.until_async(partial(nobody_spies, world), "the end of both snoops")
    files = [scene.folder / f"{scene.segment}-{direction}.wav" for direction in Direction]
    assert all(0.5 <= (file.stat().st_size - WAV_HEADER) / WAV_BYTES_PER_S < 10 for file in files)
    await scene.over()


async def nobody_spies(world: AsteriskWorld) -> bool:
    return await spies(world) == 0
