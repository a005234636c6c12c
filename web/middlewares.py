"""What happens to every request: an id, a log line, headers of protection, a name check, problems instead of pages."""

import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from web.credentials import address_of
from web.deps import DEPS, Deps
from web.language import language_of
from web.problems import BY_STATUS, Problem, ProblemError, RefusalError, answer, of_error, of_refusal
from web.settings import WebSettings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

REQUEST_ID = web.RequestKey("request_id", str)
IS_STARTED = web.RequestKey("is_started", bool)
OPEN_TO_ANY_NAME = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked by address by probes; none of them changes anything or depends on a cookie."""

log = structlog.get_logger("fernamt.web")


@web.middleware
async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every request has an id and leaves one line in the log: the route's pattern, never the query or a secret."""
    deps = request.app[DEPS]
    request[REQUEST_ID] = deps.ids.new(deps.clock.now())
    began = time.perf_counter()
    status = 499
    try:
        response = await handler(request)
        status = response.status
    finally:
        seconds = time.perf_counter() - began
        route = route_of(request)
        if deps.observe is not None:
            deps.observe(request.method, route, status, seconds)
        log.info(
            "request",
            request_id=request[REQUEST_ID],
            method=request.method,
            route=route,
            status=status,
            ms=round(seconds * 1_000, 1),
            address=address_of(request, deps.settings),
        )
    return response


def route_of(request: web.Request) -> str:
    """The pattern the request matched, bounded in number, without what people typed."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unmatched"


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong is answered as a problem; what nobody foresaw as a 500 that says nothing but its id."""
    try:
        return await handler(request)
    except RefusalError as error:
        problem = of_refusal(error.refusal)
    except ProblemError as error:
        problem = of_error(error)
    except web.HTTPException as error:
        problem = _of_library(error)
    except ConnectionError:
        raise
    except Exception:  # the outermost edge: without this the caller would see the library's page
        log.exception("request_failed", request_id=request[REQUEST_ID], method=request.method, route=route_of(request))
        problem = of_error(ProblemError("internal"))
    if request.get(IS_STARTED):
        # Part of a file is on the wire: cutting the line is the only way left to say that it is not whole.
        raise ConnectionResetError("the answer broke off")
    return answer(problem, language_of(request.headers.get("Accept-Language", "")), request[REQUEST_ID])


def _of_library(error: web.HTTPException) -> Problem:
    if error.status < 400:
        raise error
    code = BY_STATUS.get(error.status, "internal" if error.status >= 500 else "malformed")
    allow = error.headers.get("Allow")
    return of_error(ProblemError(code, headers={"Allow": allow} if allow else {}))


@web.middleware
async def know_own_name(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only requests to a name of ours are served: a foreign name that points here (DNS rebinding) gets nothing."""
    settings = request.app[DEPS].settings
    if request.path not in OPEN_TO_ANY_NAME and not _is_own_name(request, settings):
        raise ProblemError("wrong_host")
    return await handler(request)


def _is_own_name(request: web.Request, settings: WebSettings) -> bool:
    host = request.headers.get("Host", "").lower()
    return any(host in _names(origin) for origin in settings.origins)


def _names(origin: str) -> tuple[str, ...]:
    scheme, _, host = origin.lower().partition("://")
    default = {"https": ":443", "http": ":80"}.get(scheme, "")
    return (host, host + default) if default and not host.endswith(default) else (host,)


def content_policy(settings: WebSettings) -> str:
    """Scripts, styles and connections from here alone; no frame around us, no plug-in, no foreign form."""
    connect = " ".join(("'self'", *settings.connect_sources))
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src {connect}; "
        "media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


def protection(deps: Deps) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """A hook that puts the headers of protection on every response, streams and files too."""
    fixed = {
        "Content-Security-Policy": content_policy(deps.settings),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=()",
    }
    if deps.settings.is_tls:
        fixed["Strict-Transport-Security"] = "max-age=31536000"

    async def put(request: web.Request, response: web.StreamResponse) -> None:
        request[IS_STARTED] = True
        response.headers.update(fixed)
        response.headers["Server"] = "fernamt"
        if REQUEST_ID in request:
            response.headers["X-Request-Id"] = request[REQUEST_ID]
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")

    return put
