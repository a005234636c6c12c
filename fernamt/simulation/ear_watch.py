"""What must hold of everybody who listens at the simulated switch, looked at from outside: by who hears, not by what is said.

Nobody hears before the outside party's yes is on disk, nor when it has been taken back, nor when the two of that yes are parted
by us, nor when anybody else comes in; and who is said to hear no more hears no more.
"""

from fernamt.simulation.virtual_time import VirtualTime
from telephony.commands import Command
from telephony.engine.ears import Ears
from telephony.engine.ports import SwitchFact
from telephony.events import CallEnded, Envelope, LegJoined, LegLeft
from telephony.identifiers import SECOND, CallId, Instant, LegId, call_of
from telephony.overhearing import (
    EarClosed,
    EarHears,
    LetListen,
    ListeningAgreed,
    ListeningAsked,
    ListeningDeclined,
    ListeningLapsed,
    ListeningRevoked,
    ListenRequested,
)
from telephony.switch.simulated.ears import SimulatedEar
from telephony.switch.simulated.switch import SimulatedSwitch

ON_THE_WAY_US = SECOND
"""A command that was right when it left may find the yes gone when it arrives: the end is behind it."""
TOLD_US, TOLD_LATE_US = SECOND, 30 * SECOND
"""So long after the yes was over somebody hears at most; and when the line was cut or the controller gone: longer than either."""
_NO_YES = (ListeningAsked, ListeningDeclined, ListeningRevoked, ListeningLapsed, CallEnded)


class EarWatch:
    """Told of what is durable, of each turn, and of all that comes to the switch and leaves it; answers name what is wrong."""

    HEARS = (ListeningAgreed, *_NO_YES, ListenRequested, EarClosed)

    def __init__(self, time: VirtualTime, switch: SimulatedSwitch, *, is_disturbed: bool) -> None:
        self.heard = 0
        self._told_us = TOLD_LATE_US if is_disturbed else TOLD_US
        self._time = time
        self._switch = switch
        self._yes: dict[CallId, Instant | None] = {}
        """Calls with a durable yes; since when it is over, where it is."""
        self._over: dict[CallId, Instant] = {}
        """Calls of which a turn has said that nobody may listen any more."""
        self._pairs: dict[LegId, frozenset[LegId]] = {}

    def durable(self, envelope: Envelope) -> None:
        """The event is on disk."""
        event = envelope.event
        if isinstance(event, ListeningAgreed):
            self._yes[event.call_id] = None
        elif isinstance(event, _NO_YES) and event.call_id in self._yes:
            self._yes[event.call_id] = self._yes[event.call_id] or self._time.now()

    def wrong_in(self, envelope: Envelope, ears: Ears) -> str | None:
        """What is wrong with what an event of a turn says of who listens."""
        event = envelope.event
        if isinstance(event, ListeningAgreed):
            self._over.pop(event.call_id, None)
        elif isinstance(event, _NO_YES):
            self._over.setdefault(event.call_id, self._time.now())
        elif isinstance(event, ListenRequested):
            if event.call_id in self._over:
                return f"{event.call_id} is given to somebody to listen to, whose yes is over"
            gate = ears.gates.get(event.call_id)
            if gate is not None and gate.ear is not None:
                self._pairs[gate.ear.ear_id] = frozenset((gate.caller_leg_id, gate.agent_leg_id))
        elif isinstance(event, EarClosed) and self._hears(event.ear_id):
            return f"{event.ear_id} is said to listen no more, and hears"
        return None

    def wrong_on_the_wire(self, command: Command) -> str | None:
        """What is wrong with a command as it reaches the switch: who is let listen has a yes on disk."""
        if not isinstance(command, LetListen):
            return None
        if command.call_id not in self._yes:
            return f"{command.ear_id} is rung before the yes is durable"
        over_at = self._yes[command.call_id]
        is_late = over_at is not None and self._time.now() - over_at > ON_THE_WAY_US
        return f"{command.ear_id} is rung when the yes is over" if is_late else None

    def wrong_in_fact(self, fact: SwitchFact) -> str | None:
        """What is wrong with who hears as a fact leaves the switch."""
        what = fact.what
        if isinstance(what, EarHears):
            self.heard += 1
            return self._wrong_with_ear(what.leg_id, self._switch.ears[what.leg_id])
        if isinstance(what, LegLeft):
            return self._wrong_in_leave(what)
        return self._wrong_in_join(what) if isinstance(what, LegJoined) else None

    def wrong_now(self, *, at_the_end: bool = False) -> str | None:
        """What is wrong with anybody who hears; nobody does when the day is over."""
        for ear_id, ear in self._switch.listening.items():
            if ear.began_at is None:
                continue
            wrong = f"{ear_id} hears when everybody has gone home" if at_the_end else self._wrong_with_ear(ear_id, ear)
            if wrong is not None:
                return wrong
        return None

    def _wrong_with_ear(self, ear_id: LegId, ear: SimulatedEar) -> str | None:
        call_id = call_of(ear_id)
        if call_id not in self._yes or ear.began_at is None:
            return f"{ear_id} hears who never said yes"
        over_at = self._over.get(call_id)
        is_over = over_at is not None and self._time.now() - over_at > self._told_us
        return f"{ear_id} hears {ear.leg_id} long after the yes was over" if is_over else None

    def _wrong_in_join(self, joined: LegJoined) -> str | None:
        """Somebody came into a bridge that is listened to."""
        there = set(self._switch.existing.bridges.get(joined.bridge_id, {}))
        wrong = (ear_id for ear_id, pair in self._heard_pairs() if there & pair and not there <= pair)
        return next((f"{ear_id} hears {joined.leg_id}, who comes in" for ear_id in wrong), None)

    def _wrong_in_leave(self, left: LegLeft) -> str | None:
        """One of the two was taken out of their bridge, and did not go by themselves."""
        if left.leg_id not in self._switch.existing.legs:
            return None
        return next(
            (f"{ear_id} hears while {left.leg_id} is taken out" for ear_id, pair in self._heard_pairs() if left.leg_id in pair),
            None,
        )

    def _heard_pairs(self) -> list[tuple[LegId, frozenset[LegId]]]:
        return [(ear_id, self._pairs.get(ear_id, frozenset())) for ear_id in self._switch.listening if self._hears(ear_id)]

    def _hears(self, ear_id: LegId) -> bool:
        ear = self._switch.listening.get(ear_id)
        return ear is not None and ear.began_at is not None
