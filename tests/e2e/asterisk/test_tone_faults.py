"""What is on a segment's files, to the packet, where the disk fills up, or whoever had it recorded is gone."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from telephony.segments import Direction, SegmentEnded, SegmentFact, SegmentFaulted, SegmentProven, SegmentTrouble, StartSegment
from telephony.switch.asterisk.watchdog import Watchdog, WatchdogSettings
from tests.contract.switch.asterisk_world import WallClock
from tests.e2e.asterisk.coded_phones import Talk, a_talk, file_of
from tests.e2e.asterisk.in_step import TALKS, judged_in_one_of, nothing_judged
from tests.e2e.asterisk.test_segment_faults import a_small_disk
from tests.e2e.asterisk.test_tone_proof import (
    WAYS,
    Run,
    Tape,
    Taped,
    a_node,
    a_pair,
    decoded,
    prove_nothing_missing,
    prove_nothing_too_much,
    told,
)
from tests.e2e.asterisk.test_watchdog import is_closed, watchdog_line
from tests.e2e.asterisk.tone_code import RATE

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.e2e]
ROOM_TO_STOP_KB = 400
"""Twelve seconds of both: the word that it fills up comes at half of it."""
NO_ROOM_KB = 100
MINUTE = 60 * RATE


@pytest.mark.parametrize("way", WAYS)
@judged_in_one_of(TALKS)
async def test_a_disk_that_fills_up_is_told_before_anything_that_was_said_is_missing(tmp_path: Path, way: str) -> None:
    async with a_node(tmp_path, "alaw", way) as world:
        with a_small_disk(world.node.settings.recording_directory / "segments", ROOM_TO_STOP_KB):
            async with a_talk(world, *a_pair("alaw")) as talk:
                tape, commanded, proven = await begun(talk)
                assert (await tape.fact(SegmentFaulted)).trouble is SegmentTrouble.DISK_LOW
                run = await tape.stop(commanded, proven)
            taped = decoded(run)
        prove(taped, talk, way)


@pytest.mark.parametrize("way", WAYS)
@judged_in_one_of(TALKS)
async def test_a_disk_that_is_full_leaves_what_was_said_until_then_and_nothing_else(tmp_path: Path, way: str) -> None:
    async with a_node(tmp_path, "alaw", way) as world:
        with a_small_disk(world.node.settings.recording_directory / "segments", NO_ROOM_KB):
            async with a_talk(world, *a_pair("alaw")) as talk:
                tape, commanded, proven = await begun(talk)

                def is_over() -> bool | None:
                    of_it = [fact for fact in world.facts.of(SegmentFact) if fact.segment_id == tape.segment]
                    stalled = [f for f in of_it if isinstance(f, SegmentFaulted) and f.trouble is SegmentTrouble.STALLED]
                    return True if stalled or isinstance(of_it[-1], SegmentEnded) else None

                await world.until(is_over, "the word that nothing is written any more")
                run = await tape.stop(commanded, proven)
            taped = decoded(run, apart=MINUTE)
        seconds = min(taped.caller.seconds, taped.callee.seconds)
        assert seconds > 1, "what there was room for is on it"
        assert run.stopped - commanded > seconds + 1, "the disk was full before it was stopped"
        prove_nothing_too_much(taped, talk)
        until_full = replace(taped, run=replace(run, stopped=commanded + seconds))
        judged = prove_nothing_missing(until_full, talk)
        print(f"{way}: {judged} slots in step, {seconds:.2f} s, {told(taped, talk)}")
        if not judged:
            nothing_judged("no packet came in step from the start on", goes_first=talk.goes_first)


@pytest.mark.parametrize("loss", [0.0, 0.05])
@pytest.mark.parametrize("way", WAYS)
@judged_in_one_of(TALKS)
async def test_what_the_watchdog_ends_holds_what_was_said_until_then_and_nothing_else(
    tmp_path: Path, way: str, loss: float
) -> None:
    async with a_node(tmp_path, "alaw", way) as world:
        line = watchdog_line(world)
        watchdog = Watchdog(line, WallClock(), WatchdogSettings(recording_limit_s=4))
        connected = asyncio.create_task(line.run())
        async with a_talk(world, *a_pair("alaw", loss)) as talk:
            tape, commanded, proven = await begun(talk)
            await world.switch._beside._segments.close()  # nobody looks after it any more
            await line.wait_up()
            world.stop_beating()
            await world.switch.beat(world.now())  # the last one
            asked = [tape.now()]

            async def ends() -> bool:
                asked.append(tape.now())
                return tape.segment in (await watchdog.look()).stopped

            await world.until_async(ends, "the watchdog's end of it")
            files = tuple(file_of(world, f"{tape.segment}-{direction}.wav") for direction in Direction)
            await world.until(lambda: True if all(map(is_closed, files)) else None, "the end of its files")
            run = Run(commanded, proven, asked[-1], tape.now(), files)
            await asyncio.sleep(0.2)  # for what must not come any more
        connected.cancel()
        prove(decoded(run), talk, way)


@pytest.mark.parametrize("loss", [0.0, 0.05])
@pytest.mark.parametrize("way", WAYS)
@judged_in_one_of(TALKS)
async def test_what_a_later_life_of_the_controller_stops_holds_what_was_said_until_then_and_nothing_else(
    tmp_path: Path, way: str, loss: float
) -> None:
    async with a_node(tmp_path, "alaw", way) as world:
        async with a_talk(world, *a_pair("alaw", loss)) as talk:
            tape, commanded, proven = await begun(talk)
            driver = world.switch._beside._segments
            await driver.close()
            driver._running.clear()  # what a new process knows
            await asyncio.sleep(2)  # a talk is a matter of time
            run = await tape.stop(commanded, proven)
        prove(decoded(run), talk, way)


async def begun(talk: Talk) -> tuple[Tape, float, float]:
    """A segment that is proven: when it was asked for, and when it was proven."""
    await asyncio.sleep(0.5)  # there is something from before that could be on it
    tape = Tape(talk)
    commanded = tape.send(StartSegment, limit_ms=60_000)
    await tape.fact(SegmentProven)
    return tape, commanded, tape.now()


def prove(taped: Taped, talk: Talk, way: str) -> None:
    """Nothing too much is on it, and nothing missing."""
    prove_nothing_too_much(taped, talk)
    judged = prove_nothing_missing(taped, talk)
    print(f"{way}: {judged} slots in step, {told(taped, talk)}")
    if not judged:
        nothing_judged("no packet came in step from the start on", goes_first=talk.goes_first)
