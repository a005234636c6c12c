"""What `fernamt doctor` asks a running Asterisk: its version and modules, whether our users may do their work, its time."""

import msgspec

from telephony.identifiers import Instant
from telephony.switch.asterisk.ami import AmiLine
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriRequest

PROBE_VARIABLE = "FERNAMT_DOCTOR"


async def running_version(http: AriHttp) -> str | None:
    """The version Asterisk tells; None where nobody answers, or not to our user."""
    answer = await http.ask(AriRequest("GET", "asterisk/info", (("only", "system"),)))
    if not answer.is_ok:
        return None
    return str(msgspec.json.decode(answer.body)["system"]["version"])


async def loaded_modules(http: AriHttp) -> frozenset[str]:
    """The modules that run, as `chan_pjsip.so`."""
    answer = await http.ask(AriRequest("GET", "asterisk/modules"))
    modules = msgspec.json.decode(answer.body) if answer.is_ok else []
    return frozenset(module["name"] for module in modules if module["status"] == "Running")


async def may_change(http: AriHttp) -> bool:
    """Whether our user may do more than read: sets a variable that nobody looks at."""
    query = (("variable", PROBE_VARIABLE), ("value", "1"))
    return (await http.ask(AriRequest("POST", "asterisk/variable", query))).is_ok


async def switch_time(line: AmiLine) -> Instant | None:
    """The moment by the switch's clock; None where it does not tell. Raises `SwitchError` where it cannot be asked."""
    stamp = (await line.act({"Action": "Ping"})).get("Timestamp", "")
    seconds, _, fraction = str(stamp).partition(".")
    if not seconds.isdecimal():
        return None
    return Instant(int(seconds) * 1_000_000 + int(fraction[:6].ljust(6, "0") or 0))
