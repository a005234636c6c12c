"""A switch that stands still while it records, as one does whose host takes the processors away: what is not on tape is told.

It is stopped and let go on as a process; its phones speak on meanwhile, and what they say waits outside. A busy machine may stop
it further, so nothing is judged by how long it stood: what is told is compared with what is on the files.
"""

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from recording.vault.manifest import CUT_SAMPLES, Stretch
from recording.vault.silences import FRAME_MS, Silences, in_both, placed
from telephony.segments import (
    MaskSegment,
    SegmentEnded,
    SegmentFaulted,
    SegmentMasked,
    SegmentProven,
    SegmentTrouble,
    StartSegment,
)
from telephony.switch.asterisk.tape_clock import HOLE_MS, NOTED_MS
from tests.e2e.asterisk.coded_phones import Talk, a_talk
from tests.e2e.asterisk.test_tone_proof import WAYS, Run, Tape, Taped, a_node, a_pair, prove_nothing_too_much, sides
from tests.e2e.asterisk.tone_code import PACKET, RATE, heard, samples_of

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.e2e]
SLOTS = 120
LOST_IN_A_RECORDER = 3
"""Packets: where it was late itself, a MixMonitor drops what waits in it."""
AT_EITHER_END_MS = 40
TOO_LONG_S = 0.8
"""More than waits in a snoop, and less than the second after which the switch takes a phone here for dead."""


async def stands_still(talk: Talk, seconds: float) -> None:
    os.kill(talk.world.node.pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)  # to stand still is a matter of time
    finally:
        os.kill(talk.world.node.pid, signal.SIGCONT)


async def begun(talk: Talk) -> tuple[Tape, float, float]:
    await asyncio.sleep(0.5)  # there is something from before that could be on it
    tape = Tape(talk)
    commanded = tape.send(StartSegment, limit_ms=60_000)
    await tape.fact(SegmentProven)
    return tape, commanded, tape.now()


def decoded(run: Run) -> Taped:
    received, sent = map(samples_of, run.files)
    return Taped(run, heard(received, "caller", SLOTS), heard(sent, "callee", SLOTS))


def troubles(talk: Talk) -> list[SegmentTrouble]:
    return [fact.trouble for fact in talk.world.facts.of(SegmentFaulted)]


def prove_missing_is_told(taped: Taped, talk: Talk, missing_ms: int) -> None:
    """Tape and what is told to be missing are the time it ran; more than waits in a snoop is a fault."""
    run, shorter = taped.run, min(taped.caller.seconds, taped.callee.seconds)
    unsaid_ms = (run.stopped - run.proven - shorter) * 1_000 - missing_ms
    assert unsaid_ms < NOTED_MS + AT_EITHER_END_MS, "what is not on the tape is told"
    assert missing_ms <= (run.ended - run.commanded - shorter) * 1_000, "and no more than is not on it"
    assert (SegmentTrouble.STARVED in troubles(talk)) == (missing_ms >= HOLE_MS)
    print(f"tape {shorter:.2f} s of {run.stopped - run.proven:.2f}, missing {missing_ms} ms told, {troubles(talk)}")


def prove_no_hole_but_told(taped: Taped, talk: Talk, missing_ms: int) -> None:
    """Only a tape that is told to miss more than waits in a snoop misses something in its middle."""
    for sound, on_file, _ in sides(taped, talk):
        numbers = sorted(on_file.places)
        holes = [n for n in sound.sent if numbers[0] < n < numbers[-1] and n not in on_file.places]
        assert len(holes) <= LOST_IN_A_RECORDER or missing_ms >= HOLE_MS, f"a hole that is not told: {holes}"


@pytest.mark.parametrize("still_s", [0.1, 0.4, TOO_LONG_S])
@pytest.mark.parametrize("way", WAYS)
async def test_what_is_not_on_the_tape_of_a_switch_that_stood_still_is_told(tmp_path: Path, way: str, still_s: float) -> None:
    async with a_node(tmp_path, "alaw", way) as world:
        async with a_talk(world, *a_pair("alaw")) as talk:
            tape, commanded, proven = await begun(talk)
            await asyncio.sleep(1)  # a talk is a matter of time
            await stands_still(talk, still_s)
            await asyncio.sleep(1)  # for what had waited
            run = await tape.stop(commanded, proven)
            missing_ms = (await tape.fact(SegmentEnded)).missing_ms
        taped = decoded(run)
        prove_nothing_too_much(taped, talk)
        prove_missing_is_told(taped, talk, missing_ms)
        prove_no_hole_but_told(taped, talk, missing_ms)
        assert missing_ms >= (still_s * 1_000 - NOTED_MS if still_s > 0.1 else 0)


@pytest.mark.parametrize("way", WAYS)
async def test_a_hole_is_told_while_the_tape_runs(tmp_path: Path, way: str) -> None:
    async with a_node(tmp_path, "alaw", way) as world:
        async with a_talk(world, *a_pair("alaw")) as talk:
            tape, commanded, proven = await begun(talk)
            await stands_still(talk, TOO_LONG_S)
            assert (await tape.fact(SegmentFaulted)).trouble is SegmentTrouble.STARVED
            run = await tape.stop(commanded, proven)
            missing_ms = (await tape.fact(SegmentEnded)).missing_ms
        assert troubles(talk) == [SegmentTrouble.STARVED], "told once"
        prove_missing_is_told(decoded(run), talk, missing_ms)


@pytest.mark.parametrize("still", ["before it begins", "when it begins", "when it ends"])
@pytest.mark.parametrize("way", WAYS)
async def test_a_mask_covers_what_was_said_meanwhile_wherever_the_switch_stood_still_and_is_found_on_the_tape(
    tmp_path: Path, way: str, still: str
) -> None:
    async with a_node(tmp_path, "alaw", way) as world:
        async with a_talk(world, *a_pair("alaw")) as talk:
            tape, commanded, proven = await begun(talk)
            await asyncio.sleep(1)  # a talk is a matter of time
            if still == "before it begins":
                await stands_still(talk, 0.4)
                await asyncio.sleep(0.2)
            tape.send(MaskSegment, is_masked=True)
            if still == "when it begins":
                await stands_still(talk, 0.4)
            await tape.fact(SegmentMasked)
            masked = tape.now()
            await asyncio.sleep(1.2)
            if still == "when it ends":
                await stands_still(talk, 0.4)
            unmasked = tape.send(MaskSegment, is_masked=False)
            await tape.fact(SegmentMasked, 2)
            back = tape.now()
            await asyncio.sleep(1.5)  # for what had waited
            run = await tape.stop(commanded, proven)
            missing_ms = (await tape.fact(SegmentEnded)).missing_ms
        taped = decoded(run)
        for sound, on_file, _ in sides(taped, talk):
            leaked = [n for n in on_file.places if masked < sound.sent[n] <= unmasked - PACKET / RATE]
            assert leaked == [], "nothing that was said while it was masked is on the tape"
            assert any(sound.sent[n] > back for n in on_file.places), "what was said then is on it again"
        prove_missing_is_told(taped, talk, missing_ms)
        told = Stretch(from_ms=round((masked - proven) * 1_000), to_ms=round((back - proven) * 1_000), why="masked")
        (found,) = placed([told], in_both(*map(silent, run.files)), missing_ms)
        print(f"{way}: told {told.from_ms} to {told.to_ms}, on the tape {found.from_ms} to {found.to_ms}, missing {missing_ms}")
        prove_edges([samples_of(file) for file in run.files], found)


def silent(file: Path) -> Sequence[tuple[int, int]]:
    silences = Silences()
    silences.take(file.read_bytes()[44:][CUT_SAMPLES * 2 :])
    return silences.found


def prove_edges(files: Sequence[np.ndarray], mask: Stretch) -> None:
    """Silence from the one edge to the other in both directions, and sound in one at least before and behind."""
    begin, end = mask.from_ms * RATE // 1_000, mask.to_ms * RATE // 1_000
    frame = FRAME_MS * RATE // 1_000
    assert end - begin > RATE
    assert not any(samples[begin:end].any() for samples in files)
    assert any(samples[begin - frame : begin].any() for samples in files)
    assert any(samples[end : end + frame].any() for samples in files)
