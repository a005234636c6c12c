"""What the engine needs from outside, as its user sees it: switch, journal, clock, ids, people's numbers, the directory.

Everything here has at least two implementations (real and simulated or in memory) under one contract suite.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from routing.outbound.asking import DialAsk, Permit
from telephony.agent.noted import LastShare
from telephony.commands import Command
from telephony.errors import Refusal
from telephony.events import Envelope, Event, NumberFacts
from telephony.identifiers import AgentId, BridgeId, CallId, EndpointId, Instant, LegId, PartyId, SwitchName, TrunkId


class Clock(Protocol):
    """Tells the time; virtual in simulation."""

    def now(self) -> Instant:
        """The present instant."""
        ...


class Ids(Protocol):
    """Makes identifiers; seeded in simulation."""

    def new(self, at: Instant) -> str:
        """A new UUIDv7 of that instant."""
        ...


# -- from the switch -----------------------------------------------------------------------------------------------


class CallerArrived(msgspec.Struct, frozen=True, kw_only=True):
    """A caller as the switch reports it, number and all. Lives in memory only: the inbox makes a `LegOffered` of it."""

    leg_id: LegId
    trunk_id: TrunkId
    dnis: str
    ani: str | None
    """None: withheld. Otherwise as the network sent it: any length, any characters."""
    ani_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackServed:
    """A call that the static dialplan served without us, as the second witness tells it, number and all."""

    leg_id: LegId
    trunk_id: TrunkId
    dnis: str
    ani: str | None
    answered_at: Instant | None
    ended_at: Instant
    message: str | None


class TransferDialled(msgspec.Struct, frozen=True, kw_only=True):
    """A phone asks, by its own key for it, to hand its call on. `target` may be a number that must not be journaled.

    `is_attended`: to another call of the same phone.
    """

    leg_id: LegId
    target: str = msgspec.field()
    is_attended: bool = False


class SwitchFact(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a switch reported, normalised: either an event, or something with a number that must not be journaled."""

    switch: SwitchName
    occurred_at: Instant
    """By the switch's own clock."""
    what: Event | CallerArrived | FallbackServed | TransferDialled


@dataclass(frozen=True, slots=True, kw_only=True)
class LegSeen:
    """One leg that exists at the switch now."""

    leg_id: LegId
    is_answered: bool
    created_at: Instant
    bridge_id: BridgeId | None
    arrived: CallerArrived | None
    """Set for a leg that came from a trunk and is ours to serve."""
    is_waiting: bool = False
    endpoint_id: EndpointId | None = None
    is_at_machine: bool = False
    """The static dialplan has this caller: answering machine or announcement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that exists at a switch at one instant: what reconciling compares the journal's open calls with."""

    switch: SwitchName
    boot_id: str
    taken_at: Instant
    legs: Sequence[LegSeen]
    bridges: Sequence[BridgeId]
    reachable: Sequence[EndpointId]
    ended: Sequence["LegEnd"] = ()
    """Ends the second witness saw for legs that are gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnd:
    """The end of a leg as the switch's own record tells it."""

    leg_id: LegId
    ended_at: Instant
    cause: int
    by_phone: bool = False


class FactSink(Protocol):
    """Where a switch puts what happened: must return at once, is called in the order of happening."""

    def __call__(self, fact: SwitchFact) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointAccount:
    """A phone's account at the switch."""

    endpoint_id: EndpointId
    agent_id: AgentId
    password: str = field(repr=False)
    is_browser: bool = False
    emergency_number: str | None = field(default=None, repr=False)
    """E.164, shown to a control room that this phone calls; None: whatever the line shows."""


class Switch(Protocol):
    """An Asterisk or FreeSWITCH node, or the simulated one."""

    @property
    def name(self) -> SwitchName:
        """Unique in the installation."""
        ...

    async def run(self, sink: FactSink, *, on_connected: Callable[[], None], on_disconnected: Callable[[], None]) -> None:
        """Stays connected, and connects again for ever, until cancelled; facts go to `sink` in their order."""
        ...

    def send(self, commands: Sequence[Command]) -> None:
        """Puts the commands on the wire in this order, now. What becomes of them comes as facts, `CommandFailed` included."""
        ...

    async def snapshot(self) -> Snapshot:
        """What exists at the switch now. Raises `SwitchError` when it cannot be asked."""
        ...

    async def beat(self, at: Instant) -> None:
        """Tells the switch that a controller is alive, so that its dialplan sends us callers."""
        ...

    async def provision(self, accounts: Sequence[EndpointAccount]) -> None:
        """Every account can register from here on; those of the switch that are not named are untouched."""
        ...

    async def withdraw(self, endpoint_ids: Sequence[EndpointId]) -> None:
        """These accounts exist no more."""
        ...


# -- the journal ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRecord:
    """A person's number and name, for the person store, under a key of that person's own."""

    party_id: PartyId
    number: str | None = field(repr=False)
    name: str | None = field(repr=False)
    seen_at: Instant


class Journal(Protocol):
    """The append-only list of what happened. One writer; readers see what is durable."""

    def append(self, envelopes: Sequence[Envelope], parties: Sequence[PartyRecord] = ()) -> None:
        """The events are in line to be written, in this order; returns at once, never blocks a call."""
        ...

    @property
    def durable_seq(self) -> int:
        """All events up to this number are on disk, in the database or the spool."""
        ...

    async def wait_durable(self, seq: int) -> None:
        """Returns when the event of that number is on disk. Raises `JournalError` when that can never be."""
        ...

    async def last_seq(self) -> int:
        """The highest number ever given, 0 for an empty journal; spool included."""
        ...

    def read_call(self, call_id: CallId) -> AsyncIterator[Envelope]:
        """The call's events in their order."""
        ...

    def read_open(self) -> AsyncIterator[Envelope]:
        """The events of all calls without a `CallEnded` and of all agents on duty since their log-in, by number."""
        ...

    def read_since(self, seq: int, until: int | None = None, kinds: Sequence[type[Event]] = ()) -> AsyncIterator[Envelope]:
        """All events after `seq` in their order, up to and with `until`; of these kinds only where any are named."""
        ...

    def read_agent(self, agent_id: AgentId, since: int = 0) -> AsyncIterator[Envelope]:
        """The agent's events after number `since`, in their order."""
        ...

    async def last_shares(self) -> Mapping[AgentId, LastShare]:
        """Of each agent who ever had one, the place in the fair share (`telephony.agent.noted.share_after`)."""
        ...

    async def first_seq_at(self, at: Instant) -> int:
        """The lowest number received at that instant or later, or one past the end."""
        ...


class CallerMarks(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a caller by number, without the number."""

    caller_lists: tuple[str, ...] = ()
    last_agent_id: AgentId | None = None
    blocked_agents: tuple[AgentId, ...] = ()


NO_MARKS = CallerMarks()


class CallerBook(Protocol):
    """Knows callers by number. Answers at once: a call waits for it."""

    def __call__(self, number: str, party_id: PartyId, /) -> CallerMarks:
        """What is known of the caller, who has this id from now on."""
        ...


def knows_nobody(_number: str, _party_id: PartyId, /) -> CallerMarks:
    """Nothing is known of any caller."""
    return NO_MARKS


class NumberReader(Protocol):
    """Reads a telephone number in any written form."""

    def __call__(self, number: str) -> NumberFacts: ...


# -- permission to dial out -------------------------------------------------------------------------------------------


class PermitDesk(Protocol):
    """Says whether somebody outside may be called. Nothing is dialled without its permit."""

    def expect(self, party: PartyRecord) -> None:
        """Somebody is about to ask for this party: the number is remembered for that; a control room waits for no database."""
        ...

    def expects(self, party_id: PartyId) -> bool:
        """Whether the next ask for this party can be answered although they may not be durable in the person store yet."""
        ...

    async def permission(self, ask: DialAsk, party_id: PartyId) -> Permit | Refusal:
        """The permit, with its cost set aside and the attempt counted on disk; or why not: then nothing has changed.

        The party has to be durable in the person store, or expected. What cannot be looked up is refused
        (`DIALLING_UNAVAILABLE`); an emergency number never is. A leg is permitted once: asked again, `ALREADY_DIALLED`.
        """
        ...

    async def number_to_dial(self, party_id: PartyId) -> str | None:
        """What the switch dials for that party: E.164, or an emergency number as it is; None where nobody knows it any more."""
        ...
