"""What two readings of a leg's statistics say of its line."""

from telephony.agent.judged import LineMeasured
from telephony.identifiers import EndpointId
from telephony.switch.asterisk.line_watch import RtpStatistics, line_of, statistics_of

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
