"""Reviews and levels: what was proposed, who decided it, and the change of the directory at its date.

A level changes here in one way only: a proposal that a person who can log in has confirmed, once its date has come. The table
refuses every other; the change, its mark and the record of it are one transaction, so it happens exactly once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.directory import AgentProfile
from routing.levels.appraisal import Appraisal
from routing.levels.proposal import Obstacle, Proposal, ProposalState, confirmed, in_force, refused
from routing.levels.review import Review
from routing.levels.rule import LevelRule
from store.audit import Altered, Author, Authors, put_on_record, the_service
from store.centre import Centre
from store.centre_changes import CentreWriter
from store.centre_rows import read_agents, read_centre, write_centre
from store.deciders import may_decide
from store.engine import reading, writing
from store.level_rules import read_level_rule
from store.tables.levels import CONTESTS, LEVEL_PROPOSALS, LEVEL_RUNS, REVIEWS
from store.upserts import insert_new, values_of
from telephony.identifiers import AgentId, Instant, ProjectId, UserId

_PAGE = 500
_UNDECIDED = [ProposalState.OPEN.value, ProposalState.SHORT.value, ProposalState.UNCHANGED.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRun:
    """Somebody, or the calendar, wants levels proposed for a period; done by the worker."""

    run_id: str
    from_at: Instant
    to_at: Instant
    project_id: ProjectId | None
    asked_at: Instant
    asked_by: UserId
    done_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A level that came into force."""

    proposal: Proposal
    revision: int


class LevelStore:
    """Reviews, runs, proposals."""

    def __init__(self, engine: AsyncEngine, author: Authors = the_service) -> None:
        self._engine = engine
        self._author = author

    async def rule(self, version: int | None = None) -> tuple[int, LevelRule]:
        """The rule of that version, or the one in force, with its version; 0 before any was set."""
        async with reading(self._engine) as connection:
            return await read_level_rule(connection, version)

    # -- reviews -------------------------------------------------------------------------------------------------------

    async def add_reviews(self, reviews: Sequence[Review], *, by: Author | None = None) -> int:
        """All of them are kept, or none; those whose id is known already stay as they are. Says how many are new."""
        new = []
        async with writing(self._engine) as connection:
            for each in reviews:
                added = await connection.execute(insert_new(self._engine, REVIEWS).values(**values_of(each)))
                new += [each] if added.rowcount == 1 else []
            altered = [Altered(deed="review.added", subject=each.review_id, after=values_of(each)) for each in new]
            await put_on_record(connection, by or self._author(), altered)
        return len(new)

    async def reviews(
        self, from_at: Instant, to_at: Instant, *, agent_ids: Collection[AgentId] | None = None, limit: int = 100_000
    ) -> Sequence[Review]:
        """Reviews made within [from_at, to_at), of these agents or of all, in their order."""
        query = select(REVIEWS).where(REVIEWS.c.reviewed_at >= from_at, REVIEWS.c.reviewed_at < to_at)
        if agent_ids is not None:
            query = query.where(REVIEWS.c.agent_id.in_(sorted(agent_ids)))
        query = query.order_by(REVIEWS.c.reviewed_at, REVIEWS.c.review_id).limit(limit)
        async with reading(self._engine) as connection:
            return [Review(**row._mapping) for row in (await connection.execute(query)).all()]

    # -- runs ----------------------------------------------------------------------------------------------------------

    async def ask(self, run: LevelRun) -> bool:
        """The worker will propose levels for that period; False where the run of that id was asked for before."""
        async with writing(self._engine) as connection:
            return (await connection.execute(insert_new(self._engine, LEVEL_RUNS).values(**values_of(run)))).rowcount == 1

    async def runs(self, *, is_open: bool = False, limit: int = 100) -> Sequence[LevelRun]:
        """The newest first, or those still to be done, the oldest first."""
        query = select(LEVEL_RUNS).order_by(LEVEL_RUNS.c.asked_at.desc(), LEVEL_RUNS.c.run_id).limit(limit)
        if is_open:
            query = select(LEVEL_RUNS).where(LEVEL_RUNS.c.done_at.is_(None)).order_by(LEVEL_RUNS.c.asked_at).limit(limit)
        async with reading(self._engine) as connection:
            return [LevelRun(**row._mapping) for row in (await connection.execute(query)).all()]

    async def propose(self, run: LevelRun, proposals: Sequence[Proposal], *, at: Instant) -> int:
        """The run is done and its proposals are listed; what a person has decided of the same period stays as it is, what nobody
        has is replaced. Says how many are new."""
        scope = _of_scope(run.project_id, run.from_at, run.to_at)
        async with writing(self._engine) as connection:
            await connection.execute(LEVEL_PROPOSALS.delete().where(scope, LEVEL_PROPOSALS.c.state.in_(_UNDECIDED)))
            decided = set((await connection.execute(select(LEVEL_PROPOSALS.c.agent_id).where(scope))).scalars())
            rows = [_row_of(each) for each in proposals if each.agent_id not in decided]
            for start in range(0, len(rows), _PAGE):
                await connection.execute(insert(LEVEL_PROPOSALS), rows[start : start + _PAGE])
            done = update(LEVEL_RUNS).where(LEVEL_RUNS.c.run_id == run.run_id)
            await connection.execute(done.values(done_at=at))
        return len(rows)

    # -- proposals -----------------------------------------------------------------------------------------------------

    async def proposals(
        self,
        *,
        agent_ids: Collection[AgentId] | None = None,
        states: Collection[ProposalState] | None = None,
        from_at: Instant | None = None,
        to_at: Instant | None = None,
        limit: int = 1_000,
    ) -> Sequence[Proposal]:
        """The newest period first; of these agents, in these states, of periods that touch [from_at, to_at), where given."""
        query = select(LEVEL_PROPOSALS)
        if agent_ids is not None:
            query = query.where(LEVEL_PROPOSALS.c.agent_id.in_(sorted(agent_ids)))
        if states is not None:
            query = query.where(LEVEL_PROPOSALS.c.state.in_(sorted(states)))
        if from_at is not None:
            query = query.where(LEVEL_PROPOSALS.c.to_at > from_at)
        if to_at is not None:
            query = query.where(LEVEL_PROPOSALS.c.from_at < to_at)
        order = (LEVEL_PROPOSALS.c.from_at.desc(), LEVEL_PROPOSALS.c.agent_id, LEVEL_PROPOSALS.c.proposal_id)
        async with reading(self._engine) as connection:
            return [_proposal(row) for row in (await connection.execute(query.order_by(*order).limit(limit))).all()]

    async def proposal(self, proposal_id: str) -> Proposal | None:
        """That proposal."""
        async with reading(self._engine) as connection:
            return await _read(connection, proposal_id)

    async def confirm(
        self, proposal_id: str, *, note: str, in_force_at: Instant | None, by: Author
    ) -> Proposal | Obstacle | None:
        """A person stands behind the level, which comes into force at that date; None: there is no such proposal."""
        async with writing(self._engine) as connection:
            found = await _read(connection, proposal_id)
            if found is None or not await may_decide(connection, by.user_id, found.agent_id):
                return None if found is None else Obstacle.NOT_A_PERSON
            _, rule = await read_level_rule(connection)
            after = confirmed(found, rule, by=by.user_id, note=note, in_force_at=in_force_at, now=by.at)
            return await write_decision(connection, found, after, by)

    async def refuse(self, proposal_id: str, *, note: str, by: Author) -> Proposal | Obstacle | None:
        """The level stays as it is, by a person's decision; None: there is no such proposal."""
        async with writing(self._engine) as connection:
            found = await _read(connection, proposal_id)
            if found is None or not await may_decide(connection, by.user_id, found.agent_id):
                return None if found is None else Obstacle.NOT_A_PERSON
            return await write_decision(connection, found, refused(found, by=by.user_id, note=note, now=by.at), by)

    # -- coming into force ---------------------------------------------------------------------------------------------

    async def bring_into_force(self, now: Instant) -> Sequence[InForce]:
        """Every confirmed level whose date has come is that of the directory: each once, with a revision of its own, on record as
        the act of who confirmed it. One that is contested waits for its answer."""
        done: list[InForce] = []
        while (next_one := await self._next_into_force(now)) is not None:
            done.append(next_one)
        return done

    async def next_date(self) -> Instant | None:
        """When the next confirmed level comes into force."""
        query = select(LEVEL_PROPOSALS.c.in_force_at).where(LEVEL_PROPOSALS.c.state == ProposalState.CONFIRMED.value)
        async with reading(self._engine) as connection:
            return (await connection.execute(query.order_by(LEVEL_PROPOSALS.c.in_force_at).limit(1))).scalar()

    async def _next_into_force(self, now: Instant) -> InForce | None:
        async with writing(self._engine) as connection:
            found = await _first_due(connection, now)
            if found is None:
                return None
            before = await read_centre(connection)
            after = in_force(found, now=now, revision=before.revision + 1)
            if isinstance(after, Obstacle) or not await _mark(connection, found, after):
                return None
            author = Author(user_id=UserId(str(found.decided_by)), at=now, reason=f"level proposal {found.proposal_id}")
            agent = (await read_agents(connection, [found.agent_id]))[found.agent_id]
            changes = await CentreWriter(connection).put(Centre(agents=(_with_level(agent, found),)))
            await write_centre(connection, replace(before, revision=before.revision + 1))
            altered = [Altered(deed=f"{c.what}.{c.how.value}", subject=c.id, before=c.before, after=c.after) for c in changes]
            altered.append(Altered(deed="level.in_force", subject=found.proposal_id, after={"level": found.appraisal.level}))
            await put_on_record(connection, author, altered)
        return InForce(proposal=after, revision=before.revision + 1)


async def write_decision(
    connection: AsyncConnection, before: Proposal, after: Proposal | Obstacle, by: Author
) -> Proposal | Obstacle:
    """What a person decided is kept and on record, unless somebody was faster."""
    if isinstance(after, Obstacle):
        return after
    if not await _mark(connection, before, after):
        return Obstacle.NOT_OPEN
    told = {"agent_id": after.agent_id, "level": after.appraisal.level, "in_force_at": after.in_force_at, "note": after.note}
    deed = Altered(deed=f"level.{after.state.value}", subject=after.proposal_id, before={"state": before.state.value}, after=told)
    await put_on_record(connection, by, [deed])
    return after


async def read_proposal(connection: AsyncConnection, proposal_id: str) -> Proposal | None:
    """That proposal, within the caller's transaction."""
    return await _read(connection, proposal_id)


async def _first_due(connection: AsyncConnection, now: Instant) -> Proposal | None:
    contested = select(CONTESTS.c.contest_id).where(
        CONTESTS.c.subject == LEVEL_PROPOSALS.c.proposal_id,
        CONTESTS.c.agent_id == LEVEL_PROPOSALS.c.agent_id,  # nobody holds up a colleague's level
        CONTESTS.c.answered_at.is_(None),
    )
    query = select(LEVEL_PROPOSALS).where(
        LEVEL_PROPOSALS.c.state == ProposalState.CONFIRMED.value,
        LEVEL_PROPOSALS.c.in_force_at <= now,
        ~contested.exists(),
    )
    order = (LEVEL_PROPOSALS.c.in_force_at, LEVEL_PROPOSALS.c.decided_at, LEVEL_PROPOSALS.c.proposal_id)
    row = (await connection.execute(query.order_by(*order).limit(1).with_for_update(of=LEVEL_PROPOSALS))).first()
    return None if row is None else _proposal(row)


async def _mark(connection: AsyncConnection, before: Proposal, after: Proposal) -> bool:
    """The proposal is as after, if it still was as before."""
    mine = (LEVEL_PROPOSALS.c.proposal_id == before.proposal_id) & (LEVEL_PROPOSALS.c.state == before.state.value)
    return (await connection.execute(update(LEVEL_PROPOSALS).where(mine).values(**_row_of(after)))).rowcount == 1


async def _read(connection: AsyncConnection, proposal_id: str) -> Proposal | None:
    row = (await connection.execute(select(LEVEL_PROPOSALS).where(LEVEL_PROPOSALS.c.proposal_id == proposal_id))).first()
    return None if row is None else _proposal(row)


def _of_scope(project_id: ProjectId | None, from_at: Instant, to_at: Instant) -> ColumnElement[bool]:
    same = (LEVEL_PROPOSALS.c.from_at == from_at) & (LEVEL_PROPOSALS.c.to_at == to_at)
    project = LEVEL_PROPOSALS.c.project_id
    return same & (project.is_(None) if project_id is None else project == project_id)


def _with_level(agent: AgentProfile, proposal: Proposal) -> AgentProfile:
    level = proposal.appraisal.level or agent.level
    if proposal.project_id is None:
        return replace(agent, level=level)
    return replace(agent, level_by_project={**agent.level_by_project, proposal.project_id: level})


def _row_of(proposal: Proposal) -> dict[str, Any]:
    return {
        **values_of(proposal),
        "appraisal": msgspec.json.encode(proposal.appraisal, order="deterministic").decode(),
        "state": proposal.state.value,
    }


def _proposal(row: Row[Any]) -> Proposal:
    values = dict(row._mapping)
    return Proposal(
        **{
            **values,
            "appraisal": msgspec.json.decode(row.appraisal, type=Appraisal),
            "state": ProposalState(row.state),
        }
    )
