"""The second path, for versions that cannot dial us: we connect to Asterisk's event socket and send requests by HTTP.

Asterisk drops the events of an app nobody listens to, so each connect is followed by a snapshot all the more.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

import aiohttp
import msgspec
from yarl import URL

from telephony.switch.asterisk.ari import CUT, OnAnswer, OnFrame
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest, decode
from telephony.switch.asterisk.settings import AriSettings

_RECONNECT_S = 0.5


class InboundLine:
    """Same use as `AriLine`. Requests go out one after the other: their order is the order of the call."""

    def __init__(self, settings: AriSettings) -> None:
        self._settings = settings
        self._http = AriHttp(settings, at_once=2)  # the socket's own, and one for the requests in line
        self._waiting: deque[tuple[AriRequest, OnAnswer]] = deque()
        self._has_work = asyncio.Event()
        self._socket: aiohttp.ClientWebSocketResponse[bool] | None = None
        self._closing: asyncio.Task[bool] | None = None
        self.nonsense = 0
        self.refused = 0
        self.port = 0

    @property
    def is_up(self) -> bool:
        """Requests can be written."""
        return self._socket is not None and not self._socket.closed

    def write(self, requests: Sequence[tuple[AriRequest, OnAnswer]]) -> None:
        """The requests are in line to be sent, in this order; each callback gets its answer, once."""
        if not self.is_up:
            loop = asyncio.get_running_loop()
            for _, on_answer in requests:
                loop.call_soon(on_answer, AriAnswer(CUT))
            return
        self._waiting.extend(requests)
        self._has_work.set()

    async def ask(self, request: AriRequest) -> AriAnswer:
        """The answer to one request that belongs to no call; it overtakes those in line."""
        return await self._http.ask(request)

    def cut(self) -> None:
        """The connection is closed and made anew."""
        if self._socket is not None:
            self._closing = asyncio.get_running_loop().create_task(self._socket.close())

    async def run(self, on_frame: OnFrame, *, on_up: Callable[[], None], on_down: Callable[[], None]) -> None:
        """Connected, and again for ever, until cancelled."""
        async with self._http, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._work_off())
            while True:
                # Not there, or not yet: tried again.
                with suppress(aiohttp.ClientError, OSError, TimeoutError):
                    await self._session(on_frame, on_up, on_down)
                await asyncio.sleep(_RECONNECT_S)

    async def _session(self, on_frame: OnFrame, on_up: Callable[[], None], on_down: Callable[[], None]) -> None:
        apps = f"{self._settings.call_app},{self._settings.presence_app}"
        url = URL(f"{self._settings.http_url}/events").with_query(app=apps)
        async with self._http.session().ws_connect(
            url, max_msg_size=self._settings.frame_limit_bytes, decode_text=False, heartbeat=10.0
        ) as connection:
            self._socket = connection
            on_up()
            try:
                async for message in connection:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        self._hand_on(message.data, on_frame)
            finally:
                self._socket = None
                self._cut_waiting()
                on_down()

    def _hand_on(self, raw: bytes, on_frame: OnFrame) -> None:
        try:
            frame = decode(raw)
        except msgspec.DecodeError:
            self.nonsense += 1
            return
        on_frame(frame)

    async def _work_off(self) -> None:
        while True:
            await self._has_work.wait()
            self._has_work.clear()
            while self._waiting:
                request, on_answer = self._waiting.popleft()
                on_answer(await self._http.ask(request))

    def _cut_waiting(self) -> None:
        waiting, self._waiting = self._waiting, deque()
        for _, on_answer in waiting:
            on_answer(AriAnswer(CUT))
