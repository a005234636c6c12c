"""People who may enter: the web edge's `Users`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.audit import Altered, Author, Authors, put_on_record, the_service
from store.engine import read_at_once, reading, writing
from store.tables.accounts import USERS
from store.upserts import insert_new, values_of
from telephony.errors import FernamtError
from telephony.identifiers import UserId
from web.accounts import User
from web.permissions import Role

_SHOWN = ("login", "display_name", "role", "agent_id", "client_id", "team", "is_active")
"""What the record tells of a user."""

_BY_ID, _BY_LOGIN = (select(USERS).where(column == bindparam("who")) for column in (USERS.c.user_id, USERS.c.login))


class NoSuchUser(FernamtError):
    """A user was to be changed who does not exist."""

    code = "no_such_user"


class UserStore:
    """Users by id and by login. Passwords and one-time secrets come as hashes only."""

    def __init__(self, engine: AsyncEngine, author: Authors = the_service) -> None:
        self._engine = engine
        self._author = author

    async def get(self, user_id: UserId) -> User | None:
        """That user."""
        return await self._one(_BY_ID, user_id)

    async def find(self, login: str) -> User | None:
        """The user of that login, which is in lower case."""
        return await self._one(_BY_LOGIN, login)

    async def all(self) -> Sequence[User]:
        """All users by login."""
        async with reading(self._engine) as connection:
            return [_user(row) for row in (await connection.execute(select(USERS).order_by(USERS.c.login))).all()]

    async def add(self, user: User, *, by: Author | None = None) -> bool:
        """The user exists; False, and nothing written, where the login or the id is taken."""
        async with writing(self._engine) as connection:
            is_new = (await connection.execute(insert_new(self._engine, USERS).values(**values_of(user)))).rowcount == 1
            if is_new:
                added = Altered(deed="user.added", subject=user.user_id, after=_shown(user))
                await put_on_record(connection, by or self._author(), [added])
        return is_new

    async def put(self, user: User, *, by: Author | None = None) -> None:
        """The user is as given; that they were given a one-time log-in is on record as such. Raises `NoSuchUser`."""
        await self._change(user.user_id, values_of(user), by)

    async def spend_one_time(self, user_id: UserId, one_time_hash: str) -> bool:
        """The one-time secret is used up; False where somebody was faster. Two uses at once yield one True."""
        unspent = (USERS.c.user_id == user_id) & (USERS.c.one_time_hash == one_time_hash)
        async with writing(self._engine) as connection:
            spent = await connection.execute(update(USERS).where(unspent).values(one_time_hash=None, one_time_expires_at=None))
            return spent.rowcount == 1

    async def set_password(self, user_id: UserId, password_hash: str, *, by: Author | None = None) -> None:
        """The password is in force, `must_set_password` is off, an unused one-time login is void. Raises `NoSuchUser`."""
        values = {"password_hash": password_hash, "must_set_password": False, "one_time_hash": None, "one_time_expires_at": None}
        await self._change(user_id, values, by)

    async def _one(self, query: Select[Any], who: str) -> User | None:
        async def work(connection: AsyncConnection) -> User | None:
            row = (await connection.execute(query, {"who": who})).first()
            return None if row is None else _user(row)

        return await read_at_once(self._engine, work)

    async def _change(self, user_id: UserId, values: dict[str, Any], by: Author | None) -> None:
        async with writing(self._engine) as connection:
            row = (await connection.execute(select(USERS).where(USERS.c.user_id == user_id))).first()
            if row is None:
                raise NoSuchUser(f"there is no user {user_id!r}", user_id=user_id)
            await connection.execute(update(USERS).where(USERS.c.user_id == user_id).values(**values))
            altered = _altered(_user(row), replace(_user(row), **values))
            await put_on_record(connection, by or self._author(), altered)


def _altered(before: User, after: User) -> Iterator[Altered]:
    """What is to be told of the difference; of secrets, that they were set."""
    if after.one_time_hash not in (None, before.one_time_hash):
        yield Altered(deed="user.one_time_login", subject=after.user_id)
    if after.password_hash not in (None, before.password_hash):
        yield Altered(deed="user.password_set", subject=after.user_id)
    if _shown(before) != _shown(after):
        yield Altered(deed="user.changed", subject=after.user_id, before=_shown(before), after=_shown(after))


def _shown(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in _SHOWN}


def _user(row: Row[Any]) -> User:
    return User(**{**row._mapping, "role": Role(row.role)})
