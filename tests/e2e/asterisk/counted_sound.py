"""Two ends of a line, their packets of sound counted: who calls in and listens, and a carrier that sounds before it answers."""

import asyncio
import math
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

from bench.sip_message import Address, Message

PACKET_S = 0.02
SAMPLES, RATE = 160, 8_000
MARK = 7
"""Bytes of it begin what a packet of ours holds; the packet's number follows."""
LOUD = 0x40
"""The segment of A-law from which on a sample is no noise: a sixteenth of the loudest."""


def a_law(sample: int) -> int:
    """The sample of 13 bits (-4095 to 4095) as one byte (ITU-T G.711)."""
    sign, size = (0x80, sample) if sample >= 0 else (0, -sample)
    segment = max(size.bit_length() - 5, 0)
    step = size >> max(segment, 1) & 0x0F
    return (sign | segment << 4 | step) ^ 0x55


class Sound(asyncio.DatagramProtocol):
    """Speaks in counted packets, and keeps the number of each one heard with the instant it came."""

    def __init__(self, tone_hz: int = 0) -> None:
        self._tone_hz = tone_hz
        self.heard: list[tuple[float, int | None]] = []
        """When, and the number; None: a sound that is nobody's of ours, such as a tone of the switch."""
        self.loud_at: list[float] = []
        """When a packet came in which somebody can be heard, whoever it is."""
        self.sent_at: list[float] = []
        self._speaking: asyncio.Task[None] | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: Address) -> None:
        payload = data[12:]
        is_ours = payload[:MARK] == bytes([MARK]) * MARK
        now = asyncio.get_running_loop().time()
        if any((byte ^ 0x55) & 0x70 >= LOUD for byte in payload):
            self.loud_at.append(now)
        self.heard.append((now, int.from_bytes(payload[MARK : MARK + 4]) if is_ours else None))

    def speak(self, to: Address) -> None:
        """A packet every 20 ms from now on, the first at once."""
        if self._speaking is None:
            self._speaking = asyncio.create_task(self._speak(to))

    async def _speak(self, to: Address) -> None:
        loop, source, began_at = asyncio.get_running_loop(), secrets.token_bytes(4), asyncio.get_running_loop().time()
        for number in range(1 << 20):
            head = b"\x80\x08" + (number & 0xFFFF).to_bytes(2) + (number * SAMPLES & 0xFFFFFFFF).to_bytes(4) + source
            body = bytes([MARK]) * MARK + number.to_bytes(4)
            self._transport.sendto(head + body + self._tone(number)[len(body) :], to)
            self.sent_at.append(loop.time())
            await asyncio.sleep(began_at + (number + 1) * PACKET_S - loop.time())

    def _tone(self, number: int) -> bytes:
        turn = 2 * math.pi * self._tone_hz / RATE
        samples = range(number * SAMPLES, (number + 1) * SAMPLES)
        return bytes(a_law(round(2_000 * math.sin(turn * place))) for place in samples)

    def stop(self) -> None:
        if self._speaking is not None:
            self._speaking.cancel()
        self._transport.close()

    def numbers(self) -> list[int]:
        """The other end's packets that were heard."""
        return [number for _, number in self.heard if number is not None]


class End(asyncio.DatagramProtocol):
    """A SIP end on a socket of its own, with its sound."""

    def __init__(self, sound: Sound) -> None:
        self.sound = sound
        self.seen: list[Message] = []
        self._tag = secrets.token_hex(4)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def _sdp(self) -> str:
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self.sound.port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\n"
        )

    def _send(self, first: str, lines: list[str], to: Address, *, body: str = "") -> None:
        lines = [first, *lines, f"Contact: <sip:end@127.0.0.1:{self.port}>"]
        lines += ["Content-Type: application/sdp"] if body else []
        self._transport.sendto(("\r\n".join(lines) + f"\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode(), to)

    def _reply(self, request: Message, status: str, to: Address, *, body: str = "") -> None:
        lines = [f"{name}: {value}" for name, value in request.headers if name in ("via", "from", "call-id", "cseq")]
        tag = "" if "tag=" in request["to"] else f";tag={self._tag}"
        self._send(f"SIP/2.0 {status}", [*lines, f"To: {request['to']}{tag}"], to, body=body)


class Carrier(End):
    """Somebody outside: does with the INVITE what the test says, when it says it."""

    def __init__(self, sound: Sound) -> None:
        super().__init__(sound)
        self.dialled = asyncio.Event()

    def datagram_received(self, data: bytes, addr: Address) -> None:
        message = Message(data)
        self.seen.append(message)
        if message.method == "INVITE" and not message.status and not self.dialled.is_set():
            self.invite, self._addr = message, addr
            self.dialled.set()
        elif message.method == "CANCEL":
            self._reply(message, "200 OK", addr)
            self.says("487 Request Terminated")
        elif message.method in {"BYE", "OPTIONS", "UPDATE"} and not message.status:
            self._reply(message, "200 OK", addr)

    def says(self, status: str, *, sounds: bool = False) -> None:
        """Answers the INVITE so; with its sound from then on."""
        self._reply(self.invite, status, self._addr, body=self._sdp() if sounds else "")
        media = self.invite.media()
        if sounds and media is not None:
            self.sound.speak(media)

    def hangs_up(self) -> None:
        """Says BYE within the call that it has answered."""
        target = self.invite["contact"].partition("<")[2].partition(">")[0]
        via = f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{secrets.token_hex(6)};rport"
        lines = [via, "Max-Forwards: 70", f"From: {self.invite['to']};tag={self._tag}", f"To: {self.invite['from']}"]
        self._send(f"BYE {target} SIP/2.0", [*lines, f"Call-ID: {self.invite['call-id']}", "CSeq: 9 BYE"], self._addr)


class Listener(End):
    """Somebody who calls in, is answered, speaks and listens."""

    def __init__(self, sound: Sound, server: Address) -> None:
        super().__init__(sound)
        self.talks = asyncio.Event()
        self._server = server

    def calls(self, number: str, own: str) -> None:
        host, port = self._server
        self._to, self._from = f"<sip:{number}@{host}:{port}>", f"<sip:{own}@127.0.0.1>;tag={self._tag}"
        self._call_id = secrets.token_hex(8)
        self._request("INVITE", 1, self._to, body=self._sdp())

    def hang_up(self) -> None:
        self._request("BYE", 2, self._answer["to"])

    def _request(self, method: str, cseq: int, to: str, *, body: str = "") -> None:
        via = f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{secrets.token_hex(6)};rport"
        lines = [via, "Max-Forwards: 70", f"From: {self._from}", f"To: {to}"]
        lines += [f"Call-ID: {self._call_id}", f"CSeq: {cseq} {method}"]
        self._send(f"{method} {self._to[1:-1]} SIP/2.0", lines, self._server, body=body)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        message = Message(data)
        self.seen.append(message)
        if message.status == 200 and message.method == "INVITE":
            self._answer = message
            self._request("ACK", 1, message["to"])
            media = message.media()
            if media is not None:
                self.sound.speak(media)
            self.talks.set()
        elif not message.status and message.method != "ACK":
            self._reply(message, "200 OK", addr)


@asynccontextmanager
async def _sound(tone_hz: int = 0) -> AsyncIterator[Sound]:
    loop = asyncio.get_running_loop()
    _, sound = await loop.create_datagram_endpoint(lambda: Sound(tone_hz), local_addr=("127.0.0.1", 0))
    try:
        yield sound
    finally:
        sound.stop()


@asynccontextmanager
async def a_carrier(port: int, tone_hz: int = 0, *, sound: Sound | None = None) -> AsyncIterator[Carrier]:
    """The other end of a line out; with a sound of its own, or with that one."""
    async with _sound(tone_hz) if sound is None else nullcontext(sound) as heard:
        loop = asyncio.get_running_loop()
        transport, carrier = await loop.create_datagram_endpoint(lambda: Carrier(heard), local_addr=("127.0.0.1", port))
        try:
            yield carrier
        finally:
            transport.close()


@asynccontextmanager
async def a_listener(server: Address, *, sound: Sound | None = None) -> AsyncIterator[Listener]:
    """Somebody at a phone of the public network; with a sound of its own, or with that one."""
    async with _sound() if sound is None else nullcontext(sound) as heard:
        loop = asyncio.get_running_loop()
        transport, listener = await loop.create_datagram_endpoint(lambda: Listener(heard, server), local_addr=("127.0.0.1", 0))
        try:
            yield listener
        finally:
            transport.close()
