"""A running Asterisk of our own: started as an ordinary user, asked, stopped, and never left behind.

    settings = NodeSettings(state_dir=Path(".state"), sip_port=…, http_port=…, …)
    node = await AsteriskNode.start(settings, progress=print)
    print(await node.rx("core show version"))
    node.credentials.ari_password, node.settings.ari_url, node.settings.cel_file
    await node.stop()

or `async with AsteriskNode.running(settings) as node: …`. Start it from the main thread: Linux kills the
node when the thread that started it ends, which is how nothing is left when this program is killed.
"""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import IO

from fernamt.node.child import signal_group, spawn
from fernamt.node.credentials import NodeCredentials, load_credentials
from fernamt.node.errors import NodeError
from fernamt.node.packages import find_asterisk, silent
from fernamt.node.program import Program
from fernamt.node.render import socket_directory, write_node
from fernamt.node.settings import NodeSettings
from fernamt.node.unpack import Progress, run

_LOOK_EVERY_S = 0.02
_STOP_LIMIT_S = 10.0


@dataclass(frozen=True, slots=True)
class AsteriskNode:
    """An Asterisk that is fully booted. Its settings and passwords are here for whoever talks to it."""

    settings: NodeSettings
    credentials: NodeCredentials
    program: Program
    _process: asyncio.subprocess.Process
    _lock: IO[str]

    @classmethod
    async def start(
        cls,
        settings: NodeSettings,
        *,
        debian_mirror: str | None = None,
        boot_limit_s: float = 60.0,
        progress: Progress = silent,
    ) -> "AsteriskNode":
        """A node is fully booted with these settings; an Asterisk is unpacked first if there is none.

        Raises NodeError when the node's folder is in use, when a setting is refused, or when Asterisk ends
        or is not up in time; the message carries what Asterisk said.
        """
        program = await find_asterisk(settings.state_dir, debian_mirror=debian_mirror, progress=progress)
        settings.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _take_lock(settings)
        try:
            credentials = load_credentials(settings.directory)
            conf = write_node(settings, program, credentials)
            _clear_socket_directory(settings)
            _forget_old_log(settings)
            progress(f"starting Asterisk {program.version} ({program.origin})")
            with (settings.directory / "log" / "console.log").open("wb") as output:
                process = await spawn(
                    (*program.argv, "-f", "-n", "-C", str(conf)),
                    directory=settings.directory,
                    output=output,
                    # Asterisk holds the lock itself: it is free exactly when no Asterisk has the folder.
                    hold=(lock.fileno(),),
                )
        except BaseException:
            lock.close()
            raise
        node = cls(settings, credentials, program, process, lock)
        try:
            await asyncio.wait_for(node._booted(), boot_limit_s)
        except BaseException as error:
            await node.kill()
            if isinstance(error, TimeoutError):
                raise NodeError(f"Asterisk was not up after {boot_limit_s:g} s:\n{node.last_words()}") from None
            raise
        return node

    @classmethod
    @asynccontextmanager
    async def running(cls, settings: NodeSettings, *, progress: Progress = silent) -> AsyncIterator["AsteriskNode"]:
        """The node runs inside the block and is gone after it."""
        node = await cls.start(settings, progress=progress)
        try:
            yield node
        finally:
            await node.stop()

    @property
    def pid(self) -> int:
        """The process id of Asterisk."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Asterisk has not ended."""
        return self._process.returncode is None

    @property
    def conf_file(self) -> Path:
        """The rendered asterisk.conf."""
        return self.settings.directory / "conf" / "asterisk.conf"

    @property
    def log_file(self) -> Path:
        """Warnings and errors of this run."""
        return self.settings.directory / "log" / "fernamt.log"

    async def rx(self, command: str) -> str:
        """What the console command answered. Raises NodeError when the node does not answer."""
        if "\n" in command or "\r" in command:
            raise NodeError(f"a console command is one line: {command!r}")
        return await run(*self.program.argv, "-C", self.conf_file, "-n", "-rx", command)

    async def wait(self) -> int:
        """Asterisk has ended by itself or by somebody; returns its exit code."""
        return await self._process.wait()

    async def stop(self, *, limit_s: float = _STOP_LIMIT_S) -> None:
        """Asterisk has ended, politely if it could within the limit, and nothing of it is left."""
        if self.is_running:
            with suppress(NodeError, TimeoutError):
                await asyncio.wait_for(self.rx("core stop now"), limit_s)
            try:
                await asyncio.wait_for(self._process.wait(), limit_s)
            except TimeoutError:
                signal_group(self._process, signal.SIGTERM)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), limit_s / 5)
        await self.kill()

    async def kill(self) -> None:
        """Asterisk and whatever it had started are gone at once, as after a crash."""
        signal_group(self._process, signal.SIGKILL)
        await self._process.wait()
        shutil.rmtree(socket_directory(self.settings), ignore_errors=True)
        self._lock.close()

    def suspend(self) -> None:
        """Asterisk stands still, as on a machine that hangs; `resume` lets it go on."""
        signal_group(self._process, signal.SIGSTOP)

    def resume(self) -> None:
        """A suspended Asterisk goes on."""
        signal_group(self._process, signal.SIGCONT)

    def last_words(self, *, characters: int = 4000) -> str:
        """The end of what Asterisk has logged and printed in this run."""
        paths = (self.log_file, self.log_file.with_name("console.log"))
        said = [path.read_text("utf-8", errors="replace").strip() for path in paths if path.is_file()]
        return "\n".join(filter(None, said))[-characters:]

    async def _booted(self) -> None:
        control = socket_directory(self.settings) / "asterisk.ctl"
        while not control.exists():
            self._must_run()
            await asyncio.sleep(_LOOK_EVERY_S)
        while True:
            self._must_run()
            try:
                said = await self.rx("core waitfullybooted")
            except NodeError:
                # The socket is there a moment before anybody listens on it.
                await asyncio.sleep(_LOOK_EVERY_S)
                continue
            if "fully booted" in said:
                return

    def _must_run(self) -> None:
        if not self.is_running:
            raise NodeError(f"Asterisk ended with {self._process.returncode} while starting:\n{self.last_words()}")


def _take_lock(settings: NodeSettings) -> IO[str]:
    path = settings.directory / "lock"
    lock = path.open("a+", encoding="utf-8")
    try:
        flock(lock, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        lock.close()
        raise NodeError(
            f"node {settings.name} in {settings.directory} is already running ({holder}): stop it, or give this one another name"
        ) from None
    lock.truncate(0)
    lock.write(f"started by process {os.getpid()}")
    lock.flush()
    return lock


def _clear_socket_directory(settings: NodeSettings) -> None:
    directory = socket_directory(settings)
    # The lock is ours, so a socket or pid file in here is what a crash has left.
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True, mode=0o700)


def _forget_old_log(settings: NodeSettings) -> None:
    log = settings.directory / "log" / "fernamt.log"
    if log.exists():
        log.replace(log.with_name("fernamt.log.1"))
