"""A caller who speaks the tone code, each packet's instant known, and presses keys as telephone events (RFC 4733)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.sip_message import Address
from fernamt.demo.house import SWITCH, House
from tests.e2e.asterisk.coded_phones import Code, Coded, sounding
from tests.e2e.asterisk.counted_sound import PACKET_S, SAMPLES, Listener
from tests.e2e.service.people import CALLER

_EVENTS = 101
_KEYS = "0123456789*#"
_LONG = 5
"""Packets that a key is pressed for."""
_LAST = 3
"""So often is its end told: any one may be lost."""


class Keyed(Coded):
    """Speaks on while it presses."""

    def speak(self, to: Address) -> None:
        self._to = to
        super().speak(to)

    async def press(self, key: str) -> None:
        """The key is pressed, and let go."""
        began = (len(self.sent) * SAMPLES).to_bytes(4)
        for number in range(_LONG + _LAST):
            is_end = number >= _LONG
            kind = _EVENTS | (0x80 if number == 0 else 0)
            head = bytes((0x80, kind)) + (self._sequence & 0xFFFF).to_bytes(2) + began + self._source
            self._sequence += 1
            length = min(number + 1, _LONG) * SAMPLES
            self._transport.sendto(head + bytes((_KEYS.index(key), 0x8A if is_end else 0x0A)) + length.to_bytes(2), self._to)
            await asyncio.sleep(0 if is_end else PACKET_S)


class KeyedListener(Listener):
    """Offers telephone events beside the sound."""

    def _sdp(self) -> str:
        events = f"a=rtpmap:{_EVENTS} telephone-event/8000\r\na=fmtp:{_EVENTS} 0-15\r\n"
        return super()._sdp().replace("RTP/AVP 8", f"RTP/AVP 8 {_EVENTS}") + events


@asynccontextmanager
async def a_keyed_caller(house: House, number: str) -> AsyncIterator[tuple[KeyedListener, Keyed]]:
    """A caller who has just dialled the number, and speaks as soon as somebody answers."""
    port = house.settings.switch[SWITCH].sip_port
    async with sounding(Keyed(Code.of("caller", "alaw"))) as sound:
        assert isinstance(sound, Keyed)
        loop = asyncio.get_running_loop()
        transport, phone = await loop.create_datagram_endpoint(
            lambda: KeyedListener(sound, ("127.0.0.1", port)), local_addr=("127.0.0.1", 0)
        )
        try:
            phone.calls(number, CALLER)
            yield phone, sound
        finally:
            transport.close()
