"""Everybody outside in a simulated day: the desk that permits calls to them, their phones, and what must never reach the wire."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Protocol

from fernamt.simulation.machines import Machines
from fernamt.simulation.searching import number_of as number_of_caller
from fernamt.simulation.tape import Tape
from fernamt.simulation.virtual_time import VirtualTime
from routing.outbound.asking import ReferenceKind
from telephony.causes import HangupCause
from telephony.commands import AskPermission, Command, DialOutside, FailureReason, HangUp, ReadNumberBack
from telephony.dialling import DialPermitted, DialRefused
from telephony.errors import RefusalCode
from telephony.events import NumberFacts
from telephony.identifiers import SECOND, CallId, Instant, LegId, PartyId
from telephony.overhearing import EndListening, LetListen
from telephony.segments import DiscardSegment, StartSegment, StopSegment
from telephony.switch.simulated.switch import SimulatedSwitch

NUMBERS = tuple(f"+4917139200{number:02}" for number in range(20))
LEADS = tuple(f"+491713921{number:04}" for start in (1_000, 2_000) for number in range(start, start + 40))
"""Those of the people on lists."""
NOT_ASSIGNED = 2
"""So many of the numbers nobody has."""
REFUSED, BUSY, SILENT = 0.1, 0.1, 0.15
CALLERS_REACHED = 90
"""So many of a hundred callers can be called back; the others' numbers are nobody's any more."""
LONGEST_LOOK_US = 300_000
LONGEST_MS = 1_800_000
Said = Callable[[DialPermitted | DialRefused], None]
FACTS = NumberFacts(number_class="mobile", country="DE", masked="+49 171 •••", metadata_version="simulated")


def somebody(random: Random) -> PartyId:
    """One of the people outside."""
    return PartyId(f"outside-{random.randrange(len(NUMBERS))}")


def number_of(party_id: PartyId) -> str:
    """The number in the person store."""
    return NUMBERS[int(party_id.rpartition("-")[2])]


class Leads(Protocol):
    """The lists of the day."""

    def permits(self, command: AskPermission, at: Instant) -> bool: ...
    def wrong_on_the_wire(self, command: DialOutside) -> str | None: ...


class Outside:
    """Outlives every controller, as the desk's book and other people's phones do."""

    def __init__(self, *, time: VirtualTime, random: Random, switch: SimulatedSwitch, tape: Tape) -> None:
        self.dialled: dict[LegId, None] = {}
        self._time = time
        self._random = random
        self._switch = switch
        self._tape = tape
        self._noted: dict[LegId, None] = {}
        self.leads: Leads | None = None
        self.machines = Machines(time, random, switch)
        for number in (*LEADS[NOT_ASSIGNED:], *NUMBERS[NOT_ASSIGNED:], *map(number_of_caller, range(CALLERS_REACHED))):
            switch.subscriber(number, self._rings)

    def ask(self, command: AskPermission, said: Said, lives: Callable[[], bool]) -> None:
        """The desk answers a moment later; a leg is permitted once, whoever asks again. It dies with its controller."""
        look_us = int(self._random.random() * LONGEST_LOOK_US)
        self._time.after(look_us, partial(self._answer, command, said, lives))

    def _answer(self, command: AskPermission, said: Said, lives: Callable[[], bool]) -> None:
        if not lives():
            return
        is_allowed = command.leg_id not in self._noted and self._random.random() >= REFUSED
        if is_allowed and self.leads is not None and command.rests_on is not None and command.rests_on.kind == ReferenceKind.LEAD:
            is_allowed = self.leads.permits(command, self._time.now())
        if not is_allowed:
            said(
                DialRefused(
                    call_id=command.call_id,
                    leg_id=command.leg_id,
                    party_id=command.party_id,
                    purpose=command.purpose,
                    agent_id=command.agent_id,
                    code=RefusalCode.OUTBOUND_NOT_PERMITTED,
                )
            )
            return
        self._noted[command.leg_id] = None
        said(
            DialPermitted(
                call_id=command.call_id,
                leg_id=command.leg_id,
                party_id=command.party_id,
                purpose=command.purpose,
                agent_id=command.agent_id,
                number=FACTS,
                shown="+493055500",
                right_id="right",
                rules_version="simulated",
                revision=1,
                ring_limit_ms=30_000,
                max_duration_ms=LONGEST_MS,
                rate_micros=0,
                cost_limit_micros=0,
            )
        )

    def wrong_on_the_wire(self, command: Command) -> str | None:
        """What is wrong with a command that reaches the switch: nobody is dialled but once, by a permit that is on disk."""
        if not isinstance(command, DialOutside):
            return None
        if command.leg_id in self.dialled:
            return f"{command.leg_id} is dialled twice"
        self.dialled[command.leg_id] = None
        if command.leg_id not in self._tape.permitted:
            return f"{command.leg_id} is dialled without a journaled permit"
        return None if self.leads is None else self.leads.wrong_on_the_wire(command)

    def _rings(self, leg_id: LegId, _shown: str) -> None:
        chance = self._random.random()
        wait_us = int((1 + self._random.expovariate(1.0) * 4) * SECOND)
        if chance < BUSY:
            self._switch.party_ends(leg_id, HangupCause.BUSY)
        elif chance >= BUSY + SILENT:
            self._time.after(wait_us, partial(self._answers, leg_id))

    def _answers(self, leg_id: LegId) -> None:
        stays_us = self.machines.answers(leg_id)
        self._time.after(stays_us, partial(self._switch.party_ends, leg_id))


_HELD_BACK = (AskPermission, DialOutside, ReadNumberBack, StartSegment, LetListen)


def _is_cancelled(waiting: Command, command: Command) -> bool:
    """Whether it ends what has not begun: neither is sent then."""
    if isinstance(waiting, StartSegment):
        return isinstance(command, StopSegment | DiscardSegment) and waiting.segment_id == command.segment_id
    if isinstance(waiting, LetListen):
        return isinstance(command, EndListening) and waiting.ear_id == command.ear_id
    return isinstance(command, HangUp) and isinstance(waiting, DialOutside) and waiting.leg_id == command.leg_id


class Outward:
    """A controller's way out: what has to be on disk first waits for it, and holds back its own call alone."""

    def __init__(
        self,
        *,
        outside: Outside,
        tape: Tape,
        send: Callable[[Command], None],
        fail: Callable[[Command, FailureReason], None],
        said: Said,
        lives: Callable[[], bool],
    ) -> None:
        self._outside = outside
        self._tape = tape
        self._send = send
        self._fail = fail
        self._said = said
        self._lives = lives
        self._lines: dict[CallId, list[tuple[Command, int]]] = {}

    def take(self, command: Command, seq: int) -> bool:
        """Whether the command waits here, or was taken out of the line it cancels something in."""
        line = self._lines.get(command.call_id)
        if line is None and (not command.must_be_durable or not isinstance(command, _HELD_BACK)):
            return False
        if line is None:
            line = self._lines[command.call_id] = []
            self._tape.once_durable(seq, partial(self._work_off, command.call_id))
        for waiting in line:
            if _is_cancelled(waiting[0], command):
                line.remove(waiting)
                self._fail(waiting[0], FailureReason.GONE)
                return True
        line.append((command, seq))
        return True

    def _work_off(self, call_id: CallId) -> None:
        line = self._lines[call_id]
        while line:
            command, seq = line[0]
            if command.must_be_durable and self._tape.last_seq < seq:
                self._tape.once_durable(seq, partial(self._work_off, call_id))
                return
            line.pop(0)
            if isinstance(command, AskPermission):
                self._outside.ask(command, self._said, self._lives)
            else:
                self._send(command)
        del self._lines[call_id]
