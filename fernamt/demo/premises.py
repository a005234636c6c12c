"""Where the demo stands: its folder, ports that are always the same while they are free, and the way in from other devices."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.settings import Settings
from config.switches import SwitchSettings
from fernamt.demo.certificate import self_signed
from fernamt.node.errors import NodeError
from fernamt.node.ports import free_ports, free_rtp_ports, may_bind
from fernamt.node.unpack import Progress

Sections = dict[str, dict[str, Any]]
_RTP_BLOCK = 1_000
_LOCAL_NETWORKS = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """How other devices reach the demo."""

    address: str
    external_media_address: str | None = None
    certificate: Path | None = None
    private_key: Path | None = None


def sections(chosen: Settings, switch: str, folder: Path, outside: Outside | None, tell: Progress) -> Sections:
    """Sections of the demo's settings file: the chosen ports where they are free, else free ones, which the person is told."""
    template = next(iter(chosen.switch.values()), SwitchSettings())
    own: dict[str, Any] = {
        "sip_port": _port(template.sip_port, f"switch.{switch}.sip_port", tell),
        "http_port": _port(template.http_port, f"switch.{switch}.http_port", tell),
        "ami_port": _port(template.ami_port, f"switch.{switch}.ami_port", tell),
        "controller_port": _port(template.controller_port, f"switch.{switch}.controller_port", tell),
    }
    own |= _rtp(template.rtp_first_port, tell)
    address = "127.0.0.1" if outside is None else outside.address
    service: dict[str, Any] = {"port": _port(chosen.service.port, "service.port", tell, address=address)}
    if outside is not None:
        certificate, key = _certificate(folder, outside)
        secure = {"certificate": str(certificate), "private_key": str(key)}
        service |= {"listen": outside.address} | secure
        own |= {"listen_address": outside.address} | secure
        own["sips_port"] = _port(template.sips_port, f"switch.{switch}.sips_port", tell, address=outside.address)
        if outside.external_media_address is not None:
            own |= {"external_media_address": outside.external_media_address}
            own |= {"local_networks": _LOCAL_NETWORKS}
    return {"service": service, f"switch.{switch}": own}


def checked(outside: Outside) -> Outside:
    """The way in, if it can be one. Raises `NodeError` with the way out."""
    for address in filter(None, (outside.address, outside.external_media_address)):
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise NodeError(f"{address!r} is no IP address: name one such as 192.168.1.7") from None
    if ipaddress.ip_address(outside.address).is_unspecified:
        raise NodeError(f"{outside.address} is every address: name the one other devices use, such as 192.168.1.7")
    if not may_bind(outside.address, 0):
        raise NodeError(f"{outside.address} is no address of this machine: `ip address` shows those it has")
    if (outside.certificate is None) != (outside.private_key is None):
        raise NodeError("a certificate and its key go together: name both, or none for one made by the demo")
    return outside


def _certificate(folder: Path, outside: Outside) -> tuple[Path, Path]:
    if outside.certificate is not None and outside.private_key is not None:
        return outside.certificate.absolute(), outside.private_key.absolute()
    return self_signed(folder, outside.address)


def _port(wanted: int, key: str, tell: Progress, *, address: str = "127.0.0.1") -> int:
    if may_bind(address, wanted):
        return wanted
    (found,) = free_ports(1, address=address)
    tell(f"port {wanted} ({key}) is taken by another program: {found} is used")
    return found


def _rtp(first: int, tell: Progress) -> Mapping[str, int]:
    if all(may_bind("127.0.0.1", port) for port in range(first, first + _RTP_BLOCK)):
        return {"rtp_first_port": first, "rtp_last_port": first + _RTP_BLOCK - 1}
    start, end = free_rtp_ports()
    tell(f"of the UDP ports {first} to {first + _RTP_BLOCK - 1} some are taken: {start} to {end} are used")
    return {"rtp_first_port": start, "rtp_last_port": end}
