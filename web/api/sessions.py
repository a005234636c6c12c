"""Logging in and out, who one is, the own password."""

from aiohttp import web

from web.auth import Entered as EnteredNow
from web.auth import log_in as enter
from web.auth import set_password
from web.credentials import address_of, drop_cookie, keep_cookie, session_secret
from web.passwords import secret_hash
from web.problems import ProblemError
from web.reach import Principal
from web.routes import Ask, Entered, Public, route
from web.schemas.sessions import LogIn, Me, NewPassword
from web.schemas.types import Nothing, maybe_when


@route(
    "POST",
    "/session",
    access=Public(),
    summary="Log in",
    body=LogIn,
    answer=Me,
    problems=("wrong_login", "too_many_tries", "foreign_origin"),
)
async def log_in(ask: Ask[LogIn, Nothing]) -> web.StreamResponse:
    """Opens a session and sets its cookie. The password may be the secret of a one-time login: then only setting a password
    is open."""
    settings = ask.deps.settings
    entered = await enter(
        ask.deps,
        login=ask.body.login,
        password=ask.body.password,
        address=address_of(ask.http, settings),
        old_secret=session_secret(ask.http, settings),
    )
    return _with_cookie(ask, entered)


@route("DELETE", "/session", access=Entered(even_without_password=True), summary="Log out")
async def log_out(ask: Ask[Nothing, Nothing]) -> web.StreamResponse:
    """This session is over and its cookie gone."""
    if ask.principal.session_id is not None:
        await ask.deps.sessions.remove(ask.principal.session_id)
    return _without_cookie(ask)


@route("DELETE", "/sessions", access=Entered(even_without_password=True), summary="Log out everywhere")
async def log_out_everywhere(ask: Ask[Nothing, Nothing]) -> web.StreamResponse:
    """All sessions of the user are over, on every device. API tokens stay."""
    await ask.deps.sessions.remove_of(ask.principal.user_id)
    return _without_cookie(ask)


@route(
    "GET",
    "/me",
    access=Entered(even_without_password=True, needs_session=False),
    summary="Who am I",
    answer=Me,
)
async def show_me(ask: Ask[Nothing, Nothing]) -> Me:
    """The user behind the session or the token, with the role in force."""
    return await _me(ask, ask.principal)


@route(
    "PUT",
    "/me/password",
    access=Entered(even_without_password=True),
    summary="Set my password",
    body=NewPassword,
    answer=Me,
    problems=("wrong_password", "too_many_tries"),
)
async def set_my_password(ask: Ask[NewPassword, Nothing]) -> web.StreamResponse:
    """The new password is in force; every other session of the user is over, this one goes on under a new cookie."""
    entered = await set_password(
        ask.deps,
        ask.principal,
        current=ask.body.current_password,
        new=ask.body.new_password,
        address=address_of(ask.http, ask.deps.settings),
    )
    return _with_cookie(ask, entered)


async def _me(ask: Ask[Nothing, Nothing], who: Principal) -> Me:
    user = await ask.deps.users.get(who.user_id)
    secret = session_secret(ask.http, ask.deps.settings) if who.session_id is not None else None
    session = await ask.deps.sessions.get(secret_hash(secret)) if secret is not None else None
    if user is None:
        raise ProblemError("not_logged_in_here")
    return Me(
        user_id=who.user_id,
        login=who.login,
        display_name=user.display_name,
        role=who.role,
        agent_id=who.agent_id,
        client_id=who.client_id,
        team=who.team,
        must_set_password=who.must_set_password,
        session_expires_at=maybe_when(session.expires_at if session is not None else None),
    )


def _with_cookie(ask: Ask[LogIn, Nothing] | Ask[NewPassword, Nothing], entered: EnteredNow) -> web.StreamResponse:
    user = entered.user
    me = Me(
        user_id=user.user_id,
        login=user.login,
        display_name=user.display_name,
        role=user.role,
        agent_id=user.agent_id,
        client_id=user.client_id,
        team=user.team,
        must_set_password=entered.session.must_set_password,
        session_expires_at=maybe_when(entered.session.expires_at),
    )
    response = web.Response(body=me.model_dump_json().encode(), content_type="application/json", charset="utf-8")
    keep_cookie(response, ask.deps.settings, entered)
    return response


def _without_cookie(ask: Ask[Nothing, Nothing]) -> web.StreamResponse:
    response = web.Response(status=204)
    drop_cookie(response, ask.deps.settings)
    return response


ROUTES = (log_in, log_out, log_out_everywhere, show_me, set_my_password)
