"""A hundred calls a second for a minute, each talked for a second, on 200 agents' phones without wrap-up: ours, everything on.

All of it is on this machine: Asterisk, the service and its worker, the callers (SIPp) and the phones. A call has failed when it
is not answered within 5 s, or not at all. The controller's processor time is its own process's (`/proc/PID/stat`), all threads,
from the first call to the last; its worker's, which derives the minutes meanwhile, is told apart, and so is Asterisk's.
Memory is looked at when a sixth of the calls is played, and at the end.
"""

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from bench.decision import quantile
from bench.switch_floor import OURS, SwitchFloor, callers, cpu_s, load_average, memory_mb, open_floor
from bench.wire import Capture

AGENTS = 200
RATE = 100.0
SECONDS = 60
TALK_MS = 1_000
ANSWERED_WITHIN_S = 5.0
FLAT = 1.10
WARM = 200


def run() -> list[dict[str, Any]]:
    """One run; one record a figure."""
    found = asyncio.run(_measure())
    calls = int(RATE * SECONDS)
    waits = found["waits"]
    per_call = found["controller_s"] / calls * 1_000
    growth = found["memory_end_mb"] / found["memory_early_mb"]
    failed = calls - sum(1 for wait in waits if wait <= ANSWERED_WITHIN_S * 1_000)
    return [
        {"name": "calls_failed", "value": failed, "unit": "calls", "target": 0, "ok": failed == 0},
        {"name": "calls_sipp_says_failed", "value": found["sipp_failed"], "unit": "calls"},
        {"name": "controller_cpu_per_call", "value": per_call, "unit": "ms", "target": 5.0, "ok": per_call <= 5.0},
        {"name": "worker_cpu_per_call", "value": found["worker_s"] / calls * 1_000, "unit": "ms"},
        {"name": "asterisk_cpu_per_call", "value": found["asterisk_s"] / calls * 1_000, "unit": "ms"},
        {"name": "controller_memory", "value": found["memory_end_mb"], "unit": "MB", "baseline": found["memory_early_mb"]},
        {"name": "controller_memory_growth", "value": growth, "unit": "x", "target": FLAT, "ok": growth <= FLAT},
        {"name": "invite_to_200_p50", "value": quantile(waits, 0.5), "unit": "ms"},
        {"name": "invite_to_200_p99", "value": quantile(waits, 0.99), "unit": "ms"},
        {"name": "invite_to_200_longest", "value": max(waits), "unit": "ms"},
        {"name": "calls_a_second", "value": found["rate"], "unit": "1/s", "baseline": RATE},
        {"name": "load_average", "value": found["busy"], "unit": "processes"},
    ]


async def _measure() -> dict[str, Any]:
    async with open_floor(AGENTS) as floor:
        await _play(floor, WARM)
        pid, worker, switch = floor.service_pid, _worker_of(floor.service_pid), floor.house.node.pid
        calls = int(RATE * SECONDS)
        async with Capture.running(udp=[floor.sip_port]) as capture:
            began = [cpu_s(one) for one in (pid, worker, switch)]
            playing = asyncio.create_task(_play(floor, calls))
            await asyncio.sleep(SECONDS / 6)
            early_mb = memory_mb(pid)
            sipp_failed = await playing
            spent = [cpu_s(one) - before for one, before in zip((pid, worker, switch), began, strict=True)]
            end_mb, busy = memory_mb(pid), load_average()
        waits, rate = _waits(capture, floor)
    return {
        "waits": waits,
        "rate": rate,
        "sipp_failed": sipp_failed,
        "controller_s": spent[0],
        "worker_s": spent[1],
        "asterisk_s": spent[2],
        "memory_early_mb": early_mb,
        "memory_end_mb": end_mb,
        "busy": busy,
    }


async def _play(floor: SwitchFloor, calls: int) -> int:
    """How many calls failed by SIPp's count; those it still waits for at the end are failed by the packets' count."""
    within = calls / RATE + 20
    async with callers(floor, [OURS] * calls, rate=RATE, talk_ms=[TALK_MS] * calls, limit_s=int(within) + 5) as sipp:
        try:
            return (await sipp.finished(within_s=within)).failed
        except TimeoutError:
            return 0


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
        print("unanswered:", Counter(lost).most_common(12), capture.said[-200:], file=sys.stderr)
    return [(answered[one] - at) / 1_000 for one, at in asked.items() if one in answered], (len(asked) - 1) / span_s


def _worker_of(pid: int) -> int:
    """The worker `serve` has started."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text("utf-8")
            command = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(text.rpartition(")")[2].split()[1]) == pid and b"worker" in command:
            return int(path.parent.name)
    raise RuntimeError("the service has no worker")
