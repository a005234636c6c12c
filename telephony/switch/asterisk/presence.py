"""Which phones can be rung: told from ContactStatusChange, by address (URI) only.

`PeerStatusChange` and `EndpointStateChange` blink offline and online when a phone's address changes behind its router;
by the addresses themselves there is always one that stands, so nothing has to be waited out. Pure.
"""

from telephony.events import EndpointChanged
from telephony.identifiers import EndpointId
from telephony.switch.asterisk.ami_actions import Contact
from telephony.switch.asterisk.ari_wire import Frame

PRESENCE_EVENT = "ContactStatusChange"
_STANDS = frozenset({"NonQualified", "Reachable", "Created", "Updated", "NonQual", "Avail"})
_ROUND_TRIP_LIMIT_US = 60_000_000
"""Above a minute it is no round trip but an underflow of the clock (seen on loopback)."""


class Presence:
    """The addresses of every phone, and whether each answers."""

    def __init__(self) -> None:
        self._addresses: dict[str, set[str]] = {}

    def reachable(self) -> tuple[EndpointId, ...]:
        """All phones that can be rung."""
        return tuple(EndpointId(name) for name, addresses in self._addresses.items() if addresses)

    def take(self, frame: Frame) -> EndpointChanged | None:
        """The change an event makes; None where the phone is as (un)reachable as before and no round trip is told."""
        if frame.contact_info is None or frame.endpoint is None or not frame.endpoint.resource:
            return None
        contact = frame.contact_info
        return self._set(frame.endpoint.resource, contact.uri, contact.contact_status, round_trip_of(contact.roundtrip_usec))

    def compare(self, found: tuple[Contact, ...]) -> list[EndpointChanged]:
        """The changes that a full list of contacts makes: what events were missed, and every round trip."""
        listed: dict[str, list[Contact]] = {}
        for contact in found:
            listed.setdefault(contact.endpoint, []).append(contact)
        changes = []
        for name in [name for name, addresses in self._addresses.items() if addresses and name not in listed]:
            self._addresses[name] = set()
            changes.append(EndpointChanged(endpoint_id=EndpointId(name), is_reachable=False))
        for name, contacts in listed.items():
            standing = {contact.uri for contact in contacts if contact.status in _STANDS}
            was, self._addresses[name] = bool(self._addresses.get(name)), standing
            trips = [contact.round_trip_us for contact in contacts if contact.round_trip_us and contact.uri in standing]
            if trips or bool(standing) != was:
                changes.append(
                    EndpointChanged(
                        endpoint_id=EndpointId(name), is_reachable=bool(standing), round_trip_us=min(trips) if trips else None
                    )
                )
        return changes

    def _set(self, name: str, uri: str, status: str, round_trip_us: int | None) -> EndpointChanged | None:
        addresses = self._addresses.setdefault(name, set())
        was = bool(addresses)
        if status in _STANDS:
            addresses.add(uri)
        else:
            addresses.discard(uri)
        if bool(addresses) == was and not (was and round_trip_us):
            return None
        return EndpointChanged(endpoint_id=EndpointId(name), is_reachable=bool(addresses), round_trip_us=round_trip_us)


def round_trip_of(text: str) -> int | None:
    """Microseconds; None for 0 (not measured) and for what cannot be."""
    value = int(text) if text.isdecimal() else 0
    return value if 0 < value < _ROUND_TRIP_LIMIT_US else None
