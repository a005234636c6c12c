"""`fernamt agents phone`: what a softphone has to be told."""

from typing import Annotated

import typer

from config.settings import Settings
from fernamt.browser_phones import SOCKET_PATH
from fernamt.cli.exits import CliError, not_found
from fernamt.cli.options import Json
from fernamt.cli.showing import show_json
from fernamt.cli.work import run, settings
from fernamt.installation import Database, Places, opened
from fernamt.moment import now
from fernamt.node.settings import bracketed
from store.audit import AuditStore
from store.endpoints import EndpointStore
from telephony.engine.ports import EndpointAccount
from telephony.identifiers import AgentId, UserId

Name = Annotated[str, typer.Argument(metavar="AGENT_ID")]
Reason = Annotated[str, typer.Option("--reason", help="Why the password is looked at: it is kept on record.")]


def phone(name: Name, reason: Reason = "setting up a phone", as_json: Json = False) -> None:
    """Show the SIP account of an agent's phone: user, password, servers. That it was shown is on lasting record."""
    chosen = settings()
    account = run(_account(chosen, name, reason))
    shown = {
        "user": account.endpoint_id,
        "password": account.password,
        "kind": "browser" if account.is_browser else "SIP phone",
        **(_sockets(chosen) if account.is_browser else _servers(chosen)),
    }
    if as_json:
        show_json(shown)
    else:
        print("\n".join(f"{key:10}  {value}" for key, value in shown.items()))


def _servers(chosen: Settings) -> dict[str, str]:
    """Where such a phone registers: by TLS from other devices, on this machine in clear too."""
    servers = {}
    for name, switch in chosen.switch.items():
        must = "" if switch.listen_address is None else ", with SRTP"
        servers[name] = (
            f"{bracketed(switch.bind_address)}:{switch.sip_port} by UDP or TCP{must}, only from the switch's own machine"
        )
        ways = [f"{bracketed(address)}:{switch.sips_port}" for address in (switch.listen_address, switch.listen_also) if address]
        if ways:
            servers[f"{name} by TLS"] = f"{' or '.join(ways)} by TLS with SRTP"
    return servers


def _sockets(chosen: Settings) -> dict[str, str]:
    """Where a page with this phone in it registers."""
    sockets = {}
    for name, switch in chosen.switch.items():
        # A content policy can name no IPv6 address.
        host = "localhost" if ":" in switch.bind_address else switch.bind_address
        sockets[name] = f"ws://{host}:{switch.http_port}{SOCKET_PATH}, only from the switch's own machine"
        if switch.https_port is not None and switch.listen_address is not None:
            sockets[f"{name} by TLS"] = f"wss://{bracketed(switch.listen_address)}:{switch.https_port}{SOCKET_PATH}"
    return sockets


async def _account(chosen: Settings, name: str, reason: str) -> EndpointAccount:
    async with opened(chosen) as database:
        agent = await database.directory.agent(AgentId(name))
        if agent is None:
            raise not_found("agent", name, list_with="fernamt agents list")
        account = await _with_password(database, chosen, name)
        audit = AuditStore(database.engine)
        user = UserId("command-line")
        await audit.record(at=now(), user_id=user, deed="show_phone", subject=account.endpoint_id, reason=reason)
    return account


async def _with_password(database: Database, chosen: Settings, name: str) -> EndpointAccount:
    known = await EndpointStore(database.engine, Places(chosen).party_keys()).accounts()
    found = next((account for account in known if account.agent_id == name), None)
    if found is None:
        raise CliError(
            f"the phone of {name} has no password yet, or {name} is not active",
            way_out="`fernamt serve` gives every phone one as soon as its switch answers: `fernamt doctor` tells whether it does",
        )
    return found
