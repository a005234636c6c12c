"""Tells agents on duty, and the floor, where their shifts begin and end: by due times, not by the clock in a decision.

What is concluded is journaled: until when the shift lasts (`ShiftTold`), and which projects' calls are kept away, or are had by a
rule that wants it on record (`ShiftJudged`). Nothing here ends a call: it only decides what may be offered next.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Protocol, cast

from routing.directory import Directory
from routing.floor import Floor
from routing.shifts.outside import OutsideVerdict, Plan, judged, log_in_refusal, rules_of
from routing.shifts.slots import PlannedSpan
from telephony.agent.judged import ShiftJudged
from telephony.agent.model import Agent, AgentState
from telephony.agent.on_shift import ShiftTold
from telephony.engine.arrival import Due
from telephony.errors import Refusal
from telephony.events import AgentRequest, AgentTimerFired, CallRequest, Envelope, Event, LogInRequested
from telephony.identifiers import AgentId, Instant, after_ms

SHIFT = "shift"
JUDGED_A_TURN = 40
"""So many of those whom a changed plan or rule concerns are judged in one turn: two milliseconds on a busy machine."""


class ShiftWatch:
    """The plan as far as it concerns who is on duty. Kept by the turn alone."""

    def __init__(self, floor: Floor, agents: Mapping[AgentId, Agent]) -> None:
        self._floor = floor
        self._agents = agents
        self._plan: Plan = {}
        self._marked: dict[AgentId, None] = {}
        """Who came on duty, or whose shift begins or ends: judged in this turn, before anything is offered."""
        self._in_line: dict[AgentId, None] = {}
        """Whom a changed plan or rule, or a start, concerns: judged some at a time, and until then as before."""
        self._left = JUDGED_A_TURN
        self._due: dict[AgentId, Instant] = {}
        self._held: dict[AgentId, OutsideVerdict] = {}
        """What was concluded last of each agent on duty."""

    # -- what changes ------------------------------------------------------------------------------------------------------

    def use(self, plan: Plan) -> None:
        """From here on this plan holds; who is on duty and has another one is looked at from the next event on."""
        before, self._plan = self._plan, plan
        self._look_again(agent for agent in self._agents if before.get(agent) != plan.get(agent))

    def directory_changed(self, before: Directory, after: Directory) -> None:
        """Those on duty for whom other rules may hold are looked at from the next event on; where no project minds, nobody is."""
        rules = rules_of(after)
        if rules != rules_of(before):
            self._look_again(self._agents)
        elif rules:
            self._look_again(each for each in self._agents if before.agents.get(each) != after.agents.get(each))

    def _look_again(self, agent_ids: Iterable[AgentId]) -> None:
        self._in_line.update(dict.fromkeys(agent_ids))

    def restored(self) -> None:
        """Those on duty are as the journal says: they are judged like after a change of plan."""
        self._look_again(self._marked)
        self._marked = {}

    def turn_begins(self) -> None:
        """So many of those in line may be judged again."""
        self._left = JUDGED_A_TURN

    def swallows(self, event: Event) -> bool:
        """True for a due time of shifts: its agent is judged anew, and the event is of no more use to anybody."""
        if not isinstance(event, AgentTimerFired) or event.timer != SHIFT:
            return False
        if self._due.get(event.agent_id) == event.due_at:
            del self._due[event.agent_id]
            self._marked[event.agent_id] = None
        return True

    def agent_changed(self, before: Agent, after: Agent) -> None:
        """Whoever comes on duty is judged; of whoever goes nothing is kept."""
        if after.state is AgentState.LOGGED_OUT:
            for kept in (self._marked, self._in_line, self._due, self._held):
                kept.pop(after.agent_id, None)
            self._floor.keep_from(after.agent_id, frozenset())
        elif before.state is AgentState.LOGGED_OUT:
            self._marked[after.agent_id] = None

    def noted(self, envelope: Envelope) -> None:
        """The journaled verdict holds; after a restart it is what was concluded last."""
        event = cast(ShiftTold | ShiftJudged, envelope.event)
        held = self._held.get(event.agent_id) or OutsideVerdict()
        if isinstance(event, ShiftTold):
            self._held[event.agent_id] = OutsideVerdict(barred=held.barred, noted=held.noted, shift_until=event.until_at)
            return
        self._held[event.agent_id] = OutsideVerdict(barred=event.barred, noted=event.noted, shift_until=held.shift_until)
        self._floor.keep_from(event.agent_id, frozenset(event.barred))

    # -- what is concluded -------------------------------------------------------------------------------------------------

    def refusal(self, agent_id: AgentId, directory: Directory, at: Instant) -> Refusal | None:
        """Why the agent cannot come on duty now; None where no project minds."""
        return log_in_refusal(agent_id, self._spans(agent_id), directory, at)

    def conclude(self, directory: Directory, now: Instant, due: list[Due]) -> list[Event]:
        """What has changed for whom; when time alone will change it is put to `due`, and the turn of those still in line."""
        if not self._marked and not (self._in_line and self._left):
            return []
        marked, self._marked = self._marked, {}
        self._take_from_line(marked, now, due)
        concluded: list[Event] = []
        for agent_id in marked:
            if agent_id in self._agents:
                concluded += self._of(agent_id, judged(agent_id, self._spans(agent_id), directory, now), due)
        return concluded

    def _take_from_line(self, marked: dict[AgentId, None], now: Instant, due: list[Due]) -> None:
        for agent_id in marked:
            self._in_line.pop(agent_id, None)
        taken = list(islice(self._in_line, self._left))
        self._left -= len(taken)
        for agent_id in taken:
            del self._in_line[agent_id]
            marked[agent_id] = None
        if taken and self._in_line:
            due.append((after_ms(now, 1), _timer(AgentId(""), after_ms(now, 1))))

    def all_due(self) -> list[Due]:
        """When whom to judge again."""
        return [(at, _timer(agent_id, at)) for agent_id, at in self._due.items()]

    def _of(self, agent_id: AgentId, found: OutsideVerdict, due: list[Due]) -> list[Event]:
        if found.until_at is not None and self._due.get(agent_id) != found.until_at:
            self._due[agent_id] = found.until_at
            due.append((found.until_at, _timer(agent_id, found.until_at)))
        held, concluded = self._held.get(agent_id) or OutsideVerdict(), list[Event]()
        if found.shift_until != held.shift_until:
            concluded.append(ShiftTold(agent_id=agent_id, until_at=found.shift_until))
        if (found.barred, found.noted) != (held.barred, held.noted):
            concluded.append(ShiftJudged(agent_id=agent_id, barred=found.barred, noted=found.noted))
        return concluded

    def _spans(self, agent_id: AgentId) -> Sequence[PlannedSpan]:
        return self._plan.get(agent_id, ())


class Planned(Protocol):
    """What a log-in is checked against."""

    directory: Directory
    shifts: ShiftWatch


def refusal_outside_shift(request: AgentRequest | CallRequest, known: Planned, at: Instant) -> Refusal | None:
    """Why that log-in cannot be now; None for every other request."""
    return known.shifts.refusal(request.agent_id, known.directory, at) if isinstance(request, LogInRequested) else None


PLAN_CHANGED = AgentTimerFired(agent_id=AgentId(""), timer=SHIFT, due_at=Instant(0))
"""Nobody's due time: has the turn look at whom a new plan concerns."""


def _timer(agent_id: AgentId, at: Instant) -> AgentTimerFired:
    return AgentTimerFired(agent_id=agent_id, timer=SHIFT, due_at=at)
