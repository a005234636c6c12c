"""The lines to the switch misbehave in every way a line can: calls are served, and metered as they were."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from fernamt.node.ports import free_ports
from telephony.events import (
    AgentConnected,
    AgentReleased,
    AgentReserved,
    CallEnded,
    Envelope,
    LegAnswered,
    LegHungUp,
    LegJoined,
    LegOffered,
    SwitchConnected,
    SwitchDisconnected,
    UnexpectedHappened,
)
from tests.e2e.service.bad_line import BadLine, bad_line, is_event, text_frame
from tests.e2e.service.centres import MUSIC, RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import at_desk
from tests.e2e.service.people import a_caller, takes_call, until_gone
from tests.e2e.service.watching import Watch, watching

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A house whose lines can be spoilt."""

    house: House
    ari: BadLine
    ami: BadLine


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def spoilt(state_dir: Path) -> AsyncIterator[Spoilt]:
    """One agent on duty; ARI and AMI go by lines of ours."""
    controller, ari_port, ami, ami_port = free_ports(4)
    changes = {"switch.node1": {"controller_port": controller, "ami_port": ami_port}}
    node_changes = {"controller_uri": f"ws://127.0.0.1:{ari_port}/ari", "ami_port": ami}
    async with (
        bad_line(ari_port, controller, reads_frames=True) as ari_line,
        bad_line(ami_port, ami, reads_frames=False) as ami_line,
        opened_house(state_dir, 1, changes=changes, node_changes=node_changes) as house,
    ):
        await house.phone("a01")
        async with at_desk(house, "sup") as desk:
            await desk.do("/agents/a01/log-in", {})
        yield Spoilt(house, ari_line, ami_line)


@pytest_asyncio.fixture(loop_scope="module")
async def watch(spoilt: Spoilt) -> AsyncIterator[Watch]:
    """From here on; the lines are whole again afterwards."""
    async with watching(spoilt.house) as watch:
        yield watch
        spoilt.ari.heal()
        spoilt.ami.heal()


class Twice:
    """Every event is told twice, and once more much later."""

    def __init__(self) -> None:
        self._past: list[bytes] = []

    def __call__(self, frame: bytes) -> Iterable[bytes]:
        if not is_event(frame):
            return [frame]
        self._past.append(frame)
        return [frame, frame, *self._past[-6:-5]]


class Swapped:
    """Of every two events the second is told first; one whose second does not come waits for the next frame of any kind."""

    def __init__(self) -> None:
        self._kept: bytes | None = None

    def __call__(self, frame: bytes) -> Iterable[bytes]:
        kept, self._kept = self._kept, None
        if kept is not None:
            return [frame, kept]
        if is_event(frame):
            self._kept = frame
            return []
        return [frame]


def with_nonsense(frame: bytes) -> Iterable[bytes]:
    """Between any two frames, some that mean nothing."""
    odd = [
        b"{}",
        b"not json",
        b'{"type":5}',
        b'{"type":"StasisStart"}',
        b'{"type":"ChannelDestroyed","channel":null}',
        b"[[[",
        b"\xff\xfe",
    ]
    return [*(text_frame(each) for each in odd[:-1]), frame]


@dataclass(frozen=True, slots=True)
class Served:
    """The end of a call, and how long it was at least and at most, by the clock on the wall."""

    ended: Envelope
    least_s: float
    most_s: float


async def serve_one(spoilt: Spoilt, watch: Watch) -> Served:
    """A caller is served, talks, hangs up."""
    phone = spoilt.house.phones["a01"]
    async with a_caller(spoilt.house, RINGING) as caller:
        await phone.expect("CALL_INCOMING")
        answering_at = time.monotonic()
        await phone.answer()
        await phone.expect("CALL_ESTABLISHED")
        await caller.expect("CALL_ESTABLISHED")
        answered_at = time.monotonic()
        await asyncio.sleep(1)  # of talk: what is metered is time
        hanging_up_at = time.monotonic()
        await caller.hang_up()
        await phone.expect("CALL_CLOSED")
        hung_up_at = time.monotonic()
        ended: Envelope = await watch.until(CallEnded)
    return Served(ended, hanging_up_at - answered_at, hung_up_at - answering_at)


async def assert_served_once(watch: Watch, served: Served) -> None:
    assert served.ended.call_id is not None
    (line,) = await watch.lines(served.ended.call_id)
    assert served.least_s - 0.05 < line.talk_ms / 1_000 < served.most_s + 0.05
    assert not line.is_estimated
    for kind, count in ((LegOffered, 1), (AgentReserved, 1), (AgentConnected, 1), (AgentReleased, 1), (CallEnded, 1)):
        assert len(await watch.found(kind)) == count, kind


async def test_events_told_twice_count_once(spoilt: Spoilt, watch: Watch) -> None:
    spoilt.ari.mangle = Twice()
    served = await serve_one(spoilt, watch)
    await assert_served_once(watch, served)
    assert await watch.found(UnexpectedHappened) == []


async def test_events_out_of_order_lose_no_call(spoilt: Spoilt, watch: Watch) -> None:
    spoilt.ari.mangle = Swapped()
    served = await serve_one(spoilt, watch)
    await assert_served_once(watch, served)


async def test_late_events_keep_the_switchs_time(spoilt: Spoilt, watch: Watch) -> None:
    spoilt.ari.delay_s = 0.15
    served = await serve_one(spoilt, watch)
    spoilt.ari.delay_s = 0.0
    await assert_served_once(watch, served)
    answered = (await watch.until(LegAnswered)).occurred_at
    hung_up = (await watch.until(LegHungUp)).occurred_at
    (line,) = await watch.lines(served.ended.call_id)  # type: ignore[arg-type]
    assert line.talk_ms <= (hung_up - answered) / 1_000 + 50


async def test_nonsense_between_the_events_changes_nothing(spoilt: Spoilt, watch: Watch) -> None:
    spoilt.ari.mangle = with_nonsense
    served = await serve_one(spoilt, watch)
    await assert_served_once(watch, served)


async def test_a_cut_line_drops_no_call_and_an_end_in_the_gap_is_metered_to_its_moment(spoilt: Spoilt, watch: Watch) -> None:
    async with a_caller(spoilt.house, MUSIC) as caller, a_caller(spoilt.house, MUSIC, as_whom="+491705555555") as waiting:
        await takes_call(spoilt.house.phones["a01"])
        call_id = (await watch.until(AgentConnected)).event.call_id
        leg_id = next(each.event.leg_id for each in await watch.found(LegOffered) if each.call_id == call_id)
        for joined in (leg_id, f"{call_id}.agent.1"):
            await watch.until(LegJoined, leg_id=joined)
        await watch.until(LegOffered, count=2)
        spoilt.ari.cut(stays_cut=True)
        await watch.until(SwitchDisconnected)
        assert not any(event.type == "CALL_CLOSED" for event in (*caller.events, *waiting.events))
        await caller.hang_up()
        await until_gone(spoilt.house, leg_id)
        await asyncio.sleep(2)  # in which the line stays cut: the end is told that much later
        spoilt.ari.heal()
        await watch.until(SwitchConnected)
        await watch.until(CallEnded, call_id=call_id)
        async with at_desk(spoilt.house, "sup") as desk:
            await desk.ask("POST", "/agents/a01/available")
        await takes_call(spoilt.house.phones["a01"])
        await waiting.hang_up()
        await watch.until(CallEnded, count=2)
    (line,) = await watch.lines(call_id)
    connected = await watch.until(AgentConnected)
    hung_up = await watch.until(LegHungUp, leg_id=leg_id)
    assert hung_up.received_at - hung_up.occurred_at > 1_500_000, "it ended when the caller hung up, not when we heard of it"
    assert not hung_up.event.is_estimated
    assert abs(line.talk_ms - (hung_up.occurred_at - connected.occurred_at) / 1_000) < 150
    assert len(await watch.found(AgentReserved)) == 2
    async with at_desk(spoilt.house, "sup") as desk:
        await desk.ask("POST", "/agents/a01/available")


async def test_a_line_that_stays_open_and_says_nothing_is_found_out_and_made_anew(spoilt: Spoilt, watch: Watch) -> None:
    async with a_caller(spoilt.house, RINGING) as caller:
        await takes_call(spoilt.house.phones["a01"])
        await watch.until(LegJoined, count=2)
        spoilt.ari.swallows = True
        await watch.until(SwitchDisconnected)
        spoilt.ari.heal()  # the greeting of the connection made meanwhile may be lost: then that one is given up, too
        await watch.until(SwitchConnected)
        assert not any(event.type == "CALL_CLOSED" for event in caller.events)
        await caller.hang_up()
        ended = await watch.until(CallEnded)
    (line,) = await watch.lines(ended.event.call_id)
    assert line.talk_ms > 5_000
    await spoilt.house.phones["a01"].expect("CALL_CLOSED")


@pytest.mark.parametrize("how", ["cut", "nonsense", "slow"])
async def test_a_manager_interface_gone_bad_costs_no_call(spoilt: Spoilt, watch: Watch, how: str) -> None:
    if how == "cut":
        spoilt.ami.cut(stays_cut=True)
    elif how == "slow":
        spoilt.ami.delay_s = 2.0
    else:
        spoilt.ami.say_to_dialler(
            b"Event: \xff\xfe\r\nX\r\n\r\n" + b"A" * 200_000 + b"\r\n\r\nResponse: Success\r\nActionID: none\r\n\r\n"
        )
    served = await serve_one(spoilt, watch)
    await assert_served_once(watch, served)
