"""Strange callers and a switch that stands still, on a real Asterisk."""

import contextlib
import os
import socket
from collections.abc import Iterator

import pytest

from telephony.commands import AnswerLeg
from telephony.engine.ports import CallerArrived
from telephony.events import CommandFailed, LegHungUp
from tests.contract.switch.asterisk_world import AsteriskWorld
from tests.contract.switch.world import Play

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


@contextlib.contextmanager
def invite(world: AsteriskWorld, sender: bytes, number: str = "4930555100") -> Iterator[None]:
    """A call by hand, with any bytes in its From header; given up at the end."""
    tag = os.urandom(6).hex()  # a port may come again within a transaction's life
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        port, node = line.getsockname()[1], world.node.settings.sip_port
        head = (
            f"SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{tag}\r\nMax-Forwards: 70\r\nTo: <sip:{number}@127.0.0.1>\r\n"
            f"Call-ID: {tag}@test\r\nContact: <sip:a@127.0.0.1:{port}>\r\n"
        )
        sdp = f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port + 1} RTP/AVP 8\r\n"

        def message(method: str, body: str = "") -> bytes:
            start = f"{method} sip:{number}@127.0.0.1:{node} SIP/2.0\r\nVia: {head}CSeq: 1 {method}\r\n".encode()
            kind = b"Content-Type: application/sdp\r\n" if body else b""
            return start + b"From: " + sender + b";tag=1\r\n" + kind + f"Content-Length: {len(body)}\r\n\r\n{body}".encode()

        line.sendto(message("INVITE", sdp), ("127.0.0.1", node))
        yield
        line.sendto(message("CANCEL"), ("127.0.0.1", node))


@pytest.mark.parametrize(
    "sender",
    [
        b'"' + "Jürgen ".encode() * 600 + b'" <sip:491701@127.0.0.1>',
        b'"' + bytes(range(128, 256)) * 32 + b'" <sip:491701@127.0.0.1>',
        b'"' + b"\xc3(" * 2000 + b'" <sip:491701@127.0.0.1>',
        b'"x" <sip:491701%0d%0aAction%3a%20Originate@127.0.0.1>',
        b'"a%0d%0ab\\"c" <sip:491701@127.0.0.1>',
    ],
    ids=["4kB", "no UTF-8", "broken UTF-8", "CR/LF in the number", "escapes in the name"],
)
async def test_a_strange_caller_is_announced_on_one_clean_line_and_harms_nobody(world: AsteriskWorld, sender: bytes) -> None:
    play = Play(world)
    with invite(world, sender):
        arrived = await play.fact(CallerArrived)
        for text in (arrived.ani, arrived.ani_name):
            assert text is None or (text.isprintable() and len(text) <= 256)
        seen = {leg.leg_id: leg for leg in (await world.snapshot()).legs}
        assert seen[arrived.leg_id].arrived is not None
    await play.fact(LegHungUp, arrived.leg_id)
    await world.switch.beat(world.now())
    assert world.facts.disconnects == 0


async def test_a_switch_that_stood_still_tells_everything_afterwards(world: AsteriskWorld) -> None:
    play = Play(world)
    caller, arrived = await play.arrival()
    world.node.suspend()
    await caller.hang_up()
    await world.passes(2)
    world.node.resume()
    await play.fact(LegHungUp, arrived.leg_id)
    assert world.facts.story(arrived.leg_id) == ["CallerArrived", "LegHungUp"]
    assert world.facts.disconnects == 0


async def test_a_command_to_a_cut_line_fails_as_disconnected_and_only_once(world: AsteriskWorld) -> None:
    play = Play(world)
    caller, arrived = await play.arrival()
    world.switch.line.cut()
    world.switch.send([AnswerLeg(call_id=play.call_id, switch=world.switch.name, leg_id=arrived.leg_id)])
    assert world.facts.of(CommandFailed) == []  # never from inside `send`: the turn is not entered twice
    assert (await play.failed("AnswerLeg", arrived.leg_id)).reason == "disconnected"
    await world.until(lambda: True if world.facts.connects == 2 else None, "the connection again")
    assert len(world.facts.of(CommandFailed, arrived.leg_id)) == 1
    await caller.hang_up()
    await play.fact(LegHungUp, arrived.leg_id)
