"""Erasing a person."""

from telephony.identifiers import PartyId
from web.permissions import Action, Resource
from web.ports import ErasureReceipt
from web.problems import ProblemError
from web.routes import Ask, Needs, route
from web.schemas.calls import ErasedNumber, ErasedPartShown, ErasureShown, Reason
from web.schemas.types import Nothing, when

ERASE = Needs(resource=Resource.PARTY, action=Action.ERASE, needs_session=True)


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


ROUTES = (erase_party, erase_number, restrict_number)
