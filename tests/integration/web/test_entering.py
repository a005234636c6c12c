"""Logging in, staying, leaving: from the side of one who should not get in."""

import asyncio
import unicodedata
from dataclasses import replace

import pytest
from argon2 import PasswordHasher

from tests.integration.web.edge import PASSWORD, Browser, World, a_world
from web.passwords import secret_hash
from web.permissions import Role


async def logged_in(world: World, login: str = "anna") -> Browser:
    browser = world.browser()
    status, _ = await browser.log_in(login)
    assert status == 200
    return browser


async def test_the_cookie_is_shown_to_no_script_and_to_no_other_site(world: World) -> None:
    body = {"login": "anna", "password": PASSWORD}
    async with world.client.post(world.url + "/api/v1/session", json=body) as response:
        cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("fernamt=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie


async def test_over_tls_the_cookie_is_bound_to_the_host() -> None:
    async with a_world(is_tls=True) as world:
        body = {"login": "anna", "password": PASSWORD}
        async with world.client.post(world.url + "/api/v1/session", json=body) as response:
            cookie = response.headers["Set-Cookie"]
            assert response.headers["Strict-Transport-Security"]
    assert cookie.startswith("__Host-fernamt=")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


async def test_only_hashes_of_secrets_are_stored(world: World) -> None:
    browser = await logged_in(world)
    secret = browser.cookies["fernamt"]
    assert list(world.sessions.rows) == [secret_hash(secret)]
    assert secret not in repr(world.sessions.rows)
    assert secret_hash(secret) not in repr(world.sessions.rows[secret_hash(secret)])


async def test_a_planted_session_is_not_taken_over_by_the_login(world: World) -> None:
    attacker = await logged_in(world, "ben")
    victim = world.browser()
    victim.cookies = dict(attacker.cookies)
    await victim.log_in("anna")
    assert victim.cookies != attacker.cookies
    assert (await attacker.ask("GET", "/api/v1/me"))[0] == 401
    assert (await victim.ask("GET", "/api/v1/me"))[1]["login"] == "anna"


async def test_an_invented_cookie_opens_nothing(world: World) -> None:
    browser = world.browser()
    for forged in ("x", "a" * 43, "../../etc/passwd", "%00", '"', "a" * 5_000):
        browser.cookies = {"fernamt": forged}
        assert (await browser.ask("GET", "/api/v1/me"))[0] == 401


async def test_logging_out_ends_the_session_for_whoever_copied_the_cookie(world: World) -> None:
    browser = await logged_in(world)
    copy = world.browser()
    copy.cookies = dict(browser.cookies)
    assert (await browser.ask("DELETE", "/api/v1/session"))[0] == 204
    assert browser.cookies == {}
    assert (await copy.ask("GET", "/api/v1/me"))[0] == 401


async def test_logging_out_everywhere_ends_all_sessions_of_the_user_and_no_others(world: World) -> None:
    one, two, other = await logged_in(world), await logged_in(world), await logged_in(world, "ben")
    assert (await one.ask("DELETE", "/api/v1/sessions"))[0] == 204
    assert (await two.ask("GET", "/api/v1/me"))[0] == 401
    assert (await other.ask("GET", "/api/v1/me"))[0] == 200


async def test_an_idle_session_ends(world: World) -> None:
    browser = await logged_in(world)
    world.clock.pass_s(8 * 3_600)
    assert (await browser.ask("GET", "/api/v1/me"))[0] == 401
    assert world.sessions.rows == {}


async def test_use_keeps_a_session_but_not_beyond_its_absolute_end(world: World) -> None:
    browser = await logged_in(world)
    for _ in range(5):
        world.clock.pass_s(4 * 3_600)
        assert (await browser.ask("GET", "/api/v1/me"))[0] == 200
    world.clock.pass_s(4 * 3_600)
    assert (await browser.ask("GET", "/api/v1/me"))[0] == 401


async def test_a_user_who_is_shut_out_is_out_at_once(world: World) -> None:
    browser = await logged_in(world)
    token = world.token("anna")
    user = world.user("anna")
    world.users.rows[user.user_id] = replace(user, is_active=False)
    assert (await browser.ask("GET", "/api/v1/me"))[0] == 401
    assert (await world.ask("GET", "/api/v1/me", headers={"Authorization": f"Bearer {token}"}))[0] == 401


async def test_unknown_inactive_and_wrongly_answered_accounts_get_the_same_answer(world: World) -> None:
    user = world.user("ben")
    world.users.rows[user.user_id] = replace(user, is_active=False)
    answers = []
    for login, password in (("nobody", PASSWORD), ("ben", PASSWORD), ("anna", "wrong")):
        status, problem = await world.browser().log_in(login, password)
        problem.pop("instance")
        answers.append((status, problem))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 401


async def test_an_unknown_account_costs_the_same_work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str | None] = []
    real = world.deps.passwords.verify

    async def counting(password: str, password_hash: str | None) -> bool:
        verified.append(password_hash)
        return await real(password, password_hash)

    monkeypatch.setattr(world.deps.passwords, "verify", counting)
    for login in ("nobody", "anna"):
        await world.browser().log_in(login, "wrong")
    assert verified == [None, world.user("anna").password_hash]


async def test_a_hash_of_weaker_days_is_made_anew_at_the_next_login(world: World) -> None:
    user = world.user("anna")
    old = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    world.users.rows[user.user_id] = replace(user, password_hash=old)
    assert (await world.browser().log_in("anna", "wrong"))[0] == 401
    assert world.user("anna").password_hash == old
    assert (await world.browser().log_in("anna"))[0] == 200
    assert world.user("anna").password_hash != old
    assert (await world.browser().log_in("anna"))[0] == 200


async def test_guessing_is_slowed_down_and_says_for_how_long(world: World) -> None:
    for _ in range(5):
        assert (await world.browser().log_in("anna", "wrong"))[0] == 401
    status, problem = await world.browser().log_in("anna")
    assert (status, problem["code"]) == (429, "too_many_tries")
    assert problem["facts"]["wait_s"] >= 1
    world.clock.pass_s(problem["facts"]["wait_s"])
    assert (await world.browser().log_in("anna"))[0] == 200


async def test_an_unknown_account_is_slowed_down_like_a_known_one(world: World) -> None:
    statuses = [(await world.browser().log_in("nobody", "wrong"))[0] for _ in range(6)]
    assert statuses == [401] * 5 + [429]


async def test_many_guesses_at_once_get_no_more_tries_than_one_after_the_other(world: World) -> None:
    answers = await asyncio.gather(*(world.browser().log_in("anna", "wrong") for _ in range(40)))
    assert [status for status, _ in answers].count(401) == 5


async def test_guessing_at_one_account_does_not_lock_the_others_out(world: World) -> None:
    for _ in range(6):
        await world.browser().log_in("anna", "wrong")
    assert (await world.browser().log_in("ben"))[0] == 200


async def test_a_one_time_login_opens_once_and_asks_for_a_password(world: World) -> None:
    admin = await logged_in(world, "root")
    new = {"login": "Nora", "display_name": "Nora", "role": "supervisor"}
    status, once = await admin.ask("POST", "/api/v1/users", json=new)
    assert status == 201
    nora = world.browser()
    status, me = await nora.log_in("nora", once["secret"])
    assert (status, me["must_set_password"]) == (200, True)
    assert (await nora.ask("GET", "/api/v1/agents"))[1]["code"] == "password_needed"
    assert (await world.browser().log_in("nora", once["secret"]))[0] == 401
    status, faults = await nora.ask("PUT", "/api/v1/me/password", json={"new_password": "short"})
    assert (status, faults["fields"][0]["code"]) == (422, "too_short")
    before = dict(nora.cookies)
    assert (await nora.ask("PUT", "/api/v1/me/password", json={"new_password": "a long enough one"}))[0] == 200
    assert nora.cookies != before
    assert (await nora.ask("GET", "/api/v1/agents"))[0] == 200
    assert (await world.browser().log_in("nora", "a long enough one"))[0] == 200


async def test_a_one_time_login_used_twice_at_once_opens_one_session(world: World) -> None:
    admin = await logged_in(world, "root")
    _, once = await admin.ask("POST", f"/api/v1/users/{world.user('anna').user_id}/one-time-login")
    answers = await asyncio.gather(*(world.browser().log_in("anna", once["secret"]) for _ in range(4)))
    assert sorted(status for status, _ in answers) == [200, 401, 401, 401]


async def test_a_one_time_login_ends_by_itself(world: World) -> None:
    admin = await logged_in(world, "root")
    _, once = await admin.ask("POST", f"/api/v1/users/{world.user('anna').user_id}/one-time-login")
    world.clock.pass_s(86_400)
    assert (await world.browser().log_in("anna", once["secret"]))[0] == 401


async def test_a_one_time_login_voids_the_password_the_sessions_and_the_tokens(world: World) -> None:
    browser, admin = await logged_in(world), await logged_in(world, "root")
    token = world.token("anna")
    await admin.ask("POST", f"/api/v1/users/{world.user('anna').user_id}/one-time-login")
    assert (await browser.ask("GET", "/api/v1/me"))[0] == 401
    assert (await world.ask("GET", "/api/v1/me", headers={"Authorization": f"Bearer {token}"}))[0] == 401
    assert (await world.browser().log_in("anna"))[0] == 401


async def test_a_new_password_needs_the_present_one_and_ends_other_sessions(world: World) -> None:
    browser, elsewhere = await logged_in(world), await logged_in(world)
    change = {"current_password": "wrong", "new_password": "a long enough one"}
    assert (await browser.ask("PUT", "/api/v1/me/password", json=change))[1]["code"] == "wrong_password"
    change["current_password"] = PASSWORD
    assert (await browser.ask("PUT", "/api/v1/me/password", json=change))[0] == 200
    assert (await browser.ask("GET", "/api/v1/me"))[0] == 200
    assert (await elsewhere.ask("GET", "/api/v1/me"))[0] == 401


async def test_guessing_the_present_password_in_a_stolen_session_is_slowed_down(world: World) -> None:
    browser = await logged_in(world)
    change = {"current_password": "wrong", "new_password": "a long enough one"}
    statuses = [(await browser.ask("PUT", "/api/v1/me/password", json=change))[0] for _ in range(6)]
    assert statuses == [403] * 5 + [429]


async def test_letters_typed_on_another_keyboard_are_the_same_password(world: World) -> None:
    browser = await logged_in(world)
    change = {"current_password": PASSWORD, "new_password": "Ångström über alles"}
    assert (await browser.ask("PUT", "/api/v1/me/password", json=change))[0] == 200
    decomposed = unicodedata.normalize("NFD", "Ångström über alles")
    assert (await world.browser().log_in("anna", decomposed))[0] == 200


@pytest.mark.parametrize(
    "header",
    [
        "Bearer ",
        "Bearer x",
        "Bearer fernamt_",
        "Bearer fernamt_" + "a" * 43,
        "Basic YW5uYTp4",
        "bearer",
        "fernamt_x",
        "Bearer \t",
    ],
)
async def test_an_invented_token_opens_nothing(world: World, header: str) -> None:
    status, problem = await world.ask("GET", "/api/v1/me", headers={"Authorization": header})
    assert (status, problem["code"]) == (401, "not_logged_in_here")


async def test_an_invalid_token_is_not_saved_by_a_valid_cookie(world: World) -> None:
    browser = await logged_in(world)
    assert (await browser.ask("GET", "/api/v1/me", headers={"Authorization": "Bearer fernamt_x"}))[0] == 401


async def test_an_expired_token_opens_nothing(world: World) -> None:
    token = world.token("anna", lasts_s=60)
    world.clock.pass_s(60)
    assert (await world.ask("GET", "/api/v1/me", headers={"Authorization": f"Bearer {token}"}))[0] == 401


async def test_a_token_falls_with_the_role_it_was_made_under(world: World) -> None:
    token = world.token("root", role=Role.CLERK)
    headers = {"Authorization": f"Bearer {token}"}
    assert (await world.ask("GET", "/api/v1/me", headers=headers))[1]["role"] == "clerk"
    user = world.user("root")
    world.users.rows[user.user_id] = replace(user, role=Role.AGENT)
    assert (await world.ask("GET", "/api/v1/me", headers=headers))[0] == 401


async def test_a_lesser_token_does_less_than_its_user(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.token('root', role=Role.CLERK)}"}
    assert (await world.ask("GET", "/api/v1/users", headers=headers))[1]["code"] == "not_allowed"


async def test_nobody_makes_a_token_of_more_than_their_own_role(world: World) -> None:
    browser = await logged_in(world, "kurt")
    wanted = {"name": "x", "role": "admin", "expires_at": "2026-10-01T00:00:00Z"}
    status, problem = await browser.ask("POST", "/api/v1/tokens", json=wanted)
    assert (status, problem["fields"][0]["at"]) == (422, "/role")


async def test_a_token_makes_no_token_no_user_and_no_password(world: World) -> None:
    wanted = {"name": "x", "role": "admin", "expires_at": "2026-10-01T00:00:00Z"}
    for method, path, body in (
        ("POST", "/api/v1/tokens", wanted),
        ("POST", "/api/v1/users", {"login": "x", "display_name": "x", "role": "admin"}),
        ("PUT", "/api/v1/me/password", {"new_password": "a long enough one"}),
        ("DELETE", "/api/v1/sessions", None),
    ):
        assert (await world.ask(method, path, by="root", json=body))[1]["code"] == "session_needed"


async def test_a_made_token_works_until_it_is_revoked(world: World) -> None:
    browser = await logged_in(world, "kurt")
    wanted = {"name": "month end", "role": "clerk", "expires_at": "2026-10-01T00:00:00Z"}
    status, made = await browser.ask("POST", "/api/v1/tokens", json=wanted)
    assert status == 201
    headers = {"Authorization": f"Bearer {made['secret']}"}
    assert (await world.ask("GET", "/api/v1/clients", headers=headers))[0] == 200
    _, listed = await browser.ask("GET", "/api/v1/tokens")
    assert "secret" not in listed["items"][0]
    assert (await browser.ask("DELETE", f"/api/v1/tokens/{made['token_id']}"))[0] == 204
    assert (await world.ask("GET", "/api/v1/clients", headers=headers))[0] == 401


async def test_somebody_elses_token_is_not_there(world: World) -> None:
    world.token("ben")
    token_id = next(iter(world.tokens.rows))
    browser = await logged_in(world, "anna")
    assert (await browser.ask("DELETE", f"/api/v1/tokens/{token_id}"))[0] == 404
    assert (await browser.ask("GET", "/api/v1/tokens"))[1] == {"items": []}


async def test_an_administrator_cannot_lock_themselves_out(world: World) -> None:
    browser = await logged_in(world, "root")
    change = {"display_name": "Root", "role": "clerk"}
    status, problem = await browser.ask("PUT", f"/api/v1/users/{world.user('root').user_id}", json=change)
    assert (status, problem["code"]) == (409, "in_use")
