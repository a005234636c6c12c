"""A call of which two are told that it is recorded: who is called by a sign, the agent by one and by the board of their desk."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fernamt.demo.house import House
from fernamt.installation import Database
from telephony.events import AgentConnected
from telephony.identifiers import CallId, SegmentId, segment_id
from telephony.order_segments import SegmentClosed, SegmentMark, SegmentVerdict
from telephony.segments import SegmentProven
from tests.e2e.asterisk.at_once import at_once
from tests.e2e.asterisk.counted_sound import Carrier, a_carrier
from tests.e2e.asterisk.signs_heard import Ear, an_ear
from tests.e2e.patience import soon
from tests.e2e.service.hearing import ANNA, OUTSIDER
from tests.e2e.service.outward import NUMBER, line_port, outward_house
from tests.e2e.service.taped import FILES_STAY
from tests.e2e.service.test_open_line import OnTheLine, on_the_line
from tests.integration.web.memory_recording import NAMES, TEXT


@asynccontextmanager
async def asking_house(state_dir: Path) -> AsyncIterator[House]:
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
    """Anna and who was called; `number` is the segment that is spoken of."""

    work: OnTheLine
    call_id: CallId
    ear: Ear
    network: Carrier
    number: int = 1

    @property
    def segment(self) -> SegmentId:
        return segment_id(self.call_id, self.number)

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

    async def at(self, kind: type, **fields: Any) -> float:
        """When that was told of the segment, by the clock of the machine."""
        return float((await self.work.watch.until(kind, segment_id=self.segment, **fields)).received_at) / 1e6

    def file(self, way: str) -> Path:
        return self.work.house.node.settings.recording_directory / "segments" / f"{self.segment}-{way}.wav"


@asynccontextmanager
async def a_call(house: House, last: int) -> AsyncIterator[Call]:
    """Anna has called somebody by her line, and both speak."""
    async with (
        at_once(house.node.pid),  # a tape that lacks a piece is not complete, and rightly so
        on_the_line(house) as work,
        an_ear(OUTSIDER) as ear,
        a_carrier(line_port(house), sound=ear) as network,
    ):
        call_id = await work.wants(f"{NUMBER}{last}")
        await soon(network.dialled.wait())
        network.says("180 Ringing")
        network.says("200 OK", sounds=True)
        await work.watch.until(AgentConnected)
        yield Call(work, call_id, ear, network)
        network.hangs_up()
        await work.is_free_again(1)


@dataclass(slots=True)
class Desk:
    """What the live board of Anna's desk says of the recording, as it comes in."""

    call: Call
    shown: list[tuple[str, float, bool]] = field(default_factory=list)
    """Each phase in its order, when it came in, and whether both files of the segment were there then."""

    async def reads(self, socket: Any) -> None:
        async for message in socket:
            at, told = time.time(), message.json()
            rows = [each["row"] for each in told.get("changes", ()) if each["kind"] == "call"]
            for row in rows:
                phase = None if row["tape"] is None else row["tape"]["phase"]
                if row["call_id"] == self.call.call_id and phase is not None and [each[0] for each in self.shown[-1:]] != [phase]:
                    self.shown.append((phase, at, self.call.file("rx").exists() and self.call.file("tx").exists()))

    async def until(self, phase: str, nth: int = 1) -> tuple[float, bool]:
        """When that phase was shown for the `nth` time, and whether both files were there."""
        while len(found := [each for each in self.shown if each[0] == phase]) < nth:  # noqa: ASYNC110 - the reader fills it
            await asyncio.sleep(0.01)
        return found[nth - 1][1:]


@asynccontextmanager
async def at_her_screen(call: Call) -> AsyncIterator[Desk]:
    """Her desk's own live connection, up to date."""
    desk, http = Desk(call), call.work.desk.http
    async with http.ws_connect(f"{call.work.desk.url}/api/v1/live", headers={"Origin": call.work.desk.url}) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        await socket.send_json({"type": "start"})
        while (await soon(socket.receive_json()))["type"] != "snapshot":
            pass
        reading = asyncio.create_task(desk.reads(socket))
        try:
            yield desk
        finally:
            reading.cancel()
