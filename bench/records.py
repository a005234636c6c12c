"""What a benchmark leaves behind: one record a figure, with machine, versions and time, so that nobody has to guess later."""

import os
import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

FIELDS = ("name", "value", "unit", "baseline", "ratio", "target", "ok", "command", "machine", "versions", "at")
_PACKAGES = ("SQLAlchemy", "aiohttp", "aiosqlite", "msgspec", "uvloop")


class BenchImpossible(Exception):
    """This benchmark needs something that is not here; the message says what, and how to get it."""


def complete(record: Mapping[str, Any], *, command: str, at: str) -> dict[str, Any]:
    """The record with every field, what the benchmark did not say itself filled in. Raises `ValueError` for an unknown field."""
    unknown = set(record) - set(FIELDS)
    if unknown or "name" not in record or "value" not in record or "unit" not in record:
        raise ValueError(f"a record has {', '.join(FIELDS)}; this one is {dict(record)}")
    whole: dict[str, Any] = dict.fromkeys(FIELDS)
    whole |= {"command": command, "machine": machine(), "at": at}
    whole |= {name: value for name, value in record.items() if value is not None}
    whole["versions"] = versions() | dict(record.get("versions") or {})
    for name in ("value", "baseline", "ratio", "target"):
        if isinstance(whole[name], float):
            whole[name] = float(f"{whole[name]:.4g}") if abs(whole[name]) < 1_000 else round(whole[name], 1)
    return whole


def machine() -> str:
    """Processor, how many of it this process may use, and the memory."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{models[0] if models else platform.machine()}, {cores} cores, {memory:.0f} GiB, {platform.system()}"


def versions() -> dict[str, str]:
    """Of what decides speed, and of ourselves."""
    found = {"python": platform.python_version(), "fernamt": _commit()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def now() -> str:
    """The present, as records write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def missed(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the figures that miss their target."""
    return [str(record["name"]) for record in records if record.get("ok") is False]


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent)
    return found.stdout.strip() or "unknown"
