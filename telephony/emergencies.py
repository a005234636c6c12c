"""Calls to 110 and 112 from an agent's phone, as the journal keeps them: the static dialplan dials them without asking anybody.

Where the agent is stands nowhere in the journal: the registered address is shown to who may see it, and kept encrypted.
"""

from dataclasses import dataclass, field

from telephony.events import Event
from telephony.identifiers import AgentId, EndpointId, EventId, LegId, UserId


class EmergencyDialled(Event, frozen=True, kw_only=True):
    """A phone of ours calls a control room. Whose it is tells the centre's book; told by the switch's own record, late at worst.

    `leg_id` is the channel at the switch, and told once however often its record is read.
    """

    leg_id: LegId
    endpoint_id: EndpointId
    number: str
    """110 or 112."""
    dialled_by: AgentId | None = None


class EmergencySeen(Event, frozen=True, kw_only=True):
    """Somebody on duty looks after that emergency call: the alert is off the boards. `emergency_id` is the id of its event."""

    emergency_id: EventId
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAddress:
    """The place an agent works at, and the number by which a control room reaches them there. Never in an event."""

    address: str = field(repr=False)
    """As it is to be read out: street, house number, floor, postcode, place."""
    number: str | None = field(default=None, repr=False)
    """E.164; None: a number of the centre is shown to the control room."""
