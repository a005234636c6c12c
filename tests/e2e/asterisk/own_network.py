"""A network of the test's own (Linux network namespace), in which single ports can be cut off. Needs root and iproute2."""

import contextlib
import ctypes
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

CLONE_NEWNET = 0x40000000


class NoNetwork(Exception):
    """This machine or account cannot have a network of its own; tells why."""


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


class OwnNetwork:
    """Loopback alone; what is cut off stays up and running, but nothing it sends arrives."""

    def __init__(self) -> None:
        self._cut: list[int] = []

    def cut_off(self, pid: int) -> None:
        """No packet leaves the UDP ports that process has now."""
        listed = subprocess.run(["ss", "-Hunap"], check=True, capture_output=True, text=True).stdout
        ports = {int(re.split(r"\s+", line)[3].rpartition(":")[2]) for line in listed.splitlines() if f"pid={pid}," in line}
        assert ports, f"process {pid} has no UDP port: {listed}"
        for port in sorted(ports):
            _ip("rule", "add", "pref", "1", "ipproto", "udp", "sport", str(port), "blackhole")
            self._cut.append(port)

    def heal(self) -> None:
        """Everything arrives again."""
        for port in self._cut:
            _ip("rule", "del", "pref", "1", "ipproto", "udp", "sport", str(port))
        self._cut.clear()


@contextlib.contextmanager
def own_network() -> Iterator[OwnNetwork]:
    """This thread, and every process it starts, live in a network of their own inside the block. Raises `NoNetwork`."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open() as before:
        if libc.unshare(CLONE_NEWNET) != 0:
            raise NoNetwork(f"a network namespace needs root: {os.strerror(ctypes.get_errno())}")
        try:
            try:
                _ip("link", "set", "lo", "up")
                # The table of local addresses is asked first of all; rules of ours have to come before it.
                _ip("rule", "add", "pref", "10", "lookup", "local")
                _ip("rule", "del", "pref", "0")
            except (OSError, subprocess.CalledProcessError) as error:
                raise NoNetwork(f"a network namespace needs iproute2 and rules by port: {error}") from error
            yield OwnNetwork()
        finally:
            assert libc.setns(before.fileno(), CLONE_NEWNET) == 0, "back in the machine's network"
