"""What agents of a simulated day do with callers beyond talking: hand on, ask a colleague, confer, park, pick up."""

from collections.abc import Sequence
from functools import partial
from random import Random

from fernamt.simulation.departments import NAMES
from fernamt.simulation.outside import somebody
from fernamt.simulation.site import Site
from fernamt.simulation.virtual_time import VirtualTime
from telephony.call.model import Call
from telephony.events import CallRequest
from telephony.identifiers import SECOND, AgentId, CallId, ProjectId
from telephony.switch.simulated.switch import SimulatedSwitch
from telephony.transfers import (
    CancelRequested,
    CompleteRequested,
    ConferenceRequested,
    ConsultRequested,
    LeaveRequested,
    ParkRequested,
    PickUpRequested,
    SwapRequested,
    TransferRequested,
)

LONGEST_ASKING_US = 90 * SECOND
"""Colleagues who are left alone with each other have said all by then."""


class Handing:
    """Begins at random in some conversations, and goes on at random; what is refused was worth the try."""

    def __init__(
        self,
        *,
        time: VirtualTime,
        random: Random,
        switch: SimulatedSwitch,
        site: Site,
        agents: Sequence[AgentId],
        projects: Sequence[ProjectId],
        share: float,
    ) -> None:
        self._time = time
        self._random = random
        self._switch = switch
        self._site = site
        self._agents = agents
        self._projects = projects
        self._share = share

    def talks(self, agent_id: AgentId, call_id: CallId) -> None:
        """The agent took a call; maybe the caller needs somebody else."""
        if self._random.random() < self._share:
            self._later(40, partial(self._begin, agent_id, call_id))

    def _begin(self, agent_id: AgentId, call_id: CallId) -> None:
        chance, colleague = self._random.random(), self._random.choice(self._agents)
        if chance < 0.08:
            self._ask(TransferRequested(call_id=call_id, agent_id=agent_id, to_party_id=somebody(self._random)))
        elif chance < 0.2:
            self._ask(TransferRequested(call_id=call_id, agent_id=agent_id, to_agent_id=colleague))
        elif chance < 0.27:
            self._ask(TransferRequested(call_id=call_id, agent_id=agent_id, to_department=self._random.choice(NAMES)))
        elif chance < 0.35:
            project = self._random.choice(self._projects)
            self._ask(TransferRequested(call_id=call_id, agent_id=agent_id, to_project_id=project))
        elif chance < 0.5:
            self._ask(ParkRequested(call_id=call_id, agent_id=agent_id))
            self._later(80, partial(self._pick_up, colleague, call_id))
        elif chance < 0.65:
            self._ask(ConsultRequested(call_id=call_id, agent_id=agent_id, to_party_id=somebody(self._random)))
            self._later(12, partial(self._go_on, agent_id, call_id))
            self._time.after(LONGEST_ASKING_US, partial(self._part, call_id))
        else:
            if self._random.random() < 0.3:
                self._ask(ConsultRequested(call_id=call_id, agent_id=agent_id, to_department=self._random.choice(NAMES)))
            for asked in self._random.sample(list(self._agents), min(4, len(self._agents))):  # whoever is free
                self._ask(ConsultRequested(call_id=call_id, agent_id=agent_id, to_agent_id=asked))
            self._later(12, partial(self._go_on, agent_id, call_id))
            self._time.after(LONGEST_ASKING_US, partial(self._part, call_id))

    def _go_on(self, agent_id: AgentId, call_id: CallId) -> None:
        """The next step with the colleague, until the call has none beside the agent."""
        call = self._call(call_id)
        if call is None or call.colleague is None:
            return
        kind: type[CallRequest] = self._random.choice(
            (CompleteRequested, CancelRequested, SwapRequested, SwapRequested, ConferenceRequested, LeaveRequested)
        )
        beside = call.colleague.agent_id
        leaver = beside if kind is LeaveRequested and beside is not None and self._random.random() < 0.5 else agent_id
        chance = self._random.random()
        if chance < 0.1 and call.agent is not None:
            self._switch.party_ends(call.agent.leg_id)
        elif chance < 0.2:
            self._switch.party_ends(call.colleague.leg.leg_id)
        else:
            self._ask(kind(call_id=call_id, agent_id=leaver))
        self._later(12, partial(self._go_on, agent_id, call_id))

    def _pick_up(self, agent_id: AgentId, call_id: CallId) -> None:
        self._ask(PickUpRequested(call_id=call_id, agent_id=agent_id))

    def _part(self, call_id: CallId) -> None:
        """Two colleagues without their caller hang up at last."""
        call = self._call(call_id)
        if call is None or call.colleague is None:
            return
        if call.caller.leg_id not in self._switch.existing.legs:
            self._switch.party_ends(call.colleague.leg.leg_id)
        self._time.after(LONGEST_ASKING_US, partial(self._part, call_id))

    def _call(self, call_id: CallId) -> Call | None:
        core = self._site.core
        return None if core is None else core.turn.calls.get(call_id)

    def _ask(self, request: CallRequest) -> None:
        self._site.ask(request)

    def _later(self, most_s: int, act: partial[None]) -> None:
        self._time.after(int(self._random.random() * most_s * SECOND), act)
