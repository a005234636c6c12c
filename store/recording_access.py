"""Who wants to hear a recording, who may, and who did: requests, grants, sittings, and the lasting record of every stretch.

What policy says is decided in `recording.access`; here it is asked in the transaction that acts on it, so that nothing changes in
between. A stretch is on record before a byte of it is served.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recording.access import (
    DAY,
    AccessRequest,
    Grant,
    Ground,
    Sitting,
    Wanted,
    Why,
    grant_of,
    refusal_of_asking,
    refusal_of_decision,
    refusal_of_ending,
    refusal_of_fetching,
    refusal_of_hearing,
    refusal_of_sitting,
    sitting_of,
)
from recording.retention import access_forgotten_before
from recording.vault.canonical import decoded
from recording.vault.manifest import Manifest, StoppedSegment
from store.audit import Altered, Author, put_on_record
from store.engine import reading, write_at_once, writing
from store.recording_grants import (
    AccessRefused,
    NoSuchAccess,
    account,
    end_grant,
    grant_in,
    manifest_of,
    put_grant,
    refuse,
    segment_row,
    the_grant,
)
from store.tables.recording import ACCESS_REQUESTS, ACCESSES, LISTENING_GRANTS, SITTINGS
from store.tables.vault import VAULT_SEGMENTS
from store.upserts import values_of
from store.vault import VaultState
from telephony.identifiers import AgentId, Instant, UserId

_THERE = (VaultState.WAITING, VaultState.SEALED, VaultState.STORED, VaultState.KEPT)
_NOT_GONE = (*_THERE, VaultState.SHREDDING)
_SITTINGS_SHOWN = 30 * DAY
_R, _G, _S, _A = ACCESS_REQUESTS.c, LISTENING_GRANTS.c, SITTINGS.c, ACCESSES.c


class Served(StrEnum):
    """What somebody was given of a recording."""

    SOUND = "sound"
    PICTURE = "picture"
    """How loud it is, place by place."""
    PACKAGE = "package"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One stretch that was served: to whom, under which ground, when. Milliseconds from the segment's beginning."""

    number: int
    segment_id: str
    user_id: UserId
    ground: Ground
    grant_id: str
    sitting_id: str | None
    what: Served
    from_ms: int
    to_ms: int
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ToHear:
    """A sitting that is open, and what it is about."""

    sitting: Sitting
    grant: Grant
    manifest: Manifest


class AccessStore:
    """Asks, decides, grants, serves; each change is on the audit record in its transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def ask(self, request_id: str, segment_id: str, wanted: Wanted, *, by: Author) -> AccessRequest:
        """The request waits for a second person; `by.reason` is why. Raises `AccessRefused`, `NoSuchAccess`."""
        async with writing(self._engine) as connection:
            segment = await segment_row(connection, segment_id)
            asker = await account(connection, by.user_id)
            refuse(refusal_of_asking(asker))
            if segment.state not in _THERE:
                raise AccessRefused(Why.NOT_KEPT)
            request = AccessRequest(
                request_id=request_id,
                segment_id=segment_id,
                wanted=wanted,
                reason=by.reason,
                asked_by=by.user_id,
                asked_by_agent=asker.agent_id,
                asked_at=by.at,
            )
            await connection.execute(insert(ACCESS_REQUESTS).values(**_values(request)))
            await _note(connection, by, "recording.asked", request)
        return request

    async def decide(self, request_id: str, *, is_approved: bool, by: Author) -> AccessRequest:
        """The request is approved, and who asked has a grant; or it is refused. Raises `AccessRefused`, `NoSuchAccess`."""
        async with writing(self._engine) as connection:
            request = await _request(connection, request_id)
            segment = await segment_row(connection, request.segment_id)
            decider = await account(connection, by.user_id)
            refuse(refusal_of_decision(request, decider, _spoke(segment), by.at))
            if is_approved and segment.state not in _THERE:
                raise AccessRefused(Why.NOT_KEPT)
            decided = {
                "is_approved": is_approved,
                "decided_by": by.user_id,
                "decided_at": by.at,
                "decided_reason": by.reason,
            }
            await connection.execute(update(ACCESS_REQUESTS).where(_R.request_id == request_id).values(**decided))
            request = await _request(connection, request_id)
            grant = grant_of(request)
            if grant is not None:
                await put_grant(connection, grant)
            await _note(connection, by, "recording.approved" if is_approved else "recording.refused", request)
        return request

    async def end(self, request_id: str, *, by: Author) -> AccessRequest:
        """The request is withdrawn, or the grant that came of it is over. Raises `AccessRefused`, `NoSuchAccess`."""
        async with writing(self._engine) as connection:
            request = await _request(connection, request_id)
            refuse(refusal_of_ending(request, await account(connection, by.user_id), by.at))
            ended = {"ended_by": by.user_id, "ended_at": by.at}
            await connection.execute(update(ACCESS_REQUESTS).where(_R.request_id == request_id).values(**ended))
            await end_grant(connection, request_id, by.at)
            request = await _request(connection, request_id)
            await _note(connection, by, "recording.ended", request)
        return request

    async def request(self, request_id: str) -> AccessRequest:
        """That request. Raises `NoSuchAccess`."""
        async with reading(self._engine) as connection:
            return await _request(connection, request_id)

    async def requests(
        self, *, segment_id: str | None = None, since: Instant | None = None, limit: int = 200
    ) -> Sequence[AccessRequest]:
        """Requests, the newest first; of that segment, or asked for since then, where it is named."""
        query = select(ACCESS_REQUESTS).order_by(_R.asked_at.desc(), _R.request_id.desc()).limit(limit)
        if segment_id is not None:
            query = query.where(_R.segment_id == segment_id)
        if since is not None:
            query = query.where(_R.asked_at >= since)
        async with reading(self._engine) as connection:
            return [_asked(row) for row in (await connection.execute(query)).all()]

    async def grants_of(self, user_id: UserId, now: Instant) -> Sequence[Grant]:
        """Grants that person has now, those that end first before the others."""
        query = select(LISTENING_GRANTS).where(_G.user_id == user_id, _G.from_at <= now, _G.until_at > now, _G.ended_at.is_(None))
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(_G.until_at, _G.grant_id))).all()
        return [grant_in(row) for row in rows]

    async def sit(self, sitting_id: str, grant_id: str, session_id: str, *, by: Author) -> ToHear:
        """The person listens from now on, in that log-in. Raises `AccessRefused`, `NoSuchAccess`."""
        async with writing(self._engine) as connection:
            grant = await the_grant(connection, grant_id)
            refuse(refusal_of_sitting(grant, await account(connection, by.user_id), by.at))
            manifest = await manifest_of(connection, grant.segment_id)
            sitting = sitting_of(grant, sitting_id, session_id, by.at)
            await connection.execute(insert(SITTINGS).values(**values_of(sitting)))
            told = {"grant": grant_id, "ground": grant.ground, "until": sitting.until_at}
            await put_on_record(connection, by, [Altered(deed="recording.opened", subject=grant.segment_id, after=told)])
        return ToHear(sitting=sitting, grant=grant, manifest=manifest)

    async def look(self, sitting_id: str, user_id: UserId, session_id: str | None, now: Instant) -> ToHear:
        """The sitting, open and that person's. Nothing may be served on this word. Raises `AccessRefused`, `NoSuchAccess`."""
        async with reading(self._engine) as connection:
            return await _to_hear(connection, sitting_id, user_id, session_id, now)

    async def serve(
        self, sitting_id: str, what: Served, from_ms: int, to_ms: int, *, user_id: UserId, session_id: str | None, at: Instant
    ) -> ToHear:
        """The stretch may be served, and is on record, durably. Raises `AccessRefused`, `NoSuchAccess`."""

        async def work(connection: AsyncConnection) -> ToHear:
            found = await _to_hear(connection, sitting_id, user_id, session_id, at)
            access = {"sitting_id": sitting_id, "what": what.value, "from_ms": from_ms, "to_ms": to_ms, "at": at}
            await connection.execute(insert(ACCESSES).values(**_under(found.grant), **access))
            return found

        return await write_at_once(self._engine, work)

    async def leave(self, sitting_id: str, user_id: UserId, now: Instant) -> None:
        """That person's sitting is over. Raises `NoSuchAccess`."""
        async with writing(self._engine) as connection:
            sitting = await _sitting(connection, sitting_id)
            if (await the_grant(connection, sitting.grant_id)).user_id != user_id:
                raise NoSuchAccess("there is no such sitting")
            if sitting.closed_at is None:
                await connection.execute(update(SITTINGS).where(_S.sitting_id == sitting_id).values(closed_at=now))

    async def fetch(self, request_id: str, to_ms: int, *, by: Author) -> AccessRequest:
        """The package of that release may be handed to who asked for it, and that is on record. `to_ms`: how long it is.

        Raises `AccessRefused`, `NoSuchAccess`.
        """
        async with writing(self._engine) as connection:
            request = await _request(connection, request_id)
            grant = await the_grant(connection, request_id)
            refuse(refusal_of_fetching(grant, await account(connection, by.user_id), by.at))
            await manifest_of(connection, grant.segment_id)
            access = {"what": Served.PACKAGE.value, "from_ms": 0, "to_ms": to_ms, "at": by.at}
            await connection.execute(insert(ACCESSES).values(**_under(grant), **access))
            await _note(connection, by, "recording.released", request)
        return request

    async def accesses(self, segment_id: str, limit: int = 1_000) -> Sequence[Access]:
        """Who was served what of the segment, the newest first."""
        query = select(ACCESSES).where(_A.segment_id == segment_id).order_by(_A.number.desc()).limit(limit)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        return [Access(**{**row._mapping, "ground": Ground(row.ground), "what": Served(row.what)}) for row in rows]

    async def forget(self, now: Instant) -> int:
        """Who listened is known as long as the recording is there, and two years at least; says how many entries went."""
        before = access_forgotten_before(now)
        count = 0
        async with writing(self._engine) as connection:
            for table, segment, at in (
                (ACCESSES, _A.segment_id, _A.at),
                (ACCESS_REQUESTS, _R.segment_id, _R.asked_at),
                (LISTENING_GRANTS, _G.segment_id, _G.until_at),
            ):
                there = exists().where(
                    VAULT_SEGMENTS.c.segment_id == segment, VAULT_SEGMENTS.c.state != VaultState.SHREDDED.value
                )
                count += (await connection.execute(delete(table).where(at < before, ~there))).rowcount
            await connection.execute(delete(SITTINGS).where(_S.until_at < now - _SITTINGS_SHOWN))
        return count


async def _to_hear(connection: AsyncConnection, sitting_id: str, user_id: UserId, session_id: str | None, now: Instant) -> ToHear:
    sitting = await _sitting(connection, sitting_id)
    grant = await the_grant(connection, sitting.grant_id)
    refuse(refusal_of_hearing(sitting, grant, await account(connection, user_id), session_id, now))
    return ToHear(sitting=sitting, grant=grant, manifest=await manifest_of(connection, grant.segment_id))


def _spoke(segment: Row[Any]) -> AgentId | None:
    return None if segment.facts is None else decoded(segment.facts, StoppedSegment).agent_id


async def _request(connection: AsyncConnection, request_id: str) -> AccessRequest:
    row = (await connection.execute(select(ACCESS_REQUESTS).where(_R.request_id == request_id).with_for_update())).first()
    if row is None:
        raise NoSuchAccess(f"there is no request {request_id}", request_id=request_id)
    return _asked(row)


async def _sitting(connection: AsyncConnection, sitting_id: str) -> Sitting:
    row = (await connection.execute(select(SITTINGS).where(_S.sitting_id == sitting_id))).first()
    if row is None:
        raise NoSuchAccess("there is no such sitting")
    return Sitting(**row._mapping)


async def _note(connection: AsyncConnection, by: Author, deed: str, request: AccessRequest) -> None:
    told = {"request": request.request_id, "wanted": request.wanted, "asked_by": request.asked_by, "reason": request.reason}
    await put_on_record(connection, by, [Altered(deed=deed, subject=request.segment_id, after=told)])


def _under(grant: Grant) -> dict[str, object]:
    return {
        "segment_id": grant.segment_id,
        "user_id": grant.user_id,
        "ground": grant.ground.value,
        "grant_id": grant.grant_id,
    }


def _values(request: AccessRequest) -> dict[str, object]:
    return {**values_of(request), "wanted": request.wanted.value}


def _asked(row: Row[Any]) -> AccessRequest:
    return AccessRequest(**{**row._mapping, "wanted": Wanted(row.wanted)})
