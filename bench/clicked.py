"""Agents who keep a line open: from their click to the INVITE at the callee's, and from the callee's 200 OK to the agent's voice.

Click: the first packet of the API's request at the service. Beside it a bare AMI Originate of the callee's line alone, from the
packet that asks for it; both take turns on the same Asterisk. The callee rings a moment, answers, and hangs up. Voice: all phones
talk all the while, 50 packets a second, each with bytes of its own, by which the first one of that agent's at the callee's is
known; half of those 20 ms is the wait for the next packet. Times are of the packets, by the kernel.
"""

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yarl import URL

from bench.decision import quantile
from bench.dialled import RATES, RINGS_S, WARM, Ground, beside_bare, by_turns, measured, opened, unreached
from bench.sip_message import Message
from bench.softphones import Manner
from bench.switch_floor import load_average
from bench.wire import Capture, Packet, SipSeen
from fernamt.demo.house import SWITCH
from tests.e2e.service.desk import Desk
from tests.e2e.service.watching import eventually

CALLEE_RINGS_S = TALK_S = 0.2
HEARD_MS = 200.0
"""So soon the agent is heard."""
PACKET_S, LATEST_US = 0.02, 5_000_000
_OURS, _BARE = re.compile(rb'"(\+49171[0-9]{7})"'), re.compile(rb"sip:(49172[0-9]{7})@")


@dataclass(frozen=True, slots=True)
class Run:
    """One run: milliseconds, and what went wrong."""

    ours: list[float]
    bare: list[float]
    heard: list[float]
    failed: int
    unheard: int
    busy: float


def records(database: str, create: Callable[[str], str] | None = None) -> list[dict[str, Any]]:
    """The records of one run on that database, made anew for each rate; SQLite in the floor's folder where none is created."""
    return [
        figure for rate in RATES for figure in _figures(rate, database, None if create is None else create(f"clicked_{rate:.0f}"))
    ]


def _figures(rate: float, database: str, url: str | None) -> list[dict[str, Any]]:
    run, beside = asyncio.run(_measure(rate, url)), f"{rate:.0f}/s, {database}"
    slowest = max(run.heard, default=0.0)
    return [
        *beside_bare("click_to_callee_invite", beside, run.ours, run.bare, is_promised=rate == RATES[-1]),
        {"name": f"callee_200_to_agent_heard_p50 ({beside})", "value": quantile(run.heard, 0.5), "unit": "ms"},
        {
            "name": f"callee_200_to_agent_heard_slowest ({beside})",
            "value": slowest,
            "unit": "ms",
            "target": HEARD_MS,
            "ok": slowest <= HEARD_MS,
        },
        {"name": f"clicks_measured ({beside})", "value": len(run.ours), "unit": "calls", "baseline": len(run.bare)},
        {"name": f"clicks_failed ({beside})", "value": run.failed, "unit": "calls", "target": 0, "ok": run.failed == 0},
        {"name": f"agents_never_heard ({beside})", "value": run.unheard, "unit": "calls", "target": 0, "ok": run.unheard == 0},
        {"name": f"clicking_load_average ({beside})", "value": run.busy, "unit": "processes"},
    ]


async def _measure(rate: float, url: str | None) -> Run:
    media: dict[str, int] = {}
    dialled: dict[str, asyncio.Event] = {}

    def answers(number: str, invite: Message) -> Manner:
        address = invite.media()
        media[number] = 0 if address is None else address[1]
        dialled.setdefault(number, asyncio.Event()).set()
        return Manner(answer_after_s=CALLEE_RINGS_S, bye_after_s=TALK_S)

    async with opened(url, answers, keeps_line=True) as ground:
        await _lines_open(ground)
        house, carrier = ground.floor.house, ground.carrier
        web, manager = URL(house.url).port or 0, house.settings.switch[SWITCH].ami_port
        async with Capture.running(udp=[ground.floor.sip_port, carrier.rtp_port], tcp=[web, manager]) as capture:
            who, statuses = await _click(rate, ground, dialled)
            await asyncio.sleep(3)
            busy = load_average()
    sip, clicked = capture.sip(port=carrier.port), _clicks(capture.packets, web, manager)
    took = _dialled(sip, carrier.port, clicked)
    talks = [number for number in who if number.startswith("+") and number in took][WARM:]
    voices = [packet for packet in capture.packets if packet.sequence < 0 and packet.target == carrier.rtp_port]
    heard = _heard(voices, _answered(sip, carrier.port), {number: (media[number], voice_of(who[number])) for number in talks})
    return Run(*measured(took, who), heard, unreached(took, who, statuses), len(talks) - len(heard), busy)


async def _lines_open(ground: Ground) -> None:
    """Every agent at a desk has their line open, and talks."""
    phones = ground.floor.phones
    phones.manner = lambda _user, _invite: Manner(answer_after_s=RINGS_S)
    phones.sound, phones.rtp_every_s = voice_of, PACKET_S

    async def opens(name: str, desk: Desk) -> None:
        await desk.do(f"/agents/{name}/open-line")

        async def is_open() -> bool | None:
            _, said = await desk.ask("GET", f"/agents/{name}")
            return True if said["now"]["open_line"] == "open" else None

        await eventually(is_open, f"the open line of {name}")

    for name, desk in ground.desks.items():
        await opens(name, desk)


async def _click(rate: float, ground: Ground, dialled: dict[str, asyncio.Event]) -> tuple[dict[str, str], Counter[int]]:
    carrier = ground.carrier

    async def over(_name: str, number: str) -> None:
        await dialled.setdefault(number, asyncio.Event()).wait()
        await carrier.rests(number)

    def bare(_phone: str, number: str) -> None:
        ground.act(f"Channel: PJSIP/line/sip:{number}@127.0.0.1:{carrier.port}\r\nApplication: Wait\r\nData: 5")

    return await by_turns(rate, ground, over, bare)


def voice_of(agent: str) -> bytes:
    """What is in each packet of that agent's phone: a noise that nobody else makes."""
    return hashlib.md5(agent.encode(), usedforsecurity=False).digest() * 10


def _clicks(packets: Sequence[Packet], web: int, manager: int) -> dict[str, int]:
    """When each number was asked for: of the service, or of Asterisk's manager interface."""
    began_us: dict[int, int] = {}
    asked: dict[str, int] = {}
    for packet in packets:
        if packet.sequence >= 0 and packet.target == web:
            if packet.payload.startswith(b"POST /api/v1/calls "):
                began_us[packet.source] = packet.at_us
            for number in _OURS.findall(packet.payload):
                asked.setdefault(number.decode(), began_us.get(packet.source, packet.at_us))
        elif packet.sequence >= 0 and packet.target == manager:
            for number in _BARE.findall(packet.payload):
                asked.setdefault(number.decode(), packet.at_us)
    return asked


def _dialled(sip: Sequence[SipSeen], carrier: int, clicked: Mapping[str, int]) -> dict[str, float]:
    """Milliseconds by number: from what was asked to the first INVITE for it."""
    took: dict[str, float] = {}
    for message in sip:
        number = message.asked_of
        if message.is_request and message.method == "INVITE" and message.target == carrier and number in clicked:
            took.setdefault(number, (message.at_us - clicked[number]) / 1_000)
    return took


def _answered(sip: Sequence[SipSeen], carrier: int) -> dict[str, int]:
    """When each number answered first."""
    number_of: dict[str, str] = {}
    answered: dict[str, int] = {}
    for message in sip:
        if message.method == "INVITE" and message.is_request:
            number_of.setdefault(message.call_id, message.asked_of)
        elif message.method == "INVITE" and message.status == 200 and message.source == carrier:
            answered.setdefault(number_of.get(message.call_id, ""), message.at_us)
    return answered


def _heard(voices: Sequence[Packet], answered: Mapping[str, int], of: Mapping[str, tuple[int, bytes]]) -> list[float]:
    """Milliseconds from each answer to that agent's first packet. `of`: from which port, and how the agent sounds."""
    came: dict[tuple[int, bytes], list[int]] = {}
    for packet in voices:
        came.setdefault((packet.source, packet.payload[12:]), []).append(packet.at_us)
    heard = []
    for number, sound in of.items():
        began_us = answered.get(number, 0)
        first = next((at_us for at_us in came.get(sound, ()) if began_us <= at_us <= began_us + LATEST_US), None)
        if began_us and first is not None:
            heard.append((first - began_us) / 1_000)
    return heard
