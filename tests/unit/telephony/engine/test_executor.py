"""Commands that wait for the disk: they hold back their own call, in its order, and nobody else's."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from telephony.commands import Command, HangUp, LeaveBridge, PlayTone, StartMusic, StartRecording, StopRecording
from telephony.engine.executor import Executor
from telephony.engine.ports import Journal, Switch
from telephony.errors import JournalError
from telephony.events import CommandFailed
from telephony.identifiers import BridgeId, CallId, LegId, RecordingId, SwitchName

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
        self.failed: list[CommandFailed] = []
        self.executor = Executor(
            switches={SWITCH: cast(Switch, self.wire)},
            journal=cast(Journal, self.journal),
            report=lambda failed, _switch: self.failed.append(failed),
        )

    async def idle(self) -> None:
        """Every line that can go on has gone on."""
        for _ in range(10):
            await asyncio.sleep(0)


def record(call: CallId = ONE) -> StartRecording:
    return StartRecording(call_id=call, switch=SWITCH, leg_id=LegId("caller"), recording_id=RecordingId("r1"))


def stop(call: CallId = ONE, recording: str = "r1") -> StopRecording:
    return StopRecording(call_id=call, switch=SWITCH, leg_id=LegId("caller"), recording_id=RecordingId(recording))


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
    assert scene.wire.names() == ["StartRecording one", "HangUp one"]


async def test_a_hold_right_after_a_start_that_waits_keeps_its_own_order_too() -> None:
    scene = Scene()
    scene.executor.execute([record(), *hold()], 5)
    scene.executor.execute([hang_up()], 6)
    await scene.journal.reach(5)
    await scene.idle()
    assert scene.wire.names() == ["StartRecording one", "LeaveBridge one", "StartMusic one", "HangUp one"]


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
    assert [failed.reason for failed in scene.failed] == ["gone"]


async def test_what_is_durable_already_waits_for_nothing() -> None:
    scene = Scene()
    await scene.journal.reach(5)
    scene.executor.execute([record()], 5)
    assert scene.wire.names() == ["StartRecording one"]


async def test_a_start_that_can_never_be_durable_fails_and_the_call_goes_on() -> None:
    scene = Scene()
    scene.executor.execute([record()], 5)
    scene.executor.execute([hang_up()], 6)
    await scene.journal.reach(0, is_broken=True)
    await scene.idle()
    assert scene.wire.names() == ["HangUp one"]
    assert [(failed.command, failed.reason) for failed in scene.failed] == [("StartRecording", "refused")]


async def test_a_line_worked_off_is_gone_and_the_next_command_leaves_at_once() -> None:
    scene = Scene()
    scene.executor.execute([record()], 5)
    await scene.journal.reach(5)
    await scene.idle()
    assert scene.executor.waiting() == 0
    tone = PlayTone(call_id=ONE, switch=SWITCH, leg_id=LegId("caller"), is_confirmation=True)
    scene.executor.execute([tone], 7)
    assert scene.wire.names() == ["StartRecording one", "PlayTone one"]
