"""What the running server answers and what the document says are the same."""

import json
from collections.abc import Iterator

from aiohttp import web

from tests.integration.web.edge import World
from web.live import live_board
from web.openapi import FILE


def registered(app: web.Application) -> Iterator[tuple[str, str]]:
    for route in app.router.routes():
        if route.method != "HEAD" and route.resource is not None:
            yield route.method, route.resource.canonical


async def test_every_registered_route_is_in_the_document_and_the_other_way_round(world: World) -> None:
    live = web.Application()
    live_board(live, None)  # type: ignore[arg-type]  # only its routes are looked at
    served = {*registered(world.app), *registered(live)}
    document = json.loads(FILE.read_text(encoding="utf-8"))
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert served == described


async def test_the_served_document_is_the_committed_one(world: World) -> None:
    assert await world.ask("GET", "/api/v1/openapi.json") == (200, json.loads(FILE.read_text(encoding="utf-8")))
