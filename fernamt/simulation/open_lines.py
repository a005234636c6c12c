"""Agents of a simulated day who keep a line open and call one after the other by it; and what must hold of each such line."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from random import Random

from fernamt.simulation.outside import FACTS, somebody
from fernamt.simulation.site import Site
from fernamt.simulation.virtual_time import VirtualTime
from routing.directory import Directory
from telephony.agent.model import Agent
from telephony.agent.open_line import OpenLine
from telephony.call.model import Call
from telephony.dialling import DialReference, DialRequested
from telephony.events import HangUpRequested
from telephony.identifiers import SECOND, AgentId, CallId, Instant, uuid7
from telephony.open_lines import LineCloseRequested, LineOpenRequested, LineState
from telephony.switch.simulated.switch import SimulatedSwitch

MEAN_BETWEEN_US = 25 * SECOND
IDLE_MS = 120_000
"""Short, so that some are forgotten within a short day."""
EVERY = 3
"""One agent in so many may keep a line."""
CLOSES, HANGS_UP, LEAVES, OPENS_TWICE = 0.08, 0.08, 0.1, 0.2
STUCK_US = 180 * SECOND


def with_open_lines(directory: Directory) -> Directory:
    """The same centre; some of its agents may keep a line open."""
    changed = {
        agent_id: replace(profile, keeps_line=number % EVERY == 0)
        for number, (agent_id, profile) in enumerate(directory.agents.items())
    }
    return replace(directory, agents=changed)


class OpenLines:
    """Now and then one of them opens a line, calls by it, ends the call by desk, closes it, or hangs the phone up."""

    def __init__(self, time: VirtualTime, random: Random, site: Site, switch: SimulatedSwitch, directory: Directory) -> None:
        self.is_open = True
        self.lent = 0
        self._time = time
        self._random = random
        self._site = site
        self._switch = switch
        self._agents = [agent_id for agent_id, profile in directory.agents.items() if profile.keeps_line]
        self._projects = list(directory.projects)

    def start(self) -> None:
        """The next of them does something in a while."""
        if self._agents:
            self._time.after(int(self._random.expovariate(1.0) * MEAN_BETWEEN_US), self._act)

    def _act(self) -> None:
        if not self.is_open:
            return
        self.start()
        agent_id, core = self._random.choice(self._agents), self._site.core
        agent = None if core is None else core.turn.agents.get(agent_id)
        if agent is None or agent.line is None:
            self._site.ask(LineOpenRequested(agent_id=agent_id))
            if self._random.random() < OPENS_TWICE:
                self._site.ask(LineOpenRequested(agent_id=agent_id))
            return
        self._by(agent_id, agent.line)

    def _by(self, agent_id: AgentId, line: OpenLine) -> None:
        chance = self._random.random()
        if chance < CLOSES:
            self._site.ask(LineCloseRequested(agent_id=agent_id))
        elif chance < CLOSES + HANGS_UP:
            self._switch.party_ends(line.leg_id)
        elif line.call_id is not None and chance < CLOSES + HANGS_UP + LEAVES:
            self._site.ask(HangUpRequested(call_id=line.call_id, agent_id=agent_id))
        else:
            self._dial(agent_id)

    def _dial(self, agent_id: AgentId) -> None:
        request = DialRequested(
            agent_id=agent_id,
            call_id=CallId(uuid7(self._time.now(), self._random.getrandbits(74))),
            project_id=self._random.choice(self._projects),
            party_id=somebody(self._random),
            number=FACTS,
            reference=DialReference(kind="task", id="t1"),
        )
        self._site.ask(request, partial(self._asked, agent_id))

    def _asked(self, agent_id: AgentId, refusal: object) -> None:
        agent = None if self._site.core is None else self._site.core.turn.agents.get(agent_id)
        has_lent = agent is not None and agent.line is not None and agent.line.state is LineState.LENT
        self.lent += refusal is None and has_lent


def wrong_with_line(agent: Agent, calls: Mapping[CallId, Call], now: Instant) -> str | None:
    """What is wrong with the agent's open line; None where nothing is, or they keep none."""
    line = agent.line
    if line is None:
        return None
    if (line.state is LineState.LENT) is not (line.call_id is not None) and line.state is not LineState.CLOSING:
        return f"the line of {agent.agent_id} is {line.state} with call {line.call_id}"
    call = None if line.call_id is None else calls.get(line.call_id)
    if line.call_id is not None and (call is None or call.leg(line.leg_id) is None):
        return f"the line of {agent.agent_id} is lent to {line.call_id}, which knows nothing of it"
    if line.due_at is not None and now - line.due_at > STUCK_US:
        return f"the line of {agent.agent_id} is {line.state} and was due at {line.due_at}"
    if line.state is LineState.LENT and agent.call_id != line.call_id:
        return f"the line of {agent.agent_id} is lent to {line.call_id}, while they have {agent.call_id}"
    return None
