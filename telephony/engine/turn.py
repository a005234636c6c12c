"""The turn: one synchronous step of the whole service. One event in; numbered events, commands and due times out.

Deciding and claiming an agent happen in the same turn, so no two turns can choose the same agent. What the machines conclude is
handled in the same turn, in the order it was concluded, and journaled behind the event it came from.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TypeVar, cast

from routing.directory import Directory
from routing.entry import admit, turned_away_waiting
from routing.floor import Floor
from telephony.agent import machine as agent_machine
from telephony.agent.judged import PresenceJudged
from telephony.agent.model import Agent, AgentRules
from telephony.agent.noted import AgentNoted, note_of
from telephony.agent.presence import Presence
from telephony.call import machine as call_machine
from telephony.call.model import Call, CallState
from telephony.commands import HangUp, PlayTone
from telephony.decisions import DecisionTaken
from telephony.engine.arrival import Arrival, Due, TurnResult, again_of
from telephony.engine.claims import adoption_of, reservation_of
from telephony.engine.dialled import request_dialled
from telephony.engine.floor_index import FloorIndex
from telephony.engine.handing import concluded_of, gets_back, refusal_of_handing
from telephony.engine.ports import Ids, LegSeen
from telephony.engine.presence_watch import PresenceWatch
from telephony.engine.registry import Registry
from telephony.engine.requests import refusal_of
from telephony.engine.served import served_by_dialplan
from telephony.engine.waiting import Care
from telephony.errors import Refusal, UnexpectedEvent
from telephony.events import (
    AgentRequest,
    AgentReserved,
    AgentTimerFired,
    CallEvent,
    CallQueuedAgain,
    CallRequest,
    DirectoryLoaded,
    EndpointChanged,
    Envelope,
    Event,
    FallbackAnswered,
    FeatureCodeDialled,
    LegAnswered,
    LegFact,
    LegOffered,
    RequestRefused,
    SwitchConnected,
    SwitchDisconnected,
    UnexpectedHappened,
)
from telephony.identifiers import AgentId, CallId, EndpointId, EventId, SwitchName, call_of
from telephony.transfers import HandOnRequest, ParkRequested, PickUpRequested

T = TypeVar("T")

BEGINNINGS = (LegOffered, FeatureCodeDialled, FallbackAnswered)
"""Leg facts that need no call to exist before them."""

REQUESTS = (AgentRequest, CallRequest)
"""What people ask for."""


class Turn:
    """All calls and agents of one engine, and the one way to change them: `handle`."""

    def __init__(self, *, directory: Directory, rules: AgentRules, ids: Ids, next_seq: int = 1) -> None:
        self.directory = directory
        self.rules = rules
        self.floor = Floor(directory)
        self.calls: dict[CallId, Call] = {}
        self.agents: dict[AgentId, Agent] = {}
        self.is_draining = False
        self._index = FloorIndex(self.floor, self.agents, self.calls)
        self._registry = Registry(self.calls, self.agents, self._index)
        self._care = Care(self, self.floor, self._index)
        self._watch = PresenceWatch(self._index, self.agents, rules.presence)
        self._ids = ids
        self._next_seq = next_seq
        self._queue: deque[Envelope] = deque()
        self._result = TurnResult()

    # -- the front door ------------------------------------------------------------------------------------------------

    def handle(self, arrival: Arrival) -> TurnResult:
        """The event and all that follows from it have happened; nothing of it is on disk or on the wire yet."""
        result = self._result = TurnResult()
        call_id, agent_id = self._registry.address(arrival)
        event = arrival.event
        if self._watch.swallows(arrival) or self._care.swallows(event):
            self._settle(arrival)
            return result
        if self._registry.is_stale(event):
            return result
        envelope = self._number(arrival.event, arrival, arrival.event_id, call_id, agent_id)
        if isinstance(event, REQUESTS):
            self._request(envelope, event)
        elif isinstance(event, LegFact) and call_id not in self.calls and not self._begins(event):
            self._stray(envelope, event)
            return result
        else:
            result.envelopes.append(envelope)
            self._apply(envelope)
        self._settle(arrival)
        return result

    def use(self, directory: Directory) -> None:
        """Decisions from here on follow this revision. Raises `InvalidWeights`, and changes nothing."""
        self.floor.use(directory)
        self.directory = directory

    def restore(self, envelopes: Iterable[Envelope]) -> None:
        """The state these journaled events led to, without doing or concluding anything anew."""
        next_seq = self._next_seq
        for envelope in envelopes:
            event = envelope.event
            if isinstance(event, EndpointChanged):
                self._index.note_presence(event, envelope.switch, envelope.received_at)
            self._result = TurnResult()
            self._apply(envelope)
            self._queue.clear()  # what was concluded then is in the journal, under its own numbers
        self._result = TurnResult()
        self._next_seq = next_seq

    def due_now(self) -> list[Due]:
        """Every due time in the state: what a timer source needs after a restart."""
        return self._registry.all_due() + self._care.all_due() + self._watch.all_due()

    def is_reachable(self, agent_id: AgentId) -> bool:
        """Whether the agent's phone can be rung, as far as the switch knows."""
        agent = self.agents.get(agent_id)
        return agent is not None and self._index.is_live(agent)

    def _number(
        self, event: Event, arrival: Arrival, event_id: EventId, call_id: CallId | None, agent_id: AgentId | None
    ) -> Envelope:
        seq = self._next_seq
        self._next_seq += 1
        return Envelope(
            seq=seq,
            event_id=event_id,
            occurred_at=arrival.occurred_at,
            received_at=arrival.received_at,
            event=event,
            call_id=call_id,
            agent_id=agent_id,
            switch=arrival.switch,
        )

    def _settle(self, arrival: Arrival) -> None:
        """Conclusions are handled in their order; when none is left, free agents and waiting calls are matched."""
        while True:
            while self._queue:
                envelope = self._queue.popleft()
                self._result.envelopes.append(envelope)
                self._apply(envelope)
            for judged in self._watch.conclude(arrival.received_at, self._result.due):
                self._conclude(judged, arrival)
            if self._queue:
                continue
            if self.is_draining:
                return
            for decision in self.floor.match(arrival.received_at):
                self._claim(decision, arrival)
                break
            if not self._queue and self._care.is_needed:
                for event in self._care.conclude(arrival.received_at, self._result.due):
                    self._conclude(event, arrival)
            if not self._queue:
                return

    def _conclude(self, event: Event, cause: Envelope | Arrival) -> None:
        arrival = cause if isinstance(cause, Arrival) else again_of(cause)
        event_id = EventId(self._ids.new(arrival.received_at))
        call_id, agent_id = getattr(event, "call_id", None), getattr(event, "agent_id", None)
        self._queue.append(self._number(event, arrival, event_id, call_id, agent_id))

    def _claim(self, decision: DecisionTaken, arrival: Arrival) -> None:
        call, agent = self.calls[decision.call_id], self.agents[decision.agent_id]
        self._conclude(decision, arrival)
        self._conclude(reservation_of(decision, call, agent), arrival)

    def _request(self, envelope: Envelope, event: AgentRequest | CallRequest) -> None:
        """A request that is refused is journaled as the refusal only: replays must not carry it out."""
        refusal = refusal_of(event, self)
        if refusal is None and isinstance(event, CallRequest):
            refusal = refusal_of_handing(event, self, self._index, envelope.received_at)
        refusal = refusal or self._apply(envelope)
        if refusal is None:
            self._result.envelopes.insert(0, envelope)
            return
        self._queue.clear()
        self._result.refusal = refusal
        refused = RequestRefused(
            request_id=envelope.event_id,
            code=refusal.code,
            agent_id=envelope.agent_id,
            call_id=envelope.call_id if envelope.call_id in self.calls else None,
        )
        arrival = again_of(envelope)
        self._next_seq = envelope.seq
        self._result.envelopes = [self._number(refused, arrival, envelope.event_id, refused.call_id, refused.agent_id)]

    def _stray(self, envelope: Envelope, event: LegFact) -> None:
        """A late word about a call that is over changes no state, but may correct its minutes: it is journaled.

        A leg that is answered all the same is ended: nobody is in that call.
        """
        if envelope.call_id is None or isinstance(event, LegOffered):
            self._next_seq = envelope.seq
            return
        self._result.envelopes.append(envelope)
        if isinstance(event, LegAnswered) and call_of(event.leg_id) is not None and envelope.switch is not None:
            hang_up = HangUp(call_id=envelope.call_id, switch=envelope.switch, leg_id=event.leg_id)
            self._result.commands.append(hang_up)

    # -- what an event does ----------------------------------------------------------------------------------------------

    def _apply(self, envelope: Envelope) -> Refusal | None:
        return _effect_of(type(envelope.event))(self, envelope)

    def _begin(self, envelope: Envelope) -> None:
        call_id, switch, event = envelope.call_id, envelope.switch, cast(LegOffered, envelope.event)
        if call_id is None or switch is None:
            raise AssertionError("a caller without a call id or a switch")
        self._registry.begin(call_machine.begin(call_id, switch, envelope, event))
        self._conclude(self.admission(call_id, envelope, event), envelope)

    def _begins(self, event: LegFact) -> bool:
        """Whether the event makes a call of its own; the record of a call we knew belongs to that one."""
        is_known = isinstance(event, FallbackAnswered) and self._registry.known_call(event.leg_id) is not None
        return isinstance(event, BEGINNINGS) and not is_known

    def remember(self, envelopes: Iterable[Envelope]) -> None:
        """The calls of these journaled events may be over: what is still told of their callers belongs to them."""
        for envelope in envelopes:
            if isinstance(envelope.event, (LegOffered, FallbackAnswered)) and envelope.call_id is not None:
                self._registry.remember(envelope.event.leg_id, envelope.call_id)

    def _note_fallback(self, envelope: Envelope) -> Refusal | None:
        """A call the static dialplan served is over when we learn of it: listed and metered, decided on no more."""
        if envelope.call_id in self.calls:
            return self._step_call(envelope)
        event, call_id = cast(FallbackAnswered, envelope.event), envelope.call_id or CallId(envelope.event_id)
        self._registry.remember(event.leg_id, call_id)
        for concluded in served_by_dialplan(call_id, event.dnis, self.directory):
            self._conclude(concluded, envelope)
        return None

    def admission(self, call_id: CallId, envelope: Envelope, event: LegOffered) -> Event:
        """What the number called and the hour make of this caller."""
        return admit(self.directory, call_id, event, envelope.occurred_at)

    def _feature_code(self, envelope: Envelope) -> None:
        event = cast(FeatureCodeDialled, envelope.event)
        request = request_dialled(event, envelope, self)
        if not isinstance(request, Refusal):
            self._conclude(request, envelope)
        if envelope.switch is not None:
            is_taken = not isinstance(request, Refusal)
            tone = PlayTone(call_id=CallId(event.leg_id), switch=envelope.switch, leg_id=event.leg_id, is_confirmation=is_taken)
            self._result.commands.append(tone)

    def _change_switch(self, envelope: Envelope) -> None:
        event = cast(SwitchConnected | SwitchDisconnected, envelope.event)
        self._index.switch_changed(event.switch, is_connected=isinstance(event, SwitchConnected))
        self._look_for_stranded(envelope)

    def _look_for_stranded(self, envelope: Envelope) -> None:
        self._care.look_at_all()
        self._turn_away(self.calls.values(), envelope)

    def _hand(self, envelope: Envelope) -> Refusal | None:
        """The call agrees, and whoever is to have the caller, or to be asked, is claimed in the same turn."""
        refusal = self._step_call(envelope)
        for event in () if refusal is not None else concluded_of(envelope.event, envelope, self):
            self._conclude(event, envelope)
        return refusal

    def _give_back(self, envelope: Envelope) -> None:
        for event in gets_back(cast(CallQueuedAgain, envelope.event), self, self._index):
            self._conclude(event, envelope)

    def _step_both(self, envelope: Envelope) -> Refusal | None:
        self._step_agent(envelope)
        return self._step_call(envelope)

    def _step_call(self, envelope: Envelope) -> Refusal | None:
        before = None if envelope.call_id is None else self.calls.get(envelope.call_id)
        if before is None:
            return None
        step = self._guarded(lambda: call_machine.step(before, envelope), envelope, "call", before.state)
        if step is None or step.refusal is not None:
            return None if step is None else step.refusal
        after = step.call
        self._result.commands.extend(step.commands)
        for event in step.events:
            self._conclude(event, envelope)
        if after is not before:
            self._result.due += self._registry.keep_call(before, after)
            for question in self._care.call_changed(before, after, envelope.received_at):
                self._conclude(question, envelope)
            if after.state is CallState.QUEUED is not before.state:
                self._turn_away((after,), envelope)
        return None

    def _turn_away(self, calls: Iterable[Call], cause: Envelope) -> None:
        """Those who wait for a project that is in use no more get its closed treatment: nobody would ever come.

        At a switch that is away they wait until it is back and can be told.
        """
        for call in calls:
            is_waiting = call.state is CallState.QUEUED and self._index.is_connected(call.switch)
            if is_waiting and call.terms is not None and call.terms.project_id not in self.directory.projects:
                self._conclude(turned_away_waiting(call.call_id, call.terms), cause)

    def _step_agent(self, envelope: Envelope) -> Refusal | None:
        agent_id = envelope.agent_id
        if agent_id is None:
            return None
        before = self.agents.get(agent_id) or Agent(agent_id=agent_id)
        outcome = self._guarded(lambda: agent_machine.step(before, envelope, self.rules), envelope, "agent", before.state)
        if outcome is None or isinstance(outcome, Refusal):
            return outcome
        self._result.due += self._registry.keep_agent(before, outcome)
        self._watch.agent_changed(before, outcome, envelope.received_at)
        note = note_of(before, outcome)
        if note is not None:
            self._conclude(note, envelope)
        return None

    def _guarded(self, run: Callable[[], T], envelope: Envelope, machine: str, state: str) -> T | None:
        """A machine that meets the impossible changes nothing; that it happened is journaled and counted."""
        try:
            return run()
        except UnexpectedEvent:
            happened = UnexpectedHappened(
                machine=machine,
                state=state,
                event=type(envelope.event).__name__,
                call_id=envelope.call_id,
                agent_id=envelope.agent_id,
            )
            self._conclude(happened, envelope)
            return None

    @property
    def last_seq(self) -> int:
        """The number of the last event handled, 0 before the first."""
        return self._next_seq - 1

    @property
    def presence(self) -> Mapping[EndpointId, Presence]:
        """What is known of every phone."""
        return self._index.presence()

    def reservation_for(self, call_id: CallId, seen: LegSeen) -> AgentReserved | None:
        """The bond behind an agent's leg the journal does not know; None where there can be none."""
        agent_id = None if seen.endpoint_id is None else self._index.agent_at(seen.endpoint_id)
        agent = None if agent_id is None else self.agents.get(agent_id)
        share_pass = 0.0 if agent_id is None else self.floor.pass_of(agent_id) or 0.0
        return adoption_of(seen, self.calls.get(call_id), agent, self.directory, share_pass)

    def calls_at(self, switch: SwitchName) -> list[Call]:
        """The calls that switch carries, in the order they came."""
        return [call for call in self.calls.values() if call.switch == switch]


Effect = Callable[[Turn, Envelope], Refusal | None]

_EFFECTS: tuple[tuple[tuple[type[Event], ...], Effect], ...] = (
    ((LegOffered,), Turn._begin),
    ((FeatureCodeDialled,), Turn._feature_code),
    ((FallbackAnswered,), Turn._note_fallback),
    ((SwitchConnected, SwitchDisconnected), Turn._change_switch),
    ((DirectoryLoaded,), Turn._look_for_stranded),
    ((AgentReserved,), Turn._step_both),
    ((HandOnRequest, ParkRequested, PickUpRequested), Turn._hand),
    ((CallQueuedAgain,), Turn._give_back),
    ((CallEvent, AgentRequest, AgentTimerFired, AgentNoted), Turn._step_agent),
    ((PresenceJudged,), lambda turn, envelope: turn._watch.judged(envelope)),
    ((DecisionTaken, RequestRefused, UnexpectedHappened), lambda _turn, _envelope: None),
    ((Event,), Turn._step_call),
)
"""The first line that names the event or its family says what it does."""


@cache
def _effect_of(event_type: type[Event]) -> Effect:
    return next(effect for families, effect in _EFFECTS if issubclass(event_type, families))
