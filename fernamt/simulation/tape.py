"""The journal of a simulation: durable a moment after it was written, so that a killed controller loses its tail as real ones do.

A call's events leave the tape when it has ended and been looked at: memory stays flat however many days are played.
"""

from collections.abc import Callable, Sequence
from functools import partial

from fernamt.simulation.audience import Audience
from fernamt.simulation.virtual_time import VirtualTime
from store.open_streams import Family, OpenStreams
from telephony.agent.noted import LastShare
from telephony.dialling import CallPlaced, DialPermitted
from telephony.engine.ports import PartyRecord
from telephony.events import CallEnded, Envelope, LegOffered
from telephony.identifiers import AgentId, CallId, LegId, PartyId

COMMIT_US = 3_000
LATE_US = 1_000_000
"""How long after a call's end late words about it are awaited."""


class Tape:
    """Appends in memory; `ended` is told each call's events once they are complete and durable."""

    def __init__(self, time: VirtualTime, ended: Callable[[CallId, Sequence[Envelope]], None]) -> None:
        self.count = 0
        self.last_seq = 0
        self._time = time
        self._ended = ended
        self._durable: dict[int, Envelope] = {}
        self._open = 0
        """How many of them a start would have read when that was looked at last."""
        self._calls: dict[CallId, list[Envelope]] = {}
        self._streams = OpenStreams()
        self._tail: list[Envelope] = []
        self._is_committing = False
        self._life = 0
        self.numbers: dict[PartyId, str] = {}
        """The person store."""
        self.readers = Audience()
        """Told of each event once it is durable."""
        self.permitted: dict[LegId, None] = {}
        """Legs whose permit is durable."""
        self._waiting: list[tuple[int, Callable[[], None]]] = []

    def append(self, envelopes: Sequence[Envelope], parties: Sequence[PartyRecord] = ()) -> None:
        """The events will be durable with the next commit."""
        self.numbers.update((party.party_id, party.number) for party in parties if party.number is not None)
        self._tail.extend(envelopes)
        if not self._is_committing:
            self._is_committing = True
            life = self._life
            self._time.after(COMMIT_US, lambda: self._commit(life))

    def lose_tail(self) -> int:
        """What was not durable is lost, as when the process is killed; how many events that were."""
        lost, self._tail, self._is_committing = len(self._tail), [], False
        self._waiting.clear()
        self._life += 1
        return lost

    def once_durable(self, seq: int, act: Callable[[], None]) -> None:
        """The action runs when the event of that number is durable; never, where the controller is killed before."""
        if self.last_seq >= seq:
            act()
        else:
            self._waiting.append((seq, act))

    def open_events(self) -> list[Envelope]:
        """What a start reads: open calls, agents on duty."""
        begun: dict[Family, dict[str | None, int]] = {family: {} for family in Family}
        for (family, of), stream in self._streams.items():
            begun[family][of] = stream.first_seq
        calls, agents, never = begun[Family.CALL], begun[Family.AGENT], self.last_seq + 1
        return [
            envelope
            for seq, envelope in self._durable.items()
            if seq >= calls.get(envelope.call_id, never) or seq >= agents.get(envelope.agent_id, never)
        ]

    def shares(self) -> dict[AgentId, LastShare]:
        """The place of each agent in the fair share."""
        return dict(self._streams.shares)

    def forget_closed(self) -> None:
        """Events no start would read are dropped, when they may be more than half."""
        if len(self._durable) > 2 * self._open:
            self._durable = {envelope.seq: envelope for envelope in self.open_events()}
            self._open = len(self._durable)

    def _commit(self, life: int) -> None:
        if life != self._life:
            return
        self._is_committing = False
        batch, self._tail = self._tail, []
        changes = self._streams.changes_of(batch)
        self._streams.apply(changes)
        for envelope in batch:
            self.count += 1
            self.last_seq = envelope.seq
            self._durable[envelope.seq] = envelope
            self.readers.tell(envelope)
            if envelope.call_id is not None:
                self._keep(envelope, envelope.call_id)
        if not self._waiting:
            return
        ready = [act for seq, act in self._waiting if seq <= self.last_seq]
        self._waiting = [waiting for waiting in self._waiting if waiting[0] > self.last_seq]
        for act in ready:
            act()

    def _keep(self, envelope: Envelope, call_id: CallId) -> None:
        event = envelope.event
        if isinstance(event, DialPermitted):
            self.permitted[event.leg_id] = None
        elif isinstance(event, (LegOffered, CallPlaced)):
            self._calls.setdefault(call_id, [])
        elif isinstance(event, CallEnded):
            self._time.after(LATE_US, partial(self._finish, call_id))
        events = self._calls.get(call_id)
        if events is not None:
            events.append(envelope)

    def _finish(self, call_id: CallId) -> None:
        events = self._calls.pop(call_id, None)
        if events is not None:
            self._ended(call_id, events)
