"""How soon an agent who calls somebody knows what becomes of it: from the callee's response on the wire to their desk and ear.

Agents call over the API, eight at a time, beside each other. The callee rings for half a second and then is busy (486), declines
(603), does not answer (408), is not there (480) or does not exist (404). Desk: the packet that completed the first frame of the
agent's own live channel that says so. Ear: the first packet to the agent's phone in which something is heard while the callee
rings, and the first such packet of the announcement, known by its bytes; each announcement begins with 200 ms of silence, which
are in the figure. All times are the kernel's. Of each figure the middle and the slowest.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from yarl import URL

from bench.calling_out import calling_out, may_show
from bench.decision import quantile
from bench.dialled import AGENT_USER
from bench.sip_message import Message
from bench.softphones import Manner, Softphones
from bench.switch_floor import SwitchFloor, load_average, open_floor
from bench.wire import Capture, Packet
from fernamt.demo.house import CHECKOUT, SWITCH
from tests.e2e.service.desk import Desk, at_desk

AGENTS, EACH, WARM = 8, 24, 10
TARGET_MS = 300.0
RINGS_S, CALLEE_RINGS_S = 0.1, 0.5
LONGEST_S, BETWEEN_S = 12.0, 0.3
SOUNDS = CHECKOUT / "asterisk-conf" / "sounds"
FRAME, SILENCE = 160, bytes([0xD5]) * 160
LOUD = 8
"""So many different bytes at the least has a packet in which something is heard."""


@dataclass(frozen=True, slots=True)
class End:
    """One way in which nobody is reached: what the callee's network says, and what the agent is told."""

    status: str
    note: str
    sound: str


ENDS = (
    End("486 Busy Here", "busy", "dial-busy"),
    End("603 Decline", "rejected", "dial-rejected"),
    End("408 Request Timeout", "no_answer", "dial-no-answer"),
    End("480 Temporarily Unavailable", "unreachable", "dial-unreachable"),
    End("404 Not Found", "invalid", "unknown-number"),
)


@dataclass(slots=True)
class Dialled:
    """One call. `media`: the port from which Asterisk sends to the agent's phone; times are of packets, 0: never seen."""

    end: End
    desk_port: int
    call_id: str = ""
    media: int = 0
    rang_us: int = 0
    ended_us: int = 0
    shown_ringing_us: int = 0
    shown_end_us: int = 0


def run() -> list[dict[str, Any]]:
    """The records of one run."""
    calls, packets, busy = asyncio.run(_measure())
    took, lost = _times(calls, packets)
    records: list[dict[str, Any]] = []
    for name, found in took.items():
        for part, value in (("p50", quantile(found, 0.5)), ("slowest", max(found))):
            record = {"name": f"{name}_{part}", "value": value, "unit": "ms"}
            records.append(record | ({"target": TARGET_MS, "ok": value <= TARGET_MS} if part == "slowest" else {}))
    return [
        *records,
        {"name": "calls_measured", "value": len(calls), "unit": "calls"},
        {"name": "progress_never_seen", "value": lost, "unit": "times", "target": 0, "ok": lost == 0},
        {"name": "load_average", "value": busy, "unit": "processes"},
    ]


async def _measure() -> tuple[list[Dialled], list[Packet], float]:
    carrier = await Softphones.open(("127.0.0.1", 0), {}, speaks=False)
    names = [f"a{number:03}" for number in range(1, AGENTS + 1)]
    try:
        async with AsyncExitStack() as stack:
            floor = await stack.enter_async_context(
                open_floor(
                    AGENTS,
                    has_queues=False,
                    more=calling_out() + "".join(AGENT_USER.format(name=name) for name in names),
                    changes={f"switch.{SWITCH}.trunk.line": {"port": carrier.port}},
                    before_service=may_show,
                )
            )
            desks = {name: await stack.enter_async_context(at_desk(floor.house, name)) for name in names}
            web = URL(floor.house.url).port or 0
            capture = await stack.enter_async_context(Capture.running(udp=[floor.sip_port, floor.phones.rtp_port], tcp=[web]))
            ports = {name: await stack.enter_async_context(_watching(desk)) for name, desk in desks.items()}
            calls = await _call(desks, ports, floor, carrier)
            await asyncio.sleep(1)
            busy = load_average()
    finally:
        await carrier.close()
    _read(capture, calls, carrier.port, web)
    return list(calls.values())[WARM:], capture.packets, busy


@asynccontextmanager
async def _watching(desk: Desk) -> AsyncIterator[int]:
    """The agent's page has its live channel; yields the page's own port."""
    async with desk.http.ws_connect(f"{desk.url}/api/v1/live", headers={"Origin": desk.url}) as socket:
        await socket.send_json({"type": "start"})

        async def read() -> None:
            async for _ in socket:
                pass

        reading = asyncio.create_task(read())
        yield int(socket.get_extra_info("sockname")[1])
        reading.cancel()


async def _call(
    desks: Mapping[str, Desk], ports: Mapping[str, int], floor: SwitchFloor, carrier: Softphones
) -> dict[str, Dialled]:
    """The calls by the number called."""
    calls: dict[str, Dialled] = {}
    now_of: dict[str, Dialled] = {}
    rung = {name: asyncio.Event() for name in desks}
    wanted = [ENDS[turn % len(ENDS)] for turn in range(WARM + EACH * len(ENDS))]
    turns = iter(enumerate(wanted))

    def answers(user: str, invite: Message) -> Manner:
        media = invite.media()
        if user in now_of and media is not None:
            now_of[user].media = media[1]
            rung[user].set()
        return Manner(answer_after_s=RINGS_S)

    async def agent(name: str) -> None:
        for turn, end in turns:
            number = f"+49171{3_920_000 + turn}"
            call = calls[number] = now_of[name] = Dialled(end, ports[name])
            body = {"project_id": "ours", "number": number, "reference": {"kind": "task", "id": "bench"}}
            status, said = await desks[name].ask("POST", "/calls", body)
            if status != 200:
                raise RuntimeError(f"{name} may not call {number}: {status} {said}")
            call.call_id = said["call_id"]
            async with asyncio.timeout(LONGEST_S):
                await rung[name].wait()
                await floor.phones.rests(name)  # the announcement was heard to its end
            rung[name].clear()
            await asyncio.sleep(BETWEEN_S)

    floor.phones.manner = answers
    carrier.manner = lambda number, _invite: Manner(refuse_with=calls[number].end.status, refuse_after_s=CALLEE_RINGS_S)
    await asyncio.gather(*(agent(name) for name in desks))
    return calls


def _read(capture: Capture, calls: Mapping[str, Dialled], carrier: int, web: int) -> None:
    """What the wire says of each call is noted in it."""
    asked: dict[str, Dialled] = {}
    for message in capture.sip(port=carrier):
        if message.is_request and message.method == "INVITE" and message.asked_of in calls:
            asked[message.call_id] = calls[message.asked_of]
        elif message.source == carrier and message.method == "INVITE" and message.call_id in asked:
            call = asked[message.call_id]
            if message.status == 180:
                call.rang_us = call.rang_us or message.at_us
            elif message.status >= 300:
                call.ended_us = call.ended_us or message.at_us
    by_id = {call.call_id: call for call in calls.values()}
    for at_us, is_ours, frame in capture.frames(web):
        for change in frame.get("changes", ()) if is_ours else ():
            row = change.get("row") or {}
            if change["kind"] == "call" and row.get("call_id") in by_id:
                _note(by_id[row["call_id"]], row, at_us)


def _note(call: Dialled, row: Mapping[str, Any], at_us: int) -> None:
    """The agent's page shows the call like that."""
    if row["callee"] == "ringing":
        call.shown_ringing_us = call.shown_ringing_us or at_us
    if row["outside_note"] == call.end.note:
        call.shown_end_us = call.shown_end_us or at_us


def _times(calls: Sequence[Dialled], packets: Sequence[Packet]) -> tuple[dict[str, list[float]], int]:
    """Milliseconds by figure, and how often something never came."""
    heard: dict[int, list[Packet]] = defaultdict(list)
    for packet in packets:
        if packet.sequence < 0 and packet.payload[:1] == b"\x80" and len(packet.payload) >= 12 + FRAME:
            heard[packet.source].append(packet)
    took: dict[str, list[float]] = defaultdict(list)
    lost = 0
    for call in calls:
        of_call = [packet for packet in heard[call.media] if call.rang_us <= packet.at_us <= call.ended_us + 10_000_000]
        words = _words_of(call.end.sound)
        tone = next((p.at_us for p in of_call if _is_loud(p.payload[12:])), 0)
        told = next((p.at_us for p in of_call if p.at_us >= call.ended_us and p.payload[12 : 12 + FRAME] in words), 0)
        for name, began_us, came_us in (
            ("ringing_to_desk", call.rang_us, call.shown_ringing_us),
            ("ringing_to_ear", call.rang_us, tone),
            (f"{call.end.note}_to_desk", call.ended_us, call.shown_end_us),
            (f"{call.end.note}_to_ear", call.ended_us, told),
        ):
            if began_us and came_us:
                took[name].append((came_us - began_us) / 1_000)
            else:
                lost += 1
    return took, lost


def _words_of(sound: str) -> frozenset[bytes]:
    """All packets of the announcement in which something is heard, in either language."""
    files = [path.read_bytes() for path in SOUNDS.glob(f"*/fernamt/{sound}.alaw")]
    cut = (file[at : at + FRAME] for file in files for at in range(0, len(file) - FRAME, FRAME))
    return frozenset(frame for frame in cut if _is_loud(frame))


def _is_loud(frame: bytes) -> bool:
    return frame[:FRAME] != SILENCE and len(set(frame[:FRAME])) >= LOUD
