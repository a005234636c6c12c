"""What events do to the gates of a turn's calls, and what of that goes to the switches, in which order."""

from typing import Protocol

from recording.listening import GateStep
from telephony.call.model import Call
from telephony.engine.arrival import Arrival, TurnResult
from telephony.engine.ears import Ears, refused_ear
from telephony.errors import Refusal
from telephony.events import Envelope, Event
from telephony.identifiers import CallId, SwitchName
from telephony.overhearing import EarFact, EndListening


class Course(Protocol):
    """What of a turn they touch."""

    calls: dict[CallId, Call]
    ears: Ears
    result: TurnResult

    def conclude(self, event: Event, cause: Envelope | Arrival) -> None: ...


def tell_gate(turn: Course, envelope: Envelope) -> Refusal | None:
    """The call's gate meets it; who hears a call that has none is told to end."""
    event = envelope.event
    call = None if envelope.call_id is None else turn.calls.get(envelope.call_id)
    done = None if call is None else turn.ears.step(call, envelope)
    if done is not None:
        return _carry_out(turn, done, envelope)
    turn.result.commands += refused_ear(event, envelope) if isinstance(event, EarFact) else ()
    return None


def look_whether_parted(turn: Course, call: Call, envelope: Envelope) -> None:
    """A call that is no talk of the two alone any more is listened to by nobody."""
    parted = turn.ears.parted(call, envelope)
    if parted is not None:
        _carry_out(turn, parted, envelope)


def cut_ears(turn: Course, switch: SwitchName, envelope: Envelope) -> None:
    """The line to the switch was cut, or is back."""
    for done in turn.ears.cut(switch):
        _carry_out(turn, done, envelope)


def close_gate(turn: Course, envelope: Envelope) -> None:
    """The call is over."""
    for closed in () if envelope.call_id is None else turn.ears.ended(envelope.call_id):
        turn.conclude(closed, envelope)


def _carry_out(turn: Course, done: GateStep, envelope: Envelope) -> Refusal | None:
    """Who is to hear no more is told so ahead of all else that this turn wants done."""
    ends = [command for command in done.commands if isinstance(command, EndListening)]
    turn.result.commands[:0] = ends
    turn.result.commands += [command for command in done.commands if not isinstance(command, EndListening)]
    for event in done.events:
        turn.conclude(event, envelope)
    return done.refusal
