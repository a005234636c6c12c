"""Ports on this machine for tests, benchmarks and the demo: free, and nobody else's while this program runs.

A port that is merely free may be somebody else's before it is used: Linux gives those from 32,768 on to whoever connects, and
another run of the tests looks for some at the same moment. So every program has blocks of its own below, each marked by a name
in the kernel (an abstract Unix socket) that goes when the program ends.
"""

import random
import socket
from collections import deque
from contextlib import ExitStack
from functools import cache
from threading import Lock

from fernamt.node.errors import NodeError

_BLOCK = 250
_BLOCKS = range(10_000, 20_000, _BLOCK)
_RTP = range(20_000, 32_000)
_RTP_BLOCK = 500


def free_ports(count: int, *, address: str = "127.0.0.1") -> tuple[int, ...]:
    """That many ports for UDP and TCP alike, this program's until it ends; the one after each is nobody's either.

    A phone takes the next port for TLS, without being asked.
    """
    return tuple(_lasting().next_free(address, comes_again=False) for _ in range(count))


def brief_ports(count: int) -> tuple[int, ...]:
    """The same for a program that starts at once and is soon over: later on these ports are given out again.

    They are of blocks of their own, so that a whole block lies between two uses: one that was given out a moment ago and is not
    yet listened on looks free.
    """
    return tuple(_brief().next_free("127.0.0.1", comes_again=True) for _ in range(count))


def free_rtp_ports(count: int = _RTP_BLOCK) -> tuple[int, int]:
    """The first and last of that many in a row on which nobody listens now; Asterisk passes over those that are taken."""
    starts = range(_RTP.start, _RTP.stop - count + 1, _RTP_BLOCK)
    for first in random.sample(starts, len(starts)):
        with ExitStack() as held:
            try:
                for port in range(first, first + count):
                    held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first, first + count - 1
    raise NodeError(f"no {count} free UDP ports in a row between {_RTP.start} and {_RTP.stop}")


def may_bind(address: str, port: int) -> bool:
    """Whether nobody has the port, for TCP and for UDP."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with ExitStack() as held:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            one = held.enter_context(socket.socket(family, kind))
            if kind is socket.SOCK_STREAM:
                # Connections of the last run that still fade away are nobody's.
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind((address, port))
            except OSError:
                return False
    return True


class _Own:
    """Blocks of this program; every second port of them, the one given out longest ago first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ports: deque[int] = deque()

    def next_free(self, address: str, *, comes_again: bool) -> int:
        if not may_bind(address, 0):
            raise NodeError(f"{address} is no address of this machine")
        with self._lock:
            while True:
                for _ in range(len(self._ports)):
                    port = self._ports.popleft()
                    is_free = may_bind(address, port) and may_bind(address, port + 1)
                    if comes_again or not is_free:
                        self._ports.append(port)
                    if is_free:
                        return port
                self._take_block()

    def _take_block(self) -> None:
        for first in _BLOCKS:
            mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                mark.bind(f"\0fernamt-ports-{first}")
            except OSError:
                mark.close()
                continue
            mark.detach()  # it stands until this process ends
            self._ports.extend(range(first, first + _BLOCK, 2))
            return
        raise NodeError(f"every port from {_BLOCKS.start} to {_BLOCKS.stop} is another test's or demo's")


# Reservations are a matter of the whole process, whoever in it asks.


@cache
def _lasting() -> _Own:
    return _Own()


@cache
def _brief() -> _Own:
    return _Own()
