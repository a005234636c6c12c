"""Proofs of having entered: the web edge's `Sessions` and `Tokens`. Only hashes of secrets are here."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.engine import read_at_once, reading, writing
from store.tables.accounts import API_TOKENS, SESSIONS
from store.upserts import values_of
from telephony.identifiers import Instant, UserId
from web.accounts import ApiToken, Session
from web.permissions import Role

_THAT_SESSION = select(SESSIONS).where(SESSIONS.c.session_id == bindparam("whose"))


class SessionStore:
    """Stays of people, by the hash of their secret."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, session: Session) -> None:
        """The session is known."""
        async with writing(self._engine) as connection:
            await connection.execute(insert(SESSIONS).values(**values_of(session)))

    async def get(self, session_id: str) -> Session | None:
        """That session, run out or not."""

        async def work(connection: AsyncConnection) -> Session | None:
            row = (await connection.execute(_THAT_SESSION, {"whose": session_id})).first()
            return None if row is None else Session(**row._mapping)

        return await read_at_once(self._engine, work)

    async def touch(self, session_id: str, seen_at: Instant) -> None:
        """The session was last seen then."""
        async with writing(self._engine) as connection:
            await connection.execute(update(SESSIONS).where(SESSIONS.c.session_id == session_id).values(seen_at=seen_at))

    async def remove(self, session_id: str) -> None:
        """The session is over, if there was one."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(SESSIONS).where(SESSIONS.c.session_id == session_id))

    async def remove_of(self, user_id: UserId) -> None:
        """All sessions of that user are over."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(SESSIONS).where(SESSIONS.c.user_id == user_id))


class TokenStore:
    """Proofs of programs, by the hash of their secret."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, token: ApiToken) -> None:
        """The token is known."""
        async with writing(self._engine) as connection:
            await connection.execute(insert(API_TOKENS).values(**values_of(token)))

    async def find(self, secret_hash: str) -> ApiToken | None:
        """The token of that secret, run out or not."""
        found = await self._all(API_TOKENS.c.secret_hash == secret_hash)
        return found[0] if found else None

    async def of(self, user_id: UserId | None) -> Sequence[ApiToken]:
        """The user's tokens; None: everybody's. The newest last."""
        return await self._all(None if user_id is None else API_TOKENS.c.user_id == user_id)

    async def touch(self, token_id: str, used_at: Instant) -> None:
        """The token was last used then."""
        async with writing(self._engine) as connection:
            await connection.execute(update(API_TOKENS).where(API_TOKENS.c.token_id == token_id).values(used_at=used_at))

    async def remove(self, token_id: str) -> None:
        """The token opens nothing any more."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(API_TOKENS).where(API_TOKENS.c.token_id == token_id))

    async def remove_of(self, user_id: UserId) -> None:
        """No token of that user opens anything any more."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(API_TOKENS).where(API_TOKENS.c.user_id == user_id))

    async def _all(self, which: ColumnElement[bool] | None) -> list[ApiToken]:
        query = select(API_TOKENS).order_by(API_TOKENS.c.created_at, API_TOKENS.c.token_id)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query if which is None else query.where(which))).all()
        return [_token(row) for row in rows]


def _token(row: Row[Any]) -> ApiToken:
    return ApiToken(**{**row._mapping, "role": Role(row.role)})
