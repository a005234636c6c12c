"""The voice of phones in a talk, measured now and then: one reading of `rtp_statistics` a leg, with long pauses between.

Asterisk's RTCP messages and its statistics at a call's end are declined (asterisk-conf/stasis.conf): each would be made for every
leg. A reading costs a third of a millisecond and is asked for only of legs that have talked for a while, one after the other.

A reading also tells a phone that is not heard any more although it speaks. When its router forgets it and its voice comes from
another port, Asterisk drops every packet (`strictrtp`: nobody else may take over a talk), takes no notice of the silence
(`rtp_timeout` counts what is dropped, too) and goes on speaking to the old port: for ever, both would hear nothing.
"""

import asyncio
import contextlib
import heapq
from collections.abc import Callable

import msgspec

from telephony.agent.judged import LineMeasured
from telephony.identifiers import EndpointId, LegId
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriRequest
from telephony.switch.asterisk.translate import path

FIRST_AFTER_S = 8.0
"""RTCP reports come every five seconds."""
FEWEST_PACKETS = 100
_EARLY_S = 0.1
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
    remote_ssrc: int = 0


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

    def __init__(self, http: AriHttp, *, every_s: float, silent_s: float, on_unheard: Callable[[LegId, float], object]) -> None:
        """Measures every `every_s` seconds. `on_unheard` is told a leg of which not one packet has come for `silent_s` or longer,
        by the looks at it, and for how long that may be so.
        """
        self._http = http
        self._every_s = every_s
        self._silent_s = silent_s
        self._look_s = min(every_s, silent_s)
        self._on_unheard = on_unheard
        self._due: list[tuple[float, LegId, EndpointId]] = []
        self._last: dict[LegId, RtpStatistics] = {}
        self._measured_at: dict[LegId, float] = {}
        self._heard: dict[LegId, tuple[int, float]] = {}
        """Packets that had come by the last look, and when that was."""
        self._wake = asyncio.Event()

    def answered(self, leg_id: LegId, endpoint_id: EndpointId) -> None:
        """The leg is measured from here on."""
        if leg_id not in self._last:
            self._last[leg_id] = RtpStatistics()
            heapq.heappush(self._due, (asyncio.get_running_loop().time() + FIRST_AFTER_S, leg_id, endpoint_id))
            self._wake.set()

    def ended(self, leg_id: LegId) -> None:
        """The leg is measured no more."""
        for known in (self._last, self._measured_at, self._heard):
            known.pop(leg_id, None)

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
            heapq.heappush(self._due, (loop.time() + self._look_s, leg_id, endpoint_id))
            now = await self._read(leg_id)
            if now is None or leg_id not in self._last:
                continue
            self._look(leg_id, now.rxcount, loop.time())
            if loop.time() - self._measured_at.get(leg_id, 0.0) < self._every_s - _EARLY_S:
                continue
            found = line_of(endpoint_id, before, now)
            if found is None:
                continue  # too few packets yet: they count with the next reading
            self._last[leg_id], self._measured_at[leg_id] = now, loop.time()
            return found

    def _look(self, leg_id: LegId, received: int, at: float) -> None:
        known, since = self._heard.get(leg_id, (-1, at))
        if received != known:
            self._heard[leg_id] = received, at
        elif at - since >= self._silent_s - _EARLY_S:
            self._on_unheard(leg_id, at - since)

    async def _read(self, leg_id: LegId) -> RtpStatistics | None:
        answer = await self._http.ask(AriRequest("GET", f"channels/{path(leg_id)}/rtp_statistics"))
        try:
            return statistics_of(answer.body.encode()) if answer.is_ok else None
        except msgspec.DecodeError:
            return None
