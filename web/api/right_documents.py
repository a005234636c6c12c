"""What rights to show a number rest on: documents added, listed, downloaded; a new version replaces none."""

from base64 import b64decode
from collections.abc import Mapping

from aiohttp import web

from store.right_documents import KeptDocument
from web.api.directory import written
from web.api.levels import names_of_users
from web.api.outbound import READ_RIGHTS, WRITE_RIGHTS
from web.problems import ProblemError
from web.routes import Ask, Body, Query, route
from web.schemas.right_documents import DocumentFile, DocumentShown, DocumentsShown
from web.schemas.types import Nothing, when


@route(
    "GET",
    "/shown-rights/{right_id}/documents",
    access=READ_RIGHTS,
    summary="List documents of a right",
    answer=DocumentsShown,
)
async def list_right_documents(ask: Ask[Nothing, Nothing]) -> DocumentsShown:
    """All versions of the document, the newest first."""
    right_id = await _right(ask)
    names = await names_of_users(ask)
    return DocumentsShown(items=[_shown(each, names) for each in await ask.deps.right_documents.of(right_id)])


@route(
    "POST",
    "/shown-rights/{right_id}/documents",
    access=WRITE_RIGHTS,
    summary="Add a document to a right",
    body=DocumentFile,
    answer=DocumentShown,
    has_large_body=True,
)
async def add_right_document(ask: Ask[DocumentFile, Nothing]) -> DocumentShown:
    """The document is kept sealed as the right's newest version, beside all that were there, until the right itself goes. What it
    is tells its content: a PDF, PNG or JPEG. The same sent twice is no new version."""
    right_id, content = await _right(ask), b64decode(ask.body.content)
    kept = await written(ask.deps.right_documents.add(right_id, ask.body.name, content, by=ask.author))
    return _shown(kept, await names_of_users(ask))


@route(
    "GET",
    "/shown-rights/{right_id}/documents/{version}",
    access=READ_RIGHTS,
    summary="Get a document of a right",
    media=("application/octet-stream",),
)
async def download_right_document(ask: Ask[Nothing, Nothing]) -> web.Response:
    """The document as it was added, always as a file to keep. That it was looked at is on record."""
    right_id, version = await _right(ask), int(ask.path["version"])
    found = await ask.deps.right_documents.open(right_id, version)
    if found is None:
        raise ProblemError("not_found")
    await ask.keep("shown_right.document_shown", f"{right_id} {version}")
    headers = {"Content-Disposition": "attachment", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=found.content, content_type="application/octet-stream", headers=headers)


async def _right(ask: Ask[Body, Query]) -> str:
    """The right in the path. Raises `ProblemError` where there is none."""
    right_id = ask.path["right_id"]
    if all(right.right_id != right_id for right in await ask.deps.shown_rights.rights()):
        raise ProblemError("not_found")
    return right_id


def _shown(kept: KeptDocument, names: Mapping[str, str]) -> DocumentShown:
    return DocumentShown(
        version=kept.version,
        name=kept.name,
        media_type=kept.media_type,
        size=kept.size,
        sha256=kept.sha256.hex(),
        added_at=when(kept.added_at),
        added_by=names.get(kept.added_by, kept.added_by),
    )


ROUTES = (list_right_documents, add_right_document, download_right_document)
