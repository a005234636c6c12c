"""What is on a segment's files, to the packet: nothing before the command, nothing after the confirmed stop, nothing missing.

Phones and switch go before everything else on the machine, so that its other work is not what is judged. That nothing is on a
file too much is judged of every segment, by when packets left their phone and when the switch passed them on. That nothing is
missing and the time is kept is judged while packets came in step, from the start of a segment to the first that did not: a mixer
that waits for one voice carries that on. Lost packets are silence, and `lost_packets` tells what Opus leaves behind them.
Segments are recorded until enough was judged. Where nobody may go before others and the machine is too busy, the test is skipped
with its figures, nothing too much having been judged of all.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fernamt.node.packages import find_asterisk
from fernamt.node.render import MODULE_DIRECTORIES
from telephony.identifiers import segment_id
from telephony.segments import (
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
from tests.contract.switch.asterisk_world import AsteriskWorld, asterisk_world
from tests.contract.switch.world import T
from tests.e2e.asterisk.coded_phones import SLOTS, Code, Coded, Talk, a_talk, file_of
from tests.e2e.asterisk.codings import CODINGS, STATE
from tests.e2e.asterisk.in_step import IN_STEP_S, TALKS, in_step_until, judged_in_one_of, nothing_judged
from tests.e2e.asterisk.lost_packets import made_up, not_silent, opus_of, replaced
from tests.e2e.asterisk.tone_code import APART, PACKET, PACKETS, Heard, heard, packets_of_sound, samples_of

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module"), pytest.mark.e2e]
WAYS: dict[str, dict[str, Any]] = {"mixmonitor": {}, "ari": {"ami": None}}
ENOUGH_SLOTS, MOST_TALKS = 40, 4
CUT_S = 0.05
"""Before and after the packets found on a file others may be on it in part, or made up."""
UNDER_WAY_S = 0.06
"""A packet may be under way for so long, and one is cut at either end."""
IN_A_QUEUE_S = 0.5
"""So long a busy switch may have kept a packet before it wrote it."""


@dataclass(slots=True)
class Run:
    """When what was asked and told of a segment, and its files."""

    commanded: float
    proven: float
    stopped: float
    ended: float
    files: tuple[Path, ...]


@dataclass(slots=True)
class Taped:
    """A run, and what its two files hold."""

    run: Run
    caller: Heard
    callee: Heard


class Tape:
    """A segment of the talk."""

    def __init__(self, talk: Talk, number: int = 1) -> None:
        self.talk = talk
        self.segment = segment_id(talk.play.call_id, number)
        self.now = asyncio.get_running_loop().time

    def send(self, kind: type[SegmentCommand], **more: Any) -> float:
        at = self.now()
        ours = {"call_id": self.talk.play.call_id, "switch": self.talk.world.switch.name, "leg_id": self.talk.leg}
        self.talk.world.switch.send([kind(**ours, segment_id=self.segment, **more)])
        return at

    async def fact(self, kind: type[T], nth: int = 1) -> T:
        def found() -> T | None:
            facts = [f for f in self.talk.world.facts.of(SegmentFact) if f.segment_id == self.segment and isinstance(f, kind)]
            return facts[nth - 1] if len(facts) >= nth else None

        return await self.talk.world.until(found, f"{kind.__name__} of {self.segment}")

    async def record(self, seconds: float) -> Run:
        commanded = self.send(StartSegment, limit_ms=60_000)
        await self.fact(SegmentProven)
        proven = self.now()
        await asyncio.sleep(seconds)  # a talk is a matter of time
        return await self.stop(commanded, proven)

    async def stop(self, commanded: float, proven: float) -> Run:
        stopped = self.send(StopSegment)
        ended = await self.fact(SegmentEnded)
        at = self.now()
        await asyncio.sleep(0.2)  # for what must not come any more
        files = tuple(file_of(self.talk.world, file.name) for file in ended.files)
        return Run(commanded, proven, stopped, at, files)


def decoded(run: Run, apart: int = APART) -> Taped:
    """Looked at when nobody speaks any more: it would make the phones late."""
    received, sent = map(samples_of, run.files)
    assert abs(len(received) - len(sent)) <= apart, f"one length, but for {apart} samples"
    caller, callee = heard(received, "caller", SLOTS), heard(sent, "callee", SLOTS)
    assert not heard(received, "callee", SLOTS).places, "a direction holds one voice"
    assert not heard(sent, "caller", SLOTS).places, "a direction holds one voice"
    return Taped(run, caller, callee)


def sides(taped: Taped, talk: Talk) -> tuple[tuple[Coded, Heard, Coded], ...]:
    """Who speaks, what of it is on the file, and the other phone, which knows when the switch passed each packet on."""
    return (talk.caller, taped.caller, talk.callee), (talk.callee, taped.callee, talk.caller)


def prove_nothing_too_much(taped: Taped, talk: Talk) -> None:
    """Nothing the switch had passed on before the command; nothing that left a phone after the confirmed end; no slot more."""
    run = taped.run
    for sound, on_file, other in sides(taped, talk):
        came = other.came
        early = {n for n in on_file.places if came.get(n, run.commanded) < run.commanded}
        assert not early, f"packets from before the command: {sorted(early)}"
        late = {n for n in on_file.places if sound.left(n) > run.ended}
        assert not late, f"packets from after the confirmed stop: {sorted(late)}"
        more = packets_of_sound(on_file.recorded) - sum(run.commanded <= at <= run.ended for at in other.passed_on.values())
        assert more < PACKETS, f"sound of {more:.1f} packets that the switch had from nobody"


def in_step(run: Run, talk: Talk) -> float:
    """Until when the packets of both came in step."""
    return in_step_until(run.commanded, run.proven, run.stopped, talk.callee.came, talk.caller.came)


def prove_nothing_missing(taped: Taped, talk: Talk, silent: tuple[float, float] | None = None) -> int:
    """All that came in step is on it, its time kept, directions within 20 ms; how many slots that was said of."""
    run = taped.run
    until = in_step(run, talk)
    judged, begins = 0, []
    for sound, on_file, other in sides(taped, talk):
        came = other.came
        wanted = {n for n, at in came.items() if run.proven + UNDER_WAY_S < at < until - UNDER_WAY_S}
        if silent is not None:
            wanted = {n for n in wanted if not silent[0] - IN_A_QUEUE_S < came[n] < silent[1] + IN_A_QUEUE_S}
        there = wanted & set(on_file.places)
        instead = made_up_instead(talk, sound, on_file)
        wanted -= instead
        slots = {number // PACKETS for number in wanted}
        assert slots <= on_file.slots(), f"slots missing: {sorted(slots - on_file.slots())}"
        assert len(wanted - there) <= 1 + len(wanted) // 50, f"packets that arrived are on it, not {sorted(wanted - there)}"
        if not there:
            return 0
        shifts = [on_file.places[n] - n * PACKET for n in there]
        assert max(shifts) - min(shifts) <= PACKET, "the time of the talk is the file's"
        loud = not_silent(on_file, set(range(min(there), max(there))) - set(sound.sent), instead)
        assert not loud, f"lost packets are silence, not {sorted(loud)}"
        if until == run.stopped:  # else some at its ends may be on it where nobody finds them
            first, last = (came[edge(on_file.places.keys() & came.keys())] for edge in (min, max))
            on_it = [at for at in other.passed_on.values() if first - CUT_S < at < last + CUT_S]
            more = packets_of_sound(on_file.recorded) - len(on_it)
            assert more < PACKETS, f"sound of {more:.1f} packets that are none of those"
        begins.append(float(np.median([came[n] - on_file.places[n] / 8_000 for n in there])))
        judged += len(slots)
    assert abs(begins[0] - begins[1]) <= 0.02 + 2 * IN_STEP_S, "directions within 20 ms, and what the packets were out of step"
    return judged


def made_up_instead(talk: Talk, sound: Coded, on_file: Heard) -> set[int]:
    """The packets that came after lost ones and have the first of these in their place, as the switch's Opus made it up."""
    if sound.code.codec != "opus" or not on_file.places:
        return set()
    numbers = range(min(on_file.places), max(on_file.places))
    return replaced(on_file, made_up(opus_of(talk.world.node.pid), sound.code.packets, sound.sent, numbers))


def a_pair(codec: str, loss: float = 0.0) -> tuple[Coded, Coded]:
    caller, callee = Code.of("caller", codec), Code.of("callee", codec)
    return Coded(caller, other=callee, loss=loss), Coded(callee, other=caller, loss=loss)


@asynccontextmanager
async def a_node(directory: Path, codec: str, way: str) -> AsyncIterator[AsteriskWorld]:
    """A node whose legs speak that codec; the test is skipped where the Asterisk here cannot record it."""
    program, needed = await find_asterisk(STATE), CODINGS[codec].modules
    modules = program.first_directory(MODULE_DIRECTORIES, "directory of modules")
    lacking = [name for name in needed if not (modules / name).exists()]
    if lacking:
        pytest.skip(
            f"this Asterisk ({program.origin}) has no {', '.join(lacking)}: it passes {codec} on and records nothing of it"
        )
    async with asterisk_world(directory, {"codecs": (codec,), "extra_modules": needed}, **WAYS[way]) as world:
        yield world


KINDS = [(codec, loss) for codec in CODINGS for loss in (0.0, 0.05)]


@pytest.mark.parametrize(("codec", "loss"), KINDS)
@pytest.mark.parametrize("way", WAYS)
@judged_in_one_of(1)
async def test_a_segment_holds_what_was_said_while_it_ran_and_nothing_else(
    tmp_path: Path, way: str, codec: str, loss: float
) -> None:
    judged, tried, faults = 0, 0, list[str]()
    async with a_node(tmp_path, codec, way) as world:
        while judged < ENOUGH_SLOTS and tried < MOST_TALKS:
            tried += 1
            async with a_talk(world, *a_pair(codec, loss)) as talk:
                await asyncio.sleep(0.5)  # there is something from before that could be on it
                runs = [await Tape(talk, number).record(2.5) for number in range(1, 6)]
            for run in runs:
                taped = decoded(run)
                prove_nothing_too_much(taped, talk)
                slots = 0
                try:
                    slots = prove_nothing_missing(taped, talk)
                except AssertionError as fault:  # once, its recorder may have been late, which no phone knows
                    faults.append(str(fault))
                    print(fault)
                judged += slots
                print(f"{way} {codec} {loss}: {slots} slots in step, {told(taped, talk)}")
    assert len(faults) <= 1, faults
    if judged < ENOUGH_SLOTS:
        nothing_judged(f"{judged} slots in {tried} talks of 5 segments", goes_first=talk.goes_first)


def told(taped: Taped, talk: Talk) -> str:
    """The figures of it."""
    first = min(talk.callee.came.get(n, taped.run.ended) for n in taped.caller.places) - taped.run.commanded
    packets = f"{len(taped.caller.places)} + {len(taped.callee.places)} packets"
    drifts = f"drift {taped.caller.drift_ms:.1f} {taped.callee.drift_ms:.1f} ms over all"
    return f"first packet {first * 1e3:.1f} ms after the command, {drifts}, {packets}"


@pytest.mark.parametrize("way", WAYS)
@judged_in_one_of(TALKS)
async def test_what_is_said_while_it_is_masked_is_on_no_file_and_the_time_goes_on(tmp_path: Path, way: str) -> None:
    async with a_node(tmp_path, "alaw", way) as world:
        async with a_talk(world, *a_pair("alaw")) as talk:
            await asyncio.sleep(0.5)  # they have begun by then, and come in step
            tape = Tape(talk)
            commanded = tape.send(StartSegment, limit_ms=60_000)
            await tape.fact(SegmentProven)
            proven = tape.now()
            await asyncio.sleep(1.5)
            asked = tape.send(MaskSegment, is_masked=True)
            await tape.fact(SegmentMasked)
            masked = tape.now()
            await asyncio.sleep(1.5)
            unmasked = tape.send(MaskSegment, is_masked=False)
            await tape.fact(SegmentMasked, 2)
            back = tape.now()
            await asyncio.sleep(1.5)
            run = await tape.stop(commanded, proven)
        taped = decoded(run)
        print(f"{way}: {told(taped, talk)}")
        until = unmasked - (0 if in_step(run, talk) > unmasked else IN_A_QUEUE_S)
        for sound, on_file, other in sides(taped, talk):
            assert [n for n in on_file.places if masked < sound.sent[n] and other.came.get(n, until) < until] == []
        prove_nothing_too_much(taped, talk)
        if not prove_nothing_missing(taped, talk, silent=(asked, back)):
            nothing_judged("no packet came in step from the start on", goes_first=talk.goes_first)


@pytest.mark.parametrize("way", WAYS)
@judged_in_one_of(TALKS)
async def test_who_hangs_up_leaves_what_was_said_until_then_and_nothing_else(tmp_path: Path, way: str) -> None:
    async with a_node(tmp_path, "alaw", way) as world:
        async with a_talk(world, *a_pair("alaw")) as talk:
            await asyncio.sleep(0.5)  # there is something from before that could be on it
            tape = Tape(talk)
            commanded = tape.send(StartSegment, limit_ms=60_000)
            await tape.fact(SegmentProven)
            proven = tape.now()
            await asyncio.sleep(2.5)  # a talk is a matter of time
            hung_up = tape.now()
            talk.listener.hang_up()
            ended = await tape.fact(SegmentEnded)
            run = Run(commanded, proven, hung_up, tape.now(), tuple(file_of(world, file.name) for file in ended.files))
            await asyncio.sleep(0.5)  # their phones speak on, for what must not come any more
        taped = decoded(run)
        prove_nothing_too_much(taped, talk)
        judged = prove_nothing_missing(taped, talk)
        print(f"{way}: {judged} slots in step, {told(taped, talk)}")
        if not judged:
            nothing_judged("no packet came in step from the start on", goes_first=talk.goes_first)


async def test_a_mute_phone_whose_silence_is_zero_is_not_taken_for_a_fault(tmp_path: Path) -> None:
    async with a_node(tmp_path, "ulaw", "mixmonitor") as world:
        mute = Code("caller", "ulaw", (b"\xff" * PACKET,) * PACKETS * SLOTS)
        async with a_talk(world, Coded(mute), Coded(Code.of("callee", "ulaw"))) as talk:
            tape = Tape(talk)
            commanded = tape.send(StartSegment, limit_ms=60_000)
            await tape.fact(SegmentProven)
            proven = tape.now()
            await asyncio.sleep(10)  # four seconds of zeros, seen in two looks, behind what the file is late
            run = await tape.stop(commanded, proven)
        assert not samples_of(run.files[0])[PACKET:].any(), "zeros are on it"
        assert world.facts.of(SegmentFaulted) == []


async def test_a_stream_that_begins_again_with_a_lower_number_is_on_the_file_or_told_as_silent(tmp_path: Path) -> None:
    """Some builds drop what is translated until the number passes the old one: nobody may take that for a recording."""
    async with a_node(tmp_path, "alaw", "mixmonitor") as world:
        caller = Coded(Code.of("caller", "alaw"), sequence=20_000)
        async with a_talk(world, caller, Coded(Code.of("callee", "alaw"))) as talk:
            tape = Tape(talk)
            commanded = tape.send(StartSegment, limit_ms=60_000)
            await tape.fact(SegmentProven)
            proven = tape.now()
            caller.begin_again(sequence=1_000)
            again_at = tape.now()
            await asyncio.sleep(14)  # four seconds of zeros, seen in two looks, behind what the file is late
            run = await tape.stop(commanded, proven)
        on_file = heard(samples_of(run.files[0]), "caller", SLOTS)
        after = [number for number, at in caller.sent.items() if again_at + 1 < at < run.stopped - UNDER_WAY_S]
        has_defect = len(set(after) & set(on_file.places)) < len(after) // 2
        troubles = [fact.trouble for fact in world.facts.of(SegmentFaulted)]
        print(f"this build {'drops' if has_defect else 'keeps'} a stream that begins again with a lower number: {troubles}")
        assert (SegmentTrouble.SILENT in troubles) == has_defect
