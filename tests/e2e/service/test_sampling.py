"""Samples on a real switch: who said yes by a key is on a file from the talk with the agent on, and nobody else is on any."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from fernamt.doctor.finding import Status
from fernamt.doctor.sampling import examine_sampling
from fernamt.installation import opened
from fernamt.sampling import sampling_job
from telephony.events import AgentConnected, AgentReleased, CallEnded, LegJoined, LegLeft
from telephony.identifiers import CallId, SegmentId, bridge_id, segment_id
from telephony.order_segments import SegmentClosed, SegmentOpened, SegmentVerdict, StopReason
from telephony.samples import SampleAnswer, SampleAnswered, SampleAsked, SampleBegun, SampleDrawn, SampleWithdrawn
from telephony.segments import SegmentEnded, SegmentProven
from tests.e2e.asterisk.at_once import Precedence, at_once
from tests.e2e.asterisk.in_step import TALKS, judged_in_one_of, nothing_judged
from tests.e2e.asterisk.tone_code import samples_of
from tests.e2e.patience import soon
from tests.e2e.service.centres import MUSIC, RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.keyed_caller import Keyed, KeyedListener, a_keyed_caller
from tests.e2e.service.outward import AtWork, at_work
from tests.e2e.service.taped import FILES_STAY, holds, judged, speaks_on
from tests.e2e.service.watching import watching
from tests.integration.web.memory_recording import NAMES, TEXT

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROMPT = "fernamt/leave-message"
"""Any sound that takes a while."""
ANSWER_WITHIN_MS = 5_000
_SAMPLING = f"\n[projects.sampling]\nrate_permille = 1_000\nanswer_within_ms = {ANSWER_WITHIN_MS}\n\n[projects.outbound]\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """Anna speaks the code. Everybody who calls MUSIC is drawn; RINGING takes no samples."""
    async with opened_house(state_dir, 1, changes=FILES_STAY, starts_service=False, wrap_up_ms=0) as house:
        names = "\n".join(f'{part.value} = "{words}"' for part, words in NAMES.items())
        head = f'language = "de"\npurpose = "quality_sample"\nprompt = "{PROMPT}"\ntext = "{TEXT}"'
        text, centre, speech = (house.directory / name for name in ("text.toml", "centre.toml", "speech.wav"))
        text.write_text(f"{head}\n[names]\n{names}\n")
        centre.write_text(centre.read_text().replace("\n[projects.outbound]\n", _SAMPLING))
        await house.command("consent-texts", "publish", "music", str(text))
        await house.command("apply", str(centre))
        async with opened(house.settings) as database:
            await sampling_job(house.settings, database.engine).run_once(lambda: False)
        await house.start_service()
        await asyncio.to_thread(speaks_on, speech)
        await house.phone("a01", speech=speech)
        await _until_it_draws(house)
        yield house


async def _until_it_draws(house: House) -> None:
    """The service knows the day's seed, of which it tells nobody: callers come until one is drawn."""
    async with watching(house) as watch:
        number = 0
        while not await watch.all(SampleDrawn):
            number += 1
            async with a_keyed_caller(house, MUSIC) as (phone, _):
                await soon(phone.talks.wait())
                phone.hang_up()
                await watch.until(CallEnded, count=number)


@dataclass(slots=True)
class Caller:
    """Somebody who called in, with the clock of their phone."""

    work: AtWork
    call_id: CallId
    phone: KeyedListener
    sound: Keyed
    epoch: float
    goes_first: Precedence
    """The phones and the switch go before everything else on the machine."""
    in_step: list[int] = field(default_factory=list)
    """Of so many slots of each segment it was judged that they are on it."""

    async def asked(self) -> None:
        """They hear the question."""
        await self.work.watch.until(SampleAsked)
        await asyncio.sleep(0.5)  # there is something from before the yes that could be on a file

    async def agrees(self) -> None:
        await self.asked()
        assert not self.tape(), "while they are asked, nothing is recorded"
        await self.sound.press("1")
        await self.work.watch.until(SampleAnswered, answer=SampleAnswer.YES)

    async def talks(self) -> None:
        """Anna answers."""
        await self.work.anna.expect("CALL_INCOMING")
        assert not self.tape(), "while they wait, nothing is recorded"
        self.work.anna.forget_events()
        await self.work.anna.answer()
        await self.work.watch.until(AgentConnected)

    async def is_recorded(self, number: int = 1) -> SegmentId:
        """The switch has proven it, and has some of the talk on file."""
        segment = segment_id(self.call_id, number)
        await self.work.watch.until(SegmentProven, segment_id=segment)
        await holds(self.files(segment), 1.5)
        return segment

    async def is_never_recorded(self) -> None:
        """They have talked and hung up, and no word of a recording was said."""
        await asyncio.sleep(1.5)
        await self.hangs_up()
        told = set(await self.work.watch.told())
        assert not told & {"SampleBegun", "SegmentOpened", "SegmentProven", "SegmentClosed"}
        assert not self.tape()

    async def closed(self, segment: SegmentId) -> SegmentClosed:
        event: SegmentClosed = (await self.work.watch.until(SegmentClosed, segment_id=segment)).event
        return event

    async def hangs_up(self) -> None:
        """The call is over."""
        self.phone.hang_up()
        await self.work.over()
        await self.work.watch.until(AgentReleased)

    def tape(self) -> list[Path]:
        """What there is on disk of the call."""
        return [each for each in self.folder.rglob(f"*{self.call_id}*") if each.is_file()]

    def files(self, segment: SegmentId) -> list[Path]:
        return [self.folder / "segments" / f"{segment}-{way}.wav" for way in ("rx", "tx")]

    @property
    def folder(self) -> Path:
        return self.work.house.node.settings.recording_directory

    async def _at(self, kind: type, segment: SegmentId) -> float:
        found = await self.work.watch.until(kind, segment_id=segment)
        return float(found.received_at) / 1e6 - self.epoch

    async def prove(self, segment: SegmentId) -> tuple[set[int], set[int]]:
        """What was said in the talk is on both files, and nothing else: the packets of either side."""
        kinds = {"agreed": SampleBegun, "proven": SegmentProven, "ended": SegmentEnded}
        both = [await asyncio.to_thread(samples_of, file) for file in self.files(segment)]
        taped = await judged(*both, self.sound, **{name: await self._at(kind, segment) for name, kind in kinds.items()})
        self.in_step.append(taped.in_step)
        return taped.theirs, taped.agents


@asynccontextmanager
async def a_caller(house: House, number: str) -> AsyncIterator[Caller]:
    """Anna is on duty, and somebody has called in."""
    async with AsyncExitStack() as stack:
        work = await stack.enter_async_context(at_work(house))
        goes_first = await stack.enter_async_context(at_once(house.node.pid, work.anna.pid))
        phone, sound = await stack.enter_async_context(a_keyed_caller(house, number))
        epoch = time.time() - asyncio.get_running_loop().time()
        caller = Caller(work, await work.watch.call(), phone, sound, epoch, goes_first)
        yield caller
    if 0 in caller.in_step:
        nothing_judged(f"of each segment {caller.in_step} slots", goes_first=caller.goes_first)


async def test_the_doctor_sees_that_callers_can_be_asked(house: House) -> None:
    found = [finding async for finding in examine_sampling(house.settings)]
    assert [(each.status, each.found) for each in found] == [(Status.GOOD, "projects that sample their calls: 1")]


@judged_in_one_of(TALKS)
async def test_who_agrees_by_a_key_is_recorded_from_the_talk_on_and_not_before(house: House) -> None:
    async with a_caller(house, MUSIC) as caller:
        await caller.agrees()
        await caller.talks()
        segment = await caller.is_recorded()
        await caller.hangs_up()
        closed = await caller.closed(segment)
        assert (closed.verdict, closed.order_id) == (SegmentVerdict.COMPLETE, "")
        story = [type(each.event) for each in await caller.work.watch.story()]
        way = [SampleDrawn, SampleAsked, SampleAnswered, AgentConnected, SampleBegun, SegmentOpened, SegmentProven, SegmentEnded]
        assert [each for each in story if each in way] == way
        await caller.prove(segment)


@judged_in_one_of(TALKS)
async def test_a_hold_waits_for_the_end_and_the_same_two_go_on_without_a_question(house: House) -> None:
    async with a_caller(house, MUSIC) as caller:
        watch, desk = caller.work.watch, caller.work.desk
        await caller.agrees()
        await caller.talks()
        first = await caller.is_recorded()
        leg_id = (await watch.until(AgentConnected)).event.leg_id
        place = {"leg_id": leg_id, "bridge_id": bridge_id(caller.call_id)}
        await desk.do(f"/calls/{caller.call_id}/hold")
        closed = await caller.closed(first)
        assert (closed.verdict, closed.reason) == (SegmentVerdict.COMPLETE, StopReason.HAND_OVER)
        ended, left = await watch.until(SegmentEnded, segment_id=first), await watch.until(LegLeft, **place)
        assert ended.seq < left.seq, "the hold waited for the switch's word"
        await asyncio.sleep(0.5)
        await desk.do(f"/calls/{caller.call_id}/unhold")
        await watch.until(LegJoined, **place, count=2)
        second = await caller.is_recorded(2)
        await caller.hangs_up()
        assert (await caller.closed(second)).verdict is SegmentVerdict.COMPLETE
        assert len(await watch.all(SampleAsked)) == 1
        (theirs, agents), (theirs_after, agents_after) = await caller.prove(first), await caller.prove(second)
        assert max(theirs) < min(theirs_after)
        assert max(agents) < min(agents_after)


async def test_who_takes_it_back_by_a_key_leaves_no_file(house: House) -> None:
    async with a_caller(house, MUSIC) as caller:
        await caller.agrees()
        await caller.talks()
        segment = await caller.is_recorded()
        assert caller.tape()
        await caller.sound.press("9")
        await caller.work.watch.until(SampleWithdrawn)
        assert (await caller.closed(segment)).verdict is SegmentVerdict.DISCARDED
        assert not caller.tape()
        await asyncio.sleep(1.0)
        await caller.hangs_up()
        assert not caller.tape()
        assert len(await caller.work.watch.all(SegmentOpened)) == 1


@pytest.mark.parametrize(("key", "answer"), [(None, SampleAnswer.SILENCE), ("2", SampleAnswer.NO)])
async def test_silence_and_another_key_are_a_no_and_nothing_is_on_disk(
    house: House, key: str | None, answer: SampleAnswer
) -> None:
    async with a_caller(house, MUSIC) as caller:
        await caller.asked()
        if key is not None:
            await caller.sound.press(key)
        assert (await caller.work.watch.until(SampleAnswered)).event.answer is answer
        await caller.talks()
        await caller.is_never_recorded()


async def test_a_project_that_takes_no_samples_asks_nobody(house: House) -> None:
    async with a_caller(house, RINGING) as caller:
        await caller.talks()
        await caller.is_never_recorded()
        assert not await caller.work.watch.all(SampleDrawn)
        assert not await caller.work.watch.all(SampleAsked)
