"""The order on the wire is the order of the call, whatever waits for the disk."""

import asyncio
from collections.abc import Sequence

import pytest

from store.memory_journal import MemoryJournal
from telephony.commands import Command, HangUp, JoinBridge, LeaveBridge, StartRecording, StopRecording
from telephony.engine.executor import Executor
from telephony.events import CommandFailed, DirectoryLoaded, Envelope
from telephony.identifiers import BridgeId, CallId, EventId, Instant, LegId, RecordingId, SwitchName

SWITCH = SwitchName("s")
ONE, TWO = CallId("one"), CallId("two")


class Wire:
    """A switch that notes what is sent."""

    name = SWITCH

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.writes = 0

    def send(self, commands: Sequence[Command]) -> None:
        self.sent += commands
        self.writes += 1


class Stage:
    """An executor over a journal that can be held."""

    def __init__(self) -> None:
        self.journal = MemoryJournal()
        self.wire = Wire()
        self.failed: list[CommandFailed] = []
        self.executor = Executor(
            switches={SWITCH: self.wire},  # type: ignore[dict-item]
            journal=self.journal,
            report=lambda failed, _switch: self.failed.append(failed),
        )
        self.seq = 0

    def journaled(self) -> int:
        self.seq += 1
        envelope = Envelope(
            seq=self.seq,
            event_id=EventId(str(self.seq)),
            occurred_at=Instant(0),
            received_at=Instant(0),
            event=DirectoryLoaded(revision=1),
        )
        self.journal.append([envelope])
        return self.seq

    def do(self, *commands: Command) -> None:
        self.executor.execute(commands, self.journaled())

    async def settled(self) -> None:
        while self.executor.waiting():  # noqa: ASYNC110 - the loop is only let run
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    def names(self) -> list[str]:
        return [type(command).__name__ for command in self.wire.sent]


def start(call_id: CallId = ONE, number: int = 1) -> StartRecording:
    return StartRecording(
        call_id=call_id, switch=SWITCH, leg_id=LegId(f"{call_id}-leg"), recording_id=RecordingId(f"{call_id}-{number}")
    )


def stop(call_id: CallId = ONE, number: int = 1) -> StopRecording:
    return StopRecording(
        call_id=call_id, switch=SWITCH, leg_id=LegId(f"{call_id}-leg"), recording_id=RecordingId(f"{call_id}-{number}")
    )


def hang_up(call_id: CallId = ONE) -> HangUp:
    return HangUp(call_id=call_id, switch=SWITCH, leg_id=LegId(f"{call_id}-leg"))


def hold(call_id: CallId = ONE) -> LeaveBridge:
    return LeaveBridge(call_id=call_id, switch=SWITCH, bridge_id=BridgeId("b"), leg_id=LegId(f"{call_id}-leg"))


def unhold(call_id: CallId = ONE) -> JoinBridge:
    return JoinBridge(call_id=call_id, switch=SWITCH, bridge_id=BridgeId("b"), leg_ids=(LegId(f"{call_id}-leg"),))


@pytest.fixture
async def stage() -> Stage:
    return Stage()


async def test_commands_of_one_turn_leave_in_one_write(stage: Stage) -> None:
    stage.do(hold(), unhold(), hang_up(TWO))
    assert stage.names() == ["LeaveBridge", "JoinBridge", "HangUp"]
    assert stage.wire.writes == 1


async def test_what_must_not_be_lost_waits_for_the_disk(stage: Stage) -> None:
    stage.journal.hold()
    stage.do(start())
    assert stage.names() == []
    stage.journal.release()
    await stage.settled()
    assert stage.names() == ["StartRecording"]


async def test_a_hold_behind_a_command_that_waits_keeps_its_place(stage: Stage) -> None:
    stage.journal.hold()
    stage.do(start())
    stage.do(hold())
    stage.do(unhold())
    assert stage.names() == []
    stage.journal.release()
    await stage.settled()
    assert stage.names() == ["StartRecording", "LeaveBridge", "JoinBridge"]


async def test_other_calls_do_not_wait(stage: Stage) -> None:
    stage.journal.hold()
    stage.do(start(ONE))
    stage.do(hold(TWO))
    assert stage.names() == ["LeaveBridge"]
    stage.journal.release()
    await stage.settled()


async def test_a_stop_cancels_the_start_that_still_waits_and_neither_is_sent(stage: Stage) -> None:
    stage.journal.hold()
    stage.do(start())
    stage.do(hold())
    stage.do(stop())
    stage.journal.release()
    await stage.settled()
    assert stage.names() == ["LeaveBridge"]
    assert [(failed.command, failed.reason) for failed in stage.failed] == [("StartRecording", "gone")]


async def test_a_stop_of_another_recording_cancels_nothing(stage: Stage) -> None:
    stage.journal.hold()
    stage.do(start(number=1))
    stage.do(stop(number=2))
    stage.journal.release()
    await stage.settled()
    assert stage.names() == ["StartRecording", "StopRecording"]


async def test_a_hang_up_keeps_its_place_behind_a_recording_that_waits(stage: Stage) -> None:
    stage.journal.hold()
    stage.do(start())
    stage.do(hang_up())
    stage.journal.release()
    await stage.settled()
    assert stage.names() == ["StartRecording", "HangUp"]


async def test_a_disk_that_never_takes_the_event_fails_the_command_and_lets_the_rest_through(stage: Stage) -> None:
    stage.journal.hold()
    stage.do(start())
    stage.do(hold())
    await asyncio.sleep(0)
    await stage.journal.close()
    await stage.settled()
    assert stage.names() == ["LeaveBridge"]
    assert [failed.command for failed in stage.failed] == ["StartRecording"]


async def test_commands_to_a_switch_that_is_not_ours_fail(stage: Stage) -> None:
    stage.executor.execute([HangUp(call_id=ONE, switch=SwitchName("other"), leg_id=LegId("x"))], 0)
    assert [(failed.command, failed.reason) for failed in stage.failed] == [("HangUp", "disconnected")]
