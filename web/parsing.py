"""From bytes to shapes: everything that is wrong is said at once, by field."""

import asyncio
from collections.abc import Sequence

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from web.problems import FieldFault, ProblemError
from web.schemas.types import TOLD

MOST_FAULTS = 50


async def parse_body(request: web.Request, shape: type[BaseModel], *, limit: int, timeout_s: float) -> BaseModel:
    """The body as that shape. Raises `ProblemError` `not_json`, `too_large`, `too_slow`, `malformed`, `invalid`."""
    if request.content_type != "application/json":
        raise ProblemError("not_json")
    raw = await _read(request, limit=limit, timeout_s=timeout_s)
    try:
        return shape.model_validate_json(raw)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
    if any(e["type"] == "json_invalid" for e in errors):
        raise ProblemError("malformed")
    raise ProblemError("invalid", fields=[_fault(e, pointer=True) for e in errors[:MOST_FAULTS]])


async def _read(request: web.Request, *, limit: int, timeout_s: float) -> bytes:
    if request.content_length is not None and request.content_length > limit:
        raise ProblemError("too_large", facts={"limit_bytes": limit}, headers={"Connection": "close"})
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(timeout_s):
            async for piece in request.content.iter_any():
                size += len(piece)
                if size > limit:
                    raise ProblemError("too_large", facts={"limit_bytes": limit}, headers={"Connection": "close"})
                pieces.append(piece)
    except TimeoutError as error:
        raise ProblemError("too_slow", headers={"Connection": "close"}) from error
    return b"".join(pieces)


def parse_query(request: web.Request, shape: type[BaseModel]) -> BaseModel:
    """The query parameters as that shape. Raises `ProblemError` `invalid`."""
    doubled = sorted({name for name in request.query if len(request.query.getall(name)) > 1})
    if doubled:
        raise ProblemError("invalid", fields=[FieldFault(at=_short(n), code="doubled", detail="given twice") for n in doubled])
    try:
        return shape.model_validate(dict(request.query))
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
    raise ProblemError("invalid", fields=[_fault(e, pointer=False) for e in errors[:MOST_FAULTS]])


def _fault(error: ErrorDetails, *, pointer: bool) -> FieldFault:
    facts = {
        name: value if isinstance(value, int) else _short(value)
        for name, value in error.get("ctx", {}).items()
        if isinstance(value, str | int) and name != TOLD
    }
    return FieldFault(at=_at(error["loc"], pointer=pointer), code=error["type"], detail=error["msg"], facts=facts)


def _at(place: Sequence[int | str], *, pointer: bool) -> str:
    if not pointer:
        return _short(".".join(str(part) for part in place))
    return "".join("/" + _short(str(part).replace("~", "~0").replace("/", "~1")) for part in place)


def _short(name: str) -> str:
    return name if len(name) <= 80 else name[:77] + "..."
