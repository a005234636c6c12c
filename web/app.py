"""The HTTP application, made of what it is given."""

from collections.abc import AsyncIterator, Callable, Sequence

from aiohttp import web

from web import dispatch, health
from web.api.table import ROUTES
from web.deps import DEPS, Deps
from web.first_words import WAITING, Waiting, hear
from web.middlewares import explain, know_own_name, note, protection

Extension = Callable[[web.Application], None]
"""Adds what stands beside the API: the live WebSocket, the front end's files."""


def make_app(deps: Deps, *, extensions: Sequence[Extension] = ()) -> web.Application:
    """The application, not yet listening: health, the API, then the extensions in their order."""
    app = web.Application(
        middlewares=[hear, note, explain, know_own_name],
        client_max_size=deps.settings.body_limit,
        handler_args={"keepalive_timeout": 75.0, "max_line_size": 8_190, "max_field_size": 8_190},
    )
    app[DEPS] = deps
    app[WAITING] = Waiting()
    app.on_response_prepare.append(protection(deps))
    app.cleanup_ctx.append(_password_threads)
    health.register(app)
    dispatch.register(app, ROUTES)
    for extend in extensions:
        extend(app)
    return app


async def _password_threads(app: web.Application) -> AsyncIterator[None]:
    yield
    app[DEPS].passwords.close()
