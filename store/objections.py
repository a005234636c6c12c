"""Objections at once: of a lead on its call, for every number of the person; and of somebody whose phone is ringing just now."""

from collections.abc import Sequence

from sqlalchemy import and_, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.outbound.asking import DialPurpose
from routing.outbound.facts import Covers, ListOwner
from store.audit import Altered, Author, put_on_record
from store.do_not_call import DoNotCallList, put_entry
from store.engine import reading
from store.tables.outbound import ADVERTISING_CONSENTS, DIAL_ATTEMPTS, DO_NOT_CALL
from telephony.dialling import EMERGENCY_CLASS
from telephony.identifiers import CallId, ClientId, LegId


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


async def forbidden_since(engine: AsyncEngine, legs: Sequence[LegId]) -> Sequence[CallId]:
    """The calls of those of these legs whose number came on a list, or whose consent was withdrawn, after they were permitted."""
    attempts, entries, consents = DIAL_ATTEMPTS.c, DO_NOT_CALL.c, ADVERTISING_CONSENTS.c
    is_theirs = attempts.purpose.not_in([each.value for each in DialPurpose if each.is_handing_on])  # that rings for a caller
    theirs = and_(attempts.leg_id.in_(legs), attempts.ended_at.is_(None), is_theirs, attempts.number_class != EMERGENCY_CLASS)
    owners = or_(
        and_(entries.owner == ListOwner.CENTRE.value, entries.owner_id == ""),
        and_(entries.owner == ListOwner.CLIENT.value, entries.owner_id == attempts.client_id),
        and_(entries.owner == ListOwner.PROJECT.value, entries.owner_id == attempts.project_id),
    )
    covered = or_(entries.covers == Covers.EVERYTHING.value, attempts.consent_id.is_not(None))
    # Who asked to be called back may stand on an older one; everybody else would not have been permitted.
    is_newer = or_(entries.added_at >= attempts.permitted_at, attempts.purpose != DialPurpose.CALLBACK.value)
    listed = and_(entries.lookup_hash == attempts.lookup_hash, owners, covered, is_newer)
    withdrawn = and_(consents.consent_id == attempts.consent_id, consents.withdrawn_at >= attempts.permitted_at)
    found = union(
        select(attempts.call_id).join(DO_NOT_CALL, listed).where(theirs),
        select(attempts.call_id).join(ADVERTISING_CONSENTS, withdrawn).where(theirs),
    )
    async with reading(engine) as connection:
        return [CallId(each) for each in sorted((await connection.execute(found)).scalars())]
