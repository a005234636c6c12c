"""Agents' phone accounts, put into Asterisk while it runs (ARI dynamic configuration, sorcery's memory wizard): no reload.

An AOR is put only where there is none: put again while its phone is registered, it turns the phone's address into a permanent
one. The answers echo the passwords, so no body is ever shown.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence

import msgspec

from telephony.engine.ports import EndpointAccount
from telephony.errors import SwitchError
from telephony.identifiers import EndpointId
from telephony.switch.asterisk.ari import must
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriRequest
from telephony.switch.asterisk.refer import BY_US, HANDLING
from telephony.switch.asterisk.settings import PhoneSettings

EMERGENCY_VARIABLE = "FERNAMT_EMERGENCY_"
"""With a phone's name behind it the global variable of the number that control rooms are shown: read by the static dialplan,
which dials them by itself. No `set_var` of the phone's: put again, the first value wins (Asterisk 22.10).
"""
_NUMBER_CHARACTERS = frozenset("+0123456789")
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
_NAME_LIMIT = 60
_AT_ONCE = 8
# What `webrtc` switches on stays on when it is taken back: a phone that was a browser before has to be told each.
_NO_BROWSER = dict.fromkeys(
    ("webrtc", "use_avpf", "ice_support", "rtcp_mux", "bundle", "media_use_received_transport"),
    "no",
)


def account_objects(account: EndpointAccount, phones: PhoneSettings) -> tuple[tuple[str, dict[str, str]], ...]:
    """The objects of one account, in the order they have to be put: type and fields. Raises `SwitchError` for a bad name."""
    name = checked_name(account.endpoint_id)
    if any(ord(c) < 32 for c in account.password) or not account.password:
        raise SwitchError(f"the password of {name} is empty or holds control characters")
    auth = {"auth_type": "userpass", "username": name, "password": account.password}
    aor = {
        "max_contacts": "1",
        "remove_existing": "yes",
        "qualify_frequency": str(phones.qualify_frequency_s),
        "qualify_timeout": str(phones.qualify_timeout_s),
        "minimum_expiration": str(phones.minimum_expiration_s),
        "maximum_expiration": str(phones.maximum_expiration_s),
        "default_expiration": str(phones.maximum_expiration_s),
    }
    return (("auth", auth), ("aor", aor), ("endpoint", _endpoint(name, account, phones)))


def _endpoint(name: str, account: EndpointAccount, phones: PhoneSettings) -> dict[str, str]:
    fields = {
        "context": phones.context,
        "disallow": "all",
        "allow": phones.codecs,
        "auth": name,
        "aors": name,
        "direct_media": "no",
        "rtp_symmetric": "yes",
        "force_rport": "yes",
        "rewrite_contact": "yes",
        # A build that may die of a REFER refuses each (refer.py); another leaves it to us, whatever call the phone is in.
        "allow_transfer": "yes" if phones.may_refer else "no",
        "allow_subscribe": "no",
        "rtp_timeout": str(phones.rtp_timeout_s),
        "rtp_timeout_hold": str(phones.rtp_hold_timeout_s),
        "rtp_keepalive": str(phones.rtp_keepalive_s),
        "timers": "always",
        "timers_sess_expires": str(phones.session_timer_s),
        "timers_min_se": str(phones.session_timer_s),
        "dtmf_mode": "auto_info",
        "send_pai": "no",
        "send_rpid": "no",
        "trust_id_inbound": "no",
        "device_state_busy_at": "1",
        "language": phones.language,
        **({"set_var": f"{HANDLING}={BY_US}"} if phones.may_refer else {}),
    }
    if account.is_browser:
        fields["webrtc"] = "yes"
    else:
        fields |= _NO_BROWSER | {"media_encryption": "sdes" if phones.is_encrypted else "no"}
    if phones.bind_address is not None:
        fields["media_address"] = phones.bind_address
        fields["bind_rtp_to_media_address"] = "yes"
    elif phones.media_address is not None and not account.is_browser:
        # A browser takes its addresses from the ICE candidates. Not bound to: behind a router the address is the router's.
        fields["media_address"] = phones.media_address
    return fields


def checked_name(name: str) -> str:
    """The name, if it may stand in a path and in a configuration. Raises `SwitchError`."""
    if not 0 < len(name) <= _NAME_LIMIT or not _NAME_CHARACTERS.issuperset(name) or name.startswith("."):
        raise SwitchError(f"{name!r} is no name for a phone: letters, digits, '-', '_' and '.' only, {_NAME_LIMIT} at most")
    return name


def _plain(number: str) -> str:
    if not _NUMBER_CHARACTERS.issuperset(number):
        raise SwitchError("the number shown to control rooms is none")
    return number


def put(kind: str, name: str, fields: dict[str, str]) -> AriRequest:
    """The request that makes or changes one object."""
    listed = [{"attribute": key, "value": value} for key, value in fields.items()]
    return AriRequest("PUT", f"{_PATH}/{kind}/{name}", body=msgspec.json.encode({"fields": listed}).decode())


_PATH = "asterisk/config/dynamic/res_pjsip"


async def provision(http: AriHttp, accounts: Sequence[EndpointAccount], phones: PhoneSettings) -> None:
    """Every account can register. Raises `SwitchError` for a bad name (before anything is put) and for a refusal."""
    prepared = [(checked_name(account.endpoint_id), account_objects(account, phones)) for account in accounts]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def put_one(name: str, objects: tuple[tuple[str, dict[str, str]], ...]) -> None:
        async with gate:
            for kind, fields in objects:
                if kind == "aor" and (await http.ask(AriRequest("GET", f"{_PATH}/aor/{name}"))).is_ok:
                    continue
                must(await http.ask(put(kind, name, fields)), f"{kind} of phone {name}")

    await _all(put_one(name, objects) for name, objects in prepared)
    await _all(_show(http, account, gate) for account in accounts)


async def _show(http: AriHttp, account: EndpointAccount, gate: asyncio.Semaphore) -> None:
    query = (("variable", f"{EMERGENCY_VARIABLE}{account.endpoint_id}"), ("value", _plain(account.emergency_number or "")))
    async with gate:
        must(await http.ask(AriRequest("POST", "asterisk/variable", query)), f"the emergency number of {account.endpoint_id}")


async def withdraw(http: AriHttp, endpoint_ids: Sequence[EndpointId]) -> None:
    """The accounts are gone, and their registrations at once. Raises `SwitchError` where Asterisk cannot be asked."""
    for name in map(checked_name, endpoint_ids):
        for kind in ("endpoint", "aor", "auth"):
            answer = await http.ask(AriRequest("DELETE", f"{_PATH}/{kind}/{name}"))
            if answer.status != 404:
                must(answer, f"{kind} of phone {name}")


async def _all(jobs: Iterable[Coroutine[None, None, None]]) -> None:
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
