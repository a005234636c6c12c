"""Every metered edge beside the packets: 200 calls of known lengths, 0.2 s to 5 min, with all endings.

The caller says BYE, the agent says BYE, the caller gives up while it rings, the first phone is busy and another answers, the
agent's phone vanishes in mid-call (no RTP and no answer any more; the caller is kept, and gets another agent). What is compared
is what the worker has derived and the minutes are exported from: when ringing began and ended, when talk began and ended, when
the caller came and went. A phone that vanished was last heard with its last RTP packet.
"""

import asyncio
import json
import random
import sqlite3
from collections import Counter, defaultdict
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from bench.decision import quantile
from bench.sip_message import Message
from bench.softphones import Manner
from bench.switch_floor import SwitchFloor, callers, load_average, open_floor
from bench.wire import Capture, SipSeen
from config.operation import AgentSettings

AGENTS = 40
RTP_TIMEOUT_S = AgentSettings().rtp_timeout_s
"""As a centre has it by default: its ends have to be exact."""
EDGE_MS = 50.0
VANISHED_MS = 1_000.0
LONGEST_S = 300.0
WITHIN_S = 420.0
KINDS = {
    "caller_bye": "+4930231301",
    "agent_bye": "+4930231302",
    "abandoned": "+4930231303",
    "busy": "+4930231304",
    "vanished": "+4930231305",
}
CALLS = {"caller_bye": 90, "agent_bye": 40, "abandoned": 24, "busy": 20, "vanished": 26}
SCENARIO = {"agent_bye": "listening_callers", "abandoned": "impatient_callers"}


@dataclass(slots=True)
class Dialog:
    """One SIP call as the packets show it; microseconds."""

    asked_of: str
    invited: int
    answered: int | None = None
    gone: int | None = None
    """The first of BYE, CANCEL, or an answer that refuses."""


def run() -> list[dict[str, Any]]:
    """One run; one record a figure."""
    edges, counts, busy = asyncio.run(_measure())
    records: list[dict[str, Any]] = []
    for name in sorted(edges):
        errors = edges[name]
        is_vanished = name == "vanished_end"
        limit = VANISHED_MS if is_vanished else EDGE_MS
        worst = max(abs(error) for error in errors)
        middle, high = quantile(errors, 0.5), quantile([abs(error) for error in errors], 0.99)
        records += [
            {"name": f"{name}_worst", "value": worst, "unit": "ms", "target": limit, "ok": worst <= limit},
            {"name": f"{name}_p99", "value": high, "unit": "ms"},
            {"name": f"{name}_bias", "value": middle, "unit": "ms"},
        ]
    records += [
        _must("vanished_ends_flagged_estimated", counts["vanished_flagged"], "ends", counts["vanished"]),
        _must("calls_in_the_minutes", counts["records"], "calls", sum(CALLS.values())),
        _must("agents_legs_found_on_the_wire", counts["legs_found"], "legs", counts["legs"]),
        {"name": "edges_compared", "value": sum(len(errors) for errors in edges.values()), "unit": "edges"},
        {"name": "ends_estimated_in_all", "value": counts["estimated"], "unit": "ends"},
        {"name": "load_average", "value": busy, "unit": "processes"},
    ]
    return records


def _must(name: str, value: float, unit: str, wanted: float) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "target": wanted, "ok": value == wanted}


async def _measure() -> tuple[dict[str, list[float]], Counter[str], float]:
    projects = {kind.replace("_", "-"): did for kind, did in KINDS.items()}
    rng = random.Random(7)
    async with open_floor(AGENTS, projects=projects, recovery_ms=4_000) as floor:
        lengths = {kind: _lengths(kind, rng) for kind in CALLS}
        floor.phones.manner = _manners(lengths)
        async with Capture.running(udp=[floor.sip_port, floor.phones.rtp_port]) as capture, AsyncExitStack() as stack:
            sipps = []
            for kind, number in KINDS.items():
                playing = callers(
                    floor,
                    [number] * CALLS[kind],
                    rate=CALLS[kind] / 90,
                    talk_ms=[int(seconds * 1_000) for seconds in lengths[kind]],
                    scenario=SCENARIO.get(kind, "speaking_callers"),
                    limit_s=int(WITHIN_S),
                )
                sipps.append(await stack.enter_async_context(playing))
            await asyncio.gather(*(sipp.finished(within_s=WITHIN_S) for sipp in sipps))
            busy = load_average()
            await _derived(floor, sum(CALLS.values()))
        return *evaluate(capture, floor, _records(floor)), busy


def _lengths(kind: str, rng: random.Random) -> list[float]:
    """Seconds: the longest first, so that everything is over soon after it."""
    if kind == "caller_bye":
        long = [LONGEST_S, 240.0, 180.0, 120.0, 90.0, 60.0, 45.0, 30.0]
        return long + [round(0.2 * 100 ** rng.random(), 3) for _ in range(CALLS[kind] - len(long))]
    if kind == "agent_bye":
        return [200.0, 100.0, 50.0] + [round(0.2 * 75 ** rng.random(), 3) for _ in range(CALLS[kind] - 3)]
    if kind == "vanished":  # long enough to be kept, ring in vain, and be given to another agent
        return [round(rng.uniform(30, 40), 3) for _ in range(CALLS[kind])]
    if kind == "abandoned":
        return [round(rng.uniform(0.2, 7), 3) for _ in range(CALLS[kind])]
    return [round(rng.uniform(0.2, 6), 3) for _ in range(CALLS[kind])]


def _manners(lengths: dict[str, list[float]]) -> Any:
    """What a phone does is known by the number that was called, which it shows."""
    kind_of = {did: kind for kind, did in KINDS.items()}
    byes = cycle(lengths["agent_bye"])
    vanishing = cycle((1.5, None, 3.2, None, 6.1, None, 4.4, None))
    refusing = cycle(("486 Busy Here", None))
    ringing = cycle((0.0, 0.3, 1.1))

    def manner(_user: str, invite: Message) -> Manner:
        kind = kind_of.get(invite["from"].partition("sip:")[2].partition("@")[0], "")
        if kind == "agent_bye":
            return Manner(answer_after_s=next(ringing), bye_after_s=next(byes))
        if kind == "abandoned":
            return Manner(answer_after_s=None)
        if kind == "busy":
            return Manner(refuse_with=next(refusing))
        if kind == "vanished":
            return Manner(vanish_after_s=next(vanishing))
        return Manner(answer_after_s=next(ringing))

    return manner


async def _derived(floor: SwitchFloor, calls: int) -> None:
    """The worker has derived all calls."""
    async with asyncio.timeout(60):
        while len(_records(floor)) < calls:  # noqa: ASYNC110 - another process derives them
            await asyncio.sleep(0.5)


def _records(floor: SwitchFloor) -> list[dict[str, Any]]:
    path = floor.house.directory / "fernamt.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        found = [json.loads(row[0]) for row in database.execute("SELECT record FROM cdrs ORDER BY started_at")]
    return [record for record in found if record["did"] in KINDS.values()]


# -- the packets' side -------------------------------------------------------------------------------------------------


def _dialogs(sip: list[SipSeen], floor: SwitchFloor) -> tuple[dict[str, Dialog], dict[str, Dialog]]:
    """Callers' and agents' calls by their Call-ID."""
    found: tuple[dict[str, Dialog], dict[str, Dialog]] = ({}, {})
    for message in sip:
        at_agent = floor.phones.port in {message.source, message.target}
        dialogs = found[1 if at_agent else 0]
        dialog = dialogs.get(message.call_id)
        if dialog is None:
            to_here = message.target == (floor.phones.port if at_agent else floor.sip_port)
            if message.is_request and message.method == "INVITE" and to_here and not message.asked_of.startswith("*"):
                dialogs[message.call_id] = Dialog(message.asked_of, message.at_us)
            continue
        if message.method == "INVITE" and message.status == 200:
            dialog.answered = dialog.answered or message.at_us
        elif (message.is_request and message.method in {"BYE", "CANCEL"}) or (
            message.method == "INVITE" and message.status >= 300
        ):
            dialog.gone = dialog.gone or message.at_us
    return found


def evaluate(capture: Capture, floor: SwitchFloor, records: list[dict[str, Any]]) -> tuple[dict[str, list[float]], Counter[str]]:
    """Milliseconds by which each metered edge is later than its packet."""
    callers_seen, agents_seen = _dialogs(capture.sip(), floor)
    last_heard = _last_heard(capture, floor)
    by_number: dict[str, list[Dialog]] = defaultdict(list)
    for dialog in sorted(callers_seen.values(), key=lambda one: one.invited):
        by_number[dialog.asked_of].append(dialog)
    edges: dict[str, list[float]] = defaultdict(list)
    counts: Counter[str] = Counter(records=len(records))
    numbers = {did: iter(dialogs) for did, dialogs in by_number.items()}
    for record in records:
        caller = next(numbers[record["did"]])
        _compare(record, caller, agents_seen=agents_seen, last_heard=last_heard, edges=edges, counts=counts)
    return edges, counts


def _last_heard(capture: Capture, floor: SwitchFloor) -> dict[str, int]:
    """Of every call whose phone vanished: its last RTP packet."""
    by_port: dict[int, list[int]] = defaultdict(list)
    for at_us, port in capture.rtp(source=floor.phones.rtp_port):
        by_port[port].append(at_us)
    found = {}
    for call_id, media in floor.phones.vanished.items():
        vanished_us = floor.phones.vanished_at_us[call_id]
        found[call_id] = max((at for at in by_port[media[1]] if at <= vanished_us + 50_000), default=vanished_us)
    return found


def _compare(
    record: dict[str, Any],
    caller: Dialog,
    *,
    agents_seen: dict[str, Dialog],
    last_heard: dict[str, int],
    edges: dict[str, list[float]],
    counts: Counter[str],
) -> None:
    edges["caller_came"].append((record["started_at"] - caller.invited) / 1_000)
    outside = next(leg for leg in record["legs"] if leg["role"] == "outside")
    if caller.gone is not None:
        edges["caller_gone"].append((outside["pieces"][-1][2] - caller.gone) / 1_000)
    talked = False
    for leg in record["legs"]:
        counts["estimated"] += leg["is_estimated"]
        if leg["role"] != "agent" or not leg["pieces"]:  # a phone that never rang: refused at once, or lost its network
            continue
        counts["legs"] += 1
        found = _of_leg(leg, agents_seen)
        if found is None:
            continue
        counts["legs_found"] += 1
        call_id, dialog = found
        ringing = [piece for piece in leg["pieces"] if piece[0] == "ring"]
        if ringing:
            edges["ring_began"].append((ringing[0][1] - dialog.invited) / 1_000)
            ended = min(at for at in (dialog.answered, dialog.gone, 1 << 62) if at is not None)
            edges["ring_ended"].append((ringing[-1][2] - ended) / 1_000)
        talk = [piece for piece in leg["pieces"] if piece[0] == "talk"]
        if talk and dialog.answered is not None:
            first = max(dialog.answered, caller.answered or 0) if not talked else dialog.answered
            talked = True
            edges["talk_began"].append((talk[0][1] - first) / 1_000)
            if call_id in last_heard and (leg["is_estimated"] or _was_to_be_noticed(last_heard[call_id], caller)):
                counts["vanished"] += 1
                counts["vanished_flagged"] += bool(leg["is_estimated"])
                edges["vanished_end"].append((talk[-1][2] - last_heard[call_id]) / 1_000)
            else:
                gone = min(at for at in (dialog.gone, caller.gone) if at is not None)
                edges["talk_ended"].append((talk[-1][2] - gone) / 1_000)


def _was_to_be_noticed(last_heard_us: int, caller: Dialog) -> bool:
    """The caller did not say goodbye before anybody could notice that the phone had vanished."""
    return (caller.gone or 1 << 62) > last_heard_us + (RTP_TIMEOUT_S + 1) * 1_000_000


def _of_leg(leg: dict[str, Any], agents_seen: dict[str, Dialog]) -> tuple[str, Dialog] | None:
    """The agent's call on the wire: the same agent's, begun nearest to the leg's first sign."""
    began = leg["pieces"][0][1]
    near = [(abs(d.invited - began), call_id, d) for call_id, d in agents_seen.items() if d.asked_of == leg["agent_id"]]
    if not near:
        return None
    distance, call_id, dialog = min(near, key=lambda one: one[0])
    return (call_id, dialog) if distance < 1_000_000 else None
