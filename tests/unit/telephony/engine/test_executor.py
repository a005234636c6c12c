"""Commands that wait for the disk: they hold back their own call, in its order, and nobody else's."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from telephony.commands import (
    AskPermission,
    Command,
    DialOutside,
    HangUp,
    LeaveBridge,
    PlayTone,
    ReadNumberBack,
    StartMusic,
)
from telephony.dialling import DialPurpose
from telephony.engine.executor import Executor
from telephony.engine.ports import Journal, Switch
from telephony.errors import JournalError
from telephony.identifiers import (
    AgentId,
    BridgeId,
    CallId,
    ClientId,
    LegId,
    PartyId,
    PlaybackId,
    ProjectId,
    SegmentId,
    SwitchName,
)
from telephony.segments import DiscardSegment, SegmentEnded, SegmentFaulted, SegmentTrouble, StartSegment, StopSegment

SWITCH = SwitchName("s")
ONE, OTHER = CallId("one"), CallId("other")


@dataclass
class Wire:
    """What left us, in its order."""

    sent: list[Command] = field(default_factory=list)

    def send(self, commands: Sequence[Command]) -> None:
        self.sent += commands

    def names(self) -> list[str]:
        return [f"{type(command).__name__} {command.call_id}" for command in self.sent]


class HeldJournal:
    """A journal whose disk answers when the test lets it."""

    def __init__(self) -> None:
        self.durable_seq = 0
        self.is_broken = False
        self._news = asyncio.Condition()

    async def wait_durable(self, seq: int) -> None:
        async with self._news:
            await self._news.wait_for(lambda: self.is_broken or self.durable_seq >= seq)
        if self.is_broken:
            raise JournalError("the disk is full")

    async def reach(self, seq: int, *, is_broken: bool = False) -> None:
        async with self._news:
            self.durable_seq, self.is_broken = seq, is_broken
            self._news.notify_all()


class Scene:
    def __init__(self) -> None:
        self.wire, self.journal = Wire(), HeldJournal()
        self.failed: list[Any] = []
        self.executor = Executor(
            switches={SWITCH: cast(Switch, self.wire)},
            journal=cast(Journal, self.journal),
            report=lambda failed, _switch: self.failed.append(failed),
        )

    async def idle(self) -> None:
        """Every line that can go on has gone on."""
        for _ in range(10):
            await asyncio.sleep(0)


def record(call: CallId = ONE) -> StartSegment:
    return StartSegment(call_id=call, switch=SWITCH, leg_id=LegId("caller"), segment_id=SegmentId("r1"), limit_ms=900_000)


def stop(call: CallId = ONE, recording: str = "r1") -> StopSegment:
    return StopSegment(call_id=call, switch=SWITCH, leg_id=LegId("caller"), segment_id=SegmentId(recording))


def hang_up(call: CallId = ONE) -> HangUp:
    return HangUp(call_id=call, switch=SWITCH, leg_id=LegId("caller"))


def hold(call: CallId = ONE) -> list[Command]:
    leave = LeaveBridge(call_id=call, switch=SWITCH, bridge_id=BridgeId("b"), leg_id=LegId("agent"))
    return [leave, StartMusic(call_id=call, switch=SWITCH, leg_id=LegId("caller"), music="default")]


async def test_a_hang_up_right_after_a_start_that_waits_leaves_after_it() -> None:
    scene = Scene()
    scene.executor.execute([record()], 5)
    scene.executor.execute([hang_up()], 6)
    await scene.idle()
    assert scene.wire.names() == []
    await scene.journal.reach(5)
    await scene.idle()
    assert scene.wire.names() == ["StartSegment one", "HangUp one"]


async def test_a_hold_right_after_a_start_that_waits_keeps_its_own_order_too() -> None:
    scene = Scene()
    scene.executor.execute([record(), *hold()], 5)
    scene.executor.execute([hang_up()], 6)
    await scene.journal.reach(5)
    await scene.idle()
    assert scene.wire.names() == ["StartSegment one", "LeaveBridge one", "StartMusic one", "HangUp one"]


async def test_another_call_is_not_held_back() -> None:
    scene = Scene()
    scene.executor.execute([record()], 5)
    scene.executor.execute([*hold(OTHER), hang_up(OTHER)], 6)
    assert scene.wire.names() == ["LeaveBridge other", "StartMusic other", "HangUp other"]
    await scene.executor.close()


async def test_a_stop_takes_back_a_start_that_still_waits_and_neither_is_sent() -> None:
    scene = Scene()
    scene.executor.execute([record()], 5)
    scene.executor.execute([stop(), hang_up()], 6)
    await scene.journal.reach(6)
    await scene.idle()
    assert scene.wire.names() == ["HangUp one"]
    assert scene.failed == [SegmentEnded(leg_id=LegId("caller"), segment_id=SegmentId("r1"), files=())]


async def test_so_does_a_discard() -> None:
    scene = Scene()
    scene.executor.execute([record()], 5)
    scene.executor.execute([DiscardSegment(call_id=ONE, switch=SWITCH, leg_id=LegId("caller"), segment_id=SegmentId("r1"))], 6)
    await scene.journal.reach(6)
    await scene.idle()
    assert scene.wire.names() == []
    assert scene.failed == [SegmentEnded(leg_id=LegId("caller"), segment_id=SegmentId("r1"), files=())]


async def test_what_is_durable_already_waits_for_nothing() -> None:
    scene = Scene()
    await scene.journal.reach(5)
    scene.executor.execute([record()], 5)
    assert scene.wire.names() == ["StartSegment one"]


async def test_a_start_that_can_never_be_durable_fails_and_the_call_goes_on() -> None:
    scene = Scene()
    scene.executor.execute([record()], 5)
    scene.executor.execute([hang_up()], 6)
    await scene.journal.reach(0, is_broken=True)
    await scene.idle()
    assert scene.wire.names() == ["HangUp one"]
    of_segment = {"leg_id": LegId("caller"), "segment_id": SegmentId("r1")}
    refused = SegmentFaulted(**of_segment, trouble=SegmentTrouble.REFUSED)
    assert scene.failed == [refused, SegmentEnded(**of_segment, files=())]


async def test_a_line_worked_off_is_gone_and_the_next_command_leaves_at_once() -> None:
    scene = Scene()
    scene.executor.execute([record()], 5)
    await scene.journal.reach(5)
    await scene.idle()
    assert scene.executor.waiting() == 0
    tone = PlayTone(call_id=ONE, switch=SWITCH, leg_id=LegId("caller"), is_confirmation=True)
    scene.executor.execute([tone], 7)
    assert scene.wire.names() == ["StartSegment one", "PlayTone one"]


class Desk:
    """Knows one number, and whom it was asked about."""

    def __init__(self) -> None:
        self.asked: list[AskPermission] = []
        self.number: str | None = "+4917139200"
        self.may_tell = asyncio.Event()

    async def ask(self, command: AskPermission) -> None:
        self.asked.append(command)

    async def number_of(self, party_id: PartyId) -> str | None:
        await self.may_tell.wait()
        return self.number


class OutwardScene(Scene):
    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.executor = Executor(
            switches={SWITCH: cast(Switch, self.wire)},
            journal=cast(Journal, self.journal),
            report=lambda failed, _switch: self.failed.append(failed),
            ask_desk=self.desk.ask,
            number_of=self.desk.number_of,
        )


OUTSIDER = LegId("one.outsider.1")


def ask_permission() -> AskPermission:
    return AskPermission(
        call_id=ONE,
        switch=SWITCH,
        leg_id=OUTSIDER,
        party_id=PartyId("p"),
        purpose=DialPurpose.TRANSFER,
        project_id=ProjectId("nord"),
        client_id=ClientId("c"),
        agent_id=AgentId("anna"),
    )


def dial() -> DialOutside:
    return DialOutside(
        call_id=ONE,
        switch=SWITCH,
        leg_id=OUTSIDER,
        party_id=PartyId("p"),
        caller_leg_id=LegId("caller"),
        shown="+493055501",
        timeout_ms=30_000,
    )


async def test_the_desk_is_asked_once_the_request_is_on_disk_and_holds_nothing_back() -> None:
    scene = OutwardScene()
    scene.executor.execute([ask_permission()], 5)
    await scene.idle()
    assert scene.desk.asked == []
    scene.executor.execute([hang_up()], 6)
    await scene.journal.reach(5)
    await scene.idle()
    assert scene.desk.asked == [ask_permission()]
    assert scene.wire.names() == ["HangUp one"], "and the switch never hears of it"


async def test_the_desk_is_asked_as_soon_as_the_party_is_on_disk_whatever_else_is_not() -> None:
    scene = OutwardScene()
    scene.executor = Executor(
        switches={SWITCH: cast(Switch, scene.wire)},
        journal=cast(Journal, scene.journal),
        report=lambda failed, _switch: scene.failed.append(failed),
        ask_desk=scene.desk.ask,
        named_at=lambda command: {PartyId("p"): 3}[command.party_id],
    )
    scene.executor.execute([ask_permission()], 5)
    await scene.journal.reach(2)
    await scene.idle()
    assert scene.desk.asked == []
    await scene.journal.reach(3)
    await scene.idle()
    assert scene.desk.asked == [ask_permission()]


async def test_nobody_is_dialled_before_the_permit_is_on_disk_and_the_number_is_put_in_last() -> None:
    scene = OutwardScene()
    scene.desk.may_tell.set()
    scene.executor.execute([dial()], 5)
    await scene.idle()
    assert scene.wire.sent == []
    await scene.journal.reach(5)
    await scene.idle()
    (sent,) = scene.wire.sent
    assert isinstance(sent, DialOutside)
    assert sent.number == "+4917139200"


async def test_a_permit_on_disk_already_waits_for_the_number_alone() -> None:
    scene = OutwardScene()
    await scene.journal.reach(9)
    scene.executor.execute([dial(), hang_up()], 5)
    await scene.idle()
    assert scene.wire.sent == []
    scene.desk.may_tell.set()
    await scene.idle()
    assert scene.wire.names() == ["DialOutside one", "HangUp one"]


async def test_a_hang_up_of_the_leg_takes_the_dialling_out_of_the_line() -> None:
    scene = OutwardScene()
    await scene.journal.reach(9)
    scene.executor.execute([dial()], 5)
    await scene.idle()
    scene.executor.execute([HangUp(call_id=ONE, switch=SWITCH, leg_id=OUTSIDER)], 6)
    scene.desk.may_tell.set()
    await scene.idle()
    assert scene.wire.sent == []
    assert [(failed.command, failed.reason, failed.leg_id) for failed in scene.failed] == [("DialOutside", "gone", OUTSIDER)]


async def test_a_number_that_nobody_knows_any_more_is_not_dialled() -> None:
    scene = OutwardScene()
    scene.desk.number = None
    scene.desk.may_tell.set()
    scene.executor.execute([dial()], 5)
    await scene.journal.reach(5)
    await scene.idle()
    assert scene.wire.sent == []
    assert [(failed.command, failed.reason) for failed in scene.failed] == [("DialOutside", "refused")]


class ReadingScene(Scene):
    """A number is to be read out; `digits` None: nobody knows it any more."""

    def __init__(self, digits: str | None) -> None:
        super().__init__()

        async def digits_of(_party_id: PartyId) -> str | None:
            return digits

        self.executor = Executor(
            switches={SWITCH: cast(Switch, self.wire)},
            journal=cast(Journal, self.journal),
            report=lambda failed, _switch: self.failed.append(failed),
            digits_of=digits_of,
        )


def read_back() -> ReadNumberBack:
    return ReadNumberBack(
        call_id=ONE,
        switch=SWITCH,
        leg_id=LegId("caller"),
        playback_id=PlaybackId("one.playback.1"),
        party_id=PartyId("p"),
        before=("number",),
        after=("confirm",),
        language="de",
    )


async def test_a_number_is_read_out_once_the_party_is_on_disk_and_a_hang_up_behind_it_is_sent() -> None:
    scene = ReadingScene("0309")
    scene.executor.execute([read_back()], 1)
    scene.executor.execute([HangUp(call_id=ONE, switch=SWITCH, leg_id=LegId("caller"))], 2)
    await scene.idle()
    assert scene.wire.sent == []
    await scene.journal.reach(2)
    await scene.idle()
    assert scene.wire.names() == ["ReadNumberBack one", "HangUp one"]
    assert cast(ReadNumberBack, scene.wire.sent[0]).digits == "0309"


async def test_a_number_nobody_knows_any_more_is_not_read_out() -> None:
    scene = ReadingScene(None)
    await scene.journal.reach(1)
    scene.executor.execute([read_back()], 1)
    await scene.idle()
    assert scene.wire.sent == []
    assert [failed.reason for failed in scene.failed] == ["refused"]
