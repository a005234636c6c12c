"""The built front end, served from `/`. Files under `/assets/` carry a hash of their content in their name.

The build lays texts compressed beside themselves, and `FileResponse` sends what the browser takes. Nothing else is ever
compressed: what is made for one person may hold a secret, and how small it becomes would tell of it (BREACH).
"""

from pathlib import Path

from aiohttp import web

_PAGES = ("/", "/hearing.js")
HOW_TO_BUILD = "The front end is not built. Run `make build`, or install the wheel, which has it inside.\n"


def front_end(app: web.Application, folder: Path) -> None:
    """`/` answers with the page in `folder` (the front end's `dist`), or says how to build it.

    `/hearing.js` is for pages that are an agent's phone: it notices that the agent hears nothing.
    """

    async def page(_request: web.Request) -> web.StreamResponse:
        index = folder / "index.html"
        if not index.is_file():
            return web.Response(status=503, text=HOW_TO_BUILD)
        return web.FileResponse(index, headers={"Cache-Control": "no-cache"})

    async def hearing(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(folder / "hearing.js", headers={"Cache-Control": "no-cache"})

    app.router.add_get("/", page, name="front_end")
    if (folder / "hearing.js").is_file():
        app.router.add_get("/hearing.js", hearing, name="hearing")
    if (folder / "assets").is_dir():
        app.router.add_static("/assets", folder / "assets", name="assets")
    app.on_response_prepare.append(_let_caches_keep)


async def _let_caches_keep(request: web.Request, response: web.StreamResponse) -> None:
    is_asset = request.path.startswith("/assets/")
    if response.status not in (200, 206, 304) or not (is_asset or request.path in _PAGES):
        return
    response.headers["Vary"] = "Accept-Encoding"  # also of the file as it is: aiohttp says it of compressed ones only
    if is_asset:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
