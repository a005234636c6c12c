"""The fuse between turns: the due times of one call, agent or segment may lead on only so often within a second.

A turn that sets a due time which has come already is followed by the next at once. Each of them ends, and yet nothing else would
ever be done: no fact taken, no other caller looked after.
"""

from telephony.engine.arrival import Arrival, Timed, TurnResult
from telephony.engine.course import Course
from telephony.engine.fuse import TOLD_KINDS
from telephony.events import AgentTimerFired, CallTimerFired, UnexpectedHappened
from telephony.identifiers import SECOND, Instant

TIMERS = "timers"
"""The name under which it is reported."""
MOST_A_SECOND = 64
"""In 40 hours of the simulation with every fault no call, agent or segment had more than two; after an outage all that a call can
have come at once, which is twelve."""


class TimerFuse:
    """Counts, second by second, the due times that led to something."""

    def __init__(self) -> None:
        self._since = Instant(0)
        self._led_on: dict[str, list[str]] = {}

    def rests_until(self, event: Timed, now: Instant) -> Instant | None:
        """When that due time may be handled; None at once. None is dropped: what it leads to has to be done all the same."""
        if not self._since <= now < self._since + SECOND:  # clocks are set back, too
            self._since = now
            self._led_on.clear()
        return None if len(self._led_on.get(_whose(event), ())) < MOST_A_SECOND else Instant(self._since + SECOND)

    def note(self, arrival: Arrival, result: TurnResult) -> None:
        """A turn is done. A due time that was taken back led to nothing, and counts for nothing; nor does one of nobody."""
        event = arrival.event
        if isinstance(event, Timed) and (result.envelopes or result.due) and _whose(event):
            self._led_on.setdefault(_whose(event), []).append(event.timer)

    def blown(self, event: Timed, course: Course) -> UnexpectedHappened | None:
        """What journal, log and figures are told of a due time that rests; None for those that rest beside it."""
        led_on = self._led_on[_whose(event)]
        if len(led_on) > MOST_A_SECOND:
            return None
        kinds = ", ".join(led_on[-TOLD_KINDS:])
        led_on.append(event.timer)
        if isinstance(event, AgentTimerFired):
            agent = course.agents.get(event.agent_id)
            state = "" if agent is None else agent.state.value
            return UnexpectedHappened(machine=TIMERS, state=state, event=kinds, agent_id=event.agent_id)
        call = course.calls.get(event.call_id)
        state = "" if call is None else call.state.value
        return UnexpectedHappened(machine=TIMERS, state=state, event=kinds, call_id=event.call_id)


def _whose(event: Timed) -> str:
    """A segment has a bound of its own: it is ended in time, whatever its call is caught in. `""` is the line of all agents whose
    shifts are judged anew, a few each millisecond: it ends with the last of them."""
    match event:
        case CallTimerFired():
            return event.call_id
        case AgentTimerFired():
            return event.agent_id
        case _:
            return event.segment_id
