"""What two readings of a leg's statistics say of its line."""

import asyncio

import pytest

from telephony.agent.judged import LineMeasured
from telephony.identifiers import EndpointId, LegId
from telephony.switch.asterisk import line_watch
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest
from telephony.switch.asterisk.line_watch import LineWatch, RtpStatistics, line_of, statistics_of

ANNA = EndpointId("anna")
NOTHING = RtpStatistics()


def test_only_what_came_since_the_last_reading_counts() -> None:
    before = RtpStatistics(rxcount=1_000, rxploss=500, txcount=1_000, txploss=0)
    now = RtpStatistics(rxcount=2_000, rxploss=500, txcount=2_000, txploss=10, txjitter=0.004, rxjitter=0.002, rtt=0.031)
    assert line_of(ANNA, before, now) == LineMeasured(
        endpoint_id=ANNA, expected=1_000, lost=10, jitter_us=4_000, round_trip_us=31_000
    )


def test_the_worse_direction_counts() -> None:
    worse = line_of(ANNA, NOTHING, RtpStatistics(rxcount=494, rxploss=50, txcount=544, txploss=1))
    assert worse is not None
    assert (worse.lost, worse.expected) == (50, 544)


def test_too_few_packets_say_nothing() -> None:
    assert line_of(ANNA, NOTHING, RtpStatistics(rxcount=20, rxploss=5, txcount=20)) is None


def test_a_direction_that_is_silent_is_no_loss() -> None:
    """A phone on hold, or one that sends no voice while muted."""
    found = line_of(ANNA, RtpStatistics(rxcount=500), RtpStatistics(rxcount=500, txcount=900))
    assert found is not None
    assert found.lost == 0


def test_an_underflow_of_the_clock_is_no_round_trip() -> None:
    read = statistics_of(b'{"rxcount":500,"txcount":500,"rtt":65535.999816,"channel_uniqueid":"x"}')
    found = line_of(ANNA, NOTHING, read)
    assert found is not None
    assert found.round_trip_us is None


class Reports(AriHttp):
    """An Asterisk that has received so many packets of a leg: the last number stays."""

    def __init__(self, *received: int) -> None:
        self._received = list(received)

    async def ask(self, request: AriRequest) -> AriAnswer:
        await asyncio.sleep(0)
        count = self._received.pop(0) if len(self._received) > 1 else self._received[0]
        return AriAnswer(200, f'{{"rxcount":{count},"txcount":9}}')


async def unheard(http: AriHttp, *, silent_s: float) -> tuple[LegId, float]:
    """The first leg that is told as unheard, and for how long."""
    told: asyncio.Future[tuple[LegId, float]] = asyncio.get_running_loop().create_future()

    def tell(leg_id: LegId, for_s: float) -> None:
        if not told.done():
            told.set_result((leg_id, for_s))

    watch = LineWatch(http, every_s=60, silent_s=silent_s, on_unheard=tell)
    watch.answered(LegId("leg"), ANNA)

    async def look() -> None:
        while True:
            await watch.next()

    looking = asyncio.create_task(look())
    try:
        return await asyncio.wait_for(told, 5)
    finally:
        looking.cancel()


async def test_a_leg_of_which_nothing_comes_any_more_is_told_with_how_long_that_may_be_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line_watch, "FIRST_AFTER_S", 0.0)
    leg_id, for_s = await unheard(Reports(100, 250, 400), silent_s=0.3)
    assert leg_id == "leg"
    assert for_s >= 0.2


async def test_a_leg_that_is_heard_at_every_look_is_told_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_watch, "FIRST_AFTER_S", 0.0)
    growing = Reports(*range(100, 2_000, 100))
    leg_id, _ = await unheard(growing, silent_s=0.15)
    assert leg_id == "leg"
    assert len(growing._received) == 1, "told only once the packets had stopped"
