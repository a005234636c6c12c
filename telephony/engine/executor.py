"""Commands to the switches, in their call's order; what must not be lost waits for the disk, and holds back only its call."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

from msgspec.structs import replace

from telephony.commands import (
    AskPermission,
    Command,
    DialOutside,
    FailureReason,
    HangUp,
    ReadNumberBack,
    leg_of,
)
from telephony.engine.ports import Journal, Switch
from telephony.errors import FernamtError, JournalError
from telephony.events import CommandFailed, Event
from telephony.identifiers import CallId, PartyId, SwitchName
from telephony.overhearing import EarEnded, EndListening, LetListen
from telephony.segments import (
    DiscardSegment,
    GiveSign,
    SegmentCommand,
    SegmentEnded,
    SegmentFaulted,
    SegmentTrouble,
    SignGiven,
    StartSegment,
    StopSegment,
)

Waiting = tuple[Command, int]
AskDesk = Callable[[AskPermission], Coroutine[None, None, None]]
NumberOf = Callable[[PartyId], Awaitable[str | None]]
NamedAt = Callable[[AskPermission], int]
"""The event with which the party came; 0 where it has long been on disk, or the desk knows them without."""
_OUTWARD = (AskPermission, DialOutside, ReadNumberBack)
"""They need more than the disk: the desk, or the number."""


class Executor:
    """Sends what may be sent at once, in one batch a switch; keeps a line per call for what waits for the disk."""

    def __init__(
        self,
        *,
        switches: Mapping[SwitchName, Switch],
        journal: Journal,
        report: Callable[[Event, SwitchName], None],
        ask_desk: AskDesk | None = None,
        number_of: NumberOf | None = None,
        digits_of: NumberOf | None = None,
        named_at: NamedAt | None = None,
    ) -> None:
        self._switches = switches
        self._journal = journal
        self._report = report
        self._ask_desk = ask_desk
        self._number_of = number_of
        self._digits_of = digits_of
        self._named_at = named_at
        self._lines: dict[CallId, deque[Waiting]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def execute(self, commands: Sequence[Command], seq: int) -> None:
        """The commands are on the wire or in their call's line; `seq` is the last event they follow from."""
        batches: dict[SwitchName, list[Command]] = {}
        for command in commands:
            line = self._lines.get(command.call_id)
            if line is not None:
                if not self._cancels(command, line):
                    line.append((command, seq))
            elif command.must_be_durable and (self._journal.durable_seq < seq or isinstance(command, _OUTWARD)):
                self._open_line(command, seq)
            else:
                batches.setdefault(command.switch, []).append(command)
        for name, batch in batches.items():
            self._send(name, batch)

    def waiting(self) -> int:
        """How many commands wait for the disk."""
        return sum(len(line) for line in self._lines.values())

    async def close(self) -> None:
        """No line is worked off any more; what waits is not sent."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _send(self, name: SwitchName, batch: Sequence[Command]) -> None:
        switch = self._switches.get(name)
        if switch is not None:
            switch.send(batch)
            return
        for command in batch:
            self._fail(command, FailureReason.DISCONNECTED, f"no switch named {name}")

    def _open_line(self, command: Command, seq: int) -> None:
        self._lines[command.call_id] = deque([(command, seq)])
        self._begin(self._work_off(command.call_id))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self, call_id: CallId) -> None:
        line = self._lines[call_id]
        while line:
            command, seq = line[0]
            if command.must_be_durable:
                try:
                    await self._journal.wait_durable(self._needed(command, seq))
                except JournalError as error:
                    if line and line[0][0] is command:
                        line.popleft()
                        self._fail(command, FailureReason.REFUSED, str(error))
                    continue
            ready = await self._ready(command)
            if line and line[0][0] is command:  # it may have been cancelled while the disk was waited for
                line.popleft()
                self._part_with(command, ready)
        del self._lines[call_id]

    def _needed(self, command: Command, seq: int) -> int:
        """What has to be on disk before the command. The desk only needs to know the party: what it permits is used when all that
        came before is on disk, too."""
        if isinstance(command, AskPermission) and self._named_at is not None:
            return min(seq, self._named_at(command))
        return seq

    def _part_with(self, command: Command, ready: Command | None) -> None:
        if isinstance(command, AskPermission):
            if self._ask_desk is not None:
                self._begin(self._ask_desk(command))  # nothing else of the call waits for the desk
        elif ready is None:
            self._fail(command, FailureReason.REFUSED, "nobody knows the number any more")
        else:
            self._send(ready.switch, [ready])

    async def _ready(self, command: Command) -> Command | None:
        """The command as the switch needs it; None where the number cannot be had: then nobody is dialled, nothing read out."""
        if isinstance(command, DialOutside):
            number = await _known(self._number_of, command.party_id)
            return None if number is None else replace(command, number=number)
        if isinstance(command, ReadNumberBack):
            digits = await _known(self._digits_of, command.party_id)
            return None if digits is None else replace(command, digits=digits)
        return command

    def _cancels(self, command: Command, line: deque[Waiting]) -> bool:
        """A stop or hang-up whose start still waits takes it out of the line: neither is sent."""
        for waiting in line:
            if _is_start_of(waiting[0], command):
                line.remove(waiting)
                self._fail(waiting[0], FailureReason.GONE, "ended before it was sent")
                return True
        return False

    def _fail(self, command: Command, reason: FailureReason, detail: str) -> None:
        if isinstance(command, LetListen):
            self._report(EarEnded(leg_id=command.ear_id), command.switch)
            return
        if isinstance(command, SegmentCommand):
            for fact in of_unsent(command, reason):
                self._report(fact, command.switch)
            return
        failed = CommandFailed(
            command=type(command).__name__,
            reason=reason,
            leg_id=leg_of(command),
            bridge_id=getattr(command, "bridge_id", None),
            detail=detail,
        )
        self._report(failed, command.switch)


async def _known(number_of: NumberOf | None, party_id: PartyId) -> str | None:
    try:
        return None if number_of is None else await number_of(party_id)
    except FernamtError:
        return None


def of_unsent(command: SegmentCommand, reason: FailureReason) -> tuple[Event, ...]:
    """What is true of a segment whose command never left: a start that did not is no segment; of the others nobody knows."""
    if isinstance(command, GiveSign):
        return (SignGiven(leg_id=command.leg_id, segment_id=command.segment_id, number=command.number, is_whole=False),)
    is_refused = isinstance(command, StartSegment) and reason is FailureReason.REFUSED
    trouble = SegmentTrouble.REFUSED if is_refused else SegmentTrouble.DISCONNECTED
    faulted = SegmentFaulted(leg_id=command.leg_id, segment_id=command.segment_id, trouble=trouble)
    if not isinstance(command, StartSegment):
        return (faulted,)
    ended = SegmentEnded(leg_id=command.leg_id, segment_id=command.segment_id, files=())
    return (ended,) if reason is FailureReason.GONE else (faulted, ended)


def _is_start_of(waiting: Command, command: Command) -> bool:
    if isinstance(command, StopSegment | DiscardSegment):
        return isinstance(waiting, StartSegment) and waiting.segment_id == command.segment_id
    if isinstance(command, EndListening):
        return isinstance(waiting, LetListen) and waiting.ear_id == command.ear_id
    if isinstance(command, HangUp):
        # A leg that was never asked for needs no hang-up; a recording or a sound on a living leg does not cancel it.
        is_of_living_leg = isinstance(waiting, StartSegment | ReadNumberBack | LetListen)
        return waiting.must_be_durable and not is_of_living_leg and _leg(waiting) == command.leg_id
    return False


def _leg(command: Command) -> object:
    return getattr(command, "leg_id", None)
