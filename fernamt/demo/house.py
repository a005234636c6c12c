"""A whole installation on this machine alone: Asterisk, the service beside it, a centre, phones. For demo, tests and benchmarks.

    async with House.open(Path("…/state"), centre) as house:
        await house.start_service()
        anna = await house.phone("anna")
        await house.log_in("anna")
        …
        house.kill_service(); await house.start_service()

The Asterisk and the service are two programs: one can die without the other, as in a real installation.
"""

import asyncio
import hashlib
import json
import re
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp

from config.load import load
from config.settings import Settings
from fernamt.authors import command_line
from fernamt.centre.applying import apply_whole
from fernamt.centre.read import read_centre
from fernamt.centre.users import MadeLogin
from fernamt.demo.phones import PATIENCE_S, Phone, PhoneAccount
from fernamt.installation import Places, opened
from fernamt.node.child import end, signal_group, spawn
from fernamt.node.errors import NodeError
from fernamt.node.packages import find_baresip, silent
from fernamt.node.ports import free_ports, free_rtp_ports
from fernamt.node.process import AsteriskNode
from fernamt.node.program import Program
from fernamt.node.settings import bracketed
from fernamt.node.unpack import Progress
from fernamt.parts import base_url, node_settings
from store.endpoints import EndpointStore
from store.upgrade import upgrade
from telephony.engine.ports import EndpointAccount

SWITCH = "node1"
CHECKOUT = Path(__file__).resolve().parents[2]
LOOK_EVERY_S = 0.05
_ENDPOINT = re.compile(r"^ Endpoint:  ([^\s/]+)", re.MULTILINE)


@dataclass(slots=True)
class House:
    """The installation. Phones are by the name of their endpoint."""

    directory: Path
    config_file: Path
    settings: Settings
    node: AsteriskNode
    baresip: Program
    logins: list[MadeLogin] = field(repr=False)
    accounts: Mapping[str, EndpointAccount] = field(default_factory=dict, repr=False)
    phones: dict[str, Phone] = field(default_factory=dict)
    service: asyncio.subprocess.Process | None = None
    watchdog: asyncio.subprocess.Process | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        state_dir: Path,
        centre: Path,
        *,
        changes: Mapping[str, Mapping[str, Any]] | None = None,
        programs: Path | None = None,
        node_changes: Mapping[str, Any] | None = None,
        progress: Progress = silent,
    ) -> AsyncIterator["House"]:
        """The switch runs and the centre is applied; the service is not started yet. All of it is gone after the block.

        `changes` are sections of the settings, `node_changes` fields of NodeSettings beside them; `programs` is the folder
        where unpacked programs are kept (default: `state_dir`).
        """
        config_file = await asyncio.to_thread(_furnish, state_dir, programs or state_dir, changes or {})
        settings = load((config_file,), None).settings
        baresip = await find_baresip(state_dir, progress=progress)
        await upgrade(Places(settings).database_url)
        progress("the database is at this version's schema")
        logins = await _apply(settings, centre)
        progress(f"the centre of {centre.name} is applied")
        async with AsyncExitStack() as stack:
            node = await AsteriskNode.start(replace(node_settings(settings, SWITCH), **(node_changes or {})), progress=progress)
            house = cls(state_dir, config_file, settings, node, baresip, logins)
            stack.push_async_callback(house._stop_switch)
            stack.push_async_callback(house._clear)
            yield house

    @property
    def url(self) -> str:
        """Where the API and the screens are."""
        return base_url(self.settings)

    @property
    def sip(self) -> str:
        """Where phones and callers find the switch."""
        switch = self.settings.switch[SWITCH]
        return f"{bracketed(switch.bind_address)}:{switch.sip_port}"

    async def start_service(self, *, within_s: float = PATIENCE_S) -> None:
        """The service is ready for calls. Raises NodeError with its last words when it is not in time."""
        log = self.directory / "serve.log"
        self.service = await self._own_program("serve", log)
        try:
            async with asyncio.timeout(within_s):
                while not await self.is_ready():
                    if self.service.returncode is not None:
                        break
                    await asyncio.sleep(LOOK_EVERY_S)
                else:
                    await self._read_accounts()
                    return
        except TimeoutError:
            pass
        raise NodeError(f"the service is not ready:\n{log.read_text('utf-8', errors='replace')[-3000:]}")

    async def is_ready(self) -> bool:
        """Whether calls are served."""
        certificate = self.settings.service.certificate
        trust = True if certificate is None else await asyncio.to_thread(_only, certificate)
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.url}/readyz", ssl=trust) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def kill_service(self) -> None:
        """The service is gone in the middle of whatever it did."""
        if self.service is not None:
            signal_group(self.service, signal.SIGKILL)

    def signal_service(self, number: signal.Signals) -> None:
        """The service has the signal: SIGSTOP makes it hang, SIGTERM stops it politely."""
        if self.service is not None:
            signal_group(self.service, number)

    async def stop_service(self) -> None:
        """The service has ended politely."""
        if self.service is not None:
            await end(self.service, limit_s=15)
            self.service = None

    async def start_watchdog(self) -> None:
        """`fernamt watchdog` stands by the switch."""
        self.watchdog = await self._own_program("watchdog", self.directory / "watchdog.log")

    async def restart_switch(self, *, progress: Progress = silent) -> None:
        """An Asterisk that has ended is followed by a new one in the same place."""
        await self.node.stop()
        self.node = await AsteriskNode.start(node_settings(self.settings, SWITCH), progress=progress)

    async def phone(self, name: str, **options: Any) -> Phone:
        """The agent's phone is registered."""
        account = PhoneAccount(
            user=name,
            server=self.sip,
            password=self.accounts[name].password,
            media_encryption=None if self.settings.switch[SWITCH].listen_address is None else "srtp-mand",
        )
        phone = await Phone.start(self.baresip, account, self.directory / "phones" / name, **options)
        self.phones[name] = phone
        await phone.expect("REGISTER_OK")
        return phone

    async def log_in(self, name: str) -> None:
        """The agent is on duty, by feature code from the own phone."""
        phone = self.phones[name]
        await phone.dial("*11")
        await phone.expect("CALL_CLOSED")

    async def journal(self) -> list[dict[str, Any]]:
        """Everything journaled so far, as the command line tells it."""
        output = await self.command("journal", "tail", "--lines", "1000000", "--json")
        return [json.loads(line) for line in output.splitlines()]

    async def command(self, *arguments: str) -> str:
        """What `fernamt` with these arguments says on standard output. Raises NodeError when it fails."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "fernamt", "--config", str(self.config_file), *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=CHECKOUT,
        )
        output, errors = await process.communicate()
        if process.returncode != 0:
            raise NodeError(f"fernamt {' '.join(arguments)}: {errors.decode(errors='replace')[-2000:]}")
        return output.decode()

    async def _read_accounts(self) -> None:
        """The service gives every phone of the centre a password at its first start, and tells the switch at each."""
        async with opened(self.settings) as database, asyncio.timeout(PATIENCE_S):
            store = EndpointStore(database.engine, Places(self.settings).party_keys())
            while await store.without_password():  # noqa: ASYNC110 - another process gives them
                await asyncio.sleep(LOOK_EVERY_S)
            self.accounts = {account.endpoint_id: account for account in await store.accounts()}
            while not self.accounts.keys() <= await self._known_phones():  # noqa: ASYNC110 - the switch tells nobody
                await asyncio.sleep(LOOK_EVERY_S)

    async def _known_phones(self) -> set[str]:
        """Phones that the switch would let register."""
        return set(_ENDPOINT.findall(await self.node.rx("pjsip show endpoints")))

    async def _own_program(self, command: str, log: Path) -> asyncio.subprocess.Process:
        with log.open("ab") as output:
            argv = (sys.executable, "-m", "fernamt", "--config", str(self.config_file), command)
            return await spawn(argv, directory=CHECKOUT, output=output)

    async def _stop_switch(self) -> None:
        await self.node.stop()  # whichever it is by now

    async def _clear(self) -> None:
        await asyncio.gather(*(phone.stop() for phone in self.phones.values()))
        if self.watchdog is not None:
            await end(self.watchdog, limit_s=2)
        await self.stop_service()


def _only(certificate: Path) -> aiohttp.Fingerprint:
    """Trust in this certificate and in no other, whoever has signed it and whatever name it bears."""
    der = ssl.PEM_cert_to_DER_cert(_first_certificate(certificate.read_text("ascii")))
    return aiohttp.Fingerprint(hashlib.sha256(der).digest())


def _first_certificate(chain: str) -> str:
    ending = "-----END CERTIFICATE-----"
    return chain[chain.index("-----BEGIN CERTIFICATE-----") : chain.index(ending) + len(ending)] + "\n"


async def _apply(settings: Settings, centre: Path) -> list[MadeLogin]:
    described = read_centre(centre)
    async with opened(settings) as database:
        _, made = await apply_whole(database, described, settings, by=command_line(), only_new_users=True)
        return made


def _furnish(state_dir: Path, programs: Path, changes: Mapping[str, Mapping[str, Any]]) -> Path:
    """The folder with its settings, and a way to the programs that are unpacked once for many folders."""
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    link = state_dir / "packages"
    if programs != state_dir and not link.exists():
        (programs / "packages").mkdir(parents=True, exist_ok=True)
        link.symlink_to((programs / "packages").absolute())
    config_file = state_dir / "fernamt.toml"
    config_file.write_text(_config(state_dir, changes), encoding="utf-8")
    return config_file


def _config(state_dir: Path, changes: Mapping[str, Mapping[str, Any]]) -> str:
    web, sip, http, ami, controller, line, emergency = free_ports(7)
    first, last = free_rtp_ports()
    sections: dict[str, dict[str, Any]] = {
        "service": {"port": web, "state_dir": str(state_dir.absolute())},
        f"switch.{SWITCH}": {
            "sip_port": sip,
            "http_port": http,
            "ami_port": ami,
            "controller_port": controller,
            "rtp_first_port": first,
            "rtp_last_port": last,
            "emergency_trunk": "emergency",
            "outbound_trunk": "line",
        },
        f"switch.{SWITCH}.trunk.line": {"host": "127.0.0.1", "port": line},
        f"switch.{SWITCH}.trunk.emergency": {"host": "127.0.0.1", "port": emergency, "accepts_calls": False},
    }
    for name, keys in changes.items():
        sections.setdefault(name, {}).update(keys)
    lines: list[str] = []
    for name, keys in sections.items():
        # JSON's strings, numbers and booleans are TOML's too.
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items())]
    return "\n".join(lines) + "\n"
