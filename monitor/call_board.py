"""Calls and queues as the board shows them: a fold over what the call machine concluded and over the legs' facts."""

from dataclasses import dataclass, field

from monitor.kpis import Figures, unkept
from monitor.outside_board import LiveOutsider, dialled, note_of, told
from monitor.rows import CalleePhase, CallPhase, EarRow, TapeRow
from telephony import events as ev
from telephony.causes import EndReason
from telephony.dialling import DialDropped, DialPermitted, DialPurpose, DialRefused
from telephony.identifiers import MS, AgentId, CallId, ClientId, DecisionId, Instant, LegId, ProjectId
from telephony.transfers import CallMoved, CallParked, ConsultAnswered

MINUTE = 60_000_000
CALLEES = (DialPurpose.CALLBACK, DialPurpose.MANUAL, DialPurpose.PREVIEW, DialPurpose.PROGRESSIVE)
"""Who is dialled so is the call's own outside party."""


@dataclass(slots=True, kw_only=True)
class LiveCall:
    """One call between its offer and its end."""

    call_id: CallId
    caller_leg: LegId | None
    masked: str | None
    offered_at: Instant
    since_at: Instant
    phase: CallPhase = CallPhase.WAITING
    project_id: ProjectId | None = None
    client_id: ClientId | None = None
    threshold_ms: int = 0
    waiting_since_at: Instant | None = None
    answered_at: Instant | None = None
    agent_id: AgentId | None = None
    agent_leg: LegId | None = None
    offers: int = 0
    held_ms: int = 0
    decision_id: DecisionId | None = None
    is_visible: bool = False
    colleague_id: AgentId | None = None
    colleague_leg: LegId | None = None
    """Set once the colleague has the caller as well."""
    is_colleague_asked: bool = False
    """Set once the colleague answered."""
    slot: int | None = None
    outsider: LiveOutsider | None = None
    outside_note: str | None = None
    is_callback: bool = False
    is_outbound: bool = False
    """Began with us: no figure of the calls that come in counts it."""
    callee: CalleePhase | None = None
    has_promise: bool = False
    """To be called back, and not reached yet."""
    rests_until_at: Instant | None = None
    tape: TapeRow | None = None
    ear: EarRow | None = None


@dataclass(slots=True, kw_only=True)
class LiveQueue:
    """One project's waiting calls and figures: of today and of each of the last minutes."""

    waiting: dict[CallId, Instant] = field(default_factory=dict)
    today: Figures = field(default_factory=Figures)
    minutes: dict[int, Figures] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class CallBoard:
    """All live calls and queues, and which of them changed since they were last read."""

    day_started_at: Instant
    calls: dict[CallId, LiveCall] = field(default_factory=dict)
    queues: dict[ProjectId, LiveQueue] = field(default_factory=dict)
    dirty_calls: dict[CallId, None] = field(default_factory=dict)
    dirty_queues: dict[ProjectId, None] = field(default_factory=dict)
    dirty_minutes: dict[int, None] = field(default_factory=dict)
    oldest_minute: int = 0

    def queue(self, project_id: ProjectId) -> LiveQueue:
        """The project's queue, marked as changed."""
        self.dirty_queues[project_id] = None
        queue = self.queues.get(project_id)
        if queue is None:
            queue = self.queues[project_id] = LiveQueue()
        return queue

    def count(self, project_id: ProjectId, at: Instant, **counts: int) -> None:
        """The counts are added to the project's day and to its minute, where `at` lies in them."""
        queue = self.queue(project_id)
        parts = [queue.today] if at >= self.day_started_at else []
        minute = at // MINUTE
        if minute >= self.oldest_minute:
            self.dirty_minutes[minute] = None
            parts.append(queue.minutes.setdefault(minute, Figures()))
        for part in parts:
            for name, value in counts.items():
                setattr(part, name, getattr(part, name) + value)

    # -- one call's way ------------------------------------------------------------------------------------------------

    def offer(self, call_id: CallId, event: ev.LegOffered, at: Instant) -> None:
        """The call is known, but shown only once it waits or is turned away. One that is known already stays as it is."""
        if call_id in self.calls:
            return
        masked = event.caller.masked if event.caller is not None else None
        self.calls[call_id] = LiveCall(call_id=call_id, caller_leg=event.leg_id, masked=masked, offered_at=at, since_at=at)

    def admit(self, event: ev.CallAdmitted, at: Instant, threshold_ms: int) -> None:
        """The caller waits in the project's queue."""
        call = self.calls.get(event.call_id)
        if call is None:
            call = LiveCall(call_id=event.call_id, caller_leg=None, masked=None, offered_at=at, since_at=at)
            self.calls[event.call_id] = call
        self._unwait(call)
        call.project_id, call.client_id = event.terms.project_id, event.terms.client_id
        call.threshold_ms, call.waiting_since_at, call.is_visible = threshold_ms, at, True
        self._wait(call, at)
        self.count(event.terms.project_id, at, offered=1)

    def move_on(self, call_id: CallId, project_id: ProjectId, at: Instant, threshold_ms: int) -> None:
        """The caller waits in another project's queue, which counts it as offered; the waiting time is kept."""
        call = self._changed(call_id)
        if call is None or call.project_id is None or call.waiting_since_at is None:
            return
        self._unwait(call)
        self.count(call.project_id, at, left_otherwise=1)
        call.project_id, call.threshold_ms = project_id, threshold_ms
        self.count(project_id, at, offered=1)
        self._wait(call, at)

    def turn_away(self, event: ev.CallTurnedAway, at: Instant) -> None:
        """The caller does not wait."""
        call = self._changed(event.call_id)
        if call is None:
            return
        self._unwait(call)
        if call.waiting_since_at is None:
            call.project_id, call.client_id = event.project_id, event.client_id
        call.is_visible = True
        _enter(call, CallPhase.TURNED_AWAY, at)
        if event.project_id is not None and call.waiting_since_at is None:
            self.count(event.project_id, at, turned_away=1)

    def reserve(self, event: ev.AgentReserved, at: Instant) -> None:
        """An agent is bound to the call, which still waits; or a colleague beside the agent who has it."""
        call = self._changed(event.call_id)
        if call is not None and call.phase in (CallPhase.TALKING, CallPhase.HELD) and call.slot is None:
            call.colleague_id, call.colleague_leg, call.is_colleague_asked = event.agent_id, None, False
            call.offers += 1
        elif call is not None:
            call.slot = None
            call.agent_id, call.decision_id = event.agent_id, event.decision_id
            call.offers += 1
            _enter(call, CallPhase.ALERTING, at)

    def ask(self, event: ConsultAnswered) -> None:
        """The colleague answered the agent; the caller hears music."""
        call = self._changed(event.call_id)
        if call is not None and call.colleague_id == event.agent_id:
            call.is_colleague_asked = True

    def connect(self, event: ev.AgentConnected, at: Instant) -> bool:
        """The caller talks with the agent. True: for the first time, so it is an answered call."""
        call = self._changed(event.call_id)
        if call is None:
            return False
        if call.colleague_id == event.agent_id:
            call.colleague_leg = event.leg_id
            return False
        is_first = call.answered_at is None
        if call.has_promise and call.project_id is not None:
            call.has_promise = False
            self.count(call.project_id, at, callbacks_reached=1)
        elif is_first and call.project_id is not None and call.waiting_since_at is not None:
            waited_ms = max(0, at - call.waiting_since_at) // MS
            in_time = int(waited_ms <= call.threshold_ms)
            self.count(call.project_id, at, answered=1, waited_ms=waited_ms, answered_in_time=in_time)
        self._unwait(call)
        call.answered_at = call.answered_at or at
        call.agent_id, call.agent_leg = event.agent_id, event.leg_id
        _enter(call, CallPhase.TALKING, at)
        return is_first

    def lose_agent(self, event: ev.AgentLost, at: Instant) -> None:
        """The caller is kept while the agent is rung again."""
        call = self._changed(event.call_id)
        if call is not None:
            call.agent_leg = None
            _enter(call, CallPhase.RECOVERING, at)

    def release(self, event: ev.AgentReleased, at: Instant) -> None:
        """The call has no agent."""
        call = self._changed(event.call_id)
        if call is not None and call.colleague_id == event.agent_id:
            call.colleague_id = call.colleague_leg = None
        if call is None or call.agent_id != event.agent_id:
            return
        if event.has_talked and call.project_id is not None and call.answered_at is not None and not call.is_outbound:
            self.count(call.project_id, at, handled=1, handled_ms=max(0, at - call.answered_at) // MS)
        has_caller = call.colleague_leg is not None
        call.agent_id, call.agent_leg = call.colleague_id, call.colleague_leg
        call.colleague_id = call.colleague_leg = None
        if call.agent_id is not None:
            _enter(call, CallPhase.TALKING if has_caller else CallPhase.ALERTING, at)
        elif call.outsider is not None:
            _enter(call, CallPhase.TALKING if call.outsider.is_with_caller else CallPhase.ALERTING, at)
        elif call.slot is not None:
            return
        elif call.phase is CallPhase.ALERTING:
            _enter(call, CallPhase.ENDING if call.is_outbound else CallPhase.WAITING, at)
        elif call.phase is not CallPhase.RECOVERING:
            _enter(call, CallPhase.ENDING, at)

    def queue_again(self, event: ev.CallQueuedAgain, at: Instant) -> None:
        """The caller waits again, with the waiting time kept."""
        call = self._changed(event.call_id)
        if call is not None:
            call.agent_id = call.agent_leg = call.slot = call.rests_until_at = None
            self._wait(call, at)

    def move(self, event: CallMoved, at: Instant, threshold_ms: int) -> None:
        """The caller waits for another project."""
        call = self._changed(event.call_id)
        if call is not None:
            self._unwait(call)
            call.project_id, call.client_id = event.terms.project_id, event.terms.client_id
            call.threshold_ms, call.waiting_since_at = threshold_ms, event.waiting_since
            self._wait(call, at)

    def park(self, event: CallParked, at: Instant) -> None:
        """The caller hears music until somebody picks up."""
        call = self._changed(event.call_id)
        if call is not None:
            call.slot, call.agent_id, call.agent_leg = event.slot, None, None
            _enter(call, CallPhase.HELD, at)

    def dial(self, event: DialPermitted, at: Instant) -> None:
        """Somebody outside is dialled; or the caller, who is called back."""
        call = self._changed(event.call_id)
        if call is not None and event.purpose in CALLEES:
            call.caller_leg, call.callee, call.outside_note = event.leg_id, CalleePhase.DIALLING, None
        elif call is not None:
            call.outsider, call.outside_note = dialled(event), None
            if call.phase is CallPhase.WAITING:
                self._unwait(call)
                _enter(call, CallPhase.ALERTING, at)

    def drop_dial(self, event: DialDropped, at: Instant) -> None:
        """Nobody is dialled by the permit: the call is as it was before."""
        call = self._changed(event.call_id)
        if call is not None and call.caller_leg == event.leg_id:
            call.caller_leg = call.callee = None
        elif call is not None and call.outsider is not None and call.outsider.leg_id == event.leg_id:
            call.outsider = None
            if call.phase is CallPhase.ALERTING and call.agent_id is None:
                self._wait(call, at)

    def refuse_dial(self, event: DialRefused) -> None:
        """Somebody outside is not dialled."""
        call = self._changed(event.call_id)
        if call is not None:
            call.outside_note = event.code

    def note_outside(self, call_id: CallId, note: str) -> None:
        """What the agent is to know of whom was called."""
        call = self._changed(call_id)
        if call is not None:
            call.outside_note = note

    def tell_outside(self, call_id: CallId, event: ev.LegFact, at: Instant) -> None:
        """What happens to the leg of somebody outside; nothing where it is another's."""
        call = self.calls.get(call_id)
        outsider = None if call is None else call.outsider
        if call is None or outsider is None or event.leg_id != outsider.leg_id:
            return
        self._changed(call_id)
        if isinstance(event, ev.LegHungUp):
            call.outsider, call.outside_note = None, note_of(outsider, event.cause)
            return
        told(outsider, event)
        if outsider.is_with_caller and call.agent_id is None:
            _enter(call, CallPhase.TALKING, at)

    def hold(self, call_id: CallId, leg_id: LegId, at: Instant) -> AgentId | None:
        """The agent's part stopped: on hold. Whose talk that ends; None where it is no agent's, or no hold."""
        call = self.calls.get(call_id)
        if call is None or call.phase is not CallPhase.TALKING or leg_id != call.agent_leg:
            return None
        self._changed(call_id)
        _enter(call, CallPhase.HELD, at)
        return call.agent_id

    def unhold(self, call_id: CallId, leg_id: LegId, at: Instant) -> AgentId | None:
        """The agent is back. Whose talk goes on; None where nothing was held."""
        call = self.calls.get(call_id)
        if call is None or call.phase is not CallPhase.HELD or leg_id != call.agent_leg:
            return None
        self._changed(call_id)
        call.held_ms += max(0, at - call.since_at) // MS
        _enter(call, CallPhase.TALKING, at)
        return call.agent_id

    def hang_up(self, call_id: CallId, leg_id: LegId, at: Instant) -> AgentId | None:
        """A leg is gone. Whose talk that ends, if a talk was on."""
        call = self.calls.get(call_id)
        if call is None or leg_id not in (call.caller_leg, call.agent_leg):
            return None
        self._changed(call_id)
        if call.has_promise or (call.is_outbound and call.answered_at is None):
            return None  # the place is kept, and an attempt in vain is told by what follows
        talked = call.phase in (CallPhase.TALKING, CallPhase.HELD)
        if call.phase is CallPhase.HELD:
            call.held_ms += max(0, at - call.since_at) // MS
        if talked or leg_id == call.caller_leg:
            self._unwait(call)
            _enter(call, CallPhase.ENDING, at)
        return call.agent_id if talked else None

    def end(self, event: ev.CallEnded, at: Instant) -> None:
        """The call is gone from the board; one that waited is counted."""
        call = self._changed(event.call_id)
        if call is None:
            return
        self._unwait(call)
        if call.has_promise and call.project_id is not None:
            self.count(call.project_id, at, **{unkept(event.end_reason): 1})
        elif call.project_id is not None and call.waiting_since_at is not None and call.answered_at is None:
            if event.end_reason is EndReason.ABANDONED:
                early = int(at - call.waiting_since_at <= call.threshold_ms * MS)
                self.count(call.project_id, at, abandoned=1, abandoned_early=early)
            else:
                self.count(call.project_id, at, left_otherwise=1)
        del self.calls[event.call_id]

    # -- time ----------------------------------------------------------------------------------------------------------

    def new_day(self, at: Instant) -> None:
        """Today's figures are zero from `at` on."""
        self.day_started_at = at
        for project_id, queue in self.queues.items():
            queue.today = Figures()
            self.dirty_queues[project_id] = None

    def forget_minutes_before(self, minute: int) -> None:
        """Figures of older minutes are gone."""
        self.oldest_minute = minute
        for queue in self.queues.values():
            for old in [m for m in queue.minutes if m < minute]:
                del queue.minutes[old]
                self.dirty_minutes[old] = None

    def mark_changed(self, call_id: CallId) -> None:
        """The call's row is to be read anew."""
        self._changed(call_id)

    def leave_line(self, call_id: CallId) -> None:
        """The call counts as waiting no more."""
        call = self._changed(call_id)
        if call is not None:
            self._unwait(call)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _changed(self, call_id: CallId) -> LiveCall | None:
        call = self.calls.get(call_id)
        if call is not None:
            self.dirty_calls[call_id] = None
        return call

    def _wait(self, call: LiveCall, at: Instant) -> None:
        self.dirty_calls[call.call_id] = None
        _enter(call, CallPhase.WAITING, at)
        if call.project_id is not None and call.waiting_since_at is not None:
            self.queue(call.project_id).waiting[call.call_id] = call.waiting_since_at

    def _unwait(self, call: LiveCall) -> None:
        if call.project_id is not None and call.call_id in self.queue(call.project_id).waiting:
            del self.queues[call.project_id].waiting[call.call_id]


def _enter(call: LiveCall, phase: CallPhase, at: Instant) -> None:
    call.phase, call.since_at = phase, at
