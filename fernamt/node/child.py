"""Programs started beside this one that never outlive it."""

import asyncio
import os
import shutil
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from fernamt.node.errors import NodeError
from fernamt.node.packages import ASTERISK_VARIABLE

# A fixed text; the program and its arguments are handed through as they are. (uvloop knows no `umask`.)
_PRIVATELY = 'umask 077; exec "$@"'
_KEPT = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", ASTERISK_VARIABLE)


async def spawn(
    argv: Sequence[str],
    *,
    directory: Path,
    output: IO[bytes] | int,
    hold: Sequence[int] = (),
) -> asyncio.subprocess.Process:
    """The program runs in a process group of its own and is killed by the kernel when this one ends.

    Linux sends that signal when the *thread* that started the child ends: call it from the main thread.
    `output` takes what it prints, `hold` are file descriptors it keeps open. Its files are its owner's alone.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise NodeError("setpriv not found: it is in the Debian package util-linux")
    return await asyncio.create_subprocess_exec(
        *("/bin/sh", "-c", _PRIVATELY, "sh", setpriv, "--pdeathsig", "KILL", "--", *argv),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
        cwd=directory,
        env={key: os.environ[key] for key in _KEPT if key in os.environ} | {"LC_ALL": "C.UTF-8"},
        start_new_session=True,
        pass_fds=tuple(hold),
    )


def signal_group(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """The program and what it has started have the signal; nothing happens when all are gone."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


async def end(process: asyncio.subprocess.Process, *, limit_s: float) -> None:
    """The program and what it has started are gone: by SIGTERM if that does within the limit, else killed."""
    if process.returncode is None:
        signal_group(process, signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), limit_s)
    signal_group(process, signal.SIGKILL)
    await process.wait()
