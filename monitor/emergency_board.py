"""Calls to a control room that nobody on duty has looked after yet, with the address they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.names import Centre
from monitor.rows import EmergencyRow
from telephony.emergencies import AgentAddress
from telephony.events import Envelope
from telephony.identifiers import SECOND, AgentId, CallId, EventId, Instant

KEPT_US = 86_400 * SECOND
"""So long an alert stands that nobody takes off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Emergency:
    number: str
    at: Instant
    told_at: Instant
    agent_id: AgentId | None
    call_id: CallId | None


@dataclass(slots=True)
class EmergencyBoard:
    """Alerts by the id of the event that raised them. `addresses` comes from outside: the journal knows none."""

    addresses: Mapping[AgentId, AgentAddress]
    dirty: dict[EventId, None] = field(default_factory=dict)
    _open: dict[EventId, _Emergency] = field(default_factory=dict)

    def raise_alert(self, envelope: Envelope, number: str, agent_id: AgentId | None, call_id: CallId | None = None) -> None:
        """Somebody calls a control room."""
        self._open[envelope.event_id] = _Emergency(
            number=number, at=envelope.occurred_at, told_at=envelope.received_at, agent_id=agent_id, call_id=call_id
        )
        self.dirty[envelope.event_id] = None

    def see(self, emergency_id: EventId) -> None:
        """Somebody on duty looks after it."""
        if self._open.pop(emergency_id, None) is not None:
            self.dirty[emergency_id] = None

    def forget_before(self, at: Instant) -> None:
        """What is older than that is over."""
        for emergency_id in [each for each, emergency in self._open.items() if emergency.at < at]:
            self.see(emergency_id)

    def mark_all(self) -> None:
        """Every alert is to be shown anew."""
        self.dirty.update(dict.fromkeys(self._open))

    def row(self, emergency_id: EventId, centre: Centre) -> EmergencyRow | None:
        """The alert as it is shown; None for one that is over."""
        emergency = self._open.get(emergency_id)
        if emergency is None:
            return None
        agent = None if emergency.agent_id is None else centre.agents.get(emergency.agent_id)
        place = None if emergency.agent_id is None else self.addresses.get(emergency.agent_id)
        return EmergencyRow(
            emergency_id=emergency_id,
            number=emergency.number,
            at=emergency.at,
            told_at=emergency.told_at,
            agent_id=emergency.agent_id,
            agent="" if agent is None else agent.name,
            call_id=emergency.call_id,
            address=None if place is None else place.address,
            callback_number=None if place is None else place.number,
        )
