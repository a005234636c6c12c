"""What campaigns are counted from, read in few queries that add up inside the database: a million leads take no memory here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.aftercall.board import CodesMeant, Counted, Hour, OrderCount, Tally, with_orders
from routing.leads.lists import LeadList
from routing.outbound.facts import Outcome
from routing.outbound.lead import LeadState
from store.engine import reading
from store.lead_lists import seen_imports
from store.orders import counted_orders
from store.tables.leads import LEAD_ATTEMPTS, LEADS
from telephony.identifiers import SECOND, AgentId, Instant, ProjectId

_A = LEAD_ATTEMPTS.c
_HOUR = 3_600 * SECOND
_FOLDED = ("calls", "answered", "machines", "leads", "reached", "successes", "work_ms", "talk_ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Calls dialled and orders booked in [from, to); those of these agents alone where they are given."""

    from_at: Instant
    to_at: Instant
    agents: Collection[AgentId] | None = None

    def covers(self, at: ColumnElement[Any], agent_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """What is meant, of a table with these columns."""
        within = and_(at >= self.from_at, at < self.to_at)
        return within if self.agents is None else and_(within, agent_id.in_(sorted(self.agents)))


EVER = Period(from_at=Instant(0), to_at=Instant(2**62))


class CampaignStore:
    """Reads only."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def board(self, lead_list: LeadList, codes: CodesMeant, period: Period) -> Counted:
        """The list's figures: of the period in all, by agent and by hour, and of the whole list so far."""
        of_list = _A.list_id == lead_list.list_id
        meant = and_(of_list, period.covers(_A.at, _A.agent_id))
        async with reading(self._engine) as connection:
            orders = await _orders(connection, lead_list.project_id, period)
            mine = [each for each in orders if each.list_id == lead_list.list_id]
            total = await _tally(connection, meant, codes)
            by_agent = await _by_agent(connection, meant, codes)
            hours = await _hours(connection, meant, codes)
            ever = await _course(connection, of_list, codes)
            by_state, tried = await _standing(connection, lead_list)
        agents = sorted({*by_agent, *(each.agent_id for each in mine)})
        return Counted(
            total=with_orders(total, mine),
            by_agent={
                agent: with_orders(by_agent.get(agent, Tally()), [each for each in mine if each.agent_id == agent])
                for agent in agents
            },
            hours=hours,
            ever=ever,
            by_state=by_state,
            tried=tried,
        )

    async def by_list(
        self, lists: Sequence[LeadList], codes: Mapping[ProjectId, CodesMeant], period: Period
    ) -> Mapping[str, Tally]:
        """Each list's figures of the period, in their order."""
        told: dict[str, Tally] = {}
        orders: dict[ProjectId, Sequence[OrderCount]] = {}
        for each in lists:
            meant = and_(_A.list_id == each.list_id, period.covers(_A.at, _A.agent_id))
            async with reading(self._engine) as connection:
                tally = await _tally(connection, meant, codes[each.project_id])
                if each.project_id not in orders:
                    orders[each.project_id] = await _orders(connection, each.project_id, period)
            of_list = [count for count in orders[each.project_id] if count.list_id == each.list_id]
            told[each.list_id] = with_orders(tally, of_list)
        return told


async def _orders(connection: AsyncConnection, project_id: ProjectId, period: Period) -> Sequence[OrderCount]:
    found = await counted_orders(connection, project_id, period.from_at, period.to_at)
    return [each for each in found if period.agents is None or each.agent_id in period.agents]


async def _tally(connection: AsyncConnection, meant: ColumnElement[bool], codes: CodesMeant) -> Tally:
    return _tally_in((await connection.execute(select(*_counts(codes)).where(meant))).one())


async def _course(connection: AsyncConnection, meant: ColumnElement[bool], codes: CodesMeant) -> Tally:
    """What a forecast rests on, and no more: of all calls ever, counting each lead apart would take long."""
    _, is_success = _came_of_it(codes)
    successes = func.count(distinct(case((is_success, _A.lead_id)))).label("successes")
    query = select(func.count().label("calls"), successes, _total(_work(), "work_ms")).where(meant)
    row = (await connection.execute(query)).one()
    return Tally(calls=row.calls, successes=row.successes, work_ms=int(row.work_ms))


async def _by_agent(connection: AsyncConnection, meant: ColumnElement[bool], codes: CodesMeant) -> Mapping[AgentId, Tally]:
    query = select(_A.agent_id, *_counts(codes)).where(meant).group_by(_A.agent_id)
    return {AgentId(row.agent_id): _tally_in(row) for row in (await connection.execute(query)).all()}


async def _hours(connection: AsyncConnection, meant: ColumnElement[bool], codes: CodesMeant) -> Sequence[Hour]:
    hour = (_A.at - _A.at % _HOUR).label("from_at")
    is_reached, is_success = _came_of_it(codes)
    sums = (_sum(is_reached, "reached"), _sum(is_success, "successes"), _total(_work(), "work_ms"))
    query = select(hour, func.count().label("calls"), *sums).where(meant).group_by(hour).order_by(hour)
    return [
        Hour(
            from_at=Instant(row.from_at),
            calls=row.calls,
            reached=int(row.reached),
            successes=int(row.successes),
            work_ms=int(row.work_ms),
        )
        for row in (await connection.execute(query)).all()
    ]


async def _standing(connection: AsyncConnection, lead_list: LeadList) -> tuple[Mapping[LeadState, int], int]:
    tried = _sum(LEADS.c.tries > 0, "tried")
    query = select(LEADS.c.state, func.count().label("leads"), tried).group_by(LEADS.c.state)
    rows = (await connection.execute(query.where(LEADS.c.import_no.in_(seen_imports(lead_list.list_id))))).all()
    return {LeadState(row.state): row.leads for row in rows}, sum(int(row.tried) for row in rows)


def _counts(codes: CodesMeant) -> tuple[ColumnElement[Any], ...]:
    """The columns a tally is made of."""
    is_reached, is_success = _came_of_it(codes)
    return (
        func.count().label("calls"),
        _sum(_A.outcome == Outcome.ANSWERED.value, "answered"),
        _sum(_A.outcome == Outcome.MACHINE.value, "machines"),
        func.count(distinct(_A.lead_id)).label("leads"),
        func.count(distinct(case((is_reached, _A.lead_id)))).label("reached"),
        func.count(distinct(case((is_success, _A.lead_id)))).label("successes"),
        _total(_work(), "work_ms"),
        _total(_A.talk_ms, "talk_ms"),
    )


def _came_of_it(codes: CodesMeant) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether a call reached who was wanted, and whether it was a success."""
    answered, code = _A.outcome == Outcome.ANSWERED.value, func.coalesce(_A.wrap_up_code, "")
    is_reached = and_(answered, code.not_in(sorted(codes.not_reached)))
    return is_reached, and_(is_reached, code.in_(sorted(codes.successes)))


def _work() -> ColumnElement[int]:
    return _A.preview_ms + _A.ring_ms + _A.talk_ms + _A.wrap_up_ms


def _sum(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name)


def _total(value: ColumnElement[int], name: str) -> ColumnElement[int]:
    return func.coalesce(func.sum(value), 0).label(name)


def _tally_in(row: Row[Any]) -> Tally:
    return Tally(**{name: int(getattr(row, name)) for name in _FOLDED})
