"""Somebody who calls in and says what they are given, once, from the answer on."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.sip_message import Address
from tests.e2e.asterisk.counted_sound import PACKET_S, SAMPLES, Listener, Sound

_SILENT = b"\xd5"


class Speech(Sound):
    """Says that, then nothing, in a packet every 20 ms."""

    def __init__(self, said: bytes) -> None:
        super().__init__()
        self._said = said

    async def _speak(self, to: Address) -> None:
        loop, source, began_at = asyncio.get_running_loop(), secrets.token_bytes(4), asyncio.get_running_loop().time()
        for number in range(1 << 20):
            head = b"\x80\x08" + (number & 0xFFFF).to_bytes(2) + (number * SAMPLES & 0xFFFFFFFF).to_bytes(4) + source
            said = self._said[number * SAMPLES : (number + 1) * SAMPLES]
            self._transport.sendto(head + said.ljust(SAMPLES, _SILENT), to)
            await asyncio.sleep(began_at + (number + 1) * PACKET_S - loop.time())


@asynccontextmanager
async def a_speech(said: bytes) -> AsyncIterator[Speech]:
    """The sound of it, on a port of its own."""
    loop = asyncio.get_running_loop()
    _, speech = await loop.create_datagram_endpoint(lambda: Speech(said), local_addr=("127.0.0.1", 0))
    try:
        yield speech
    finally:
        speech.stop()


@asynccontextmanager
async def a_speaker(server: Address, said: bytes) -> AsyncIterator[Listener]:
    """They, with a phone of their own."""
    async with a_speech(said) as speech:
        loop = asyncio.get_running_loop()
        transport, caller = await loop.create_datagram_endpoint(lambda: Listener(speech, server), local_addr=("127.0.0.1", 0))
        try:
            yield caller
        finally:
            transport.close()
