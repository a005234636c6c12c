"""Who did what to the centre, to people who may enter and to personal data."""

import json

from store.audit import Deed
from web.permissions import Action, Resource
from web.routes import Ask, Needs, route
from web.schemas.reports import AuditPage, AuditQuery, DeedShown
from web.schemas.types import Nothing, when


@route(
    "GET",
    "/audit",
    access=Needs(resource=Resource.AUDIT, action=Action.READ),
    summary="Read the record of changes",
    query=AuditQuery,
    answer=AuditPage,
)
async def read_audit(ask: Ask[Nothing, AuditQuery]) -> AuditPage:
    """Who changed, revealed or erased what, the newest first, with what held before and after a change; secrets are never in it.
    For the next page ask with `before` = `next_before`."""
    limit = ask.query.limit
    deeds = await ask.deps.audit.latest(limit + 1, before=ask.query.before)
    page = deeds[:limit]
    return AuditPage(items=[_shown(deed) for deed in page], next_before=page[-1].number if len(deeds) > limit else None)


def _shown(deed: Deed) -> DeedShown:
    return DeedShown(
        number=deed.number,
        at=when(deed.at),
        user_id=deed.user_id,
        deed=deed.deed,
        subject=deed.subject,
        reason=deed.reason,
        before=None if deed.before is None else json.loads(deed.before),
        after=None if deed.after is None else json.loads(deed.after),
    )


ROUTES = (read_audit,)
