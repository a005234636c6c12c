"""A proposed level on its way: open, decided by a person, in force at its date. No machine takes it further than open. Pure."""

from dataclasses import dataclass, replace
from enum import StrEnum

from routing.levels.appraisal import Appraisal
from routing.levels.rule import LevelRule
from telephony.identifiers import SECOND, AgentId, Instant, ProjectId, UserId

DAY = 86_400 * SECOND


class ProposalState(StrEnum):
    """Where a proposal stands."""

    SHORT = "short"
    """Too little evidence: no level is proposed."""
    UNCHANGED = "unchanged"
    """The level stays as it is: nothing is to be decided."""
    OPEN = "open"
    CONFIRMED = "confirmed"
    """A person has confirmed it; it comes into force at its date."""
    REFUSED = "refused"
    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"
    """Confirmed, and taken back before its date, after an objection."""


class Obstacle(StrEnum):
    """Why a proposal cannot be decided so."""

    NOT_OPEN = "not_open"
    TOO_SOON = "too_soon"
    NOT_A_PERSON = "not_a_person"
    """Who decides has to be somebody who can log in, and is a supervisor or an administrator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One agent's level of one period, for one project or (None) for all. Decided by a person, or not at all."""

    proposal_id: str
    run_id: str
    agent_id: AgentId
    project_id: ProjectId | None
    from_at: Instant
    to_at: Instant
    rule_version: int
    directory_revision: int
    appraisal: Appraisal
    proposed_at: Instant
    state: ProposalState
    decided_at: Instant | None = None
    decided_by: UserId | None = None
    note: str = ""
    in_force_at: Instant | None = None
    applied_at: Instant | None = None
    applied_revision: int | None = None

    @property
    def is_due(self) -> bool:
        """Whether a person has confirmed it and nothing but its date is to come."""
        return self.state is ProposalState.CONFIRMED and self.decided_by is not None and self.in_force_at is not None


def state_of(appraisal: Appraisal) -> ProposalState:
    """How a new proposal begins: never further than open."""
    if appraisal.level is None:
        return ProposalState.SHORT
    return ProposalState.UNCHANGED if appraisal.level == appraisal.level_before else ProposalState.OPEN


def earliest(rule: LevelRule, now: Instant) -> Instant:
    """The first moment that a level confirmed now may come into force."""
    return Instant(now + rule.notice_days * DAY)


def confirmed(
    proposal: Proposal, rule: LevelRule, *, by: UserId, note: str, in_force_at: Instant | None, now: Instant
) -> Proposal | Obstacle:
    """The proposal with a person behind it, in force at that date or at the earliest one."""
    if proposal.state is not ProposalState.OPEN:
        return Obstacle.NOT_OPEN
    first = earliest(rule, now)
    if in_force_at is not None and in_force_at < first:
        return Obstacle.TOO_SOON
    return replace(
        proposal,
        state=ProposalState.CONFIRMED,
        decided_at=now,
        decided_by=by,
        note=note,
        in_force_at=first if in_force_at is None else in_force_at,
    )


def refused(proposal: Proposal, *, by: UserId, note: str, now: Instant) -> Proposal | Obstacle:
    """The level stays, by a person's decision."""
    if proposal.state is not ProposalState.OPEN:
        return Obstacle.NOT_OPEN
    return replace(proposal, state=ProposalState.REFUSED, decided_at=now, decided_by=by, note=note)


def withdrawn(proposal: Proposal, *, by: UserId, note: str, now: Instant) -> Proposal | Obstacle:
    """What was confirmed does not come into force, by a person's decision."""
    if proposal.state is not ProposalState.CONFIRMED:
        return Obstacle.NOT_OPEN
    return replace(proposal, state=ProposalState.WITHDRAWN, decided_at=now, decided_by=by, note=note)


def in_force(proposal: Proposal, *, now: Instant, revision: int) -> Proposal | Obstacle:
    """The level is that of the directory from this revision on: only what a person confirmed, and never before its date."""
    if not proposal.is_due or proposal.in_force_at is None:
        return Obstacle.NOT_OPEN
    if now < proposal.in_force_at:
        return Obstacle.TOO_SOON
    return replace(proposal, state=ProposalState.IN_FORCE, applied_at=now, applied_revision=revision)
