"""Reads a stretch of the journal, event by event, into what it asked of the centre and how it was served. Pure.

An agent's time counts as offered to this stretch's callers while they are on duty, reachable, not paused, and not bound by
anything the replay does not play: a call from before the stretch, a second conversation of a call (a transfer, a consultation,
after a lost line). Such times stay where they were, under every rule.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from routing.directory import Directory
from routing.whatif.demand import ANSWERED, Demand, Mark
from routing.whatif.figures import Tally
from telephony.agent.judged import PresenceJudged
from telephony.agent.machine import step
from telephony.agent.model import Agent, AgentRules, AgentState
from telephony.agent.noted import AgentNoted
from telephony.agent.on_shift import PauseConfirmed, ShiftTold
from telephony.callback import CallbackAgreed
from telephony.causes import EndReason, ReleaseReason
from telephony.demands import CallDemand, merged
from telephony.errors import Refusal, UnexpectedEvent
from telephony.events import (
    AgentAlerted,
    AgentConnected,
    AgentLost,
    AgentReleased,
    AgentReserved,
    AgentTimerFired,
    AvailableRequested,
    CallAdmitted,
    CallEnded,
    CallTurnedAway,
    EndpointChanged,
    Envelope,
    Event,
    LegOffered,
    LogInRequested,
    LogOutRequested,
    PauseRequested,
    WrapUpCodeChosen,
    WrapUpExtended,
)
from telephony.identifiers import AgentId, CallId, EndpointId, Instant, ProjectId
from telephony.searching import DemandRequested
from telephony.transfers import ConsultAnswered
from telephony.waiting import MenuAnswered, MenuOpened

OF_AGENTS: tuple[type[Event], ...] = (
    *(LogInRequested, LogOutRequested, AvailableRequested, PauseRequested, AgentNoted, EndpointChanged, PresenceJudged),
    *(AgentReserved, AgentAlerted, AgentConnected, ConsultAnswered, AgentLost, AgentReleased, AgentTimerFired),
    *(WrapUpCodeChosen, WrapUpExtended, ShiftTold, PauseConfirmed),
)
"""What says what agents are doing: enough of it from before the stretch tells who was on duty when it began."""
OF_CALLS: tuple[type[Event], ...] = (
    LegOffered,
    CallAdmitted,
    CallTurnedAway,
    MenuOpened,
    MenuAnswered,
    DemandRequested,
    CallbackAgreed,
    CallEnded,
)

MISSES = (ReleaseReason.NO_ANSWER, ReleaseReason.BUSY, ReleaseReason.REJECTED, ReleaseReason.UNREACHABLE, ReleaseReason.LOST)
"""Outcomes of an offer from 1 on; 0 is an answer."""

_GAVE_UP = frozenset({EndReason.ABANDONED, EndReason.CALLER_HUNG_UP})
_OFF = frozenset({AgentState.LOGGED_OUT, AgentState.PAUSED})


@dataclass(slots=True)
class _Call:
    """A caller of the stretch, until the call is over."""

    mark: Mark
    came: Instant
    agent_id: AgentId | None = None
    offered_at: Instant = Instant(0)
    level: int = 1
    answered_at: Instant | None = None
    is_served: bool = False
    is_asked: bool = False
    """A key menu was opened for them."""
    is_counted: bool = False
    """They stand in the demand: what they bring along is known."""


@dataclass(slots=True)
class _Duty:
    agent: Agent
    since: Instant | None = None
    """Since when the time counts; None: it does not."""
    bound_to: CallId | None = None
    """A call that the replay does not play."""
    talk: tuple[ProjectId, int, Instant] | None = None
    """The last conversation, until its wrap-up is over: project, how long, when it ended."""


class Observer:
    """Takes envelopes in the order of their numbers; `demand` and `tally` hold the stretch once `finish` was called."""

    def __init__(self, directory: Directory, rules: AgentRules, *, from_at: Instant, to_at: Instant, threshold_ms: int) -> None:
        self.demand = Demand(from_at, to_at)
        self.tally = Tally(from_at, to_at, threshold_ms * 1_000)
        self._directory = directory
        self._rules = rules
        self._offered: dict[CallId, LegOffered] = {}
        self._calls: dict[CallId, _Call] = {}
        self._duties: dict[AgentId, _Duty] = {}
        self._unreachable: dict[EndpointId, bool] = {}
        self._absent: dict[AgentId, bool] = {}
        self._last_at = from_at

    @property
    def is_done(self) -> bool:
        """Whether every caller of the stretch has been served or is gone, and its end has passed."""
        return self._last_at >= self.demand.to_at and not self._calls

    def take(self, envelope: Envelope) -> None:
        """What the event says is known."""
        self._last_at = max(self._last_at, envelope.occurred_at)
        event, at = envelope.event, envelope.occurred_at
        if isinstance(event, OF_CALLS):
            self._caller(envelope)
        elif isinstance(event, PresenceJudged):
            self._absent[event.agent_id] = event.absence is not None
            if event.agent_id in self._duties:
                self._count(event.agent_id, self._duties[event.agent_id], at)
        elif isinstance(event, EndpointChanged):
            self._unreachable[event.endpoint_id] = not event.is_reachable
            for agent_id, duty in self._duties.items():
                if duty.agent.endpoint_id == event.endpoint_id:
                    self._count(agent_id, duty, at)
        elif envelope.agent_id is not None and isinstance(event, OF_AGENTS):
            self._agent(envelope.agent_id, envelope)

    def _caller(self, envelope: Envelope) -> None:
        event, at = envelope.event, envelope.occurred_at
        match event:
            case LegOffered() if envelope.call_id is not None and self._is_within(at):
                self._offered[envelope.call_id] = event
            case CallAdmitted():
                self._admit(event.call_id, event.terms.project_id, event, at)
            case CallTurnedAway():
                self._turn_away(event, at)
            case MenuOpened() if event.call_id in self._calls:
                self._calls[event.call_id].is_asked = True
            case MenuAnswered():
                self._choose(event, at)
            case DemandRequested() if event.call_id in self._calls:
                self._ask(self._calls[event.call_id], event)
            case CallbackAgreed():
                self._leave(event.call_id, at, gave_up=False)
            case CallEnded():
                self._leave(event.call_id, at, gave_up=event.end_reason in _GAVE_UP)
            case _:
                pass

    def finish(self) -> None:
        """Spells on duty that still last end with the last event; callers who are there still are part of the demand."""
        for call in self._calls.values():
            self._count_in(call, self._last_at)
        for agent_id, duty in self._duties.items():
            self._close(agent_id, duty, self._last_at)
        for agent_id, spells in self.demand.duty.items():
            profile = self._directory.agents.get(agent_id)
            for since, until in spells:
                self.tally.staffed(1 if profile is None else profile.level, since, until)

    # -- callers -----------------------------------------------------------------------------------------------------------

    def _is_within(self, at: Instant) -> bool:
        return self.demand.from_at <= at < self.demand.to_at

    def _mark(self, call_id: CallId, project_id: ProjectId, admitted: CallAdmitted | None) -> Mark:
        offered = self._offered.pop(call_id, None)
        return Mark(
            project_id=project_id,
            did="" if admitted is None else admitted.did,
            demand=CallDemand() if admitted is None else admitted.demand,
            caller_lists=() if offered is None else offered.caller_lists,
            last_agent_id=None if offered is None else offered.last_agent_id,
            blocked_agents=() if offered is None else offered.blocked_agents,
            was_closed=admitted is None,
        )

    def _admit(self, call_id: CallId, project_id: ProjectId, event: CallAdmitted, at: Instant) -> None:
        if self._is_within(at) and call_id not in self._calls:
            mark = self._mark(call_id, project_id, event)
            self._calls[call_id] = _Call(mark, at)

    def _choose(self, event: MenuAnswered, at: Instant) -> None:
        """What the caller pressed is part of what they bring along; menus are not played again."""
        call = self._calls.get(event.call_id)
        if call is None or call.is_counted:
            return
        mark = replace(call.mark, demand=merged(call.mark.demand, event.demand))
        if event.to is not None:  # chosen, so not what the number called leads to
            mark = replace(mark, project_id=event.to.project_id, did="")
        call.mark = mark
        self._count_in(call, at)

    def _ask(self, call: _Call, event: DemandRequested) -> None:
        """What somebody asked for the caller before anybody was offered them, as if they had brought it along."""
        if call.is_counted:
            return
        mark, before = call.mark, call.mark.demand
        demand = CallDemand(
            language=event.language or before.language,
            skills=before.skills if event.skills is None else event.skills,
            priority_ms=before.priority_ms if event.priority_ms is None else event.priority_ms,
        )
        call.mark = replace(mark, demand=demand, caller_lists=mark.caller_lists if event.priority_ms is None else ())

    def _count_in(self, call: _Call, at: Instant) -> None:
        if not call.is_counted:
            call.is_counted = True
            self.tally.offered(call.mark.project_id, call.came)
            self.demand.add(call.came, call.mark, at if call.is_asked else call.came)

    def _turn_away(self, event: CallTurnedAway, at: Instant) -> None:
        call = self._calls.get(event.call_id)
        if call is not None:
            return  # waited before: the end says how that was over
        if self._is_within(at):
            self.tally.turned_away += 1
            if event.reason is EndReason.CLOSED and event.project_id is not None:
                self.demand.add(at, self._mark(event.call_id, event.project_id, None))
        self._offered.pop(event.call_id, None)

    def _leave(self, call_id: CallId, at: Instant, *, gave_up: bool) -> None:
        """The call is over, or is one of those that are not played any further: a callback."""
        self._offered.pop(call_id, None)
        call = self._calls.pop(call_id, None)
        if call is None:
            return
        self._count_in(call, at)
        if call.answered_at is not None:
            return
        self.demand.waited(call.mark.project_id, at - call.came, gave_up=gave_up)
        (self.tally.abandoned if gave_up else self.tally.sent_elsewhere)(call.mark.project_id, call.came)

    # -- agents ------------------------------------------------------------------------------------------------------------

    def _agent(self, agent_id: AgentId, envelope: Envelope) -> None:
        duty = self._duties.get(agent_id)
        if duty is None:
            duty = self._duties[agent_id] = _Duty(Agent(agent_id=agent_id))
        event, at = envelope.event, envelope.occurred_at
        before = duty.agent
        duty.agent = self._stepped(before, envelope)
        match event:
            case AgentReserved():
                self._reserve(event, duty, at)
            case AgentConnected():
                self._connect(event, at)
            case AgentReleased():
                self._release(event, duty, at)
            case _:
                pass
        if duty.talk is not None and duty.agent.state not in (AgentState.WRAP_UP, AgentState.TALKING):
            self._worked(agent_id, duty, at)
        if duty.bound_to is not None and duty.agent.call_id is None and duty.agent.state is not AgentState.WRAP_UP:
            duty.bound_to = None
        self._count(agent_id, duty, at)

    def _stepped(self, agent: Agent, envelope: Envelope) -> Agent:
        """Who is asked to take a call was on duty, though their log-in may be older than what was read."""
        if isinstance(envelope.event, AgentReserved) and agent.state in _OFF:
            event = envelope.event
            agent = Agent(agent_id=event.agent_id, state=AgentState.AVAILABLE, endpoint_id=event.endpoint_id)
        try:
            after = step(agent, envelope, self._rules)
        except UnexpectedEvent:
            return agent
        return agent if isinstance(after, Refusal) else after

    def _reserve(self, event: AgentReserved, duty: _Duty, at: Instant) -> None:
        call = self._calls.get(event.call_id)
        if call is None or call.answered_at is not None:
            duty.bound_to = event.call_id
            return
        self._count_in(call, at)
        call.agent_id, call.offered_at, call.level = event.agent_id, at, event.level

    def _connect(self, event: AgentConnected, at: Instant) -> None:
        call = self._calls.get(event.call_id)
        if call is None or call.answered_at is not None or call.agent_id != event.agent_id:
            return
        call.answered_at = at
        self.demand.offered(event.agent_id, ANSWERED, at - call.offered_at)
        self.demand.waited(call.mark.project_id, at - call.came, gave_up=False)
        self.tally.answered(call.mark.project_id, call.came, at, call.level)

    def _release(self, event: AgentReleased, duty: _Duty, at: Instant) -> None:
        call = self._calls.get(event.call_id)
        if call is None or call.agent_id != event.agent_id or call.is_served:
            return
        if call.answered_at is not None:
            call.is_served = True
            duty.talk = (call.mark.project_id, at - call.answered_at, at)
        elif event.reason in MISSES:
            self.demand.offered(event.agent_id, 1 + MISSES.index(event.reason), at - call.offered_at)

    def _worked(self, agent_id: AgentId, duty: _Duty, at: Instant) -> None:
        if duty.talk is None:
            return
        project_id, talk_us, ended_at = duty.talk
        duty.talk = None
        wrap_up_us = max(at - ended_at, 0)
        self.demand.worked(project_id, agent_id, talk_us, wrap_up_us)
        profile = self._directory.agents.get(agent_id)
        self.tally.busy_us[(1 if profile is None else profile.level) - 1] += talk_us + wrap_up_us

    def _count(self, agent_id: AgentId, duty: _Duty, at: Instant) -> None:
        """The agent's time counts from here on, or does not."""
        agent = duty.agent
        is_unreachable = agent.endpoint_id is not None and self._unreachable.get(agent.endpoint_id, False)
        is_reachable = not is_unreachable and not self._absent.get(agent_id, False)
        counts = agent.state not in _OFF and duty.bound_to is None and (is_reachable or agent.call_id is not None)
        if counts and duty.since is None:
            duty.since = at
        elif not counts:
            self._close(agent_id, duty, at)

    def _close(self, agent_id: AgentId, duty: _Duty, at: Instant) -> None:
        since, duty.since = duty.since, None
        if since is not None and at > max(since, self.demand.from_at):
            self.demand.duty.setdefault(agent_id, []).append((Instant(max(since, self.demand.from_at)), at))
