"""Agents of a simulated day who have orders recorded, and the troubles of their switch's recordings."""

from functools import partial
from random import Random
from typing import Any

from fernamt.simulation.objecting import Objecting
from fernamt.simulation.site import Site
from fernamt.simulation.virtual_time import VirtualTime
from telephony.events import AgentConnected, CallRequest, Envelope
from telephony.identifiers import SECOND, AgentId, CallId, SegmentId
from telephony.order_segments import (
    ConsentWords,
    RecordingAgreed,
    RecordingAsked,
    RecordingDeclined,
    RecordingRevoked,
    SegmentClosed,
    SegmentMark,
    SegmentMarked,
    SegmentMaskRequested,
    SegmentOpened,
    SegmentStopRequested,
)
from telephony.segments import SegmentProven, SegmentTrouble
from telephony.switch.simulated.switch import SimulatedSwitch

ASKS_AGAIN = 0.3
"""Share of recordings after which there is another."""
DECLINES, SAYS_NOTHING, AGREES_TWICE = 0.12, 0.06, 0.1
FORGETS, MASKS, WITHDRAWS, STOPS = 0.1, 0.2, 0.12, 0.5
"""Of each mark; of recordings the rest. Who neither withdraws nor stops talks on until something else ends it."""
FULL, FAILS = 0.04, 0.08
"""Shares of starts that meet a full disk, and of recordings of which the file stalls."""
WORDS = ConsentWords(language="de", version=1, sha256="0" * 64)


class Taping:
    """Begins at random, and goes on at random; what is refused was worth the try."""

    HEARS = (AgentConnected, SegmentOpened, SegmentProven, SegmentClosed)

    def __init__(
        self, time: VirtualTime, random: Random, site: Site, switch: SimulatedSwitch, objecting: Objecting, *, asks: float
    ) -> None:
        self.is_open = True
        self._objecting = objecting
        self._asks = asks
        self._time = time
        self._random = random
        self._site = site
        self._switch = switch
        self._agents: dict[SegmentId, AgentId] = {}

    def hear(self, envelope: Envelope) -> None:
        """What desks say: who talks, what is recorded, what is over."""
        event = envelope.event
        if isinstance(event, AgentConnected) and self._happens(self._asks):
            self._later(20, partial(self._ask, event.call_id, event.agent_id))
        elif isinstance(event, SegmentOpened):
            self._agents[event.segment_id] = event.agent_id
            self._switch.shelf.trouble = SegmentTrouble.DISK_LOW if self._happens(FULL) else None
        elif isinstance(event, SegmentProven) and envelope.call_id is not None and event.segment_id in self._agents:
            self._goes_on(envelope.call_id, self._agents[event.segment_id], event.segment_id)
        elif isinstance(event, SegmentClosed) and self._happens(ASKS_AGAIN):
            self._later(15, partial(self._ask, event.call_id, event.agent_id))

    def _ask(self, call_id: CallId, agent_id: AgentId) -> None:
        if not self.is_open:
            return
        ours: dict[str, Any] = {"call_id": call_id, "agent_id": agent_id}
        self._site.ask(RecordingAsked(**ours, words=WORDS, order_id="o1"))
        if self._happens(SAYS_NOTHING):
            return
        if self._happens(DECLINES) or not self._objecting.may_agree(call_id):
            self._wish(6, RecordingDeclined(**ours))
            return
        for _ in range(2 if self._happens(AGREES_TWICE) else 1):
            self._later(6, partial(self._agrees, RecordingAgreed(**ours)))

    def _agrees(self, agreed: RecordingAgreed) -> None:
        if self._objecting.may_agree(agreed.call_id):
            self._site.ask(agreed)

    def _goes_on(self, call_id: CallId, agent_id: AgentId, segment: SegmentId) -> None:
        """It is recorded: the agent marks, masks, ends it; the called party may take the yes back."""
        ours: dict[str, Any] = {"call_id": call_id, "agent_id": agent_id}
        for place, mark in enumerate(SegmentMark):
            if not self._happens(FORGETS):
                self._wish(4, SegmentMarked(**ours, mark=mark), after_s=5 * place)
        if self._happens(MASKS):
            self._wish(10, SegmentMaskRequested(**ours, is_masked=True))
            self._wish(10, SegmentMaskRequested(**ours, is_masked=False), after_s=10)
        if self._happens(FAILS):
            self._later(20, partial(self._stalls, segment))
        chance = self._random.random()
        if chance < WITHDRAWS:
            self._wish(20, RecordingRevoked(**ours))
        elif chance < WITHDRAWS + STOPS:
            self._wish(20, SegmentStopRequested(**ours), after_s=8)

    def _stalls(self, segment: SegmentId) -> None:
        if self._switch.shelf.segments[segment].ended_at is None:
            self._switch.segment_fails(segment, SegmentTrouble.STALLED)

    def _wish(self, most_s: int, request: CallRequest, *, after_s: int = 0) -> None:
        self._time.after(after_s * SECOND + int(self._random.random() * most_s * SECOND), partial(self._site.ask, request))

    def _later(self, most_s: int, act: partial[None]) -> None:
        self._time.after(int(self._random.random() * most_s * SECOND), act)

    def _happens(self, share: float) -> bool:
        return self._random.random() < share
