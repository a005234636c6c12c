"""What tells of agents' presence beside their phones: desktops that give signs and are closed at times, lines that go bad."""

from collections.abc import Mapping
from functools import partial
from random import Random

from fernamt.simulation.link import Line
from fernamt.simulation.site import Site
from fernamt.simulation.virtual_time import VirtualTime
from telephony.agent.judged import DesktopSeen, LineMeasured
from telephony.agent.model import AgentState
from telephony.engine.ports import SwitchFact
from telephony.identifiers import SECOND, AgentId, EndpointId, SwitchName

LEASE_MS = 45_000
SIGN_US = 15 * SECOND
MEASURE_US = 20 * SECOND
CLOSES, CLOSED_US = 0.01, 120 * SECOND
TURNS_BAD, TURNS_GOOD = 0.02, 0.2


class Witnesses:
    """Every other agent works at a desktop; every line is measured while its agent talks."""

    def __init__(
        self,
        *,
        time: VirtualTime,
        random: Random,
        site: Site,
        line: Line,
        switch: SwitchName,
        phones: Mapping[AgentId, EndpointId],
    ) -> None:
        self._time = time
        self._random = random
        self._site = site
        self._line = line
        self._switch = switch
        self._phones = phones
        self._bad: set[AgentId] = set()

    def start(self) -> None:
        """They tell from here on."""
        for number, agent_id in enumerate(self._phones):
            if number % 2:
                self._time.after(int(self._random.random() * SIGN_US), partial(self._sign, agent_id))
            self._time.after(int(self._random.random() * MEASURE_US), partial(self._measure, agent_id))

    def _sign(self, agent_id: AgentId) -> None:
        self._site.ask(DesktopSeen(agent_id=agent_id, lease_ms=LEASE_MS))
        is_closed = self._random.random() < CLOSES
        self._time.after(CLOSED_US if is_closed else SIGN_US, partial(self._sign, agent_id))

    def _measure(self, agent_id: AgentId) -> None:
        self._time.after(MEASURE_US, partial(self._measure, agent_id))
        chance, is_bad = self._random.random(), agent_id in self._bad
        if chance < (TURNS_GOOD if is_bad else TURNS_BAD):
            (self._bad.discard if is_bad else self._bad.add)(agent_id)
        agent = None if self._site.core is None else self._site.core.turn.agents.get(agent_id)
        if agent is None or agent.state is not AgentState.TALKING:
            return
        lost = self._random.randrange(100, 400) if agent_id in self._bad else self._random.randrange(10)
        measured = LineMeasured(endpoint_id=self._phones[agent_id], expected=1_000, lost=lost, jitter_us=5_000)
        self._line.carry(SwitchFact(switch=self._switch, occurred_at=self._time.now(), what=measured))
