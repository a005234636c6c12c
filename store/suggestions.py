"""Suggestions: made by agents, passed on and answered by management. The words of both are sealed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.aftercall.suggestions import About, SuggestionState, may_become
from store.audit import Altered, Author, put_on_record
from store.engine import reading, writing
from store.lead_rows import LeadKeys
from store.tables.aftercall import SUGGESTIONS
from telephony.identifiers import AgentId, Instant, ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What somebody suggested, how far it is, and what was answered."""

    suggestion_id: str
    agent_id: AgentId
    project_id: ProjectId | None
    about: About
    words: str = field(repr=False)
    made_at: Instant
    state: SuggestionState = SuggestionState.NEW
    answer: str = field(default="", repr=False)
    changed_at: Instant | None = None


class SuggestionStore:
    """Takes and answers."""

    def __init__(self, engine: AsyncEngine, keys: LeadKeys) -> None:
        self._engine = engine
        self._keys = keys

    async def add(self, suggestion: Suggestion, *, by: Author) -> None:
        """It waits for management. The same id adds nothing twice."""
        there = select(SUGGESTIONS.c.agent_id).where(SUGGESTIONS.c.suggestion_id == suggestion.suggestion_id)
        async with writing(self._engine) as connection:
            if (await connection.execute(there)).first() is not None:
                return
            row = {
                "suggestion_id": suggestion.suggestion_id,
                "project_id": suggestion.project_id,
                "agent_id": suggestion.agent_id,
                "about": suggestion.about.value,
                "state": SuggestionState.NEW.value,
                "made_at": by.at,
                "changed_at": by.at,
                "changed_by": by.user_id,
            }
            await connection.execute(
                insert(SUGGESTIONS).values(**row, **self._sealed(suggestion.suggestion_id, suggestion.words, ""))
            )
            await put_on_record(connection, by, [Altered(deed="suggestion.made", subject=suggestion.suggestion_id)])

    async def decide(self, suggestion_id: str, state: SuggestionState, answer: str, *, by: Author) -> bool | None:
        """It goes on so, with that answer; False where it may not, None where there is none."""
        async with writing(self._engine) as connection:
            query = select(SUGGESTIONS).where(SUGGESTIONS.c.suggestion_id == suggestion_id)
            row = (await connection.execute(query.with_for_update())).first()
            if row is None:
                return None
            before = self._suggestion(row)
            if not may_become(before.state, state, answer):
                return False
            values = {"state": state.value, "changed_at": by.at, "changed_by": by.user_id}
            values |= self._sealed(suggestion_id, before.words, answer or before.answer)
            mine = update(SUGGESTIONS).where(SUGGESTIONS.c.suggestion_id == suggestion_id)
            await connection.execute(mine.values(**values))
            told = Altered(deed="suggestion.decided", subject=suggestion_id, before=before.state.value, after=state.value)
            await put_on_record(connection, by, [told])
        return True

    async def get(self, suggestion_id: str) -> Suggestion | None:
        """That suggestion."""
        async with reading(self._engine) as connection:
            query = select(SUGGESTIONS).where(SUGGESTIONS.c.suggestion_id == suggestion_id)
            row = (await connection.execute(query)).first()
        return None if row is None else self._suggestion(row)

    async def suggestions(self, agents: Collection[AgentId] | None = None, limit: int = 500) -> Sequence[Suggestion]:
        """Those of these agents, or all, the newest first."""
        query = select(SUGGESTIONS).order_by(SUGGESTIONS.c.made_at.desc(), SUGGESTIONS.c.suggestion_id).limit(limit)
        if agents is not None:
            query = query.where(SUGGESTIONS.c.agent_id.in_(sorted(agents)))
        async with reading(self._engine) as connection:
            return [self._suggestion(row) for row in (await connection.execute(query)).all()]

    def _sealed(self, suggestion_id: str, words: str, answer: str) -> dict[str, Any]:
        wrapped_key, sealed = self._keys.seal_record(f"suggestion:{suggestion_id}", msgspec.json.encode((words, answer)))
        return {"wrapped_key": wrapped_key, "sealed": sealed}

    def _suggestion(self, row: Row[Any]) -> Suggestion:
        clear = self._keys.open_record(f"suggestion:{row.suggestion_id}", row.wrapped_key, row.sealed)
        words, answer = msgspec.json.decode(clear, type=tuple[str, str])
        return Suggestion(
            suggestion_id=row.suggestion_id,
            agent_id=AgentId(row.agent_id),
            project_id=None if row.project_id is None else ProjectId(row.project_id),
            about=About(row.about),
            words=words,
            made_at=Instant(row.made_at),
            state=SuggestionState(row.state),
            answer=answer,
            changed_at=Instant(row.changed_at),
        )
