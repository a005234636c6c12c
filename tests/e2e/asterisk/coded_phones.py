"""Two people who speak the tone code to each other through a real Asterisk, each packet's instant noted; some are lost."""

import asyncio
import math
import random
import secrets
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.sip_message import Address
from telephony.commands import AnswerLeg
from telephony.engine.ports import CallerArrived
from telephony.events import LegAnswered, LegJoined
from telephony.identifiers import LegId
from tests.contract.switch.asterisk_world import AsteriskWorld
from tests.contract.switch.world import CALLER, DID, OUTSIDER, Play
from tests.e2e.asterisk.at_once import Precedence, at_once
from tests.e2e.asterisk.codings import CODINGS, coded
from tests.e2e.asterisk.counted_sound import PACKET_S, Carrier, Listener, Sound
from tests.e2e.asterisk.tone_code import spoken
from tests.e2e.patience import soon

SLOTS = 400
"""Forty seconds: a test is over before."""
_SO_TIMESTAMPNS = 35
"""Of Linux: each packet with the time it came in (socket(7)); Python has no name for it."""


@dataclass(frozen=True)
class Code:
    """A party's code as a phone sends it."""

    party: str
    codec: str
    packets: tuple[bytes, ...]

    @classmethod
    def of(cls, party: str, codec: str) -> "Code":
        return cls(party, codec, coded(spoken(party, SLOTS), codec))


class Coded(Sound):
    """Speaks the code once, a packet every 20 ms; a share of the packets is lost. Knows when packets of the `other` code came."""

    def __init__(self, code: Code, *, other: Code | None = None, loss: float = 0.0, sequence: int = 0) -> None:
        super().__init__()
        self.code = code
        self._numbers = {} if other is None else {packet: number for number, packet in enumerate(other.packets)}
        self.came: dict[int, float] = {}
        """The instant the switch passed each packet of the other's on, by the kernel's clock: no load of ours makes it late."""
        self.passed_on: dict[int, float] = {}
        """The same of every packet, whatever is in it, by its place in the time of its stream."""
        self._chance = random.Random(code.party)
        self._loss = loss
        self._sequence = sequence
        self._source = secrets.token_bytes(4)
        self.sent: dict[int, float] = {}
        """The instant each packet left that was not lost."""

    def stamped(self, packet: bytes, at: float) -> None:
        """That packet came in then."""
        self.passed_on.setdefault(int.from_bytes(packet[4:8]) // CODINGS[self.code.codec].ticks, at)
        number = self._numbers.get(packet[12:])
        if number is not None:
            self.came.setdefault(number, at)

    def left(self, number: int) -> float:
        """The instant that packet left; of a lost one the next: no switch makes up what was lost before it has that."""
        return next((self.sent[n] for n in range(number, len(self.code.packets)) if n in self.sent), math.inf)

    def begin_again(self, sequence: int) -> None:
        """The stream goes on as another one, from that sequence number: so does a phone after a hold, or another agent."""
        self._sequence, self._source = sequence, secrets.token_bytes(4)

    async def _speak(self, to: Address) -> None:
        loop, began_at = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        coding = CODINGS[self.code.codec]
        for number, packet in enumerate(self.code.packets):
            head = bytes((0x80, coding.payload_type)) + (self._sequence & 0xFFFF).to_bytes(2)
            self._sequence += 1
            if self._chance.random() >= self._loss:
                self.sent[number] = loop.time()
                self._transport.sendto(head + (number * coding.ticks).to_bytes(4) + self._source + packet, to)
            await asyncio.sleep(began_at + (number + 1) * PACKET_S - loop.time())


class CodedListener(Listener):
    """A caller whose phone knows one codec."""

    def _sdp(self) -> str:
        return _in(super()._sdp(), self.sound)


class CodedCarrier(Carrier):
    """A carrier that knows one codec."""

    def _sdp(self) -> str:
        return _in(super()._sdp(), self.sound)


def _in(sdp: str, sound: Sound) -> str:
    assert isinstance(sound, Coded)
    coding = CODINGS[sound.code.codec]
    said = f"rtpmap:{coding.payload_type} {coding.name}"
    return sdp.replace("RTP/AVP 8", f"RTP/AVP {coding.payload_type}").replace("rtpmap:8 PCMA/8000", said)


@dataclass(slots=True)
class Talk:
    """They talk: the caller's leg is the one to record."""

    world: AsteriskWorld
    play: Play
    caller: Coded
    callee: Coded
    leg: LegId
    listener: CodedListener
    goes_first: Precedence
    """Phones and switch go before everything else on the machine."""


class Stamping:
    """A socket for a sound, as a transport; what comes in is stamped by the kernel."""

    def __init__(self, sound: Coded) -> None:
        self._sound, self._loop = sound, asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.bind(("127.0.0.1", 0))
        self._epoch = time.time() - self._loop.time()
        self._loop.add_reader(self._socket, self._read)

    def get_extra_info(self, _name: str) -> Address:
        return self._socket.getsockname()  # type: ignore[no-any-return]

    def sendto(self, data: bytes, to: Address) -> None:
        self._socket.sendto(data, to)

    def close(self) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _read(self) -> None:
        with suppress(BlockingIOError):
            while True:
                data, notes, _, sender = self._socket.recvmsg(2_048, 64)
                seconds, nanoseconds = struct.unpack("qq", notes[0][2])
                self._sound.stamped(data, seconds + nanoseconds / 1e9 - self._epoch)
                self._sound.datagram_received(data, sender)


@asynccontextmanager
async def sounding(sound: Coded) -> AsyncIterator[Coded]:
    """It has a socket of its own, and is silent until it is told to speak."""
    sound.connection_made(Stamping(sound))
    try:
        yield sound
    finally:
        sound.stop()


@asynccontextmanager
async def a_talk(world: AsteriskWorld, caller: Coded, callee: Coded) -> AsyncIterator[Talk]:
    """A caller and whom they were connected to, in the call's bridge, both speaking; before all others on the machine."""
    loop, play, node = asyncio.get_running_loop(), Play(world), world.node.settings
    ours = {"call_id": play.call_id, "switch": world.switch.name}
    async with AsyncExitStack() as ends:
        goes_first = await ends.enter_async_context(at_once(world.node.pid))
        for sound in (caller, callee):
            await ends.enter_async_context(sounding(sound))
        server, own = ("127.0.0.1", node.sip_port), ("127.0.0.1", node.trunks[0].port)
        one, listener = await loop.create_datagram_endpoint(lambda: CodedListener(caller, server), local_addr=("127.0.0.1", 0))
        ends.callback(one.close)
        two, carrier = await loop.create_datagram_endpoint(lambda: CodedCarrier(callee), local_addr=own)
        ends.callback(two.close)
        before = len(world.facts.of(CallerArrived))
        listener.calls(DID, CALLER)
        arrived = lambda: next(iter(world.facts.of(CallerArrived)[before:]), None)  # noqa: E731
        leg = (await world.until(arrived, "the caller")).leg_id
        create, join = play.bridge(leg)
        world.switch.send([create, AnswerLeg(**ours, leg_id=leg), join])
        await soon(listener.talks.wait())
        dial = play.dial(OUTSIDER, leg)
        world.switch.send([dial])
        await soon(carrier.dialled.wait())
        carrier.says("200 OK", sounds=True)
        await play.fact(LegAnswered, dial.leg_id)
        world.switch.send([play.bridge(dial.leg_id)[1]])
        await play.fact(LegJoined, dial.leg_id)
        yield Talk(world, play, caller, callee, leg, listener, goes_first)
        listener.hang_up()
        carrier.hangs_up()


def file_of(world: AsteriskWorld, name: str) -> Path:
    """The file of a segment with that name."""
    return world.node.settings.recording_directory / "segments" / name
