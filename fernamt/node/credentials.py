"""The passwords of a node, random and its own, kept in its folder and readable by its owner only."""

import os
import secrets
from pathlib import Path

import msgspec

CREDENTIALS_FILE = "credentials.json"


class NodeCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """User names are fixed, passwords are random per node; `repr` shows none of them.

    - ARI over HTTP (reads and the second path): user `fernamt`.
    - Asterisk's own log-in at the controller's WebSocket (HTTP Basic): user `asterisk`.
    - AMI: users `fernamt` (controller) and `fernamt-watchdog`.
    """

    ari_password: str
    controller_password: str
    ami_password: str
    watchdog_password: str

    ari_user: str = "fernamt"
    controller_user: str = "asterisk"
    ami_user: str = "fernamt"
    watchdog_user: str = "fernamt-watchdog"

    def __repr__(self) -> str:
        return "NodeCredentials(…)"


def load_credentials(directory: Path) -> NodeCredentials:
    """The passwords saved in the node's directory; made and saved (mode 0600) the first time."""
    path = directory / CREDENTIALS_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=NodeCredentials)
    except FileNotFoundError:
        made = NodeCredentials(
            ari_password=secrets.token_urlsafe(24),
            controller_password=secrets.token_urlsafe(24),
            ami_password=secrets.token_urlsafe(24),
            watchdog_password=secrets.token_urlsafe(24),
        )
        write_private(path, msgspec.json.encode(made).decode())
        return made


def write_private(path: Path, text: str) -> None:
    """The file holds the text and only its owner can read it; a reader never sees half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())  # a key that a power cut takes back would take all it sealed with it
    beside.replace(path)
