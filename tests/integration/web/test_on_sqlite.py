"""The edge on the real store: what people enter, change and take away is there after a restart, and text stays text."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from store.audit import AuditStore
from store.centre import Centre, TeamPlan
from store.directory import DirectoryStore
from store.engine import make_engine
from store.memory_journal import MemoryJournal
from store.messages import MessageStore
from store.parties import PartyKeys, PartyStore
from store.sessions import SessionStore, TokenStore
from store.tables.schema import METADATA
from store.users import UserStore
from store.webhooks import WebhookStore
from telephony.identifiers import ProjectId
from tests.integration.web.edge import PASSWORD, Browser, World, a_world
from tests.integration.web.memory import a_directory
from web.directory_book import StoredDirectory

HOSTILE = [
    "'; DROP TABLE users; --",
    "' OR '1'='1",
    '"; DELETE FROM sessions; --',
    "1); DROP TABLE clients; --",
    "%' UNION SELECT password_hash FROM users --",
    "Robert\\'); --",
    "💥 Ünïcödé",
]
KEYS = PartyKeys(bytes(32))


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(f"sqlite:///{tmp_path}/fernamt.db")
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield engine
    await engine.dispose()


async def stores(engine: AsyncEngine) -> dict[str, Any]:
    book = DirectoryStore(engine)
    centre = a_directory()
    await book.apply(
        Centre(
            clients=tuple(centre.clients.values()),
            projects=tuple(centre.projects.values()),
            numbers=centre.numbers,
            agents=tuple(centre.agents.values()),
            teams=tuple(TeamPlan(team_id=team.team_id, name=team.name) for team in centre.teams.values()),
        )
    )
    return {
        "users": UserStore(engine),
        "sessions": SessionStore(engine),
        "tokens": TokenStore(engine),
        "directory": StoredDirectory(book, await book.load(), lambda _: None),
        "parties": PartyStore(engine, KEYS),
        "messages": MessageStore(engine),
        "webhooks": WebhookStore(engine, KEYS),
        "audit": AuditStore(engine),
    }


@pytest.fixture
async def world(engine: AsyncEngine) -> AsyncIterator[World]:
    async with a_world(stored=await stores(engine)) as running:
        yield running


async def logged_in(world: World, login: str) -> Browser:
    browser = world.browser()
    assert (await browser.log_in(login))[0] == 200
    return browser


async def test_a_session_outlives_a_restart_of_the_service(engine: AsyncEngine) -> None:
    kept = await stores(engine)
    async with a_world(stored=kept) as world:
        browser = await logged_in(world, "anna")
    async with a_world(stored=kept) as again:
        browser.world, browser.origin = again, again.url
        assert (await browser.ask("GET", "/api/v1/me"))[1]["login"] == "anna"


def root_of(world: World) -> str:
    return next(user.user_id for user in world.first_users if user.login == "root")


async def test_a_whole_life_of_an_account(world: World) -> None:
    admin = await logged_in(world, "root")
    new = {"login": "nora", "display_name": "Nora", "role": "agent", "agent_id": "anna"}
    status, once = await admin.ask("POST", "/api/v1/users", json=new)
    assert status == 201
    assert (await admin.ask("POST", "/api/v1/users", json=new))[1]["code"] == "taken"
    nora = world.browser()
    assert (await nora.log_in("nora", once["secret"]))[1]["must_set_password"] is True
    assert (await nora.ask("PUT", "/api/v1/me/password", json={"new_password": "a long enough one"}))[0] == 200
    wanted = {"name": "desktop", "role": "agent", "expires_at": "2026-10-01T00:00:00Z"}
    _, made = await nora.ask("POST", "/api/v1/tokens", json=wanted)
    headers = {"Authorization": f"Bearer {made['secret']}"}
    assert (await world.ask("POST", "/api/v1/agents/anna/available", headers=headers))[0] == 204
    change = {"display_name": "Nora", "role": "clerk"}
    assert (await admin.ask("PUT", f"/api/v1/users/{once['user_id']}", json=change))[0] == 200
    assert (await nora.ask("GET", "/api/v1/me"))[0] == 401
    assert (await world.ask("GET", "/api/v1/me", headers=headers))[0] == 401
    assert (await world.browser().log_in("nora", "a long enough one"))[1]["role"] == "clerk"
    await admin.ask("PUT", f"/api/v1/users/{once['user_id']}", json={**change, "is_active": False})
    assert (await world.browser().log_in("nora", "a long enough one"))[0] == 401
    by_root = [deed.deed for deed in reversed(await world.audit.latest(1_000)) if deed.user_id == root_of(world)]
    assert by_root == ["user.added", "user.changed", "user.changed"]


async def test_a_team_is_set_with_its_people_and_its_leader_reaches_them_at_once(world: World) -> None:
    admin, lena = await logged_in(world, "root"), await logged_in(world, "lena")
    assert (await lena.ask("POST", "/api/v1/agents/carla/pause", json={"pause_reason": "x"}))[0] == 404
    status, red = await admin.ask("PUT", "/api/v1/teams/red", json={"name": "Red", "members": ["carla"], "leaders": ["lena"]})
    assert (status, red) == (200, {"team_id": "red", "name": "Red", "members": ["carla"], "leaders": ["lena"]})
    assert (await lena.ask("POST", "/api/v1/agents/carla/pause", json={"pause_reason": "x"}))[0] == 204
    assert (await lena.ask("POST", "/api/v1/agents/anna/pause", json={"pause_reason": "x"}))[0] == 404
    assert (await lena.ask("GET", "/api/v1/teams"))[1]["items"] == [red]
    assert [(await lena.ask("GET", f"/api/v1/teams/{team}"))[0] for team in ("red", "blue", "none")] == [200, 404, 404]
    assert (await admin.ask("PUT", "/api/v1/teams/green", json={"name": "Green", "leaders": ["lena"]}))[0] == 200
    assert (await lena.ask("GET", "/api/v1/agents"))[1]["items"] == []
    for nonsense in ({"members": ["nobody"]}, {"leaders": ["sven"]}, {"name": ""}):
        assert (await admin.ask("PUT", "/api/v1/teams/red", json={"name": "Red", **nonsense}))[0] == 422
    assert (await admin.ask("DELETE", "/api/v1/teams/red"))[0] == 204
    assert (await admin.ask("GET", "/api/v1/agents/carla"))[1]["team"] is None
    assert (await admin.ask("DELETE", "/api/v1/teams/red"))[0] == 404


async def test_the_record_tells_an_administrator_who_changed_what_and_nobody_else(world: World) -> None:
    admin = await logged_in(world, "root")
    assert (await admin.ask("PUT", "/api/v1/clients/acme", json={"name": "Acme AG"}))[0] == 200
    assert (await admin.ask("PUT", "/api/v1/clients/acme", json={"name": "Acme SE"}))[0] == 200
    assert (await admin.ask("DELETE", "/api/v1/clients/acme"))[0] == 204
    status, page = await admin.ask("GET", "/api/v1/audit?limit=2")
    assert status == 200
    assert [(item["deed"], item["subject"]) for item in page["items"]] == [
        ("client.deactivated", "acme"),
        ("client.changed", "acme"),
    ]
    assert {item["user_id"] for item in page["items"]} == {root_of(world)}
    assert (page["items"][1]["before"]["name"], page["items"][1]["after"]["name"]) == ("Acme AG", "Acme SE")
    _, older = await admin.ask("GET", f"/api/v1/audit?before={page['next_before']}&limit=1")
    assert older["items"][0]["after"]["name"] == "Acme AG"
    clerk = await logged_in(world, "kurt")
    assert (await clerk.ask("GET", "/api/v1/audit"))[0] == 403


async def test_the_centre_is_applied_once_and_is_in_force_at_once(world: World) -> None:
    admin = await logged_in(world, "root")
    centre = {
        "clients": [{"client_id": "neu", "name": "Neu AG"}],
        "projects": [
            {
                "project_id": "neu-info",
                "client_id": "neu",
                "name": "Info",
                "hours": {"week": {"0": [{"opens": "08:00:00", "closes": "18:00:00"}]}, "exceptions": {"2026-12-24": []}},
                "answers_early": True,
                "announcements": {"every_ms": 30000},
                "menu": {"prompt": ["fernamt/choose-german"], "options": [{"key": "1", "language": "de"}]},
                "overflow": [{"reason": "nobody_staffed", "limit": 5000, "target": "machine"}],
            }
        ],
        "numbers": [{"did": "+4930333", "project_id": "neu-info"}],
        "agents": [{"agent_id": "dora", "name": "Dora", "level": 2, "certificates": ["neu-info"], "endpoint_id": "phone-dora"}],
    }
    status, dry = await admin.ask("PUT", "/api/v1/directory?dry_run=true", json=centre)
    assert (status, dry["is_dry_run"], len(dry["changes"])) == (200, True, 5), dry
    assert (await admin.ask("GET", "/api/v1/clients/neu"))[0] == 404
    status, applied = await admin.ask("PUT", "/api/v1/directory", json=centre)
    assert (status, applied["changes"]) == (200, dry["changes"])
    _, again = await admin.ask("PUT", "/api/v1/directory", json=centre)
    assert (again["changes"], again["revision"]) == ([], applied["revision"])
    assert (await admin.ask("GET", "/api/v1/projects/neu-info"))[1]["facts"]["hours"]["exceptions"] == {"2026-12-24": []}
    _, shown = await admin.ask("GET", "/api/v1/projects/neu-info")
    assert (await admin.ask("PUT", "/api/v1/projects/neu-info", json=shown["facts"]))[1] == shown
    assert (await admin.ask("DELETE", "/api/v1/numbers/+4930333"))[0] == 204
    assert (await admin.ask("DELETE", "/api/v1/numbers/+4930333"))[0] == 404


async def test_a_client_out_of_use_takes_its_projects_along_and_comes_back_when_it_is_set_again(world: World) -> None:
    admin = await logged_in(world, "root")
    assert (await admin.ask("DELETE", "/api/v1/projects/acme-service"))[0] == 204
    assert (await admin.ask("GET", "/api/v1/projects/acme-service"))[0] == 404
    assert (await admin.ask("GET", "/api/v1/numbers/+4930111"))[0] == 404
    assert (await admin.ask("DELETE", "/api/v1/projects/acme-service"))[0] == 404
    assert (await admin.ask("DELETE", "/api/v1/clients/bolt"))[0] == 204
    assert (await admin.ask("GET", "/api/v1/projects/bolt-service"))[0] == 404
    assert (await admin.ask("DELETE", "/api/v1/clients/bolt"))[0] == 404
    assert (await admin.ask("PUT", "/api/v1/clients/bolt", json={"name": "Bolt"}))[0] == 200
    facts = {"client_id": "acme", "name": "Service"}
    assert (await admin.ask("PUT", "/api/v1/projects/acme-service", json=facts))[0] == 200
    assert (await admin.ask("GET", "/api/v1/numbers/+4930111"))[1] == {"did": "+4930111", "project_id": "acme-service"}


async def test_hours_with_holidays_and_nights_are_kept_and_shown_as_they_were_written(world: World) -> None:
    admin = await logged_in(world, "root")
    night = [{"opens": "20:00:00", "closes": "02:00:00"}]
    hours = {"zone": "Europe/Vienna", "week": {"4": night}, "exceptions": {"2026-12-24": []}}
    hours |= {"holidays_of": "BY", "on_holidays": [{"opens": "10:00:00", "closes": "12:00:00"}]}
    facts = {"client_id": "acme", "name": "Night", "hours": hours}
    assert (await admin.ask("PUT", "/api/v1/clients/acme", json={"name": "Acme"}))[0] == 200
    status, shown = await admin.ask("PUT", "/api/v1/projects/night", json=facts)
    assert (status, shown["facts"]["hours"]) == (200, hours), shown
    assert (await admin.ask("GET", "/api/v1/projects/night"))[1] == shown
    kept = world.deps.directory.current.projects[ProjectId("night")].hours
    assert kept is not None
    assert (kept.holidays_of, len(kept.on_holidays), kept.week[4][0].crosses_midnight) == ("BY", 1, True)


@pytest.mark.parametrize(
    ("hours", "at", "told"),
    [
        ({"holidays_of": "Bayern"}, "/hours/holidays_of", "give one of BB, BE"),
        ({"on_holidays": [{"opens": "10:00:00", "closes": "12:00:00"}]}, "/hours", "no holidays are known"),
        ({"week": {"1": [{"opens": "10:00:00", "closes": "10:00:00"}]}}, "/hours/week/1", "is empty"),
        (
            {
                "exceptions": {
                    "2026-01-02": [{"opens": "20:00:00", "closes": "02:00:00"}, {"opens": "23:00:00", "closes": "23:30:00"}]
                }
            },
            "/hours/exceptions/2026-01-02",
            "20:00-02:00 and 23:00-23:30 overlap",
        ),
        ({"week": {"7": []}}, "/hours/week/7/[key]", "pattern"),
    ],
)
async def test_hours_that_cannot_be_meant_are_refused_at_their_place(
    world: World, hours: dict[str, Any], at: str, told: str
) -> None:
    admin = await logged_in(world, "root")
    facts = {"client_id": "acme", "name": "Night", "hours": hours}
    status, problem = await admin.ask("PUT", "/api/v1/projects/night", json=facts)
    assert (status, [fault["at"] for fault in problem["fields"]]) == (422, [at])
    assert told in problem["fields"][0]["detail"]


async def test_an_inconsistent_centre_is_refused_with_every_fault(world: World) -> None:
    admin = await logged_in(world, "root")
    centre = {
        "projects": [{"project_id": "p", "client_id": "nobody", "name": "P"}],
        "numbers": [{"did": "+4930333", "project_id": "nothing"}],
    }
    status, problem = await admin.ask("PUT", "/api/v1/directory", json=centre)
    assert (status, problem["code"]) == (422, "invalid")
    assert len(problem["fields"]) == 2
    assert (await admin.ask("GET", "/api/v1/projects/p"))[0] == 404


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_sql_in_a_text_stays_a_text(world: World, engine: AsyncEngine, hostile: str) -> None:
    admin = await logged_in(world, "root")
    assert (await world.browser().log_in(hostile, PASSWORD))[0] == 401
    assert (await world.browser().log_in("anna", hostile))[0] == 401
    _, once = await admin.ask("POST", "/api/v1/users", json={"login": hostile, "display_name": hostile, "role": "clerk"})
    assert (await admin.ask("GET", f"/api/v1/users/{once['user_id']}"))[1]["display_name"] == hostile
    leader = {"display_name": hostile, "role": "team_leader", "team": hostile}
    assert (await admin.ask("PUT", f"/api/v1/users/{once['user_id']}", json=leader))[0] == 422
    assert (await admin.ask("PUT", "/api/v1/teams/x", json={"name": hostile, "leaders": [hostile]}))[0] == 422
    assert (await admin.ask("PUT", "/api/v1/teams/x", json={"name": hostile}))[1]["name"] == hostile
    assert (await admin.ask("PUT", "/api/v1/clients/x", json={"name": hostile}))[1]["name"] == hostile
    assert (await admin.ask("PUT", "/api/v1/agents/x", json={"name": hostile, "level": 1, "team": hostile}))[0] == 422
    token = {"name": hostile, "role": "admin", "expires_at": "2026-10-01T00:00:00Z"}
    assert (await admin.ask("POST", "/api/v1/tokens", json=token))[1]["name"] == hostile
    async with engine.connect() as connection:
        count = (await connection.execute(text("SELECT count(*) FROM users"))).scalar()
    assert count == 11


async def test_a_webhook_keeps_its_secret_to_itself(world: World, engine: AsyncEngine) -> None:
    admin = await logged_in(world, "root")
    status, made = await admin.ask("POST", "/api/v1/webhooks", json={"url": "https://hooks.example/x", "events": ["*"]})
    assert (status, len(made["secret"]) >= 32) == (201, True)
    _, listed = await admin.ask("GET", "/api/v1/webhooks")
    assert "secret" not in listed["items"][0]
    status, queued = await admin.ask("POST", f"/api/v1/webhooks/{made['subscription_id']}/test")
    assert status == 202
    assert [d.delivery_id for d in await world.webhooks.due(world.clock.at, 10)] == [queued["delivery_id"]]
    assert (await admin.ask("DELETE", f"/api/v1/webhooks/{made['subscription_id']}"))[0] == 204
    assert await world.webhooks.due(world.clock.at, 10) == []
    assert (await admin.ask("DELETE", f"/api/v1/webhooks/{made['subscription_id']}"))[0] == 404


def test_the_stores_journal_is_what_the_edge_reads() -> None:
    assert {"read_call", "read_since", "read_open"} <= set(dir(MemoryJournal))


async def test_a_department_is_set_in_several_projects_at_once_or_in_none(world: World) -> None:
    admin = await logged_in(world, "root")
    assert (await admin.ask("PUT", "/api/v1/projects/acme-night", json={"client_id": "acme", "name": "Night"}))[0] == 200
    books = {"name": "Buchhaltung", "digits": "7", "skills": [{"skill": "tax", "grade": 3, "is_required": True}]}
    both = ["acme-night", "acme-service"]

    async def listed() -> list[tuple[str, str | None, list[str]]]:
        _, said = await admin.ask("GET", "/api/v1/departments")
        return [(row["department"]["name"], row["department"]["digits"], row["project_ids"]) for row in said["items"]]

    status, shown = await admin.ask("PUT", "/api/v1/departments", json={"department": books, "project_ids": both})
    assert (status, shown["project_ids"]) == (200, both), shown
    revision = world.deps.directory.current.revision
    assert (await admin.ask("PUT", "/api/v1/departments", json={"department": books, "project_ids": both}))[0] == 200
    assert world.deps.directory.current.revision == revision, "the same again changes nothing"
    own = {"department": {"name": "Lager", "digits": "8"}, "project_ids": ["bolt-service"]}
    assert (await admin.ask("PUT", "/api/v1/departments", json=own))[0] == 200
    assert await listed() == [("Buchhaltung", "7", both), ("Lager", "8", ["bolt-service"])]

    # Answered by a project of one client, it can be no department of another's: then nobody has it changed.
    elsewhere = {"department": {**books, "project_id": "acme-service"}, "project_ids": [*both, "bolt-service"]}
    status, problem = await admin.ask("PUT", "/api/v1/departments", json=elsewhere)
    assert status == 422
    assert "belongs to another client" in problem["fields"][0]["detail"]
    status, problem = await admin.ask("PUT", "/api/v1/departments", json={"department": books, "project_ids": ["nobody"]})
    assert (status, problem["fields"][0]["at"]) == (422, "/project_ids/0")
    assert await listed() == [("Buchhaltung", "7", both), ("Lager", "8", ["bolt-service"])]

    moved = {"department": {**books, "digits": "9"}, "project_ids": ["acme-night"], "without": ["acme-service"]}
    assert (await admin.ask("PUT", "/api/v1/departments", json=moved))[0] == 200
    assert await listed() == [("Buchhaltung", "9", ["acme-night"]), ("Lager", "8", ["bolt-service"])]
    _, deeds = await admin.ask("GET", "/api/v1/audit?limit=5")
    assert "acme-service" in str(deeds)
