"""Who listens at the simulated switch: from when to when each hears which leg, and what is told of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from telephony.commands import Command
from telephony.events import Event
from telephony.identifiers import Instant, LegId
from telephony.overhearing import EarEnded, EarHears, EndListening, LetListen
from telephony.switch.simulated.world import Existing, PhoneState

PICKED_UP_US = 1_500_000
"""So long who wants to listen takes to pick up."""


@dataclass(slots=True, kw_only=True)
class SimulatedEar:
    """One phone that listens; it stays known after its end."""

    leg_id: LegId
    began_at: Instant | None = None
    ended_at: Instant | None = None


class Overheard(Protocol):
    """What of the switch a listener needs."""

    existing: Existing
    ears: dict[LegId, SimulatedEar]
    listening: dict[LegId, SimulatedEar]
    """Those that are not over."""

    def now(self) -> Instant: ...
    def tell(self, event: Event) -> None: ...
    def has_leg(self, leg_id: LegId) -> bool: ...
    def later(self, delay_us: int, action: Callable[[], None]) -> None: ...


def end_ears(switch: Overheard, leg_id: LegId) -> None:
    """The leg is gone, and whoever listened to it hears nothing."""
    for ear_id in [ear_id for ear_id, ear in switch.listening.items() if ear.leg_id == leg_id]:
        end_ear(switch, ear_id)


def end_ear(switch: Overheard, ear_id: LegId) -> None:
    """It hears nothing any more, and that is told, once."""
    ear = switch.listening.pop(ear_id, None)
    if ear is not None:
        ear.ended_at = switch.now()
        switch.tell(EarEnded(leg_id=ear_id))


def _let(switch: Overheard, command: LetListen) -> None:
    if command.ear_id in switch.ears:
        return
    ear = switch.ears[command.ear_id] = switch.listening[command.ear_id] = SimulatedEar(leg_id=command.leg_id)
    phone = switch.existing.phones.get(command.endpoint_id)
    if phone is None or phone.state is not PhoneState.REACHABLE or not switch.has_leg(command.leg_id):
        end_ear(switch, command.ear_id)
    else:
        switch.later(PICKED_UP_US, partial(_hear, switch, command.ear_id, ear))


def _hear(switch: Overheard, ear_id: LegId, ear: SimulatedEar) -> None:
    if ear.ended_at is None:
        ear.began_at = switch.now()
        switch.tell(EarHears(leg_id=ear_id))


def _end_listening(switch: Overheard, command: EndListening) -> None:
    if command.ear_id in switch.listening:
        end_ear(switch, command.ear_id)
    else:
        switch.tell(EarEnded(leg_id=command.ear_id))


LISTENER_HANDLERS: Mapping[type[Command], Callable[[Overheard, Any], None]] = {
    LetListen: _let,
    EndListening: _end_listening,
}
