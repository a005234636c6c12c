"""The line Asterisk dials to us: a persistent outbound WebSocket (22.5 and later) with REST requests on it.

Measured on 22.10.1, and built in here: nothing is sent before ApplicationRegistered (a request right after the 101 hung in
7 of 25 connections); TCP_QUICKACK at every receive (without it answers take 42 ms, with it 1.2 ms); the reader only decodes
and hands on, it never waits.
"""

import asyncio
import hmac
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

import msgspec
from aiohttp import web

from telephony.errors import SwitchError
from telephony.switch.asterisk.ari_frames import FrameProtocol
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest, Frame, basic_auth, decode, encode_request, text_frame
from telephony.switch.asterisk.settings import AriSettings

OnAnswer = Callable[[AriAnswer], None]
OnFrame = Callable[[Frame], None]

TIMED_OUT = 0
"""The status of an answer that did not come in time."""
CUT = -1
"""The status of an answer that cannot come any more: the line was cut."""

_NONSENSE_LIMIT = 100
"""So many frames in a row that are no JSON of ARI's are enough: the line is cut and Asterisk dials again."""


class Pending:
    """Requests that wait for their answers, oldest first. Each callback is called exactly once."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._waiting: dict[str, tuple[float, OnAnswer]] = {}
        self._number = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, on_answer: OnAnswer, now: float) -> str:
        """The request's id."""
        self._number += 1
        request_id = str(self._number)
        self._waiting[request_id] = (now + self._timeout_s, on_answer)
        return request_id

    def answer(self, request_id: str, answer: AriAnswer) -> bool:
        """Hands the answer to who waits for it; False if nobody does (any more)."""
        found = self._waiting.pop(request_id, None)
        if found is None:
            return False
        found[1](answer)
        return True

    def expire(self, now: float) -> int:
        """Answers what waited too long with TIMED_OUT and says how many those were."""
        late = []
        for request_id, (due, _) in self._waiting.items():
            if due > now:
                break
            late.append(request_id)
        for request_id in late:
            self.answer(request_id, AriAnswer(TIMED_OUT))
        return len(late)

    def cut(self) -> None:
        """Answers everything with CUT."""
        waiting, self._waiting = self._waiting, {}
        for _, on_answer in waiting.values():
            on_answer(AriAnswer(CUT))


class AriLine:
    """The outbound line: listens for Asterisk, keeps one connection, reports its ups and downs."""

    def __init__(self, settings: AriSettings) -> None:
        self._settings = settings
        self._pending = Pending(settings.request_timeout_s)
        self._socket: web.WebSocketResponse | None = None
        self._transport: asyncio.Transport | None = None
        self._left: asyncio.Event | None = None
        self._held: deque[Frame] = deque()
        self._registered: set[str] = set()
        self._is_up = False
        self._opened_at = 0.0
        self._nonsense_in_a_row = 0
        self._broken: asyncio.Future[None] | None = None
        self.nonsense = 0
        """Frames that were no ARI message, since the start."""
        self.refused = 0
        """Connections without the right name and password, since the start."""
        self.port = settings.listen_port

    @property
    def is_up(self) -> bool:
        """Requests can be written."""
        return self._is_up

    def write(self, requests: Sequence[tuple[AriRequest, OnAnswer]]) -> None:
        """The requests are on the wire, in this order and in one piece; each callback gets its answer, once.

        Where the line is down every answer is CUT, from the event loop's next round.
        """
        loop = asyncio.get_running_loop()
        transport = self._transport
        if not self._is_up or transport is None or transport.is_closing():
            for _, on_answer in requests:
                loop.call_soon(on_answer, AriAnswer(CUT))
            return
        now = loop.time()
        transport.write(
            b"".join([text_frame(encode_request(request, self._pending.add(on_answer, now))) for request, on_answer in requests])
        )

    async def ask(self, request: AriRequest) -> AriAnswer:
        """The answer to one request; status TIMED_OUT or CUT where none came. For what is not a call's command."""
        answered: asyncio.Future[AriAnswer] = asyncio.get_running_loop().create_future()
        self.write([(request, lambda answer: None if answered.done() else answered.set_result(answer))])
        return await answered

    def cut(self) -> None:
        """The connection is dropped at once; Asterisk dials again after its interval."""
        if self._transport is not None:
            self._transport.abort()

    async def run(self, on_frame: OnFrame, *, on_up: Callable[[], None], on_down: Callable[[], None]) -> None:
        """Listens until cancelled. `on_up` comes before the first frame of a connection, `on_down` after the last.

        An exception out of a callback is not swallowed: it ends this.
        """
        self._broken = asyncio.get_running_loop().create_future()

        async def accept(request: web.BaseRequest) -> web.StreamResponse:
            return await self._accept(request, on_frame, on_up, on_down)

        runner = web.ServerRunner(web.Server(accept, access_log=None), shutdown_timeout=1.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._settings.listen_host, self._settings.listen_port)
            await site.start()
            self.port = site.port
            await self._watch_timeouts(self._broken)
        finally:
            self.cut()
            await runner.cleanup()

    async def _watch_timeouts(self, broken: "asyncio.Future[None]") -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.wait([broken], timeout=min(1.0, self._settings.request_timeout_s / 4))
            if broken.done():
                broken.result()
            # Requests on one socket are worked off in order: one that is not answered blocks all behind it.
            if self._pending.expire(loop.time()) or self._is_mute(loop.time()):
                self.cut()

    def _is_mute(self, now: float) -> bool:
        """A connection that never said its applications are there: Asterisk waits for our greeting without a limit."""
        return self._socket is not None and not self._is_up and now - self._opened_at > self._settings.request_timeout_s

    async def _accept(
        self, request: web.BaseRequest, on_frame: OnFrame, on_up: Callable[[], None], on_down: Callable[[], None]
    ) -> web.StreamResponse:
        if request.path != self._settings.listen_path:
            return web.Response(status=404, text="not here\n")
        if not self._is_asterisk(request.headers.get("Authorization", "")):
            self.refused += 1
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="fernamt"'}, text="name and password\n")
        connection = web.WebSocketResponse(
            protocols=("ari",),
            compress=False,
            autoclose=True,
            timeout=1.0,
            max_msg_size=self._settings.frame_limit_bytes,
            decode_text=False,
        )
        if not connection.can_prepare(request):
            return web.Response(status=426, text="a WebSocket with the protocol 'ari' is expected\n")
        await connection.prepare(request)
        transport = request.transport
        if transport is None:
            return connection
        transport.pause_reading()
        await self._take_over(connection, transport)
        frames = FrameProtocol(
            transport,
            request.protocol,
            limit_bytes=self._settings.frame_limit_bytes,
            on_text=partial(self._read, on_frame, on_up),
            on_other=self._note_nonsense,
            on_error=self._break,
        )
        try:
            transport.set_protocol(frames)
            transport.resume_reading()
            await connection.receive()  # nothing but its end: frames go past aiohttp
        finally:
            self._leave(connection, on_down)
        return connection

    async def _take_over(self, connection: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        """The new connection is the line; an older one, half dead, is dropped and its end told first."""
        if self._transport is not None and self._left is not None:
            self._transport.abort()
            await self._left.wait()
        self._left = asyncio.Event()
        self._socket = connection
        self._transport = transport
        self._opened_at = asyncio.get_running_loop().time()
        self._nonsense_in_a_row = 0
        self._registered.clear()
        self._held.clear()

    def _leave(self, connection: web.WebSocketResponse, on_down: Callable[[], None]) -> None:
        if self._socket is not connection:
            return
        was_up, self._is_up = self._is_up, False
        self._socket = self._transport = None
        self._pending.cut()
        if was_up:
            on_down()
        if self._left is not None:
            self._left.set()

    def _read(self, on_frame: OnFrame, on_up: Callable[[], None], raw: bytes) -> None:
        try:
            frame = decode(raw)
        except msgspec.DecodeError:
            self._note_nonsense()
            return
        self._nonsense_in_a_row = 0
        self._hand_on(frame, on_frame, on_up)

    def _note_nonsense(self) -> None:
        self.nonsense += 1
        self._nonsense_in_a_row += 1
        if self._nonsense_in_a_row >= _NONSENSE_LIMIT:
            self.cut()

    def _break(self, error: Exception) -> None:
        if self._broken is not None and not self._broken.done():
            self._broken.set_exception(error)

    def _hand_on(self, frame: Frame, on_frame: OnFrame, on_up: Callable[[], None]) -> None:
        if frame.type == "RESTResponse":
            if not self._pending.answer(frame.request_id, AriAnswer(frame.status_code, frame.message_body)):
                self.nonsense += 1
        elif self._is_up:
            on_frame(frame)
        else:
            self._held.append(frame)
            if frame.type == "ApplicationRegistered":
                self._registered.add(frame.application)
                if {self._settings.call_app, self._settings.presence_app} <= self._registered:
                    self._is_up = True
                    on_up()
                    while self._held:
                        on_frame(self._held.popleft())

    def _is_asterisk(self, authorization: str) -> bool:
        expected = basic_auth(self._settings.controller_user, self._settings.controller_password)
        given = authorization.encode("utf-8", "surrogateescape")
        return bool(self._settings.controller_password) and hmac.compare_digest(given, expected.encode())


def must(answer: AriAnswer, what: str) -> AriAnswer:
    """The answer, if the request was carried out. Raises `SwitchError`, without the body: it may hold a password."""
    if answer.is_ok:
        return answer
    reason = {TIMED_OUT: "no answer in time", CUT: "the line to Asterisk is cut"}.get(answer.status, f"status {answer.status}")
    raise SwitchError(f"{what}: {reason}", status=answer.status)
