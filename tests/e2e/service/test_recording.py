"""Orders recorded on a real switch: who is called speaks a code whose every packet is known, and so is what a file may hold.

What was recorded is looked at as the vault gives it back. The agent's phone speaks another code, from a file; when each of its
packets left nobody knows, but both files of a segment are of one time. What is on them too much is always judged; what is missing
only of what came in step: phones and switch go before everything else on the machine, and where nobody may do that, a test for
which it was not enough is skipped in the end.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from fernamt.demo.house import SWITCH, House
from fernamt.demo.phones import Phone
from fernamt.installation import Database, opened
from fernamt.vault_places import open_vault
from recording.vault.manifest import Manifest
from store.vault import NoSuchSegment, VaultState, VaultStore
from telephony.errors import RefusalCode
from telephony.events import AgentAlerted, AgentConnected, AgentReleased, CallEnded, LegHungUp, LegJoined, LegLeft, LogInRequested
from telephony.identifiers import CallId, SegmentId, bridge_id, segment_id
from telephony.order_segments import RecordingAgreed, SegmentClosed, SegmentMark, SegmentOpened, SegmentVerdict, StopReason
from telephony.segments import SegmentEnded, SegmentProven
from telephony.transfers import ConsultAnswered
from tests.e2e.asterisk.at_once import Precedence, at_once
from tests.e2e.asterisk.coded_phones import Code, Coded, sounding
from tests.e2e.asterisk.counted_sound import Carrier, a_carrier
from tests.e2e.asterisk.in_step import TALKS, judged_in_one_of, nothing_judged
from tests.e2e.asterisk.test_segment_faults import a_small_disk
from tests.e2e.asterisk.test_tone_faults import ROOM_TO_STOP_KB
from tests.e2e.asterisk.tone_code import Wave
from tests.e2e.patience import soon
from tests.e2e.service.desk import Desk, at_desk, goes_off_duty
from tests.e2e.service.hearing import ANNA, BEN
from tests.e2e.service.outward import NUMBER, outward_house
from tests.e2e.service.people import takes_call
from tests.e2e.service.taped import holds, judged, speaks_on
from tests.e2e.service.test_open_line import OnTheLine, line_port, on_the_line
from tests.e2e.service.watching import eventually
from tests.integration.web.memory_recording import NAMES, TEXT

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["manager", "ari"])
async def house(state_dir: Path, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """Two agents, one of whom may keep a line open and speaks the code; a text by which those of one project are asked. Once for
    each way of recording."""

    async def prepares(house: House, _database: Database) -> None:
        await house.command("agents", "set", "a01", "keeps_line=true")
        names = "\n".join(f'{part.value} = "{words}"' for part, words in NAMES.items())
        text = house.directory / "text.toml"
        await asyncio.to_thread(text.write_text, f'language = "de"\ntext = "{TEXT}"\n[names]\n{names}\n')
        await house.command("consent-texts", "publish", "music", str(text))

    recorded = {f"switch.{SWITCH}": {"recorded_by": request.param}}
    async with outward_house(state_dir, {"a01": ANNA, "a02": BEN}, prepares=prepares, changes=recorded) as house:
        await house.phones["a01"].stop()
        speech = house.directory / "speech.wav"
        await asyncio.to_thread(speaks_on, speech)
        await house.phone("a01", speech=speech)
        yield house


_talks = itertools.count()
"""Where a test needs another talk, somebody else is called: nobody may be called again so soon."""


@cache
def _code() -> Code:
    return Code.of("callee", "alaw")


@dataclass(slots=True)
class Call:
    """Anna and who was called, who is recorded; `began_at` is the test's clock at the epoch."""

    work: OnTheLine
    call_id: CallId
    sound: Coded
    network: Carrier
    epoch: float
    goes_first: Precedence
    """The phones and the switch go before everything else on the machine."""
    in_step: list[int] = field(default_factory=list)
    """Of so many slots of each segment it was judged that they are on it."""

    async def do(self, what: str, **body: str) -> None:
        await self.work.desk.do(f"/calls/{self.call_id}/{what}", body or None)

    async def records(self, number: int = 1, *, marks: int = len(SegmentMark)) -> SegmentId:
        """Asked, agreed, proven, and with so many marks."""
        await self.do("recording/ask", order_id=f"order-{number}", language="de")
        await asyncio.sleep(0.5)  # there is something from before the yes that could be on it
        await self.do("recording/agree")
        segment = segment_id(self.call_id, number)
        await self.work.watch.until(SegmentProven, segment_id=segment)
        for mark in list(SegmentMark)[:marks]:
            await self.do("recording/mark", mark=mark.value)
        await holds(self.files(segment), 1.5)
        return segment

    async def closed(self, segment: SegmentId) -> SegmentClosed:
        event: SegmentClosed = (await self.work.watch.until(SegmentClosed, segment_id=segment)).event
        return event

    async def at(self, kind: type, **fields: object) -> float:
        """When that was heard, by the clock of the phones."""
        found = await self.work.watch.until(kind, **fields)
        return float(found.received_at) / 1e6 - self.epoch

    async def agreed_at(self, segment: SegmentId) -> float:
        """When the yes to that segment came: not yet durable."""
        begun = await self.work.watch.until(SegmentOpened, segment_id=segment)
        yeses = await self.work.watch.found(RecordingAgreed)
        return max(float(each.received_at) for each in yeses if each.seq < begun.seq) / 1e6 - self.epoch

    def files(self, segment: SegmentId) -> list[Path]:
        folder = self.work.house.node.settings.recording_directory / "segments"
        return [folder / f"{segment}-{way}.wav" for way in ("rx", "tx")]

    async def kept(self, segment: SegmentId) -> list[Wave]:
        """Both directions, as the vault gives them back; no file of it is left with the switch."""
        async with opened(self.work.house.settings) as database:
            book = VaultStore(database.engine)

            async def look() -> Manifest | None:
                with suppress(NoSuchSegment):
                    found = await book.get(segment)
                    return found.manifest if found.state is VaultState.KEPT else None
                return None

            manifest = await eventually(look, f"{segment} in the vault")
        assert not any(file.exists() for file in self.files(segment))
        return await asyncio.to_thread(_read, self.work.house, manifest)


@asynccontextmanager
async def a_call(house: House, last: int) -> AsyncIterator[Call]:
    """Anna has called somebody by her line, and both speak."""
    async with AsyncExitStack() as stack:
        work = await stack.enter_async_context(on_the_line(house))
        goes_first = await stack.enter_async_context(at_once(house.node.pid, work.anna.pid))
        sound = await stack.enter_async_context(sounding(Coded(_code())))
        network = await stack.enter_async_context(a_carrier(line_port(house), sound=sound))
        call_id = await work.wants(f"{NUMBER}{last}{next(_talks) % 10}")
        await soon(network.dialled.wait())
        network.says("180 Ringing")
        network.says("200 OK", sounds=True)
        await work.watch.until(AgentConnected)
        await asyncio.sleep(0.5)  # what came while the two were put together is over
        call = Call(work, call_id, sound, network, time.time() - asyncio.get_running_loop().time(), goes_first)
        yield call
    if 0 in call.in_step:
        nothing_judged(f"of each segment {call.in_step} slots", goes_first=call.goes_first)


async def ends(call: Call) -> None:
    call.network.hangs_up()
    await call.work.is_free_again(1)


def _read(house: House, manifest: Manifest) -> list[Wave]:
    vault = open_vault(house.settings)
    with closing(vault.keys), closing(vault.objects.open(manifest.segment.segment_id)) as source:
        both = np.frombuffer(b"".join(vault.opened(manifest, source).pieces()), dtype="<i2").astype(np.float64)
    return [both[: manifest.rx.samples], both[manifest.rx.samples :]]


async def prove(call: Call, segment: SegmentId) -> tuple[set[int], set[int]]:
    """What was said between the yes and the end is in the vault, and nothing else: the packets of either side."""
    taped = await judged(
        *await call.kept(segment),
        call.sound,
        agreed=await call.agreed_at(segment),
        proven=await call.at(SegmentProven, segment_id=segment),
        ended=await call.at(SegmentEnded, segment_id=segment),
    )
    call.in_step.append(taped.in_step)
    return taped.theirs, taped.agents


@judged_in_one_of(TALKS)
async def test_an_order_is_on_two_files_from_the_yes_to_the_stop(house: House) -> None:
    async with a_call(house, 71) as call:
        await asyncio.sleep(0.5)
        segment = await call.records()
        await call.do("recording/stop")
        closed = await call.closed(segment)
        assert (closed.verdict, closed.reason, closed.order_id) == (SegmentVerdict.COMPLETE, StopReason.ASKED, "order-1")
        assert [each.mark for each in closed.marks] == list(SegmentMark)
        await asyncio.sleep(0.4)  # for what must not come any more
        await ends(call)
        await prove(call, segment)


@judged_in_one_of(TALKS)
async def test_a_hold_waits_for_the_end_and_what_is_said_in_it_is_on_no_file(house: House) -> None:
    async with a_call(house, 72) as call:
        first = await call.records()
        await call.do("hold")
        closed = await call.closed(first)
        assert (closed.verdict, closed.reason) == (SegmentVerdict.COMPLETE, StopReason.HAND_OVER)
        ended = await call.work.watch.until(SegmentEnded, segment_id=first)
        place = {"leg_id": call.work.leg_id, "bridge_id": bridge_id(call.call_id)}
        left = await call.work.watch.until(LegLeft, **place)
        assert ended.seq < left.seq, "the hold waited for the switch's word"
        await asyncio.sleep(0.5)
        await call.do("unhold")
        await call.work.watch.until(LegJoined, **place, count=2)
        await asyncio.sleep(0.3)
        second = await call.records(2)
        await call.do("recording/stop")
        assert (await call.closed(second)).verdict is SegmentVerdict.COMPLETE
        await ends(call)
        (theirs, agents), (theirs_after, agents_after) = await prove(call, first), await prove(call, second)
        assert max(theirs) < min(theirs_after)
        assert max(agents) < min(agents_after)


async def rings_a_colleague_once_it_has_ended(call: Call, other: Desk, ben: Phone, wish: str) -> SegmentId:
    """A segment runs, the agent wants a colleague beside or after them: its end is proven before that phone rings."""
    await other.do("/agents/a02/log-in", {})
    await call.work.watch.until(LogInRequested, agent_id="a02")
    ben.forget_events()
    segment = await call.records()
    await call.do(wish, agent_id="a02")
    closed = await call.closed(segment)
    assert (closed.verdict, closed.reason) == (SegmentVerdict.COMPLETE, StopReason.HAND_OVER)
    ended = await call.work.watch.until(SegmentEnded, segment_id=segment)
    alerted = await call.work.watch.until(AgentAlerted, agent_id="a02")
    assert ended.seq < alerted.seq
    await takes_call(ben)
    return segment


@judged_in_one_of(TALKS)
async def test_a_transfer_waits_for_the_end_and_the_colleague_is_on_no_file(house: House) -> None:
    async with a_call(house, 73) as call, at_desk(house, "a02") as other:
        segment = await rings_a_colleague_once_it_has_ended(call, other, house.phones["a02"], "transfer")
        await call.work.watch.until(AgentConnected, agent_id="a02")
        await asyncio.sleep(0.5)
        call.network.hangs_up()
        await call.work.watch.until(CallEnded)
        await prove(call, segment)
        await goes_off_duty(other, "a02")


@judged_in_one_of(TALKS)
async def test_a_consultation_waits_for_the_end_and_nobody_is_recorded_while_three_talk(house: House) -> None:
    async with a_call(house, 78) as call, at_desk(house, "a02") as other:
        first = await rings_a_colleague_once_it_has_ended(call, other, house.phones["a02"], "consult")
        await call.work.watch.until(ConsultAnswered)
        await call.do("conference")
        await call.work.watch.until(AgentConnected, agent_id="a02")
        await asyncio.sleep(0.5)  # three talk
        wish = {"order_id": "order-2", "language": "de"}
        status, _ = await call.work.desk.ask("POST", f"/calls/{call.call_id}/recording/ask", wish)
        assert status == 409, "of three nobody is asked"
        assert not any(file.exists() for file in call.files(segment_id(call.call_id, 2)))
        await house.phones["a02"].hang_up()
        await call.work.watch.until(AgentReleased, agent_id="a02")
        second = await call.records(2)
        await call.do("recording/stop")
        assert (await call.closed(second)).verdict is SegmentVerdict.COMPLETE
        call.network.hangs_up()
        await call.work.watch.until(AgentReleased, agent_id="a01")
        await call.work.is_free_again(1)
        await goes_off_duty(other, "a02")
        (theirs, agents), (theirs_after, agents_after) = await prove(call, first), await prove(call, second)
        assert max(theirs) < min(theirs_after)
        assert max(agents) < min(agents_after)


@judged_in_one_of(TALKS)
async def test_a_disk_that_fills_up_ends_the_segment_and_what_was_said_until_then_is_kept(house: House) -> None:
    with a_small_disk(house.node.settings.recording_directory / "segments", ROOM_TO_STOP_KB):
        async with a_call(house, 79) as call:
            segment = await call.records()
            closed = await call.closed(segment)
            assert (closed.verdict, closed.reason) == (SegmentVerdict.INCOMPLETE, StopReason.TROUBLE)
            await asyncio.sleep(0.4)  # for what must not come any more
            await ends(call)
            await prove(call, segment)


@judged_in_one_of(TALKS)
async def test_who_hangs_up_in_mid_order_leaves_both_files_and_no_proof(house: House) -> None:
    async with a_call(house, 74) as call:
        segment = await call.records(marks=2)
        call.network.hangs_up()
        assert (await call.closed(segment)).verdict is SegmentVerdict.INCOMPLETE
        await call.work.is_free_again(1)
        order = [type(each.event) for each in await call.work.watch.story()]
        assert order.index(LegHungUp) < order.index(SegmentEnded) < order.index(CallEnded)
        await prove(call, segment)


async def test_a_stop_before_the_consent_is_on_the_tape_leaves_no_file(house: House) -> None:
    async with a_call(house, 75) as call:
        segment = await call.records(marks=0)
        assert all(file.exists() for file in call.files(segment))
        await call.do("recording/stop")
        assert (await call.closed(segment)).verdict is SegmentVerdict.DISCARDED
        assert not any(file.exists() for file in call.files(segment))
        await ends(call)


@pytest.mark.parametrize("marks", [1, 0])
@judged_in_one_of(TALKS)
async def test_a_controller_killed_while_it_records_ends_it_and_keeps_it_with_the_consent_alone(house: House, marks: int) -> None:
    async with a_call(house, 76 + marks) as call:
        segment = await call.records(marks=marks)
        house.kill_service()
        await house.start_service()
        closed = await call.closed(segment)
        assert closed.verdict is (SegmentVerdict.INCOMPLETE if marks else SegmentVerdict.DISCARDED)
        await asyncio.sleep(0.4)
        assert await call.work.watch.all(CallEnded) == [], "the talk goes on"
        if not marks:
            assert not any(file.exists() for file in call.files(segment))

        async def refused() -> bool | None:
            status, said = await call.work.desk.ask("POST", f"/calls/{call.call_id}/recording/stop")
            return True if (status, said.get("code")) == (409, RefusalCode.NOT_ASKED) else None

        await eventually(refused, "the word that nothing is recorded")
        await ends(call)
        if marks:
            await prove(call, segment)
