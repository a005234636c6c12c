"""How soon a segment that is asked for is on its files, with 50 others running, and what one costs the switch.

Fifty talks (a hundred legs, a packet every 20 ms each) are recorded by our driver. Beside them two people speak a code of tones;
a segment of them is started and stopped again and again. First sample: from the command to the kernel's time stamp of the first
packet that is on a file, as the switch passed it on; below zero: the packet was on its way when the command was. By MixMonitor,
the driver of choice, and by snoops. Processor: of the Asterisk process, in one run, rounds in turn: the same fifty talks without
and with segments of ours, and fifty of `app_queue` without and with its own MixMonitor, which writes one mixed file where ours
writes one for each direction. The driver's own looks at its segments are counted as ours, apart.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bench.crowd import guests, hosts
from bench.records import BenchImpossible
from bench.switch_floor import PROGRAMS, cpu_s, load_average
from fernamt.node.ports import free_ports, free_rtp_ports
from telephony.commands import AnswerLeg
from telephony.engine.ports import CallerArrived
from telephony.events import LegJoined
from telephony.identifiers import CallId, LegId, segment_id
from telephony.segments import SegmentEnded, SegmentProven, StartSegment, StopSegment
from telephony.switch.asterisk.settings import PhoneSettings
from telephony.switch.asterisk.switch import AsteriskSwitch
from tests.contract.switch.asterisk_world import AsteriskWorld, WallClock, running_node, running_switch, switch_settings
from tests.contract.switch.world import DID, Play
from tests.e2e.asterisk.coded_phones import Code, Coded, a_talk, file_of
from tests.e2e.asterisk.tone_code import heard, samples_of

SEGMENTS, STARTS, ROUNDS = 50, 120, 3
FIRST_SAMPLE_TARGET_MS = 300.0
_WATCHED_S = 8.0
_PATIENT_S = 30
"""So long a party may be without sound: this process speaks for all of them, and may be kept waiting."""
_BESIDE = {False: "+4930231902", True: "+4930231903"}
"""The number of a queue that does not record, and of one that does."""
_PLAIN, _TAPED = "plain", "taped"
_NEAR_SLOTS = 25
"""A start is looked for so many slots of the code around it."""


def run(starts: float = STARTS, rounds: float = ROUNDS) -> list[dict[str, Any]]:
    """The records of one run."""
    if not PROGRAMS.exists():
        raise BenchImpossible("no Asterisk is here: tools/test_packages.sh gets one")
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="fernamt-bench-") as name:
        found = asyncio.run(_measured(Path(name), int(starts), int(rounds)))
    found.append({"name": "load of the machine while it ran", "value": load_average(), "unit": ""})
    return found


async def _measured(directory: Path, starts: int, rounds: int) -> list[dict[str, Any]]:
    costs = _Costs()
    async with _floor(directory) as world:
        for number in range(rounds):
            await _ours(world, costs)
            await _theirs(world, costs, is_first=number == 0)
        async with _crowd(world) as legs, _recorded(world, legs):
            first = await _first_samples(world, starts)
    async with _floor(directory, ami=None) as world, _crowd(world) as legs, _recorded(world, legs):
        by_snoops = await _first_samples(world, starts)
    return [*_of_first(first, "MixMonitor"), *_of_first(by_snoops, "snoops"), *costs.told()]


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

    def told(self) -> list[dict[str, Any]]:
        """The records, each of one call or segment."""
        ours = statistics.median(_less(self.taped, self.plain))
        theirs = statistics.median(_less(self.queue_taped, self.queue_plain))
        whole, queue = statistics.median(self.taped), statistics.median(self.queue_taped)
        return [
            _share("Asterisk, per running segment beside app_queue's own MixMonitor", ours, theirs),
            _share("Asterisk, per call that is recorded, all of it", whole, queue),
            _share("the driver's own looks, per running segment", statistics.median(self.looks)),
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
    async with _crowd(world) as legs:
        plain, own = await _spent(world)
        async with _recorded(world, legs):
            taped, more = await _spent(world)
    costs.plain.append(plain)
    costs.taped.append(taped)
    costs.looks.append(more - own)


async def _theirs(world: AsteriskWorld, costs: _Costs, *, is_first: bool) -> None:
    server, folder = ("127.0.0.1", world.node.settings.sip_port), world.node.settings.directory / "spool/monitor"
    async with hosts(world.node.settings.trunks[0].port):
        for is_taped, into in ((False, costs.queue_plain), (True, costs.queue_taped)):
            before = len(list(folder.glob("*.wav")))
            async with guests(server, _BESIDE[is_taped], SEGMENTS):
                await asyncio.sleep(1)  # their answers are through
                into.append((await _spent(world))[0])
                written = len(list(folder.glob("*.wav"))) - before
            if is_first and written != (SEGMENTS if is_taped else 0):
                raise BenchImpossible(f"app_queue recorded {written} of {SEGMENTS} calls, is_taped={is_taped}")


async def _spent(world: AsteriskWorld) -> tuple[float, float]:
    """What Asterisk took of a core meanwhile, and what this process took."""
    asterisk, own = world.node.pid, os.getpid()
    begun, theirs, ours = time.perf_counter(), cpu_s(asterisk), cpu_s(own)
    await asyncio.sleep(_WATCHED_S)
    taken = (time.perf_counter() - begun) / 100
    return (cpu_s(asterisk) - theirs) / taken, (cpu_s(own) - ours) / taken


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
    await world.until(lambda: _of(world, SegmentProven, segment), f"the proof of {segment}")
    await asyncio.sleep(0.3)  # so much of it
    world.switch.send([StopSegment(**ours)])
    ended = await world.until(lambda: _of(world, SegmentEnded, segment), f"the end of {segment}")
    return commanded, tuple(file_of(world, file.name) for file in ended.files)


def _first_on(file: Path, sound: Coded, came: dict[int, float], commanded: float) -> float:
    """Milliseconds from the command until the first packet on the file had come; for ever where none is on it."""
    near = [packet for packet, at in came.items() if abs(at - commanded) < _NEAR_SLOTS / 10]
    if not near:
        return float("inf")
    places = heard(samples_of(file), sound.code.party, max(near) // 5 + 1, min(near) // 5).places
    return min((came[packet] - commanded for packet in places if packet in came), default=float("inf")) * 1e3


# -- the floor ---------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _floor(directory: Path, **changes: Any) -> AsyncIterator[AsteriskWorld]:
    """A node with two queues whose members are dialled outside, and our adapter connected to it."""
    port, (first, last) = free_ports(1)[0], free_rtp_ports(1_200)
    own: dict[str, Any] = {
        "rtp_first_port": first,
        "rtp_last_port": last,
        "rtp_timeout_s": _PATIENT_S,
        "extra_modules": ("app_queue.so",),
        "extra_conf": _queues(),
    }
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(running_node(port, **own))
        phones = PhoneSettings(bind_address="127.0.0.1", rtp_timeout_s=_PATIENT_S)
        switch = AsteriskSwitch(switch_settings(node, port, phones=phones, **changes), WallClock())
        world = AsteriskWorld(node, switch, None, directory)  # type: ignore[arg-type]
        await stack.enter_async_context(running_switch(world))
        yield world


def _queues() -> dict[str, str]:
    members = "".join(f"member => PJSIP/{9_000 + place}@trunk,0,m{place},PJSIP/trunk\n" for place in range(SEGMENTS))
    queue = f"strategy = rrmemory\nautofill = yes\nringinuse = yes\njoinempty = yes\nwrapuptime = 0\n{members}\n"
    dialplan = "\n[from-trunk](+)\n" + "".join(
        f"exten => {number},1,Queue({_TAPED if is_taped else _PLAIN},r)\n same => n,Hangup()\n"
        for is_taped, number in _BESIDE.items()
    )
    return {
        "queues.conf": f"[general]\npersistentmembers = no\n\n[{_PLAIN}]\n{queue}[{_TAPED}]\nmonitor-format = wav\n{queue}",
        "extensions.conf": dialplan,
    }


@asynccontextmanager
async def _crowd(world: AsteriskWorld) -> AsyncIterator[list[tuple[CallId, LegId]]]:
    """Fifty talks, each of two who have called in and were put together: their calls, and the legs to record."""
    server = ("127.0.0.1", world.node.settings.sip_port)
    before = len(world.facts.of(CallerArrived))
    joining = asyncio.create_task(_join_pairs(world, before))
    try:
        async with guests(server, DID, 2 * SEGMENTS):
            legs = await joining
            await asyncio.sleep(1)  # their answers are through
            yield legs
    finally:
        joining.cancel()


async def _join_pairs(world: AsteriskWorld, before: int) -> list[tuple[CallId, LegId]]:
    calls = []
    for place in range(SEGMENTS):
        wanted = before + 2 * (place + 1)
        await world.until(lambda n=wanted: len(world.facts.of(CallerArrived)) >= n or None, f"caller {wanted}")  # type: ignore[misc]
        one, other = (arrived.leg_id for arrived in world.facts.of(CallerArrived)[wanted - 2 : wanted])
        play = Play(world)
        create, join = play.bridge(one, other)
        ours: dict[str, Any] = {"call_id": play.call_id, "switch": world.switch.name}
        world.switch.send([create, AnswerLeg(**ours, leg_id=one), AnswerLeg(**ours, leg_id=other), join])
        await play.fact(LegJoined, other)
        calls.append((play.call_id, one))
    return calls


@asynccontextmanager
async def _recorded(world: AsteriskWorld, legs: list[tuple[CallId, LegId]]) -> AsyncIterator[None]:
    """All of them are proven to be recorded inside the block."""
    sent = []
    for call, leg in legs:
        ours: dict[str, Any] = {"call_id": call, "switch": world.switch.name, "leg_id": leg, "segment_id": segment_id(call, 1)}
        sent.append(ours)
        world.switch.send([StartSegment(**ours, limit_ms=600_000)])
    for ours in sent:
        await world.until(lambda s=ours["segment_id"]: _of(world, SegmentProven, s), f"the proof of {ours['segment_id']}")  # type: ignore[misc]
    yield
    for ours in sent:
        world.switch.send([StopSegment(**ours)])
    for ours in sent:
        await world.until(lambda s=ours["segment_id"]: _of(world, SegmentEnded, s), f"the end of {ours['segment_id']}")  # type: ignore[misc]


def _of(world: AsteriskWorld, kind: type[Any], segment: str) -> Any:
    return next((fact for fact in reversed(world.facts.of(kind)) if fact.segment_id == segment), None)
