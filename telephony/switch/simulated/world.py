"""What exists at the simulated switch: legs, bridges, phones, and the delays of its network. No clock of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from telephony.causes import HangupCause
from telephony.engine.ports import CallerArrived
from telephony.identifiers import BridgeId, EndpointId, Instant, LegId, PlaybackId


class Scheduler(Protocol):
    """Runs things at instants; virtual in simulation, the event loop in tests beside real parts."""

    def now(self) -> Instant:
        """The present instant."""
        ...

    def after(self, delay_us: int, action: Callable[[], None]) -> None:
        """The action runs that much later, in the order of due times, then of asking."""
        ...


class PhoneState(StrEnum):
    """What becomes of an agent's phone."""

    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"
    DEAD = "dead"
    """Gone without a word; the switch still believes in it until its next probe."""


@dataclass(slots=True)
class Phone:
    """An agent's phone. `on_ring` is its person: told of each leg that rings it."""

    endpoint_id: EndpointId
    state: PhoneState = PhoneState.UNREACHABLE
    lives: int = 0
    """Grows with every registration: a probe of an earlier life says nothing."""
    on_ring: Callable[[LegId, str], None] | None = None


@dataclass(slots=True)
class SimulatedLeg:
    """One channel of the simulated switch."""

    leg_id: LegId
    created_at: Instant
    arrived: CallerArrived | None = None
    endpoint_id: EndpointId | None = None
    is_answered: bool = False
    is_held: bool = False
    is_waiting: bool = False
    is_in_dialplan: bool = False
    bridge_id: BridgeId | None = None
    heard_in: BridgeId | None = None
    """Where its party is heard before the answer, and is from the answer on."""
    is_ringing: bool = False
    music: str | None = None
    playing: PlaybackId | None = None
    playing_until: Instant = Instant(0)
    read_back: str = ""
    """The digits last read out to its party."""
    listens_ms: int | None = None
    """Sound from its party is told, and silence after so long; None: nobody listens."""
    talks_since: Instant | None = None
    talks_until: Instant = Instant(0)
    lasts: bool = False
    """Dialled by an agent's phone, and taken by the controller."""
    is_dead: bool = False
    """Its phone is gone without a word: no media comes, nobody will answer."""
    on_joined: Callable[[], None] | None = None
    """The caller's person, told when somebody else is in the bridge."""


@dataclass(slots=True, kw_only=True)
class Network:
    """Delays in microseconds. `reach` is between us and the switch, `ring` between the switch and a phone."""

    reach: int = 500
    ring: int = 2_000
    media_timeout: int = 3_000_000
    probe: int = 12_000_000
    """How long a dead phone goes unnoticed while it has no call."""


@dataclass(slots=True)
class Existing:
    """Everything that exists at the switch now."""

    legs: dict[LegId, SimulatedLeg] = field(default_factory=dict)
    bridges: dict[BridgeId, dict[LegId, None]] = field(default_factory=dict)
    phones: dict[EndpointId, Phone] = field(default_factory=dict)
    outside: dict[str, Phone] = field(default_factory=dict)
    """Phones in the public network, by number; a number that is not here is not assigned."""

    def leave(self, leg: SimulatedLeg) -> BridgeId | None:
        """The leg is in no bridge; the one it was in."""
        bridge_id, leg.bridge_id = leg.bridge_id, None
        if bridge_id is not None and bridge_id in self.bridges:
            self.bridges[bridge_id].pop(leg.leg_id, None)
        return bridge_id


@dataclass(frozen=True, slots=True)
class Ending:
    """How a leg ended, kept as the switch's own record."""

    leg_id: LegId
    ended_at: Instant
    cause: HangupCause
    by_phone: bool
