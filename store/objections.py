"""An objection on a call that was a lead's: in force at once, for every number of the person, in the settlement's transaction."""

from collections.abc import Sequence

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.outbound.facts import Covers, ListOwner
from store.audit import Altered, Author, put_on_record
from store.do_not_call import DoNotCallList, put_entry
from store.tables.outbound import ADVERTISING_CONSENTS, DO_NOT_CALL
from telephony.identifiers import ClientId


async def keep_objection(
    connection: AsyncConnection, hashes: Sequence[bytes], client_id: ClientId, covers: Covers, *, by: Author
) -> None:
    """The client calls none of these numbers any more, and no consent of theirs holds (Art. 21(3) GDPR, §7 UWG)."""
    whose = DoNotCallList(owner=ListOwner.CLIENT, owner_id=client_id)
    entries, consents = DO_NOT_CALL.c, ADVERTISING_CONSENTS.c
    for each in hashes:
        await put_entry(connection, each, whose, covers=covers, reason=by.reason, by=by)
        if covers is Covers.EVERYTHING:  # what stood there for advertising is widened
            ours = and_(entries.owner == whose.owner.value, entries.owner_id == client_id, entries.lookup_hash == each)
            await connection.execute(update(DO_NOT_CALL).where(ours).values(covers=covers.value))
        theirs = and_(
            consents.lookup_hash == each,
            consents.client_id == client_id,
            consents.withdrawn_at.is_(None),
            consents.granted_at <= by.at,
        )
        ended = list((await connection.execute(select(consents.consent_id).where(theirs))).scalars())
        if ended:
            await connection.execute(update(ADVERTISING_CONSENTS).where(theirs).values(withdrawn_at=by.at))
            await put_on_record(connection, by, [Altered(deed="consent.withdrawn", subject=name) for name in ended])
