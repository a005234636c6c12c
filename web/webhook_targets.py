"""Where webhooks may go: the public internet, and private networks only where the configuration allows them.

Checked when somebody subscribes, again before each delivery, and again on the addresses a name really resolves to at the
moment of connecting: a name that points elsewhere later (DNS rebinding) reaches nothing inside.
"""

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

from telephony.errors import FernamtError
from web.settings import Network

_NAT64 = IPv6Network("64:ff9b::/96")

_LONGEST_NAME = 253
_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*(?!(?:0x[0-9a-f]*|[0-9]+)\Z)[a-z0-9_-]{1,63}")
"""A host name whose last part is no number. What ends in a number is an address in disguise (127.1, 2130706433, 0x7f000001): the
client would take it for one and connect without asking the resolver."""


class TargetRefused(FernamtError):
    """A webhook's address that must not be used."""

    code = "target_refused"


def check_url(url: str, allowed: Sequence[Network]) -> None:
    """Returns where the address may be used as far as it can be told without resolving its name. Raises `TargetRefused`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise TargetRefused("is no usable address") from error
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise TargetRefused("must be an https address")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise TargetRefused("must have no user, password or fragment: deliveries are signed instead")
    address = _literal(host)
    if address is None and (len(host) > _LONGEST_NAME or not _NAME.fullmatch(host)):
        raise TargetRefused("has no host name that can be looked up: write a name as DNS has it, or an address in full")
    if address is not None and not may_reach(address, allowed):
        raise TargetRefused("lies inside our own network, or is no public address: allow its network in the configuration")
    if parts.scheme == "http" and (address is None or not _is_allowed(address, allowed)):
        raise TargetRefused("must be an https address: plain http is for allowed networks only, named by address")


def may_reach(address: IPv4Address | IPv6Address, allowed: Sequence[Network]) -> bool:
    """Whether a delivery may connect there: allowed by the configuration, or public, inner address included."""
    if _is_allowed(address, allowed):
        return True
    inner = _inner(address)
    if inner is not None:
        return may_reach(inner, allowed)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_allowed(address: IPv4Address | IPv6Address, allowed: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in allowed)


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


class GuardedResolver(AbstractResolver):
    """Resolves names like the resolver it is given, and keeps only what may be reached."""

    def __init__(self, inner: AbstractResolver, allowed: Sequence[Network]) -> None:
        self._inner = inner
        self._allowed = allowed

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """Addresses the delivery may connect to. Raises `TargetRefused` where any of them is none of those."""
        found = await self._inner.resolve(host, port, family)
        for result in found:
            address = _literal(result["host"])
            if address is None or not may_reach(address, self._allowed):
                raise TargetRefused("the name leads inside our own network, or to no public address")
        return found

    async def close(self) -> None:
        """The inner resolver is closed."""
        await self._inner.close()
