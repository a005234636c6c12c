"""From a caller's INVITE to the agent's, and to the 200: packet time stamps of Asterisk's own queue, a bare controller and ours.

All three take turns, call by call, on the same Asterisk with the same callers and the same agents' phones; ours has everything
on (journal on disk, screens' feed, metrics, the worker). `app_queue` has `ringinuse=no`. The bare controller originates on
`StasisStart` without thinking, on the same kind of line: the floor of any design over ARI. Own part: from the packet that ended
the event to the packet that began our request. Phones ring for `RINGS_MS` before they answer: from INVITE to 200 that is taken
out, with all of the phone's own time. Calls whose agent's INVITE cannot be told apart from another's are left out and counted.
"""

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from bench.decision import quantile
from bench.softphones import Manner
from bench.switch_floor import BARE, OURS, QUEUE, SwitchFloor, callers, load_average, open_floor
from bench.wire import Capture, SipSeen

AGENTS = 30
CALLS_EACH = 1_200
"""So that the 99th percentile is the twelfth worst: the fourth of 400 was 0.9 to 1.4 times the bare controller's by chance."""
WARM_EACH = 40
RATES = {"": 12.0, "busy_": 36.0}
"""Calls a second of all three together: a floor with pauses in which the processor's caches go to others, and a busy one."""
RINGS_MS = 20
"""No agent answers within the millisecond in which the phone begins to ring."""
TALK_MS = 30
FAILED_MOST = 0.02
"""The bare controller knows no busy phone."""
NAMES = {OURS: "ours", BARE: "bare", QUEUE: "app_queue"}


@dataclass(slots=True)
class Times:
    """Milliseconds of one way of serving."""

    to_agent: list[float] = field(default_factory=list)
    to_answer: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)


def run() -> list[dict[str, Any]]:
    """One run of all three at each rate; one record a figure."""
    return [record for floor, rate in RATES.items() for record in _records_at(floor, rate)]


def _records_at(busyness: str, rate: float) -> list[dict[str, Any]]:
    times, left_out, busy = asyncio.run(_measure(rate))
    ours, bare, queue = (times[number] for number in (OURS, BARE, QUEUE))
    records: list[dict[str, Any]] = []
    for what, share, limit in (
        ("to_agent_invite", 0.5, 1.15),
        ("to_agent_invite", 0.99, 1.3),
        ("to_200", 0.5, 1.15),
        ("to_200", 0.99, 1.3),
    ):
        pick = "to_agent" if what == "to_agent_invite" else "to_answer"
        mine, floor, peer = (quantile(getattr(one, pick), share) for one in (ours, bare, queue))
        name = f"{busyness}invite_{what}_p{share * 100:g}"
        records += [
            _record(name, mine, "ms", floor, against="bare controller"),
            {"name": f"{name}_ratio_to_bare", "value": mine / floor, "unit": "x", "target": limit, "ok": mine / floor <= limit},
            _record(f"{name}_beside_app_queue", mine, "ms", peer, against="app_queue"),
        ]
    own50, own99 = quantile(ours.own, 0.5), quantile(ours.own, 0.99)
    bare50, bare99 = quantile(bare.own, 0.5), quantile(bare.own, 0.99)
    records += [
        _record(f"{busyness}own_part_p50", own50, "ms", bare50, target=0.4, ok=own50 <= 0.4, against="bare controller"),
        _record(f"{busyness}own_part_p99", own99, "ms", bare99, target=1.5, ok=own99 <= 1.5, against="bare controller"),
        {"name": f"{busyness}calls_measured_each", "value": min(len(one.to_agent) for one in times.values()), "unit": "calls"},
        {"name": f"{busyness}calls_left_out", "value": left_out, "unit": "calls"},
        {"name": f"{busyness}load_average", "value": busy, "unit": "processes"},
    ]
    return records


def _record(
    name: str, value: float, unit: str, baseline: float, *, against: str, target: float | None = None, ok: bool | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "baseline": baseline,
        "ratio": value / baseline,
        "target": target,
        "ok": ok,
        "versions": {"baseline": against},
    }


async def _measure(rate: float) -> tuple[dict[str, Times], int, float]:
    async with open_floor(AGENTS, has_bare=True) as floor:
        floor.phones.manner = lambda _user, _invite: Manner(answer_after_s=RINGS_MS / 1_000)
        numbers = _turns(WARM_EACH + CALLS_EACH)
        ports = (floor.controller_port, floor.bare_port)
        async with Capture.running(udp=[floor.sip_port], tcp=ports) as capture:
            within = len(numbers) / rate + 30
            async with callers(floor, numbers, rate=rate, talk_ms=[TALK_MS] * len(numbers), limit_s=int(within)) as sipp:
                result = await sipp.finished(within_s=within)
            busy = load_average()
        if result.failed > len(numbers) * FAILED_MOST:
            raise RuntimeError(f"{result.failed} calls failed: {result.errors}")
        return *evaluate(capture, floor), busy


def _turns(each: int) -> list[str]:
    """By turns, the order of the three shuffled in every round: nobody always comes behind the same neighbour."""
    rng = random.Random(1)
    rounds = []
    for _ in range(each):
        order = list(NAMES)
        rng.shuffle(order)
        rounds += order
    return rounds


def evaluate(capture: Capture, floor: SwitchFloor) -> tuple[dict[str, Times], int]:
    """The times of every call that can be told apart, without those of the warming."""
    own = {OURS: _own_parts(capture, floor.controller_port), BARE: _own_parts(capture, floor.bare_port)}
    times: dict[str, Times] = defaultdict(Times)
    seen: dict[str, int] = defaultdict(int)
    left_out = 0
    for call in _calls(capture.sip(), floor):
        number = call.invite.asked_of
        seen[number] += 1
        if seen[number] <= WARM_EACH:
            continue
        rung = call.agents[0] if len(call.agents) == 1 else None
        taken_us = None if rung is None else call.taken_us.get(rung.call_id)
        if rung is None or taken_us is None or call.answered_us is None:
            left_out += 1
            continue
        phones_own_us = taken_us - rung.at_us
        times[number].to_agent.append((rung.at_us - call.invite.at_us) / 1_000)
        times[number].to_answer.append((call.answered_us - call.invite.at_us - phones_own_us) / 1_000)
    for number, parts in own.items():
        times[number].own = parts[WARM_EACH:]
    return times, left_out


@dataclass(slots=True)
class _Call:
    """A caller's first INVITE, the agents' INVITEs until the next caller's, and when each side had its first 200."""

    invite: SipSeen
    agents: list[SipSeen] = field(default_factory=list)
    taken_us: dict[str, int] = field(default_factory=dict)
    """By the SIP call of the agent's phone."""
    answered_us: int | None = None


def _calls(sip: list[SipSeen], floor: SwitchFloor) -> list[_Call]:
    found: list[_Call] = []
    callers: dict[str, _Call] = {}
    rung: dict[str, _Call] = {}
    for message in sip:
        if message.is_request and message.method == "INVITE":
            if message.target == floor.phones.port:
                if message.call_id not in rung and found:
                    rung[message.call_id] = found[-1]
                    found[-1].agents.append(message)
            elif message.target == floor.sip_port and message.asked_of in NAMES and message.call_id not in callers:
                callers[message.call_id] = _Call(message)
                found.append(callers[message.call_id])
        elif message.status == 200 and message.method == "INVITE":
            if message.call_id in rung:
                rung[message.call_id].taken_us.setdefault(message.call_id, message.at_us)
            elif message.call_id in callers and callers[message.call_id].answered_us is None:
                callers[message.call_id].answered_us = message.at_us
    return found


def _own_parts(capture: Capture, port: int) -> list[float]:
    """Milliseconds from each caller's event to the request that rings a phone for it."""
    came: dict[str, int] = {}
    parts = []
    for at_us, is_ours, message in capture.frames(port):
        if not is_ours and message.get("type") == "StasisStart" and message.get("args") is not None:
            came.setdefault(str(message["channel"]["id"]), at_us)
        elif is_ours and message.get("method") == "POST":
            query = {pair["name"]: pair["value"] for pair in message.get("query_strings", ())}
            begun = came.pop(query.get("originator", ""), None)
            if begun is not None:
                parts.append((at_us - begun) / 1_000)
    return parts
