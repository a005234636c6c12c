"""The one place where a request is proven, permitted, parsed and answered. No route can be registered around it."""

import re
from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import BaseModel

from web.credentials import authenticate, require_own_origin
from web.deps import DEPS, Deps
from web.language import language_of
from web.parsing import parse_body, parse_query
from web.permissions import scope_of
from web.problems import ProblemError
from web.reach import Principal, Reach, reach_of
from web.routes import PREFIX, Answer, Ask, Entered, Needs, Public, Route
from web.schemas.types import PATH_PARAMETERS, Nothing


def register(app: web.Application, routes: tuple[Route, ...]) -> None:
    """The routes answer under the API's prefix."""
    for route in routes:
        app.router.add_route(route.method, PREFIX + route.path, endpoint(route), name=route.name)


def endpoint(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The route's handler behind its permission."""
    patterns = {name: re.compile(PATH_PARAMETERS[name][0]) for name in re.findall(r"{(\w+)}", route.path)}

    async def handle(request: web.Request) -> web.StreamResponse:
        deps = request.app[DEPS]
        who, reach = await _permit(request, deps, route)
        for name, pattern in patterns.items():
            if pattern.fullmatch(request.match_info[name]) is None:
                raise ProblemError("not_found")
        query = parse_query(request, route.query)
        ask = Ask(
            http=request,
            deps=deps,
            now=deps.clock.now(),
            language=language_of(request.headers.get("Accept-Language", "")),
            path=dict(request.match_info),
            body=await _body(request, deps, route),
            query=query,
            who=who,
            reach=reach,
        )
        return _response(route, await route.handler(ask))

    return handle


async def _permit(request: web.Request, deps: Deps, route: Route) -> tuple[Principal | None, Reach | None]:
    match route.access:
        case Public():
            if request.method != "GET":
                require_own_origin(request, deps.settings, is_absent_fine=True)
            return None, None
        case Entered(even_without_password=even_without_password, needs_session=needs_session):
            who = await authenticate(request, deps)
            _require_password(who, is_fine_without=even_without_password)
            _require_session(who, is_needed=needs_session)
            return who, None
        case Needs(resource=resource, action=action, needs_session=needs_session):
            who = await authenticate(request, deps)
            _require_password(who, is_fine_without=False)
            scope = scope_of(who.role, resource, action)
            if scope is None:
                raise ProblemError("not_allowed")
            _require_session(who, is_needed=needs_session)
            return who, reach_of(who, scope, deps.directory.current)


def _require_password(who: Principal, *, is_fine_without: bool) -> None:
    if who.must_set_password and not is_fine_without:
        raise ProblemError("password_needed")


def _require_session(who: Principal, *, is_needed: bool) -> None:
    if is_needed and who.session_id is None:
        raise ProblemError("session_needed")


async def _body(request: web.Request, deps: Deps, route: Route) -> BaseModel:
    if not route.takes_body:
        return Nothing()
    limit = deps.settings.centre_limit if route.has_large_body else deps.settings.body_limit
    return await parse_body(request, route.body, limit=limit, timeout_s=deps.settings.body_timeout_s)


def _response(route: Route, answer: Answer) -> web.StreamResponse:
    if isinstance(answer, web.StreamResponse):
        return answer
    if answer is None:
        return web.Response(status=route.status)
    payload = answer.model_dump_json().encode()
    return web.Response(status=route.status, body=payload, content_type="application/json", charset="utf-8")
