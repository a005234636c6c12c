"""What agents contest, and what people answer. Both are on record in the same transaction.

The words of both are personal: they are sealed under a key of the objection's own, which erasure destroys. Who, what, when and
the answer stay.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.levels.contest import Answer, Contest, Contested
from routing.levels.proposal import Obstacle, withdrawn
from store.audit import Altered, Author, put_on_record
from store.deciders import may_decide
from store.engine import forget_old_pages, reading, writing
from store.level_rules import read_level_rule
from store.levels import read_proposal, write_decision
from store.parties import PartyKeys
from store.tables.accounts import USERS
from store.tables.journal import ERASURES
from store.tables.levels import CONTESTS
from store.upserts import values_of
from telephony.identifiers import AgentId, Instant

_NO_WORDS = {"words": "", "answer_words": "", "wrapped_key": None, "sealed_words": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsErased:
    """Proof that what an agent wrote, and was answered, cannot be read any more."""

    receipt_id: str
    erased_at: Instant
    contests: int


class ContestStore:
    """Objections, open and answered."""

    def __init__(self, engine: AsyncEngine, keys: PartyKeys) -> None:
        self._engine = engine
        self._keys = keys

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
            await connection.execute(insert(CONTESTS).values(**self._row_of(addressed)))
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
            return [self._contest(row) for row in (await connection.execute(query)).all()]

    async def contest(self, contest_id: str) -> Contest | None:
        """That objection."""
        async with reading(self._engine) as connection:
            return await self._read(connection, contest_id)

    async def answer(self, contest_id: str, *, answer: Answer, words: str, by: Author) -> Contest | Obstacle | None:
        """A person has answered; where they take a confirmed level back, it never comes into force. None: no such objection."""
        async with writing(self._engine) as connection:
            found = await self._read(connection, contest_id)
            if found is None or not await may_decide(connection, by.user_id, found.agent_id):
                return None if found is None else Obstacle.NOT_A_PERSON
            after = replace(found, answered_at=by.at, answered_by=by.user_id, answer=answer, answer_words=words)
            mine = (CONTESTS.c.contest_id == contest_id) & CONTESTS.c.answered_at.is_(None)
            if (await connection.execute(update(CONTESTS).where(mine).values(**self._row_of(after)))).rowcount != 1:
                return Obstacle.NOT_OPEN
            told = {"agent_id": found.agent_id, "answer": answer.value}
            await put_on_record(connection, by, [Altered(deed="contest.answered", subject=contest_id, after=told)])
            await _carry_out(connection, after, by)
        return after

    async def erase_words(self, agent_id: AgentId, *, receipt_id: str, reason: str, by: Author) -> WordsErased:
        """What the agent wrote, and was answered, has lost its key; the receipt says of how many objections."""
        async with writing(self._engine) as connection:
            mine = (CONTESTS.c.agent_id == agent_id) & (CONTESTS.c.wrapped_key.is_not(None))
            gone = await connection.execute(update(CONTESTS).where(mine).values(**_NO_WORDS))
            count = gone.rowcount
            proof = {"receipt_id": receipt_id, "erased_at": by.at, "reason": reason, "party_count": count}
            await connection.execute(insert(ERASURES).values(**proof))
            told = {"receipt_id": receipt_id, "contests": count}
            await put_on_record(connection, by, [Altered(deed="contest.words_erased", subject=agent_id, after=told)])
        await forget_old_pages(self._engine)
        return WordsErased(receipt_id=receipt_id, erased_at=by.at, contests=count)

    async def seal_old(self) -> int:
        """Words that an older version wrote in clear are sealed; how many objections had some."""
        async with writing(self._engine) as connection:
            rows = (
                await connection.execute(select(CONTESTS).where(or_(CONTESTS.c.words != "", CONTESTS.c.answer_words != "")))
            ).all()
            for row in rows:
                sealed = self._sealed(row.contest_id, row.words, row.answer_words)
                which = CONTESTS.c.contest_id == row.contest_id
                await connection.execute(update(CONTESTS).where(which).values(**sealed))
        if rows:
            await forget_old_pages(self._engine)
        return len(rows)

    async def _read(self, connection: AsyncConnection, contest_id: str) -> Contest | None:
        row = (await connection.execute(select(CONTESTS).where(CONTESTS.c.contest_id == contest_id))).first()
        return None if row is None else self._contest(row)

    def _row_of(self, contest: Contest) -> dict[str, Any]:
        return {
            **values_of(contest),
            "what": contest.what.value,
            "answer": None if contest.answer is None else contest.answer.value,
            **self._sealed(contest.contest_id, contest.words, contest.answer_words),
        }

    def _contest(self, row: Row[Any]) -> Contest:
        values = {name: value for name, value in row._mapping.items() if name not in ("wrapped_key", "sealed_words")}
        said, answered = self._opened(row)
        return Contest(
            **{
                **values,
                "what": Contested(row.what),
                "answer": None if row.answer is None else Answer(row.answer),
                "words": said,
                "answer_words": answered,
            }
        )

    def _sealed(self, contest_id: str, said: str, answered: str) -> dict[str, Any]:
        wrapped_key, sealed = self._keys.seal_record(f"contest:{contest_id}", msgspec.json.encode((said, answered)))
        return {"words": "", "answer_words": "", "wrapped_key": wrapped_key, "sealed_words": sealed}

    def _opened(self, row: Row[Any]) -> tuple[str, str]:
        if row.wrapped_key is None:
            return row.words, row.answer_words
        clear = self._keys.open_record(f"contest:{row.contest_id}", row.wrapped_key, row.sealed_words)
        return msgspec.json.decode(clear, type=tuple[str, str])


async def _carry_out(connection: AsyncConnection, contest: Contest, by: Author) -> None:
    if contest.answer is not Answer.WITHDRAWN or contest.what is not Contested.LEVEL:
        return
    proposal = await read_proposal(connection, contest.subject)
    if proposal is not None and proposal.agent_id == contest.agent_id:
        # The words are in the objection alone, where they can be erased.
        taken_back = withdrawn(proposal, by=by.user_id, note=f"objection {contest.contest_id}", now=by.at)
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
