"""A peer that speaks ARI's REST over WebSocket as Asterisk does, and misbehaves at will: faults that a real one shows rarely."""

import asyncio
import json
from typing import Any

import aiohttp

from telephony.switch.asterisk.ari_wire import basic_auth


class FakeAsterisk:
    """Dials the controller's socket; answers each request with `status`, unless told to be silent."""

    def __init__(self, port: int, *, user: str = "asterisk", password: str = "p") -> None:  # noqa: S107
        self._url = f"ws://127.0.0.1:{port}/ari"
        self._headers = {"Authorization": basic_auth(user, password)}
        self.requests: list[dict[str, Any]] = []
        self.status = 204
        self.is_silent = False
        self.frames_at_once: list[int] = []
        self._session = aiohttp.ClientSession()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None

    async def dial(self, *, registers: bool = True) -> None:
        """Connected, and both apps registered."""
        self._socket = await self._session.ws_connect(self._url, headers=self._headers, protocols=("ari",))
        self._reading = asyncio.create_task(self._read(self._socket))
        if registers:
            await self.register()

    async def register(self) -> None:
        for app in ("fernamt", "fernamt-presence"):
            await self.event({"type": "ApplicationRegistered", "application": app, "timestamp": "2026-07-09T12:00:00.000+0000"})

    async def event(self, event: dict[str, Any]) -> None:
        await self.text(json.dumps(event))

    async def text(self, text: str) -> None:
        assert self._socket is not None
        await self._socket.send_str(text)

    async def raw(self, payload: bytes) -> None:
        """A text frame of any bytes, broken UTF-8 included."""
        assert self._socket is not None
        await self._socket.send_frame(payload, aiohttp.WSMsgType.TEXT)

    async def binary(self, payload: bytes) -> None:
        assert self._socket is not None
        await self._socket.send_bytes(payload)

    async def closed(self) -> None:
        """Returns once the other side has cut the line."""
        assert self._reading is not None
        await self._reading

    async def hang_up(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reading is not None:
            await self._reading

    async def end(self) -> None:
        await self.hang_up()
        await self._session.close()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            request = json.loads(message.data)
            self.requests.append(request)
            if not self.is_silent:
                answer = {"type": "RESTResponse", "request_id": request["request_id"], "status_code": self.status}
                await socket.send_str(json.dumps(answer))
