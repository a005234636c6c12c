"""Supervisors of a simulated day who listen to calls that go on, and the agents who ask for it: at random, refusals and all."""

from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

from fernamt.simulation.objecting import Objecting
from fernamt.simulation.site import Site
from fernamt.simulation.virtual_time import VirtualTime
from routing.directory import Directory
from telephony.events import AgentConnected, CallRequest, Envelope
from telephony.identifiers import SECOND, AgentId, CallId, EndpointId, LegId
from telephony.order_segments import ConsentPurpose, ConsentWords
from telephony.overhearing import (
    EarClosed,
    EarHears,
    ListenEndRequested,
    ListeningAgreed,
    ListeningAsked,
    ListeningDeclined,
    ListeningLapsed,
    ListeningRevoked,
    ListenMode,
    ListenRequested,
)
from telephony.switch.simulated.switch import SimulatedSwitch

SUPERVISORS = 3
ASKS_AGAIN = 0.4
"""Share of yeses that lapsed after which there is another question."""
DECLINES, SAYS_NOTHING = 0.12, 0.06
LISTENS_ON = 0.5
"""Share of listenings after which somebody wants to listen again."""
TRIES_UNASKED, TRIES_TWICE, TAKES_AGENTS_PHONE = 0.05, 0.1, 0.05
WITHDRAWS, ENDS, HANGS_UP = 0.25, 0.3, 0.15
"""Of listenings; the rest goes on until something else ends it."""
SIGN_US = 60 * SECOND
WORDS = ConsentWords(language="de", version=1, sha256="1" * 64, purpose=ConsentPurpose.LISTENING)


def with_supervisors(directory: Directory) -> Directory:
    """The same centre; some have phones who are never on duty."""
    phones = {EndpointId(f"phone-s{number}"): AgentId(f"s{number}") for number in range(SUPERVISORS)}
    return replace(directory, endpoints={**directory.endpoints, **phones})


class Listening:
    """Asks, answers, listens and ends at random; what is refused was worth the try."""

    HEARS = (AgentConnected, ListeningAgreed, EarHears, ListeningLapsed, EarClosed)

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
        self._phones = [EndpointId(f"phone-s{number}") for number in range(SUPERVISORS)]

    def start(self) -> None:
        """Their phones are there, and are again soon after the switch was gone."""
        for phone in self._phones:
            self._switch.phone_registers(phone)
        self._time.after(SIGN_US, self.start)

    def hear(self, envelope: Envelope) -> None:
        """What desks say: who talks, who has agreed, who listens, what is over."""
        event = envelope.event
        if isinstance(event, AgentConnected):
            self._begins(event)
        elif isinstance(event, ListeningAgreed):
            self._wish(5, self._wanted(event.call_id))
            if self._happens(TRIES_TWICE):
                self._wish(5, self._wanted(event.call_id))
        elif isinstance(event, EarHears) and envelope.call_id is not None:
            self._goes_on(envelope.call_id, event.leg_id)
        elif isinstance(event, ListeningLapsed) and self._happens(ASKS_AGAIN):
            self._later(15, partial(self._ask, event.call_id, event.agent_id))
        elif isinstance(event, EarClosed) and self._happens(LISTENS_ON):
            self._wish(10, self._wanted(event.call_id))

    def _begins(self, event: AgentConnected) -> None:
        if self._happens(self._asks):
            self._later(20, partial(self._ask, event.call_id, event.agent_id))
        if self._happens(TRIES_UNASKED):
            self._wish(20, self._wanted(event.call_id))

    def _ask(self, call_id: CallId, agent_id: AgentId) -> None:
        if not self.is_open:
            return
        ours: dict[str, Any] = {"call_id": call_id, "agent_id": agent_id}
        self._site.ask(ListeningAsked(**ours, words=WORDS))
        if not self._happens(SAYS_NOTHING):
            self._later(6, partial(self._answers, ours, is_no=self._happens(DECLINES)))

    def _answers(self, ours: dict[str, Any], *, is_no: bool) -> None:
        is_no = is_no or not self._objecting.may_agree(ours["call_id"])
        self._site.ask(ListeningDeclined(**ours) if is_no else ListeningAgreed(**ours))

    def _wanted(self, call_id: CallId) -> ListenRequested:
        phone = EndpointId("phone-0000") if self._happens(TAKES_AGENTS_PHONE) else self._random.choice(self._phones)
        mode = self._random.choice(list(ListenMode))
        return ListenRequested(call_id=call_id, agent_id=None, by="supervisor", endpoint_id=phone, mode=mode, reason="training")

    def _goes_on(self, call_id: CallId, ear_id: LegId) -> None:
        """They hear; somebody ends it, or the outside party takes the yes back."""
        chance = self._random.random()
        core = self._site.core
        gate = None if core is None else core.turn.ears.gates.get(call_id)
        if chance < WITHDRAWS and gate is not None:
            self._wish(30, ListeningRevoked(call_id=call_id, agent_id=gate.agent_id))
        elif chance < WITHDRAWS + ENDS:
            self._wish(30, ListenEndRequested(call_id=call_id, agent_id=None, by="supervisor"))
        elif chance < WITHDRAWS + ENDS + HANGS_UP:
            self._later(30, partial(self._switch.listener_hangs_up, ear_id))

    def _wish(self, most_s: int, request: CallRequest) -> None:
        self._later(most_s, partial(self._site.ask, request))

    def _later(self, most_s: int, act: partial[None]) -> None:
        self._time.after(int(self._random.random() * most_s * SECOND), act)

    def _happens(self, share: float) -> bool:
        return self._random.random() < share
