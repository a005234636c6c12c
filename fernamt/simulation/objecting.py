"""Callers of a simulated day who mind: they say no to all they are asked, or say yes at first and take it back in mid-talk."""

from functools import partial
from random import Random
from typing import Any

from fernamt.simulation.site import Site
from fernamt.simulation.virtual_time import VirtualTime
from routing.callback import WAIT_ON
from routing.sampling import WITHDRAWAL_KEY
from telephony.callback import CallbackOffered
from telephony.events import AgentConnected, CallAdmitted, Envelope
from telephony.identifiers import SECOND, CallId, Instant, call_of
from telephony.order_segments import RecordingDeclined, RecordingRevoked
from telephony.overhearing import EarHears, ListeningDeclined, ListeningRevoked
from telephony.samples import SampleAsked
from telephony.segments import SegmentProven
from telephony.switch.simulated.switch import SimulatedSwitch

MINDS, FROM_THE_START = 0.15, 0.4
"""Shares of callers, and of those who mind; the others change their mind while they talk."""
NO_KEY = "2"
ANSWERS_WITHIN_S, SPEAKS_WITHIN_S, NOTICES_WITHIN_S = 6, 180, 20


class Objecting:
    """Who objects presses the key and says so to the agent, who notes it wherever it may matter."""

    HEARS = (CallAdmitted, SampleAsked, CallbackOffered, AgentConnected, SegmentProven, EarHears)

    def __init__(self, time: VirtualTime, random: Random, site: Site, switch: SimulatedSwitch) -> None:
        self.objected: dict[CallId, Instant] = {}
        """Since when each of them has said yes to nothing any more."""
        self.spoken: dict[CallId, Instant] = {}
        """Since when an agent and the service were told as well."""
        self.interrupted = 0
        """How many spoke while they were recorded."""
        self._minds: dict[CallId, None] = {}
        self._time = time
        self._random = random
        self._site = site
        self._switch = switch

    def may_agree(self, call_id: CallId) -> bool:
        """Whether the caller of that call still says yes to anything."""
        return call_id not in self.objected

    def hear(self, envelope: Envelope) -> None:
        """What callers hear and desks say."""
        event = envelope.event
        if isinstance(event, CallAdmitted) and self._random.random() < MINDS:
            self._minds[event.call_id] = None
            if self._random.random() < FROM_THE_START:
                self.objected[event.call_id] = self._time.now()
        elif isinstance(event, SampleAsked) and event.call_id in self.objected:
            self._later(ANSWERS_WITHIN_S, partial(self._presses, event.call_id, NO_KEY))
        elif isinstance(event, CallbackOffered) and event.call_id in self.objected:
            self._later(ANSWERS_WITHIN_S, partial(self._presses, event.call_id, WAIT_ON))
        elif isinstance(event, AgentConnected) and event.call_id in self._minds:
            self._later(SPEAKS_WITHIN_S, partial(self._objects, event.call_id))
        elif isinstance(event, (SegmentProven, EarHears)) and envelope.call_id in self._minds:
            self._later(NOTICES_WITHIN_S, partial(self._objects, envelope.call_id))

    def _objects(self, call_id: CallId) -> None:
        """By the key at once, and in words, which the agent is a while in noting."""
        if call_id not in self.spoken:
            self.objected.setdefault(call_id, self._time.now())
            self._presses(call_id, WITHDRAWAL_KEY)
            self._later(ANSWERS_WITHIN_S, partial(self._speaks, call_id))

    def _speaks(self, call_id: CallId) -> None:
        """To the agent who has the caller by then; what there is nothing to refuse in is refused by the service."""
        core = self._site.core
        call = None if core is None else core.turn.calls.get(call_id)
        if call is None or call.bond is None or not call.caller.is_in_bridge or call_id in self.spoken:
            return
        self.spoken[call_id] = self._time.now()
        self.interrupted += any(call_of(each.segment_id) == call_id for each in self._switch.shelf.recording())
        ours: dict[str, Any] = {"call_id": call_id, "agent_id": call.bond.agent_id}
        for no in (RecordingDeclined, RecordingRevoked, ListeningDeclined, ListeningRevoked):
            self._site.ask(no(**ours))

    def _presses(self, call_id: CallId, key: str) -> None:
        core = self._site.core
        call = None if core is None else core.turn.calls.get(call_id)
        if call is not None:
            self._switch.party_presses(call.caller.leg_id, key)

    def _later(self, most_s: int, act: partial[None]) -> None:
        self._time.after(int(self._random.random() * most_s * SECOND), act)
