"""Settings of the service itself: where it listens, who may come in, what it writes about itself."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from config.section import Address, Line, Network, Port, Seconds, Section


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
    state_dir: Path = Path("state")
    """Folder of the SQLite database, the spool, the nodes' folders and generated keys."""
    drain_limit_s: Seconds = 600
    """Seconds a stop waits for live calls to end before it leaves them to the switch and the next start."""
    has_worker: bool = True
    """Start `fernamt worker` (retention, webhooks, derivation) beside the service; false: you start it yourself."""
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "DE"
    """ISO 3166 code of the country whose national numbers are understood without a prefix."""


class WebSettings(Section):
    """Log-ins, sessions and limits of the API and the screens."""

    session_idle_s: Seconds = 3_600
    """Seconds without a request after which a session ends."""
    session_limit_s: Seconds = 43_200
    """Seconds after which a session ends whatever happens."""
    login_attempts_per_minute: Annotated[int, Field(ge=1, le=1_000)] = 10
    """Failed log-ins a minute from one address or for one user; further ones are refused."""
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 1_200
    """Requests a minute of one user or token."""
    body_limit_bytes: Annotated[int, Field(ge=1_024, le=100_000_000)] = 1_048_576
    """Longest request body, in bytes."""


class WebhookSettings(Section):
    """Signed messages to other systems about calls."""

    allow: tuple[Line, ...] = ()
    """Hosts (crm.example) or host:port pairs that may be told; nothing else is ever connected to."""
    timeout_s: Annotated[int, Field(ge=1, le=60)] = 10
    """Seconds to wait for the receiver's answer."""
    attempts: Annotated[int, Field(ge=1, le=50)] = 12
    """Tries with growing pauses before a message is given up and listed."""


class LogSettings(Section):
    """What the service writes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least weight of what is written."""
    form: Literal["json", "text"] = "json"
    """One JSON object a line, or coloured text for a terminal."""
