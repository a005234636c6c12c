"""Whether the process lives, whether calls can be served, and the figures: for probes and for Prometheus."""

from pathlib import Path

from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from web.credentials import authenticate, may_read_figures
from web.deps import DEPS
from web.permissions import Action, Resource, scope_of
from web.problems import ProblemError
from web.routes import PREFIX

DOCUMENT = Path(__file__).with_name("openapi.json")


async def healthz(_request: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"status": "alive"}, headers={"Cache-Control": "no-store"})


async def readyz(request: web.Request) -> web.Response:
    """200 when switch, journal and directory are fit for calls, else 503 with what is not."""
    checks = dict(request.app[DEPS].readiness.checks())
    is_ready = all(checks.values())
    body = {"status": "ready" if is_ready else "not_ready", "checks": checks}
    return web.json_response(body, status=200 if is_ready else 503, headers={"Cache-Control": "no-store"})


async def metrics(request: web.Request) -> web.Response:
    """The registry in the text format: to the networks that may have it, or to a token of an administrator."""
    deps = request.app[DEPS]
    if not may_read_figures(request, deps.settings):
        who = await authenticate(request, deps)
        if scope_of(who.role, Resource.METRICS, Action.READ) is None:
            raise ProblemError("not_allowed")
    return web.Response(body=generate_latest(deps.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def openapi(_request: web.Request) -> web.FileResponse:
    """The API's description: how to ask is no secret."""
    return web.FileResponse(DOCUMENT, headers={"Content-Type": "application/json"})


def register(app: web.Application) -> None:
    """Health, figures and the API's description are answered."""
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    app.router.add_get(PREFIX + "/openapi.json", openapi)
