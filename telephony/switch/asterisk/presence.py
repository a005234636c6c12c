"""Which phones can be rung: told from ContactStatusChange, by address (URI) only.

`PeerStatusChange` and `EndpointStateChange` blink offline and online when a phone's address changes behind its router;
by the addresses themselves there is always one that stands, so nothing has to be waited out. Pure.
"""

from collections.abc import Collection

from telephony.events import EndpointChanged
from telephony.identifiers import EndpointId
from telephony.switch.asterisk.ami_actions import Contact
from telephony.switch.asterisk.ari_wire import Frame

PRESENCE_EVENT = "ContactStatusChange"
_STANDS = frozenset({"NonQualified", "Reachable", "Created", "Updated", "NonQual", "Avail"})
_ROUND_TRIP_LIMIT_US = 60_000_000
"""Above a minute it is no round trip but an underflow of the clock (seen on loopback)."""


class Presence:
    """The addresses of every phone, and which phones were last told to be reachable."""

    def __init__(self) -> None:
        self._addresses: dict[str, set[str]] = {}
        self._told: set[str] = set()
        self.heard = 0
        """How many changes of addresses were told."""

    def read(self, reachable: Collection[EndpointId]) -> None:
        """A reading of the switch told that these phones can be rung and no others: changes are from it on.

        Addresses of the others are gone with the switch that had them, without an event for each.
        """
        self._told = set(reachable)
        for name in self._addresses.keys() - self._told:
            self._addresses[name] = set()

    def take(self, frame: Frame) -> EndpointChanged | None:
        """The change an event makes; None where the phone is as (un)reachable as before and no round trip is told."""
        if frame.contact_info is None or frame.endpoint is None or not frame.endpoint.resource:
            return None
        contact = frame.contact_info
        self.heard += 1
        return self._set(frame.endpoint.resource, contact.uri, contact.contact_status, round_trip_of(contact.roundtrip_usec))

    def compare(self, found: tuple[Contact, ...], *, heard: int | None = None) -> list[EndpointChanged]:
        """The changes that a full list of contacts makes: what events were missed, and every round trip.

        None where it was asked for at `heard` and an address has changed since: it may be missing there; the next list knows.
        """
        if heard is not None and heard != self.heard:
            return []
        listed: dict[str, list[Contact]] = {}
        for contact in found:
            listed.setdefault(contact.endpoint, []).append(contact)
        changes = []
        for name in sorted(self._told - listed.keys()):
            self._addresses[name] = set()
            self._told.discard(name)
            changes.append(EndpointChanged(endpoint_id=EndpointId(name), is_reachable=False))
        for name, contacts in listed.items():
            standing = {contact.uri for contact in contacts if contact.status in _STANDS}
            self._addresses[name] = standing
            was = self._tell(name, is_reachable=bool(standing))
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
        if status in _STANDS:
            addresses.add(uri)
        else:
            addresses.discard(uri)
        was = self._tell(name, is_reachable=bool(addresses))
        if bool(addresses) == was and not (was and round_trip_us):
            return None
        return EndpointChanged(endpoint_id=EndpointId(name), is_reachable=bool(addresses), round_trip_us=round_trip_us)

    def _tell(self, name: str, *, is_reachable: bool) -> bool:
        """This is what is told now; returns what was told before."""
        was = name in self._told
        (self._told.add if is_reachable else self._told.discard)(name)
        return was


def round_trip_of(text: str) -> int | None:
    """Microseconds; None for 0 (not measured) and for what cannot be."""
    value = int(text) if text.isdecimal() else 0
    return value if 0 < value < _ROUND_TRIP_LIMIT_US else None
