"""What agents contest, and what people answer. Both are on record in the same transaction."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.levels.contest import Answer, Contest, Contested
from routing.levels.proposal import Obstacle, withdrawn
from store.audit import Altered, Author, put_on_record
from store.deciders import may_decide
from store.engine import reading, writing
from store.level_rules import read_level_rule
from store.levels import read_proposal, write_decision
from store.tables.accounts import USERS
from store.tables.levels import CONTESTS
from store.upserts import values_of
from telephony.identifiers import AgentId


class ContestStore:
    """Objections, open and answered."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def raise_one(self, contest: Contest, *, by: Author) -> Contest | None:
        """The objection is listed, addressed to the named person of the centre, else to who made the decision; None, and nothing
        written, where it is about a level that is not the agent's."""
        async with writing(self._engine) as connection:
            if contest.what is Contested.LEVEL:
                proposal = await read_proposal(connection, contest.subject)
                if proposal is None or proposal.agent_id != contest.agent_id:
                    return None
            login, name = await _responsible(connection, contest)
            addressed = replace(contest, responsible=login, responsible_name=name)
            await connection.execute(insert(CONTESTS).values(**_row_of(addressed)))
            told = {"agent_id": contest.agent_id, "what": contest.what.value, "subject": contest.subject, "responsible": login}
            await put_on_record(connection, by, [Altered(deed="contest.raised", subject=contest.contest_id, after=told)])
        return addressed

    async def contests(
        self, *, agent_ids: Collection[AgentId] | None = None, is_open: bool | None = None, limit: int = 1_000
    ) -> Sequence[Contest]:
        """The newest first; of these agents, open or answered ones only, where given."""
        query = select(CONTESTS).order_by(CONTESTS.c.raised_at.desc(), CONTESTS.c.contest_id).limit(limit)
        if agent_ids is not None:
            query = query.where(CONTESTS.c.agent_id.in_(sorted(agent_ids)))
        if is_open is not None:
            query = query.where(CONTESTS.c.answered_at.is_(None) if is_open else CONTESTS.c.answered_at.is_not(None))
        async with reading(self._engine) as connection:
            return [_contest(row) for row in (await connection.execute(query)).all()]

    async def contest(self, contest_id: str) -> Contest | None:
        """That objection."""
        async with reading(self._engine) as connection:
            return await _read(connection, contest_id)

    async def answer(self, contest_id: str, *, answer: Answer, words: str, by: Author) -> Contest | Obstacle | None:
        """A person has answered; where they take a confirmed level back, it never comes into force. None: no such objection."""
        async with writing(self._engine) as connection:
            found = await _read(connection, contest_id)
            if found is None or not await may_decide(connection, by.user_id, found.agent_id):
                return None if found is None else Obstacle.NOT_A_PERSON
            after = replace(found, answered_at=by.at, answered_by=by.user_id, answer=answer, answer_words=words)
            mine = (CONTESTS.c.contest_id == contest_id) & CONTESTS.c.answered_at.is_(None)
            if (await connection.execute(update(CONTESTS).where(mine).values(**_row_of(after)))).rowcount != 1:
                return Obstacle.NOT_OPEN
            told = {"agent_id": found.agent_id, "answer": answer.value}
            await put_on_record(connection, by, [Altered(deed="contest.answered", subject=contest_id, after=told)])
            await _carry_out(connection, after, by)
        return after


async def _carry_out(connection: AsyncConnection, contest: Contest, by: Author) -> None:
    if contest.answer is not Answer.WITHDRAWN or contest.what is not Contested.LEVEL:
        return
    proposal = await read_proposal(connection, contest.subject)
    if proposal is not None and proposal.agent_id == contest.agent_id:
        taken_back = withdrawn(proposal, by=by.user_id, note=contest.answer_words, now=by.at)
        await write_decision(connection, proposal, taken_back, by)


async def _responsible(connection: AsyncConnection, contest: Contest) -> tuple[str, str]:
    """Log-in and name of the person who is to answer; empty where nobody is named and nobody has decided yet."""
    _, rule = await read_level_rule(connection)
    if rule.contact is not None:
        who = USERS.c.login == rule.contact
    else:
        proposal = await read_proposal(connection, contest.subject)
        who = USERS.c.user_id == (None if proposal is None else proposal.decided_by)
    row = (await connection.execute(select(USERS.c.login, USERS.c.display_name).where(who, USERS.c.is_active.is_(True)))).first()
    return ("", "") if row is None else (row.login, row.display_name)


async def _read(connection: AsyncConnection, contest_id: str) -> Contest | None:
    row = (await connection.execute(select(CONTESTS).where(CONTESTS.c.contest_id == contest_id))).first()
    return None if row is None else _contest(row)


def _row_of(contest: Contest) -> dict[str, Any]:
    return {
        **values_of(contest),
        "what": contest.what.value,
        "answer": None if contest.answer is None else contest.answer.value,
    }


def _contest(row: Row[Any]) -> Contest:
    values = dict(row._mapping)
    return Contest(
        **{
            **values,
            "what": Contested(row.what),
            "answer": None if row.answer is None else Answer(row.answer),
        }
    )
