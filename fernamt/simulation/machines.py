"""Answering machines among the called of a simulated day, people who say their name, and what must hold of both."""

from collections.abc import Sequence
from random import Random

from fernamt.simulation.virtual_time import VirtualTime
from telephony.causes import EndReason
from telephony.dialling import CallPlaced
from telephony.events import CallEnded, CallRequest, Envelope, LegAnswered, LegHungUp
from telephony.identifiers import MS, SECOND, CallId, Instant, LegId
from telephony.machines import MachineHeard
from telephony.switch.simulated.switch import SimulatedSwitch
from telephony.terms import MachineRule

MACHINES = 0.2
"""Share of the called whose machine answers."""
NAME_US, SHORTEST_GREETING_US = 2 * SECOND, 10 * SECOND
NOTICED_US = 2 * SECOND
"""So long after the rule's time a machine's leg is gone at the latest, where nothing else goes on in the call."""


class Machines:
    """Says who takes a call outside, and lets them speak; outlives every controller."""

    def __init__(self, time: VirtualTime, random: Random, switch: SimulatedSwitch) -> None:
        self._time = time
        self._random = random
        self._switch = switch
        self._taken: dict[LegId, None] = {}

    def answers(self, leg_id: LegId) -> int:
        """The leg is answered by a person or a machine; for how long either stays, in microseconds."""
        is_machine = self._random.random() < MACHINES
        if is_machine and leg_id in self._switch.existing.legs:
            self._taken[leg_id] = None
        says_us = int(self._random.random() * NAME_US)
        self._switch.phone_answers(leg_id)
        self._switch.party_speaks(leg_id, SHORTEST_GREETING_US + 8 * says_us if is_machine else says_us)
        mean_us = 40 * SECOND if is_machine else 90 * SECOND
        return int(self._random.expovariate(1.0) * mean_us)

    def wrong_in_end(self, call_id: CallId, envelopes: Sequence[Envelope], *, is_disturbed: bool) -> str | None:
        """What is wrong with the end of a call to somebody outside: a machine that was talked to, or a person taken for one."""
        events = [envelope.event for envelope in envelopes]
        heard = [event for event in events if isinstance(event, MachineHeard)]
        ended = next((event.end_reason for event in events if isinstance(event, CallEnded)), None)
        if any(event.is_ended for event in heard) and ended is not EndReason.CALLEE_MACHINE:
            return f"call {call_id} reached a machine and ended as {ended}"
        if is_disturbed:
            return None  # a line that is cut may hide that somebody fell silent
        for event in heard:
            if event.leg_id not in self._taken:
                return f"call {call_id} took a person for a machine"
        late = self._heard_too_long(envelopes)
        return None if late is None else f"call {call_id} left a machine on the line for {late // MS} ms"

    def _heard_too_long(self, envelopes: Sequence[Envelope]) -> int | None:
        placed = next((each.event for each in envelopes if isinstance(each.event, CallPlaced)), None)
        if placed is None or placed.terms.machines is not MachineRule.END or _has_more_to_it(envelopes):
            return None  # who asked to be called back may have a machine answer
        up: dict[LegId, Instant] = {}
        for envelope in envelopes:
            event = envelope.event
            if isinstance(event, LegAnswered) and event.leg_id in self._taken:
                up[event.leg_id] = envelope.occurred_at
            elif isinstance(event, LegHungUp) and event.leg_id in up:
                lasted_us = envelope.occurred_at - up[event.leg_id]
                if lasted_us > placed.terms.machine_after_ms * MS + NOTICED_US:
                    return lasted_us
        return None


def _has_more_to_it(envelopes: Sequence[Envelope]) -> bool:
    """Whether somebody asked for anything in the call: who holds or hands on is heard out."""
    return any(isinstance(envelope.event, CallRequest) for envelope in envelopes)
