"""Entering, staying and leaving: passwords, one-time logins, server-side sessions, API tokens."""

from dataclasses import dataclass, field

from store.audit import Author
from telephony.identifiers import SECOND, Instant, UserId
from web.accounts import ApiToken, Session, User
from web.deps import Deps
from web.passwords import TOKEN_PREFIX, is_same, secret_hash
from web.permissions import Role
from web.problems import FieldFault, ProblemError
from web.reach import Principal

SEEN_EVERY_S = 60
"""How precisely the last use of a session or token is noted: not every request shall write."""

_NOBODYS_HASH = secret_hash("nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A fresh session and its secret, which is shown once, in the cookie."""

    user: User
    session: Session
    secret: str = field(repr=False)


async def log_in(deps: Deps, *, login: str, password: str, address: str, old_secret: str | None) -> Entered:
    """A new session; one that the browser already had is over, so that nobody can plant one (session fixation).

    Unknown, inactive and wrongly answered accounts take the same path and get the same answer. Raises `ProblemError`
    `wrong_login`, or `too_many_tries` with the seconds to wait.
    """
    now = deps.clock.now()
    login = login.strip().lower()
    wait_s = deps.login_gate.begin(login, address, now)
    if wait_s:
        raise ProblemError("too_many_tries", facts={"wait_s": wait_s}, headers={"Retry-After": str(wait_s)})
    user = await deps.users.find(login)
    is_password = await deps.passwords.verify(password, user.password_hash if user is not None else None)
    is_one_time = _is_one_time(user, password, now)
    if user is None or not user.is_active or not (is_password or is_one_time):
        raise ProblemError("wrong_login")
    if not is_password and not await deps.users.spend_one_time(user.user_id, secret_hash(password)):
        raise ProblemError("wrong_login")
    deps.login_gate.succeeded(login, address)
    if is_password and not user.must_set_password and deps.passwords.needs_rehash(user.password_hash or ""):
        by = Author(user_id=user.user_id, at=now, reason="the same, hashed anew")
        await deps.users.set_password(user.user_id, await deps.passwords.hash(password), by=by)
    if old_secret is not None:
        await deps.sessions.remove(secret_hash(old_secret))
    return await open_session(deps, user, must_set_password=user.must_set_password or not is_password)


def _is_one_time(user: User | None, secret: str, now: Instant) -> bool:
    has_one = user is not None and user.one_time_hash is not None
    expected = user.one_time_hash if user is not None and user.one_time_hash is not None else _NOBODYS_HASH
    is_right = is_same(secret_hash(secret), expected)
    expires_at = user.one_time_expires_at if user is not None else None
    return is_right and has_one and expires_at is not None and now < expires_at


async def open_session(deps: Deps, user: User, *, must_set_password: bool) -> Entered:
    """A session of the user, good until its idle or absolute end."""
    now = deps.clock.now()
    secret = deps.new_secret()
    session = Session(
        session_id=secret_hash(secret),
        user_id=user.user_id,
        created_at=now,
        seen_at=now,
        expires_at=Instant(now + deps.settings.session_absolute_s * SECOND),
        must_set_password=must_set_password,
    )
    await deps.sessions.add(session)
    return Entered(user=user, session=session, secret=secret)


async def principal_of_session(deps: Deps, secret: str) -> Principal | None:
    """Who the session's secret belongs to; None where it is unknown, over, or its user was shut out."""
    now = deps.clock.now()
    session = await deps.sessions.get(secret_hash(secret))
    if session is None:
        return None
    idle_end = session.seen_at + deps.settings.session_idle_s * SECOND
    user = await deps.users.get(session.user_id)
    if now >= session.expires_at or now >= idle_end or user is None or not user.is_active:
        await deps.sessions.remove(session.session_id)
        return None
    if now - session.seen_at >= SEEN_EVERY_S * SECOND:
        await deps.sessions.touch(session.session_id, now)
    return _principal(user, user.role, session=session)


async def principal_of_token(deps: Deps, secret: str) -> Principal | None:
    """Who the token acts for; None where it is unknown, over, or its user lost the role it carries."""
    if not secret.startswith(TOKEN_PREFIX):
        return None
    now = deps.clock.now()
    token = await deps.tokens.find(secret_hash(secret))
    if token is None or now >= token.expires_at:
        return None
    user = await deps.users.get(token.user_id)
    if user is None or not user.is_active or not may_carry(user.role, token.role):
        return None
    if token.used_at is None or now - token.used_at >= SEEN_EVERY_S * SECOND:
        await deps.tokens.touch(token.token_id, now)
    return _principal(user, token.role, token=token)


def may_carry(user_role: Role, token_role: Role) -> bool:
    """Whether a token of such a user may have that role: its own, or any where the user is an administrator."""
    return token_role is user_role or user_role is Role.ADMIN


def _principal(user: User, role: Role, *, session: Session | None = None, token: ApiToken | None = None) -> Principal:
    return Principal(
        user_id=user.user_id,
        login=user.login,
        role=role,
        agent_id=user.agent_id,
        client_id=user.client_id,
        team=user.team,
        must_set_password=session is not None and session.must_set_password,
        session_id=session.session_id if session is not None else None,
        token_id=token.token_id if token is not None else None,
    )


def check_new_password(deps: Deps, password: str, *, login: str, at: str) -> None:
    """Length alone counts (NIST SP 800-63B), and that it is not the name. Raises `ProblemError` `invalid`."""
    shortest, longest = deps.settings.password_shortest, deps.settings.password_longest
    faults = []
    if len(password) < shortest:
        faults.append(FieldFault(at=at, code="too_short", detail=f"at least {shortest} characters"))
    if len(password) > longest:
        faults.append(FieldFault(at=at, code="too_long", detail=f"at most {longest} characters"))
    if login in password.lower() and len(password) < len(login) + shortest:
        faults.append(FieldFault(at=at, code="too_like_the_login", detail="the name and little else is no password"))
    if faults:
        raise ProblemError("invalid", fields=faults)


async def set_password(deps: Deps, principal: Principal, *, current: str | None, new: str, address: str) -> Entered:
    """The new password is in force, every session of the user is over, and a fresh one is open.

    The present password is asked except right after a one-time login. Raises `ProblemError` `wrong_password`, `invalid`.
    """
    check_new_password(deps, new, login=principal.login, at="/new_password")
    user = await deps.users.get(principal.user_id)
    if user is None:
        raise ProblemError("not_logged_in_here")
    if not principal.must_set_password:
        await _prove_password(deps, user, current or "", address)
    by = Author(user_id=user.user_id, at=deps.clock.now())
    await deps.users.set_password(user.user_id, await deps.passwords.hash(new), by=by)
    await deps.sessions.remove_of(user.user_id)
    return await open_session(deps, user, must_set_password=False)


async def _prove_password(deps: Deps, user: User, password: str, address: str) -> None:
    wait_s = deps.login_gate.begin(user.login, address, deps.clock.now())
    if wait_s:
        raise ProblemError("too_many_tries", facts={"wait_s": wait_s}, headers={"Retry-After": str(wait_s)})
    if not await deps.passwords.verify(password, user.password_hash):
        raise ProblemError("wrong_password")
    deps.login_gate.succeeded(user.login, address)


async def shut_out(deps: Deps, user_id: UserId) -> None:
    """Every session and token of the user is over, and their live screens close."""
    await deps.sessions.remove_of(user_id)
    await deps.tokens.remove_of(user_id)
    if deps.look_again is not None:
        deps.look_again()
