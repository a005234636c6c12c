"""How soon a segment that is asked for is on its files, with 50 others running, and what one costs the switch.

Fifty talks (a hundred legs, a packet every 20 ms each) are recorded by our driver. Beside them two people speak a code of tones;
a segment of them is started and stopped again and again. First sample: from the command to the kernel's time stamp of the first
packet that is on a file, as the switch passed it on; below zero: the packet was on its way when the command was. By MixMonitor
on our snoops, the way of choice, and by ARI's recording of them. Processor: of the Asterisk process, in one run, rounds in turn:
the same fifty talks without and with segments of ours, and fifty of `app_queue` without and with its own MixMonitor, which sits
on the call's own channel and writes one mixed file, where ours has a clock and a file for each direction. The driver's own looks
at its segments are counted as ours, apart. All figures hold only where the talks were talks: how many of the packets that were
due were sent while the processor was watched stands beside them.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.crowd import Voice, guests, hosts
from bench.records import BenchImpossible
from bench.switch_floor import cpu_s, load_average
from bench.taped_talks import QUEUES, SEGMENTS, fact_of, open_taping, recorded, talks
from fernamt.node.errors import NodeError
from fernamt.node.packages import find_asterisk
from telephony.identifiers import CallId, LegId, segment_id
from telephony.segments import SegmentEnded, SegmentProven, StartSegment, StopSegment
from tests.contract.switch.asterisk_world import STATE, AsteriskWorld
from tests.e2e.asterisk.coded_phones import Code, Coded, a_talk, file_of
from tests.e2e.asterisk.counted_sound import PACKET_S
from tests.e2e.asterisk.tone_code import heard, samples_of

STARTS, ROUNDS = 120, 3
FIRST_SAMPLE_TARGET_MS = 300.0
SENT_TARGET = 99.0
_WATCHED_S = 8.0
_NEAR_SLOTS = 25
"""A start is looked for so many slots of the code around it."""


def run(starts: float = STARTS, rounds: float = ROUNDS) -> list[dict[str, Any]]:
    """The records of one run."""
    try:
        asyncio.run(find_asterisk(STATE))
    except NodeError as error:
        raise BenchImpossible(f"no Asterisk is here: {error}") from error
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="fernamt-bench-") as name:
        found = asyncio.run(_measured(Path(name), int(starts), int(rounds)))
    found.append({"name": "load of the machine while it ran", "value": load_average(), "unit": ""})
    return found


async def _measured(directory: Path, starts: int, rounds: int) -> list[dict[str, Any]]:
    found = list[dict[str, Any]]()
    costs = {"MixMonitor": _Costs(), "ARI": _Costs()}
    async with open_taping(directory) as one, open_taping(directory, ami=None) as other:
        worlds = {"MixMonitor": one, "ARI": other}
        for number in range(rounds):
            for way, world in worlds.items():
                await _ours(world, costs[way])
                await _theirs(world, costs[way], is_first=number == 0)
        for way, world in worlds.items():
            async with talks(world) as (legs, _), recorded(world, legs):
                found += _of_first(await _first_samples(world, starts), way)
    return [*found, *(record for way, spent in costs.items() for record in spent.told(way))]


def _of_first(found: Sequence[float], way: str) -> list[dict[str, Any]]:
    ordered = sorted(found)
    p99 = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    name = f"{way}: command to first sample with {SEGMENTS} segments running"
    return [
        {"name": f"{name}, p50", "value": statistics.median(ordered), "unit": "ms"},
        {
            "name": f"{name}, p99",
            "value": p99,
            "unit": "ms",
            "target": FIRST_SAMPLE_TARGET_MS,
            "ok": p99 <= FIRST_SAMPLE_TARGET_MS,
        },
        {"name": f"{name}, the latest of {len(ordered)} files", "value": ordered[-1], "unit": "ms"},
    ]


# -- the processor -----------------------------------------------------------------------------------------------------


class _Costs:
    """Shares of one core, in per cent, of what ran while they were taken."""

    def __init__(self) -> None:
        self.plain: list[float] = []
        self.taped: list[float] = []
        self.queue_plain: list[float] = []
        self.queue_taped: list[float] = []
        self.looks: list[float] = []
        self.sent: list[float] = []
        """Of the packets that were due, in per cent."""

    def told(self, way: str) -> list[dict[str, Any]]:
        """The records, each of one call or segment."""
        ours = statistics.median(_less(self.taped, self.plain))
        theirs = statistics.median(_less(self.queue_taped, self.queue_plain))
        whole, queue = statistics.median(self.taped), statistics.median(self.queue_taped)
        return [
            _share(f"{way}: Asterisk, per running segment beside app_queue's own MixMonitor", ours, theirs),
            _share(f"{way}: Asterisk, per call that is recorded, all of it", whole, queue),
            _share(f"{way}: the driver's own looks, per running segment", statistics.median(self.looks)),
            {
                "name": f"{way}: packets sent of those due, in the worst of the rounds",
                "value": min(self.sent),
                "unit": "%",
                "target": SENT_TARGET,
                "ok": min(self.sent) >= SENT_TARGET,
            },
        ]


def _less(more: Sequence[float], less: Sequence[float]) -> list[float]:
    return [one - other for one, other in zip(more, less, strict=True)]


def _share(name: str, value: float, baseline: float | None = None) -> dict[str, Any]:
    ratio = value / baseline if baseline else None
    return {
        "name": name,
        "value": value / SEGMENTS,
        "unit": "% of a core",
        "baseline": None if baseline is None else baseline / SEGMENTS,
        "ratio": ratio,
    }


async def _ours(world: AsteriskWorld, costs: _Costs) -> None:
    async with talks(world) as (legs, voice):
        plain = await _spent(world, voice)
        async with recorded(world, legs):
            taped = await _spent(world, voice)
    costs.plain.append(plain.asterisk)
    costs.taped.append(taped.asterisk)
    costs.looks.append(taped.own - plain.own)
    costs.sent += [plain.sent, taped.sent]


async def _theirs(world: AsteriskWorld, costs: _Costs, *, is_first: bool) -> None:
    server, folder = ("127.0.0.1", world.node.settings.sip_port), world.node.settings.directory / "spool/monitor"
    for is_taped, into in ((False, costs.queue_plain), (True, costs.queue_taped)):
        before = len(list(folder.glob("*.wav")))
        async with hosts(world.node.settings.trunks[0].port) as answering, guests(server, QUEUES[is_taped], SEGMENTS) as calling:
            await asyncio.sleep(1)  # their answers are through
            spent = await _spent(world, calling, answering)
            written = len(list(folder.glob("*.wav"))) - before
        into.append(spent.asterisk)
        costs.sent.append(spent.sent)
        if is_first and written != (SEGMENTS if is_taped else 0):
            raise BenchImpossible(f"app_queue recorded {written} of {SEGMENTS} calls, is_taped={is_taped}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spent:
    """What Asterisk and this process took of a core meanwhile, and what was sent of the packets that were due; in per cent."""

    asterisk: float
    own: float
    sent: float


async def _spent(world: AsteriskWorld, *voices: Voice) -> _Spent:
    asterisk, own = world.node.pid, os.getpid()
    said = [voice.said for voice in voices]
    begun, theirs, ours = time.perf_counter(), cpu_s(asterisk), cpu_s(own)
    await asyncio.sleep(_WATCHED_S)
    taken = (time.perf_counter() - begun) / 100
    theirs, ours = cpu_s(asterisk) - theirs, cpu_s(own) - ours
    sent = sum(voice.said - before for voice, before in zip(voices, said, strict=True))
    due = sum(voice.people for voice in voices) * taken / PACKET_S
    return _Spent(asterisk=theirs / taken, own=ours / taken, sent=sent / due)


# -- the first sample --------------------------------------------------------------------------------------------------


async def _first_samples(world: AsteriskWorld, starts: int) -> list[float]:
    """Of each file of so many segments, one after the other: milliseconds from the command."""
    found: list[float] = []
    number = 0
    while number < starts:
        caller, callee = Code.of("caller", "alaw"), Code.of("callee", "alaw")
        ends = Coded(caller, other=callee), Coded(callee, other=caller)
        runs = []
        async with a_talk(world, *ends) as talk:
            loop = asyncio.get_running_loop()
            over = loop.time() + 30
            while number < starts and loop.time() < over:
                number += 1
                runs.append(await _start_and_stop(world, talk.leg, talk.play.call_id, number))
        for commanded, files in runs:  # when nobody speaks any more
            for file, sound, other in zip(files, ends, reversed(ends), strict=True):
                found.append(_first_on(file, sound, other.came, commanded))
    return found


async def _start_and_stop(world: AsteriskWorld, leg: LegId, call: CallId, number: int) -> tuple[float, tuple[Path, ...]]:
    segment = segment_id(call, number)
    ours: dict[str, Any] = {"call_id": call, "switch": world.switch.name, "leg_id": leg, "segment_id": segment}
    commanded = asyncio.get_running_loop().time()
    world.switch.send([StartSegment(**ours, limit_ms=60_000)])
    await world.until(lambda: fact_of(world, SegmentProven, segment), f"the proof of {segment}")
    await asyncio.sleep(0.3)  # so much of it
    world.switch.send([StopSegment(**ours)])
    ended = await world.until(lambda: fact_of(world, SegmentEnded, segment), f"the end of {segment}")
    return commanded, tuple(file_of(world, file.name) for file in ended.files)


def _first_on(file: Path, sound: Coded, came: dict[int, float], commanded: float) -> float:
    """Milliseconds from the command until the first packet on the file had come; for ever where none is on it."""
    near = [packet for packet, at in came.items() if abs(at - commanded) < _NEAR_SLOTS / 10]
    if not near:
        return float("inf")
    places = heard(samples_of(file), sound.code.party, max(near) // 5 + 1, min(near) // 5).places
    return min((came[packet] - commanded for packet in places if packet in came), default=float("inf")) * 1e3
