"""Who can read what must stay secret."""

import os
from collections.abc import Iterator
from pathlib import Path

from config.documents import Document, read_toml
from config.load import Loaded
from fernamt.doctor.finding import Finding, doubtful, good, wrong
from fernamt.installation import Places, is_private
from fernamt.node.credentials import CREDENTIALS_FILE


def examine_files(loaded: Loaded, places: Places) -> Iterator[Finding]:
    """The state folder, keys, passwords, TLS keys, secret files, and settings files that hold a password."""
    if not places.state.is_dir():
        mend = f"it is made by the first start; to make it now: mkdir -m 700 -p {places.state}"
        yield doubtful("state folder", f"{places.state} does not exist", mend)
    elif not os.access(places.state, os.R_OK | os.W_OK | os.X_OK):
        yield wrong("state folder", f"{places.state} cannot be used by this user", f"chown -R {os.getuid()} {places.state}")
    else:
        yield good("state folder", str(places.state))
    for what, file, is_needed in _secrets(loaded, places):
        yield from _private(what, file, is_needed=is_needed)


def _secrets(loaded: Loaded, places: Places) -> Iterator[tuple[str, Path, bool]]:
    settings = loaded.settings
    yield "key of the person store", places.key, False
    for name, switch in settings.switch.items():
        yield f"passwords of {name}", places.state / "nodes" / name / CREDENTIALS_FILE, False
        if switch.private_key is not None:
            yield f"TLS key of {name}", switch.private_key, True
    if settings.service.private_key is not None:
        yield "TLS key of the service", settings.service.private_key, True
    if loaded.secrets_dir is not None:
        for file in sorted(loaded.secrets_dir.iterdir()):
            if file.is_file():
                yield "secret file", file, True
    for file in loaded.files:
        document = read_toml(file)
        if isinstance(document, Document) and _has_secret(document):
            yield "settings file with a password", file, True


def _private(what: str, file: Path, *, is_needed: bool) -> Iterator[Finding]:
    try:
        if is_private(file):
            yield good(what, f"{file} is readable by its owner only")
        else:
            yield wrong(what, f"{file} can be read by others", f"chmod 600 {file}")
    except FileNotFoundError:
        if is_needed:
            yield wrong(what, f"{file} does not exist", "name the file that has it, or put it there")
    except OSError as error:
        yield wrong(what, f"{file}: {error.strerror}", f"let this user read it: chown {os.getuid()} {file}")


def _has_secret(document: Document) -> bool:
    if document.says(("database", "url")):
        return "@" in str(document.values["database"]["url"])
    return any(str(path[-1]) == "password" for path in document.places)
