"""`fernamt users`."""

import sys
from dataclasses import replace
from typing import Annotated

import typer

from config.documents import Document
from config.faults import FaultsFound
from fernamt.centre.entries import UserEntry
from fernamt.centre.read import describe
from fernamt.centre.users import MadeLogin, apply_users, user_faults, with_one_time_login
from fernamt.cli.exits import CliError, not_found
from fernamt.cli.options import Json
from fernamt.cli.showing import local_time, note, show_json, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import Database, opened
from fernamt.moment import new_id, now
from store.sessions import SessionStore
from telephony.identifiers import SECOND, Instant
from web.accounts import ApiToken, User
from web.passwords import TOKEN_PREFIX, Passwords, new_secret, secret_hash

Login = Annotated[str, typer.Argument(metavar="LOGIN")]
Role = Annotated[str, typer.Option(help="agent, supervisor, team_leader, reviewer, clerk, admin or client.")]
DisplayName = Annotated[str, typer.Option("--name", help="The name others see.")]
Agent = Annotated[str | None, typer.Option("--agent", help="The agent this user is (role agent).")]
Client = Annotated[str | None, typer.Option("--client", help="The client this user belongs to (role client).")]
Team = Annotated[str | None, typer.Option("--team", help="The team this user leads (role team_leader).")]
Stdin = Annotated[
    bool, typer.Option("--stdin", help="Read the password from standard input instead of making a one-time log-in.")
]
TokenName = Annotated[str, typer.Option("--name", help="What the token is for.")]
TokenDays = Annotated[int, typer.Option("--days", min=1, max=366, help="Days until it ends.")]
DAY_S = 86_400
COLUMNS = ("login", "display_name", "role", "agent_id", "client_id", "team", "is_active", "has_password")


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(show)
    app.command("add")(add)
    app.command("passwd")(passwd)
    app.command("token")(token)


def show(as_json: Json = False) -> None:
    """List the people who may log in."""
    show_rows(COLUMNS, run(_rows()), is_json=as_json)


def add(
    login: Login,
    *,
    role: Role,
    name: DisplayName,
    agent: Agent = None,
    client: Client = None,
    team: Team = None,
    as_json: Json = False,
) -> None:
    """Add a user; the one-time log-in is shown once and asks for a password of their own."""
    values = {"login": login, "role": role, "display_name": name, "agent_id": agent, "client_id": client, "team": team}
    _tell(run(_add({key: value for key, value in values.items() if value is not None})), as_json=as_json)


def passwd(login: Login, is_stdin: Stdin = False, as_json: Json = False) -> None:
    """Make the password void: the user enters with a new one-time log-in, and every session of theirs is over."""
    if is_stdin:
        run(_set_password(login, sys.stdin.readline().rstrip("\n")))
        note(f"user {login}: the password is set, every session is over")
    else:
        _tell(run(_one_time(login)), as_json=as_json)


def token(login: Login, name: TokenName, days: TokenDays = 90, as_json: Json = False) -> None:
    """Make an API token that acts for the user; it is shown once."""
    secret, expires_at = run(_token(login, name, days))
    if as_json:
        show_json({"login": login, "name": name, "token": secret, "expires_at": expires_at})
    else:
        print(secret)
        note(f"this token acts for {login} until {local_time(expires_at)}; it is not shown again")


def _tell(made: MadeLogin, *, as_json: bool) -> None:
    if as_json:
        show_json(made)
    else:
        print(made.secret)
        note(f"one-time log-in of {made.login}, good until {local_time(made.expires_at)}; it is not shown again")


async def _rows() -> list[dict[str, object]]:
    async with opened(settings()) as database:
        return [
            {
                "login": user.login,
                "display_name": user.display_name,
                "role": user.role.value,
                "agent_id": user.agent_id,
                "client_id": user.client_id,
                "team": user.team,
                "is_active": user.is_active,
                "has_password": user.password_hash is not None,
            }
            for user in await database.users.all()
        ]


async def _add(values: dict[str, str]) -> MadeLogin:
    described = describe(Document(source="command line", values={"users": [values]}))
    chosen = settings()
    async with opened(chosen) as database:
        faults = [*described.faults, *await user_faults(database.directory, described)]
        if faults:
            raise FaultsFound([replace(fault, key=fault.key.removeprefix("users[1].")) for fault in faults])
        entries: tuple[UserEntry, ...] = described.entries.users
        made = await apply_users(database.users, entries, valid_s=chosen.web.one_time_login_s, only_new=True)
    if not made:
        raise CliError(f"there is a user {values['login']!r} already", way_out=f"`fernamt users passwd {values['login']}`")
    return made[0]


async def _one_time(login: str) -> MadeLogin:
    chosen = settings()
    async with opened(chosen) as database:
        user, made = with_one_time_login(await _known(database, login), valid_s=chosen.web.one_time_login_s)
        await database.users.put(user)
        await SessionStore(database.engine).remove_of(user.user_id)
    return made


async def _set_password(login: str, password: str) -> None:
    chosen = settings()
    if len(password) < chosen.web.password_shortest:
        way_out = f"give at least {chosen.web.password_shortest} characters"
        raise CliError(f"the password has {len(password)} characters", way_out=way_out)
    passwords = Passwords()
    try:
        hashed = await passwords.hash(password)
    finally:
        passwords.close()
    async with opened(chosen) as database:
        user = await _known(database, login)
        await database.users.set_password(user.user_id, hashed)
        await SessionStore(database.engine).remove_of(user.user_id)


async def _token(login: str, name: str, days: int) -> tuple[str, Instant]:
    async with opened(settings()) as database:
        user = await _known(database, login)
        secret, made = new_token(user, name=name, valid_s=days * DAY_S)
        await database.tokens.add(made)
    return secret, made.expires_at


def new_token(user: User, *, name: str, valid_s: int) -> tuple[str, ApiToken]:
    """A token of the user's own role, and its secret."""
    at = now()
    secret = TOKEN_PREFIX + new_secret()
    made = ApiToken(
        token_id=new_id(at),
        secret_hash=secret_hash(secret),
        user_id=user.user_id,
        name=name,
        role=user.role,
        created_at=at,
        expires_at=Instant(at + valid_s * SECOND),
    )
    return secret, made


async def _known(database: Database, login: str) -> User:
    user = await database.users.find(login.strip().lower())
    if user is None:
        raise not_found("user", login, list_with="fernamt users list")
    return user
