"""Settings of the switches: one table [switch.NAME] for each Asterisk node, with its trunks."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from config.section import Address, Host, Name, Network, Port, Seconds, Section


class TrunkSettings(Section):
    """One line to the public network."""

    host: Host = "127.0.0.1"
    """The carrier's SIP host."""
    port: Port = 5060
    """The carrier's SIP port."""
    identify_by: tuple[Network, ...] = ()
    """Addresses or networks its calls come from; empty: the host itself."""
    accepts_calls: bool = True
    """Callers come in by it; false for a line of our own calls alone, such as an emergency line."""
    username: str | None = None
    """Name we answer the carrier's challenges with."""
    password: SecretStr | None = None
    """The password; better kept in a secret file or in the environment."""
    is_registered: bool = False
    """Register with the carrier."""
    qualify_every_s: Annotated[int, Field(ge=1, le=3_600)] = 30
    """Seconds between two questions to the carrier whether it is there."""
    shows_number_in: Literal["from", "asserted", "both"] = "from"
    """Header the carrier reads the number shown from: From, P-Asserted-Identity (From names our account), or both."""
    tells_diversion: bool = False
    """Name the number a caller had dialled, who is sent on to a number outside (Diversion)."""


class SwitchSettings(Section):
    """One switch."""

    kind: Literal["asterisk"] = "asterisk"
    """What it is."""
    is_started_here: bool = True
    """`fernamt node` configures and runs it: an installed Asterisk of 22.5 or later, else one unpacked here."""
    connection: Literal["outbound", "inbound"] = "outbound"
    """Who dials: Asterisk us (22.5 and later, loses no event while we are away), or we Asterisk."""

    bind_address: Address = "127.0.0.1"
    """Address of plain SIP, ARI, AMI and the WebRTC socket; has to stay a loopback address."""
    sip_port: Port = 5060
    """SIP over UDP and TCP."""
    http_port: Port = 8088
    """ARI over HTTP and the WebRTC socket."""
    ami_port: Port = 5038
    """AMI."""
    controller_port: Port = 8092
    """Our port on 127.0.0.1 that Asterisk dials for ARI: it can dial no IPv6 address."""
    rtp_first_port: Annotated[int, Field(ge=1_024, le=65_535)] = 10_000
    """First UDP port of media; two are needed for each leg."""
    rtp_last_port: Annotated[int, Field(ge=1_024, le=65_535)] = 19_999
    """Last UDP port of media."""

    listen_address: Address | None = None
    """Address for phones on other devices, by SIP over TLS with SRTP; anything but loopback demands certificate and key."""
    listen_also: Address | None = None
    """The same at an address of the other family, IPv6 beside IPv4, for SIP over TLS; secure WebSockets are at listen_address."""
    certificate: Path | None = None
    """PEM file with the certificate chain for SIP over TLS and secure WebSockets."""
    private_key: Path | None = None
    """PEM file with its key, readable by us only (mode 0600)."""
    sips_port: Port = 5061
    """SIP over TLS."""
    https_port: Port | None = None
    """Secure WebSocket for browser phones on other devices; unset: none."""
    external_media_address: Address | None = None
    """Our address as phones behind other networks see it, where a router translates addresses; told to those of its family."""
    local_networks: tuple[Network, ...] = ()
    """Networks for which external_media_address is not used."""
    ice_loopback_alias: Address | None = None
    """An address of this machine beside bind_address, of its family, that stands for it where a browser here is offered paths."""

    trunk_address: Address | None = None
    """Address for carriers, by plain SIP; needed as soon as a trunk is not on this machine."""
    trunk_port: Port = 5062
    """SIP port for carriers."""
    trunk: dict[Name, TrunkSettings] = Field(default_factory=dict)
    """The trunks, one table [switch.NAME.trunk.NAME] each."""
    emergency_trunk: Name | None = None
    """The trunk that 110 and 112 from an agent's phone leave by, dialled by the static dialplan alone."""
    outbound_trunk: Name | None = None
    """The trunk that calls to numbers outside leave by, once permitted; unset: nobody outside is dialled."""
    phone_transfers: Literal["detected", "always", "never"] = "detected"
    """Phones hand callers on by their own transfer key (SIP REFER): where this Asterisk is known to survive it (20.21, 22.11,
    23.5 and later), else they are refused. "always" is for a build with the mend under an older number, and may die otherwise."""
    recorded_by: Literal["manager", "ari"] = "manager"
    """What writes recordings to files: a recorder that the manager interface is asked for, or ARI's own, which costs less."""
    codec: Literal["alaw", "ulaw", "g722"] = "alaw"
    """The one codec of all legs; mixing codecs can leave a caller without sound after an agent's leg was replaced."""
    language: Annotated[str, Field(pattern="^[a-z]{2}$")] = "de"
    """Language of announcements."""
    sound_directory: Path | None = None
    """Folder of your own sounds: music/NAME/ is comfort music for projects, any other file a prompt, played as own/FILE."""

    reconnect_every_ms: Annotated[int, Field(ge=100, le=60_000)] = 100
    """Milliseconds between two tries of Asterisk to reach us; half of it is what a restart of ours takes longer."""
    handshake_timeout_ms: Annotated[int, Field(ge=100, le=60_000)] = 1_000
    """Milliseconds Asterisk waits for us to accept."""
    write_timeout_ms: Annotated[int, Field(ge=500, le=60_000)] = 5_000
    """Milliseconds we may stall before Asterisk cuts ARI or AMI; its own default of 100 is far too short."""
    beat_limit_s: Annotated[int, Field(ge=4, le=120)] = 5
    """Seconds without a sign of life (one comes every 2 s) after which new callers go to the answering machine."""
    waiting_limit_s: Seconds = 15
    """Seconds without a sign of life after which `fernamt watchdog` takes callers who wait to the answering machine."""
