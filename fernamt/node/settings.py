"""What one Asterisk node is to be: addresses, ports, limits, trunks. No defaults that open it to a network."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fernamt.node.errors import NodeError

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """One line to the public network: `host:port` of the carrier, and the addresses its calls come from.

    With `username` and `password` the node answers the carrier's challenges; with `is_registered` it
    registers there as well. `identify_by` are addresses or networks; empty means the host itself.
    With `accepts_calls` off the line is for our own calls alone (an emergency line).
    """

    name: str
    host: str
    port: int = 5060
    identify_by: tuple[str, ...] = ()
    accepts_calls: bool = True
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    is_registered: bool = False
    qualify_every_s: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """The node's certificate (PEM chain and key), needed to be reached from anywhere but this machine."""

    certificate: Path
    private_key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """Everything the configuration of a node is rendered from. Durations carry their unit in the name.

    `bind_address` is where all plain listeners are (SIP over UDP and TCP, HTTP with ARI and the WebRTC
    socket, AMI) and stays a loopback address. `listen_address` with `tls` adds SIP over TLS, and with
    `https_port` secure WebSockets, for phones on other devices. `trunk_address` adds plain SIP for carriers.
    """

    state_dir: Path
    name: str = "node-1"

    bind_address: str = "127.0.0.1"
    sip_port: int = 5060
    http_port: int = 8088
    ami_port: int = 5038
    rtp_first_port: int = 10000
    rtp_last_port: int = 19999

    listen_address: str | None = None
    # SIP over TLS at an address of the other family as well.
    listen_also: str | None = None
    tls: Tls | None = None
    sips_port: int = 5061
    https_port: int | None = None
    trunk_address: str | None = None
    trunk_port: int = 5062
    external_media_address: str | None = None
    local_networks: tuple[str, ...] = ()
    # An address of ours beside `bind_address`, which Asterisk never offers to a browser on the same machine.
    ice_loopback_alias: str | None = None

    controller_uri: str = "ws://127.0.0.1:8092/ari"
    call_app: str = "fernamt"
    presence_app: str = "fernamt-presence"
    reconnect_interval_ms: int = 100
    handshake_timeout_ms: int = 1000
    write_timeout_ms: int = 5000
    beat_limit_s: int = 5
    code_limit_s: int = 30
    """Seconds that an agent's feature code may take, whoever is there to answer it."""

    trunks: tuple[Trunk, ...] = ()
    emergency_trunk: str | None = None
    codecs: tuple[str, ...] = ("alaw",)
    qualify_timeout_s: float = 3.0
    contact_check_interval_s: int = 3
    rtp_timeout_s: int = 10
    rtp_hold_timeout_s: int = 300

    language: str = "de"
    # Prompts and comfort music of the centre's own: own_sounds.py tells what lies where.
    sound_directory: Path | None = None
    # The answering machine: a program started by AGI, with the dialled number as its first argument. `takes_messages` writes one
    # of ours, which leaves the messages in `message_directory`.
    machine_command: Path | None = None
    takes_messages: bool = False
    extra_modules: tuple[str, ...] = ()
    # Text behind that of a file of ours, or a file that we have not; taken as it is. For measurements beside us only.
    extra_conf: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses what would make an unsafe or a broken node; all faults are named at once."""
        faults = [*self._faults_of_names(), *self._faults_of_addresses(), *self._faults_of_ports()]
        faults += self._faults_of_trunks()
        if faults:
            raise NodeError("node settings:\n" + "\n".join(f"  {fault}" for fault in faults))

    @property
    def directory(self) -> Path:
        """Where everything of this node lies: its configuration, secrets, logs, records."""
        return self.state_dir.absolute() / "nodes" / self.name

    @property
    def cel_file(self) -> Path:
        """The CSV file of call events that Asterisk itself writes (see cel_custom.conf)."""
        return self.directory / "log" / "cel-custom" / "fernamt.csv"

    @property
    def recording_directory(self) -> Path:
        """Where Asterisk puts recordings; MixMonitor takes absolute paths below it."""
        return self.directory / "spool" / "recording"

    @property
    def message_directory(self) -> Path:
        """Where the answering machine of ours leaves its messages."""
        return messages_of(self.state_dir) / self.name

    @property
    def ari_url(self) -> str:
        """The base of ARI over HTTP on this machine, for bulk reads and the second path."""
        return f"http://{bracketed(self.bind_address)}:{self.http_port}/ari"

    def _faults_of_names(self) -> Iterable[str]:
        names = [self.name, self.call_app, self.presence_app, *(trunk.name for trunk in self.trunks)]
        for name in names:
            if not _NAME.fullmatch(name):
                yield f"name {name!r}: expected a small letter, then letters, digits, '-' (31 at most)"
        if len(set(names[3:])) != len(names[3:]):
            yield "trunks: two have the same name"

    def _faults_of_addresses(self) -> Iterable[str]:
        if not is_loopback(self.bind_address):
            yield (
                f"bind_address {self.bind_address!r}: plain SIP, ARI and AMI stay on this machine; use "
                "listen_address with tls for phones and trunk_address for carriers"
            )
        for key in ("listen_address", "listen_also"):
            value = getattr(self, key)
            if value is not None and not is_loopback(value) and self.tls is None:
                yield f"{key} {value!r}: needs tls (certificate and private_key)"
        for key in ("listen_address", "listen_also", "trunk_address", "external_media_address", "ice_loopback_alias"):
            value = getattr(self, key)
            if value is not None and not _is_address(value):
                yield f"{key} {value!r}: expected an IP address"
        for network in self.local_networks:
            if not _is_network(network):
                yield f"local_networks {network!r}: expected a network such as 192.168.0.0/16"

    def _faults_of_ports(self) -> Iterable[str]:
        for key in ("sip_port", "http_port", "ami_port", "sips_port", "trunk_port", "https_port"):
            value = getattr(self, key)
            if value is not None and not 1 <= value <= 65535:
                yield f"{key} {value}: expected 1 to 65535"
        if not 1024 <= self.rtp_first_port < self.rtp_last_port <= 65535:
            yield f"rtp ports {self.rtp_first_port}-{self.rtp_last_port}: expected a range in 1024 to 65535"

    def _faults_of_trunks(self) -> Iterable[str]:
        for trunk in self.trunks:
            if not _HOST.fullmatch(trunk.host):
                yield f"trunk {trunk.name}: host {trunk.host!r} is no host name or address"
            if trunk.is_registered and trunk.username is None:
                yield f"trunk {trunk.name}: registering needs username and password"
            for source in trunk.identify_by:
                if not _is_network(source):
                    yield f"trunk {trunk.name}: identify_by {source!r} is no address or network"
            if not is_loopback(trunk.host) and self.trunk_address is None:
                yield f"trunk {trunk.name}: {trunk.host} is not on this machine, so trunk_address is needed"
        if self.emergency_trunk not in {None, *(trunk.name for trunk in self.trunks)}:
            yield f"emergency_trunk {self.emergency_trunk!r}: no such trunk"


def messages_of(state_dir: Path) -> Path:
    """The folder with a folder of messages for each node."""
    return state_dir.absolute() / "messages"


def is_loopback(host: str) -> bool:
    """The host is an address of this machine's loopback interface."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def bracketed(address: str) -> str:
    """The address as it stands before a port: an IPv6 one in brackets."""
    return f"[{address}]" if ":" in address else address
