"""What an agent may do outside the shifts they are booked for, by the rule of each project. Pure.

Asked at log-in and where a shift begins or ends, never in a decision: until the next such moment the answer stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.directory import Directory, OutsideShift, Project
from routing.eligibility import ineligible
from routing.shifts.slots import PlannedSpan, merged_spans
from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import MS, AgentId, Instant, ProjectId

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


def judged(agent_id: AgentId, spans: Sequence[PlannedSpan], directory: Directory, at: Instant) -> OutsideVerdict:
    """What holds of the agent at that instant."""
    planned = [span for span in spans if not span.is_excused]
    present = [span for span in planned if span.from_at <= at < span.to_at]
    barred, noted = [], []
    for project in _projects_of(agent_id, directory):
        if any(span.project_id in (None, project.project_id) for span in present):
            continue
        rule = rule_of(project, directory)
        if rule is OutsideShift.REFUSE:
            barred.append(project.project_id)
        elif rule is OutsideShift.ALLOW_WITH_NOTE:
            noted.append(project.project_id)
    edges = [edge for span in planned for edge in (span.from_at, span.to_at) if edge > at]
    shifts = merged_spans((span.from_at, span.to_at) for span in planned)
    return OutsideVerdict(
        barred=tuple(barred),
        noted=tuple(noted),
        shift_until=next((end for begin, end in shifts if begin <= at < end), None),
        until_at=min(edges, default=None),
    )


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
