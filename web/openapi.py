"""The OpenAPI 3.1 document, made of the route table and the shapes. `python -m web.openapi` writes web/openapi.json."""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from web.api.table import ROUTES
from web.openapi_beside import BESIDE
from web.permissions import PERMISSIONS
from web.problems import EDGE, REFUSALS, TYPE_PREFIX
from web.routes import PREFIX, Needs, Public, Route
from web.schemas.types import PATH_PARAMETERS, Nothing
from web.webhook_events import WebhookKind

Json = dict[str, Any]
FILE = Path(__file__).with_name("openapi.json")
VERSION = "1.0.0"
"""Of the API, not of the program: raised with every change of the document."""

_BOTH = "#/components/schemas/{model}"


def document(routes: Sequence[Route] = ROUTES) -> Json:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Fernamt",
            "version": VERSION,
            "summary": "Agents, calls, minutes and the centre they belong to.",
            "description": "Instants are RFC 3339 in UTC, durations integer milliseconds. Errors are RFC 9457 problems; their "
            "`code` is stable, their `title` follows Accept-Language (de, en). What is out of a role's reach is answered like "
            "what does not exist.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys([*(route.tag for route in routes), "live", "health"])],
        "paths": {**_paths(routes), **BESIDE},
        "webhooks": {kind.value: {"post": _webhook(kind)} for kind in WebhookKind},
        "components": {
            "schemas": {**_schemas(routes), "Problem": _problem_schema(), "WebhookEvent": _webhook_schema()},
            "securitySchemes": {
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-fernamt",
                    "description": "Set by POST /api/v1/session. Named `fernamt` on plain http. Requests that change something "
                    "must carry an `Origin` of ours.",
                },
                "token": {"type": "http", "scheme": "bearer", "description": "An API token, `fernamt_…`."},
            },
        },
    }


def _paths(routes: Iterable[Route]) -> Json:
    paths: Json = {}
    for route in routes:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _operation(route)
    return paths


def _operation(route: Route) -> Json:
    operation: Json = {
        "operationId": route.name,
        "summary": route.summary,
        "description": _description(route),
        "tags": [route.tag],
        "security": _security(route),
        "responses": _responses(route),
    }
    parameters = [*_path_parameters(route.path), *_query_parameters(route.query)]
    if parameters:
        operation["parameters"] = parameters
    if route.takes_body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _reference(route.body)}}}
    if route.upload:
        content = {media: {"schema": {"type": "string", "format": "binary"}} for media in route.upload}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _description(route: Route) -> str:
    if not isinstance(route.access, Needs):
        return route.description
    reach = PERMISSIONS[route.access.resource, route.access.action]
    roles = ", ".join(f"{role.value} ({scope.value})" for role, scope in sorted(reach.items()))
    return f"{route.description} Roles and their reach: {roles}."


def _security(route: Route) -> list[Json]:
    if isinstance(route.access, Public):
        return []
    return [{"session": []}] if route.access.needs_session else [{"session": []}, {"token": []}]


def _path_parameters(path: str) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PATH_PARAMETERS[name][1],
            "schema": {"type": "string", "pattern": PATH_PARAMETERS[name][0]},
        }
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query_parameters(query: type[BaseModel]) -> list[Json]:
    schema = query.model_json_schema(by_alias=True, ref_template=_BOTH)
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": shape.get("description", ""),
            "schema": {key: value for key, value in shape.items() if key != "description"},
        }
        for name, shape in schema.get("properties", {}).items()
    ]


def _responses(route: Route) -> Json:
    answers: Json = {str(route.status): _success(route)}
    codes: dict[int, list[str]] = {}
    for code in (*_edge_codes(route), *route.problems):
        codes.setdefault(EDGE[code].status, []).append(code)
    for refusal in route.refusals:
        codes.setdefault(REFUSALS[refusal].status, []).append(refusal.value)
    for status, names in sorted(codes.items()):
        answers[str(status)] = {
            "description": "Problem: " + ", ".join(dict.fromkeys(names)),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return answers


def _edge_codes(route: Route) -> Iterable[str]:
    yield "internal"
    yield "wrong_host"
    if not isinstance(route.access, Public):
        yield from ("not_logged_in_here", "password_needed", "not_allowed")
        if route.access.needs_session:
            yield "session_needed"
        if route.method != "GET":
            yield "foreign_origin"
    if "{" in route.path:
        yield "not_found"
    if route.takes_body:
        yield from ("malformed", "too_slow", "too_large", "not_json")
    if route.upload:
        yield from ("too_slow", "too_large")
    yield "invalid"  # a query parameter that is not known is enough


def _success(route: Route) -> Json:
    if route.media:
        content = {media: {"schema": {"type": "string", "format": "binary"}} for media in route.media}
        return {"description": "The file.", "content": content}
    if route.answer is None:
        return {"description": "Done."}
    return {"description": "Done.", "content": {"application/json": {"schema": _reference(route.answer)}}}


def _reference(model: type[BaseModel]) -> Json:
    return {"$ref": _BOTH.format(model=model.__name__)}


def _schemas(routes: Iterable[Route]) -> Json:
    models: dict[type[BaseModel], None] = {}
    for route in routes:
        for model in (route.body, route.query, route.answer):
            if model is not None and model is not Nothing:
                models[model] = None
    _, schemas = models_json_schema([(model, "validation") for model in models], ref_template=_BOTH)
    return dict(sorted(schemas.get("$defs", {}).items()))


def _problem_schema() -> Json:
    text: Json = {"type": "string"}
    facts = {"type": "object", "description": "What the detail is made of, by the code's own names."}
    parts = {"at": text, "code": text, "detail": text, "facts": facts}
    fault = {"type": "object", "required": ["at", "code", "detail"], "properties": parts}
    return {
        "type": "object",
        "description": "RFC 9457. `type` is the code after " + TYPE_PREFIX,
        "required": ["type", "title", "status", "instance", "code"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": text,
            "status": {"type": "integer"},
            "detail": {**text, "description": "What the title leaves open, in the same language, where there is such a thing."},
            "instance": {"type": "string", "format": "uri", "description": "The request's id, as in the log."},
            "code": {"type": "string", "enum": sorted({*EDGE, *(code.value for code in REFUSALS)})},
            "facts": {"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
            "fields": {"type": "array", "items": fault, "description": "Every field that cannot be used, at once."},
        },
    }


def _webhook_schema() -> Json:
    return {
        "type": "object",
        "required": ["id", "type", "occurred_at", "data"],
        "properties": {
            "id": {"type": "string", "description": "Stable over attempts and rebuilds."},
            "type": {"type": "string", "enum": [kind.value for kind in WebhookKind]},
            "occurred_at": {"type": "string", "format": "date-time"},
            "data": {"type": "object", "additionalProperties": {"type": ["string", "integer", "boolean", "null"]}},
        },
    }


def _webhook(kind: WebhookKind) -> Json:
    headers = {
        "Fernamt-Signature": "t=<seconds>,v1=<hex>: HMAC-SHA256 with the subscription's secret over t, a dot and the body.",
        "Fernamt-Delivery": "The delivery's id, the same over all attempts.",
        "Fernamt-Event": "The event's type.",
    }
    return {
        "operationId": "on_" + kind.value.replace(".", "_"),
        "summary": f"Told: {kind.value}",
        "description": "Delivered at least once; any 2xx takes it, a redirect does not.",
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        ],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/WebhookEvent"}}}},
        "responses": {"2XX": {"description": "Taken."}},
    }


def rendered(made: Mapping[str, Any]) -> str:
    """The document as it is committed."""
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """The committed document is current."""
    FILE.write_text(rendered(document()), encoding="utf-8")
    sys.stdout.write(f"{FILE.name} written\n")


if __name__ == "__main__":
    main()
