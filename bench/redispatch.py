"""From an agent becoming free to the next INVITE there, with callers waiting: Asterisk's own queue and ours, one after the other.

150 calls of 0.5 s on 5 agents, 25 waiting all the time, no wrap-up; phones answer at once; 15.0 s if nothing took any time.
Free is the first packet of the BYE on the agent's leg. A double offer is an INVITE at a phone that still has a call (rings,
talks, or was sent no BYE): such a phone answers 486. `app_queue` has `ringinuse=no` and `retry=1`, and once more its default.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from bench.decision import quantile
from bench.switch_floor import OURS, QUEUE, QUEUE_DEFAULT, SwitchFloor, callers, load_average, open_floor
from bench.wire import Capture

AGENTS = 5
WAITING = 25
CALLS = 150
WARM = 10
TALK_MS = 500
SIPP_LATE_MS = 6
"""So much longer than asked for is every pause of SIPp (3.7.0, timer of 1 ms): it is asked for less. `talk_as_played` tells."""
ARRIVALS_PER_S = 100.0
LIMIT_S = 120.0


@dataclass(slots=True)
class Outcome:
    """What the packets of one run say; times in milliseconds."""

    gaps: list[float] = field(default_factory=list)
    double_offers: int = 0
    offers: int = 0
    all_s: float = 0.0
    talked_s: float = 0.0
    """Of all calls, from the caller's 200 to the caller's BYE: SIPp's pauses are a little longer than asked for."""
    failed: int = 0


def run() -> list[dict[str, Any]]:
    """One run of each; one record a figure."""
    found, busy = asyncio.run(_measure())
    ours, queue, default = (found[number] for number in (OURS, QUEUE, QUEUE_DEFAULT))
    p99 = quantile(ours.gaps, 0.99)
    done = ours.all_s <= 15.4
    records: list[dict[str, Any]] = [
        _against("free_to_invite_p50", quantile(ours.gaps, 0.5), "ms", quantile(queue.gaps, 0.5)),
        _against("free_to_invite_p99", p99, "ms", quantile(queue.gaps, 0.99)) | {"target": 6.0, "ok": p99 <= 6.0},
        _against("free_to_invite_longest", max(ours.gaps), "ms", max(queue.gaps)),
        _against("all_calls_done", ours.all_s, "s", queue.all_s) | {"target": 15.4, "ok": done},
        _against("besides_talk_for_each_call", _besides_talk_ms(ours), "ms", _besides_talk_ms(queue)),
        _against("talk_as_played", ours.talked_s / CALLS * 1_000, "ms", queue.talked_s / CALLS * 1_000),
        _against("double_offers", ours.double_offers, "offers", queue.double_offers)
        | {"target": 0, "ok": not ours.double_offers},
        _against("calls_failed", ours.failed, "calls", queue.failed),
    ]
    by_default = {"baseline": "app_queue with its default (ringinuse=yes)"}
    records += [
        _against("double_offers_to_default", ours.double_offers, "offers", default.double_offers) | {"versions": by_default},
        _against("all_calls_done_to_default", ours.all_s, "s", default.all_s) | {"versions": by_default},
        {"name": "gaps_measured", "value": len(ours.gaps), "unit": "gaps", "baseline": len(queue.gaps)},
        {"name": "load_average", "value": busy, "unit": "processes"},
    ]
    return records


def _besides_talk_ms(outcome: Outcome) -> float:
    """What all of it took beyond the talks themselves, for each call an agent had."""
    return (outcome.all_s - outcome.talked_s / AGENTS) / (CALLS / AGENTS) * 1_000


def _against(name: str, value: float, unit: str, baseline: float) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "baseline": baseline,
        "ratio": value / baseline if baseline else None,
        "versions": {"baseline": "app_queue, ringinuse=no, retry=1"},
    }


async def _measure() -> tuple[dict[str, Outcome], float]:
    found: dict[str, Outcome] = {}
    async with open_floor(AGENTS) as floor:
        for number in (OURS, QUEUE):
            await _play(floor, number, WARM, TALK_MS // 5)
        busy = 0.0
        for number in (OURS, QUEUE, QUEUE_DEFAULT):
            async with Capture.running(udp=[floor.sip_port]) as capture:
                failed = await _play(floor, number, CALLS, TALK_MS)
            busy = max(busy, load_average())
            found[number] = evaluate(capture, floor, failed)
            await asyncio.sleep(2.0)
    return found, busy


async def _play(floor: SwitchFloor, number: str, calls: int, talk_ms: int) -> int:
    at_once = AGENTS + WAITING
    talks = [talk_ms - SIPP_LATE_MS] * calls
    async with callers(
        floor, [number] * calls, rate=ARRIVALS_PER_S, talk_ms=talks, at_once=at_once, limit_s=int(LIMIT_S)
    ) as sipp:
        return (await sipp.finished(within_s=LIMIT_S)).failed


def evaluate(capture: Capture, floor: SwitchFloor, failed: int) -> Outcome:
    """Every agent's line in the order of the packets."""
    outcome = Outcome(failed=failed)
    freed: dict[str, int] = {}
    open_calls: dict[str, set[str]] = defaultdict(set)
    agent_of: dict[str, str] = {}
    answered: dict[str, int] = {}
    first, last = 0, 0
    for message in capture.sip():
        at_callers = message.target == floor.sip_port and message.is_request and message.source != floor.phones.port
        if at_callers and message.method == "INVITE":
            first = first or message.at_us
        if floor.phones.port not in {message.source, message.target}:
            if message.method == "INVITE" and message.status == 200:
                answered.setdefault(message.call_id, message.at_us)
            if message.method == "BYE":
                last = message.at_us
                outcome.talked_s += (last - answered.pop(message.call_id, last)) / 1e6
            continue
        if message.is_request and message.method == "INVITE" and message.target == floor.phones.port:
            if message.call_id in agent_of:
                continue  # sent again
            agent = agent_of[message.call_id] = message.asked_of
            outcome.offers += 1
            if open_calls[agent]:
                outcome.double_offers += 1
            elif agent in freed:
                outcome.gaps.append((message.at_us - freed.pop(agent)) / 1_000)
            open_calls[agent].add(message.call_id)
        elif message.call_id in agent_of and (
            (message.is_request and message.method in {"BYE", "CANCEL"}) or (message.method == "INVITE" and message.status >= 300)
        ):
            agent = agent_of[message.call_id]
            if message.call_id in open_calls[agent]:
                open_calls[agent].discard(message.call_id)
                if not open_calls[agent] and message.method == "BYE":
                    freed[agent] = message.at_us
    outcome.all_s = (last - first) / 1e6
    return outcome
