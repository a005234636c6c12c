"""A private PostgreSQL for tests and benchmarks: its own cluster, an ordinary user, a free loopback port, gone at the end.

Needs the server's programs (Debian: `apt install postgresql`); started as root, it runs as the user `postgres` or `nobody`.
"""

import os
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from fernamt.node.ports import free_ports

MEMORY = Path("/dev/shm")
ROOM_FOR_CLUSTER = 2 << 30


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running cluster."""

    folder: Path
    port: int
    programs: Path
    is_synced: bool = True
    """Whether a commit waits for the disk. Where it does not, all is as before, but a machine that fails may lose the cluster."""

    def url(self, database: str) -> str:
        """The address of a database over TCP on loopback."""
        return f"postgresql://fernamt@127.0.0.1:{self.port}/{quote(database)}"

    def create(self, database: str, like: str | None = None) -> str:
        """A database of that name exists, empty, or a copy of another to which nobody is connected; its address."""
        self._admin(f'CREATE DATABASE "{database}"' + (f' TEMPLATE "{like}"' if like else ""))
        return self.url(database)

    def drop(self, database: str) -> None:
        """The database is gone, whoever is connected."""
        self._admin(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def stop(self) -> None:
        """The server is down, at once, as in a crash; `start` recovers it."""
        self._pg_ctl("-m", "immediate", "-w", "stop")

    def start(self) -> None:
        """The server answers."""
        options = f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self.folder}"
        if not self.is_synced:
            options += " -c fsync=off -c full_page_writes=off"  # synchronous_commit stays what each connection says
        self._pg_ctl("-l", str(self.folder / "log"), "-o", options, "-w", "start")

    def _pg_ctl(self, *arguments: str) -> None:
        _run(self.programs / "pg_ctl", "-D", str(self.folder / "data"), *arguments)

    def _admin(self, statement: str) -> None:
        server = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "fernamt", "-d", "postgres")
        _run(self.programs / "psql", "-X", "-q", *server, "-c", statement)


def programs() -> Path | None:
    """Where the newest installed server's programs are; None: PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parent.parent.name))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).parent if on_path else None


def in_memory() -> Path | None:
    """A folder that no disk is behind, for what need not outlive the machine; None: there is none with room for a cluster."""
    try:
        return MEMORY if shutil.disk_usage(MEMORY).free > ROOM_FOR_CLUSTER else None
    except FileNotFoundError:
        return None


@contextmanager
def private_postgres(parent: Path | None = None, *, is_synced: bool = True) -> Iterator[Postgres]:
    """A cluster that lives as long as the block; its files under `parent` or the temporary folder.

    Whoever proves what is durable, or stops the cluster, needs a synced one.
    """
    where = programs()
    if where is None:
        raise FileNotFoundError("PostgreSQL's server programs are not installed: apt install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="fernamt-pg-", dir=parent))
    try:
        _give_to_owner(folder)
        options = ("-U", "fernamt", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", *([] if is_synced else ["--no-sync"]))
        _run(where / "initdb", "-D", str(folder / "data"), *options)
        (port,) = free_ports(1)
        cluster = Postgres(folder, port, where, is_synced)
        cluster.start()
        try:
            yield cluster
        finally:
            _end(folder / "data" / "postmaster.pid")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _give_to_owner(folder: Path) -> None:
    if (owner := _owner()) is not None:
        entry = pwd.getpwnam(owner)
        os.chown(folder, entry.pw_uid, entry.pw_gid)


def _run(program: Path, *arguments: str) -> None:
    owner = _owner()
    if owner is None:
        command = [str(program), *arguments]
    else:
        group = pwd.getpwnam(owner).pw_gid
        command = ["setpriv", f"--reuid={owner}", f"--regid={group}", "--clear-groups", str(program), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", timeout=60)
    if done.returncode:
        raise RuntimeError(f"{program.name} failed: {done.stderr or done.stdout}")


def _end(pid_file: Path) -> None:
    """The server of this data folder is asked to stop fast, and waited for; nothing happens when it is not running."""
    try:
        pid = int(pid_file.read_text().splitlines()[0])
        os.kill(pid, signal.SIGINT)
    except (FileNotFoundError, ProcessLookupError):
        return
    handle = None
    try:
        handle = os.pidfd_open(pid)
        if not select.select([handle], [], [], 20)[0]:
            os.kill(pid, signal.SIGQUIT)
    except ProcessLookupError:
        pass
    finally:
        if handle is not None:
            os.close(handle)
