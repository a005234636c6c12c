"""Levels and statements as the API shows them, and the rule as it comes in."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from routing.levels.contest import Contest
from routing.levels.proposal import Proposal
from routing.levels.review import Review
from routing.levels.rule import LevelRule, Term
from routing.levels.told import appraisal_told, state_told
from store.levels import LevelRun
from telephony.identifiers import Instant, ProjectId, WrapUpCode
from web.language import Language
from web.schemas.levels import (
    ContestShown,
    LevelRuleFacts,
    ProposalShown,
    ReviewShown,
    RunShown,
    StatementShown,
    TermShown,
)
from web.schemas.types import maybe_when, when


def rule_shown(rule: LevelRule) -> LevelRuleFacts:
    """The rule in the words it is set with."""
    return LevelRuleFacts.model_validate_json(msgspec.json.encode(rule))


def rule_of(facts: LevelRuleFacts) -> LevelRule:
    """The rule with these facts."""
    values = facts.model_dump(exclude={"weights", "positive_codes"})
    codes = {ProjectId(name): tuple(map(WrapUpCode, each)) for name, each in facts.positive_codes.items()}
    return LevelRule(**values, weights={term: getattr(facts.weights, term.value) for term in Term}, positive_codes=codes)


def review_shown(review: Review) -> ReviewShown:
    """The review."""
    values = msgspec.to_builtins(review)
    return ReviewShown(**{**values, "reviewed_at": when(review.reviewed_at)})


def run_shown(run: LevelRun) -> RunShown:
    """The run."""
    return RunShown(
        run_id=run.run_id,
        from_at=when(run.from_at),
        to_at=when(run.to_at),
        project_id=run.project_id,
        asked_at=when(run.asked_at),
        asked_by=run.asked_by,
        done_at=maybe_when(run.done_at),
    )


def proposal_shown(
    proposal: Proposal, rule: LevelRule, language: Language, names: Mapping[str, str], zone: ZoneInfo
) -> ProposalShown:
    """The proposal with its arithmetic; `rule` is the version it was made by, `names` those of users by id. Sentences tell
    moments by the centre's clock."""
    appraisal = proposal.appraisal
    decided_by = None if proposal.decided_by is None else names.get(proposal.decided_by, proposal.decided_by)
    in_force = "–" if proposal.in_force_at is None else _read(proposal.in_force_at, zone, language)
    state = state_told(proposal, language.value, decided_by=decided_by or "–", in_force=in_force)
    return ProposalShown(
        proposal_id=proposal.proposal_id,
        agent_id=proposal.agent_id,
        project_id=proposal.project_id,
        from_at=when(proposal.from_at),
        to_at=when(proposal.to_at),
        rule_version=proposal.rule_version,
        directory_revision=proposal.directory_revision,
        terms=[TermShown.model_validate(msgspec.to_builtins(term)) for term in appraisal.terms],
        score=appraisal.score,
        level_before=appraisal.level_before,
        level=appraisal.level,
        shortage=appraisal.shortage,
        state=proposal.state,
        decided_by=decided_by,
        decided_at=maybe_when(proposal.decided_at),
        note=proposal.note,
        in_force_at=maybe_when(proposal.in_force_at),
        applied_revision=proposal.applied_revision,
        sentences=[*appraisal_told(appraisal, rule, language.value), state],
    )


def contest_shown(contest: Contest, names: Mapping[str, str]) -> ContestShown:
    """The objection."""
    values = {name: value for name, value in msgspec.to_builtins(contest).items() if name not in {"raised_by", "answered_by"}}
    by = None if contest.answered_by is None else names.get(contest.answered_by, contest.answered_by)
    times = {"raised_at": when(contest.raised_at), "answered_at": maybe_when(contest.answered_at)}
    typed = {"what": contest.what, "answer": contest.answer}
    return ContestShown(**{**values, **times, **typed, "answered_by": by})


def statement_shown(record: Mapping[str, Any]) -> StatementShown:
    """The statement as it was worked out, with instants as people and programs read them."""
    pauses = [{**each, **_times(each, "from_at", "until_at", "ended_at")} for each in record["forced_pauses"]]
    levels = [{**each, **_times(each, "in_force_at")} for each in record["levels"]]
    times = _times(record, "from_at", "to_at")
    return StatementShown.model_validate({**record, **times, "forced_pauses": pauses, "levels": levels})


def _read(at: Instant, zone: ZoneInfo, language: Language) -> str:
    form = "%d.%m.%Y %H:%M" if language is Language.DE else "%Y-%m-%d %H:%M"
    return f"{when(at).astimezone(zone):{form}}"


def _times(record: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: maybe_when(None if record[name] is None else Instant(record[name])) for name in names}
