"""Many talks at once for measuring: every party speaks a packet every 20 ms, and nobody listens to what comes.

All parties of a crowd share one voice (one socket, packets of A-law noise), so that a hundred of them cost this process little.
"""

import asyncio
import itertools
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bench.sip_message import Address, Message
from tests.e2e.asterisk.counted_sound import PACKET_S, SAMPLES, End, Listener, Sound

_TURNS = 5
"""A packet's time is shared by so many turns, each a part of the parties'."""
_LATEST_S = 0.1


class Voice(Sound):
    """One socket that speaks to everybody it was told to; what comes in is thrown away by the kernel."""

    def __init__(self) -> None:
        super().__init__()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.said = 0
        """Packets so far, to whomever."""
        self._to: dict[Address, bytes] = {}
        self._said = bytes(random.Random(0).randrange(256) for _ in range(SAMPLES))

    @property
    def people(self) -> int:
        """How many it speaks for."""
        return len(self._to)

    def speak(self, to: Address) -> None:
        """To them, too, from now on."""
        self._to.setdefault(to, random.randbytes(4))
        if self._speaking is None:
            self._speaking = asyncio.create_task(self._speak_to_all())

    def stop(self) -> None:
        """Nobody hears anything any more."""
        if self._speaking is not None:
            self._speaking.cancel()
        self._socket.close()

    async def _speak_to_all(self) -> None:
        loop, due_at = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        for number in itertools.count():
            packet, turn = divmod(number, _TURNS)
            head = b"\x80\x08" + (packet & 0xFFFF).to_bytes(2) + (packet * SAMPLES & 0xFFFFFFFF).to_bytes(4)
            for to, source in tuple(self._to.items())[turn::_TURNS]:
                self._socket.sendto(head + source + self._said, to)
                self.said += 1
            due_at = max(due_at + PACKET_S / _TURNS, loop.time() - _LATEST_S)
            await asyncio.sleep(due_at - loop.time())


class Hosts(End):
    """The other end of a line out where every call is answered at once."""

    def __init__(self, sound: Voice) -> None:
        super().__init__(sound)
        self.gone = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio tells it
        """The port is free again."""
        self.gone.set()

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """One SIP message."""
        message = Message(data)
        if message.method == "INVITE" and not message.status:
            self._reply(message, "200 OK", addr, body=self._sdp())
            media = message.media()
            if media is not None:
                self.sound.speak(media)
        elif not message.status and message.method != "ACK":
            self._reply(message, "200 OK", addr)


@asynccontextmanager
async def hosts(port: int) -> AsyncIterator[Voice]:
    """Whoever is dialled at that port answers and speaks, inside the block, with that voice."""
    voice, loop = Voice(), asyncio.get_running_loop()
    transport, ends = await loop.create_datagram_endpoint(lambda: Hosts(voice), local_addr=("127.0.0.1", port))
    try:
        yield voice
    finally:
        voice.stop()
        transport.close()
        await ends.gone.wait()


@asynccontextmanager
async def guests(server: Address, number: str, count: int, rate: float = 20.0) -> AsyncIterator[Voice]:
    """So many have dialled the number, so many a second, are answered and speak with that voice; they hang up after the block.

    Raises TimeoutError where they are not answered within half a minute; until then somebody else may have to answer them.
    """
    loop, voice = asyncio.get_running_loop(), Voice()
    ends: list[asyncio.DatagramTransport] = []
    parties: list[Listener] = []
    try:
        for place in range(count):
            transport, listener = await loop.create_datagram_endpoint(
                lambda: Listener(voice, server), local_addr=("127.0.0.1", 0)
            )
            ends.append(transport)
            parties.append(listener)
            listener.calls(number, f"49170{place:07}")
            await asyncio.sleep(1 / rate)
        async with asyncio.timeout(30):
            await _all(parties)
        yield voice
        for party in parties:
            party.hang_up()
            await asyncio.sleep(1 / rate / 4)
        await asyncio.sleep(0.5)  # for the answers
    finally:
        voice.stop()
        for end in ends:
            end.close()


async def _all(parties: list[Any]) -> None:
    for party in parties:
        await party.talks.wait()
