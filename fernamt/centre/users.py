"""Users of a centre file: who may log in, each new one with a one-time log-in that is shown once."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from config.check import fault_at
from config.faults import Fault
from fernamt.centre.entries import UserEntry
from fernamt.centre.read import Described
from fernamt.moment import new_id, now
from store.directory import DirectoryStore
from store.users import UserStore
from telephony.identifiers import SECOND, AgentId, ClientId, Instant, UserId
from web.accounts import User
from web.passwords import new_secret, secret_hash


class MadeLogin(msgspec.Struct, frozen=True, kw_only=True):
    """A way in that works once; nobody can look it up again."""

    login: str
    role: str
    secret: str
    expires_at: Instant

    def __repr__(self) -> str:
        return f"MadeLogin({self.login!r})"


async def user_faults(directory: DirectoryStore, described: Described) -> list[Fault]:
    """Users whose agent, client or team is neither in the centre nor in the same document."""
    there = await directory.load()
    entries = described.entries
    agents = {*there.agents, *(agent.agent_id for agent in entries.agents)}
    clients = {*there.clients, *(client.client_id for client in entries.clients)}
    teams = {*there.teams, *(team.team_id for team in entries.teams)}
    faults = []
    for number, user in enumerate(entries.users):
        for key, name, known in (
            ("agent_id", user.agent_id, agents),
            ("client_id", user.client_id, clients),
            ("team", user.team, teams),
        ):
            if name is not None and name not in known:
                kind = key.removesuffix("_id")
                expected = f"the id of {'an' if kind == 'agent' else 'a'} {kind} of the centre"
                faults.append(
                    fault_at(("users", number, key), expected=expected, given=repr(name), documents=[described.document])
                )
    return faults


async def apply_users(users: UserStore, entries: Sequence[UserEntry], *, valid_s: int, only_new: bool = False) -> list[MadeLogin]:
    """The users exist as described; returns the log-ins of the new ones. With `only_new` those known already stay untouched."""
    made = []
    for entry in entries:
        known = await users.find(entry.login)
        if known is None:
            user, login = with_one_time_login(_user(entry), valid_s=valid_s)
            if await users.add(user):
                made.append(login)
        elif not only_new and _as_described(known, entry) != known:
            await users.put(_as_described(known, entry))
    return made


def with_one_time_login(user: User, *, valid_s: int) -> tuple[User, MadeLogin]:
    """The user with a one-time log-in, which asks for a password of their own; the old password is void."""
    secret = new_secret()
    expires_at = Instant(now() + valid_s * SECOND)
    changed = replace(
        user,
        password_hash=None,
        one_time_hash=secret_hash(secret),
        one_time_expires_at=expires_at,
        must_set_password=True,
    )
    return changed, MadeLogin(login=user.login, role=user.role.value, secret=secret, expires_at=expires_at)


def _user(entry: UserEntry) -> User:
    at = now()
    bare = User(user_id=UserId(new_id(at)), login=entry.login, display_name=entry.display_name, role=entry.role, created_at=at)
    return _as_described(bare, entry)


def _as_described(user: User, entry: UserEntry) -> User:
    return replace(
        user,
        display_name=entry.display_name,
        role=entry.role,
        agent_id=AgentId(entry.agent_id) if entry.agent_id is not None else None,
        client_id=ClientId(entry.client_id) if entry.client_id is not None else None,
        team=entry.team,
        is_active=entry.is_active,
    )
