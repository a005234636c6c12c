"""The turn: one synchronous step of the whole service. One event in; numbered events, commands and due times out.

Deciding and claiming an agent happen in the same turn, so no two turns can choose the same agent. What the machines conclude is
handled in the same turn, in the order it was concluded, and journaled behind the event it came from.
"""

from collections import deque
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from routing.directory import Directory
from routing.floor import Floor
from telephony.agent.model import Agent, AgentRules
from telephony.agent.noted import ShareNoted
from telephony.agent.open_line import OpenLine
from telephony.agent.presence import Presence
from telephony.call.model import Call
from telephony.call.to_switch import to_machine
from telephony.commands import HangUp
from telephony.decisions import DecisionTaken
from telephony.dialling import DialRequested, NumberDialled
from telephony.emergencies import EmergencyDialled
from telephony.engine.arrival import Arrival, Due, TurnResult, again_of
from telephony.engine.claims import adoption_of, reservation_of
from telephony.engine.ears import Ears, refused_ear
from telephony.engine.effects import effect_of
from telephony.engine.floor_index import FloorIndex
from telephony.engine.fuse import Fuse, is_with_nobody, last_kinds, reported
from telephony.engine.handing import refusal_of_handing
from telephony.engine.lines import lines_at, step_line
from telephony.engine.placing import refusal_of_dialling
from telephony.engine.ports import Ids, LegSeen
from telephony.engine.presence_watch import PresenceWatch
from telephony.engine.registry import Registry
from telephony.engine.requests import refusal_of
from telephony.engine.sampling import Samples
from telephony.engine.served import taken_by_dialplan
from telephony.engine.shift_watch import ShiftWatch, refusal_outside_shift
from telephony.engine.taping import Tapes, refused_proof
from telephony.engine.waiting import Care
from telephony.errors import Refusal
from telephony.events import (
    AgentRequest,
    AgentReserved,
    AgentTimerFired,
    CallRequest,
    CallTimerFired,
    EndpointChanged,
    Envelope,
    Event,
    FallbackAnswered,
    FeatureCodeDialled,
    LegAnswered,
    LegFact,
    LegOffered,
    LegPressedKey,
    RequestRefused,
)
from telephony.identifiers import AgentId, CallId, EndpointId, EventId, SwitchName, call_of
from telephony.overhearing import EarFact
from telephony.segments import SegmentFact

BEGINNINGS = (LegOffered, FeatureCodeDialled, FallbackAnswered, NumberDialled)
"""Leg facts that need no call to exist before them."""

REQUESTS = (AgentRequest, CallRequest)
"""What people ask for."""

OF_WATCHES = (AgentTimerFired, CallTimerFired, LegPressedKey)
"""Kinds of which some are for shifts, samples or the care of the waiting alone."""


class Turn:
    """All calls and agents of one engine, and the one way to change them: `handle`."""

    def __init__(self, *, directory: Directory, rules: AgentRules, ids: Ids, next_seq: int = 1) -> None:
        self.directory = directory
        self.rules = rules
        self.floor = Floor(directory)
        self.calls: dict[CallId, Call] = {}
        self.agents: dict[AgentId, Agent] = {}
        self.is_draining = False
        self.index = FloorIndex(self.floor, self.agents, self.calls)
        self.tapes = Tapes()
        self.ears = Ears()
        self.registry = Registry(self.calls, self.agents, self.index, self.tapes)
        self.samples = Samples(self)
        self.care = Care(self, self.floor, self.index)
        self.watch = PresenceWatch(self.index, self.agents, rules.presence)
        self.shifts = ShiftWatch(self.floor, self.agents)
        self._ids = ids
        self._next_seq = next_seq
        self._queue: deque[Envelope] = deque()
        self._fuse = Fuse()
        self.result = TurnResult()

    # -- the front door ------------------------------------------------------------------------------------------------

    def handle(self, arrival: Arrival) -> TurnResult:
        """The event and all that follows from it have happened; nothing of it is on disk or on the wire yet."""
        result = self.result = TurnResult()
        self.shifts.turn_begins()
        self._fuse.turn_begins(len(self.calls) + len(self.agents))
        call_id, agent_id = self.registry.address(arrival)
        event = arrival.event
        if self.watch.swallows(arrival):
            # Most signs change nothing, and all else is settled, but for samples: what they rest on is told outside a turn.
            if self.watch.has_news or self.samples.has_news:
                self._settle(arrival)
            return result
        if isinstance(event, OF_WATCHES) and self._swallows(event):
            self._settle(arrival)
            return result
        if self.registry.is_stale(event):
            return result
        envelope = self._number(arrival.event, arrival, arrival.event_id, call_id, agent_id)
        if isinstance(event, REQUESTS):
            self._request(envelope, event)
        elif isinstance(event, LegFact) and self._is_stray(event, call_id):
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
        self.shifts.directory_changed(self.directory, directory)
        self.directory = directory

    def restore(self, envelopes: Iterable[Envelope]) -> None:
        """The state these journaled events led to, without doing or concluding anything anew."""
        next_seq = self._next_seq
        for envelope in envelopes:
            event = envelope.event
            if isinstance(event, EndpointChanged):
                self.index.note_presence(event, envelope.switch, envelope.received_at)
            self.result = TurnResult()
            self._fuse.turn_begins(len(self.calls) + len(self.agents))
            self._apply(envelope)
            self._queue.clear()  # what was concluded then is in the journal, under its own numbers
        self.shifts.restored()
        self.result = TurnResult()
        self._next_seq = next_seq

    def remember(self, envelopes: Iterable[Envelope]) -> None:
        """The calls of these journaled events may be over: what is still told of their callers belongs to them."""
        for envelope in envelopes:
            if isinstance(envelope.event, (LegOffered, FallbackAnswered)) and envelope.call_id is not None:
                self.registry.remember(envelope.event.leg_id, envelope.call_id)
            elif isinstance(envelope.event, EmergencyDialled):
                self.registry.remember_emergency(envelope.event.leg_id)

    def due_now(self) -> list[Due]:
        """Every due time in the state: what a timer source needs after a restart."""
        return self.registry.all_due() + self.care.all_due() + self.watch.all_due() + self.shifts.all_due()

    def is_reachable(self, agent_id: AgentId) -> bool:
        """Whether the agent's phone can be rung, as far as the switch knows."""
        agent = self.agents.get(agent_id)
        return agent is not None and self.index.is_live(agent)

    @property
    def last_seq(self) -> int:
        """The number of the last event handled, 0 before the first."""
        return self._next_seq - 1

    @property
    def presence(self) -> Mapping[EndpointId, Presence]:
        """What is known of every phone."""
        return self.index.presence()

    def reservation_for(self, call_id: CallId, seen: LegSeen) -> AgentReserved | None:
        """The bond behind an agent's leg the journal does not know; None where there can be none."""
        agent_id = None if seen.endpoint_id is None else self.index.agent_at(seen.endpoint_id)
        agent = None if agent_id is None else self.agents.get(agent_id)
        share_pass = 0.0 if agent_id is None else self.floor.pass_of(agent_id) or 0.0
        return adoption_of(seen, self.calls.get(call_id), agent, self.directory, share_pass)

    def calls_at(self, switch: SwitchName) -> list[Call]:
        """The calls that switch carries, in the order they came."""
        return [call for call in self.calls.values() if call.switch == switch]

    def lines_at(self, switch: SwitchName) -> list[OpenLine]:
        """The open lines of agents that switch carries."""
        return lines_at(switch, self.agents.values())

    # -- the course of a turn ----------------------------------------------------------------------------------------------

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
                self.result.envelopes.append(envelope)
                self._apply(envelope)
            self._report_blown(arrival)
            for judged in self.watch.conclude(arrival.received_at, self.result.due):
                self.conclude(judged, arrival)
            shifts = self.shifts.conclude(self.directory, arrival.received_at, self.result.due)
            for told in (*shifts, *self.samples.conclude(arrival.received_at)):
                self.conclude(told, arrival)
            for noted in self._shares():
                self.conclude(noted, arrival)
            if self._queue:
                continue
            if self.is_draining:
                return
            for decision in self.floor.match(arrival.received_at):
                self._claim(decision, arrival)
                break
            if not self._queue and self.care.is_needed:
                for event in self.care.conclude(arrival.received_at, self.result.due):
                    self.conclude(event, arrival)
                self.result.parties += self.care.take_parties()
            if not self._queue:
                return

    def _swallows(self, event: Event) -> bool:
        return self.shifts.swallows(event) or self.samples.swallows(event) or self.care.swallows(event)

    def _shares(self) -> list[ShareNoted]:
        """Whose share has changed: noted before anybody is claimed, since a claim says nothing of what was before it."""
        if not self.floor.moved:
            return []
        moved = ((agent_id, self.floor.take_moved(agent_id)) for agent_id in self.floor.moved)
        return [ShareNoted(agent_id=agent_id, share=share) for agent_id, share in moved if share is not None]

    def _apply(self, envelope: Envelope) -> Refusal | None:
        step_line(self, envelope)
        return effect_of(type(envelope.event))(self, envelope)

    def conclude(self, event: Event, cause: Envelope | Arrival) -> None:
        """The event follows from that one: it is handled in this turn, behind all that was concluded before it.

        What follows from itself for ever is cut short by the fuse.
        """
        arrival = cause if isinstance(cause, Arrival) else again_of(cause)
        address = getattr(event, "call_id", None) or getattr(event, "agent_id", None) or ""
        if self._fuse.admits(event, address):
            self._enqueue(event, arrival)

    def _report_blown(self, arrival: Arrival) -> None:
        """Whom the fuse cut short is told of. Who waits is not left to rules that lead nowhere; who talks goes on talking."""
        for address in self._fuse.take_blown():
            call, agent = self.calls.get(CallId(address)), self.agents.get(AgentId(address))
            self._enqueue(reported(address, call, agent, last_kinds(self.result.envelopes, address)), arrival)
            if call is not None and is_with_nobody(call):
                self.result.commands += to_machine(call)
                self._enqueue(taken_by_dialplan(call), arrival)

    def _enqueue(self, event: Event, arrival: Arrival) -> None:
        event_id = EventId(self._ids.new(arrival.received_at))
        call_id, agent_id = getattr(event, "call_id", None), getattr(event, "agent_id", None)
        self._queue.append(self._number(event, arrival, event_id, call_id, agent_id))

    def _claim(self, decision: DecisionTaken, arrival: Arrival) -> None:
        call, agent = self.calls[decision.call_id], self.agents[decision.agent_id]
        self.conclude(decision, arrival)
        self.conclude(reservation_of(decision, call, agent), arrival)

    def _request(self, envelope: Envelope, event: AgentRequest | CallRequest) -> None:
        """A request that is refused is journaled as the refusal only: replays must not carry it out."""
        refusal = refusal_of(event, self) or refusal_outside_shift(event, self, envelope.received_at)
        if refusal is None and isinstance(event, CallRequest):
            refusal = refusal_of_handing(event, self, self.index, envelope.received_at) or self.samples.refusal_of(event)
            refusal = refusal or self.ears.refusal_of(event, self)
            waits = self.tapes.waiting_for(event, envelope, self)
            envelope = envelope if waits is None else replace(envelope, event=waits)
        if refusal is None and isinstance(event, DialRequested):
            refusal = refusal_of_dialling(event, self, self.index, self.registry)
        refusal = refusal or self._apply(envelope)
        if refusal is None:
            self.result.envelopes.insert(0, envelope)
            return
        self._queue.clear()
        self.result.refusal = refusal
        refused = RequestRefused(
            request_id=envelope.event_id,
            code=refusal.code,
            agent_id=envelope.agent_id,
            call_id=envelope.call_id if envelope.call_id in self.calls else None,
        )
        arrival = again_of(envelope)
        self._next_seq = envelope.seq
        self.result.envelopes = [self._number(refused, arrival, envelope.event_id, refused.call_id, refused.agent_id)]

    def _is_stray(self, event: LegFact, call_id: CallId | None) -> bool:
        """Whether nobody who is there has the leg."""
        return call_id not in self.calls and not self.registry.is_line(event.leg_id) and not self._begins(event)

    def _begins(self, event: LegFact) -> bool:
        """Whether the event makes a call of its own; the record of a call we knew belongs to that one."""
        is_known = isinstance(event, FallbackAnswered) and self.registry.known_call(event.leg_id) is not None
        return isinstance(event, BEGINNINGS) and not is_known

    def _stray(self, envelope: Envelope, event: LegFact) -> None:
        """A late word about a call that is over changes no state, but may correct its minutes: it is journaled.

        A leg that is answered all the same is ended: nobody is in that call.
        """
        if envelope.call_id is None or isinstance(event, LegOffered):
            self._next_seq = envelope.seq
            return
        self.result.envelopes.append(envelope)
        refused = refused_proof(event, envelope) if isinstance(event, SegmentFact) else None
        self.result.commands += [] if refused is None else [refused]
        self.result.commands += refused_ear(event, envelope) if isinstance(event, EarFact) else ()
        if isinstance(event, LegAnswered) and call_of(event.leg_id) is not None and envelope.switch is not None:
            hang_up = HangUp(call_id=envelope.call_id, switch=envelope.switch, leg_id=event.leg_id)
            self.result.commands.append(hang_up)
