"""Reads a stretch of the journal, event by event, into what it asked of the centre and how it was served. Pure.

An agent's time counts as offered to this stretch's callers while they are on duty, reachable, not paused, and not bound by
anything the replay does not play: a call from before the stretch, a consultation, a conversation after a lost line or with a
caller handed to this very agent. Such times stay where they were, under every rule. Whom an agent handed on to a project waits a
second time, from the same instant under every rule, and counts in no figure of waiting.
"""

from msgspec.structs import replace

from routing.directory import Directory
from routing.overflow import OverflowTarget
from routing.whatif.beyond_shift import BeyondShift
from routing.whatif.demand import ANSWERED, Demand, Mark
from routing.whatif.duties import Duties
from routing.whatif.figures import Tally
from routing.whatif.followed import FollowedAgent, FollowedCall
from routing.whatif.promised import AGREES, DECLINES, IN_VAIN, REACHED, Asked
from telephony.agent.judged import PresenceJudged, ShiftJudged
from telephony.agent.model import AgentRules, AgentState
from telephony.agent.noted import AgentNoted
from telephony.agent.on_shift import PauseConfirmed, ShiftTold
from telephony.callback import CallbackAgreed, CallbackDeclined, CallbackOffered, CallbackRested
from telephony.causes import EndReason, ReleaseReason
from telephony.demands import CallDemand, merged
from telephony.dialling import DialRefused
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
    CallQueuedAgain,
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
from telephony.identifiers import AgentId, CallId, Instant, ProjectId
from telephony.searching import DemandRequested
from telephony.transfers import CallMoved, ConsultAnswered
from telephony.waiting import CallOverflowed, MenuAnswered, MenuOpened

OF_AGENTS: tuple[type[Event], ...] = (
    *(LogInRequested, LogOutRequested, AvailableRequested, PauseRequested, AgentNoted, EndpointChanged, PresenceJudged),
    *(AgentReserved, AgentAlerted, AgentConnected, ConsultAnswered, AgentLost, AgentReleased, AgentTimerFired),
    *(WrapUpCodeChosen, WrapUpExtended, ShiftTold, ShiftJudged, PauseConfirmed),
)
"""What says what agents are doing: enough of it from before the stretch tells who was on duty when it began."""
OF_CALLS: tuple[type[Event], ...] = (
    LegOffered,
    CallAdmitted,
    CallTurnedAway,
    MenuOpened,
    MenuAnswered,
    DemandRequested,
    CallOverflowed,
    DialRefused,
    CallQueuedAgain,
    CallMoved,
    CallbackOffered,
    CallbackDeclined,
    CallbackAgreed,
    CallbackRested,
    CallEnded,
)

MISSES = (ReleaseReason.NO_ANSWER, ReleaseReason.BUSY, ReleaseReason.REJECTED, ReleaseReason.UNREACHABLE, ReleaseReason.LOST)
"""Outcomes of an offer from 1 on; 0 is an answer."""


class Observer:
    """Takes envelopes in the order of their numbers; `demand` and `tally` hold the stretch once `finish` was called."""

    def __init__(self, directory: Directory, rules: AgentRules, *, from_at: Instant, to_at: Instant, threshold_ms: int) -> None:
        self.demand = Demand(from_at, to_at)
        self.tally = Tally(from_at, to_at, threshold_ms * 1_000)
        self._directory = directory
        self._offered: dict[CallId, LegOffered] = {}
        self._calls: dict[CallId, FollowedCall] = {}
        self._duties = Duties(self.demand, rules)
        self._beyond = BeyondShift(directory)
        self.demand.outside = self._beyond.spells
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
        elif isinstance(event, ShiftJudged):
            self._beyond.take(event, at)
        elif isinstance(event, PresenceJudged):
            self._duties.judged(event.agent_id, at, is_absent=event.absence is not None)
        elif isinstance(event, EndpointChanged):
            self._duties.reached(event.endpoint_id, at, is_reachable=event.is_reachable)
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
            case CallMoved() if event.call_id in self._calls:
                self._hand_on(self._calls[event.call_id], event, at)
            case CallEnded():
                self._leave(event.call_id, at, event.end_reason)
            case CallOverflowed() | DialRefused() | CallQueuedAgain() if event.call_id in self._calls:
                self._of_overflow(self._calls[event.call_id], event, at)
            case CallbackOffered() | CallbackDeclined() | CallbackAgreed() | CallbackRested() if event.call_id in self._calls:
                self._of_callback(self._calls[event.call_id], event, at)
            case _:
                pass

    def _of_overflow(self, call: FollowedCall, event: Event, at: Instant) -> None:
        match event:
            case CallOverflowed(target=OverflowTarget.CALLBACK):
                call.sent_at = at
            case CallOverflowed(target=OverflowTarget.NUMBER):
                call.out_at = at
            case CallOverflowed() if event.to is not None:
                call.limit_ms = event.to.wait_limit_ms
            case DialRefused() | CallQueuedAgain() if call.out_at is not None:
                self.demand.sent_out(call.mark.project_id, IN_VAIN, at - call.out_at)
                call.out_at = None
            case _:
                pass

    def _hand_on(self, call: FollowedCall, event: CallMoved, at: Instant) -> None:
        """The caller waits once more, for that project; the talk they had may still be on its way to its end."""
        if call.answered_at is None:
            return
        demand = call.mark.demand if event.demand is None else event.demand
        mark = replace(call.mark, project_id=event.terms.project_id, did="", demand=demand, wants_callback=False)
        self.demand.handed_on.append((at, at - event.waiting_since, mark))
        self._calls[event.call_id] = FollowedCall(mark, at, is_counted=True, earlier=call)

    def _of_callback(self, call: FollowedCall, event: Event, at: Instant) -> None:
        asked, project_id = call.asked, call.mark.project_id
        match event:
            case CallbackOffered(attempt=1):
                self._count_in(call, at)
                call.asked = Asked(at)
                is_by_key = call.sent_at != at and not call.mark.wants_callback
                self._stop_pressing(call, at, has_pressed=is_by_key)
            case CallbackDeclined() if asked is not None:
                self.demand.said(project_id, (DECLINES, asked.since - call.came, at - asked.since))
            case CallbackAgreed() if asked is not None:
                asked.promise = event
                self.demand.said(project_id, (AGREES, asked.since - call.came, at - asked.since))
                if call.earlier is None:
                    self.demand.waited(project_id, at - call.came, gave_up=False)
                    self.tally.promised(project_id, call.came)
            case CallbackRested() if asked is not None:
                self._attempted(call, asked.rested(event))
            case _:
                pass

    def _attempted(self, call: FollowedCall, told: tuple[int, int] | None) -> None:
        if told is not None:
            self.demand.called_back(call.mark.project_id, *told)

    def _stop_pressing(self, call: FollowedCall, at: Instant, *, has_pressed: bool = False) -> None:
        """From here on the caller cannot ask to be called back by a key, or has."""
        queued, call.queued = call.queued, None
        if queued is not None:
            self.demand.pressed(call.mark.project_id, at - queued, has_pressed=has_pressed)

    def finish(self) -> None:
        """Spells on duty that still last end with the last event; callers who are there still are part of the demand."""
        for call in self._calls.values():
            self._count_in(call, self._last_at)
        self._duties.finish(self._last_at)
        for agent_id, spells in self.demand.duty.items():
            profile = self._directory.agents.get(agent_id)
            for since, until in spells:
                self.tally.staffed(1 if profile is None else profile.level, since, until)

    # -- callers -----------------------------------------------------------------------------------------------------------

    def _is_within(self, at: Instant) -> bool:
        return self.demand.from_at <= at < self.demand.to_at

    def _mark(self, call_id: CallId, project_id: ProjectId, admitted: CallAdmitted | None) -> Mark:
        offered = self._offered.pop(call_id, None)
        demand = CallDemand() if admitted is None else admitted.demand
        if offered is not None and offered.caller_lists:
            demand = replace(demand, priority_ms=0)  # the lists' own, which the directory played gives anew
        return Mark(
            project_id=project_id,
            did="" if admitted is None else admitted.did,
            demand=demand,
            caller_lists=() if offered is None else offered.caller_lists,
            last_agent_id=None if offered is None else offered.last_agent_id,
            blocked_agents=() if offered is None else offered.blocked_agents,
            was_closed=admitted is None,
        )

    def _admit(self, call_id: CallId, project_id: ProjectId, event: CallAdmitted, at: Instant) -> None:
        if self._is_within(at) and call_id not in self._calls:
            mark = self._mark(call_id, project_id, event)
            self._calls[call_id] = FollowedCall(mark, at, limit_ms=event.terms.wait_limit_ms)

    def _choose(self, event: MenuAnswered, at: Instant) -> None:
        """What the caller pressed is part of what they bring along; menus are not played again."""
        call = self._calls.get(event.call_id)
        if call is None or call.is_counted:
            return
        self.demand.chose(call.mark.project_id, at - call.came)
        wants_callback = self._leads_to_callback(call.mark.project_id, event.key)
        mark = replace(call.mark, demand=merged(call.mark.demand, event.demand), wants_callback=wants_callback)
        if event.to is not None:  # chosen, so not what the number called leads to
            mark = replace(mark, project_id=event.to.project_id, did="")
            call.limit_ms = event.to.wait_limit_ms
        call.mark = mark
        self._count_in(call, at)

    def _leads_to_callback(self, project_id: ProjectId, key: str | None) -> bool:
        project = self._directory.projects.get(project_id)
        option = None if project is None or project.menu is None else project.menu.option(key)
        return option is not None and option.callback

    def _ask(self, call: FollowedCall, event: DemandRequested) -> None:
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

    def _count_in(self, call: FollowedCall, at: Instant, *, is_left_in_menu: bool = False) -> None:
        if not call.is_counted:
            call.is_counted = True
            self.tally.offered(call.mark.project_id, call.came)
            call.queued = at if call.is_asked else call.came
            self.demand.add(call.came, call.mark, call.queued, is_left_in_menu=is_left_in_menu)

    def _turn_away(self, event: CallTurnedAway, at: Instant) -> None:
        call = self._calls.get(event.call_id)
        if call is not None:
            call.left_at = at  # waited before: the end says how that was over
            return
        if self._is_within(at):
            self.tally.turned_away += 1
            if event.reason is EndReason.CLOSED and event.project_id is not None:
                self.demand.add(at, self._mark(event.call_id, event.project_id, None))
        self._offered.pop(event.call_id, None)

    def _leave(self, call_id: CallId, at: Instant, reason: EndReason) -> None:
        """The call is over. Who hung up themselves and had talked to no agent had been given somebody outside."""
        gave_up = reason is EndReason.ABANDONED
        self._offered.pop(call_id, None)
        call = self._calls.pop(call_id, None)
        if call is None:
            return
        self._count_in(call, at, is_left_in_menu=call.is_asked)
        if call.out_at is not None and not gave_up:
            self.demand.sent_out(call.mark.project_id, REACHED, 0)
        at = call.ceased_waiting_at(at, reason)
        self._stop_pressing(call, at)
        if call.asked is not None and call.is_promised:
            self._attempted(call, call.asked.ended(reason))
            return
        if call.answered_at is not None or call.earlier is not None:
            return
        self.demand.waited(call.mark.project_id, at - call.came, gave_up=gave_up)
        (self.tally.abandoned if gave_up else self.tally.sent_elsewhere)(call.mark.project_id, call.came)

    # -- agents ------------------------------------------------------------------------------------------------------------

    def _agent(self, agent_id: AgentId, envelope: Envelope) -> None:
        event, at = envelope.event, envelope.occurred_at
        if isinstance(event, ShiftTold):
            self._beyond.take(event, at)
        duty = self._duties.take(agent_id, envelope)
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
        self._duties.count(agent_id, duty, at)

    def _reserve(self, event: AgentReserved, duty: FollowedAgent, at: Instant) -> None:
        call = self._calls.get(event.call_id)
        if call is None or call.answered_at is not None:
            duty.bound_to = event.call_id
            return
        self._count_in(call, at)
        call.out_at = None
        call.agent_id, call.offered_at, call.level = event.agent_id, at, event.level

    def _connect(self, event: AgentConnected, at: Instant) -> None:
        call = self._calls.get(event.call_id)
        if call is None or call.answered_at is not None or call.agent_id != event.agent_id:
            return
        call.answered_at = at
        if call.is_promised:
            self.demand.called_back(call.mark.project_id, REACHED, at - call.offered_at)
            if call.earlier is None:
                self.tally.called_back(call.mark.project_id, call.came, call.level)
            return
        self._stop_pressing(call, at)
        self.demand.offered(event.agent_id, ANSWERED, at - call.offered_at, call.offered_at - call.came)
        if call.earlier is not None:
            return
        self.demand.waited(call.mark.project_id, at - call.came, gave_up=False)
        self.tally.answered(call.mark.project_id, call.came, at, call.level)

    def _release(self, event: AgentReleased, duty: FollowedAgent, at: Instant) -> None:
        call = self._calls.get(event.call_id)
        if (
            call is not None
            and call.earlier is not None
            and call.earlier.agent_id == event.agent_id
            and not call.earlier.is_served
        ):
            call = call.earlier
        if call is None or call.agent_id != event.agent_id or call.is_served:
            return
        if call.answered_at is not None:
            call.is_served = True
            duty.talk = (call.mark.project_id, at - call.answered_at, at)
        elif call.asked is not None and call.is_promised and event.reason is ReleaseReason.ABANDONED:
            call.asked.bound_us = at - call.offered_at
        elif event.reason in MISSES and not call.is_promised:  # of whom answers are no answers of offers either
            outcome = 1 + MISSES.index(event.reason)
            self.demand.offered(event.agent_id, outcome, at - call.offered_at, call.offered_at - call.came)

    def _worked(self, agent_id: AgentId, duty: FollowedAgent, at: Instant) -> None:
        if duty.talk is None:
            return
        project_id, talk_us, ended_at = duty.talk
        duty.talk = None
        wrap_up_us = max(at - ended_at, 0)
        self.demand.worked(project_id, agent_id, talk_us, wrap_up_us)
        profile = self._directory.agents.get(agent_id)
        self.tally.busy_us[(1 if profile is None else profile.level) - 1] += talk_us + wrap_up_us
