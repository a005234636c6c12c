"""What stands in the place of lost packets is told, and whether the switch's Opus made it up."""

import ctypes
from collections.abc import Collection

import numpy as np
import pytest

from tests.e2e.asterisk.codings import coded, library_of
from tests.e2e.asterisk.lost_packets import OpusDecoder, made_up, not_silent, place_of, replaced
from tests.e2e.asterisk.tone_code import PACKET, Heard, Wave, heard, spoken

SLOTS = 30
NUMBERS = range(SLOTS * 5)
LOST = {20, 41, 43, 60, 61, 97}
AFTER = {21, 42, 44, 62, 98}


@pytest.fixture(scope="module")
def opus() -> ctypes.CDLL:
    return library_of("opus")


@pytest.fixture(scope="module")
def packets() -> tuple[bytes, ...]:
    return coded(spoken("anna", SLOTS), "opus")


@pytest.fixture(scope="module")
def sounds(opus: ctypes.CDLL, packets: tuple[bytes, ...]) -> dict[int, Wave]:
    return made_up(opus, packets, set(NUMBERS) - LOST, NUMBERS)


@pytest.fixture
def tape(opus: ctypes.CDLL, packets: tuple[bytes, ...]) -> list[Wave]:
    """The packets of a file as such a switch writes it."""
    return written(opus, packets, LOST)


def written(opus: ctypes.CDLL, packets: tuple[bytes, ...], lost: Collection[int]) -> list[Wave]:
    """Silence for what is lost; then of the three that come at once, two made up and the packet, the first."""
    decoder, pieces, run = OpusDecoder(opus), list[Wave](), 0
    for number, packet in enumerate(packets):
        if number in lost:
            pieces.append(np.zeros(PACKET))
            run += 1
            continue
        at_once = [decoder.hears(None) for _ in range(run + 1 if run else 0)] + [decoder.hears(packet)]
        pieces.append(at_once[0])
        run = 0
    return pieces


def on_file(pieces: list[Wave]) -> Heard:
    return heard(np.concatenate(pieces), "anna", SLOTS)


def test_the_packets_after_lost_ones_are_told_as_made_up_and_all_others_are_there(
    tape: list[Wave], sounds: dict[int, Wave]
) -> None:
    found = on_file(tape)
    assert set(sounds) == AFTER
    assert replaced(found, sounds) == AFTER
    assert set(NUMBERS[1:-1]) - set(found.places) == LOST | AFTER
    assert not_silent(found, LOST, AFTER) == set()


def test_a_packet_that_is_there_was_not_made_up(tape: list[Wave]) -> None:
    assert replaced(on_file(tape), {30: tape[30]}) == set()


@pytest.mark.parametrize("instead", ["silence", "another's", "later"])
def test_anything_else_in_their_place_is_not_taken_for_it(tape: list[Wave], sounds: dict[int, Wave], instead: str) -> None:
    for number in AFTER:
        other = {"silence": np.zeros(PACKET), "another's": sounds[21 if number != 21 else 98], "later": np.roll(tape[number], 40)}
        tape[number] = other[instead]
    assert replaced(on_file(tape), sounds) == set()


def test_what_was_made_up_of_other_packets_is_not_taken_for_it(
    opus: ctypes.CDLL, packets: tuple[bytes, ...], tape: list[Wave]
) -> None:
    more = made_up(opus, packets, set(NUMBERS) - LOST - {59, 96}, NUMBERS)
    assert replaced(on_file(tape), more) == {21, 42, 44}


def test_a_sound_in_the_place_of_a_lost_packet_is_told(tape: list[Wave], sounds: dict[int, Wave]) -> None:
    tape[20], tape[61] = sounds[21], tape[30]
    assert not_silent(on_file(tape), LOST, AFTER) == {20, 61}


def test_where_the_time_moved_over_lost_packets_nobody_says_what_belongs_there(tape: list[Wave], sounds: dict[int, Wave]) -> None:
    found = on_file([*tape[:21], np.zeros(PACKET), *tape[21:]])
    assert place_of(found, 20) is None
    assert replaced(found, sounds) == AFTER - {21}


def test_where_the_packet_beside_it_is_not_in_its_place_it_may_be_in_the_lost_one_s(tape: list[Wave]) -> None:
    tape[19:21] = [np.zeros(PACKET), tape[19]]
    assert not_silent(on_file(tape), LOST, AFTER) == set()
