"""The people of a simulated day: callers ring, wait and talk; agents answer, hold, wrap up, pause, and their phones die."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from fernamt.simulation.handing import Handing
from fernamt.simulation.searching import number_of
from fernamt.simulation.site import Site
from fernamt.simulation.virtual_time import VirtualTime
from telephony.abuse import AbusiveCallEnded
from telephony.agent.model import AgentState
from telephony.agent.on_shift import PauseConfirmed
from telephony.causes import HangupCause
from telephony.deaf_lines import RingAnewRequested
from telephony.events import (
    AgentReleased,
    AvailableRequested,
    Envelope,
    HoldRequested,
    LogInRequested,
    PauseRequested,
    UnholdRequested,
    WrapUpCodeChosen,
)
from telephony.identifiers import SECOND, AgentId, CallId, EndpointId, LegId, WrapUpCode
from telephony.switch.simulated.switch import SimulatedSwitch

AFTERWARDS_US = 60 * SECOND
"""How long a caller whom an agent left speaks with whoever comes then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How these people are; shares of 1, times in seconds."""

    mean_talk_s: float = 180.0
    mean_patience_s: float = 150.0
    mean_answer_s: float = 3.0
    no_answer: float = 0.04
    busy: float = 0.01
    rejects: float = 0.02
    agent_ends: float = 0.25
    holds: float = 0.15
    mean_wrap_up_s: float = 12.0
    pauses: float = 0.05
    mean_pause_s: float = 300.0
    phone_dies: float = 0.0
    """Share of conversations during which the agent's phone dies."""
    mean_dead_s: float = 12.0
    hears_nothing: float = 0.0
    """Share of conversations in which the agent hears nothing for a while, says so, and is rung anew."""
    unknown_number: float = 0.01
    hands_on: float = 0.1
    """Share of conversations in which the agent transfers, consults or parks."""
    abused: float = 0.01
    """Share of conversations that the agent ends for abuse."""
    sits_out: float = 0.7
    """How often an agent whom the service has paused leaves it at that, at each look."""
    confirms: float = 0.05
    """How often a supervisor stands behind such a pause, at each look."""
    asks_to_record: float = 0.5
    """Share of conversations in which the agent asks whether an order may be recorded."""
    asks_to_listen: float = 0.5
    """Share of conversations in which the agent asks whether somebody may listen."""
    asks_for_samples: float = 0.4
    """Share of conversations in which the agent asks for a sample, drawn or not."""
    presses_a_key: float = 0.5
    """Share of callers who press a key, asked for one or not; of those, who press another."""


class Callers:
    """Rings our numbers at a steady rate, at random."""

    def __init__(
        self,
        *,
        time: VirtualTime,
        random: Random,
        switch: SimulatedSwitch,
        numbers: Sequence[str],
        per_hour: float,
        habits: Habits,
    ) -> None:
        self.arrived = 0
        self.is_open = True
        self._time = time
        self._random = random
        self._switch = switch
        self._numbers = numbers
        self._mean_gap_us = 3_600 * SECOND / per_hour
        self._habits = habits

    def start(self) -> None:
        """The first caller is on the way."""
        self._time.after(int(self._random.expovariate(1.0) * self._mean_gap_us), self._ring)

    def _ring(self) -> None:
        if not self.is_open:
            return
        self.start()
        self.arrived += 1
        is_wrong = self._random.random() < self._habits.unknown_number
        dnis = "+4930000000" if is_wrong else self._random.choice(self._numbers)
        leg_id = self._switch.caller_arrives(dnis, ani=number_of(self._random.randrange(100)))
        leg = self._switch.existing.legs[leg_id]
        patience = self._random.expovariate(1.0) * self._habits.mean_patience_s * SECOND
        caller = _Caller(self._time, self._random, self._switch, leg_id, self._habits)
        leg.on_joined = caller.joined
        self._time.after(int(patience), caller.loses_patience)
        while self._random.random() < self._habits.presses_a_key:
            self._time.after(int(self._random.random() * 20 * SECOND), caller.presses)


class _Caller:
    def __init__(self, time: VirtualTime, random: Random, switch: SimulatedSwitch, leg_id: LegId, habits: Habits) -> None:
        self._time = time
        self._random = random
        self._switch = switch
        self._leg_id = leg_id
        self._habits = habits
        self._has_talked = False

    def joined(self) -> None:
        """Somebody is there: the conversation takes its time, then somebody ends it."""
        if self._has_talked:
            return
        self._has_talked = True
        talk_us = int(self._random.expovariate(1.0) * self._habits.mean_talk_s * SECOND)
        self._time.after(talk_us, self._end)

    def presses(self) -> None:
        self._switch.party_presses(self._leg_id, self._random.choice("11112449*#"))

    def loses_patience(self) -> None:
        if not self._has_talked:
            self._switch.party_ends(self._leg_id)

    def _end(self) -> None:
        leg = self._switch.existing.legs.get(self._leg_id)
        if leg is None:
            return
        bridge = {} if leg.bridge_id is None else self._switch.existing.bridges.get(leg.bridge_id, {})
        others = [other for other in bridge if other != self._leg_id]
        if others and self._random.random() < self._habits.agent_ends:
            agent_leg = self._switch.existing.legs[others[0]]
            if not agent_leg.is_dead:
                self._switch.party_ends(agent_leg.leg_id)
                self._time.after(AFTERWARDS_US, self._end)  # whoever has the caller then, or nobody
                return
        self._switch.party_ends(self._leg_id)


class Agents:
    """Answers phones, talks, wraps up."""

    HEARS = (AgentReleased,)

    def __init__(
        self,
        *,
        time: VirtualTime,
        random: Random,
        switch: SimulatedSwitch,
        site: Site,
        phones: dict[AgentId, EndpointId],
        habits: Habits,
        handing: Handing,
        ears: Random,
    ) -> None:
        self._time = time
        self._random = random
        self._switch = switch
        self._site = site
        self._handing = handing
        self._ears = ears
        self._phones = phones
        self._habits = habits

    def start(self) -> None:
        """Every phone registers and every agent logs in, and looks at the screen once a minute from then on."""
        for number, (agent_id, endpoint_id) in enumerate(self._phones.items()):
            self._time.after(number * 1_000, partial(self._arrive, agent_id, endpoint_id))

    def register_all(self) -> None:
        """After the switch came back, every phone registers within some seconds."""
        for endpoint_id in self._phones.values():
            self._time.after(int(self._random.random() * 5 * SECOND), partial(self._switch.phone_registers, endpoint_id))

    def hear(self, envelope: Envelope) -> None:
        """What the screens say: after a conversation there is a code to choose."""
        event = envelope.event
        if isinstance(event, AgentReleased) and event.has_talked:
            self._after_a_call(event.agent_id, event.call_id)

    def _arrive(self, agent_id: AgentId, endpoint_id: EndpointId) -> None:
        self._switch.phone_registers(endpoint_id)
        self._switch.existing.phones[endpoint_id].on_ring = partial(self._rings, agent_id)
        self._look(agent_id)

    def _look(self, agent_id: AgentId) -> None:
        """Logged out or paused for missed calls without having meant it: the agent mends that."""
        core = self._site.core
        if core is not None:
            agent = core.turn.agents.get(agent_id)
            if agent is None:
                self._site.ask(LogInRequested(agent_id=agent_id, endpoint_id=self._phones[agent_id]))
            elif agent.forced_until is not None and self._random.random() < self._habits.confirms:
                self._site.ask(PauseConfirmed(agent_id=agent_id, by="supervisor"))
            elif agent.state is AgentState.PAUSED and not (agent.is_forced and self._random.random() < self._habits.sits_out):
                self._site.ask(AvailableRequested(agent_id=agent_id))
        self._time.after(60 * SECOND, partial(self._look, agent_id))

    def _rings(self, agent_id: AgentId, leg_id: LegId, _display: str) -> None:
        chance, habits = self._random.random(), self._habits
        wait_us = int(self._random.expovariate(1.0) * habits.mean_answer_s * SECOND)
        if chance < habits.no_answer:
            return
        if chance < habits.no_answer + habits.busy:
            self._time.after(wait_us // 10, partial(self._switch.party_ends, leg_id, HangupCause.BUSY))
        elif chance < habits.no_answer + habits.busy + habits.rejects:
            self._time.after(wait_us, partial(self._switch.party_ends, leg_id, HangupCause.REJECTED))
        else:
            self._time.after(wait_us, partial(self._answer, agent_id, leg_id))

    def _answer(self, agent_id: AgentId, leg_id: LegId) -> None:
        if leg_id not in self._switch.existing.legs:
            return
        self._switch.phone_answers(leg_id)
        self._handing.talks(agent_id, CallId(leg_id.partition(".")[0]))
        if self._random.random() < self._habits.holds:
            self._time.after(int(self._random.random() * 30 * SECOND), partial(self._hold, agent_id, leg_id))
        if self._random.random() < self._habits.abused:
            abused = AbusiveCallEnded(call_id=CallId(leg_id.partition(".")[0]), agent_id=agent_id, by=agent_id)
            self._time.after(int(self._random.random() * 60 * SECOND), lambda: self._site.ask(abused))
        if self._ears.random() < self._habits.hears_nothing:
            anew = RingAnewRequested(call_id=CallId(leg_id.partition(".")[0]), agent_id=agent_id)
            self._time.after(int(self._ears.random() * 60 * SECOND), lambda: self._site.ask(anew))
        if self._random.random() < self._habits.phone_dies:
            self._time.after(int(self._random.random() * 120 * SECOND), partial(self._die, self._phones[agent_id]))

    def _hold(self, agent_id: AgentId, leg_id: LegId) -> None:
        """By our desktop, or by the phone's own key."""
        call_id = CallId(leg_id.partition(".")[0])
        back_after = int(self._random.random() * 40 * SECOND)
        if self._random.random() < 0.5:
            self._switch.party_holds(leg_id, is_held=True)
            self._time.after(back_after, partial(self._switch.party_holds, leg_id, is_held=False))
        else:
            self._site.ask(HoldRequested(call_id=call_id, agent_id=agent_id))
            self._time.after(back_after, lambda: self._site.ask(UnholdRequested(call_id=call_id, agent_id=agent_id)))

    def _die(self, endpoint_id: EndpointId) -> None:
        self._switch.phone_dies(endpoint_id)
        back_after = int(self._random.expovariate(1.0) * self._habits.mean_dead_s * SECOND)
        self._time.after(back_after, partial(self._switch.phone_registers, endpoint_id))

    def _after_a_call(self, agent_id: AgentId, call_id: CallId) -> None:
        wrap_up_us = int(self._random.expovariate(1.0) * self._habits.mean_wrap_up_s * SECOND)
        chosen = WrapUpCodeChosen(agent_id=agent_id, call_id=call_id, wrap_up_code=WrapUpCode("done"))
        self._time.after(wrap_up_us, lambda: self._site.ask(chosen))
        if self._random.random() < self._habits.pauses:
            self._site.ask(PauseRequested(agent_id=agent_id, pause_reason="break"))
