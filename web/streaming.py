"""Files that are made while they are sent, and files that are taken while they come: neither is ever whole in memory."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from aiohttp import web

from web.lead_ports import FileSealer
from web.problems import ProblemError
from web.settings import WebSettings

_PIECE = 1 << 20


async def send_file(
    request: web.Request, settings: WebSettings, *, content_type: str, name: str, first: bytes, pieces: AsyncGenerator[bytes]
) -> web.StreamResponse:
    """The whole file has been taken. Who stops reading, or reads without end, is cut off, without the proper end of a file."""
    response = web.StreamResponse()
    response.headers["Content-Type"] = content_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    try:
        async with asyncio.timeout(settings.export_limit_s):
            await response.prepare(request)
            await _taken(response, first, settings.export_idle_s)
            async for piece in pieces:
                await _taken(response, piece, settings.export_idle_s)
            await response.write_eof()
    except TimeoutError as slow:
        transport = request.transport
        if transport is not None:
            transport.abort()  # what waits to be read is dropped with the line: closing would wait for the reader
        raise ConnectionResetError("the reader of an export was too slow") from slow
    return response


async def _taken(response: web.StreamResponse, piece: bytes, within_s: float) -> None:
    async with asyncio.timeout(within_s):
        await response.write(piece)


async def take_file(request: web.Request, settings: WebSettings, path: Path, sealer: FileSealer, *, limit: int) -> int:
    """The body is in that new file, sealed, for this user only; its bytes in clear.

    Raises `ProblemError`, and the file is not there then.
    """
    too_large = ProblemError("too_large", facts={"limit_bytes": limit}, headers={"Connection": "close"})
    if request.content_length is not None and request.content_length > limit:
        raise too_large
    size = 0
    await asyncio.to_thread(_made, path)
    try:
        async with asyncio.timeout(settings.export_limit_s):
            while size <= limit and (piece := await _read(request, settings.export_idle_s)):
                size += len(piece)
                await asyncio.to_thread(_append, path, sealer.feed(piece))
            await asyncio.to_thread(_append, path, sealer.end())
    except TimeoutError as error:
        raise ProblemError("too_slow", headers={"Connection": "close"}) from error
    finally:
        if size > limit or not request.content.at_eof():
            await asyncio.to_thread(path.unlink, missing_ok=True)
    if size > limit:
        raise too_large
    return size


async def _read(request: web.Request, within_s: float) -> bytes:
    pieces, size = [], 0
    while size < _PIECE:
        async with asyncio.timeout(within_s):
            piece = await request.content.readany()
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _made(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=False)


def _append(path: Path, piece: bytes) -> None:
    with path.open("ab") as file:
        file.write(piece)
