"""The live board over WebSocket, `GET /api/v1/live`, and as server-sent events, `GET /api/v1/live/events`.

Text frames, one JSON object each, told apart by `type` (shapes: monitor/frames.py and monitor/rows.py). In order:

    server  hello     {protocol, epoch, seq, server_at}
    client  start     {}                    or  resume {epoch, seq}, within ten seconds
    server  snapshot  {epoch, seq, as_of_at, board}   only where the client has nothing, or the gap is too old, or it was too slow
    server  delta     {seq, as_of_at, changes}        whole rows; numbers can skip
    server  beat      {seq, server_at, as_of_at}      every second; `as_of_at`: up to when the board is true

A client that hears no beat, or whose `as_of_at` is more than three seconds old, shows its board as frozen. Pings go out every
20 s and a peer that answers none is dropped. What a role sees is decided here. The session is looked at again while the socket
is open, and at once when the centre changes or somebody is shut out; the closing code says why it ended: 4401 the session is over
(log in), 4403 no more allowed, 4409 what one may see has changed (connect again), 4400 not our protocol, 1001 the service goes
down (connect again). Watching counts as use of a session.

Server-sent events carry the same frames; the event id is `epoch:seq`, so that `Last-Event-ID` resumes.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum

import msgspec
from aiohttp import WSMsgType, web

from monitor.feed import Feed
from monitor.frames import FromClient, Resume
from monitor.scope import WHOLE_FLOOR, client_scope, team_scope
from monitor.scope import Scope as BoardScope
from monitor.subscription import SightChanged
from telephony.agent.judged import DesktopSeen
from web.credentials import authenticate, require_own_origin
from web.deps import DEPS
from web.permissions import Action, Resource, Role, Scope, scope_of
from web.problems import ProblemError
from web.reach import Reach, reach_of


class CloseCode(IntEnum):
    """Why a socket was closed; 4000 to 4999 are free for applications (RFC 6455, 7.4.2)."""

    GOING_AWAY = 1001
    NOT_OUR_PROTOCOL = 4400
    SESSION_OVER = 4401
    NOT_ALLOWED = 4403
    SCOPE_CHANGED = 4409


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSettings:
    """Limits of the live sockets."""

    ping_s: float = 20.0
    recheck_s: float = 15.0
    """How soon an ended session is noticed."""
    first_word_s: float = 10.0
    longest_message: int = 1_024


@dataclass(slots=True, kw_only=True)
class _Live:
    feed: Feed
    settings: LiveSettings
    sockets: set[web.WebSocketResponse]
    streams: set[asyncio.Task[None]]


LIVE: web.AppKey[_Live] = web.AppKey("live", _Live)

_decoder: msgspec.json.Decoder[FromClient] = msgspec.json.Decoder(FromClient)


def live_board(app: web.Application, feed: Feed, settings: LiveSettings | None = None) -> None:
    """The feed can be watched through `app`."""
    app[LIVE] = _Live(feed=feed, settings=settings or LiveSettings(), sockets=set(), streams=set())
    app.router.add_get("/api/v1/live", live_socket, name="live_socket")
    app.router.add_get("/api/v1/live/events", live_events, name="live_events")
    app.on_shutdown.append(_go_away)


async def _go_away(app: web.Application) -> None:
    live = app[LIVE]
    for socket in list(live.sockets):
        await socket.close(code=CloseCode.GOING_AWAY)
    for stream in live.streams:
        stream.cancel()


# -- who may see what ------------------------------------------------------------------------------------------------------


async def board_scope(request: web.Request) -> BoardScope:
    """What the asker may see of the board now. Raises `ProblemError` where nothing."""
    deps = request.app[DEPS]
    who = await authenticate(request, deps)
    if who.session_id is not None:
        # A browser sends cookies with sockets to any page's liking, and no preflight: only the Origin tells (RFC 6455, 10.2).
        require_own_origin(request, deps.settings, is_absent_fine=request.path.endswith("/events"))
    if who.must_set_password:
        raise ProblemError("password_needed")
    scope = scope_of(who.role, Resource.BOARD, Action.READ)
    if scope is None:
        raise ProblemError("not_allowed")
    return of_reach(reach_of(who, scope, deps.directory.current))


def of_reach(reach: Reach) -> BoardScope:
    """The reach of a person as the board's scope; who reaches nothing sees an empty board."""
    match reach.scope:
        case Scope.ALL:
            return WHOLE_FLOOR
        case Scope.TEAM:
            return team_scope(reach.team_agents, reach.team_projects)
        case Scope.CLIENT:
            return client_scope([reach.client_id] if reach.client_id is not None else [])
        case Scope.SELF:
            own = frozenset([reach.agent_id]) if reach.agent_id is not None else frozenset()
            return BoardScope(clients=frozenset(), agents=own)


async def _why_over(request: web.Request, scope: BoardScope) -> CloseCode | None:
    """The code to close with once the asker may no more see `scope`; None while they may."""
    try:
        now = await board_scope(request)
    except ProblemError as problem:
        return CloseCode.SESSION_OVER if problem.kind.status == 401 else CloseCode.NOT_ALLOWED
    return None if now == scope else CloseCode.SCOPE_CHANGED


# -- WebSocket -------------------------------------------------------------------------------------------------------------


async def live_socket(request: web.Request) -> web.StreamResponse:
    """One screen, from its hello to its end."""
    scope = await board_scope(request)
    live = request.app[LIVE]
    socket = web.WebSocketResponse(heartbeat=live.settings.ping_s, max_msg_size=live.settings.longest_message, compress=False)
    await socket.prepare(request)
    live.sockets.add(socket)
    try:
        await socket.send_frame(live.feed.hello(), WSMsgType.TEXT)
        first = await _first_word(socket, live.settings.first_word_s)
        if first is None:
            await socket.close(code=CloseCode.NOT_OUR_PROTOCOL)
        else:
            await _serve(request, socket, scope, first if isinstance(first, Resume) else None)
    except ConnectionError:
        pass  # the screen went away in mid-frame: nothing is owed to it
    finally:
        live.sockets.discard(socket)
    return socket


async def _first_word(socket: web.WebSocketResponse, within_s: float) -> FromClient | None:
    try:
        async with asyncio.timeout(within_s):
            message = await socket.receive()
        return _decoder.decode(message.data) if message.type is WSMsgType.TEXT else None
    except (TimeoutError, msgspec.DecodeError):
        return None


async def _serve(request: web.Request, socket: web.WebSocketResponse, scope: BoardScope, resume: Resume | None) -> None:
    """Sends, listens and looks at the session until one of the three comes to its end; then the other two end too."""
    tasks = {
        asyncio.create_task(_send(request, socket, scope, resume)),
        asyncio.create_task(_listen(socket)),
        asyncio.create_task(_watch_session(request, scope)),
        asyncio.create_task(_tell_desktop(request)),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        codes = [code for task in done if (code := task.result()) is not None]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await socket.close(code=codes[0] if codes else 1000)


async def _send(
    request: web.Request, socket: web.WebSocketResponse, scope: BoardScope, resume: Resume | None
) -> CloseCode | None:
    feed = request.app[LIVE].feed
    while not socket.closed:
        # Nothing may come between this look and the place in the feed: from there on the feed tells when to look again.
        code = await _why_over(request, scope)
        if code is not None:
            return code
        with suppress(SightChanged), feed.subscribe(scope, resume) as screen:
            while not socket.closed:
                await socket.send_frame((await screen.next()).payload, WSMsgType.TEXT)
        resume = None
    return None


async def _listen(socket: web.WebSocketResponse) -> CloseCode | None:
    message = await socket.receive()
    is_word = message.type in (WSMsgType.TEXT, WSMsgType.BINARY)
    return CloseCode.NOT_OUR_PROTOCOL if is_word else None


async def _tell_desktop(request: web.Request) -> CloseCode | None:
    """While an agent's own socket is open, and answers its pings, the agent's desktop is there."""
    deps = request.app[DEPS]
    who = await authenticate(request, deps)
    lease_ms = deps.settings.desktop_lease_s * 1_000
    while True:
        if who.role is Role.AGENT and who.agent_id is not None:
            await deps.intents.submit(DesktopSeen(agent_id=who.agent_id, by=who.user_id, lease_ms=lease_ms))
        await asyncio.sleep(lease_ms / 3_000)


async def _watch_session(request: web.Request, scope: BoardScope) -> CloseCode:
    while True:
        await asyncio.sleep(request.app[LIVE].settings.recheck_s)
        code = await _why_over(request, scope)
        if code is not None:
            return code


# -- server-sent events ----------------------------------------------------------------------------------------------------


async def live_events(request: web.Request) -> web.StreamResponse:
    """The same frames for boards that only read; ends with the session, and the browser asks again by itself."""
    scope = await board_scope(request)
    live = request.app[LIVE]
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    stream = asyncio.create_task(_stream(request, response, scope))
    watch = asyncio.create_task(_watch_session(request, scope))
    live.streams.add(stream)
    try:
        await asyncio.wait({stream, watch}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        live.streams.discard(stream)
        for task in (stream, watch):
            task.cancel()
        await asyncio.gather(stream, watch, return_exceptions=True)
    return response


async def _stream(request: web.Request, response: web.StreamResponse, scope: BoardScope) -> None:
    feed, resume = request.app[LIVE].feed, _last_event(request)
    with suppress(ConnectionError):
        while await _why_over(request, scope) is None:
            with suppress(SightChanged), feed.subscribe(scope, resume) as screen:
                while True:
                    frame = await screen.next()
                    await response.write(f"id: {feed.epoch}:{frame.seq}\ndata: ".encode() + frame.payload + b"\n\n")
            resume = None


def _last_event(request: web.Request) -> Resume | None:
    epoch, _, seq = request.headers.get("Last-Event-ID", "").rpartition(":")
    return Resume(epoch=epoch, seq=int(seq)) if epoch and seq.isascii() and seq.isdecimal() and len(seq) < 16 else None
