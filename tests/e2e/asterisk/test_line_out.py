"""What leaves by the line out, as the carrier reads it: the number shown, by every profile; and what its refusals mean."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from bench.sip_message import Message
from fernamt.node.ports import free_ports
from fernamt.node.settings import Trunk
from telephony.causes import HangupCause
from telephony.commands import AnswerLeg
from telephony.engine.ports import CallerArrived
from telephony.events import LegHungUp
from telephony.switch.asterisk.settings import LineOut
from tests.contract.switch.asterisk_world import AsteriskWorld, asterisk_world
from tests.contract.switch.world import OUTSIDER, SHOWN, Play

pytestmark = [pytest.mark.asyncio, pytest.mark.e2e]


OURS = "+493023125501"


class Carrier(asyncio.DatagramProtocol):
    """Keeps every INVITE, and refuses it with one status."""

    def __init__(self, status: str) -> None:
        self.invites: list[Message] = []
        self._status = status

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        message = Message(data)
        if message.status or message.method != "INVITE":
            return
        self.invites.append(message)
        copied = [f"{name}: {value}" for name, value in message.headers if name in ("via", "from", "call-id", "cseq")]
        answer = [f"SIP/2.0 {self._status}", *copied, f"to: {message['to']};tag=carrier", "content-length: 0", "", ""]
        self._transport.sendto("\r\n".join(answer).encode(), address)


@asynccontextmanager
async def a_line(
    directory: Path, shows_in: str, status: str, *, tells_diversion: bool = False
) -> AsyncIterator[tuple[AsteriskWorld, Carrier]]:
    port = free_ports(1)[0]
    transport, carrier = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Carrier(status), local_addr=("127.0.0.1", port)
    )
    trunk = Trunk(name="trunk", host="127.0.0.1", port=port, qualify_every_s=0)
    line_out = LineOut(trunk="trunk", host="127.0.0.1", port=port, account="pilot", shows_in=shows_in)
    line_out = replace(line_out, tells_diversion=tells_diversion)
    try:
        async with asterisk_world(directory, {"trunks": (trunk,)}, line_out=line_out) as world:
            yield world, carrier
    finally:
        transport.close()


async def refused(world: AsteriskWorld, *, diverted_from: str | None = None, is_heard: bool = False) -> LegHungUp:
    play = Play(world)
    caller, arrived = await play.arrival()
    assert isinstance(arrived, CallerArrived)
    dial = structs.replace(play.dial(OUTSIDER, arrived.leg_id), diverted_from=diverted_from)
    if is_heard:  # before the answer
        dial = structs.replace(dial, heard_in=play.bridge_id)
        answer = AnswerLeg(call_id=play.call_id, switch=world.switch.name, leg_id=arrived.leg_id)
        create, join = play.bridge(arrived.leg_id)
        world.switch.send([answer, create, join])
    world.switch.send([dial])
    ended = await play.fact(LegHungUp, dial.leg_id)
    await caller.hang_up()
    await play.fact(LegHungUp, arrived.leg_id)
    return ended


@pytest.mark.parametrize(
    ("shows_in", "sender", "asserted"), [("from", SHOWN, ""), ("asserted", "pilot", SHOWN), ("both", SHOWN, SHOWN)]
)
@pytest.mark.parametrize("is_heard", [False, True], ids=["at one stroke", "heard before the answer"])
async def test_the_carrier_reads_the_number_shown_where_its_profile_says(
    tmp_path: Path, shows_in: str, sender: str, asserted: str, *, is_heard: bool
) -> None:
    async with a_line(tmp_path, shows_in, "486 Busy Here") as (world, carrier):
        ended = await refused(world, is_heard=is_heard)
        assert ended.cause is HangupCause.BUSY
        (invite, *again) = carrier.invites
        assert not [other for other in again if other["call-id"] != invite["call-id"]], "dialled once"
    assert invite.first.startswith(f"INVITE sip:{OUTSIDER}@")
    assert invite["from"].startswith(f"<sip:{sender}@"), "and nobody's name"
    identities = [value for name, value in invite.headers if name == "p-asserted-identity"]
    assert identities == ([f"<sip:{asserted}@127.0.0.1>"] if asserted else [])
    said = " ".join(value for name, value in invite.headers if name in ("from", "contact", "p-asserted-identity", "diversion"))
    assert "491701234567" not in said, "the caller's own number stays with us"


@pytest.mark.parametrize("shows_in", ["from", "asserted", "both"])
async def test_a_caller_sent_on_is_told_with_the_number_they_had_dialled_where_the_profile_says_so(
    tmp_path: Path, shows_in: str
) -> None:
    async with a_line(tmp_path, shows_in, "486 Busy Here", tells_diversion=True) as (world, carrier):
        await refused(world, diverted_from=OURS)
        invite = carrier.invites[0]
    assert [value for name, value in invite.headers if name == "diversion"] == [f"<sip:{OURS}@127.0.0.1>;reason=deflection"]
    said = " ".join(value for name, value in invite.headers if name in ("from", "contact", "p-asserted-identity"))
    assert OURS not in said
    assert "491701234567" not in said


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        ("404 Not Found", HangupCause.UNALLOCATED),
        ("480 Temporarily Unavailable", HangupCause.NO_ANSWER),
        ("484 Address Incomplete", HangupCause.INVALID_NUMBER),
        ("603 Decline", HangupCause.REJECTED),
    ],
)
async def test_a_refusal_of_the_carrier_has_its_meaning(tmp_path: Path, status: str, cause: HangupCause) -> None:
    async with a_line(tmp_path, "from", status) as (world, _carrier):
        assert (await refused(world)).cause is cause
