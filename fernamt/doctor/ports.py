"""Ports that have to be free before a start, and the range that carries the sound."""

import socket
from collections.abc import Iterator
from pathlib import Path

from config.settings import Settings
from config.switches import SwitchSettings
from fernamt.doctor.finding import Finding, doubtful, good, wrong
from fernamt.node.settings import bracketed
from fernamt.parts import CONTROLLER_HOST

PORTS_A_CALL = 4
"""Two legs, each with a port for sound and one for its reports (RFC 3550, 11)."""
FEW_CALLS = 50
_LOCAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def examine_service_port(settings: Settings) -> Finding:
    """The port of the API and the screens."""
    return _own_port("port of the service", settings.service.listen, settings.service.port, "service.port")


def _own_port(check: str, address: str, port: int, key: str) -> Finding:
    """A port that the service itself listens on, which may run just now."""
    where = f"{bracketed(address)}:{port}"
    if _is_free(address, port, socket.SOCK_STREAM):
        return good(check, f"{where} is free")
    return doubtful(check, f"{where} is taken", f"good if Fernamt is running; else set {key} to another")


def examine_switch_ports(name: str, switch: SwitchSettings) -> Iterator[Finding]:
    """The ports of a switch that is started here and does not run yet."""
    tcp, udp = socket.SOCK_STREAM, socket.SOCK_DGRAM
    wanted = [
        ("sip_port", switch.bind_address, switch.sip_port, (tcp, udp)),
        ("http_port", switch.bind_address, switch.http_port, (tcp,)),
        ("ami_port", switch.bind_address, switch.ami_port, (tcp,)),
    ]
    ways_in = filter(None, (switch.listen_address, switch.listen_also))
    wanted += [("sips_port", address, switch.sips_port, (tcp,)) for address in ways_in]
    if switch.trunk_address is not None:
        wanted.append(("trunk_port", switch.trunk_address, switch.trunk_port, (tcp, udp)))
    yield _own_port(f"{name}: controller_port", CONTROLLER_HOST, switch.controller_port, f"switch.{name}.controller_port")
    for key, address, port, kinds in wanted:
        if all(_is_free(address, port, kind) for kind in kinds):
            yield good(f"{name}: {key}", f"{bracketed(address)}:{port} is free")
        else:
            yield wrong(
                f"{name}: {key}", f"{bracketed(address)}:{port} is taken", f"stop what has it, or set switch.{name}.{key}"
            )


def examine_media_ports(name: str, switch: SwitchSettings, *, is_running: bool) -> Finding:
    """The range of media ports: big enough, ours alone, nobody in it."""
    check = f"{name}: media ports"
    first, last = switch.rtp_first_port, switch.rtp_last_port
    calls = (last - first + 1) // PORTS_A_CALL
    found = f"{first}-{last}, enough for {calls} calls at once"
    if calls < FEW_CALLS:
        return doubtful(check, found, f"widen switch.{name}.rtp_first_port and rtp_last_port; orphaned calls hold theirs a while")
    low, high = _local_range()
    if low <= last and first <= high:
        return doubtful(
            check,
            f"{found}; the system gives {low}-{high} to any program",
            f"take a range outside of it, or: sysctl net.ipv4.ip_local_reserved_ports={first}-{last}",
        )
    if is_running:
        return good(check, found)
    taken = _taken(switch.bind_address, first, last)
    if taken:
        mend = "an earlier switch may still run: stop it, or calls get no sound"
        return doubtful(check, f"{found}; {len(taken)} are taken, {taken[0]} first", mend)
    return good(check, f"{found}, all free")


def _is_free(address: str, port: int, kind: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def _taken(address: str, first: int, last: int) -> list[int]:
    """Ports of the range that somebody has."""
    return [port for port in range(first, last + 1) if not _is_free(address, port, socket.SOCK_DGRAM)]


def _local_range() -> tuple[int, int]:
    try:
        low, high = _LOCAL_RANGE.read_text(encoding="ascii").split()
        return int(low), int(high)
    except (OSError, ValueError):
        return 0, -1
