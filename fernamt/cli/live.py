"""The board of the running service, over its live WebSocket, as any screen gets it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import aiohttp
import msgspec

from config.settings import Settings
from fernamt.cli.exits import CliError, Exit
from fernamt.cli.users import new_token
from fernamt.installation import opened
from fernamt.moment import new_id, now
from fernamt.parts import base_url
from monitor.frames import Beat, Deltas, Hello, Snapshot
from monitor.rows import AgentChanged, AgentRow, BoardSnapshot, CallChanged, CallRow, QueueChanged, QueueRow, RowGone, Table
from store.users import UserStore
from telephony.identifiers import UserId
from web.accounts import User
from web.permissions import Role

CONSOLE_LOGIN = "local-console"
"""The user in whose name the command line of the service's own machine looks at the board; it has no password."""
TOKEN_S = 86_400
"""A table is watched for a shift; the token is removed when the command ends, and its secret is only in the command's memory."""
HEARD_WITHIN_S = 10.0
_FROM_SERVER: msgspec.json.Decoder[Hello | Snapshot | Deltas | Beat] = msgspec.json.Decoder(Hello | Snapshot | Deltas | Beat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The way to a running service."""

    url: str
    token: str = field(repr=False)

    @classmethod
    @asynccontextmanager
    async def to(cls, settings: Settings, *, url: str | None, token: str | None) -> AsyncIterator["Access"]:
        """A way in; without a token of one's own, one is made in the database and removed afterwards."""
        address = (url or base_url(settings)).rstrip("/")
        if token is not None:
            yield cls(url=address, token=token)
            return
        async with opened(settings) as database:
            secret, made = new_token(await _console(database.users), name="fernamt calls", valid_s=TOKEN_S)
            await database.tokens.add(made)
            try:
                yield cls(url=address, token=secret)
            finally:
                await database.tokens.remove(made.token_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What the service shows now."""

    as_of_at: int
    queues: dict[str, QueueRow]
    agents: dict[str, AgentRow]
    calls: dict[str, CallRow]


async def first_board(access: Access) -> Board:
    """The board as it is now."""
    async for board in follow_board(access):
        return board
    raise _closed(access, "without a word")


async def follow_board(access: Access) -> AsyncIterator[Board]:
    """The board after everything that changes it. Raises `CliError` when the service goes away."""
    headers = {"Authorization": f"Bearer {access.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        try:
            socket = await session.ws_connect(f"{access.url}/api/v1/live", heartbeat=20)
        except aiohttp.WSServerHandshakeError as error:
            raise _refused(access, error.status) from error
        async with socket:
            board: Board | None = None
            while True:
                message = await socket.receive(timeout=HEARD_WITHIN_S)
                if message.type is not aiohttp.WSMsgType.TEXT:
                    raise _closed(access, f"(code {socket.close_code})")
                word = _FROM_SERVER.decode(message.data)
                if isinstance(word, Hello):
                    await socket.send_json({"type": "start"})
                    continue
                board = _after(board, word)
                if board is not None:
                    yield board


async def _console(users: UserStore) -> User:
    known = await users.find(CONSOLE_LOGIN)
    if known is not None:
        return known
    at = now()
    user = User(
        user_id=UserId(new_id(at)), login=CONSOLE_LOGIN, display_name="Local console", role=Role.SUPERVISOR, created_at=at
    )
    await users.add(user)
    return user


def _after(board: Board | None, word: Snapshot | Deltas | Beat) -> Board | None:
    if isinstance(word, Snapshot):
        return _of_snapshot(word.board, word.as_of_at)
    if board is None:
        return None
    board = replace(board, as_of_at=word.as_of_at)
    for change in word.changes if isinstance(word, Deltas) else ():
        match change:
            case QueueChanged():
                board.queues[change.row.project_id] = change.row
            case AgentChanged():
                board.agents[change.row.agent_id] = change.row
            case CallChanged():
                board.calls[change.row.call_id] = change.row
            case RowGone(table=Table.QUEUES):
                board.queues.pop(change.key, None)
            case RowGone(table=Table.AGENTS):
                board.agents.pop(change.key, None)
            case RowGone(table=Table.CALLS):
                board.calls.pop(change.key, None)
            case _:
                pass
    return board


def _of_snapshot(board: BoardSnapshot, as_of_at: int) -> Board:
    return Board(
        as_of_at=as_of_at,
        queues={row.project_id: row for row in board.queues},
        agents={row.agent_id: row for row in board.agents},
        calls={row.call_id: row for row in board.calls},
    )


def _refused(access: Access, status: int) -> CliError:
    if status in (401, 403):
        way_out = "`fernamt users token LOGIN --name …` makes one for a supervisor; give it in FERNAMT_TOKEN"
        return CliError(f"{access.url} does not accept this token", way_out=way_out)
    return CliError(f"{access.url} answered {status}", way_out="is this the address of Fernamt? --url names another")


def _closed(access: Access, how: str) -> CliError:
    way_out = "start the command again once the service is back"
    return CliError(f"{access.url} ended the connection {how}", way_out=way_out, code=Exit.UNREACHABLE)
