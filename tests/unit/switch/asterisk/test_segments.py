"""Segments on a switch that lies: nothing is called proven that is not, and nothing ended that goes on."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telephony.events import Event
from telephony.identifiers import SegmentId, SwitchName
from telephony.segments import (
    DiscardSegment,
    MaskSegment,
    SegmentEnded,
    SegmentMasked,
    SegmentProven,
    SegmentTrouble,
    StartSegment,
    StopSegment,
)
from tests.unit.switch.asterisk.lying_tape import CALL, EMPTY, IMPATIENT, LEG, SEGMENT, Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "segments")


@pytest.fixture
def hasty(tmp_path: Path) -> Scene:
    """Gives a proof little time."""
    return Scene(tmp_path / "segments", IMPATIENT)


@pytest.mark.parametrize("made", [(False, False), (True, False), (False, True)])
async def test_success_without_both_files_is_no_proof_and_nothing_is_left(hasty: Scene, made: tuple[bool, bool]) -> None:
    hasty.tape.makes_file = made
    hasty.send(StartSegment)
    assert (await hasty.ended()).files == ()
    assert (hasty.of(SegmentProven), hasty.troubles(), hasty.left()) == ([], [SegmentTrouble.NO_FILE], [])
    assert not hasty.tape.is_listed, "what may run all the same was stopped"


async def test_files_that_the_switch_does_not_list_are_no_proof(hasty: Scene) -> None:
    hasty.tape.lists = False
    hasty.send(StartSegment)
    await hasty.ended()
    assert (hasty.of(SegmentProven), hasty.troubles()) == ([], [SegmentTrouble.NO_FILE])


async def test_a_file_that_comes_after_the_segment_was_given_up_is_deleted(hasty: Scene) -> None:
    hasty.tape.file_after_s = 0.08
    hasty.send(StartSegment)
    await hasty.ended()
    assert hasty.left() == []
    await asyncio.sleep(0.2)  # for the file that comes, and goes
    assert (hasty.of(SegmentProven), hasty.left()) == ([], [])


async def test_a_file_that_comes_late_but_in_time_is_proven_then_and_not_before(scene: Scene) -> None:
    scene.tape.file_after_s = 0.02
    scene.send(StartSegment)
    await scene.until(lambda: bool(scene.of(SegmentProven)))
    assert scene.tape.takes[0].is_there()
    await scene.segments.close()


@pytest.mark.parametrize("trouble", [SegmentTrouble.LEG_GONE, SegmentTrouble.REFUSED, SegmentTrouble.UNWRITABLE])
@pytest.mark.parametrize("is_half", [False, True])
async def test_of_a_start_that_was_refused_nothing_is_left(scene: Scene, trouble: SegmentTrouble, is_half: bool) -> None:
    scene.tape.refuses, scene.tape.is_refused_half = trouble, is_half
    scene.tape.ignores_stops = 2
    scene.send(StartSegment)
    assert (await scene.ended()).files == ()
    assert (scene.troubles(), scene.tape.is_listed, scene.left()) == ([trouble], False, [])


async def test_what_an_earlier_life_left_half_begun_is_no_recording_and_goes(hasty: Scene) -> None:
    hasty.folder.mkdir()
    (hasty.folder / f"{SEGMENT}-rx.wav").write_bytes(EMPTY)
    hasty.tape.is_listed, hasty.tape.lists = True, False
    hasty.send(StartSegment)
    assert (await hasty.ended()).files == ()
    assert (hasty.of(SegmentProven), hasty.tape.is_listed, hasty.left()) == ([], False, [])
    assert hasty.tape.takes == [], "nothing is begun beside it"


async def test_a_full_disk_starts_nothing(scene: Scene) -> None:
    scene.has_room = False
    scene.send(StartSegment)
    await scene.ended()
    assert (scene.troubles(), scene.tape.takes) == ([SegmentTrouble.DISK_LOW], [])


async def test_a_file_that_exists_is_not_touched_and_nothing_started(scene: Scene) -> None:
    scene.folder.mkdir()
    evidence = scene.folder / f"{SEGMENT}-tx.wav"
    evidence.write_text("evidence")
    scene.send(StartSegment)
    assert (await scene.ended()).files == ()
    assert (scene.troubles(), scene.tape.takes) == ([SegmentTrouble.UNWRITABLE], [])
    assert evidence.read_text() == "evidence"


async def test_an_id_that_is_no_file_name_is_refused(scene: Scene) -> None:
    start = StartSegment(call_id=CALL, switch=SwitchName("n"), leg_id=LEG, segment_id=SegmentId("../x"), limit_ms=1)
    scene.segments.carry_out(start)
    await scene.ended()
    assert (scene.troubles(), scene.tape.takes) == ([SegmentTrouble.REFUSED], [])


async def test_a_start_whose_answer_is_lost_is_stopped_as_soon_as_the_line_is_back(scene: Scene) -> None:
    scene.tape.cuts_at = {"start", "find", "stop"}
    scene.send(StartSegment)
    await scene.until(lambda: SegmentTrouble.DISCONNECTED in scene.troubles())
    assert scene.tape.is_listed
    assert scene.of(SegmentEnded) == [], "nobody knows: it is not called ended"
    scene.tape.cuts_at = set()
    assert (await scene.ended()).files == ()
    assert not scene.tape.is_listed
    assert (scene.of(SegmentProven), scene.left()) == ([], [])


async def test_a_stop_that_is_not_answered_is_asked_again_and_not_called_done(scene: Scene) -> None:
    scene.send(StartSegment)
    await scene.until(lambda: bool(scene.of(SegmentProven)))
    scene.tape.cuts_at = {"find", "stop"}
    scene.send(StopSegment)
    await scene.until(lambda: SegmentTrouble.DISCONNECTED in scene.troubles())
    assert scene.of(SegmentEnded) == []
    scene.tape.cuts_at = set()
    assert len((await scene.ended()).files) == 2


async def test_a_stop_that_was_said_yes_to_and_not_done_is_asked_again(scene: Scene) -> None:
    scene.tape.ignores_stops = 60
    scene.send(StartSegment)
    await scene.until(lambda: bool(scene.of(SegmentProven)))
    scene.segments._timing = IMPATIENT
    scene.send(StopSegment)
    await scene.ended()
    assert scene.tape.stops == 61
    assert scene.troubles().count(SegmentTrouble.REFUSED) == 1


async def test_a_recording_that_is_gone_without_a_word_is_told_as_ended(scene: Scene) -> None:
    scene.send(StartSegment)
    await scene.until(lambda: bool(scene.of(SegmentProven)))
    scene.tape.is_listed = False
    assert len((await scene.ended()).files) == 2
    scene.segments.leg_ended(LEG)
    scene.segments.leg_ended(LEG)
    scene.send(StopSegment)
    await scene.ended(2)
    assert len(scene.of(SegmentEnded)) == 2, "told once by itself, once when asked; an end told twice ends nothing twice"


async def test_files_that_stop_growing_are_a_fault_told_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.switch.asterisk.tape_life.GROWS_WITHIN_S", 0.03)
    scene.send(StartSegment)
    await scene.until(lambda: bool(scene.troubles()))
    await asyncio.sleep(0.05)  # for what must not happen meanwhile
    assert scene.troubles() == [SegmentTrouble.STALLED]
    scene.send(StopSegment)
    await scene.ended()


@pytest.mark.parametrize("way", [0, 1])
async def test_zeros_while_packets_come_are_a_fault_and_masked_ones_are_none(scene: Scene, way: int) -> None:
    scene.send(StartSegment)
    await scene.until(lambda: bool(scene.of(SegmentProven)))
    scene.send(MaskSegment, is_masked=True)
    await scene.until(lambda: bool(scene.of(SegmentMasked)))
    await scene.writes_on(way, 12)
    assert scene.troubles() == []
    scene.send(MaskSegment, is_masked=False)
    writing = asyncio.create_task(scene.writes_on(way, 1_000))
    await scene.until(lambda: bool(scene.troubles()))
    writing.cancel()
    assert scene.troubles() == [SegmentTrouble.SILENT]
    await scene.segments.close()


@pytest.mark.parametrize("codec", ["ulaw", "g722", "opus"])
async def test_the_zeros_of_somebody_mute_are_no_fault_where_silence_is_zero(scene: Scene, codec: str) -> None:
    scene.codec = codec
    scene.send(StartSegment)
    await scene.until(lambda: bool(scene.of(SegmentProven)))
    await scene.writes_on(0, 12)
    await scene.writes_on(1, 12)
    assert scene.troubles() == []
    await scene.segments.close()


async def test_zeros_are_a_fault_in_every_codec_once_the_stream_has_begun_again(scene: Scene) -> None:
    scene.codec = "ulaw"
    scene.send(StartSegment)
    await scene.until(lambda: bool(scene.of(SegmentProven)))
    await scene.writes_on(2, 4)
    scene.stream = "another"
    writing = asyncio.create_task(scene.writes_on(0, 1_000))
    await scene.until(lambda: bool(scene.troubles()))
    writing.cancel()
    assert scene.troubles() == [SegmentTrouble.SILENT]
    await scene.segments.close()


async def test_zeros_without_packets_are_nobodys_fault(scene: Scene) -> None:
    scene.send(StartSegment)
    await scene.until(lambda: bool(scene.of(SegmentProven)))
    for _ in range(8):
        for file in scene.tape.takes[0].files():
            with file.open("ab") as opened:
                opened.write(bytes(32_768))
        await asyncio.sleep(0.015)
    assert scene.troubles() == []
    await scene.segments.close()


async def test_a_recording_of_an_earlier_life_is_found_proven_and_stopped(scene: Scene, tmp_path: Path) -> None:
    scene.send(StartSegment)
    await scene.until(lambda: bool(scene.of(SegmentProven)))
    await scene.segments.close()
    later = Scene(tmp_path / "segments")
    later.tape = scene.tape
    later.segments._tape = scene.tape
    later.send(StartSegment)
    await later.until(lambda: bool(later.of(SegmentProven)))
    later.send(DiscardSegment)
    assert (await later.ended()).files == ()
    assert later.left() == []
    assert not scene.tape.is_listed
    assert len(scene.tape.takes) == 1, "started once in both lives"


_STEPS = st.lists(
    st.one_of(
        st.sampled_from([StartSegment, StopSegment, DiscardSegment]),
        st.sets(st.sampled_from(["start before", "start", "find", "stop", "mask"])),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS, made=st.tuples(st.booleans(), st.booleans()), lists=st.booleans(), ignores=st.integers(0, 3))
async def test_whatever_is_asked_and_cut_proven_is_what_runs_and_ended_what_does_not(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any], made: tuple[bool, bool], lists: bool, ignores: int
) -> None:
    scene = Scene(tmp_path_factory.mktemp("life") / "segments", IMPATIENT)
    scene.tape.makes_file, scene.tape.lists, scene.tape.ignores_stops = made, lists, ignores
    scene.folder.mkdir()
    tell = scene._tell

    def checked(event: Event) -> None:
        if isinstance(event, SegmentProven):
            assert scene.tape.is_listed
            assert lists
            assert scene.tape.takes[0].is_there()
        if isinstance(event, SegmentEnded):
            assert not scene.tape.is_listed
        tell(event)

    scene.segments._tell = checked
    for step in steps:
        if isinstance(step, type):
            scene.send(step)
        else:
            scene.tape.cuts_at = step
        await asyncio.sleep(0.003)
    scene.tape.cuts_at = set()
    scene.send(DiscardSegment)
    await asyncio.wait(scene.segments._order.values(), timeout=10)
    assert (scene.tape.is_listed, len(scene.of(SegmentProven)) <= 1, len(scene.tape.takes) <= 1) == (False, True, True)
    assert scene.of(SegmentEnded)
    await scene.segments.close()
