"""What-if: a changed centre tried on journaled callers, in a process of its own beside the service. Nothing is ever applied."""

from aiohttp import web

from web.permissions import Action, Resource
from web.ports import WhatIf, WhatIfsBusy, WhatIfWanted
from web.problems import ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.types import Nothing, instant, when
from web.schemas.what_if import NewWhatIf, WhatIfList, WhatIfShown, WhatIfState

READ = Needs(resource=Resource.WHAT_IF, action=Action.READ)
WRITE = Needs(resource=Resource.WHAT_IF, action=Action.WRITE)


@route(
    "POST", "/what-ifs", access=WRITE, summary="Ask what would have been", body=NewWhatIf, answer=WhatIfShown, problems=("busy",)
)
async def ask_what_if(ask: Ask[NewWhatIf, Nothing]) -> WhatIfShown:
    """The run has begun; ask for it until it is done. One runs at a time, and for so long at most as the service allows."""
    body = ask.body
    wanted = WhatIfWanted(
        from_at=instant(body.from_),
        to_at=instant(body.to),
        centre=body.centre,
        replays=body.replays,
        threshold_s=body.threshold_s,
        language=ask.language.value,
    )
    try:
        run = ask.deps.what_ifs.start(wanted, what_if_id=ask.deps.ids.new(ask.now), at=ask.now)
    except WhatIfsBusy:
        raise ProblemError("busy") from None
    return _shown(run)


@route("GET", "/what-ifs", access=READ, summary="List what-ifs", answer=WhatIfList)
async def list_what_ifs(ask: Ask[Nothing, Nothing]) -> WhatIfList:
    """The latest runs of everybody, without their answers."""
    return WhatIfList(items=[_shown(run).model_copy(update={"answer": None}) for run in ask.deps.what_ifs.latest()])


@route("GET", "/what-ifs/{what_if_id}", access=READ, summary="Show a what-if", answer=WhatIfShown)
async def show_what_if(ask: Ask[Nothing, Nothing]) -> WhatIfShown:
    """The run, with its answer once it is done."""
    return _shown(_run(ask))


@route("GET", "/what-ifs/{what_if_id}/picture", access=READ, summary="See a what-if as a picture", media=("image/svg+xml",))
async def draw_what_if(ask: Ask[Nothing, Nothing]) -> web.StreamResponse:
    """The comparison as three charts."""
    picture = _run(ask).picture
    if picture is None:
        raise ProblemError("not_found")
    return web.Response(body=picture, content_type="image/svg+xml", charset="utf-8")


def _run(ask: Ask[Body, Query]) -> WhatIf:
    run = ask.deps.what_ifs.get(ask.path["what_if_id"])
    if run is None:
        raise ProblemError("not_found")
    return run


def _shown(run: WhatIf) -> WhatIfShown:
    state = WhatIfState.FAILED if run.fault is not None else WhatIfState.RUNNING if run.answer is None else WhatIfState.DONE
    return WhatIfShown(
        what_if_id=run.what_if_id,
        state=state,
        started_at=when(run.started_at),
        from_at=when(run.wanted.from_at),
        to_at=when(run.wanted.to_at),
        fault=run.fault,
        detail=run.detail,
        answer=run.answer,
    )


ROUTES = (ask_what_if, list_what_ifs, show_what_if, draw_what_if)
