"""The register of rights to show a number: each with its owner, its document and its term. Nothing is shown without an entry."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.outbound.shown import OURS, AssignedTo, ShownRight, is_showable
from store.audit import Altered, Author, Authors, put_on_record, the_service
from store.centre import CentreRejected, Fault
from store.engine import reading, writing
from store.known_callers import raise_revision
from store.tables.directory import AGENTS, CLIENTS, PROJECTS
from store.tables.outbound import SHOWN_RIGHTS
from store.upserts import values_of
from telephony.faults import FaultCode, Wrong
from telephony.identifiers import Instant

_ASSIGNED = {
    AssignedTo.AGENT: AGENTS.c.agent_id,
    AssignedTo.PROJECT: PROJECTS.c.project_id,
    AssignedTo.CLIENT: CLIENTS.c.client_id,
}


async def read_rights(connection: AsyncConnection) -> Sequence[ShownRight]:
    """All rights by id, those that are over as well."""
    rows = (await connection.execute(select(SHOWN_RIGHTS).order_by(SHOWN_RIGHTS.c.right_id))).all()
    return [ShownRight(**{**row._mapping, "assigned_to": AssignedTo(row.assigned_to)}) for row in rows]


class RightsStore:
    """Adds rights and ends them; none is changed or deleted: what was shown when has to be proven."""

    def __init__(self, engine: AsyncEngine, author: Authors = the_service) -> None:
        self._engine = engine
        self._author = author

    async def rights(self) -> Sequence[ShownRight]:
        """All rights by id, those that are over as well."""
        async with reading(self._engine) as connection:
            return await read_rights(connection)

    async def add(self, right: ShownRight, *, by: Author | None = None) -> None:
        """The number may be shown from `valid_from` on. Raises `CentreRejected` with all that is wrong."""
        async with writing(self._engine) as connection:
            faults = await _faults(connection, right)
            if faults:
                raise CentreRejected(faults)
            row: dict[str, Any] = {**values_of(right), "assigned_to": right.assigned_to.value}
            await connection.execute(insert(SHOWN_RIGHTS).values(**row))
            altered = Altered(deed="shown_right.added", subject=right.right_id, after=row)
            await put_on_record(connection, by or self._author(), [altered])
            await raise_revision(connection)

    async def end(self, right_id: str, at: Instant, *, by: Author | None = None) -> None:
        """The number may not be shown by that right from that instant on. Raises `CentreRejected` where it does not exist."""
        of_right = SHOWN_RIGHTS.c.right_id == right_id
        async with writing(self._engine) as connection:
            row = (await connection.execute(select(SHOWN_RIGHTS.c.valid_until).where(of_right))).first()
            if row is None:
                raise CentreRejected([Fault(where=f"right {right_id}", what=Wrong(FaultCode.DOES_NOT_EXIST))])
            if row.valid_until is not None and row.valid_until <= at:
                return
            await connection.execute(update(SHOWN_RIGHTS).where(of_right).values(valid_until=at))
            altered = Altered(
                deed="shown_right.ended",
                subject=right_id,
                before={"valid_until": row.valid_until},
                after={"valid_until": at},
            )
            await put_on_record(connection, by or self._author(), [altered])
            await raise_revision(connection)


async def _faults(connection: AsyncConnection, right: ShownRight) -> list[Fault]:
    where, faults = f"right {right.right_id}", list[Fault]()
    there = select(SHOWN_RIGHTS.c.right_id).where(SHOWN_RIGHTS.c.right_id == right.right_id)
    if (await connection.execute(there)).first() is not None:
        faults.append(Fault(where=where, what=Wrong(FaultCode.RIGHT_THERE)))
    if not is_showable(right.number):
        what = Wrong(FaultCode.NEVER_SHOWN, number=right.number)
        faults.append(Fault(where=f"{where} number", what=what))
    if not right.document.strip():
        faults.append(Fault(where=f"{where} document", what=Wrong(FaultCode.NO_DOCUMENT)))
    if right.valid_until is not None and right.valid_until <= right.valid_from:
        faults.append(Fault(where=f"{where} valid_until", what=Wrong(FaultCode.ENDS_BEFORE)))
    owners = select(CLIENTS.c.client_id).where(CLIENTS.c.client_id == right.owner)
    if right.owner != OURS and (await connection.execute(owners)).first() is None:
        faults.append(Fault(where=f"{where} owner", what=Wrong(FaultCode.UNKNOWN_CLIENT, client=right.owner)))
    column = _ASSIGNED.get(right.assigned_to)
    if column is None:
        if right.assigned_id:
            faults.append(Fault(where=f"{where} assigned_id", what=Wrong(FaultCode.CENTRE_HAS_NO_ID)))
    elif (await connection.execute(select(column).where(column == right.assigned_id))).first() is None:
        faults.append(Fault(where=f"{where} assigned_id", what=_nobody(right)))
    return faults


def _nobody(right: ShownRight) -> Wrong:
    match right.assigned_to:
        case AssignedTo.AGENT:
            return Wrong(FaultCode.UNKNOWN_AGENT, agent=right.assigned_id)
        case AssignedTo.PROJECT:
            return Wrong(FaultCode.UNKNOWN_PROJECT, project=right.assigned_id)
        case _:
            return Wrong(FaultCode.UNKNOWN_CLIENT, client=right.assigned_id)
