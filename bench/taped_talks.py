"""One Asterisk for measuring what recording costs: fifty talks that our adapter records, and two queues beside them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bench.crowd import Voice, guests
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

SEGMENTS = 50
_PATIENT_S = 30
"""So long a party may be without sound: this process speaks for all of them, and may be kept waiting."""
QUEUES = {False: "+4930231902", True: "+4930231903"}
"""The number of a queue that does not record, and of one that does."""
_PLAIN, _TAPED = "plain", "taped"


@asynccontextmanager
async def open_taping(directory: Path, **changes: Any) -> AsyncIterator[AsteriskWorld]:
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
        for is_taped, number in QUEUES.items()
    )
    return {
        "queues.conf": f"[general]\npersistentmembers = no\n\n[{_PLAIN}]\n{queue}[{_TAPED}]\nmonitor-format = wav\n{queue}",
        "extensions.conf": dialplan,
    }


@asynccontextmanager
async def talks(world: AsteriskWorld) -> AsyncIterator[tuple[list[tuple[CallId, LegId]], Voice]]:
    """Fifty talks, each of two who have called in and were put together: their calls with the legs to record, and their voice."""
    server = ("127.0.0.1", world.node.settings.sip_port)
    before = len(world.facts.of(CallerArrived))
    joining = asyncio.create_task(_join_pairs(world, before))
    try:
        async with guests(server, DID, 2 * SEGMENTS) as voice:
            legs = await joining
            await asyncio.sleep(1)  # their answers are through
            yield legs, voice
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
async def recorded(world: AsteriskWorld, legs: list[tuple[CallId, LegId]]) -> AsyncIterator[None]:
    """All of them are proven to be recorded inside the block."""
    sent = []
    for call, leg in legs:
        ours: dict[str, Any] = {"call_id": call, "switch": world.switch.name, "leg_id": leg, "segment_id": segment_id(call, 1)}
        sent.append(ours)
        world.switch.send([StartSegment(**ours, limit_ms=600_000)])
    for ours in sent:
        await world.until(lambda s=ours["segment_id"]: fact_of(world, SegmentProven, s), f"the proof of {ours['segment_id']}")  # type: ignore[misc]
    yield
    for ours in sent:
        world.switch.send([StopSegment(**ours)])
    for ours in sent:
        await world.until(lambda s=ours["segment_id"]: fact_of(world, SegmentEnded, s), f"the end of {ours['segment_id']}")  # type: ignore[misc]


def fact_of(world: AsteriskWorld, kind: type[Any], segment: str) -> Any:
    return next((fact for fact in reversed(world.facts.of(kind)) if fact.segment_id == segment), None)
