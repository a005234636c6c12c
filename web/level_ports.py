"""What the web edge needs of levels: reviews, proposals people decide, objections, and statements."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from routing.levels.contest import Answer, Contest
from routing.levels.proposal import Obstacle, Proposal, ProposalState
from routing.levels.review import Review
from routing.levels.rule import LevelRule
from store.audit import Author
from store.contests import WordsErased
from store.levels import LevelRun
from telephony.errors import FernamtError
from telephony.identifiers import AgentId, Instant


class Levels(Protocol):
    """Reviews and proposed levels."""

    async def rule(self, version: int | None = None) -> tuple[int, LevelRule]: ...
    async def add_reviews(self, reviews: Sequence[Review], *, by: Author) -> int: ...

    async def reviews(
        self, from_at: Instant, to_at: Instant, *, agent_ids: Collection[AgentId] | None = None, limit: int = ...
    ) -> Sequence[Review]: ...

    async def ask(self, run: LevelRun) -> bool: ...
    async def runs(self, *, is_open: bool = False, limit: int = ...) -> Sequence[LevelRun]: ...

    async def proposals(
        self,
        *,
        agent_ids: Collection[AgentId] | None = None,
        states: Collection[ProposalState] | None = None,
        from_at: Instant | None = None,
        to_at: Instant | None = None,
        limit: int = ...,
    ) -> Sequence[Proposal]: ...

    async def proposal(self, proposal_id: str) -> Proposal | None: ...

    async def confirm(
        self, proposal_id: str, *, note: str, in_force_at: Instant | None, by: Author
    ) -> Proposal | Obstacle | None: ...

    async def refuse(self, proposal_id: str, *, note: str, by: Author) -> Proposal | Obstacle | None: ...


class Contests(Protocol):
    """What agents contest."""

    async def raise_one(self, contest: Contest, *, by: Author) -> Contest | None: ...

    async def contests(
        self, *, agent_ids: Collection[AgentId] | None = None, is_open: bool | None = None, limit: int = ...
    ) -> Sequence[Contest]: ...

    async def contest(self, contest_id: str) -> Contest | None: ...
    async def answer(self, contest_id: str, *, answer: Answer, words: str, by: Author) -> Contest | Obstacle | None: ...

    async def erase_words(self, agent_id: AgentId, *, receipt_id: str, reason: str, by: Author) -> WordsErased:
        """What the agent wrote, and was answered, cannot be read any more."""
        ...


class StatementsBusy(FernamtError):
    """As many statements are worked out as may be at once."""

    code = "statements_busy"


class Statements(Protocol):
    """What agents are owed, as records."""

    async def statement(self, agent_id: AgentId, from_at: Instant, to_at: Instant, language: str) -> Mapping[str, Any]:
        """The agent's statement of [from, to). Raises `StatementsBusy`."""
        ...
