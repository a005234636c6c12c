"""Room on the disks that must not fill, whether they are disks at all, and what the spool still holds."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from fernamt.doctor.finding import Finding, doubtful, good, not_tested, wrong
from fernamt.installation import Places, sqlite_file

LEAST_FREE = 1 << 30
COMFORTABLE_FREE = 5 << 30
SLOW_FSYNC_MS = 50.0
_IN_MEMORY = ("tmpfs", "ramfs")


def examine_disk(places: Places) -> Iterator[Finding]:
    """The folders that calls are written to."""
    database = sqlite_file(places.database_url)
    folders = {"disk of the state folder": places.state, "disk of the spool": places.spool.parent}
    if database is not None:
        folders["disk of the database"] = database.parent
    seen: set[int] = set()
    for what, wanted in folders.items():
        folder = _existing(wanted)
        device = folder.stat().st_dev
        if device not in seen:
            seen.add(device)
            yield _room(what, folder)
            yield _durable(what, folder)
    yield _spool(places.spool)


def _room(what: str, folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    found = f"{free / (1 << 30):.1f} GiB free at {folder}"
    if free < LEAST_FREE:
        return wrong(what, found, "make room: with a full disk the journal goes to memory only")
    if free < COMFORTABLE_FREE:
        return doubtful(what, found, "five GiB or more keep a long outage of the database without worry")
    return good(what, found)


def _durable(what: str, folder: Path) -> Finding:
    what = what.replace("disk", "durability", 1)
    kind = _filesystem(folder)
    if kind in _IN_MEMORY:
        return wrong(what, f"{folder} is {kind}, which is gone with the power", "name a folder on a disk as service.state_dir")
    if not os.access(folder, os.W_OK):
        return wrong(what, f"{folder} cannot be written", f"chown -R {os.getuid()} {folder}")
    probe = folder / f".fernamt-doctor-{os.getpid()}"
    try:
        with probe.open("wb") as file:
            started = time.perf_counter()
            file.write(b"probe")
            file.flush()
            os.fsync(file.fileno())
            took_ms = (time.perf_counter() - started) * 1_000
    except OSError as error:
        return wrong(what, f"writing to {folder}: {error.strerror}", "mend the disk, or name another folder")
    finally:
        probe.unlink(missing_ok=True)
    found = f"a write is on the {kind or 'disk'} after {took_ms:.1f} ms"
    if took_ms > SLOW_FSYNC_MS:
        return doubtful(what, found, "events wait for this disk; a quicker one keeps the spool out of use")
    return good(what, found)


def _spool(spool: Path) -> Finding:
    try:
        size = spool.stat().st_size
    except FileNotFoundError:
        return good("spool", f"empty ({spool})")
    except OSError as error:
        return not_tested("spool", f"{spool}: {error.strerror}")
    return good("spool", f"{size} bytes at {spool}; what is in it goes to the database first")


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def _filesystem(folder: Path) -> str | None:
    """The kind of file system the folder is on, by the longest mount point above it."""
    try:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return None
    here = folder.resolve()
    above = [(mount[1], mount[2]) for mount in mounts if here.is_relative_to(mount[1])]
    return max(above, key=lambda mount: len(mount[0]))[1] if above else None
