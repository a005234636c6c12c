"""Users, sessions, tokens and the audit, as the web edge asks for them."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from store.audit import AuditStore
from store.sessions import SessionStore, TokenStore
from store.users import NoSuchUser, UserStore
from telephony.identifiers import AgentId, Instant, UserId
from web.accounts import ApiToken, Session, User
from web.permissions import Role
from web.ports import Audit, Sessions, Tokens, Users

ANNA = User(
    user_id=UserId("u1"),
    login="anna",
    display_name="Anna Ähre",
    role=Role.AGENT,
    created_at=Instant(1_800_000_000_000_000),
    agent_id=AgentId("anna"),
    team="north",
    one_time_hash="h",
    one_time_expires_at=Instant(1_800_000_100_000_000),
    must_set_password=True,
)
BERT = replace(ANNA, user_id=UserId("u2"), login="bert", role=Role.CLERK, agent_id=None, one_time_hash=None)


async def test_users_are_found_by_id_and_login_and_listed_by_login(engine: AsyncEngine) -> None:
    users: Users = UserStore(engine)
    assert await users.add(BERT)
    assert await users.add(ANNA)
    assert await users.get(ANNA.user_id) == ANNA
    assert await users.find("bert") == BERT
    assert await users.find("carl") is None
    assert await users.all() == [ANNA, BERT]


async def test_a_taken_login_is_not_taken_again(engine: AsyncEngine) -> None:
    users = UserStore(engine)
    await users.add(ANNA)
    assert not await users.add(replace(BERT, login="anna"))
    assert await users.all() == [ANNA]


async def test_a_user_can_be_changed_but_not_conjured(engine: AsyncEngine) -> None:
    users = UserStore(engine)
    await users.add(ANNA)
    changed = replace(ANNA, role=Role.SUPERVISOR, is_active=False)
    await users.put(changed)
    assert await users.get(ANNA.user_id) == changed
    with pytest.raises(NoSuchUser, match="'u2'"):
        await users.put(BERT)


async def test_a_one_time_login_is_spent_once_however_many_try(engine: AsyncEngine) -> None:
    users = UserStore(engine)
    await users.add(ANNA)
    assert not await users.spend_one_time(ANNA.user_id, "other")
    tries = await asyncio.gather(*(users.spend_one_time(ANNA.user_id, "h") for _ in range(4)))
    assert sorted(tries) == [False, False, False, True]


async def test_a_password_voids_the_one_time_login(engine: AsyncEngine) -> None:
    users = UserStore(engine)
    await users.add(ANNA)
    await users.set_password(ANNA.user_id, "argon")
    user = await users.get(ANNA.user_id)
    assert user is not None
    assert (user.password_hash, user.must_set_password, user.one_time_hash, user.one_time_expires_at) == (
        "argon",
        False,
        None,
        None,
    )


async def test_sessions_come_and_go(engine: AsyncEngine) -> None:
    await UserStore(engine).add(ANNA)
    sessions: Sessions = SessionStore(engine)
    one = Session(session_id="s1", user_id=ANNA.user_id, created_at=Instant(1), seen_at=Instant(1), expires_at=Instant(9))
    await sessions.add(one)
    await sessions.add(replace(one, session_id="s2"))
    await sessions.touch("s1", Instant(5))
    assert await sessions.get("s1") == replace(one, seen_at=Instant(5))
    await sessions.remove("s1")
    assert await sessions.get("s1") is None
    await sessions.remove_of(ANNA.user_id)
    assert await sessions.get("s2") is None


async def test_tokens_are_found_by_the_hash_of_their_secret(engine: AsyncEngine) -> None:
    users = UserStore(engine)
    await users.add(ANNA)
    await users.add(BERT)
    tokens: Tokens = TokenStore(engine)
    one = ApiToken(
        token_id="t1",
        secret_hash="h1",
        user_id=ANNA.user_id,
        name="export",
        role=Role.AGENT,
        created_at=Instant(1),
        expires_at=Instant(9),
    )
    other = replace(one, token_id="t2", secret_hash="h2", user_id=BERT.user_id)
    await tokens.add(one)
    await tokens.add(other)
    await tokens.touch("t1", Instant(3))
    assert await tokens.find("h1") == replace(one, used_at=Instant(3))
    assert await tokens.find("h3") is None
    assert [each.token_id for each in await tokens.of(None)] == ["t1", "t2"]
    assert await tokens.of(BERT.user_id) == [other]
    await tokens.remove("t2")
    await tokens.remove_of(ANNA.user_id)
    assert await tokens.of(None) == []


async def test_deeds_are_on_record_the_newest_first(engine: AsyncEngine) -> None:
    store = AuditStore(engine)
    audit: Audit = store
    for deed in ("reveal", "erase"):
        await audit.record(at=Instant(1), user_id=ANNA.user_id, deed=deed, subject="party-a", reason="asked for")
    assert [each.deed for each in await store.latest()] == ["erase", "reveal"]
