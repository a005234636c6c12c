"""The A-law coder agrees with the standard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fernamt.demo.tones import to_alaw


@pytest.mark.parametrize(
    ("sample", "code"),
    # Silence, the first steps, segment borders and both ends, by the table of ITU-T G.711.
    [(0, 0xD5), (-1, 0x55), (16, 0xD4), (-17, 0x54), (255, 0xDA), (256, 0xC5), (512, 0xF5), (32767, 0xAA), (-32768, 0x2A)],
)
def test_a_sample_has_the_code_of_the_standard(sample: int, code: int) -> None:
    assert to_alaw(sample) == code


@given(st.integers(0, 32766))
def test_a_louder_sample_never_has_a_quieter_code(sample: int) -> None:
    assert (to_alaw(sample) ^ 0x55) <= (to_alaw(sample + 1) ^ 0x55)


@given(st.integers(0, 32767))
def test_the_two_signs_differ_in_one_bit(sample: int) -> None:
    assert to_alaw(sample) ^ to_alaw(-sample - 1) == 0x80
