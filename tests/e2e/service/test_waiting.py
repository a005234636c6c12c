"""Callers who wait on a real Asterisk: told their place, moved on, asked for a key, sent away with a word."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
import pytest_asyncio

from fernamt.demo.house import SWITCH, House
from fernamt.demo.phones import Phone
from fernamt.demo.tones import write_tone
from telephony.causes import EndReason
from telephony.events import AgentConnected, AgentReserved, CallEnded, LegHungUp, LegJoined, UnexpectedHappened
from telephony.waiting import AnnouncementBegun, CallOverflowed, MenuAnswered, MenuOpened
from tests.e2e.service.centres import ASKING, FLOWING, TELLING, UNSTAFFED
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import at_desk
from tests.e2e.service.people import a_caller, takes_call
from tests.e2e.service.watching import Watch, eventually, seconds_between, watching

pytestmark = pytest.mark.asyncio(loop_scope="module")

MUSIC_HZ, QUESTION_HZ = 700, 1_200
SOUNDS = Path(__file__).parents[3] / "asterisk-conf" / "sounds" / "de" / "fernamt"
ANNOUNCEMENT_S = 7.5
"""How long the sounds of an announcement last: place and patience."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One agent, on duty; the centre has music and a prompt of its own, each a tone."""
    own = tmp_path_factory.mktemp("sounds")
    (own / "music" / "tune").mkdir(parents=True)
    write_tone(own / "music" / "tune" / "tone.alaw", tone_hz=MUSIC_HZ)
    write_tone(own / "question.alaw", tone_hz=QUESTION_HZ)
    async with opened_house(state_dir, 1, changes={f"switch.{SWITCH}": {"sound_directory": str(own)}}) as opened:
        await opened.phone("a01")
        async with at_desk(opened, "sup") as desk:
            await desk.do("/agents/a01/log-in", {})
            yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def watch(house: House) -> AsyncIterator[Watch]:
    """From here on."""
    async with watching(house) as watch:
        yield watch


async def test_a_caller_is_told_the_place_and_moved_on_and_the_answer_cuts_the_announcement_off(
    house: House, watch: Watch
) -> None:
    agent = house.phones["a01"]
    async with a_caller(house, FLOWING) as caller:
        await caller.expect("CALL_ESTABLISHED")
        begun = await watch.until(AnnouncementBegun)
        assert begun.event.sounds == ("fernamt/ahead-0", "fernamt/patience")
        over = (await watch.until(CallOverflowed)).event
        assert (over.reason, over.target, over.project_id) == ("waiting_time", "project", "flowing")
        assert over.to is not None
        reserved = (await watch.until(AgentReserved)).event
        assert (reserved.agent_id, reserved.project_id) == ("a01", "music")
        await takes_call(agent)
        answered, joined = await watch.until(AgentConnected), await watch.until(LegJoined, count=2)
        is_late = seconds_between(begun, answered) > ANNOUNCEMENT_S / 2  # on a machine that does other things
        assert is_late or seconds_between(begun, joined) < ANNOUNCEMENT_S
        await caller.hang_up()
        ended = await watch.until(CallEnded)
    assert ended.event.end_reason is EndReason.CALLER_HUNG_UP
    (line,) = await watch.lines(ended.event.call_id)
    record = await watch.record(ended.event.call_id)
    assert (record.project_id, line.project_id, line.agent_id) == ("flowing", "music", "a01")
    assert record.wait_ms >= 2_500
    assert await watch.all(UnexpectedHappened) == []


def is_in(sound: str, heard: Path) -> float:
    """How much of the sound's best place in what was heard is that sound: 1 is all of it, unrelated speech is below 0.3."""
    told = _samples((SOUNDS / f"{sound}.alaw").read_bytes())[4_000:12_000]
    samples = np.frombuffer(heard.read_bytes()[44:], dtype=np.uint8)
    took = samples[: len(samples) // 2 * 2].view("<i2").astype(float)
    size = 1 << (len(took) + len(told)).bit_length()
    match = np.fft.irfft(np.fft.rfft(took, size) * np.conj(np.fft.rfft(told, size)), size)[: len(took) - len(told)]
    place = int(np.argmax(match))
    there = took[place : place + len(told)]
    return float(match[place] / (np.linalg.norm(there) * np.linalg.norm(told)))


def _samples(alaw: bytes) -> npt.NDArray[np.float64]:
    """ITU-T G.711, A-law."""
    code = np.frombuffer(alaw, np.uint8).astype(int) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    size = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 264) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, size, -size).astype(float)


def loudest_tone(last: bytes) -> float:
    """Of one second."""
    sound = np.frombuffer(last, dtype=np.int16).astype(float)
    return float(np.argmax(np.abs(np.fft.rfft(sound))) * 8_000 / len(sound))


async def test_the_caller_hears_what_is_announced_and_the_music_again_after_it(house: House, watch: Watch) -> None:
    async with a_caller(house, TELLING, hears=True) as caller:
        await caller.expect("CALL_ESTABLISHED")
        await watch.until(AnnouncementBegun)
        await eventually(lambda: has_music_after_all(caller), "the music after the announcement")
        await caller.hang_up()
        await watch.until(CallEnded)
    (heard,) = caller.heard()
    assert is_in("ahead-0", heard) > 0.8
    assert is_in("patience", heard) > 0.8
    assert is_in("wait-long", heard) < 0.5


async def has_music_after_all(caller: Phone) -> bool | None:
    """The project's own music is heard, and was not all that was."""
    is_whole = caller.heard() and caller.heard()[0].stat().st_size > ANNOUNCEMENT_S * 16_000
    return (is_whole and is_in("patience", caller.heard()[0]) > 0.8 and await hears(caller, MUSIC_HZ)) or None


async def hears(caller: Phone, tone_hz: int) -> bool | None:
    """For a second already."""
    sound = b"".join(file.read_bytes()[44:] for file in caller.heard())
    last = sound[: len(sound) // 2 * 2][-16_000:]
    return (len(last) == 16_000 and abs(loudest_tone(last) - tone_hz) < 5) or None


async def test_a_caller_chooses_by_key_after_a_wrong_one_of_which_nothing_is_kept(house: House, watch: Watch) -> None:
    agent = house.phones["a01"]
    async with at_desk(house, "sup") as desk:
        await desk.do("/agents/a01/available", {})
    async with a_caller(house, ASKING, hears=True) as caller:
        await caller.expect("CALL_ESTABLISHED")
        await watch.until(MenuOpened)
        await eventually(lambda: hears(caller, QUESTION_HZ), "the question")
        await caller.press("9")
        again = (await watch.until(MenuOpened, count=2)).event
        assert again.sounds[0] == "fernamt/wrong-key"
        await caller.press("2")
        answered = (await watch.until(MenuAnswered)).event
        assert (answered.key, answered.is_chosen) == ("2", True)
        await takes_call(agent)
        await watch.until(LegJoined, count=2)
        await caller.hang_up()
        await watch.until(CallEnded)
    written = [msgspec.json.encode(envelope.event).decode() for envelope in await watch.story()]
    assert not any('"9"' in text for text in written)
    assert await watch.all(UnexpectedHappened) == []


async def test_where_nobody_is_on_duty_the_caller_hears_that_all_lines_are_busy(house: House, watch: Watch) -> None:
    async with a_caller(house, UNSTAFFED) as caller:
        await caller.expect("CALL_ESTABLISHED")
        over = (await watch.until(CallOverflowed)).event
        assert (over.reason, over.target, over.staffed) == ("nobody_staffed", "announcement", 0)
        await caller.expect("CALL_CLOSED")
        ended = await watch.until(CallEnded)
    assert ended.event.end_reason is EndReason.ALL_BUSY
    assert not (await watch.until(LegHungUp)).event.by_phone
    record = await watch.record(ended.event.call_id)
    assert record.announcement_ms + record.machine_ms > 2_000
    assert record.talk_ms == 0
