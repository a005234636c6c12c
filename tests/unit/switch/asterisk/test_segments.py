"""Segments on a switch that lies: nothing is called proven that is not, and nothing ended that goes on."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telephony.errors import SwitchError
from telephony.events import Event
from telephony.identifiers import CallId, LegId, SegmentId, SwitchName
from telephony.segments import (
    DiscardSegment,
    MaskSegment,
    SegmentCommand,
    SegmentEnded,
    SegmentFaulted,
    SegmentMasked,
    SegmentProven,
    SegmentTrouble,
    StartSegment,
    StopSegment,
)
from telephony.switch.asterisk.segments import Segments, SegmentTiming
from telephony.switch.asterisk.tape import Take, TapeRefusal
from telephony.switch.asterisk.tape_life import Packets

CALL = CallId("018f0000-0000-7000-8000-000000000001")
SEGMENT = SegmentId(f"{CALL}.segment.1")
LEG = LegId("node-1.1")
QUICK = SegmentTiming(proof_s=5.0, step_s=0.001, again_s=0.002, closing_s=0.05, look_s=0.01)
IMPATIENT = SegmentTiming(proof_s=0.02, step_s=0.001, again_s=0.002, closing_s=0.1, look_s=0.01)
EMPTY = b"RIFF" + bytes(36) + bytes(4)


class LyingTape:
    """Says yes to everything and does what the test says."""

    def __init__(self) -> None:
        self.is_listed = False
        self.makes_file: tuple[bool, bool] = (True, True)
        self.file_after_s = 0.0
        self.lists = True
        self.refuses: SegmentTrouble | None = None
        self.cuts_at: set[str] = set()
        self.ignores_stops = 0
        self.stops = 0
        self.takes: list[Take] = []

    async def start(self, take: Take, /) -> str:
        self._cut("start before")
        if self.refuses is not None:
            raise TapeRefusal(self.refuses)
        self.takes.append(take)
        self.is_listed = True
        asyncio.get_running_loop().call_later(self.file_after_s, self._make, take)
        self._cut("start")
        return "0x1"

    def _make(self, take: Take) -> None:
        for file, is_made in zip(take.files(), self.makes_file, strict=True):
            if is_made:
                file.write_bytes(EMPTY)

    async def find(self, take: Take, /) -> str | None:
        self._cut("find")
        return "0x1" if self.is_listed else None

    async def runs(self, take: Take, name: str, /) -> bool:
        self._cut("find")
        return self.is_listed and self.lists

    async def mask(self, take: Take, name: str, /, *, is_masked: bool) -> None:
        self._cut("mask")

    async def stop(self, take: Take, name: str, /) -> None:
        self._cut("stop")
        self.stops += 1
        if self.stops > self.ignores_stops:
            self.is_listed = False

    def _cut(self, where: str) -> None:
        if where in self.cuts_at:
            raise SwitchError("the line is cut")


class Scene:
    def __init__(self, folder: Path, timing: SegmentTiming = QUICK) -> None:
        self.tape, self.facts, self.folder = LyingTape(), list[Event](), folder
        self.channel: str | None = "PJSIP/a-1"
        self.has_room = True
        self.packets: tuple[int, int] | None = (0, 0)
        self.codec, self.stream = "alaw", "one"
        self._news, self.tells_codec = asyncio.Event(), asyncio.Event()
        self.tells_codec.set()
        self.segments = Segments(
            self.tape,
            folder,
            name_of=lambda _leg: self.channel,
            tell=self._tell,
            packets_of=self._packets_of,
            codec_of=self._codec_of,
            has_room=lambda _folder: self.has_room,
            timing=timing,
        )

    def _tell(self, event: Event) -> None:
        self.facts.append(event)
        self._news.set()

    async def _packets_of(self, _leg: LegId) -> Packets | None:
        if self.packets is None:
            return None
        return Packets(received=self.packets[0], sent=self.packets[1], stream=self.stream, codec=self.codec)

    async def _codec_of(self, _leg: LegId) -> str | None:
        await self.tells_codec.wait()
        return self.codec

    def send(self, kind: type[SegmentCommand], **more: Any) -> None:
        more = {"limit_ms": 60_000, **more} if kind is StartSegment else more
        self.segments.carry_out(kind(call_id=CALL, switch=SwitchName("n"), leg_id=LEG, segment_id=SEGMENT, **more))

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not is_so():
                self._news.clear()
                await self._news.wait()

    async def ended(self, times: int = 1) -> SegmentEnded:
        await self.until(lambda: len(self.of(SegmentEnded)) >= times)
        return self.of(SegmentEnded)[times - 1]

    async def writes_on(self, zeros_in: int, times: int) -> None:
        """Packets come both ways, and what one way holds is written as zeros."""
        for _ in range(times):
            for number, file in enumerate(self.tape.takes[0].files()):
                with file.open("ab") as opened:
                    opened.write(bytes(32_768) if number == zeros_in else b"\x01" * 32_768)
            received, sent = self.packets or (0, 0)
            self.packets = (received + 102, sent + 102)
            await asyncio.sleep(0.015)  # files are looked at, they do not tell

    def of(self, kind: type[Any]) -> list[Any]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def troubles(self) -> list[SegmentTrouble]:
        return [fact.trouble for fact in self.of(SegmentFaulted)]

    def left(self) -> list[str]:
        return sorted(file.name for file in self.folder.iterdir())


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
async def test_a_refused_start_is_over_at_once(scene: Scene, trouble: SegmentTrouble) -> None:
    scene.tape.refuses = trouble
    scene.send(StartSegment)
    assert (await scene.ended()).files == ()
    assert (scene.troubles(), scene.tape.stops) == ([trouble], 0)


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
