"""The journal in memory: for the simulation, tests and what-if runs. Durable at once, unless it is told to hold."""

from collections.abc import AsyncIterator, Mapping, Sequence

from store.durability import DurableWaiters
from store.journal_codec import JournalCodec
from store.open_streams import Family, OpenStreams
from telephony.agent.noted import LastShare
from telephony.engine.ports import PartyRecord
from telephony.errors import JournalError
from telephony.events import Envelope, Event
from telephony.identifiers import AgentId, CallId, Instant, PartyId


class MemoryJournal:
    """Keeps envelopes in a list and people beside them. `is_strict`: what cannot be encoded is refused as in a database."""

    def __init__(self, *, is_strict: bool = False) -> None:
        self._envelopes: list[Envelope] = []
        self._parties: dict[PartyId, PartyRecord] = {}
        self._streams = OpenStreams()
        self._waiters = DurableWaiters()
        self._is_held = False
        self._last_seq = 0
        self._codec = JournalCodec() if is_strict else None

    @property
    def parties(self) -> Mapping[PartyId, PartyRecord]:
        """The people appended so far."""
        return self._parties

    @property
    def envelopes(self) -> Sequence[Envelope]:
        """All events, durable or not."""
        return self._envelopes

    def hold(self) -> None:
        """As if the disk were away: what is appended from here on is not durable before `release`."""
        self._is_held = True

    def release(self) -> None:
        """The disk is back: all is durable."""
        self._is_held = False
        self._make_durable()

    def append(self, envelopes: Sequence[Envelope], parties: Sequence[PartyRecord] = ()) -> None:
        """The events are kept, and durable unless the journal is held. Raises `JournalError` for what can never be written."""
        if parties and not envelopes:
            raise JournalError("people come with the event that names them")
        last = self._last_seq
        for envelope in envelopes:
            if envelope.seq <= last:
                raise JournalError(f"event {envelope.seq} comes after {last}: numbers only grow", seq=envelope.seq)
            if self._codec is not None:
                self._codec.encode(envelope)
            last = envelope.seq
        self._envelopes.extend(envelopes)
        self._parties.update((party.party_id, party) for party in parties)
        self._last_seq = last
        changes = self._streams.changes_of(envelopes)
        self._streams.apply(changes)
        if not self._is_held:
            self._make_durable()

    @property
    def durable_seq(self) -> int:
        """All events up to this number are durable."""
        return self._waiters.durable_seq

    async def wait_durable(self, seq: int) -> None:
        """Returns when the event of that number is durable."""
        await self._waiters.wait(seq)

    async def last_seq(self) -> int:
        """The highest number ever given, 0 for an empty journal."""
        return self._last_seq

    async def close(self) -> None:
        """Nothing more becomes durable."""
        self._waiters.give_up(JournalError("the journal is closed"))

    async def read_call(self, call_id: CallId) -> AsyncIterator[Envelope]:
        """The call's events in their order."""
        for envelope in self._durable():
            if envelope.call_id == call_id:
                yield envelope

    async def read_agent(self, agent_id: AgentId, since: int = 0) -> AsyncIterator[Envelope]:
        """The agent's events after number `since`, in their order."""
        for envelope in self._durable():
            if envelope.agent_id == agent_id and envelope.seq > since:
                yield envelope

    async def read_open(self) -> AsyncIterator[Envelope]:
        """The events of all calls without a `CallEnded` and of all agents on duty since their log-in, by number."""
        first = {key: stream.first_seq for key, stream in self._streams.items()}
        for envelope in self._durable():
            keys = ((Family.CALL, envelope.call_id), (Family.AGENT, envelope.agent_id))
            if any(of is not None and envelope.seq >= first.get((family, of), self._last_seq + 1) for family, of in keys):
                yield envelope

    async def read_since(self, seq: int, until: int | None = None, kinds: Sequence[type[Event]] = ()) -> AsyncIterator[Envelope]:
        """All events after `seq` in their order, up to and with `until`; of these kinds only where any are named."""
        wanted = tuple(kinds) or Event
        for envelope in self._durable():
            if envelope.seq > seq and (until is None or envelope.seq <= until) and isinstance(envelope.event, wanted):
                yield envelope

    async def last_shares(self) -> Mapping[AgentId, LastShare]:
        """Of each agent who ever had one, the place in the fair share."""
        return dict(self._streams.shares)

    async def first_seq_at(self, at: Instant) -> int:
        """The lowest number received at that instant or later, or one past the end."""
        return next((envelope.seq for envelope in self._envelopes if envelope.received_at >= at), self._last_seq + 1)

    def _durable(self) -> list[Envelope]:
        return [envelope for envelope in self._envelopes if envelope.seq <= self.durable_seq]

    def _make_durable(self) -> None:
        self._waiters.reach(self._last_seq)
