"""What the web edge can be told; filled by config/, checked there."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from zoneinfo import ZoneInfo

Network = IPv4Network | IPv6Network

MINUTE_S = 60
HOUR_S = 3_600
DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Limits and names of the HTTP edge. Durations in seconds, sizes in bytes."""

    origins: frozenset[str]
    """Scheme, host and port people reach us under, such as `https://centre.example`. Nothing else may change anything."""
    is_tls: bool
    """Whether browsers reach us over TLS; False is meant for loopback alone and gives the cookie its plain name."""
    session_idle_s: int = 8 * HOUR_S
    session_absolute_s: int = 24 * HOUR_S
    one_time_login_s: int = DAY_S
    token_longest_s: int = 366 * DAY_S
    password_shortest: int = 12
    password_longest: int = 256
    body_limit: int = 64 * 1024
    centre_limit: int = 8 * 1024 * 1024
    body_timeout_s: float = 10.0
    head_timeout_s: float = 20.0
    """A new connection on which no request has come in whole by then is closed, a quarter of it later at the latest."""
    login_tries_free: int = 5
    """Per account from one address; ten times as many per account from anywhere, and per address at any account."""
    login_backoff_longest_s: int = 15 * MINUTE_S
    trusted_proxies: tuple[Network, ...] = ()
    """Proxies whose `X-Forwarded-For` is believed; empty: the connection's own address counts."""
    metrics_networks: tuple[Network, ...] = ()
    """Peers who read `/metrics` without a proof, where nothing says that they ask for somebody else."""
    listening_networks: tuple[Network, ...] | None = None
    """Addresses from which recordings may be heard and fetched; None: any. One that is not known is not among them."""
    webhook_networks: tuple[Network, ...] = ()
    """Private networks webhooks may reach; any loopback, private or link-local address outside them is refused."""
    export_idle_s: float = 30.0
    """An export whose reader takes nothing for so long is broken off: the few places are for those who read."""
    export_limit_s: float = HOUR_S
    """An export that is not read to its end by then is broken off."""
    desktop_lease_s: int = 45
    """How long one sign of an agent's desktop is good for."""
    messages_folder: Path | None = None
    leads_folder: Path | None = None
    """Where uploaded files of leads wait."""
    lead_faults_left_out: frozenset[str] = frozenset()
    """Faults in a file of leads whose rows somebody may choose to leave out."""
    has_mail_server: bool = True
    """Whether voice messages can be forwarded."""
    message_days: int | None = None
    """After how many days voice messages are deleted; None: not known here."""
    zone: ZoneInfo = ZoneInfo("Europe/Berlin")
    """The centre's wall clock."""
    connect_sources: tuple[str, ...] = ()
    """Further `connect-src` of the content policy: the WebSocket of a switch for browser phones."""

    @property
    def cookie_name(self) -> str:
        """`__Host-` binds the cookie to this host over TLS; browsers refuse that prefix on plain http."""
        return "__Host-fernamt" if self.is_tls else "fernamt"
