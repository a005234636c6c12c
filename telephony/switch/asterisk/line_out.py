"""A party outside, dialled by a trunk: the number as the carrier reads it, and the number shown where it looks for that. Pure."""

import msgspec

from telephony.commands import DialOutside
from telephony.switch.asterisk.ari_wire import AriRequest
from telephony.switch.asterisk.settings import LineOut

_DIGITS = frozenset("0123456789")
_ACCOUNT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+")
_LONGEST = 15
"""Digits of a number (ITU-T E.164, 6)."""


def request_of(command: DialOutside, line: LineOut, *, app: str) -> AriRequest | None:
    """The one-shot originate that dials the party; None for what is no number, which could name another endpoint."""
    if not is_number(command.number) or (command.shown is not None and not is_number(command.shown)):
        return None
    shown = command.shown
    from_user = line.account if line.shows_in == "asserted" else shown
    host = f"[{line.host}]" if ":" in line.host else line.host
    query = [
        # By its address: a carrier that does not answer OPTIONS would not be dialled by the trunk's name at all.
        ("endpoint", f"PJSIP/{line.trunk}/sip:{command.number}@{host}:{line.port}"),
        ("app", app),
        ("originator", command.caller_leg_id),
        ("timeout", str(max(1, -(-command.timeout_ms // 1000)))),
    ]
    if from_user is not None and _ACCOUNT.issuperset(from_user):
        query.insert(3, ("callerId", f"<{from_user}>"))
    headers: dict[str, str] = {}
    if shown is not None and line.shows_in != "from":
        # The endpoint has send_pai = no: with it there would be two such lines.
        headers["P-Asserted-Identity"] = f"<sip:{shown}@{host}>"
    diverted_from = command.diverted_from
    if line.tells_diversion and diverted_from is not None and is_number(diverted_from):
        headers["Diversion"] = f"<sip:{diverted_from}@{host}>;reason=deflection"
    variables = {f"PJSIP_HEADER(add,{name})": value for name, value in headers.items()}
    body = msgspec.json.encode({"variables": variables}).decode() if variables else None
    # No `formats`: ARI refuses it beside `originator`, whose codec the new leg takes.
    return AriRequest("POST", f"channels/{command.leg_id}", tuple(query), body)


def is_number(number: str) -> bool:
    """Digits, at the most with a plus before them: nothing that Asterisk would read as another address."""
    digits = number.removeprefix("+")
    return 0 < len(digits) <= _LONGEST and _DIGITS.issuperset(digits)
