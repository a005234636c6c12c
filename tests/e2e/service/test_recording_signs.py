"""On a real switch: who is called and the agent hear that they are recorded as the project wants it, and only while it is so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from fernamt.installation import Database
from telephony.events import AgentConnected, DirectoryLoaded
from telephony.identifiers import CallId, SegmentId, segment_id
from telephony.order_segments import SegmentClosed, SegmentMark, SegmentVerdict
from telephony.recording_signs import NO_SIGN
from telephony.segments import SegmentEnded, SegmentMasked, SegmentProven, SignGiven
from tests.e2e.asterisk.counted_sound import Carrier, a_carrier
from tests.e2e.asterisk.signs_heard import Ear, an_ear, beeps, is_whole, kept_by_phone, likeness, linear, of_wav
from tests.e2e.patience import soon
from tests.e2e.service.hearing import ANNA, OUTSIDER
from tests.e2e.service.outward import NUMBER, line_port, outward_house
from tests.e2e.service.taped import FILES_STAY
from tests.e2e.service.test_open_line import OnTheLine, on_the_line
from tests.e2e.service.watching import watching
from tests.integration.web.memory_recording import NAMES, TEXT

pytestmark = pytest.mark.asyncio(loop_scope="module")
EVERY_MS = 5_000
_SOUNDS = Path(__file__).parents[3] / "asterisk-conf" / "sounds" / "de"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """An agent who speaks a tone and keeps a line open, and a text by which those of one project are asked."""

    async def prepares(house: House, _database: Database) -> None:
        await house.command("agents", "set", "a01", "keeps_line=true")
        names = "\n".join(f'{part.value} = "{words}"' for part, words in NAMES.items())
        text = house.directory / "text.toml"
        await asyncio.to_thread(text.write_text, f'language = "de"\ntext = "{TEXT}"\n[names]\n{names}\n')
        await house.command("consent-texts", "publish", "music", str(text))

    async with outward_house(state_dir, {"a01": ANNA}, prepares=prepares, changes=FILES_STAY) as house:
        yield house


@dataclass(slots=True)
class Call:
    """Anna and who was called."""

    work: OnTheLine
    call_id: CallId
    ear: Ear
    network: Carrier

    @property
    def segment(self) -> SegmentId:
        return segment_id(self.call_id, 1)

    async def do(self, what: str, **body: str) -> None:
        await self.work.desk.do(f"/calls/{self.call_id}/{what}", body or None)

    async def begins(self) -> None:
        """Asked, agreed and proven."""
        await self.do("recording/ask", order_id="order-1", language="de")
        await asyncio.sleep(0.5)  # there is something from before the yes in which a sign could be heard
        await self.do("recording/agree")
        await self.work.watch.until(SegmentProven, segment_id=self.segment)

    async def ends(self) -> None:
        """Marked and stopped, and the files are there."""
        for mark in SegmentMark:
            await self.do("recording/mark", mark=mark.value)
        await self.do("recording/stop")
        closed = (await self.work.watch.until(SegmentClosed, segment_id=self.segment)).event
        assert closed.verdict is SegmentVerdict.COMPLETE
        await asyncio.sleep(0.5)  # for what must not come any more

    async def at(self, kind: type, **fields: object) -> float:
        return float((await self.work.watch.until(kind, segment_id=self.segment, **fields)).received_at) / 1e6

    def file(self, way: str) -> Path:
        return self.work.house.node.settings.recording_directory / "segments" / f"{self.segment}-{way}.wav"


async def wants(house: House, sign: str) -> None:
    """The project has that sign from the next call on."""
    async with watching(house) as watch:
        await house.command("projects", "set", "music", f"recording_sign={sign}")
        await watch.until(DirectoryLoaded)


@asynccontextmanager
async def a_call(house: House, last: int) -> AsyncIterator[Call]:
    """Anna has called somebody by her line, and both speak."""
    async with on_the_line(house) as work, an_ear(OUTSIDER) as ear, a_carrier(line_port(house), sound=ear) as network:
        call_id = await work.wants(f"{NUMBER}{last}")
        await soon(network.dialled.wait())
        network.says("180 Ringing")
        network.says("200 OK", sounds=True)
        await work.watch.until(AgentConnected)
        yield Call(work, call_id, ear, network)
        network.hangs_up()
        await work.is_free_again(1)


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
    async with a_call(house, 73) as call:
        await call.begins()
        assert (await call.work.watch.until(SignGiven)).event.is_whole
        await asyncio.sleep(0.5)  # on its way to the phones
        await call.ends()
        agents = kept_by_phone(call.work.anna.heard()[-1])
    sound = linear((_SOUNDS / f"{NO_SIGN.sound}.alaw").read_bytes())
    assert is_whole(call.ear.stream(), sound)
    assert max(likeness(agents, sound)) > 0.7, "the agent hears it too"


async def test_an_announcement_ends_with_the_recording(house: House) -> None:
    await wants(house, '{kind = "announcement", sound = "fernamt/callback-type"}')
    async with a_call(house, 74) as call:
        await call.begins()
        await call.do("recording/stop")
        await call.work.watch.until(SegmentClosed, segment_id=call.segment)
        given = await call.work.watch.until(SignGiven)
        assert not given.event.is_whole
        ended = await call.at(SegmentEnded)
        assert float(given.received_at) / 1e6 - ended < 2.0, "its ten seconds were not waited for"
