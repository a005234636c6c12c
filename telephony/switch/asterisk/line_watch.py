"""The voice of phones in a talk, measured now and then: one reading of `rtp_statistics` a leg, with long pauses between.

Asterisk's RTCP messages and its statistics at a call's end are declined (asterisk-conf/stasis.conf): each would be made for every
leg. A reading costs a third of a millisecond and is asked for only of legs that have talked for a while, one after the other.
"""

import asyncio
import contextlib
import heapq

import msgspec

from telephony.agent.judged import LineMeasured
from telephony.identifiers import EndpointId, LegId
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriRequest
from telephony.switch.asterisk.translate import path

FIRST_AFTER_S = 8.0
"""RTCP reports come every five seconds."""
FEWEST_PACKETS = 100
_ROUND_TRIP_LIMIT_S = 60.0
"""Above a minute it is no round trip but an underflow of the clock (seen on loopback)."""


class RtpStatistics(msgspec.Struct, frozen=True):
    """Asterisk's words. `rx…`: what we got, with `txjitter` (sic); `txploss`, `rxjitter`, `rtt`: what the phone reports."""

    rxcount: int = 0
    txcount: int = 0
    rxploss: int = 0
    txploss: int = 0
    rxjitter: float = 0.0
    txjitter: float = 0.0
    rtt: float = 0.0


statistics_of = msgspec.json.Decoder(RtpStatistics, strict=False).decode


def line_of(endpoint_id: EndpointId, before: RtpStatistics, now: RtpStatistics) -> LineMeasured | None:
    """What happened between two readings, the worse direction counting; None where too little did. Pure."""
    ways = []
    for count, lost in ((now.rxcount - before.rxcount, now.rxploss - before.rxploss), _sent(before, now)):
        if count >= FEWEST_PACKETS:
            ways.append((max(0, lost), count + max(0, lost)))
    if not ways:
        return None
    lost, expected = max(ways, key=lambda way: way[0] / way[1])
    jitter_s = max(now.txjitter, now.rxjitter)
    return LineMeasured(
        endpoint_id=endpoint_id,
        expected=expected,
        lost=lost,
        jitter_us=int(jitter_s * 1_000_000) if 0 <= jitter_s < _ROUND_TRIP_LIMIT_S else None,
        round_trip_us=int(now.rtt * 1_000_000) or None if 0 < now.rtt < _ROUND_TRIP_LIMIT_S else None,
    )


def _sent(before: RtpStatistics, now: RtpStatistics) -> tuple[int, int]:
    """What we sent and the phone missed by its own report: of the packets sent, so they are no loss on top."""
    lost = max(0, now.txploss - before.txploss)
    return now.txcount - before.txcount - lost, lost


class LineWatch:
    """Measures every leg of a phone of ours that has been answered, until it ends."""

    def __init__(self, http: AriHttp, *, every_s: float) -> None:
        self._http = http
        self._every_s = every_s
        self._due: list[tuple[float, LegId, EndpointId]] = []
        self._last: dict[LegId, RtpStatistics] = {}
        self._wake = asyncio.Event()

    def answered(self, leg_id: LegId, endpoint_id: EndpointId) -> None:
        """The leg is measured from here on."""
        if leg_id not in self._last:
            self._last[leg_id] = RtpStatistics()
            heapq.heappush(self._due, (asyncio.get_running_loop().time() + FIRST_AFTER_S, leg_id, endpoint_id))
            self._wake.set()

    def ended(self, leg_id: LegId) -> None:
        """The leg is measured no more."""
        self._last.pop(leg_id, None)

    async def next(self) -> LineMeasured:
        """The next measurement that says anything; waits until then. Raises `SwitchError` as the line to Asterisk does."""
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            if not self._due:
                await self._wake.wait()
                continue
            at, leg_id, endpoint_id = self._due[0]
            if at > loop.time():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), at - loop.time())
                continue  # another may be due sooner
            heapq.heappop(self._due)
            before = self._last.get(leg_id)
            if before is None:
                continue
            heapq.heappush(self._due, (loop.time() + self._every_s, leg_id, endpoint_id))
            now = await self._read(leg_id)
            found = None if now is None else line_of(endpoint_id, before, now)
            if now is None or found is None:
                continue  # too few packets yet: they count with the next reading
            if leg_id in self._last:
                self._last[leg_id] = now
            return found

    async def _read(self, leg_id: LegId) -> RtpStatistics | None:
        answer = await self._http.ask(AriRequest("GET", f"channels/{path(leg_id)}/rtp_statistics"))
        try:
            return statistics_of(answer.body.encode()) if answer.is_ok else None
        except msgspec.DecodeError:
            return None
