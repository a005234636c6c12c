"""Where browser phones reach the switches: what the pages' content policy has to let through."""

import ipaddress
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from config.section import is_loopback
from config.settings import Settings
from config.switches import SwitchSettings

SOCKET_PATH = "/ws"
"""Asterisk's path for SIP over WebSocket. It is part of every source: ARI answers on the same port, and a page has no
business there."""


def socket_sources(settings: Settings, origins: Iterable[str]) -> tuple[str, ...]:
    """The `connect-src` entries of all switches' sockets, for pages that people reach under these origins.

    Sockets over TLS by the pages' own host names and by the listening address; plain ones only for pages of this machine,
    which alone can reach them. An IPv6 address is left out: no content policy can name one.
    """
    hosts = [host for host in (urlsplit(origin).hostname for origin in origins) if host is not None]
    found = (source for switch in settings.switch.values() for source in _of_switch(switch, hosts))
    return tuple(sorted(set(found)))


def _of_switch(switch: SwitchSettings, hosts: list[str]) -> Iterator[str]:
    if switch.https_port is not None and switch.listen_address is not None:
        for host in (*hosts, switch.listen_address):
            if _can_be_named(host):
                yield f"wss://{host}:{switch.https_port}{SOCKET_PATH}"
    if any(is_loopback(host) for host in hosts):
        for host in (*filter(is_loopback, hosts), switch.bind_address):
            if _can_be_named(host):
                yield f"ws://{host}:{switch.http_port}{SOCKET_PATH}"


def _can_be_named(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return True
    return address.version == 4 and not address.is_unspecified
