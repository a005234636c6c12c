"""A running switch: version, modules, what our users may do, time-outs, and its clock."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from config.settings import Settings
from fernamt.doctor.finding import Finding, doubtful, good, not_tested, wrong
from fernamt.moment import now
from fernamt.node.credentials import CREDENTIALS_FILE, NodeCredentials, load_credentials
from fernamt.node.packages import OLDEST_ASTERISK
from fernamt.node.program import Version
from fernamt.node.render import templates_directory
from fernamt.node.settings import NodeSettings
from fernamt.parts import asterisk_settings, node_settings
from telephony.errors import SwitchError
from telephony.switch.asterisk.ami import AmiLine
from telephony.switch.asterisk.ami_actions import BEAT_VARIABLE, global_variable
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.checkup import loaded_modules, may_change, running_version, switch_time
from telephony.switch.asterisk.refer import survives_refer
from telephony.switch.asterisk.settings import AmiSettings

WAIT_S = 5.0
LEAST_TIMEOUT_MS = 1_000
SKEW_DOUBTFUL_MS = 500
SKEW_WRONG_MS = 3_000
_REQUIRED = re.compile(r"^require\s*=\s*(\S+)", re.MULTILINE)
_NO_BEAT = "start the service: callers meet the answering machine until then"
_TIMEOUTS = {"ari.conf": "websocket_write_timeout", "manager.conf": "writetimeout"}


async def examine_switch(settings: Settings, name: str) -> AsyncIterator[tuple[Finding, bool]]:
    """Findings, each with whether the switch answers."""
    node = node_settings(settings, name)
    if not (node.directory / CREDENTIALS_FILE).exists():
        yield not_tested(f"{name}: running", "never started from this state folder"), False
        return
    credentials = load_credentials(node.directory)
    for finding in timeouts(name, node.directory / "conf"):
        yield finding, False
    async with AriHttp(asterisk_settings(settings, name, credentials).ari) as http:
        version = await running_version(http)
        if version is None:
            mend = None if settings.switch[name].is_started_here else f"start it; ARI is expected at {node.ari_url}"
            yield not_tested(f"{name}: running", f"no answer at {node.ari_url}: not running", mend), False
            return
        yield _version(name, version), True
        yield transfers(name, version, settings.switch[name].phone_transfers), True
        yield _modules(name, await loaded_modules(http)), True
        yield await _ari_rights(name, http, credentials), True
    async for finding in _manager(name, node, credentials):
        yield finding, True


def _version(name: str, text: str) -> Finding:
    version = Version.parse(text)
    if version is None or version < OLDEST_ASTERISK:
        mend = f"install {OLDEST_ASTERISK} or later; with an older one set switch.{name}.connection to inbound"
        return wrong(f"{name}: version", text, mend)
    return good(f"{name}: version", text)


def transfers(name: str, version: str, setting: str) -> Finding:
    """Whether phones hand calls on by their own transfer key (SIP REFER), and why not."""
    check = f"{name}: transfer key of phones"
    if setting == "never":
        return good(check, "refused, by the setting phone_transfers")
    if survives_refer(version):
        return good(check, "hands calls on: this Asterisk survives it")
    way_out = "the desk and the codes *4, *5, *3 hand calls on; so does the key with Asterisk 20.21, 22.11, 23.5 or later"
    if setting == "always":
        return doubtful(check, f"let in by the setting phone_transfers, though {version} is not known to survive it", way_out)
    return good(check, f"refused: a phone could end Asterisk {version} by it; {way_out}")


def _modules(name: str, loaded: frozenset[str]) -> Finding:
    wanted = set(_REQUIRED.findall((templates_directory() / "modules.conf").read_text(encoding="utf-8")))
    missing = sorted(module for module in wanted - loaded if module.endswith(".so"))
    if missing:
        mend = "load them in modules.conf; a package may be missing (asterisk-modules)"
        return wrong(f"{name}: modules", f"not running: {', '.join(missing)}", mend)
    return good(f"{name}: modules", f"all {len(wanted)} that are needed run")


async def _ari_rights(name: str, http: AriHttp, credentials: NodeCredentials) -> Finding:
    check = f"{name}: ARI user"
    if await may_change(http):
        return good(check, f"{credentials.ari_user} may read and change")
    return wrong(check, f"{credentials.ari_user} may not change anything", "set read_only = no for this user in ari.conf")


def timeouts(name: str, conf: Path) -> list[Finding]:
    """Asterisk's own 100 ms cut off a reader that pauses for a moment, and its events are lost."""
    findings = []
    for file, key in _TIMEOUTS.items():
        check = f"{name}: {key}"
        try:
            text = (conf / file).read_text(encoding="utf-8")
        except OSError:
            findings.append(not_tested(check, f"{conf / file} is not there: not configured here"))
            continue
        values = [int(value) for value in re.findall(rf"^{key}\s*=\s*(\d+)", text, re.MULTILINE)]
        if not values or min(values) < LEAST_TIMEOUT_MS:
            found = f"{min(values)} ms" if values else "the default of 100 ms"
            findings.append(wrong(check, f"{found} in {file}", f"set {key} = 5000 in {conf / file}"))
        else:
            findings.append(good(check, f"{min(values)} ms"))
    return findings


async def _manager(name: str, node: NodeSettings, credentials: NodeCredentials) -> AsyncIterator[Finding]:
    users = {credentials.ami_user: credentials.ami_password, credentials.watchdog_user: credentials.watchdog_password}
    for user, password in users.items():
        check = f"{name}: manager user {user}"
        try:
            async with _logged_in(node, user, password) as line:
                if user == credentials.watchdog_user:
                    yield _beat(name, await global_variable(line, BEAT_VARIABLE))
                else:
                    yield await _clock(name, line)
            yield good(check, "may log in and do its work")
        except (SwitchError, TimeoutError) as error:
            mend = f"the user in manager.conf has to be the one of {node.directory / CREDENTIALS_FILE}"
            yield wrong(check, str(error) or "cannot log in", mend)


def _beat(name: str, beat: str) -> Finding:
    check = f"{name}: sign of life"
    if not beat.isdecimal() or int(beat) == 0:
        return doubtful(check, "no controller has given one yet", _NO_BEAT)
    age_s = now() // 1_000_000 - int(beat)
    if age_s > 5:
        return doubtful(check, f"the last one is {age_s} s old", _NO_BEAT)
    return good(check, f"{max(age_s, 0)} s ago")


async def _clock(name: str, line: AmiLine) -> Finding:
    check = f"{name}: clock"
    asked_at = now()
    told_at = await switch_time(line)
    if told_at is None:
        return not_tested(check, "the switch does not tell its time")
    skew_ms = abs(told_at - (asked_at + now()) // 2) // 1_000
    mend = "let both hosts follow one time server (chrony, systemd-timesyncd)"
    if skew_ms > SKEW_WRONG_MS:
        return wrong(check, f"{skew_ms} ms apart from ours", mend)
    if skew_ms > SKEW_DOUBTFUL_MS:
        return doubtful(check, f"{skew_ms} ms apart from ours", mend)
    return good(check, f"{skew_ms} ms apart from ours")


@asynccontextmanager
async def _logged_in(node: NodeSettings, user: str, password: str) -> AsyncIterator[AmiLine]:
    line = AmiLine(AmiSettings(host=node.bind_address, port=node.ami_port, user=user, password=password))
    running = asyncio.create_task(line.run())
    try:
        async with asyncio.timeout(WAIT_S):
            await line.wait_up()
        yield line
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
