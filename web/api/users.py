"""People who may enter: an administrator's work. Nobody ever learns or sets another's password."""

from dataclasses import replace

from telephony.identifiers import SECOND, AgentId, ClientId, Instant, UserId
from web.accounts import User
from web.auth import shut_out
from web.deps import Deps
from web.passwords import secret_hash
from web.permissions import Action, Resource, Role
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.accounts import ChangedUser, NewUser, OneTimeLogin, UserList, UserShown
from web.schemas.types import Nothing, when
from web.views import user_shown

READ = Needs(resource=Resource.USER, action=Action.READ)
WRITE = Needs(resource=Resource.USER, action=Action.WRITE, needs_session=True)


@route("GET", "/users", access=READ, summary="List users", answer=UserList)
async def list_users(ask: Ask[Nothing, Nothing]) -> UserList:
    """All users, by login."""
    users = sorted(await ask.deps.users.all(), key=lambda u: u.login)
    return UserList(items=[user_shown(u) for u in users])


@route("GET", "/users/{user_id}", access=READ, summary="Show a user", answer=UserShown)
async def show_user(ask: Ask[Nothing, Nothing]) -> UserShown:
    """The user."""
    return user_shown(await _user(ask))


@route("POST", "/users", access=WRITE, summary="Add a user", body=NewUser, answer=OneTimeLogin, status=201, problems=("taken",))
async def add_user(ask: Ask[NewUser, Nothing]) -> OneTimeLogin:
    """The user exists and enters with the one-time login answered here, which asks for a password of their own."""
    new = ask.body
    _check_belongings(ask.deps, new)
    user = User(
        user_id=UserId(ask.deps.ids.new(ask.now)),
        login=new.login.strip().lower(),
        display_name=new.display_name,
        role=new.role,
        created_at=ask.now,
        agent_id=AgentId(new.agent_id) if new.agent_id is not None else None,
        client_id=ClientId(new.client_id) if new.client_id is not None else None,
        team=new.team,
        must_set_password=True,
    )
    user, made = with_one_time_login(ask.deps, user, ask.now)
    if not await ask.deps.users.add(user, by=ask.author):
        raise ProblemError("taken", facts={"login": user.login})
    return made


@route("PUT", "/users/{user_id}", access=WRITE, summary="Change a user", body=ChangedUser, answer=UserShown, problems=("in_use",))
async def change_user(ask: Ask[ChangedUser, Nothing]) -> UserShown:
    """Role and belongings are these from here on. Where they changed, or the user is inactive, sessions and tokens are over."""
    old, new = await _user(ask), ask.body
    _check_belongings(ask.deps, new)
    changed = replace(
        old,
        display_name=new.display_name,
        role=new.role,
        agent_id=AgentId(new.agent_id) if new.agent_id is not None else None,
        client_id=ClientId(new.client_id) if new.client_id is not None else None,
        team=new.team,
        is_active=new.is_active,
    )
    if old.user_id == ask.principal.user_id and (changed.role is not Role.ADMIN or not changed.is_active):
        raise ProblemError("in_use", facts={"user_id": old.user_id})
    await ask.deps.users.put(changed, by=ask.author)
    if replace(changed, display_name=old.display_name) != old:
        await shut_out(ask.deps, old.user_id)
    return user_shown(changed)


@route(
    "POST",
    "/users/{user_id}/one-time-login",
    access=WRITE,
    summary="Give a one-time login",
    answer=OneTimeLogin,
    status=201,
)
async def give_one_time_login(ask: Ask[Nothing, Nothing]) -> OneTimeLogin:
    """The old password is void, sessions and tokens are over; the user enters once with this and sets a new password."""
    user, made = with_one_time_login(ask.deps, replace(await _user(ask), password_hash=None), ask.now)
    await ask.deps.users.put(user, by=ask.author)
    await shut_out(ask.deps, user.user_id)
    return made


def with_one_time_login(deps: Deps, user: User, now: Instant) -> tuple[User, OneTimeLogin]:
    """The user with a fresh one-time login, and what they are told. An earlier unused one is void."""
    secret = deps.new_secret()
    expires_at = Instant(now + deps.settings.one_time_login_s * SECOND)
    changed = replace(user, one_time_hash=secret_hash(secret), one_time_expires_at=expires_at, must_set_password=True)
    made = OneTimeLogin(user_id=user.user_id, login=user.login, secret=secret, expires_at=when(expires_at))
    return changed, made


async def _user(ask: Ask[Body, Query]) -> User:
    user = await ask.deps.users.get(UserId(ask.path["user_id"]))
    if user is None:
        raise ProblemError("not_found")
    return user


def _check_belongings(deps: Deps, person: NewUser | ChangedUser) -> None:
    directory, agent_id, client_id = deps.directory.current, person.agent_id, person.client_id
    faults = []
    if agent_id is not None and AgentId(agent_id) not in directory.agents:
        faults.append(FieldFault(at="/agent_id", code="unknown", detail="there is no such agent"))
    if client_id is not None and ClientId(client_id) not in directory.clients:
        faults.append(FieldFault(at="/client_id", code="unknown", detail="there is no such client"))
    if person.team is not None and person.team not in directory.teams:
        faults.append(FieldFault(at="/team", code="unknown", detail="there is no such team"))
    if faults:
        raise ProblemError("invalid", fields=faults)


ROUTES = (list_users, show_user, add_user, change_user, give_one_time_login)
