"""A hundred calls a second for a minute, each talked for a second, on 200 agents' phones without wrap-up: ours, everything on.

All of it is on this machine: Asterisk, the service and its worker, the callers (SIPp) and the phones, which send no RTP (their
share of the processors is not what is measured). A call has failed when it is not answered within 5 s, or not at all. The
controller's processor time is its own process's (`/proc/PID/stat`), all threads, from the first call to the last; its worker's,
which derives the minutes meanwhile, is told apart, and so are Asterisk's and the equipment's. Memory is looked at when a sixth of
the calls is played, and at the end. The baseline is Asterisk's own `app_queue` with the same phones under the same calls, in an
Asterisk of its own: ours runs without that module, as it does in an installation.
"""

import asyncio
import os
import resource
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.decision import quantile
from bench.switch_floor import OURS, QUEUE, SwitchFloor, callers, cpu_s, load_average, memory_mb, open_floor
from bench.wire import Capture

AGENTS = 200
RATE = 100.0
SECONDS = 60
TALK_MS = 1_000
ANSWERED_WITHIN_S = 5.0
FLAT = 1.10
WARM = 200
WORKER_WITHIN_S = 20.0
SIPP_STEP_MS = 10
HEADERS_BYTES = 900
"""Of a packet: enough for all headers that are read."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one run of all calls showed. Waits in milliseconds, from INVITE to 200; processor time in seconds."""

    waits: list[float]
    rate: float
    sipp_failed: int
    cpu: dict[str, float]
    memory_early_mb: float
    memory_end_mb: float
    busy: float

    @property
    def failed(self) -> int:
        """Calls not answered in time."""
        return _calls() - sum(1 for wait in self.waits if wait <= ANSWERED_WITHIN_S * 1_000)

    def per_call_ms(self, who: str) -> float:
        """Its processor time."""
        return self.cpu[who] / _calls() * 1_000


def run() -> list[dict[str, Any]]:
    """One run of each; one record a figure."""
    queue, ours = asyncio.run(_measure(QUEUE)), asyncio.run(_measure(OURS))
    per_call = ours.per_call_ms("controller")
    growth = ours.memory_end_mb / ours.memory_early_mb
    return [
        _beside("calls_failed", ours.failed, "calls", queue.failed) | {"target": 0, "ok": ours.failed == 0},
        _beside("calls_sipp_says_failed", ours.sipp_failed, "calls", queue.sipp_failed),
        {"name": "controller_cpu_per_call", "value": per_call, "unit": "ms", "target": 5.0, "ok": per_call <= 5.0},
        {"name": "worker_cpu_per_call", "value": ours.per_call_ms("worker"), "unit": "ms"},
        _beside("asterisk_cpu_per_call", ours.per_call_ms("asterisk"), "ms", queue.per_call_ms("asterisk")),
        _beside("phones_cpu_per_call", ours.per_call_ms("phones"), "ms", queue.per_call_ms("phones")),
        _beside("callers_cpu_per_call", ours.per_call_ms("callers"), "ms", queue.per_call_ms("callers")),
        {"name": "controller_memory", "value": ours.memory_end_mb, "unit": "MB", "baseline": ours.memory_early_mb},
        {"name": "controller_memory_growth", "value": growth, "unit": "x", "target": FLAT, "ok": growth <= FLAT},
        *(
            _beside(f"invite_to_200_p{share * 100:g}", quantile(ours.waits, share), "ms", quantile(queue.waits, share))
            for share in (0.5, 0.99)
        ),
        _beside("invite_to_200_longest", max(ours.waits), "ms", max(queue.waits)),
        {"name": "calls_a_second", "value": ours.rate, "unit": "1/s", "baseline": queue.rate},
        {"name": "load_average", "value": ours.busy, "unit": "processes", "baseline": queue.busy},
    ]


def _calls() -> int:
    return int(RATE * SECONDS)


def _beside(name: str, value: float, unit: str, queue: float) -> dict[str, Any]:
    ratio = value / queue if queue else None
    return {"name": name, "value": value, "unit": unit, "baseline": queue, "ratio": ratio, "versions": {"baseline": "app_queue"}}


async def _measure(number: str) -> Found:
    async with open_floor(AGENTS, has_queues=number == QUEUE, speaks=False) as floor:
        await _play(floor, number, WARM)
        pid = floor.service_pid
        watched = {
            "controller": pid,
            "worker": await _worker_of(pid),
            "asterisk": floor.house.node.pid,
            "phones": os.getpid(),
        }
        async with Capture.running(udp=[floor.sip_port], bytes_each=HEADERS_BYTES) as capture:
            began = {who: cpu_s(one) for who, one in watched.items()}
            playing = asyncio.create_task(_play(floor, number, _calls()))
            await asyncio.sleep(SECONDS / 6)
            early_mb = memory_mb(pid)
            sipp_failed, callers_s = await playing
            cpu = {who: cpu_s(one) - began[who] for who, one in watched.items()} | {"callers": callers_s}
            end_mb, busy = memory_mb(pid), load_average()
        waits, rate = _waits(capture, floor)
    return Found(waits, rate, sipp_failed, cpu, early_mb, end_mb, busy)


async def _play(floor: SwitchFloor, number: str, calls: int) -> tuple[int, float]:
    """How many calls failed by SIPp's count, and SIPp's processor time: that of the children that have ended meanwhile.

    Calls it still waits for at the end are failed by the packets' count.
    """
    within, talks = calls / RATE + 20, [TALK_MS] * calls
    before = _ended_children_s()
    async with callers(
        floor, [number] * calls, rate=RATE, talk_ms=talks, limit_s=int(within) + 5, resolution_ms=SIPP_STEP_MS
    ) as sipp:
        try:
            failed = (await sipp.finished(within_s=within)).failed
        except TimeoutError:
            failed = 0
    return failed, _ended_children_s() - before


def _ended_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _waits(capture: Capture, floor: SwitchFloor) -> tuple[list[float], float]:
    """Milliseconds from INVITE to 200 of every answered caller, and how many callers a second there were."""
    asked: dict[str, int] = {}
    answered: dict[str, int] = {}
    for message in capture.sip():
        if message.method != "INVITE" or floor.phones.port in {message.source, message.target}:
            continue
        if message.is_request:
            asked.setdefault(message.call_id, message.at_us)
        elif message.status == 200:
            answered.setdefault(message.call_id, message.at_us)
    span_s = (max(asked.values()) - min(asked.values())) / 1e6
    lost = [message.first for message in capture.sip() if message.call_id in asked.keys() - answered.keys()]
    if lost:
        print("unanswered:", Counter(lost).most_common(12), f"{capture.dropped} packets not caught", file=sys.stderr)
    return [(answered[one] - at) / 1_000 for one, at in asked.items() if one in answered], (len(asked) - 1) / span_s


async def _worker_of(pid: int) -> int:
    """The worker `serve` has started, or is about to: calls come first. Raises `TimeoutError` when there is none in time."""
    async with asyncio.timeout(WORKER_WITHIN_S):
        while (found := _child_with(b"worker", pid)) is None:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.2)
    return found


def _child_with(word: bytes, pid: int) -> int | None:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text("utf-8")
            command = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(text.rpartition(")")[2].split()[1]) == pid and word in command:
            return int(path.parent.name)
    return None
