"""A router between a browser phone and the switch: what the page is told of the switch's media leads here, and ports change.

    router = await MovingRouter.before(context)     # before any tab is opened
    …
    router.rebind()                                 # media comes from other ports from now on, and the old ones are nobody's

The switch is told a port where nobody is, as of a private address: it learns of the browser from its packets alone. Signalling
goes over a connection that a router keeps, or that breaks and is made anew; that is the page's to do, and tried elsewhere.
"""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from playwright.async_api import BrowserContext, WebSocketRoute

from tests.e2e.service.home_router import HERE, Address, Way

_CANDIDATE = re.compile(r"^(a=candidate:\S+ \d+ udp \d+) \S+ (\d+) typ \S+.*$", re.MULTILINE | re.IGNORECASE)
_LENGTH = re.compile(r"^Content-Length: *\d+", re.MULTILINE | re.IGNORECASE)


class Stream:
    """One way through: a port for the browser, and one that the switch sees."""

    def __init__(self, switch_port: int) -> None:
        self._switch = (HERE, switch_port)
        self._browser: Address | None = None
        self.carried = 0
        self.inside = Way(self._from_browser)
        self._outside = Way(self._from_switch)

    def rebind(self) -> None:
        """It comes from another port."""
        self._outside.close()
        self._outside = Way(self._from_switch)

    def close(self) -> None:
        """Both ports are nobody's."""
        self.inside.close()
        self._outside.close()

    def _from_browser(self, data: bytes, sender: Address) -> None:
        self._browser = sender
        self.carried += 1
        self._outside.send(data, self._switch)

    def _from_switch(self, data: bytes, _sender: Address) -> None:
        if self._browser is not None:
            self.inside.send(data, self._browser)


@dataclass(slots=True)
class MovingRouter:
    """The router, as long as the browser's context lives."""

    _streams: dict[int, Stream] = field(default_factory=dict)
    _nowhere: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

    @classmethod
    async def before(cls, context: BrowserContext) -> Self:
        """Every socket of a page in this context goes through the router."""
        router = cls()
        router._nowhere.bind((HERE, 0))
        await context.route_web_socket(re.compile(r"^wss?://.*/ws$"), lambda page: router._carry(page))  # noqa: PLW0108 - a bound method of a slotted object is refused
        return router

    @property
    def carries(self) -> int:
        """How many packets of the browser's have come through."""
        return sum(stream.carried for stream in self._streams.values())

    def rebind(self) -> None:
        """The browser's media comes from other ports from now on."""
        for stream in self._streams.values():
            stream.rebind()

    def close(self) -> None:
        """All ports are nobody's."""
        for stream in self._streams.values():
            stream.close()
        self._nowhere.close()

    def _carry(self, page: WebSocketRoute) -> None:
        switch = page.connect_to_server()
        switch.on_message(lambda said: page.send(_with_candidates(said, self._way_to)))
        page.on_message(lambda said: switch.send(_with_candidates(said, lambda _port: self._nowhere.getsockname()[1])))

    def _way_to(self, switch_port: int) -> int:
        if switch_port not in self._streams:
            self._streams[switch_port] = Stream(switch_port)
        return self._streams[switch_port].inside.port


def _with_candidates(said: str | bytes, port_of: Callable[[int], int]) -> str | bytes:
    if isinstance(said, bytes):
        return said
    head, cut, body = said.partition("\r\n\r\n")
    changed = _CANDIDATE.sub(lambda found: f"{found[1]} {HERE} {port_of(int(found[2]))} typ host", body)
    if not cut or changed == body:
        return said
    return _LENGTH.sub(f"Content-Length: {len(changed.encode())}", head) + cut + changed
