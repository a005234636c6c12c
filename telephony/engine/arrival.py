"""What comes into a turn, and what comes out of it."""

import msgspec

from telephony.commands import Command
from telephony.engine.ports import PartyRecord
from telephony.errors import Refusal
from telephony.events import AgentTimerFired, CallTimerFired, Envelope, Event
from telephony.identifiers import CallId, EventId, Instant, SwitchName
from telephony.order_segments import SegmentTimerFired


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way into a turn, not numbered yet."""

    event: Event
    event_id: EventId
    occurred_at: Instant
    received_at: Instant
    switch: SwitchName | None = None
    call_id: CallId | None = None
    """Given where the event cannot say it: a caller adopted at a restart keeps the call id the switch's bridge names."""


def again_of(envelope: Envelope) -> Arrival:
    """The envelope's own time and place, for what is concluded from it."""
    return Arrival(
        event=envelope.event,
        event_id=envelope.event_id,
        occurred_at=envelope.occurred_at,
        received_at=envelope.received_at,
        switch=envelope.switch,
    )


Timed = CallTimerFired | AgentTimerFired | SegmentTimerFired
Due = tuple[Instant, Timed]


class TurnResult(msgspec.Struct):
    """What one turn concluded: to be journaled, to be done, to be waked for; and the refusal of a request."""

    envelopes: list[Envelope] = []
    commands: list[Command] = []
    due: list[Due] = []
    refusal: Refusal | None = None
    parties: list[PartyRecord] = []
    """Whom the conclusions name who are not known yet."""
