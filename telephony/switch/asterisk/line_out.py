"""A party outside, dialled by a trunk: the number as the carrier reads it, and the number shown where it looks for that. Pure."""

import msgspec

from telephony.commands import DialOutside
from telephony.switch.asterisk.ari_wire import AriRequest
from telephony.switch.asterisk.settings import LineOut

_DIGITS = frozenset("0123456789")
_ACCOUNT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+")
_LONGEST = 15
"""Digits of a number (ITU-T E.164, 6)."""


DIAL_MARK = "dial"
"""What a channel enters our app with that is made before it is dialled."""


def request_of(command: DialOutside, line: LineOut, *, app: str) -> AriRequest | None:
    """The one-shot originate that dials the party, or the making of a channel that `steps_of` dials.

    None for what is no number, which could name another endpoint.
    """
    if not is_number(command.number) or (command.shown is not None and not is_number(command.shown)):
        return None
    # By its address: a carrier that does not answer OPTIONS would not be dialled by the trunk's name at all.
    endpoint = ("endpoint", f"PJSIP/{line.trunk}/sip:{command.number}@{_host(line)}:{line.port}")
    # No `formats`: ARI refuses it beside `originator`, whose codec the new leg takes.
    query = [endpoint, ("app", app), ("originator", command.caller_leg_id)]
    variables = {f"PJSIP_HEADER(add,{name})": value for name, value in _headers(command, line).items()}
    body = msgspec.json.encode({"variables": variables}).decode() if variables else None
    if is_dialled_in_steps(command, line):
        query += [("appArgs", DIAL_MARK), ("channelId", command.leg_id)]
        return AriRequest("POST", "channels/create", tuple(query), body)
    sender = _sender(command, line)
    if sender is not None:
        query.append(("callerId", f"<{sender}>"))
    query.append(("timeout", _seconds(command.timeout_ms)))
    return AriRequest("POST", f"channels/{command.leg_id}", tuple(query), body)


def is_dialled_in_steps(command: DialOutside, line: LineOut) -> bool:
    """Whether the channel is made first. Not where no number is shown: only the one-shot originate has been seen without."""
    return command.heard_in is not None and _sender(command, line) is not None


def steps_of(command: DialOutside, line: LineOut) -> tuple[AriRequest, ...]:
    """The requests that dial a channel which was made and has entered our app."""
    leg = f"channels/{command.leg_id}"
    join = (("channel", command.leg_id), ("inhibitConnectedLineUpdates", "true"))
    shown = (("variable", "CONNECTEDLINE(all,i)"), ("value", f"<{_sender(command, line)}>"))
    # A caller who withholds their number would withhold ours.
    is_shown = (("variable", "CONNECTEDLINE(pres,i)"), ("value", "allowed"))
    return (
        AriRequest("POST", f"bridges/{command.heard_in}/addChannel", join),
        AriRequest("POST", f"{leg}/variable", shown),
        AriRequest("POST", f"{leg}/variable", is_shown),
        AriRequest("POST", f"{leg}/dial", (("timeout", _seconds(command.timeout_ms)),)),
    )


def _sender(command: DialOutside, line: LineOut) -> str | None:
    """What the From header names."""
    sender = line.account if line.shows_in == "asserted" else command.shown
    return sender if sender is not None and _ACCOUNT.issuperset(sender) else None


def _headers(command: DialOutside, line: LineOut) -> dict[str, str]:
    shown, diverted_from = command.shown, command.diverted_from
    headers: dict[str, str] = {}
    if shown is not None and line.shows_in != "from":
        # The endpoint has send_pai = no: with it there would be two such lines.
        headers["P-Asserted-Identity"] = f"<sip:{shown}@{_host(line)}>"
    if line.tells_diversion and diverted_from is not None and is_number(diverted_from):
        headers["Diversion"] = f"<sip:{diverted_from}@{_host(line)}>;reason=deflection"
    return headers


def _host(line: LineOut) -> str:
    return f"[{line.host}]" if ":" in line.host else line.host


def _seconds(limit_ms: int) -> str:
    return str(max(1, -(-limit_ms // 1000)))


def is_number(number: str) -> bool:
    """Digits, at the most with a plus before them: nothing that Asterisk would read as another address."""
    digits = number.removeprefix("+")
    return 0 < len(digits) <= _LONGEST and _DIGITS.issuperset(digits)
