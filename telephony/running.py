"""That the service itself began anew: what happened while no process was there, nobody saw."""

from telephony.events import Event
from telephony.identifiers import Instant


class ServiceStarted(Event, frozen=True, kw_only=True):
    """A process took the calls over; the journal's last word of the one before it was of `silent_since_at`."""

    silent_since_at: Instant
