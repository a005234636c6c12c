"""The log files of the nodes on this machine: the worker has each begin a new one in time, so that old ones can go at their term.

Asterisk holds its log open, so it is Asterisk that has to begin a new one (`logger rotate`); the old one then bears the second
of that in its name (rotatestrategy = timestamp in logger.conf).
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import structlog

from fernamt.node.packages import find_asterisk, named_or_installed
from fernamt.node.render import socket_directory
from fernamt.node.settings import NodeSettings
from fernamt.node.unpack import run

LOG = "fernamt.log"
CONSOLE = "console.log"
LOOK_EVERY_S = 60.0
DAY_S = 86_400
LARGEST_BYTES = 16 * 1_024 * 1_024
MOST_FILES = 60
"""Beyond that the oldest goes before its term: a node that complains without end does not fill the disk."""

_log = structlog.get_logger("fernamt.node.logs")


def open_files(nodes: Sequence[NodeSettings]) -> list[Path]:
    """What Asterisk itself has open: never to be deleted, however long nothing was written."""
    return [node.directory / "log" / name for node in nodes for name in (LOG, CONSOLE)]


class RotateLogs:
    """No log file of a node grows for more than a day, nor much beyond `largest_bytes`."""

    name = "rotate_logs"

    def __init__(
        self, nodes: Sequence[NodeSettings], *, largest_bytes: int = LARGEST_BYTES, most_files: int = MOST_FILES
    ) -> None:
        self._nodes = tuple(nodes)
        self._largest_bytes = largest_bytes
        self._most_files = most_files

    async def run_once(self, is_stopping: Callable[[], bool]) -> float:
        """Every node whose log is old or large enough has begun a new one."""
        for node in self._nodes:
            if is_stopping():
                break
            if await asyncio.to_thread(self._is_due, node) and await _begin_anew(node):
                _log.info("the log of a node was begun anew", node=node.name)
            await asyncio.to_thread(self._forget_oldest, node)
        return LOOK_EVERY_S

    def _is_due(self, node: NodeSettings) -> bool:
        log = node.directory / "log" / LOG
        if not log.is_file() or log.stat().st_size == 0:
            return False
        if log.stat().st_size >= self._largest_bytes:
            return True
        began = max((at for at, _ in rotated(node)), default=0)
        return time.time() - began >= DAY_S

    def _forget_oldest(self, node: NodeSettings) -> None:
        for _, path in sorted(rotated(node), reverse=True)[self._most_files :]:
            path.unlink(missing_ok=True)


def rotated(node: NodeSettings) -> Iterator[tuple[int, Path]]:
    """The files before the present one, each with the second at which it was closed."""
    for path in (node.directory / "log").glob(f"{LOG}.*"):
        closed_at = path.name.removeprefix(f"{LOG}.")
        if closed_at.isdecimal() and len(closed_at) > len("1"):  # .1 is the log of the run before
            yield int(closed_at), path


async def _begin_anew(node: NodeSettings) -> bool:
    """The node writes to a new file; False where it does not run. Raises `NodeError` when it does not answer."""
    is_there = named_or_installed() is not None or (node.state_dir / "packages" / "asterisk" / "root").is_dir()
    if not is_there or not (socket_directory(node) / "asterisk.ctl").exists():
        return False
    program = await find_asterisk(node.state_dir)
    conf = node.directory / "conf" / "asterisk.conf"
    await run(*program.argv, "-C", conf, "-n", "-rx", "logger rotate")
    return True
