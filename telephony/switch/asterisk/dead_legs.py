"""Legs of a phone that answers no more: ended once no voice comes either.

`qualify` tells that a phone is away but ends nothing, and a lost OPTIONS alone proves nothing while voice flows. So the packets
received from it are counted twice; the same count means a dead line. `rtp_timeout` finds the same later, and phones with
no qualify.
"""

import asyncio
from collections.abc import Callable

import msgspec

from telephony.identifiers import LegId
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriRequest
from telephony.switch.asterisk.translate import path


class _Statistics(msgspec.Struct, frozen=True):
    rxcount: int = 0


_statistics_of = msgspec.json.Decoder(_Statistics, strict=False).decode


class DeadLegs:
    """Looks at legs in doubt and hangs up the dead ones."""

    def __init__(self, http: AriHttp, *, grace_ms: int, hang_up: Callable[[LegId], None]) -> None:
        self._http = http
        self._grace_s = grace_ms / 1000
        self._hang_up = hang_up

    async def check(self, leg_id: LegId) -> None:
        """The leg is ended if not one packet came from it within the grace. A leg still ringing has none and is left alone."""
        first = await self._received(leg_id)
        if not first:
            return
        await asyncio.sleep(self._grace_s)
        if await self._received(leg_id) == first:
            self._hang_up(leg_id)

    async def _received(self, leg_id: LegId) -> int | None:
        answer = await self._http.ask(AriRequest("GET", f"channels/{path(leg_id)}/rtp_statistics"))
        try:
            return _statistics_of(answer.body.encode()).rxcount if answer.is_ok else None
        except msgspec.DecodeError:
            return None
