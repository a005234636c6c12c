"""What an agent may do outside the shifts they are booked for, by the rule of each project. Pure.

Asked at log-in and where a shift begins or ends, never in a decision: until the next such moment the answer stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.directory import Directory, OutsideShift, Project
from routing.eligibility import ineligible
from routing.shifts.slots import PlannedSpan
from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import MS, AgentId, ClientId, Instant, ProjectId

COMES_EARLY_MS = 600_000
"""So long before a shift its agent may log in where a project refuses others: calls come when it begins."""

Plan = Mapping[AgentId, Sequence[PlannedSpan]]
"""Everybody's planned time, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideVerdict:
    """What holds of an agent on duty until `until_at`; None: until the plan or the centre changes."""

    barred: tuple[ProjectId, ...] = ()
    """Projects of theirs that refuse agents outside their shifts, and this is outside."""
    noted: tuple[ProjectId, ...] = ()
    """Those that let them, and want it on record."""
    shift_until: Instant | None = None
    """When the shift they are in ends, back-to-back slots being one; None: they are in none."""
    until_at: Instant | None = None


def rule_of(project: Project, directory: Directory) -> OutsideShift:
    """The project's rule, else the centre's."""
    return directory.outside_shift if project.outside_shift is None else project.outside_shift


def rules_of(directory: Directory) -> dict[tuple[ProjectId, ClientId], OutsideShift]:
    """The rules of all projects that do not simply allow everybody; the client belongs to who may serve it at all."""
    ruled = ((project, rule_of(project, directory)) for project in directory.projects.values())
    return {(each.project_id, each.client_id): rule for each, rule in ruled if rule is not OutsideShift.ALLOW}


def judged(agent_id: AgentId, spans: Sequence[PlannedSpan], directory: Directory, at: Instant) -> OutsideVerdict:
    """What holds of the agent at that instant. The spans are in the order of their beginning.

    All agents on duty may be judged in one turn, so no more is looked at than has to be.
    """
    present: list[PlannedSpan] = []
    shift_until: Instant | None = None
    edge: Instant | None = None
    for span in spans:
        if span.is_excused or span.to_at <= at:
            continue
        if span.from_at > at:
            edge = span.from_at if edge is None else min(edge, span.from_at)
            if shift_until is None or span.from_at > shift_until:
                break
        else:
            present.append(span)
            edge = span.to_at if edge is None else min(edge, span.to_at)
        shift_until = span.to_at if shift_until is None else max(shift_until, span.to_at)
    barred, noted = _minding(agent_id, present, directory)
    return OutsideVerdict(barred=barred, noted=noted, shift_until=shift_until, until_at=edge)


def _minding(
    agent_id: AgentId, present: Sequence[PlannedSpan], directory: Directory
) -> tuple[tuple[ProjectId, ...], tuple[ProjectId, ...]]:
    """The agent's projects that refuse them now, and those that want it on record."""
    profile = directory.agents.get(agent_id)
    found: dict[OutsideShift, list[ProjectId]] = {OutsideShift.REFUSE: [], OutsideShift.ALLOW_WITH_NOTE: []}
    for project_id in () if profile is None else profile.certificates:
        project = directory.projects.get(project_id)
        if project is None or rule_of(project, directory) is OutsideShift.ALLOW:
            continue
        if not any(span.project_id in (None, project_id) for span in present) and ineligible(profile, project) is None:
            found[rule_of(project, directory)].append(project_id)
    return tuple(sorted(found[OutsideShift.REFUSE])), tuple(sorted(found[OutsideShift.ALLOW_WITH_NOTE]))


def log_in_refusal(agent_id: AgentId, spans: Sequence[PlannedSpan], directory: Directory, at: Instant) -> Refusal | None:
    """Why the agent cannot come on duty now: every project of theirs refuses who is outside their shift."""
    projects = _projects_of(agent_id, directory)
    if not projects or any(rule_of(project, directory) is not OutsideShift.REFUSE for project in projects):
        return None
    named = {project.project_id for project in projects}
    soon = Instant(at + COMES_EARLY_MS * MS)
    for span in spans:
        if not span.is_excused and span.from_at <= soon and at < span.to_at and (span.project_id in named or not span.project_id):
            return None
    facts: dict[str, str | int] = {"agent": agent_id}
    following = min((span.from_at for span in spans if not span.is_excused and span.from_at > at), default=None)
    if following is not None:
        facts["next_shift_at"] = following
    return Refusal(code=RefusalCode.OUTSIDE_SHIFT, facts=facts)


def _projects_of(agent_id: AgentId, directory: Directory) -> list[Project]:
    """The projects whose calls the agent may have at all."""
    profile = directory.agents.get(agent_id)
    certificates = () if profile is None else sorted(profile.certificates)
    projects = (directory.projects.get(project_id) for project_id in certificates)
    return [project for project in projects if project is not None and ineligible(profile, project) is None]
