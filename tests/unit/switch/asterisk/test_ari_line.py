"""The outbound line under a peer that is slow, silent, rude, or talks nonsense."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest
import pytest_asyncio

from telephony.switch.asterisk.ari import CUT, TIMED_OUT, AriLine
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest, Frame
from telephony.switch.asterisk.settings import AriSettings
from tests.unit.switch.asterisk.fake_asterisk import FakeAsterisk

PING = AriRequest("GET", "asterisk/ping")


@dataclass
class Line:
    line: AriLine
    frames: list[Frame] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    peers: list[FakeAsterisk] = field(default_factory=list)

    def peer(self, **how: str) -> FakeAsterisk:
        peer = FakeAsterisk(self.line.port, **how)
        self.peers.append(peer)
        return peer

    def on_frame(self, frame: Frame) -> None:
        self.frames.append(frame)
        self.told.append(frame.type)

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not is_so():  # noqa: ASYNC110 - the line has no events for a test to wait on
                await asyncio.sleep(0.001)


@pytest_asyncio.fixture
async def there() -> AsyncIterator[Line]:
    settings = AriSettings(
        http_url="", user="", password="", controller_password="p", request_timeout_s=0.4, frame_limit_bytes=50_000
    )
    line = Line(AriLine(settings))
    running = asyncio.create_task(
        line.line.run(line.on_frame, on_up=lambda: line.told.append("up"), on_down=lambda: line.told.append("down"))
    )
    await line.until(lambda: line.line.port != 0)
    yield line
    for peer in line.peers:
        await peer.end()
    running.cancel()
    await asyncio.wait([running])


async def test_nothing_is_sent_before_both_apps_are_registered(there: Line) -> None:
    peer = there.peer()
    await peer.dial(registers=False)
    await asyncio.sleep(0.05)
    answers: list[AriAnswer] = []
    there.line.write([(PING, answers.append)])
    await there.until(lambda: bool(answers))
    assert answers[0].status == CUT
    assert peer.requests == []
    await peer.register()
    await there.until(lambda: there.line.is_up)
    assert (await there.line.ask(PING)).status == 204


async def test_events_that_came_before_registration_are_told_after_the_line_is_up(there: Line) -> None:
    peer = there.peer()
    await peer.dial(registers=False)
    await peer.event({"type": "StasisStart"})
    await peer.register()
    await there.until(lambda: "StasisStart" in there.told)
    assert there.told[0] == "up"


async def test_a_batch_arrives_in_its_order_and_every_answer_finds_its_request(there: Line) -> None:
    peer = there.peer()
    await peer.dial()
    await there.until(lambda: there.line.is_up)
    answers: dict[int, int] = {}
    there.line.write([(AriRequest("POST", f"a/{n}"), lambda answer, n=n: answers.update({n: answer.status})) for n in range(50)])
    await there.until(lambda: len(answers) == 50)
    assert [request["uri"] for request in peer.requests] == [f"a/{n}" for n in range(50)]
    assert set(answers.values()) == {204}


@pytest.mark.parametrize(("user", "password"), [("asterisk", "wrong"), ("other", "p"), ("asterisk", ""), ("ä", "ö")])
async def test_whoever_has_not_the_password_is_turned_away(there: Line, user: str, password: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await there.peer(user=user, password=password).dial()
    assert refused.value.status == 401
    assert there.line.refused == 1
    assert not there.line.is_up


async def test_without_a_password_set_nobody_gets_in() -> None:
    line = Line(AriLine(AriSettings(http_url="", user="", password="")))
    running = asyncio.create_task(line.line.run(line.on_frame, on_up=lambda: None, on_down=lambda: None))
    await line.until(lambda: line.line.port != 0)
    peer = line.peer(password="")
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await peer.dial()
    await peer.end()
    running.cancel()
    await asyncio.wait([running])


async def test_a_peer_that_does_not_answer_is_cut_and_every_request_is_told_once(there: Line) -> None:
    peer = there.peer()
    peer.is_silent = True
    await peer.dial()
    await there.until(lambda: there.line.is_up)
    answers: list[int] = []
    there.line.write([(PING, lambda answer: answers.append(answer.status))])
    await asyncio.sleep(0.2)
    there.line.write([(PING, lambda answer: answers.append(answer.status))])
    await peer.closed()
    await there.until(lambda: len(answers) == 2)
    assert answers[0] == TIMED_OUT
    assert answers[1] in {TIMED_OUT, CUT}
    assert there.told[-1] == "down"


async def test_a_cut_line_answers_all_that_waited_and_comes_back(there: Line) -> None:
    peer = there.peer()
    peer.is_silent = True
    await peer.dial()
    await there.until(lambda: there.line.is_up)
    waiting = asyncio.create_task(there.line.ask(PING))
    await asyncio.sleep(0.01)
    await peer.hang_up()
    assert (await waiting).status == CUT
    assert not there.line.is_up
    again = there.peer()
    await again.dial()
    await there.until(lambda: there.line.is_up)
    assert (await there.line.ask(PING)).status == 204
    assert [told for told in there.told if told in {"up", "down"}] == ["up", "down", "up"]


async def test_a_second_connection_takes_over_from_one_that_hangs(there: Line) -> None:
    first, second = there.peer(), there.peer()
    await first.dial()
    await there.until(lambda: there.line.is_up)
    await second.dial()
    await there.until(lambda: there.told.count("up") == 2)
    assert [told for told in there.told if told in {"up", "down"}] == ["up", "down", "up"]
    assert (await there.line.ask(PING)).status == 204
    assert second.requests


@pytest.mark.parametrize("nonsense", [b"{", b"", b"null", b"[1]", b"\xff\xfe", b'{"type":5}', b'{"channel":"x"}', b"x" * 1000])
async def test_nonsense_is_counted_and_the_line_goes_on(there: Line, nonsense: bytes) -> None:
    peer = there.peer()
    await peer.dial()
    await there.until(lambda: there.line.is_up)
    await peer.raw(nonsense)
    await peer.binary(b"\x00\x01")
    assert (await there.line.ask(PING)).status == 204
    assert there.line.nonsense == 2
    assert "down" not in there.told


async def test_endless_nonsense_is_cut(there: Line) -> None:
    peer = there.peer()
    await peer.dial()
    await there.until(lambda: there.line.is_up)
    for _ in range(100):
        await peer.raw(b"{")
    await peer.closed()
    await there.until(lambda: there.told[-1] == "down")


async def test_a_frame_over_the_limit_cuts_the_line_cleanly(there: Line) -> None:
    peer = there.peer()
    await peer.dial()
    await there.until(lambda: there.line.is_up)
    await peer.raw(b'{"type":"' + b"x" * 60_000 + b'"}')
    await peer.closed()
    await there.until(lambda: not there.line.is_up)
    again = there.peer()
    await again.dial()
    await there.until(lambda: there.line.is_up)


async def test_an_answer_to_nobody_is_nonsense_and_changes_nothing(there: Line) -> None:
    peer = there.peer()
    await peer.dial()
    await there.until(lambda: there.line.is_up)
    await peer.event({"type": "RESTResponse", "request_id": "999", "status_code": 200})
    await there.until(lambda: there.line.nonsense == 1)
    assert (await there.line.ask(PING)).status == 204


async def test_an_error_in_the_receiver_of_events_is_not_swallowed() -> None:
    line = AriLine(AriSettings(http_url="", user="", password="", controller_password="p"))

    def broken(_frame: Frame) -> None:
        raise LookupError("the receiver broke")

    running = asyncio.create_task(line.run(broken, on_up=lambda: None, on_down=lambda: None))
    async with asyncio.timeout(5):
        while line.port == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    peer = FakeAsterisk(line.port)
    await peer.dial()
    await asyncio.wait([running])
    assert isinstance(running.exception(), LookupError)
    await peer.end()


async def test_delayed_acknowledgements_are_off_whenever_something_was_received(there: Line) -> None:
    peer = there.peer()
    await peer.dial()
    await there.until(lambda: there.line.is_up)
    transport = there.line._transport
    assert transport is not None
    for _ in range(20):
        await there.line.ask(PING)
        assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK) == 1


async def test_a_connection_that_never_says_its_apps_are_there_is_given_up_and_the_next_is_the_line(there: Line) -> None:
    mute = there.peer()
    await mute.dial(registers=False)
    await asyncio.wait_for(mute.closed(), 5)
    assert there.told == []
    again = there.peer()
    await again.dial()
    await there.until(lambda: there.line.is_up)
