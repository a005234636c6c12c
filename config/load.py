"""Reads the settings: TOML files, then the environment, then secret files, the later over the earlier."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import (
    EnvSettingsSource,
    NestedSecretsSettingsSource,
    SecretsSettingsSource,
    SettingsError,
)

from config.check import error_path, fault_at, faults_of, pruned, shown
from config.documents import Document, read_toml
from config.faults import Fault, FaultsFound
from config.rules import breaches
from config.settings import ENV_PREFIX, NESTING, Settings
from config.toml_positions import Path as KeyPath

FILE_VARIABLE = "FERNAMT_CONFIG"
SECRETS_VARIABLE = "FERNAMT_SECRETS"
CLIENT_VARIABLES = frozenset({"FERNAMT_URL", "FERNAMT_TOKEN", "FERNAMT_DEBIAN_MIRROR", "FERNAMT_ASTERISK"})
USUAL_FILES = (Path("fernamt.toml"), Path("/etc/fernamt/fernamt.toml"))
USUAL_SECRETS = Path("/run/secrets/fernamt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Valid settings and where they came from."""

    settings: Settings
    files: tuple[Path, ...]
    secrets_dir: Path | None


def load(files: Sequence[Path] = (), secrets_dir: Path | None = None) -> Loaded:
    """The settings of files, environment and secret files. Raises `FaultsFound` with every fault of all of them.

    Without `files`: those named in FERNAMT_CONFIG (separated by ':'), else the first that exists of ./fernamt.toml and
    /etc/fernamt/fernamt.toml, else none. Secret files: FERNAMT_SECRETS, else a service manager's credentials folder.
    """
    chosen = tuple(files) or usual_files()
    secrets = secrets_dir or _usual_secrets()
    read: list[Document] = []
    faults: list[Fault] = []
    for one in (*map(read_toml, chosen), _environment(), _secret_files(secrets)):
        if isinstance(one, Fault):
            faults.append(one)
        elif one is not None:
            read.append(one)
    faults += _unknown_variables()
    settings, found = _judge(read)
    faults += found
    if faults or settings is None:
        raise FaultsFound(faults)
    return Loaded(settings=settings, files=chosen, secrets_dir=secrets)


def usual_files() -> tuple[Path, ...]:
    """The files that are read when none is named on the command line."""
    named = os.environ.get(FILE_VARIABLE)
    if named:
        return tuple(Path(one) for one in named.split(":"))
    return next(((file,) for file in USUAL_FILES if file.exists()), ())


def _judge(documents: Sequence[Document]) -> tuple[Settings | None, list[Fault]]:
    """Settings where there is no fault; otherwise every fault, also those between keys that are right by themselves."""
    merged: dict[str, Any] = {}
    for document in documents:
        merged = _over(merged, document.values)
    faults: list[Fault] = []
    bad: set[KeyPath] = set()
    settings: Settings | None = None
    while settings is None:
        try:
            settings = Settings(**pruned(merged, bad))
        except ValidationError as error:
            faults = faults or faults_of(error, Settings, documents)
            bad |= {_outermost_new(error_path(details, Settings), bad) for details in error.errors(include_url=False)}
    for path, expected, given in breaches(settings):
        if not any(path[: len(one)] == one for one in bad):
            faults.append(fault_at(path, expected=expected, given=given, documents=documents))
    return (None if faults else settings), faults


def _outermost_new(path: KeyPath, known: set[KeyPath]) -> KeyPath:
    """The path, or what is around it where leaving the path itself out did not help (an element that is missing)."""
    while path in known and len(path) > 1:
        path = path[:-1]
    return path


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _over(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return merged


def _environment() -> Document | Fault:
    try:
        values = EnvSettingsSource(Settings)()
    except SettingsError as error:
        return _broken_variable(error)
    names: dict[KeyPath, str] = {
        tuple(name[len(ENV_PREFIX) :].lower().split(NESTING)): name for name in os.environ if name.upper().startswith(ENV_PREFIX)
    }
    return Document(source="environment", values=values, names=names)


def _broken_variable(error: SettingsError) -> Fault:
    """The variable whose text is no JSON where the key wants a list or a table."""
    text = error.__cause__.doc if isinstance(error.__cause__, json.JSONDecodeError) else None
    name = next((n for n in sorted(os.environ) if n.startswith(ENV_PREFIX) and os.environ[n] == text), "environment")
    key = name[len(ENV_PREFIX) :].lower().replace(NESTING, ".") if text is not None else "(value)"
    return Fault(source=name, key=key, expected="JSON: a list such as [1, 2] or a table", given="text that is none")


def _unknown_variables() -> list[Fault]:
    """Variables with our prefix that mean nothing, most likely typing errors."""
    known = {FILE_VARIABLE, SECRETS_VARIABLE, *CLIENT_VARIABLES}
    faults = []
    for name in sorted(os.environ):
        path = tuple(name[len(ENV_PREFIX) :].lower().split(NESTING))
        if name.startswith(ENV_PREFIX) and name not in known and path[0] not in Settings.model_fields:
            sections = ", ".join(f"{ENV_PREFIX}{section.upper()}{NESTING}…" for section in Settings.model_fields)
            value = shown(os.environ[name], path, Settings) if len(path) > 1 else "a value"
            faults.append(Fault(source=name, key=".".join(path), expected=f"a known section: {sections}", given=value))
    return faults


def _usual_secrets() -> Path | None:
    named = os.environ.get(SECRETS_VARIABLE) or os.environ.get("CREDENTIALS_DIRECTORY")
    if named:
        return Path(named)
    return USUAL_SECRETS if USUAL_SECRETS.is_dir() else None


def _secret_files(folder: Path | None) -> Document | Fault | None:
    """Files named like keys, `database__url` or `switch__node1__trunk__carrier__password`; the content is the value."""
    if folder is None:
        return None
    if not folder.is_dir():
        return Fault(source=str(folder), key="(secrets)", expected="a folder of secret files", given="none")
    source = NestedSecretsSettingsSource(
        SecretsSettingsSource(Settings, folder),
        secrets_dir=folder,
        secrets_prefix="",
        secrets_nested_delimiter=NESTING,
    )
    names: dict[KeyPath, str] = {
        tuple(file.name.lower().split(NESTING)): str(file) for file in folder.iterdir() if file.is_file()
    }
    try:
        return Document(source=str(folder), values=source(), names=names)
    except (SettingsError, OSError, UnicodeDecodeError) as error:
        return Fault(source=str(folder), key="(secrets)", expected="readable text files", given=str(error))
