"""On a real switch: who is called and the agent hear that they are recorded as the project wants it, and the agent sees it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from telephony.events import DirectoryLoaded
from telephony.order_segments import SegmentClosed
from telephony.recording_signs import NO_SIGN
from telephony.segments import SegmentEnded, SegmentMasked, SegmentProven, SignGiven
from tests.e2e.asterisk.signs_heard import beeps, is_whole, kept_by_phone, likeness, linear, of_wav
from tests.e2e.patience import soon
from tests.e2e.service.told import a_call, asking_house, at_her_screen
from tests.e2e.service.watching import eventually, watching

pytestmark = pytest.mark.asyncio(loop_scope="module")
EVERY_MS = 5_000
AT_LEAST_SOON_S = 10.0
"""However busy the machine; the half second that is aimed at is measured (bench/recording_status.py)."""
_SOUNDS = Path(__file__).parents[3] / "asterisk-conf" / "sounds" / "de"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """Shared by the tests here; each says what sign it wants."""
    async with asking_house(state_dir) as house:
        yield house


async def wants(house: House, sign: str) -> None:
    """The project has that sign from the next call on."""
    async with watching(house) as watch:
        await house.command("projects", "set", "music", f"recording_sign={sign}")
        await watch.until(DirectoryLoaded)


async def test_nothing_is_heard_where_the_project_has_no_sign(house: House) -> None:
    async with a_call(house, 71) as call:
        await call.begins()
        await asyncio.sleep(1.5)  # a talk is a matter of time
        await call.ends()
        assert await call.work.watch.all(SignGiven) == []
    assert beeps(call.ear.stream()) == []
    assert beeps(of_wav(call.file("tx"))) == []


async def test_both_hear_the_beep_from_the_proof_on_and_again_but_not_in_silence(house: House) -> None:
    await wants(house, f'{{kind = "beep", every_ms = {EVERY_MS}}}')
    async with a_call(house, 72) as call:
        await call.begins()
        await call.work.watch.until(SignGiven, number=2)
        await call.do("recording/mask")
        await call.work.watch.until(SegmentMasked, is_masked=True)
        await asyncio.sleep(EVERY_MS / 1_000 + 0.5)  # one would have come
        await call.do("recording/unmask")
        await call.work.watch.until(SegmentMasked, is_masked=False)
        await call.work.watch.until(SignGiven, number=3)
        await call.ear.hears_on(0.5)  # on its way to the phones
        await call.ends()
        proven, ended = await call.at(SegmentProven), await call.at(SegmentEnded)
        masked, unmasked = await call.at(SegmentMasked, is_masked=True), await call.at(SegmentMasked, is_masked=False)
        assert [each.is_whole for each in await call.work.watch.all(SignGiven)] == [True] * 3
        agents = kept_by_phone(call.work.anna.heard()[-1])
    outside = beeps(call.ear.stream())
    came = [call.ear.at(beep.begins_s) for beep in outside]
    print(f"beeps at the callee's {[round(at - proven, 3) for at in came]} s after the proof, {outside}")
    assert len(outside) == 3
    assert beeps(agents), "the agent hears it too"
    assert sum(beep.is_whole for beep in outside) >= 2, outside
    assert all(proven - 0.05 < at < ended for at in came), "while it is recorded, and only then"
    assert not [at for at in came if masked + 0.05 < at < unmasked - 0.05]
    assert abs(outside[1].begins_s - outside[0].begins_s - EVERY_MS / 1_000) < 1.0
    assert len(beeps(of_wav(call.file("tx")))) == 3, "what they heard is on the tape"
    assert beeps(of_wav(call.file("rx"))) == [], "it is no word of theirs"


async def test_the_announcement_is_heard_whole_by_who_is_called_and_by_the_agent(house: House) -> None:
    await wants(house, '{kind = "announcement"}')
    sound = linear((_SOUNDS / f"{NO_SIGN.sound}.alaw").read_bytes())
    async with a_call(house, 73) as call:

        async def is_heard_by_the_agent() -> bool | None:
            return max(likeness(kept_by_phone(call.work.anna.heard()[-1]), sound), default=0.0) > 0.7 or None

        await call.begins()
        assert (await call.work.watch.until(SignGiven)).event.is_whole
        await call.ear.hears_on(0.5)  # on its way to the phones
        await eventually(is_heard_by_the_agent, "the announcement, at the agent's")
        await call.ends()
    assert is_whole(call.ear.stream(), sound)


async def test_an_announcement_ends_with_the_recording(house: House) -> None:
    await wants(house, '{kind = "announcement", sound = "fernamt/callback-type"}')
    async with a_call(house, 74) as call:
        await call.begins()
        await call.do("recording/stop")
        await call.work.watch.until(SegmentClosed, segment_id=call.segment)
        given = await call.work.watch.until(SignGiven)
        assert not given.event.is_whole
        ended = await call.at(SegmentEnded)
        assert float(given.received_at) / 1e6 - ended < 5.0, "its ten seconds were not waited for"


async def test_the_desk_shows_what_is_proven_and_at_once(house: House) -> None:
    async with a_call(house, 75) as call, at_her_screen(call) as desk:
        await call.begins()
        recording_at, has_files = await soon(desk.until("recording"))
        await call.ends()
        over_at, _ = await soon(desk.until("complete"))
        proven, ended = await call.at(SegmentProven), await call.at(SegmentEnded)
    print(f"shown {(recording_at - proven) * 1e3:.0f} ms after the proof, {(over_at - ended) * 1e3:.0f} ms after the proven end")
    shown = [phase for phase, _, _ in desk.shown if phase not in ("starting", "ending")]
    assert shown == ["asked", "recording", "complete"], "what lasts for less than the board's next word may be left out"
    assert has_files, "shown as recorded, it is on the disk"
    assert 0 <= recording_at - proven < AT_LEAST_SOON_S
    assert 0 <= over_at - ended < AT_LEAST_SOON_S
