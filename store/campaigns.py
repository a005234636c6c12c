"""What campaigns are counted from, read in few queries that add up inside the database: a million leads take no memory here.

Calls and the time they took are added up from their hours, and of an hour that a period cuts, from its calls. Leads are counted
once however often they were called, which no sums by hour can tell: they come from the calls, in the order of leads. How far a
list is stands on its leads.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, literal_column, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.aftercall.board import CodesMeant, Counted, Hour, OrderCount, Tally, with_orders
from routing.leads.lists import LeadList
from routing.outbound.facts import Outcome
from routing.outbound.lead import LeadState
from store.engine import reading
from store.lead_attempts import HOUR
from store.lead_lists import seen_imports
from store.orders import counted_orders
from store.tables.leads import LEAD_ATTEMPTS, LEAD_HOURS, LEADS
from telephony.identifiers import AgentId, Instant, ProjectId

_A, _H = LEAD_ATTEMPTS.c, LEAD_HOURS.c
_KEYS = ("hour_at", "agent_id", "outcome", "wrap_up_code")
_LEADS = ("leads", "reached", "successes")
_SUMS = ("calls", "work_ms", "talk_ms")
_CALLS = ("calls", "answered", "machines", "work_ms", "talk_ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Calls dialled and orders booked in [from, to); those of these agents alone where they are given."""

    from_at: Instant
    to_at: Instant
    agents: Collection[AgentId] | None = None

    @property
    def parts(self) -> tuple[tuple[int, int], ...]:
        """What is before the first whole hour, the whole hours, and what is after them: [from, to) each, maybe empty."""
        whole_from = min(self.from_at + -self.from_at % HOUR, self.to_at)
        whole_to = max(self.to_at - self.to_at % HOUR, whole_from)
        return (self.from_at, whole_from), (whole_from, whole_to), (whole_to, self.to_at)


EVER = Period(from_at=Instant(0), to_at=Instant(2**62))


class CampaignStore:
    """Reads only."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def board(self, lead_list: LeadList, codes: CodesMeant, period: Period) -> Counted:
        """The list's figures: of the period in all, by agent and by hour, and of the whole list so far."""
        async with reading(self._engine) as connection:
            calls = _Calls(connection, lead_list.list_id, codes)
            orders = await _orders(connection, lead_list.project_id, period)
            mine = [each for each in orders if each.list_id == lead_list.list_id]
            spent, leads = await calls.by_agent(period), await calls.leads_by_agent(period)
            by_agent = {agent: _with_leads(tally, leads.get(agent, Tally())) for agent, tally in spent.items()}
            total = _with_leads(_added(spent.values()), await calls.leads(period))
            hours = await calls.by_hour(period)
            ever = await calls.course()
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
            async with reading(self._engine) as connection:
                calls = _Calls(connection, each.list_id, codes[each.project_id])
                tally = _with_leads(_added((await calls.by_agent(period)).values()), await calls.leads(period))
                if each.project_id not in orders:
                    orders[each.project_id] = await _orders(connection, each.project_id, period)
            of_list = [count for count in orders[each.project_id] if count.list_id == each.list_id]
            told[each.list_id] = with_orders(tally, of_list)
        return told


class _Calls:
    """One list's calls, under the codes that count."""

    def __init__(self, connection: AsyncConnection, list_id: str, codes: CodesMeant) -> None:
        self._connection = connection
        self._list_id = list_id
        self._codes = codes

    async def by_agent(self, period: Period) -> Mapping[AgentId, Tally]:
        """Each agent's calls and what they took; leads are not counted."""
        part = self._hours(period)
        sums = (
            _total(part.calls, "calls"),
            _calls_if(part.outcome == Outcome.ANSWERED.value, part, "answered"),
            _calls_if(part.outcome == Outcome.MACHINE.value, part, "machines"),
            *_spent(part),
        )
        rows = await self._connection.execute(select(part.agent_id, *sums).group_by(part.agent_id))
        return {AgentId(row.agent_id): Tally(**_numbers(row, *_CALLS)) for row in rows}

    async def by_hour(self, period: Period) -> Sequence[Hour]:
        """The hours with calls, in their order."""
        part = self._hours(period)
        sums = (_total(part.calls, "calls"), *self._came_of_calls(part), *_spent(part))
        rows = await self._connection.execute(select(part.hour_at, *sums).group_by(part.hour_at).order_by(part.hour_at))
        names = ("calls", "reached", "successes", "work_ms")
        return [Hour(from_at=Instant(row.hour_at), **_numbers(row, *names)) for row in rows]

    async def course(self) -> Tally:
        """What a forecast rests on, and no more."""
        part = self._hours(EVER)
        query = select(_total(part.calls, "calls"), *self._came_of_calls(part), *_spent(part))
        row = (await self._connection.execute(query)).one()
        return Tally(**_numbers(row, "calls", "successes", "work_ms"))

    async def leads(self, period: Period) -> Tally:
        """How many leads were tried, reached and won over in the period, each counted once."""
        query = select(*self._counted(by_lead := self._by_lead(period))).select_from(by_lead)
        return Tally(**_numbers((await self._connection.execute(query)).one(), *_LEADS))

    async def leads_by_agent(self, period: Period) -> Mapping[AgentId, Tally]:
        """The same of each agent: a lead that several called counts for each of them."""
        by_lead = self._by_lead(period, _A.agent_id)
        rows = await self._connection.execute(select(by_lead.c.agent_id, *self._counted(by_lead)).group_by(by_lead.c.agent_id))
        return {AgentId(row.agent_id): Tally(**_numbers(row, *_LEADS)) for row in rows}

    def _by_lead(self, period: Period, *keys: ColumnElement[Any]) -> Subquery:
        """A row for each lead of the period: whether it was reached, and won over."""
        came_of = self._came_of_it(_A.outcome, func.coalesce(_A.wrap_up_code, ""))
        of_lead = [func.max(case((each, 1), else_=0)).label(name) for each, name in zip(came_of, _LEADS[1:], strict=True)]
        query = select(*keys, *of_lead).where(_A.list_id == self._list_id, *_of(period.agents, _A.agent_id))
        return query.where(_A.at >= period.from_at, _A.at < period.to_at).group_by(*keys, _A.lead_id).subquery()

    def _counted(self, by_lead: Subquery) -> tuple[ColumnElement[int], ...]:
        return func.count().label("leads"), _total(by_lead.c.reached, "reached"), _total(by_lead.c.successes, "successes")

    def _hours(self, period: Period) -> Any:
        """The columns of the period's calls by hour, agent, and what came of them; an hour may stand there more than once."""
        before, whole, after = period.parts
        hours = select(*(_H[name] for name in (*_KEYS, *_SUMS))).where(
            _H.list_id == self._list_id, _H.hour_at >= whole[0], _H.hour_at < whole[1], *_of(period.agents, _H.agent_id)
        )
        cut = [self._one_by_one(each, period.agents) for each in (before, after) if each[0] < each[1]]
        return union_all(hours, *cut).subquery().c

    def _one_by_one(self, within: tuple[int, int], agents: Collection[AgentId] | None) -> Select[Any]:
        keys = (_A.at - _A.at % HOUR, _A.agent_id, _A.outcome, func.coalesce(_A.wrap_up_code, ""))
        sums = (literal(1), _A.preview_ms + _A.ring_ms + _A.talk_ms + _A.wrap_up_ms, _A.talk_ms)
        return select(*keys, *sums).where(
            _A.list_id == self._list_id, _A.at >= within[0], _A.at < within[1], *_of(agents, _A.agent_id)
        )

    def _came_of_calls(self, part: Any) -> tuple[ColumnElement[int], ColumnElement[int]]:
        is_reached, is_success = self._came_of_it(part.outcome, part.wrap_up_code)
        return _calls_if(is_reached, part, "reached"), _calls_if(is_success, part, "successes")

    def _came_of_it(self, outcome: Any, code: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        """Whether a call reached who was wanted, and whether it was a success."""
        is_reached = and_(outcome == Outcome.ANSWERED.value, code.not_in(sorted(self._codes.not_reached)))
        return is_reached, and_(is_reached, code.in_(sorted(self._codes.successes)))


async def _orders(connection: AsyncConnection, project_id: ProjectId, period: Period) -> Sequence[OrderCount]:
    found = await counted_orders(connection, project_id, period.from_at, period.to_at)
    return [each for each in found if period.agents is None or each.agent_id in period.agents]


async def _standing(connection: AsyncConnection, lead_list: LeadList) -> tuple[Mapping[LeadState, int], int]:
    """How many leads stand where, and how many were tried: both read from indexes alone."""
    of_list = LEADS.c.import_no.in_(seen_imports(lead_list.list_id))
    states = select(LEADS.c.state, func.count().label("leads")).where(of_list).group_by(LEADS.c.import_no, LEADS.c.state)
    by_state = Counter[LeadState]()
    for row in await connection.execute(states):
        by_state[LeadState(row.state)] += row.leads
    tried = (await connection.execute(select(func.count()).where(of_list, LEADS.c.tries > literal_column("0")))).scalar_one()
    return by_state, tried


def _added(tallies: Iterable[Tally]) -> Tally:
    """Calls and what they took; leads may have been called by several."""
    all_of_them = list(tallies)
    return Tally(**{name: sum(getattr(each, name) for each in all_of_them) for name in _CALLS})


def _with_leads(calls: Tally, leads: Tally) -> Tally:
    return replace(calls, leads=leads.leads, reached=leads.reached, successes=leads.successes)


def _of(agents: Collection[AgentId] | None, column: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    return [] if agents is None else [column.in_(sorted(agents))]


def _calls_if(condition: ColumnElement[bool], part: Any, name: str) -> ColumnElement[int]:
    return _total(case((condition, part.calls), else_=0), name)


def _spent(part: Any) -> tuple[ColumnElement[int], ColumnElement[int]]:
    return _total(part.work_ms, "work_ms"), _total(part.talk_ms, "talk_ms")


def _total(value: ColumnElement[int], name: str) -> ColumnElement[int]:
    return func.coalesce(func.sum(value), 0).label(name)


def _numbers(row: Any, *names: str) -> dict[str, int]:
    return {name: int(getattr(row, name)) for name in names}
