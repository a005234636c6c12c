"""The worker's part in levels: proposes them, and brings what people confirmed into force at its date."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from fernamt.moment import new_id, now
from routing.directory import AgentProfile, Directory
from routing.levels.appraisal import Evidence, appraise
from routing.levels.conversations import LEAD_MS, READ, TAIL_MS, Conversations, counted, gathered
from routing.levels.proposal import Proposal, state_of
from routing.levels.reliability import PlannedTime
from routing.levels.review import Review
from routing.levels.rule import LevelRule, Period
from store.directory import DirectoryStore
from store.journal_reading import JournalReader
from store.levels import LevelRun, LevelStore
from telephony.abuse import AbusiveCallEnded
from telephony.events import AgentReleased, AgentReserved
from telephony.identifiers import AgentId, Instant, UserId, after_ms

LOOK_EVERY_S = 5.0
THE_CALENDAR = UserId("calendar")

_log = structlog.get_logger("fernamt.levels")


class Reliability(Protocol):
    """Tells planned and kept time from the plan and the journal."""

    async def planned(
        self, from_at: Instant, to_at: Instant, agent_ids: Collection[AgentId] | None = None
    ) -> Mapping[AgentId, PlannedTime]:
        """Of these agents, or of all, within [from_at, to_at); whoever had no plan then is missing."""
        ...


class BringLevelsIntoForce:
    """Confirmed levels are in force from their date on, within seconds and never before."""

    name = "bring_levels_into_force"

    def __init__(self, levels: LevelStore) -> None:
        self._levels = levels

    async def run_once(self, _is_stopping: Callable[[], bool]) -> float:
        """Every level whose date has come is that of the directory."""
        for each in await self._levels.bring_into_force(now()):
            _log.info("level in force", proposal=each.proposal.proposal_id, revision=each.revision)
        return LOOK_EVERY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSources:
    """Where the evidence comes from."""

    levels: LevelStore
    directory: DirectoryStore
    journal: JournalReader
    reliability: Reliability


class ProposeLevels:
    """Levels are proposed for every period that was asked for, and by itself for each that is over, once a rule has been set."""

    name = "propose_levels"

    def __init__(self, sources: LevelSources, zone: ZoneInfo) -> None:
        self._sources = sources
        self._zone = zone

    async def run_once(self, is_stopping: Callable[[], bool]) -> float:
        """What was asked for is proposed."""
        levels = self._sources.levels
        version, rule = await levels.rule()
        if version:
            await self._ask_by_calendar(rule, now())
        for run in await levels.runs(is_open=True):
            if is_stopping():
                return 0.0
            found = await proposals_of(run, self._sources)
            count = await levels.propose(run, found, at=now())
            _log.info("levels proposed", run=run.run_id, agents=count)
        return LOOK_EVERY_S

    async def _ask_by_calendar(self, rule: LevelRule, at: Instant) -> None:
        """The period that ended last, once its last wrap-up codes are chosen."""
        from_at, to_at = last_period(rule.period, after_ms(at, -TAIL_MS), self._zone)
        name = f"{rule.period.value}-{datetime.fromtimestamp(from_at / 1_000_000, self._zone):%Y-%m-%d}"
        run = LevelRun(run_id=name, from_at=from_at, to_at=to_at, project_id=None, asked_at=at, asked_by=THE_CALENDAR)
        await self._sources.levels.ask(run)


async def proposals_of(run: LevelRun, sources: LevelSources) -> list[Proposal]:
    """What the rule in force makes of the evidence of every agent in use, or certified for the run's project."""
    version, rule = await sources.levels.rule()
    directory = await sources.directory.load()
    evidence = await evidence_of(run, rule, sources, directory)
    at = now()
    return [
        _proposal(run, agent, evidence.get(agent.agent_id, Evidence()), (version, rule), made=(directory.revision, at))
        for agent in directory.agents.values()
        if agent.is_active and (run.project_id is None or run.project_id in agent.certificates)
    ]


async def evidence_of(run: LevelRun, rule: LevelRule, sources: LevelSources, directory: Directory) -> Mapping[AgentId, Evidence]:
    """Conversations from the journal, reviews, and planned time: memory grows with the agents alone."""
    found: dict[AgentId, Evidence] = {}
    fold = Conversations()
    stretch = (run.from_at, run.to_at)
    first = await sources.journal.first_seq_at(after_ms(run.from_at, -LEAD_MS))
    last = await sources.journal.first_seq_at(after_ms(run.to_at, TAIL_MS))
    async for envelope in sources.journal.read_since(first - 1, last - 1, READ):
        for agent_id, part in counted(fold.hear(envelope), rule, *stretch, run.project_id):
            found[agent_id] = found.get(agent_id, Evidence()) + part
    found = gathered(counted(fold.rest(), rule, *stretch, run.project_id), found)
    reviews = [each for each in await sources.levels.reviews(*stretch) if await _counts(each, run, sources.journal)]
    found = gathered(((each.agent_id, Evidence(reviews=1, review_points=each.score)) for each in reviews), found)
    planned = await sources.reliability.planned(*stretch, directory.agents.keys())
    kept = ((agent_id, Evidence(planned_ms=each.planned_ms, kept_ms=each.kept_ms)) for agent_id, each in planned.items())
    return gathered(kept, found)


def last_period(period: Period, at: Instant, zone: ZoneInfo) -> tuple[Instant, Instant]:
    """Beginning and end of the last whole period that was over at that instant, by the wall clock of the zone."""
    today = datetime.fromtimestamp(at / 1_000_000, zone).date()
    months = 1 if period is Period.MONTH else 3
    ends = date(today.year, today.month - (today.month - 1) % months, 1)
    began = ends
    for _ in range(months):
        began = (began - timedelta(days=1)).replace(day=1)
    return _midnight(began, zone), _midnight(ends, zone)


def _midnight(day: date, zone: ZoneInfo) -> Instant:
    return Instant(round(datetime.combine(day, time(), zone).timestamp()) * 1_000_000)


def _proposal(
    run: LevelRun, agent: AgentProfile, evidence: Evidence, by: tuple[int, LevelRule], *, made: tuple[int, Instant]
) -> Proposal:
    (version, rule), (revision, at) = by, made
    before = agent.level if run.project_id is None else agent.level_for(run.project_id)
    appraisal = appraise(rule, evidence, before)
    return Proposal(
        proposal_id=new_id(at),
        run_id=run.run_id,
        agent_id=agent.agent_id,
        project_id=run.project_id,
        from_at=run.from_at,
        to_at=run.to_at,
        rule_version=version,
        directory_revision=revision,
        appraisal=appraisal,
        proposed_at=at,
        state=state_of(appraisal),
    )


async def _counts(review: Review, run: LevelRun, journal: JournalReader) -> bool:
    """A review of a call that was ended for abuse counts for nothing; one of another project not for this one."""
    project_id, is_in_it = review.project_id, False
    if review.call_id is not None:
        async for envelope in journal.read_call(review.call_id):
            event = envelope.event
            if isinstance(event, AbusiveCallEnded) and is_in_it:
                return False
            if isinstance(event, AgentReleased) and event.agent_id == review.agent_id:
                is_in_it = False
            if isinstance(event, AgentReserved) and event.agent_id == review.agent_id:
                is_in_it = True
                project_id = project_id if review.project_id is not None else event.project_id
    return run.project_id in (None, project_id)
