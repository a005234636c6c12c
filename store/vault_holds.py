"""Legal holds: a segment that is held is not shredded, whatever its term. Set by two people, and lifted by two."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.audit import Altered, Author, put_on_record
from store.engine import reading, writing
from store.tables.vault import VAULT_HOLDS, VAULT_SEGMENTS
from store.vault import UNCONFIRMED_HOLD_US, NoSuchSegment, VaultState
from telephony.errors import FernamtError
from telephony.identifiers import Instant, UserId


class HoldRefused(FernamtError):
    """A hold cannot be set, confirmed or lifted."""

    code = "hold_refused"


class SecondPersonNeeded(HoldRefused):
    """One person wants both halves of what takes two."""

    code = "second_person_needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a segment is held, and who said so."""

    hold_id: str
    segment_id: str
    reason: str
    asked_by: UserId
    asked_at: Instant
    confirmed_by: UserId | None
    confirmed_at: Instant | None
    lift_asked_by: UserId | None
    lift_asked_at: Instant | None
    lifted_by: UserId | None
    lifted_at: Instant | None

    def has_lapsed(self, now: Instant) -> bool:
        """Whether it keeps nothing any more since no second person was found."""
        return self.confirmed_at is None and self.asked_at <= now - UNCONFIRMED_HOLD_US

    def state(self, now: Instant) -> str:
        """asked, confirmed, lapsed or lifted."""
        if self.lifted_at is not None:
            return "lifted"
        if self.confirmed_at is not None:
            return "confirmed"
        return "lapsed" if self.has_lapsed(now) else "asked"

    def waits_for_a_second(self, now: Instant) -> bool:
        """Whether somebody asked to lift it of late."""
        return self.lift_asked_at is not None and self.lift_asked_at > now - UNCONFIRMED_HOLD_US


class HoldStore:
    """Sets and lifts holds: the web edge's `Holds`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def ask(self, hold_id: str, segment_id: str, *, by: Author) -> None:
        """The segment is held, for a week at first. Raises `HoldRefused` where it is shredded already, or being so."""
        async with writing(self._engine) as connection:
            query = select(VAULT_SEGMENTS.c.state).where(VAULT_SEGMENTS.c.segment_id == segment_id).with_for_update()
            state = (await connection.execute(query)).scalar()
            if state is None:
                raise NoSuchSegment(f"the vault knows no segment {segment_id}", segment_id=segment_id)
            if state in {VaultState.SHREDDING, VaultState.SHREDDED}:
                raise HoldRefused(f"the segment {segment_id} was shredded before it could be held", segment_id=segment_id)
            row = {"hold_id": hold_id, "segment_id": segment_id, "reason": by.reason, "asked_by": by.user_id, "asked_at": by.at}
            await connection.execute(insert(VAULT_HOLDS).values(**row))
            await put_on_record(connection, by, [Altered(deed="ask for a hold", subject=segment_id)])

    async def confirm(self, hold_id: str, *, by: Author) -> None:
        """The hold stays until it is lifted. Raises `HoldRefused` for who asked for it, and where it is lifted or lapsed."""
        async with writing(self._engine) as connection:
            hold = await _open(connection, hold_id)
            if hold.confirmed_by is None:
                if hold.has_lapsed(by.at):
                    raise HoldRefused(f"the hold {hold_id} has lapsed since nobody confirmed it: ask anew", hold_id=hold_id)
                _require_another(hold.asked_by, by)
                await _change(connection, hold, by, "confirm a hold", confirmed_by=by.user_id, confirmed_at=by.at)

    async def lift(self, hold_id: str, *, by: Author) -> bool:
        """The hold is lifted, where another person asked for that within a week; else it stays, and this one has asked: False.

        Raises `HoldRefused` where it is lifted already.
        """
        async with writing(self._engine) as connection:
            hold = await _open(connection, hold_id)
            is_second = hold.waits_for_a_second(by.at) and hold.lift_asked_by != by.user_id
            if is_second:
                await _change(connection, hold, by, "lift a hold", lifted_by=by.user_id, lifted_at=by.at)
            else:
                await _change(connection, hold, by, "ask to lift a hold", lift_asked_by=by.user_id, lift_asked_at=by.at)
        return is_second

    async def get(self, hold_id: str) -> Hold:
        """That hold, lifted or not. Raises `HoldRefused` where there never was one."""
        async with reading(self._engine) as connection:
            row = (await connection.execute(select(VAULT_HOLDS).where(VAULT_HOLDS.c.hold_id == hold_id))).first()
        if row is None:
            raise HoldRefused(f"there is no hold {hold_id}", hold_id=hold_id)
        return _hold(row)

    async def unlifted(self, *, limit: int = 1_000) -> Sequence[Hold]:
        """All holds that nobody has lifted, lapsed ones too, the newest first."""
        query = select(VAULT_HOLDS).where(VAULT_HOLDS.c.lifted_at.is_(None))
        query = query.order_by(VAULT_HOLDS.c.asked_at.desc(), VAULT_HOLDS.c.hold_id).limit(limit)
        async with reading(self._engine) as connection:
            return [_hold(row) for row in (await connection.execute(query)).all()]

    async def of_segment(self, segment_id: str) -> Sequence[Hold]:
        """All holds of that segment, lifted ones too, oldest first."""
        query = select(VAULT_HOLDS).where(VAULT_HOLDS.c.segment_id == segment_id)
        query = query.order_by(VAULT_HOLDS.c.asked_at, VAULT_HOLDS.c.hold_id)
        async with reading(self._engine) as connection:
            return [_hold(row) for row in (await connection.execute(query)).all()]


def _require_another(first: UserId, by: Author) -> None:
    if by.user_id == first:
        raise SecondPersonNeeded("it takes a second person", user_id=by.user_id)


async def _open(connection: AsyncConnection, hold_id: str) -> Hold:
    query = select(VAULT_HOLDS).where(VAULT_HOLDS.c.hold_id == hold_id).with_for_update()
    row = (await connection.execute(query)).first()
    if row is None or row.lifted_at is not None:
        raise HoldRefused(f"there is no hold {hold_id} in force", hold_id=hold_id)
    return _hold(row)


async def _change(connection: AsyncConnection, hold: Hold, by: Author, deed: str, **values: object) -> None:
    await connection.execute(update(VAULT_HOLDS).where(VAULT_HOLDS.c.hold_id == hold.hold_id).values(**values))
    await put_on_record(connection, by, [Altered(deed=deed, subject=hold.segment_id)])


def _hold(row: Row[Any]) -> Hold:
    return Hold(**row._mapping)
