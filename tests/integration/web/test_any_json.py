"""Whatever JSON, query or path is sent to whatever route: it is answered, never with a 5xx, and refusals are problems."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.engine import make_engine
from store.tables.schema import METADATA
from tests.integration.web.edge import PEOPLE, World, a_world
from tests.integration.web.test_on_sqlite import HOSTILE, stores
from tests.integration.web.test_permission_matrix import BODIES, MESSAGES, OWN, populate
from web.api.table import ROUTES
from web.auth import open_session
from web.permissions import PERMISSIONS, Role
from web.routes import PREFIX, Needs, Route

TEXTS = st.one_of(
    st.text(max_size=30), st.sampled_from([*HOSTILE, "\x00", "..", "a" * 5_000, "-1", "NaN", "2026-02-30T25:00:00Z"])
)
NUMBERS = st.one_of(st.integers(), st.floats(), st.sampled_from([2**63, -(2**63), 10**400, 1e308]))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)
GOOD_QUERIES = {"export_minutes": {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}}


@dataclass
class Running:
    world: World
    runner: asyncio.Runner


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One edge on SQLite for the whole module: starting one per example would be the slow part."""
    folder: Path = tmp_path_factory.mktemp("any_json")
    with asyncio.Runner() as runner:

        async def start() -> Any:
            engine = make_engine(f"sqlite:///{folder}/fernamt.db")
            async with engine.begin() as connection:
                await connection.run_sync(METADATA.create_all)
            stored = {k: v for k, v in (await stores(engine)).items() if k != "parties"}
            context = a_world(stored=stored, leads_folder=folder / "leads")
            return engine, context, await context.__aenter__()

        engine, context, world = runner.run(start())
        yield Running(world=world, runner=runner)
        runner.run(context.__aexit__(None, None, None))
        runner.run(engine.dispose())


def a_login_for(route: Route) -> str:
    """One who may, an administrator where possible."""
    if not isinstance(route.access, Needs):
        return "root"
    roles = PERMISSIONS[route.access.resource, route.access.action]
    role = Role.ADMIN if Role.ADMIN in roles else next(iter(roles))
    return next(login for login, facts in PEOPLE.items() if facts["role"] is role)


def nearly(body: Any) -> st.SearchStrategy[Any]:
    """The valid body with one thing changed, added or missing."""
    if not isinstance(body, dict) or not body:
        return JSON
    changed = st.tuples(st.sampled_from(sorted(body)), st.one_of(TEXTS, JSON)).map(lambda kv: {**body, kv[0]: kv[1]})
    missing = st.sampled_from(sorted(body)).map(lambda k: {name: value for name, value in body.items() if name != k})
    added = st.tuples(TEXTS, JSON).map(lambda kv: {**body, kv[0]: kv[1]})
    return st.one_of(st.just(body), changed, missing, added)


async def ask(world: World, route: Route, path: str, body: Any) -> tuple[int, str, bytes]:
    login = a_login_for(route)
    user = world.user_of(login)
    await world.users.put(user)
    entered = await open_session(world.deps, user, must_set_password=False)
    headers = {"Cookie": f"fernamt={entered.secret}", "Origin": world.url, "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body is not ... else None
    async with world.client.request(route.method, world.url + path, data=data, headers=headers) as response:
        return response.status, response.content_type, await response.read()


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: r.name)
def test_no_json_makes_the_service_stumble(running: Running, route: Route) -> None:
    populate(running.world)
    for message in MESSAGES:
        running.runner.run(running.world.messages.add(message))
    good_body = BODIES.get(route.name) if route.takes_body else ...
    bodies = st.one_of(nearly(good_body), JSON) if route.takes_body else st.just(...)
    good_ids = {name: OWN[name] for name in sorted(OWN) if "{" + name + "}" in route.path}
    ids = st.fixed_dictionaries(dict.fromkeys(good_ids, TEXTS))
    fields = sorted(route.query.model_json_schema(by_alias=True).get("properties", {}))
    values = st.one_of(TEXTS, st.sampled_from(["2026-01-01T00:00:00Z", "2026-02-01T00:00:00+01:00", "json", "1", "true"]))
    queries = st.dictionaries(st.sampled_from([*fields, "other"]), values, max_size=4)
    good_query = GOOD_QUERIES.get(route.name, {})
    cases = st.one_of(
        st.tuples(bodies, st.just(good_ids), st.just(good_query)),
        st.tuples(bodies, st.just(good_ids), st.just(good_query)),
        st.tuples(st.just(good_body), ids, st.just(good_query)),
        st.tuples(st.just(good_body), st.just(good_ids), queries),
    )

    @settings(max_examples=25, database=None)
    @given(case=cases)
    def tried(case: tuple[Any, dict[str, str], dict[str, str]]) -> None:
        body, path_ids, query = case
        path = PREFIX + route.path.format(**{k: quote(v.encode("utf-8", "replace"), safe="") for k, v in path_ids.items()})
        tail = "&".join(f"{quote(k)}={quote(v.encode('utf-8', 'replace'))}" for k, v in query.items())
        status, content_type, answered = running.runner.run(ask(running.world, route, f"{path}?{tail}"[:6_000], body))
        assert status < 500, answered
        assert status < 400 or content_type == "application/problem+json"

    tried()
