"""The built front end, served from `/`. Files under `/assets/` carry a hash of their content in their name."""

from pathlib import Path

from aiohttp import web

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
        app.on_response_prepare.append(_keep_assets)


async def _keep_assets(request: web.Request, response: web.StreamResponse) -> None:
    if request.path.startswith("/assets/") and response.status in (200, 206, 304):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
