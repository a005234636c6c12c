"""Grants to hear recordings, as rows: given and taken back in the transaction of whatever they come of."""

from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from recording.access import Account, Grant, Ground, Why, refusal_of_grant
from recording.vault.canonical import decoded
from recording.vault.manifest import Manifest
from store.audit import Altered, Author, put_on_record
from store.tables.accounts import USERS
from store.tables.recording import LISTENING_GRANTS
from store.tables.vault import VAULT_SEGMENTS
from store.upserts import values_of
from store.vault import VaultState
from telephony.errors import FernamtError
from telephony.identifiers import Instant, UserId

_PLAYABLE = (VaultState.STORED, VaultState.KEPT)
_G = LISTENING_GRANTS.c
_TOLD = {
    Why.NOT_OPEN: "that is decided, withdrawn or lapsed already",
    Why.SAME_PERSON: "it takes a second person: whoever asked does not decide",
    Why.OWN_CALL: "whoever is on the recording does not decide",
    Why.NOT_A_PERSON: "that takes a person with a role for it and a password of their own",
    Why.NOT_THEIRS: "that belongs to somebody else",
    Why.NOT_TO_HEAR: "a release is fetched as a package, not listened to",
    Why.NOT_TO_FETCH: "who may listen may not fetch a package: that is a release, by two persons",
    Why.TOO_LONG: "no grant is that long",
    Why.OVER: "the time for that is over",
    Why.NOT_KEPT: "the vault does not have the sound of that segment, or not any more",
}


class AccessRefused(FernamtError):
    """Somebody may not ask, decide, listen or fetch."""

    code = "access_refused"

    def __init__(self, why: Why) -> None:
        super().__init__(_TOLD[why], why=why.value)
        self.why = why


class NoSuchAccess(FernamtError):
    """There is no such request, grant, sitting, or segment."""

    code = "no_such_access"


async def give(connection: AsyncConnection, grant: Grant, *, by: Author) -> None:
    """The person may hear the segment: in the transaction of whatever that comes of. Raises `AccessRefused`, `NoSuchAccess`."""
    await segment_row(connection, grant.segment_id)
    refuse(refusal_of_grant(grant, await account(connection, grant.user_id)))
    await put_grant(connection, grant)
    told = {"grant": grant.grant_id, "to": grant.user_id, "ground": grant.ground, "until": grant.until_at}
    await put_on_record(connection, by, [Altered(deed="recording.granted", subject=grant.segment_id, after=told)])


async def take_back(connection: AsyncConnection, grant_id: str, *, by: Author) -> None:
    """The grant is over, and every sitting under it; one that is over stays so. Raises `NoSuchAccess`."""
    grant = await the_grant(connection, grant_id)
    if grant.ended_at is None:
        await end_grant(connection, grant_id, by.at)
        altered = Altered(deed="recording.taken_back", subject=grant.segment_id, after={"grant": grant_id})
        await put_on_record(connection, by, [altered])


async def account(connection: AsyncConnection, user_id: UserId) -> Account:
    """That account; one that may do nothing where there is none: the service, its workers and the command line have none."""
    row = (await connection.execute(select(USERS).where(USERS.c.user_id == user_id))).first()
    if row is None:
        return Account(user_id=user_id, role="", is_active=False, has_password=False)
    return Account(
        user_id=user_id,
        role=row.role,
        agent_id=row.agent_id,
        is_active=row.is_active,
        has_password=row.password_hash is not None and not row.must_set_password,
    )


def refuse(why: Why | None) -> None:
    """Returns where nothing stands against it. Raises `AccessRefused`."""
    if why is not None:
        raise AccessRefused(why)


async def segment_row(connection: AsyncConnection, segment_id: str) -> Row[Any]:
    """The vault's row of that segment. Raises `NoSuchAccess`."""
    row = (await connection.execute(select(VAULT_SEGMENTS).where(VAULT_SEGMENTS.c.segment_id == segment_id))).first()
    if row is None:
        raise NoSuchAccess(f"the vault knows no segment {segment_id}", segment_id=segment_id)
    return row


async def manifest_of(connection: AsyncConnection, segment_id: str) -> Manifest:
    """What is proven of a segment whose sound can be had. Raises `AccessRefused`, `NoSuchAccess`."""
    row = await segment_row(connection, segment_id)
    if row.state not in _PLAYABLE or row.manifest is None:
        raise AccessRefused(Why.NOT_KEPT)
    return decoded(row.manifest, Manifest)


async def the_grant(connection: AsyncConnection, grant_id: str) -> Grant:
    """That grant. Raises `NoSuchAccess`."""
    row = (await connection.execute(select(LISTENING_GRANTS).where(_G.grant_id == grant_id))).first()
    if row is None:
        raise NoSuchAccess("there is no such grant")
    return grant_in(row)


async def put_grant(connection: AsyncConnection, grant: Grant) -> None:
    """The grant is there."""
    await connection.execute(insert(LISTENING_GRANTS).values(**{**values_of(grant), "ground": grant.ground.value}))


async def end_grant(connection: AsyncConnection, grant_id: str, at: Instant) -> None:
    """The grant is over, if it was not."""
    still = (_G.grant_id == grant_id) & _G.ended_at.is_(None)
    await connection.execute(update(LISTENING_GRANTS).where(still).values(ended_at=at))


def grant_in(row: Row[Any]) -> Grant:
    """The grant of that row."""
    return Grant(**{**row._mapping, "ground": Ground(row.ground)})
