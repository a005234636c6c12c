"""Erasing a person."""

from telephony.identifiers import PartyId
from web.permissions import Action, Resource
from web.problems import ProblemError
from web.routes import Ask, Needs, route
from web.schemas.calls import ErasureShown, Reason
from web.schemas.types import Nothing, when


@route(
    "POST",
    "/parties/{party_id}/erase",
    access=Needs(resource=Resource.PARTY, action=Action.ERASE, needs_session=True),
    summary="Erase a person",
    body=Reason,
    answer=ErasureShown,
)
async def erase_party(ask: Ask[Reason, Nothing]) -> ErasureShown:
    """Every record with the same number has lost its key: number and name do not come back, times and sums stay. The receipt is
    the proof."""
    receipt = await ask.deps.parties.erase(
        at=ask.now,
        receipt_id=ask.deps.ids.new(ask.now),
        reason=ask.body.reason,
        party_id=PartyId(ask.path["party_id"]),
    )
    if not receipt.party_ids:
        raise ProblemError("not_found")
    await ask.keep("party.erased", ask.path["party_id"], ask.body.reason)
    return ErasureShown(receipt_id=receipt.receipt_id, erased_at=when(receipt.erased_at), records=len(receipt.party_ids))


ROUTES = (erase_party,)
