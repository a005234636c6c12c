"""What the adapter must know of its Asterisk node. Passwords never show in a `repr`."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from telephony.identifiers import SwitchName
from telephony.switch.asterisk.silence import Silence


@dataclass(frozen=True, slots=True, kw_only=True)
class AriSettings:
    """How Asterisk and we meet.

    `connection` is "outbound" where Asterisk dials us (22.5 and later): it then keeps events while we are away.
    With "inbound" we dial Asterisk and send requests by HTTP, for older versions.
    """

    http_url: str
    """Base of ARI over HTTP, such as http://127.0.0.1:8088/ari: bulk reads, provisioning, the second path."""
    user: str
    password: str = field(repr=False)
    connection: str = "outbound"
    listen_host: str = "127.0.0.1"
    listen_port: int = 0
    """Where Asterisk dials us; 0 takes a free port."""
    listen_path: str = "/ari"
    controller_user: str = "asterisk"
    controller_password: str = field(repr=False, default="")
    call_app: str = "fernamt"
    presence_app: str = "fernamt-presence"
    request_timeout_s: float = 10.0
    frame_limit_bytes: int = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiSettings:
    """The manager interface: contact round trips, MixMonitor, and the watchdog's redirect."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    action_timeout_s: float = 5.0
    ping_interval_s: float = 10.0
    queue_limit: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSettings:
    """What every agent's account at the node has. Sources: ITU-T G.711 for the codec; the rest is our choice."""

    codecs: str = "alaw"
    context: str = "from-agents"
    qualify_frequency_s: int = 10
    qualify_timeout_s: float = 3.0
    minimum_expiration_s: int = 30
    maximum_expiration_s: int = 600
    rtp_timeout_s: int = 10
    rtp_hold_timeout_s: int = 300
    rtp_keepalive_s: int = 5
    session_timer_s: int = 90
    language: str = "de"
    media_address: str | None = None
    """The address phones are told to send their voice to, where it is not the one they reach us at."""
    bind_address: str | None = None
    """The only address of this machine that plain phones' voice is received at; None: all of them."""
    may_refer: bool | None = None
    """Phones may hand calls on by REFER; None: where the switch's version is known to survive it."""
    is_encrypted: bool = False
    """Phones other than browsers have to speak SRTP (RFC 4568 keys), as they do where they may be on other devices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOut:
    """The trunk that calls to somebody outside leave by, and where its carrier reads the number shown.

    `shows_in` is "from" (the From header), "asserted" (P-Asserted-Identity; From names our account there, `account`), or
    "both". Source: RFC 3325 for the asserted identity; which of them counts, the carrier says.
    """

    trunk: str
    host: str
    port: int = 5060
    account: str | None = None
    shows_in: str = "from"
    tells_diversion: bool = False
    """Whether a caller sent on is told with the number they had dialled (RFC 5806)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskSettings:
    """One Asterisk node as the controller knows it."""

    name: SwitchName
    ari: AriSettings
    ami: AmiSettings | None = None
    phones: PhoneSettings = PhoneSettings()
    line_out: LineOut | None = None
    """None: nobody outside can be dialled."""
    emergency_line: LineOut | None = None
    """None: emergency calls leave by the line of all others."""
    cel_file: Path | None = None
    cel_offset_file: Path | None = None
    recording_directory: Path | None = None
    recorded_by: Literal["manager", "ari"] = "manager"
    """Where there is no manager interface, by ARI."""
    message_directory: Path | None = None
    """Where the fallback's answering machine leaves its messages."""
    trunk_context: str = "from-trunk"
    agent_context: str = "from-agents"
    fallback_context: str = "fernamt-fallback"
    contact_poll_s: float = 30.0
    line_poll_s: float = 20.0
    """Seconds between two measurements of the voice of one talk."""
    silence_grace_ms: int = 1500
    """How long a leg in doubt may stay without a single RTP packet before it is ended (HangUpIfSilent)."""

    @property
    def trunks_out(self) -> frozenset[str]:
        """The trunks that calls to somebody outside leave by."""
        return frozenset(line.trunk for line in (self.line_out, self.emergency_line) if line is not None)

    def silence(self) -> Silence:
        """When a phone that fell silent was last heard, under these settings."""
        return Silence(
            rtp_timeout_s=self.phones.rtp_timeout_s,
            rtp_hold_timeout_s=self.phones.rtp_hold_timeout_s,
            grace_ms=self.silence_grace_ms,
            probe_every_s=self.phones.qualify_frequency_s,
            probe_timeout_s=self.phones.qualify_timeout_s,
        )
