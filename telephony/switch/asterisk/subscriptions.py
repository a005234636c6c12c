"""What the two apps on the socket are told: the call app only the events that are read, the presence app only contacts.

Both settings survive our reconnect and are lost with a restart of Asterisk, so they are made at every connect.
"""

from collections.abc import Sequence

import msgspec

from telephony.switch.asterisk.ari import AriLine, must
from telephony.switch.asterisk.ari_inbound import InboundLine
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest
from telephony.switch.asterisk.presence import PRESENCE_EVENT
from telephony.switch.asterisk.settings import AriSettings

ALWAYS = ("ApplicationRegistered", "RESTResponse")
"""Seen on 22.10.1: an event filter swallows the answers to our own requests as well, and the socket falls silent."""


def set_up(line: AriLine | InboundLine, ari: AriSettings, *, call_events: Sequence[str]) -> None:
    """The requests are on the wire."""
    presence = ari.presence_app
    requests = (_filter(ari.call_app, call_events), _filter(presence, (PRESENCE_EVENT,)))
    line.write([(request, _ignore) for request in requests])


async def hear_of_phones(line: AriLine | InboundLine, ari: AriSettings) -> None:
    """Phones that come and go are told of. Raises `SwitchError` where the switch does not take it: it has to be asked again."""
    # `endpoint:` without a name is all endpoints and nothing but them. With one (`endpoint:PJSIP`) all events of their channels
    # come along, each a JSON text before the filter drops it: on 22.10.1, at 100 calls a second, more than the calls' own.
    subscribe = AriRequest("POST", f"applications/{ari.presence_app}/subscription", (("eventSource", "endpoint:"),))
    must(await line.ask(subscribe), "the subscription to phones")


def _filter(app: str, events: Sequence[str]) -> AriRequest:
    allowed = {"allowed": [{"type": name} for name in (*ALWAYS, *events)]}
    return AriRequest("PUT", f"applications/{app}/eventFilter", body=msgspec.json.encode(allowed).decode())


def _ignore(_answer: AriAnswer) -> None:
    """A cut line is set up again at the next connect."""
