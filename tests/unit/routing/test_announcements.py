"""What waiting callers are told: rounded so that it is kept, silent where nothing is known, and only sounds that exist."""

from pathlib import Path

import pytest

from routing.announcements import Announcements, faults_of, sounds_of

SOUNDS = Path(__file__).parents[3] / "asterisk-conf" / "sounds"
ALL = Announcements()


def told(place: int, wait_s: float | None, announcements: Announcements = ALL) -> list[str]:
    wait_ms = None if wait_s is None else int(wait_s * 1_000)
    return [sound.removeprefix("fernamt/") for sound in sounds_of(announcements, place, wait_ms)]


@pytest.mark.parametrize(
    ("place", "wait_s", "sounds"),
    [
        (1, 20, ["ahead-0", "wait-1", "patience"]),
        (3, 60.001, ["ahead-2", "wait-2", "patience"]),
        (10, 240, ["ahead-9", "wait-5", "patience"]),
        (11, 1_800, ["ahead-many", "wait-30", "patience"]),
        (500, 1_801, ["ahead-many", "wait-long", "patience"]),
        (2, None, ["ahead-1", "patience"]),
    ],
)
def test_a_wait_is_told_up_to_the_next_step_and_not_at_all_where_it_is_unknown(
    place: int, wait_s: float | None, sounds: list[str]
) -> None:
    assert told(place, wait_s) == sounds


def test_a_project_says_what_it_wants_to_say() -> None:
    assert told(2, 50, Announcements(tells_wait=False, asks_for_patience=False)) == ["ahead-1"]
    assert told(2, None, Announcements(tells_place=False, asks_for_patience=False)) == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_sound_that_can_be_told_exists(language: str) -> None:
    for place in range(1, 13):
        for minutes in range(35):
            for sound in sounds_of(ALL, place, minutes * 60_000):
                assert (SOUNDS / language / f"{sound}.alaw").stat().st_size > 8_000, sound


def test_what_nobody_would_hear_or_what_says_nothing_is_refused() -> None:
    assert faults_of(ALL, answers_early=True) == []
    assert "answers_early = true" in faults_of(ALL, answers_early=False)[0]
    silent = Announcements(tells_place=False, tells_wait=False, asks_for_patience=False, every_ms=5_000)
    assert len(faults_of(silent, answers_early=True)) == 2
