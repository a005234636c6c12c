"""The decoder of the tone code finds what is there, where it is, and nothing else."""

import numpy as np
import pytest

from tests.e2e.asterisk.tone_code import PACKET, SLOT, heard, packets_of_sound, spoken

SLOTS = 40


@pytest.mark.parametrize("begin", [0, 1, 79, 160, 12_345])
def test_every_whole_packet_of_a_cut_is_found_at_its_place_and_no_other(begin: int) -> None:
    cut = spoken("anna", SLOTS)[begin : begin + 10 * SLOT]
    found = heard(cut, "anna", SLOTS)
    first = -(-begin // PACKET)
    assert sorted(found.places) == list(range(first, (begin + 10 * SLOT) // PACKET))
    assert all(place == number * PACKET - begin for number, place in found.places.items())
    assert found.drift_ms == 0


def test_who_else_speaks_is_not_taken_for_them_and_is_found_beside_them() -> None:
    both = spoken("anna", SLOTS)[: 10 * SLOT] + spoken("bert", SLOTS)[5 * SLOT : 15 * SLOT]
    assert heard(spoken("bert", SLOTS)[: 10 * SLOT], "anna", SLOTS).places == {}
    assert heard(both, "anna", SLOTS).slots() == set(range(10))
    assert heard(both, "bert", SLOTS).slots() == set(range(5, 15))


def test_lost_packets_are_missing_and_only_they() -> None:
    cut = spoken("anna", SLOTS)[: 20 * SLOT].copy()
    for number in (7, 8, 41):
        cut[number * PACKET : (number + 1) * PACKET] = 0
    assert set(range(100)) - set(heard(cut, "anna", SLOTS).places) == {7, 8, 41}


def test_time_that_was_put_in_is_told_as_drift() -> None:
    said = spoken("anna", SLOTS)
    cut = np.concatenate([said[: 9 * SLOT], np.zeros(240), said[9 * SLOT : 12 * SLOT]])
    assert heard(cut, "anna", SLOTS).drift_ms == 30


def test_a_slot_whose_likeness_stands_far_away_is_looked_for_at_its_own_place() -> None:
    said = spoken("anna", SLOTS)
    cut = np.concatenate([said[: 20 * SLOT], said[5 * SLOT : 6 * SLOT]])
    cut[5 * SLOT : 6 * SLOT] *= 0.5
    cut[5 * SLOT : 6 * SLOT] += np.random.default_rng(1).normal(0, 1_200, SLOT)
    found = heard(cut, "anna", SLOTS)
    assert found.drift_ms == 0
    assert found.places[5 * SLOT // PACKET] == 5 * SLOT


def test_what_was_said_long_before_the_recording_is_not_looked_for_at_its_beginning() -> None:
    before = np.random.default_rng(2).permutation(20)
    mixed = spoken("anna", 80)[60 * SLOT :].copy()
    mixed[: 4 * SLOT] = 0.6 * spoken("anna", 80)[before[0] * SLOT :][: 4 * SLOT]
    found = heard(mixed, "anna", 80)
    assert found.drift_ms == 0
    assert min(found.places) >= 64 * SLOT // PACKET


def test_silence_and_noise_hold_nothing() -> None:
    assert heard(np.zeros(8 * SLOT), "anna", SLOTS).places == {}
    noise = np.random.default_rng(1).normal(0, 3_000, 8 * SLOT)
    assert heard(noise, "anna", SLOTS).places == {}


def test_all_that_is_not_silent_counts_whoever_said_it() -> None:
    both = [spoken("anna", SLOTS)[: 3 * SLOT], np.zeros(5 * SLOT), spoken("bert", SLOTS)[: 2 * SLOT]]
    assert packets_of_sound(np.concatenate(both)) == 25
