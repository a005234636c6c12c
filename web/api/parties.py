"""What is held about a person, told; and erasing one."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from math import ceil

from aiohttp import web

from telephony.identifiers import PartyId
from web.permissions import Action, Resource
from web.ports import ErasureReceipt, ExportsBusy
from web.problems import ProblemError
from web.routes import Ask, Needs, route
from web.schemas.calls import ErasedNumber, ErasedPartShown, ErasureShown, Reason
from web.schemas.types import Nothing, when
from web.streaming import send_file

_PIECE = 1 << 16
ERASE = Needs(resource=Resource.PARTY, action=Action.ERASE, needs_session=True)


@route(
    "POST",
    "/parties/tell",
    access=Needs(resource=Resource.PARTY, action=Action.READ, needs_session=True),
    summary="Tell all that is held about a person",
    body=ErasedNumber,
    media=("application/json",),
    problems=("busy",),
)
async def tell_person(ask: Ask[ErasedNumber, Nothing]) -> web.StreamResponse:
    """Everything of whoever has that number, in any spelling, as one file (Art. 15 GDPR), kind by kind; a kind of which there is
    nothing is empty. Of recordings it has the terms: two people release each, as a package of its own. That it was told, by whom
    and why, is on record, without the number. Few are told at once; beyond them `Retry-After` says when to ask again."""
    try:
        told = await ask.deps.telling.tell(ask.body.number, by=replace(ask.author, reason=ask.body.reason))
    except ExportsBusy as busy:
        raise ProblemError("busy", headers={"Retry-After": str(ceil(ask.deps.settings.export_idle_s))}) from busy
    async with aclosing(_pieces(told)) as pieces:
        return await send_file(
            ask.http, ask.deps.settings, content_type="application/json", name="person.json", first=b"", pieces=pieces
        )


async def _pieces(told: bytes) -> AsyncGenerator[bytes]:
    for start in range(0, len(told), _PIECE):
        yield told[start : start + _PIECE]


@route(
    "POST",
    "/parties/{party_id}/erase",
    access=ERASE,
    summary="Erase a person",
    body=Reason,
    answer=ErasureShown,
)
async def erase_party(ask: Ask[Reason, Nothing]) -> ErasureShown:
    """Every record with the same number has lost its key: number and name do not come back, times and sums stay. So it is with
    leads and voice messages. The receipt is the proof; it tells what had to be kept, and why."""
    receipt = await ask.deps.parties.erase(
        at=ask.now,
        receipt_id=ask.deps.ids.new(ask.now),
        reason=ask.body.reason,
        party_id=PartyId(ask.path["party_id"]),
    )
    if not receipt.has_found:
        raise ProblemError("not_found")
    await ask.keep("party.erased", ask.path["party_id"], ask.body.reason)
    return _shown(receipt)


@route(
    "POST",
    "/parties/erase",
    access=ERASE,
    summary="Erase a person by number",
    body=ErasedNumber,
    answer=ErasureShown,
    problems=("not_found",),
)
async def erase_number(ask: Ask[ErasedNumber, Nothing]) -> ErasureShown:
    """The same for somebody who names their number, in any spelling. The number itself is kept nowhere: the record of who did it
    names the receipt."""
    receipt = await ask.deps.parties.erase(
        at=ask.now, receipt_id=ask.deps.ids.new(ask.now), reason=ask.body.reason, number=ask.body.number
    )
    if not receipt.has_found:
        raise ProblemError("not_found")
    await ask.keep("party.erased", receipt.receipt_id, ask.body.reason)
    return _shown(receipt)


@route(
    "POST",
    "/parties/restrict",
    access=ERASE,
    summary="Leave a person alone by number",
    body=ErasedNumber,
    answer=ErasureShown,
)
async def restrict_number(ask: Ask[ErasedNumber, Nothing]) -> ErasureShown:
    """Whoever has that number wants nothing done with their data (Art. 18 GDPR): nobody calls them, no lead of theirs is given
    out, no consent permits anything. Nothing is lost; the number itself is kept nowhere in clear."""
    receipt = await ask.deps.parties.restrict(
        ask.body.number, receipt_id=ask.deps.ids.new(ask.now), reason=ask.body.reason, by=ask.author
    )
    return _shown(receipt)


def _shown(receipt: ErasureReceipt) -> ErasureShown:
    return ErasureShown(
        receipt_id=receipt.receipt_id,
        erased_at=when(receipt.erased_at),
        records=len(receipt.party_ids),
        parts=[ErasedPartShown(what=each.what, count=each.count, became=each.became, why=each.why) for each in receipt.parts],
    )


ROUTES = (tell_person, erase_party, erase_number, restrict_number)
