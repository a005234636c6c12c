"""What is served beside the route table, described by hand: health, figures, the document itself, the live board."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_ENTERED: list[Json] = [{"session": []}, {"token": []}]


def _get(names: tuple[str, str], summary: str, description: str, responses: Mapping[str, str], security: list[Json]) -> Json:
    name, tag = names
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "description": description,
            "tags": [tag],
            "security": security,
            "responses": {
                status: {"description": text}
                if int(status) < 400 or status == "503"
                else {"description": text, "content": _PROBLEM}
                for status, text in responses.items()
            },
        }
    }


BESIDE: Mapping[str, Json] = {
    "/healthz": _get(("healthz", "health"), "Does the process live", "The process answers.", {"200": "It does."}, []),
    "/readyz": _get(
        ("readyz", "health"),
        "Can calls be served",
        "Switch reconciled, journal healthy, directory loaded: each by name.",
        {"200": "They can.", "503": "They cannot; `checks` says why."},
        [],
    ),
    "/metrics": _get(
        ("metrics", "health"),
        "Figures for Prometheus",
        "The text format; open to the machine itself where no proxy stands before us, elsewhere to administrators.",
        {"200": "The figures.", "401": "Problem: not_logged_in_here", "403": "Problem: not_allowed"},
        [{}, *_ENTERED],
    ),
    "/api/v1/openapi.json": _get(
        ("openapi", "health"),
        "This document",
        "The API's description.",
        {"200": "This document.", "421": "Problem: wrong_host"},
        [],
    ),
    "/api/v1/live": _get(
        ("live_socket", "live"),
        "Watch the board over WebSocket",
        "hello, then snapshot and numbered deltas, a beat every second; `resume {epoch, seq}` goes on where one was. "
        "Cookies need an `Origin` of ours. What is seen follows the role.",
        {
            "101": "The socket is open.",
            "401": "Problem: not_logged_in_here",
            "403": "Problem: not_allowed, foreign_origin, password_needed",
        },
        _ENTERED,
    ),
    "/api/v1/live/events": _get(
        ("live_events", "live"),
        "Watch the board as server-sent events",
        "The frames of the WebSocket, for boards and integrations; `Last-Event-ID` resumes.",
        {"200": "The stream.", "401": "Problem: not_logged_in_here", "403": "Problem: not_allowed, password_needed"},
        _ENTERED,
    ),
}
