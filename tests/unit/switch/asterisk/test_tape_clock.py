"""What a segment's files lack of the time it ran, by their sizes and the instants they were written at."""

import os
from pathlib import Path

import pytest

from telephony.identifiers import CallId, LegId, segment_id
from telephony.segments import BYTES_A_MS, HEADER_BYTES, SegmentEnded, SegmentProven, SegmentTrouble, StartSegment, StopSegment
from telephony.switch.asterisk import segments, tape_clock
from telephony.switch.asterisk.tape import Take
from telephony.switch.asterisk.tape_clock import HOLE_MS, NOTED_MS, TapeClock
from tests.unit.switch.asterisk.lying_tape import Scene

BEGAN_S = 1_800_000_000.0


class Clocks:
    """The wall's and the machine's own, which nobody puts forward."""

    def __init__(self) -> None:
        self.now_s, self.ran_s = BEGAN_S, 7.0

    def time(self) -> float:
        return self.now_s

    def monotonic(self) -> float:
        return self.ran_s

    def pass_ms(self, ms: int) -> None:
        self.now_s += ms / 1_000
        self.ran_s += ms / 1_000


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr(tape_clock, "time", clocks)
    monkeypatch.setattr(segments, "time", clocks)
    return clocks


@pytest.fixture
def take(tmp_path: Path) -> Take:
    name = segment_id(CallId("018f0000-0000-7000-8000-000000000001"), 1)
    take = Take(segment_id=name, leg_id=LegId("node-1.1"), limit_ms=60_000, folder=tmp_path)
    for file in take.files():
        holds(file, 0, BEGAN_S)
    return take


def holds(file: Path, ms: int, at_s: float) -> None:
    """So much sound was in it when it was written last."""
    file.write_bytes(bytes(HEADER_BYTES + ms * BYTES_A_MS))
    os.utime(file, (at_s, at_s))


def both_hold(take: Take, ms: int, at_s: float) -> None:
    for file in take.files():
        holds(file, ms, at_s)


@pytest.mark.parametrize(
    ("held_ms", "missing_ms"), [(3_000, 0), (3_020, 0), (3_000 - NOTED_MS + 1, 0), (3_000 - NOTED_MS, NOTED_MS), (2_600, 400)]
)
def test_it_is_what_they_hold_less_than_the_time_that_passed(take: Take, clocks: Clocks, held_ms: int, missing_ms: int) -> None:
    clock = TapeClock(take)
    clocks.pass_ms(9_000)
    both_hold(take, held_ms, BEGAN_S + 3)
    assert clock.missing_ms() == missing_ms


def test_a_file_system_whose_clock_is_ahead_of_ours_makes_nothing_missing(take: Take, clocks: Clocks) -> None:
    both_hold(take, 0, BEGAN_S + 1)
    clock = TapeClock(take)
    clocks.pass_ms(9_000)
    both_hold(take, 3_000, BEGAN_S + 1 + 3)
    assert clock.missing_ms() == 0


@pytest.mark.parametrize("way", [0, 1])
def test_the_shorter_of_the_two_counts(take: Take, clocks: Clocks, way: int) -> None:
    clock = TapeClock(take)
    clocks.pass_ms(3_000)
    both_hold(take, 3_000, BEGAN_S + 3)
    holds(take.files()[way], 2_500, BEGAN_S + 3)
    assert clock.missing_ms() == 500


def test_what_waits_to_be_written_is_not_missing(take: Take, clocks: Clocks) -> None:
    clock = TapeClock(take)
    clocks.pass_ms(9_000)
    assert clock.missing_ms() == 0, "nothing was written since"


def test_what_was_not_recorded_any_more_is_not_missing(take: Take, clocks: Clocks) -> None:
    clock = TapeClock(take)
    clocks.pass_ms(5_000)
    both_hold(take, 3_000, BEGAN_S + 5)
    assert clock.missing_ms(BEGAN_S + 3) == 0
    assert clock.missing_ms(BEGAN_S + 4) == 1_000


def test_a_clock_put_forward_is_no_sound_missing_and_one_put_back_invents_none(take: Take, clocks: Clocks) -> None:
    clock = TapeClock(take)
    clocks.pass_ms(3_000)
    for step_s in (1.0, -2.0):
        clocks.now_s += step_s
        both_hold(take, 3_000, clocks.now_s)
        assert clock.missing_ms() == 0


def test_what_an_earlier_life_recorded_makes_up_for_nothing(take: Take, clocks: Clocks) -> None:
    both_hold(take, 8_000, BEGAN_S)
    clock = TapeClock(take)
    clocks.pass_ms(3_000)
    both_hold(take, 10_500, BEGAN_S + 3)
    assert clock.missing_ms() == 500


def test_files_that_are_gone_miss_nothing(take: Take, clocks: Clocks) -> None:
    clock = TapeClock(take)
    clocks.pass_ms(3_000)
    take.delete()
    assert clock.missing_ms() == 0


@pytest.mark.parametrize(("missing_ms", "troubles"), [(400, []), (HOLE_MS, [SegmentTrouble.STARVED])])
async def test_a_segment_that_ends_tells_what_is_missing_and_that_there_may_be_a_hole(
    tmp_path: Path, clocks: Clocks, missing_ms: int, troubles: list[SegmentTrouble]
) -> None:
    scene = Scene(tmp_path / "segments")
    scene.send(StartSegment)
    await scene.until(lambda: bool(scene.of(SegmentProven)))
    clocks.pass_ms(3_000)
    for file in scene.tape.takes[0].files():
        holds(file, 3_000 - missing_ms, BEGAN_S + 3)
    scene.send(StopSegment)
    ended = await scene.ended()
    starved = [trouble for trouble in scene.troubles() if trouble is SegmentTrouble.STARVED]
    assert (ended.missing_ms, starved) == (missing_ms, troubles)
    assert [type(fact) for fact in scene.facts].index(SegmentEnded) == len(scene.facts) - 1, "its troubles are told before"


async def test_a_hole_is_told_once_while_it_runs(tmp_path: Path, clocks: Clocks) -> None:
    scene = Scene(tmp_path / "segments")
    scene.send(StartSegment)
    await scene.until(lambda: bool(scene.of(SegmentProven)))
    clocks.pass_ms(3_000)
    both_hold(scene.tape.takes[0], 2_000, BEGAN_S + 3)
    await scene.until(lambda: bool(scene.troubles()))
    scene.send(StopSegment)
    await scene.ended()
    assert scene.troubles().count(SegmentTrouble.STARVED) == 1


async def test_of_what_is_deleted_nothing_is_missing(tmp_path: Path, clocks: Clocks) -> None:
    scene = Scene(tmp_path / "segments")
    scene.send(StartSegment)
    await scene.until(lambda: bool(scene.of(SegmentProven)))
    clocks.pass_ms(3_000)
    both_hold(scene.tape.takes[0], 2_900, BEGAN_S + 3)
    scene.send(segments.DiscardSegment)
    assert (await scene.ended()).missing_ms == 0


async def test_files_that_stalled_are_not_called_starved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clocks: Clocks) -> None:
    monkeypatch.setattr("telephony.switch.asterisk.tape_life.GROWS_WITHIN_S", 0.03)
    scene = Scene(tmp_path / "segments")
    scene.send(StartSegment)
    await scene.until(lambda: bool(scene.troubles()))
    clocks.pass_ms(9_000)
    scene.tape.ignores_stops = 10**9
    scene.send(StopSegment)
    await scene.until(lambda: scene.tape.stops > 0)
    scene.tape.ignores_stops = 0
    both_hold(scene.tape.takes[0], 0, BEGAN_S + 9)  # closed, as a full disk leaves them
    assert (await scene.ended()).missing_ms == 0
    assert SegmentTrouble.STARVED not in scene.troubles()
