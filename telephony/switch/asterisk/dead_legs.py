"""Legs in doubt, because their phone answers no more: ended unless voice still comes.

`qualify` tells that a phone is away but ends nothing, and a lost OPTIONS alone proves nothing while voice flows. So the packets
received from it are counted twice; the same count means a dead line. `rtp_timeout` finds the same and knows when the last one
came: where it is short, it is given its time, and we end only what it has overlooked.
"""

import asyncio
from enum import StrEnum

import msgspec

from telephony.identifiers import LegId
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriRequest
from telephony.switch.asterisk.translate import path


class Verdict(StrEnum):
    """What two counts of its packets say about a leg."""

    ALIVE = "alive"
    DEAD = "dead"
    ENDED = "ended"
    """It ended between the counts, and was told."""
    GONE = "gone"
    """It was not there."""


class _Statistics(msgspec.Struct, frozen=True):
    rxcount: int = 0


_statistics_of = msgspec.json.Decoder(_Statistics, strict=False).decode


class DeadLegs:
    """Looks at legs in doubt."""

    def __init__(self, http: AriHttp, *, grace_ms: int) -> None:
        self._http = http
        self._grace_s = grace_ms / 1000

    async def verdict(self, leg_id: LegId, *, within_s: float | None = None) -> Verdict:
        """Dead if not one packet came from it within that time, or the grace; takes that long."""
        first = await self._received(leg_id)
        if first is None:
            return Verdict.GONE
        await asyncio.sleep(self._grace_s if within_s is None else within_s)
        second = await self._received(leg_id)
        if second is None:
            return Verdict.ENDED
        return Verdict.DEAD if second == first else Verdict.ALIVE

    async def _received(self, leg_id: LegId) -> int | None:
        answer = await self._http.ask(AriRequest("GET", f"channels/{path(leg_id)}/rtp_statistics"))
        if answer.status == 404:
            return None
        try:
            return _statistics_of(answer.body.encode()).rxcount if answer.is_ok else 0
        except msgspec.DecodeError:
            return 0
