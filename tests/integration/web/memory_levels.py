"""Levels, objections and statements in memory, for the web edge's own tests: by the same pure rules as in the database."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from routing.levels.appraisal import Evidence, appraise
from routing.levels.contest import Answer, Contest, Contested
from routing.levels.proposal import DAY, Obstacle, Proposal, ProposalState, confirmed, refused, state_of
from routing.levels.review import Review
from routing.levels.rule import LevelRule
from store.audit import Author
from store.contests import WordsErased
from store.levels import LevelRun
from telephony.identifiers import AgentId, Instant, ProjectId

RULE = LevelRule(least_reviews=1, least_conversations=1, contact="sven")
GOOD = appraise(RULE, Evidence(reviews=4, review_points=360, conversations=10, with_outcome=10, positive=9, abusive=1), 1)


def a_proposal(name: str, agent: str, *, at: int = 0, project: str | None = None) -> Proposal:
    return Proposal(
        proposal_id=name,
        run_id="run",
        agent_id=AgentId(agent),
        project_id=None if project is None else ProjectId(project),
        from_at=Instant(at - 30 * DAY),
        to_at=Instant(at),
        rule_version=0,
        directory_revision=1,
        appraisal=GOOD,
        proposed_at=Instant(at),
        state=state_of(GOOD),
    )


def a_contest(name: str, agent: str) -> Contest:
    return Contest(
        contest_id=name,
        agent_id=AgentId(agent),
        what=Contested.OTHER,
        subject="",
        words="Why?",
        responsible="sven",
        responsible_name="Sven",
        raised_at=Instant(0),
        raised_by=f"user-of-{agent}",  # type: ignore[arg-type]
    )


def a_review(agent: str, at: Instant) -> Review:
    return Review(
        review_id=f"review-{agent}", agent_id=AgentId(agent), reviewer="rita", score=80, form_version="1", reviewed_at=at
    )


@dataclass
class MemoryLevels:
    """Proposals and reviews."""

    rows: dict[str, Proposal] = field(default_factory=dict)
    review_rows: dict[str, Review] = field(default_factory=dict)
    asked: list[LevelRun] = field(default_factory=list)

    async def rule(self, version: int | None = None) -> tuple[int, LevelRule]:
        return version or 0, RULE

    async def add_reviews(self, reviews: Sequence[Review], *, by: Author) -> int:
        new = [each for each in reviews if each.review_id not in self.review_rows]
        self.review_rows |= {each.review_id: each for each in new}
        return len(new)

    async def reviews(
        self, from_at: Instant, to_at: Instant, *, agent_ids: Collection[AgentId] | None = None, limit: int = 100
    ) -> Sequence[Review]:
        within = [each for each in self.review_rows.values() if from_at <= each.reviewed_at < to_at]
        return [each for each in within if agent_ids is None or each.agent_id in agent_ids][:limit]

    async def ask(self, run: LevelRun) -> bool:
        self.asked.append(run)
        return True

    async def runs(self, *, is_open: bool = False, limit: int = 100) -> Sequence[LevelRun]:
        return self.asked[:limit]

    async def proposals(
        self,
        *,
        agent_ids: Collection[AgentId] | None = None,
        states: Collection[ProposalState] | None = None,
        from_at: Instant | None = None,
        to_at: Instant | None = None,
        limit: int = 1_000,
    ) -> Sequence[Proposal]:
        found = [each for each in self.rows.values() if agent_ids is None or each.agent_id in agent_ids]
        return [each for each in found if states is None or each.state in states][:limit]

    async def proposal(self, proposal_id: str) -> Proposal | None:
        return self.rows.get(proposal_id)

    async def confirm(
        self, proposal_id: str, *, note: str, in_force_at: Instant | None, by: Author
    ) -> Proposal | Obstacle | None:
        after = confirmed(self.rows[proposal_id], RULE, by=by.user_id, note=note, in_force_at=in_force_at, now=by.at)
        return self._kept(after)

    async def refuse(self, proposal_id: str, *, note: str, by: Author) -> Proposal | Obstacle | None:
        return self._kept(refused(self.rows[proposal_id], by=by.user_id, note=note, now=by.at))

    def _kept(self, after: Proposal | Obstacle) -> Proposal | Obstacle:
        if isinstance(after, Proposal):
            self.rows[after.proposal_id] = after
        return after


@dataclass
class MemoryContests:
    """Objections."""

    levels: MemoryLevels
    rows: dict[str, Contest] = field(default_factory=dict)
    erased: list[tuple[AgentId, str, str]] = field(default_factory=list)

    async def raise_one(self, contest: Contest, *, by: Author) -> Contest | None:
        if contest.what is Contested.LEVEL:
            proposal = self.levels.rows.get(contest.subject)
            if proposal is None or proposal.agent_id != contest.agent_id:
                return None
        self.rows[contest.contest_id] = replace(contest, responsible="sven", responsible_name="Sven")
        return self.rows[contest.contest_id]

    async def contests(
        self, *, agent_ids: Collection[AgentId] | None = None, is_open: bool | None = None, limit: int = 1_000
    ) -> Sequence[Contest]:
        found = [each for each in self.rows.values() if agent_ids is None or each.agent_id in agent_ids]
        return [each for each in found if is_open is None or (each.answered_at is None) is is_open][:limit]

    async def contest(self, contest_id: str) -> Contest | None:
        return self.rows.get(contest_id)

    async def answer(self, contest_id: str, *, answer: Answer, words: str, by: Author) -> Contest | Obstacle | None:
        found = self.rows.get(contest_id)
        if found is None or found.answered_at is not None:
            return None if found is None else Obstacle.NOT_OPEN
        after = replace(found, answered_at=by.at, answered_by=by.user_id, answer=answer, answer_words=words)
        self.rows[contest_id] = after
        return after

    async def erase_words(self, agent_id: AgentId, *, receipt_id: str, reason: str, by: Author) -> WordsErased:
        theirs = [each for each in self.rows.values() if each.agent_id == agent_id and each.words]
        self.rows |= {each.contest_id: replace(each, words="", answer_words="") for each in theirs}
        self.erased.append((agent_id, reason, by.user_id))
        return WordsErased(receipt_id=receipt_id, erased_at=by.at, contests=len(theirs))


@dataclass
class PlayedStatements:
    """Says the same of everybody, or what `tell` says, and notes who was asked about."""

    asked: list[tuple[AgentId, Instant, Instant, str]] = field(default_factory=list)
    error: Exception | None = None
    tell: Callable[[AgentId, Instant, Instant, str], Mapping[str, Any]] | None = None

    async def statement(self, agent_id: AgentId, from_at: Instant, to_at: Instant, language: str) -> Mapping[str, Any]:
        self.asked.append((agent_id, from_at, to_at, language))
        if self.error is not None:
            raise self.error
        if self.tell is not None:
            return self.tell(agent_id, from_at, to_at, language)
        forced = {"from_at": 1, "cause": "missed_calls", "misses": 3, "until_at": 2, "confirmed_by": "", "ended_at": None}
        empty: dict[str, Any] = {"not_offered": {}, "offers": {}, "time_ms": {}, "level_by_project": {}}
        lists: dict[str, Any] = {
            **dict.fromkeys(("data", "levels", "shares", "own_pauses", "open_contests"), ()),
            "routing_rules": ["1"],
            "directory_revisions": [1, 2],
            "forced_pauses": [forced],
            "sentences": ["All is told."],
        }
        own = {"agent_id": agent_id, "name": agent_id, "from_at": from_at, "to_at": to_at, "language": language}
        return {**own, **empty, **lists, "level": 2, "level_rule_version": 1, "abusive_calls": 0, "contact": "Sven"}
