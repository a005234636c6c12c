"""Frames and time stamps, to the bit."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.switch.asterisk.ari_wire import decode, instant_of, text_frame

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(
    st.datetimes(EPOCH.replace(tzinfo=None, year=1971), EPOCH.replace(tzinfo=None, year=2100)),
    st.integers(-14 * 60, 14 * 60),
    st.integers(0, 6),
)
def test_a_time_stamp_is_read_exactly_in_any_zone_and_precision(naive: datetime, zone_min: int, digits: int) -> None:
    zone = timezone(timedelta(minutes=zone_min))
    fraction = f"{naive.microsecond:06d}"[:digits]
    moment = naive.replace(microsecond=int(f"{fraction:0<6}"), tzinfo=zone)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}" if digits else "") + moment.strftime("%z")
    assert instant_of(text) == (moment - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize("text", ["", "2026-07-09", "2026-07-09T12:00:00", "x" * 40, "2026-13-09T12:00:00.1+0000"])
def test_what_is_no_time_stamp_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="time"):
        instant_of(text)


@pytest.mark.parametrize(("size", "head"), [(0, 2), (125, 2), (126, 4), (65535, 4), (65536, 10), (70000, 10)])
def test_a_frame_has_the_head_its_length_needs(size: int, head: int) -> None:
    frame = text_frame(b"x" * size)
    assert len(frame) == size + head
    assert frame[0] == 0x81
    assert frame[1] & 0x80 == 0


def test_broken_utf_8_in_a_name_is_replaced_and_the_rest_is_read() -> None:
    frame = decode(b'{"type":"StasisStart","channel":{"id":"1","caller":{"name":"J\xc3rgen\xff","number":"5"}}}')
    assert frame.channel is not None
    assert frame.channel.caller.name == "J\ufffdrgen\ufffd"
    assert frame.channel.caller.number == "5"
