"""One controller of the simulation: the service's own core on virtual time, that can be killed and started again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as dataclass_replace
from functools import partial
from random import Random

from msgspec.structs import replace

from fernamt.simulation.link import REACH_US, Line
from fernamt.simulation.outside import Outside, Outward, number_of
from fernamt.simulation.searching import known_among
from fernamt.simulation.tape import Tape
from fernamt.simulation.virtual_time import SeededIds, VirtualTime
from routing.callback import spoken
from routing.directory import Directory
from routing.shifts.outside import Plan
from telephony.agent.model import AgentRules
from telephony.commands import Command, DialOutside, FailureReason, ReadNumberBack, leg_of
from telephony.dialling import DialPermitted, DialRefused
from telephony.engine.core import Core
from telephony.engine.executor import of_unsent
from telephony.engine.ports import LegEnd, PartyRecord, Snapshot, SwitchFact
from telephony.engine.turn import Turn
from telephony.engine.turns import Listener
from telephony.errors import Refusal
from telephony.events import AgentRequest, CallRequest, CommandFailed, Event, NumberFacts
from telephony.overhearing import EarEnded, LetListen
from telephony.segments import SegmentCommand
from telephony.switch.simulated.switch import SimulatedSwitch

RECONCILE_US = 20_000
"""So long it takes to look at the switch: its record of ends is read at the beginning, its legs are read at the end."""
MASKED = NumberFacts(number_class="landline", country="DE", masked="+49 •••", metadata_version="simulated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What outlives a controller: time, the switch and its line, the journal, the centre."""

    time: VirtualTime
    random: Random
    switch: SimulatedSwitch
    line: Line
    tape: Tape
    directory: Directory
    rules: AgentRules
    outside: Outside
    shifts: Plan = field(default_factory=dict)
    looked_up: Callable[[Core], None] = lambda _core: None
    """Told of each core that has begun: what draws of samples rest on is known to it a moment later."""


class Site:
    """The controller's life after life; `core` is the one that lives now, None between two."""

    def __init__(self, around: Surroundings, listener: Listener) -> None:
        self._around = around
        self._listener = listener
        self._ids = SeededIds(around.random)
        self._life = 0
        self._connections = 0
        self.core: Core | None = None
        self._outward: Outward | None = None
        self._wake_at: int | None = None

    @property
    def directory(self) -> Directory:
        """The centre, the same all day."""
        return self._around.directory

    def start(self) -> None:
        """A controller starts: reads the journal, connects, reconciles."""
        around = self._around
        self._life += 1
        self._wake_at = None
        life = self._life
        self._outward = Outward(
            outside=around.outside,
            tape=around.tape,
            send=partial(self._send_one, life),
            fail=partial(self._fail, life),
            said=partial(self._said, life),
            lives=lambda: life == self._life,
        )
        turn = Turn(directory=around.directory, rules=around.rules, ids=self._ids, next_seq=around.tape.last_seq + 1)
        turn.shifts.use(around.shifts)
        self.core = Core(
            turn=turn,
            switches=[around.switch.name],
            append=around.tape.append,
            execute=partial(self._execute, self._life),
            clock=around.time,
            ids=self._ids,
            read_number=lambda _number: MASKED,
            known_callers=partial(known_among, len(around.directory.agents)),
            listeners=[self._listener],
            on_due=partial(self._sleep, self._life),
        )
        self.core.restore(around.tape.open_events(), around.tape.shares())
        around.looked_up(self.core)
        self._sleep(self._life)
        self.connect()

    def kill(self) -> None:
        """The controller is gone in the middle of whatever it did."""
        self._around.line.cut()
        self._around.tape.lose_tail()
        self._life += 1
        self.core = None

    def connect(self) -> None:
        """The line is made, anew; a moment later the switch's state is known."""
        core, around = self.core, self._around
        if core is None:
            return
        core.connected(around.switch.name)
        around.line.open(core.take)
        self._connections += 1
        ends = around.switch.snapshot_now().ended
        around.time.after(RECONCILE_US, partial(self._look_at_switch, self._connections, ends))

    def cut(self) -> None:
        """The line to the switch is lost."""
        self._around.line.cut()
        if self.core is not None:
            self.core.disconnected(self._around.switch.name)

    def ask(
        self,
        request: AgentRequest | CallRequest,
        answer: Callable[[Refusal | None], None] = lambda _refusal: None,
        party: PartyRecord | None = None,
    ) -> None:
        """Somebody asks for something; nobody hears it between two controllers."""
        if self.core is not None:
            self.core.ask(request, answer, party)

    def _look_at_switch(self, connection: int, ends: Sequence[LegEnd]) -> None:
        seen = dataclass_replace(self._around.switch.snapshot_now(), ended=ends)
        self._around.time.after(REACH_US, partial(self._reconcile, connection, seen))

    def _reconcile(self, connection: int, seen: Snapshot) -> None:
        if self.core is not None and connection == self._connections and self._around.line.is_open:
            self.core.reconciled(seen)

    def _execute(self, life: int, commands: Sequence[Command], seq: int) -> None:
        if life != self._life or self._outward is None:
            return
        at_once = [command for command in commands if not self._outward.take(command, seq)]
        if self._around.line.is_open:
            self._around.switch.send(at_once)
            return
        for command in at_once:
            self._around.time.after(0, partial(self._fail, life, command, FailureReason.DISCONNECTED))

    def _send_one(self, life: int, command: Command) -> None:
        if isinstance(command, DialOutside):
            known = self._around.tape.numbers.get(command.party_id)
            command = replace(command, number=known or number_of(command.party_id))
        if isinstance(command, ReadNumberBack):
            command = replace(command, digits=spoken(self._around.tape.numbers[command.party_id]))
        if life == self._life and self._around.line.is_open:
            self._around.switch.send((command,))
        else:
            self._around.time.after(0, partial(self._fail, life, command, FailureReason.DISCONNECTED))

    def _said(self, life: int, event: DialPermitted | DialRefused) -> None:
        if self.core is not None and life == self._life:
            self.core.said(event)

    def _fail(self, life: int, command: Command, reason: FailureReason) -> None:
        if self.core is None or life != self._life:
            return
        for fact in _of_failed(command, reason):
            self.core.take(SwitchFact(switch=command.switch, occurred_at=self._around.time.now(), what=fact))

    def _sleep(self, life: int) -> None:
        if self.core is None or life != self._life:
            return
        next_at = self.core.next_at()
        if next_at is not None and (self._wake_at is None or next_at < self._wake_at):
            self._wake_at = next_at
            self._around.time.after(next_at - self._around.time.now(), partial(self._wake, life, next_at))

    def _wake(self, life: int, at: int) -> None:
        if self.core is None or life != self._life or at != self._wake_at:
            return
        self._wake_at = None
        self.core.fire_due()
        self._sleep(life)


def _of_failed(command: Command, reason: FailureReason) -> tuple[Event, ...]:
    if isinstance(command, LetListen):
        return (EarEnded(leg_id=command.ear_id),)
    return of_unsent(command, reason) if isinstance(command, SegmentCommand) else (_failed(command, reason),)


def _failed(command: Command, reason: FailureReason) -> CommandFailed:
    return CommandFailed(
        command=type(command).__name__,
        reason=reason,
        leg_id=leg_of(command),
        bridge_id=getattr(command, "bridge_id", None),
    )
