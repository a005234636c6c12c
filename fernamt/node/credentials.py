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
    """The passwords saved in the node's directory; made and saved (mode 0600) the first time, by whoever asks first."""
    path = directory / CREDENTIALS_FILE
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = NodeCredentials(
            ari_password=secrets.token_urlsafe(24),
            controller_password=secrets.token_urlsafe(24),
            ami_password=secrets.token_urlsafe(24),
            watchdog_password=secrets.token_urlsafe(24),
        )
        text = write_private_once(path, msgspec.json.encode(made).decode()).encode()
    return msgspec.json.decode(text, type=NodeCredentials)


def write_private(path: Path, text: str) -> None:
    """The file holds the text and only its owner can read it; a reader never sees half of it."""
    beside = _written_beside(path, text)
    beside.replace(path)
    _make_names_durable(path.parent)


def write_private_once(path: Path, text: str) -> str:
    """The file holds this text or, where another process was first, that one's: returns what it holds, the same to all."""
    beside = _written_beside(path, text)
    try:
        os.link(beside, path)  # fails where the name is taken: of two at once one wins, and nobody sees half a file
    except FileExistsError:
        return path.read_text(encoding="utf-8")
    finally:
        beside.unlink()
    _make_names_durable(path.parent)
    return text


def _written_beside(path: Path, text: str) -> Path:
    beside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())  # a key that a power cut takes back would take all it sealed with it
    return beside


def _make_names_durable(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
