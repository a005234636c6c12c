"""An agent's statement out of the journal, the directory, and what was decided about levels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from routing.directory import AgentProfile, Directory
from routing.levels.contest import Contest
from routing.levels.proposal import Proposal
from routing.levels.told import appraisal_told, state_told
from routing.owed.offers import Offers
from routing.owed.own_time import OwnTime
from routing.owed.statement import LEAD_MS, READ, ForcedShown, LevelShown, PauseShown, ShareShown, Statement, counted
from routing.owed.told import statement_told
from store.contests import ContestStore
from store.directory import DirectoryStore
from store.journal_reading import JournalReader
from store.levels import LevelStore
from store.users import UserStore
from telephony.abuse import AbusiveCallEnded
from telephony.agent.judged import PresenceJudged
from telephony.agent.model import AgentRules
from telephony.events import EndpointChanged, Envelope
from telephony.identifiers import AgentId, Instant, after_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSources:
    """Where a statement comes from."""

    directory: DirectoryStore
    users: UserStore
    journal: JournalReader
    levels: LevelStore
    contests: ContestStore
    rules: AgentRules
    zone: ZoneInfo


@dataclass(slots=True)
class _Heard:
    """What was read of the journal."""

    own: OwnTime
    offers: Offers
    events: int = 0
    decisions: int = 0
    abusive: int = 0
    is_unreachable: bool = False
    is_judged_absent: bool = False


async def statement_of(
    agent_id: AgentId, from_at: Instant, to_at: Instant, language: str, sources: StatementSources
) -> Statement | None:
    """Everything the agent is owed about the period; None: there is no such agent. Memory grows with the agents alone."""
    directory = await sources.directory.load()
    profile = directory.agents.get(agent_id)
    if profile is None:
        return None
    heard = await _heard(agent_id, from_at, to_at, directory, sources)
    proposals = await sources.levels.proposals(agent_ids=[agent_id], from_at=from_at, to_at=to_at)
    contests = await sources.contests.contests(agent_ids=[agent_id])
    reviews = await sources.levels.reviews(from_at, to_at, agent_ids=[agent_id])
    version, rule = await sources.levels.rule()
    users = await sources.users.all()
    names: dict[str, str] = {user.user_id: user.display_name for user in users}
    by_login = {user.login: user.display_name for user in users}
    facts = {"decisions": heard.decisions, "own_events": heard.events, "reviews": len(reviews), "proposals": len(proposals)}
    made = Statement(
        agent_id=agent_id,
        name=profile.name,
        from_at=from_at,
        to_at=to_at,
        language=language,
        data=counted([*facts.items(), ("contests", len(contests))]),
        level_rule_version=version,
        levels=tuple([await _level_shown(each, language, names, sources) for each in proposals]),
        contact="" if rule.contact is None else by_login.get(rule.contact, rule.contact),
        open_contests=_open(contests),
        **_of_directory(profile),
        **_of_journal(heard, names),
    )
    told = statement_told(made, lambda at: _when(at, sources.zone, language), _names_of(directory))
    return replace(made, sentences=tuple(told))


async def _heard(agent_id: AgentId, from_at: Instant, to_at: Instant, directory: Directory, sources: StatementSources) -> _Heard:
    heard = _Heard(
        own=OwnTime.of(agent_id, from_at, to_at, sources.rules),
        offers=Offers(agent_id=agent_id, from_at=from_at, to_at=to_at, directory=directory, rules=sources.rules),
    )
    first = await sources.journal.first_seq_at(after_ms(from_at, -LEAD_MS))
    last = await sources.journal.first_seq_at(to_at)
    async for envelope in sources.journal.read_since(first - 1, last - 1, READ):
        if envelope.agent_id == agent_id:
            _hear_own(envelope, heard, is_within=from_at <= envelope.received_at < to_at)
        if not isinstance(envelope.event, PresenceJudged | EndpointChanged | AbusiveCallEnded):
            heard.offers.hear(envelope)
    heard.own.finish()
    heard.decisions = sum(each.decisions for each in heard.offers.by_project.values())
    return heard


def _hear_own(envelope: Envelope, heard: _Heard, *, is_within: bool) -> None:
    event = envelope.event
    heard.events += is_within
    if isinstance(event, EndpointChanged):
        heard.is_unreachable = not event.is_reachable
    elif isinstance(event, PresenceJudged):
        heard.is_judged_absent = event.absence is not None
    elif isinstance(event, AbusiveCallEnded):
        heard.abusive += is_within
    else:
        heard.own.hear(envelope)
    heard.offers.is_absent = heard.is_unreachable or heard.is_judged_absent


def _of_directory(profile: AgentProfile) -> dict[str, Any]:
    return {"level": profile.level, "level_by_project": dict(sorted(profile.level_by_project.items()))}


def _of_journal(heard: _Heard, names: Mapping[str, str]) -> dict[str, Any]:
    own, offers = heard.own, heard.offers
    return {
        "routing_rules": tuple(sorted(offers.rule_versions)),
        "directory_revisions": tuple(offers.revisions),
        "shares": tuple(
            ShareShown(project_id=project_id, decisions=each.decisions, expected=round(each.expected, 3), got=each.got)
            for project_id, each in sorted(offers.by_project.items())
        ),
        "offers": dict(sorted(offers.outcomes.items())),
        "not_offered": dict(sorted(offers.not_offered.items())),
        "own_pauses": tuple(
            PauseShown(reason=reason, count=each.count, lasted_ms=each.lasted_ms)
            for reason, each in sorted(own.own_pauses.items())
            if each.count or each.lasted_ms
        ),
        "forced_pauses": tuple(
            ForcedShown(
                from_at=each.from_at,
                cause=each.cause,
                misses=each.misses,
                until_at=each.until_at,
                confirmed_by=names.get(each.confirmed_by, each.confirmed_by),
                ended_at=each.ended_at,
            )
            for each in own.forced
            if each.ended_at is None or each.ended_at >= own.from_at
        ),
        "time_ms": dict(sorted(own.by_state_ms.items())),
        "abusive_calls": heard.abusive,
    }


async def _level_shown(proposal: Proposal, language: str, names: Mapping[str, str], sources: StatementSources) -> LevelShown:
    _, rule = await sources.levels.rule(proposal.rule_version)
    decided_by = names.get(proposal.decided_by or "", proposal.decided_by or "")
    in_force = "–" if proposal.in_force_at is None else _when(proposal.in_force_at, sources.zone, language)
    told = [*appraisal_told(proposal.appraisal, rule, language)]
    told.append(state_told(proposal, language, decided_by=decided_by, in_force=in_force))
    return LevelShown(
        proposal_id=proposal.proposal_id,
        project_id=proposal.project_id,
        state=proposal.state.value,
        rule_version=proposal.rule_version,
        level_before=proposal.appraisal.level_before,
        level=proposal.appraisal.level,
        score=proposal.appraisal.score,
        decided_by=decided_by,
        in_force_at=proposal.in_force_at,
        sentences=tuple(told),
    )


def _names_of(directory: Directory) -> Callable[[str], str]:
    names: dict[str, str] = {project_id: project.name for project_id, project in directory.projects.items()}
    return lambda project_id: names.get(project_id, project_id)


def _open(contests: Sequence[Contest]) -> tuple[str, ...]:
    return tuple(each.contest_id for each in contests if each.answered_at is None)


def _when(at: int, zone: ZoneInfo, language: str) -> str:
    form = "%d.%m.%Y %H:%M" if language == "de" else "%Y-%m-%d %H:%M"
    return f"{datetime.fromtimestamp(at / 1_000_000, zone):{form}}"
