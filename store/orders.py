"""Orders: booked once, stepped by the table of states, every step on record. What was ordered is sealed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.aftercall.board import OrderCount
from routing.aftercall.forms import FieldFault, faults_of_values
from routing.aftercall.order_terms import OrderTerms
from routing.aftercall.orders import Deed, Done, Order, OrderId, OrderRefusal, OrderState, approval_ends_at, booked, step
from routing.outbound.lead import ROWS_PER_IMPORT
from store.aftercall_people import people_of
from store.audit import Altered, Author, put_on_record
from store.engine import reading, writing
from store.lead_rows import LeadKeys
from store.tables.aftercall import ORDER_PEOPLE, ORDER_STEPS, ORDERS
from store.tables.leads import LEAD_IMPORTS
from telephony.identifiers import AgentId, CallId, ClientId, Instant, PartyId, ProjectId, UserId

BOOKED = "book"
_BATCH = 200
_WAITING = (OrderState.BOOKED.value, OrderState.AWAITING_APPROVAL.value)
_PLAIN = ("booked_at", "summary_at", "text_sent_at", "effective_at", "instructed_at", "delivered_at", "ended_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was done, what came of it, and who did it."""

    deed: str
    state: OrderState
    at: Instant
    user_id: UserId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Which orders are meant: all that fit everything said."""

    client_id: ClientId | None = None
    agents: Collection[AgentId] | None = None
    project_id: ProjectId | None = None
    call_id: CallId | None = None
    state: OrderState | None = None
    with_restricted: bool = False
    """Those kept for the books alone, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The form as it was filled in."""

    values: Mapping[str, str] = field(repr=False)


class OrderStore:
    """Books, steps, tells."""

    def __init__(self, engine: AsyncEngine, keys: LeadKeys) -> None:
        self._engine = engine
        self._keys = keys

    async def book(
        self, draft: Order, values: Mapping[str, str], *, by: Author, party_id: PartyId | None = None
    ) -> Order | OrderRefusal | tuple[FieldFault, ...]:
        """The order is booked. The same id books nothing twice: what was booked under it is told again."""
        async with writing(self._engine) as connection:
            there = await _row(connection, draft.order_id)
            if there is not None:
                before = _order(there)
                is_same = (before.agent_id, before.call_id) == (draft.agent_id, draft.call_id)
                return before if is_same else OrderRefusal.NOT_IN_THIS_STATE
            if faults := faults_of_values(draft.terms.fields, values):
                return faults
            order = booked(draft)
            if isinstance(order, OrderRefusal):
                return order
            filled = {name: value.strip() for name, value in values.items() if value.strip()}
            wrapped_key, sealed = self._keys.seal_record(_name(order.order_id), msgspec.json.encode(filled))
            await connection.execute(insert(ORDERS).values(**_values(order), wrapped_key=wrapped_key, sealed=sealed))
            await _keep_step(connection, order, BOOKED, order.booked_at, by)
            people = await people_of(connection, order.call_id, party_id=party_id, lead_id=order.lead_id)
            if people:
                rows = [{"order_id": order.order_id, "lookup_hash": each} for each in people]
                await connection.execute(insert(ORDER_PEOPLE), rows)
        return order

    async def step(self, order_id: OrderId, done: Done, *, by: Author) -> Order | OrderRefusal | None:
        """The order after the deed; None where there is no such order."""
        async with writing(self._engine) as connection:
            row = (await connection.execute(select(ORDERS).where(ORDERS.c.order_id == order_id).with_for_update())).first()
            return None if row is None else await _step(connection, _order(row), done, by)

    async def expire(self, *, by: Author) -> int:
        """Orders nobody approved in time have expired; how many. A bounded batch at a time."""
        gone = 0
        while True:
            due = select(ORDERS).where(ORDERS.c.due_at < by.at, ORDERS.c.state.in_(_WAITING)).order_by(ORDERS.c.due_at)
            async with writing(self._engine) as connection:
                rows = (await connection.execute(due.limit(_BATCH).with_for_update())).all()
                for row in rows:
                    await _step(connection, _order(row), Done(deed=Deed.EXPIRE, at=by.at), by)
            gone += len(rows)
            if len(rows) < _BATCH:
                return gone

    async def get(self, order_id: OrderId) -> tuple[Order, bool] | None:
        """That order, and whether it is kept for the books alone."""
        async with reading(self._engine) as connection:
            row = await _row(connection, order_id)
        return None if row is None else (_order(row), row.restricted_at is not None)

    async def steps(self, order_id: OrderId) -> Sequence[Step]:
        """All that was done with it, in its order."""
        query = select(ORDER_STEPS).where(ORDER_STEPS.c.order_id == order_id).order_by(ORDER_STEPS.c.step_no)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        return [
            Step(deed=r.deed, state=OrderState(r.state), at=Instant(r.at), user_id=UserId(r.user_id), reason=r.reason)
            for r in rows
        ]

    async def reveal(self, order_id: OrderId, *, by: Author) -> Filled | None:
        """What was ordered, in clear. Who looked is on record."""
        async with writing(self._engine) as connection:
            row = await _row(connection, order_id)
            if row is None:
                return None
            await put_on_record(connection, by, [Altered(deed="order.revealed", subject=order_id)])
        clear = self._keys.open_record(_name(order_id), row.wrapped_key, row.sealed)
        return Filled(values=msgspec.json.decode(clear, type=dict[str, str]))

    async def orders(self, whose: Whose, from_at: Instant, to_at: Instant, limit: int = 500) -> Sequence[Order]:
        """Orders booked in [from, to), the newest first."""
        query = _of(whose, select(ORDERS)).where(ORDERS.c.booked_at >= from_at, ORDERS.c.booked_at < to_at)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(ORDERS.c.booked_at.desc(), ORDERS.c.order_id).limit(limit))).all()
        return [_order(row) for row in rows]


async def counted_orders(
    connection: AsyncConnection, project_id: ProjectId, from_at: Instant, to_at: Instant
) -> Sequence[OrderCount]:
    """Orders booked in [from, to) by list and agent, by how they stand now; those without a lead under an empty list."""
    orders = ORDERS.c
    import_no = orders.lead_id // ROWS_PER_IMPORT
    list_id = select(LEAD_IMPORTS.c.list_id).where(LEAD_IMPORTS.c.import_no == import_no).scalar_subquery()
    query = select(func.coalesce(list_id, "").label("list_id"), orders.agent_id, orders.state, func.count().label("how_many"))
    query = query.where(orders.project_id == project_id, orders.booked_at >= from_at, orders.booked_at < to_at)
    found: dict[tuple[str, str], OrderCount] = {}
    for row in (await connection.execute(query.group_by("list_id", orders.agent_id, orders.state))).all():
        key = (row.list_id, row.agent_id)
        of = found.get(key, OrderCount(list_id=row.list_id, agent_id=AgentId(row.agent_id)))
        found[key] = _counted(of, OrderState(row.state), row.how_many)
    return [found[key] for key in sorted(found)]


async def _step(connection: AsyncConnection, order: Order, done: Done, by: Author) -> Order | OrderRefusal:
    after = step(order, done)
    if isinstance(after, OrderRefusal):
        return after
    await connection.execute(update(ORDERS).where(ORDERS.c.order_id == order.order_id).values(**_values(after)))
    await _keep_step(connection, after, done.deed.value, done.at, replace(by, reason=done.reason))
    return after


async def _keep_step(connection: AsyncConnection, order: Order, deed: str, at: Instant, by: Author) -> None:
    kept = {"order_id": order.order_id, "deed": deed, "state": order.state.value}
    await connection.execute(insert(ORDER_STEPS).values(**kept, at=at, user_id=by.user_id, reason=by.reason))
    await put_on_record(connection, by, [Altered(deed=f"order.{deed}", subject=order.order_id, after=order.state.value)])


async def _row(connection: AsyncConnection, order_id: OrderId) -> Row[Any] | None:
    return (await connection.execute(select(ORDERS).where(ORDERS.c.order_id == order_id))).first()


def _of(whose: Whose, query: Select[Any]) -> Select[Any]:
    for name in ("client_id", "project_id", "call_id", "state"):
        if (value := getattr(whose, name)) is not None:
            query = query.where(ORDERS.c[name] == value)
    if whose.agents is not None:
        query = query.where(ORDERS.c.agent_id.in_(sorted(whose.agents)))
    return query if whose.with_restricted else query.where(ORDERS.c.restricted_at.is_(None))


def _name(order_id: OrderId) -> str:
    return f"order:{order_id}"


def _values(order: Order) -> dict[str, Any]:
    waits = order.state.value in _WAITING
    return {
        "order_id": order.order_id,
        "project_id": order.project_id,
        "client_id": order.client_id,
        "call_id": order.call_id,
        "agent_id": order.agent_id,
        "lead_id": order.lead_id,
        "state": order.state.value,
        "terms": msgspec.json.encode(order.terms).decode(),
        "ended_by": None if order.ended_by is None else order.ended_by.value,
        "due_at": approval_ends_at(order) if waits else None,
        **{name: getattr(order, name) for name in _PLAIN},
    }


def _order(row: Row[Any]) -> Order:
    instants = {name: getattr(row, name) for name in _PLAIN}
    return Order(
        order_id=OrderId(row.order_id),
        project_id=ProjectId(row.project_id),
        client_id=ClientId(row.client_id),
        call_id=CallId(row.call_id),
        agent_id=AgentId(row.agent_id),
        terms=msgspec.json.decode(row.terms, type=OrderTerms),
        state=OrderState(row.state),
        lead_id=row.lead_id,
        ended_by=None if row.ended_by is None else Deed(row.ended_by),
        **instants,
    )


def _counted(of: OrderCount, state: OrderState, count: int) -> OrderCount:
    return replace(
        of,
        booked=of.booked + count,
        effective=of.effective + count * (state is OrderState.EFFECTIVE),
        cancelled=of.cancelled + count * (state is OrderState.CANCELLED),
        expired=of.expired + count * (state is OrderState.EXPIRED),
    )
