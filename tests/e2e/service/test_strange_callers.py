"""Callers as the network delivers them: nameless, numberless, malformed, hostile; and numbers that nobody answers."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from fernamt.demo.phones import PATIENCE_S
from fernamt.demo.sipp import run_sipp
from fernamt.installation import opened
from telephony.causes import EndReason
from telephony.events import AgentReserved, CallAdmitted, CallEnded, CallTurnedAway, LegAnswered, LegOffered, UnexpectedHappened
from telephony.identifiers import ProjectId
from tests.e2e.patience import soon
from tests.e2e.service.centres import CLOSED, ENDING, NO_ANONYMOUS, NOBODYS, RINGING, SHORT_WAIT
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import at_desk
from tests.e2e.service.people import a_caller, new_recording, takes_call
from tests.e2e.service.watching import Watch, eventually, watching

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """One agent, on duty."""
    async with opened_house(state_dir, 1) as opened:
        await opened.phone("a01")
        async with at_desk(opened, "sup") as desk:
            await desk.do("/agents/a01/log-in", {})
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def watch(house: House) -> AsyncIterator[Watch]:
    """From here on."""
    async with watching(house) as watch:
        yield watch


class HandMadeCaller(asyncio.DatagramProtocol):
    """A call whose every byte is the test's: what the switch answers is kept."""

    def __init__(self, house: House, sender: bytes, number: str) -> None:
        self.answers = asyncio.Queue[int]()
        host, port = house.sip.split(":")
        self.switch = (host, int(port))
        self._sender, self._number, self._tag = sender, number, os.urandom(6).hex()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data.startswith(b"SIP/2.0 "):
            code = int(data[8:11])
            self.answers.put_nowait(code)
            if code >= 300:
                self.say("ACK")

    def say(self, method: str) -> None:
        """The request is on its way; an INVITE offers sound."""
        assert self._transport is not None
        port = self._transport.get_extra_info("sockname")[1]
        body = ""
        if method == "INVITE":
            body = f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port + 1} RTP/AVP 8\r\n"
        head = (
            f"{method} sip:{self._number}@{self.switch[0]}:{self.switch[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{self._tag}\r\nMax-Forwards: 70\r\n"
            f"To: <sip:{self._number}@127.0.0.1>\r\nCall-ID: {self._tag}@test\r\nContact: <sip:a@127.0.0.1:{port}>\r\n"
            f"CSeq: 1 {method}\r\n"
        )
        kind = "Content-Type: application/sdp\r\n" if body else ""
        tail = f";tag=1\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        self._transport.sendto(head.encode() + b"From: " + self._sender + tail.encode(), self.switch)

    async def final(self) -> int:
        """The first answer that is no 1xx."""
        while (code := await soon(self.answers.get())) < 200:
            pass
        return code


@asynccontextmanager
async def a_strange_call(house: House, sender: bytes, number: str) -> AsyncIterator[HandMadeCaller]:
    """The call has been sent; at the end nobody listens any more."""
    loop = asyncio.get_running_loop()
    transport, caller = await loop.create_datagram_endpoint(
        lambda: HandMadeCaller(house, sender, number), local_addr=("127.0.0.1", 0)
    )
    caller.say("INVITE")
    try:
        yield caller
    finally:
        transport.close()


@pytest.mark.parametrize(
    "sender",
    [
        b'"' + "Jürgen ".encode() * 600 + b'" <sip:+491701234567@127.0.0.1>',
        b'"' + b"\xc3(" * 2000 + b'" <sip:+491701234567@127.0.0.1>',
        b'"a%0d%0aAction: Originate\\"c" <sip:+491701234567@127.0.0.1>',
        b'"x" <sip:491701%0d%0aAction%3a%20Originate@127.0.0.1>',
        b'"x" <sip:%00%ff%fe12@127.0.0.1>',
        b"<sip:" + b"9" * 900 + b"@127.0.0.1>",
    ],
    ids=["4 kB", "4 kB of broken UTF-8", "CR/LF in the name", "CR/LF in the number", "no number at all", "900 digits"],
)
async def test_whatever_a_caller_is_called_the_call_is_served(house: House, watch: Watch, sender: bytes) -> None:
    phone = house.phones["a01"]
    async with a_strange_call(house, sender, RINGING) as caller:
        incoming = await phone.expect("CALL_INCOMING")
        await phone.answer()
        assert await caller.final() == 200
        caller.say("ACK")
        assert RINGING in incoming.peer
        await watch.until(LegAnswered, count=2)
        await phone.hang_up()
        ended = await watch.until(CallEnded)
    await phone.expect("CALL_CLOSED")
    (line,) = await watch.lines(ended.event.call_id)
    assert line.number_class in {"mobile", "unknown", "anonymous"}
    assert await watch.found(UnexpectedHappened) == []
    console = await house.command("journal", "tail", "--lines", "50", "--json")
    assert "Originate" not in console
    assert "Jürgen" not in console


@pytest.mark.parametrize("who", ["anonymous", "unavailable"])
async def test_a_caller_without_a_number_is_served_where_the_project_takes_them(house: House, watch: Watch, who: str) -> None:
    async with a_caller(house, RINGING, as_whom=who) as caller:
        await takes_call(house.phones["a01"])
        await caller.hang_up()
        ended = await watch.until(CallEnded)
    await house.phones["a01"].expect("CALL_CLOSED")
    offered = (await watch.until(LegOffered)).event
    assert isinstance(offered, LegOffered)
    assert offered.caller is None
    (line,) = await watch.lines(ended.event.call_id)
    assert line.number_class == "anonymous"


async def test_a_caller_without_a_number_is_refused_where_the_project_wants_one(house: House, watch: Watch) -> None:
    async with a_strange_call(house, b'"Anonymous" <sip:anonymous@anonymous.invalid>', NO_ANONYMOUS) as caller:
        assert await caller.final() in (403, 603)
    assert (await watch.until(CallEnded)).event.end_reason is EndReason.REFUSED_ANONYMOUS
    assert await watch.found(AgentReserved) == []


async def test_a_number_of_nobodys_is_answered_404(house: House, watch: Watch) -> None:
    async with a_strange_call(house, b"<sip:+491701234567@127.0.0.1>", NOBODYS) as caller:
        assert await caller.final() == 404
    ended = await watch.until(CallEnded)
    assert ended.event.end_reason is EndReason.UNKNOWN_DID
    record = await watch.record(ended.event.call_id)
    assert (record.talk_ms, record.project_id, record.did) == (0, None, NOBODYS)


@pytest.mark.parametrize("number", ["00" + "1" * 30, "123*45#"])
async def test_a_number_that_is_none_is_refused_and_on_record(house: House, watch: Watch, number: str) -> None:
    async with a_strange_call(house, b"<sip:+491701234567@127.0.0.1>", number.replace("#", "%23")) as caller:
        assert await caller.final() == 484
    assert (await watch.until(CallEnded)).event.end_reason is EndReason.MALFORMED


async def test_a_closed_project_hands_the_caller_to_the_answering_machine(house: House, watch: Watch) -> None:
    async with a_caller(house, CLOSED) as caller:
        await caller.expect("CALL_ESTABLISHED")
        away = (await watch.until(CallTurnedAway)).event
        await caller.hang_up()
        ended = await watch.until(CallEnded)
    assert ended.event.end_reason is EndReason.CLOSED
    assert isinstance(away, CallTurnedAway)
    assert away.to_machine
    record = await watch.record(ended.event.call_id)
    assert (record.project_id, record.talk_ms) == ("closed", 0)
    assert record.announcement_ms + record.machine_ms > 0


async def test_a_caller_who_waited_to_the_limit_is_handed_to_the_answering_machine(house: House, watch: Watch) -> None:
    async with a_caller(house, SHORT_WAIT) as caller:
        await caller.expect("CALL_ESTABLISHED")
        call_id = (await watch.until(CallAdmitted)).call_id
        assert call_id is not None
        messages = house.settings.service.state_dir / "messages"
        await eventually(lambda: new_recording(messages, set()), "a recording")
        await caller.hang_up()
        ended = await watch.until(CallEnded)
    assert ended.event.end_reason is EndReason.WAIT_LIMIT
    record = await watch.record(call_id)
    assert 1_500 <= record.wait_ms < 1_500 + PATIENCE_S * 1_000


async def test_a_caller_whose_project_goes_out_of_use_gets_to_the_machine_and_is_on_record(house: House, watch: Watch) -> None:
    async with a_caller(house, ENDING) as caller:
        await caller.expect("CALL_ESTABLISHED")
        call_id = (await watch.until(CallAdmitted)).call_id
        assert call_id is not None
        await asyncio.sleep(1)  # what the caller waited is to be found on record
        async with opened(house.settings) as database:
            await database.directory.deactivate_project(ProjectId("ending"))
        away = (await watch.until(CallTurnedAway)).event
        messages = house.settings.service.state_dir / "messages"
        known = set(messages.glob("*/*.wav"))
        await eventually(lambda: new_recording(messages, known), "a recording")  # after the announcement
        await caller.hang_up()
        ended = await watch.until(CallEnded)
    assert isinstance(away, CallTurnedAway)
    assert (away.reason, away.to_machine, away.project_id) == (EndReason.CLOSED, True, "ending")
    assert ended.event.end_reason is EndReason.CLOSED
    record = await watch.record(call_id)
    assert (record.project_id, record.end_reason, record.talk_ms) == ("ending", EndReason.CLOSED, 0)
    assert record.wait_ms >= 1_000
    assert record.announcement_ms + record.machine_ms > 1_000


async def test_a_caller_who_gives_up_waiting_is_on_record_as_such(house: House, watch: Watch) -> None:
    keys = {"caller": "+491701234567", "number": SHORT_WAIT}
    result = await run_sipp("caller", to=house.sip, talk_ms=300, keys=keys)
    assert result.succeeded == 1
    ended = await watch.until(CallEnded)
    assert ended.event.end_reason is EndReason.ABANDONED
