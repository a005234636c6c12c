"""Frames off the socket, in the very call in which the kernel's bytes came: no queue and no task between packet and turn.

aiohttp makes the connection and parses the frames (its C reader); what it leaves out here is its own queue, whose reader is
woken one round of the loop later, about 0.1 ms that every ringing phone would wait.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from aiohttp import WSMessage, WSMsgType
from aiohttp._websocket.reader import WebSocketDataQueue  # what its reader demands as a place for messages
from aiohttp.http import WebSocketReader

from telephony.switch.asterisk.ari_wire import close_frame, pong_frame


class _Handed(WebSocketDataQueue):
    """Hands every message on instead of keeping it."""

    def __init__(self, take: Callable[[WSMessage], None]) -> None:
        super().__init__(None, 0, loop=asyncio.get_running_loop())  # type: ignore[arg-type]
        self._take = take

    def feed_data(self, data: WSMessage, _size: int) -> None:  # type: ignore[override]
        self._take(data)


class FrameProtocol(asyncio.Protocol):
    """Reads a WebSocket that is open already: every text frame goes to `on_text`, or to `on_other` what is none.

    `before` is the protocol that opened it and hears of its end. An exception out of a callback goes to `on_error` and
    drops the connection.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        before: asyncio.Protocol,
        *,
        limit_bytes: int,
        on_text: Callable[[bytes], None],
        on_other: Callable[[], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        self._transport = transport
        self._before = before
        self._on_text = on_text
        self._on_other = on_other
        self._on_error = on_error
        self._socket = transport.get_extra_info("socket")
        # uvloop sends at the end of the loop's round, unless that is more than may wait: so nothing waits.
        transport.set_write_buffer_limits(high=0)
        self._reader = WebSocketReader(_Handed(self._take), limit_bytes, compress=False, decode_text=False)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`. Acknowledged at once: the kernel forgets the option, hence at every receive."""
        is_broken, _ = self._reader.feed_data(data)
        if is_broken:
            self._transport.abort()
        elif hasattr(socket, "TCP_QUICKACK"):
            with suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def eof_received(self) -> None:
        """See `asyncio.Protocol`."""

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._before.connection_lost(exc)

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._before.pause_writing()

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._before.resume_writing()

    def _take(self, message: WSMessage) -> None:
        if self._transport.is_closing():
            return
        if message.type is WSMsgType.TEXT:
            try:
                self._on_text(message.data)
            except Exception as error:  # noqa: BLE001 - whoever runs the line gets it; the C reader above knows no exceptions
                self._on_error(error)
                self._transport.abort()
        elif message.type is WSMsgType.PING:
            self._transport.write(pong_frame(bytes(message.data)))
        elif message.type is WSMsgType.CLOSE:
            self._transport.write(close_frame())
            self._transport.close()
        elif message.type is not WSMsgType.PONG:
            self._on_other()
