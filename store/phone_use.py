"""What the attempts on record tell of each agent's use of the softphone."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, case, distinct, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.outbound.asking import DialPurpose
from routing.outbound.facts import Outcome
from routing.outbound.phone_use import Known, PhoneUse, UnclearCall, UseRules
from routing.outbound.zones import NumberClass
from store.audit import Altered, Author, put_on_record
from store.engine import reading, writing
from store.tables.outbound import CLEARED_CALLS, DIAL_ATTEMPTS
from telephony.identifiers import MS, AgentId, CallId, Instant, ProjectId

_A = DIAL_ATTEMPTS.c


class PhoneUseStore:
    """Reads, and takes what people found out. Attempts are kept for the term of their class, ninety days if none is set."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of_agents(
        self, from_at: Instant, to_at: Instant, rules: UseRules, agent_ids: Collection[AgentId] | None = None
    ) -> Sequence[PhoneUse]:
        """The use of every agent who called in [from, to), of these only where given, by id."""
        asked = and_(
            _A.agent_id.is_not(None),
            _A.number_class != NumberClass.EMERGENCY.value,
            _A.permitted_at >= from_at,
            _A.permitted_at < to_at,
        )
        if agent_ids is not None:
            asked = and_(asked, _A.agent_id.in_(sorted(agent_ids)))
        answered = _A.answered_at.is_not(None)
        short = and_(answered, _A.ended_at.is_not(None), _A.ended_at - _A.answered_at <= rules.short_ms * MS)
        query = select(
            _A.agent_id,
            func.count().label("calls"),
            _sum(_A.purpose == DialPurpose.MANUAL.value, "by_hand"),
            _sum(_A.purpose.in_([DialPurpose.PREVIEW.value, DialPurpose.PROGRESSIVE.value]), "from_lists"),
            _sum(answered, "answered"),
            _sum(and_(_A.ended_at.is_not(None), _A.answered_at.is_(None)), "in_vain"),
            _sum(short, "short"),
            func.count(distinct(_A.country)).label("countries"),
            func.coalesce(func.sum(_A.cost_micros), 0).label("cost_micros"),
        )
        tries = func.count().label("tries")
        numbers = select(_A.agent_id, tries).where(asked, _A.lookup_hash.is_not(None)).group_by(_A.agent_id, _A.lookup_hash)
        often = numbers.having(tries >= rules.repeated_from).subquery()
        most = select(often.c.agent_id, func.count().label("numbers"), func.max(often.c.tries).label("most"))
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.where(asked).group_by(_A.agent_id).order_by(_A.agent_id))).all()
            repeated = {row.agent_id: row for row in (await connection.execute(most.group_by(often.c.agent_id))).all()}
        return [
            PhoneUse(
                agent_id=AgentId(row.agent_id),
                calls=row.calls,
                by_hand=row.by_hand,
                from_lists=row.from_lists,
                answered=row.answered,
                in_vain=row.in_vain,
                short=row.short,
                repeated_numbers=repeated[row.agent_id].numbers if row.agent_id in repeated else 0,
                most_tries=repeated[row.agent_id].most if row.agent_id in repeated else 0,
                countries=row.countries,
                cost_micros=int(row.cost_micros),
            )
            for row in rows
        ]

    async def unclear(
        self, from_at: Instant, to_at: Instant, agent_ids: Collection[AgentId] | None = None
    ) -> Sequence[UnclearCall]:
        """Calls by hand of [from, to) whose end nobody saw and nobody cleared up, of these agents only where given, the newest
        first. Leads have a list of their own, where a person decides."""
        within = and_(_open(agent_ids), _A.permitted_at >= from_at, _A.permitted_at < to_at)
        query = select(DIAL_ATTEMPTS).where(within)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(_A.permitted_at.desc(), _A.leg_id))).all()
        return [
            UnclearCall(
                call_id=CallId(row.call_id),
                agent_id=AgentId(row.agent_id),
                project_id=None if row.project_id is None else ProjectId(row.project_id),
                at=Instant(row.permitted_at),
                number_class=row.number_class,
                country=row.country,
                reference_kind=row.reference_kind,
                reference_id=row.reference_id,
            )
            for row in rows
        ]

    async def clear(
        self, call_id: CallId, known: Known, note: str, *, by: Author, agent_ids: Collection[AgentId] | None = None
    ) -> bool:
        """The call is off the list, with what is known of it; False where no such call is on it, or none of these agents'.

        What counts stays: the attempt goes on counting for its number and its agent, whatever was found out.
        """
        async with writing(self._engine) as connection:
            theirs = select(_A.leg_id, _A.agent_id).where(_open(agent_ids), _A.call_id == call_id)
            rows = (await connection.execute(theirs.order_by(_A.leg_id).with_for_update())).all()
            if not rows:
                return False
            own = {"known": known.value, "note": note, "cleared_at": by.at, "cleared_by": by.user_id}
            await connection.execute(insert(CLEARED_CALLS), [{"leg_id": row.leg_id, **own} for row in rows])
            told = {"known": known.value, "agent_id": rows[0].agent_id}
            await put_on_record(connection, by, [Altered(deed="unclear_call.cleared", subject=call_id, after=told)])
        return True


def _open(agent_ids: Collection[AgentId] | None) -> ColumnElement[bool]:
    """Calls by hand, of these agents where given, whose end nobody saw and nobody found out about."""
    cleared = select(CLEARED_CALLS.c.leg_id).where(CLEARED_CALLS.c.leg_id == _A.leg_id)
    found = and_(
        _A.outcome == Outcome.UNCLEAR.value,
        _A.purpose == DialPurpose.MANUAL.value,
        _A.agent_id.is_not(None),
        ~cleared.exists(),
    )
    return found if agent_ids is None else and_(found, _A.agent_id.in_(sorted(agent_ids)))


def _sum(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name)
