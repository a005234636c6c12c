"""Shifts of a simulated day: many short ones, and a project that refuses who is outside: they are offered none of its calls."""

from dataclasses import replace

from routing.directory import Directory, OutsideShift
from routing.shifts.outside import Plan
from routing.shifts.slots import PlannedSpan
from telephony.decisions import DecisionTaken
from telephony.events import Envelope
from telephony.identifiers import SECOND, Instant, ProjectId

RULES = {ProjectId("west"): OutsideShift.REFUSE, ProjectId("ost"): OutsideShift.ALLOW_WITH_NOTE}
EVERY_US, LASTS_US, APART_US = 600 * SECOND, 420 * SECOND, 41 * SECOND
"""Seven minutes in ten, and each agent's begin at another moment."""


def with_shifts(directory: Directory) -> Directory:
    """The same centre, where West takes nobody outside their shift and Ost wants it on record."""
    projects = {
        project_id: replace(project, outside_shift=RULES.get(project_id)) for project_id, project in directory.projects.items()
    }
    return replace(directory, projects=projects)


def plan_of(directory: Directory, begins: Instant, hours: float) -> Plan:
    """Everybody's shifts from then on; every fourth agent's are for West alone."""
    plan = {}
    for number, agent_id in enumerate(directory.agents):
        first = begins + number * APART_US % EVERY_US - EVERY_US
        last = begins + int((hours + 1) * 3_600 * SECOND)
        plan[agent_id] = tuple(
            PlannedSpan(
                from_at=Instant(at), to_at=Instant(at + LASTS_US), project_id=ProjectId("west") if number % 4 == 0 else None
            )
            for at in range(first, last, EVERY_US)
        )
    return plan


def wrong_in(envelope: Envelope, plan: Plan) -> str | None:
    """A decision for a project that refuses its agent at that moment."""
    event, at = envelope.event, envelope.received_at
    if plan and isinstance(event, DecisionTaken) and RULES.get(event.project_id) is OutsideShift.REFUSE:
        spans = plan.get(event.agent_id, ())
        if not any(span.from_at <= at <= span.to_at for span in spans):
            return f"{event.agent_id} is offered {event.call_id} of {event.project_id} outside their shift"
    return None
