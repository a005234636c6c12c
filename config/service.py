"""Settings of the service itself: where it listens, who may come in, what it writes about itself."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from config.section import Address, Line, Network, Port, Section, Zone


class ServiceSettings(Section):
    """Where the service listens and keeps its state."""

    listen: Address = "127.0.0.1"
    """Address of the API, the screens and /metrics. Anything but a loopback address demands certificate and private_key."""
    port: Port = 8080
    """TCP port of the API and the screens."""
    public_url: Line | None = None
    """What people type into their browser, where a reverse proxy stands before us; it decides which Origin is ours."""
    certificate: Path | None = None
    """PEM file with the certificate chain; needed to listen anywhere but on this machine."""
    private_key: Path | None = None
    """PEM file with the certificate's key, readable by us only (mode 0600)."""
    trusted_proxies: tuple[Network, ...] = ()
    """Addresses whose X-Forwarded-For is believed."""
    metrics_networks: tuple[Network, ...] | None = None
    """Addresses that read /metrics without a token; unset: this machine, and nobody where public_url or trusted_proxies say that
    a proxy stands before us, since everybody outside looks like this machine then."""
    state_dir: Path = Path("state")
    """Folder of the SQLite database, the spool, the nodes' folders and generated keys."""
    has_worker: bool = True
    """Start `fernamt worker` (retention, webhooks, derivation) beside the service; false: you start it yourself."""
    time_zone: Zone = "Europe/Berlin"
    """Time zone of the centre's day: figures of today, local dates in exports."""
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "DE"
    """ISO 3166 code of the country whose national numbers are understood without a prefix."""


class WebSettings(Section):
    """Log-ins, sessions and limits of the API and the screens."""

    session_idle_s: Annotated[int, Field(ge=60, le=604_800)] = 28_800
    """Seconds without a request after which a session ends."""
    session_limit_s: Annotated[int, Field(ge=60, le=2_592_000)] = 86_400
    """Seconds after which a session ends whatever happens."""
    one_time_login_s: Annotated[int, Field(ge=60, le=2_592_000)] = 86_400
    """Seconds a one-time log-in can be used."""
    password_shortest: Annotated[int, Field(ge=8, le=128)] = 12
    """Fewest characters of a password."""
    login_tries_free: Annotated[int, Field(ge=1, le=100)] = 5
    """Failed log-ins to an account from one address before each further one has to wait, longer every time."""
    body_limit_bytes: Annotated[int, Field(ge=1_024, le=100_000_000)] = 65_536
    """Longest request body, in bytes; a whole centre may have eight million."""


class WebhookSettings(Section):
    """Signed messages to other systems about calls."""

    allow: tuple[Network, ...] = ()
    """Private networks that may be told; addresses on the public network always may, all other private ones never."""


class LogSettings(Section):
    """What the service writes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least weight of what is written."""
    form: Literal["json", "text"] = "json"
    """One JSON object a line, or coloured text for a terminal."""
