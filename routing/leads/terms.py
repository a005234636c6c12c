"""When and how often the people of a list may be called: the centre's rules, narrowed by the project's."""

from routing.directory import Directory
from routing.leads.lists import LeadList, counts_as_advertising
from routing.outbound.order import Terms
from routing.outbound.rules import Attempts


def terms_of(lead_list: LeadList, directory: Directory) -> Terms:
    """The terms in force for the list."""
    rules = directory.outbound
    project = directory.projects.get(lead_list.project_id)
    outbound = project.outbound if project is not None else None
    is_advertising = counts_as_advertising(lead_list.project_id, lead_list.purpose, directory)
    hours = project.hours if project is not None else None
    if outbound is not None and outbound.hours is not None:
        hours = outbound.hours
    return Terms(
        zone=rules.zone,
        project_hours=hours,
        callee_hours=rules.advertising_hours if is_advertising else rules.service_hours,
        rests=is_advertising,
        attempts=narrowed(rules.attempts, outbound.attempts if outbound is not None else None),
    )


def narrowed(centre: Attempts, own: Attempts | None) -> Attempts:
    """The stricter of both in everything."""
    if own is None:
        return centre
    return Attempts(
        per_day=min(own.per_day, centre.per_day),
        in_total=min(own.in_total, centre.in_total),
        interval_ms=max(own.interval_ms, centre.interval_ms),
        after_busy_ms=max(own.after_busy_ms, centre.after_busy_ms),
        after_answer_ms=max(own.after_answer_ms, centre.after_answer_ms),
    )
