"""The committed document is what the routes say, and is valid."""

import json

import pytest
from openapi_spec_validator import validate

from web.api.table import ROUTES
from web.openapi import FILE, document, rendered
from web.openapi_beside import BESIDE
from web.routes import PREFIX, Public, Route

MADE = document()


def test_the_committed_document_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == rendered(MADE), "python -m web.openapi"


def test_the_document_is_valid_openapi_3_1() -> None:
    committed = json.loads(FILE.read_text(encoding="utf-8"))
    assert committed["openapi"].startswith("3.1")
    validate(committed)


def test_every_route_is_in_the_document_and_the_other_way_round() -> None:
    described = {(method.upper(), path) for path, operations in MADE["paths"].items() for method in operations}
    beside = {("GET", path) for path in BESIDE}
    assert described == {(route.method, PREFIX + route.path) for route in ROUTES} | beside
    assert len({route.name for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: r.name)
def test_every_route_says_what_it_takes_gives_and_asks(route: Route) -> None:
    operation = MADE["paths"][PREFIX + route.path][route.method.lower()]
    assert operation["summary"]
    assert operation["description"]
    assert bool(operation["security"]) is not isinstance(route.access, Public)
    names = {p["name"] for p in operation.get("parameters", [])}
    assert all(p["description"] for p in operation.get("parameters", []) if p["in"] == "path")
    assert names >= {part[1:-1] for part in route.path.split("/") if part.startswith("{")}
    assert ("requestBody" in operation) is (route.takes_body or bool(route.upload))
    assert str(route.status) in operation["responses"]
    assert "500" in operation["responses"]
    if not isinstance(route.access, Public):
        assert {"401", "403"} <= set(operation["responses"])
