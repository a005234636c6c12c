"""What becomes of a caller at the door: the number called and the hour decide, before anybody is asked to answer."""

from collections.abc import Sequence

from routing.did_table import Malformed, look_up
from routing.directory import ClosedTreatment, Directory, Project
from routing.hours import is_open
from routing.outbound.rules import ProjectOutbound
from telephony.causes import EndReason
from telephony.demands import CallDemand
from telephony.events import CallAdmitted, CallTurnedAway, LegOffered
from telephony.identifiers import CallId, Instant
from telephony.terms import MachineRule, ProjectTerms

_BASE = ProjectOutbound()


def admit(directory: Directory, call_id: CallId, caller: LegOffered, at: Instant) -> CallAdmitted | CallTurnedAway:
    """The caller waits for the project of the number called, on today's terms; or is turned away, with the reason."""
    ours = look_up(directory, caller.dnis)
    if isinstance(ours, Malformed):
        return CallTurnedAway(call_id=call_id, reason=EndReason.MALFORMED, to_machine=False)
    project = None if ours is None else directory.projects.get(ours.project_id)
    if ours is None or project is None:
        return CallTurnedAway(call_id=call_id, reason=EndReason.UNKNOWN_DID, to_machine=False)
    if caller.caller is None and not project.accepts_anonymous:
        return _turned_away(call_id, project, EndReason.REFUSED_ANONYMOUS, to_machine=False)
    if not is_open(project.hours, at):
        return _turned_away(call_id, project, EndReason.CLOSED, to_machine=project.closed_treatment is ClosedTreatment.MACHINE)
    number_class = "anonymous" if caller.caller is None else caller.caller.number_class
    demand = CallDemand(priority_ms=priority_of(directory, caller.caller_lists))
    return CallAdmitted(call_id=call_id, terms=terms_of(project), did=ours.did, number_class=number_class, demand=demand)


def priority_of(directory: Directory, caller_lists: Sequence[str]) -> int:
    """The greatest priority that the lists give which the caller is on, in milliseconds of waiting."""
    lists = (directory.caller_lists.get(name) for name in caller_lists)
    return max((known.priority_ms for known in lists if known is not None), default=0)


def terms_of(project: Project) -> ProjectTerms:
    """What a call of this project lives by, whatever is changed while it lasts."""
    return ProjectTerms(
        project_id=project.project_id,
        client_id=project.client_id,
        name=project.name,
        answers_early=project.answers_early,
        music=project.music,
        ring_timeout_ms=project.ring_timeout_ms,
        recovery_ms=project.recovery_ms,
        wait_limit_ms=project.wait_limit_ms,
        priority_weight=project.priority_weight,
        wrap_up_limit_ms=project.wrap_up_limit_ms,
        wrap_up_extension_ms=project.wrap_up_extension_ms,
        wrap_up_codes=project.wrap_up_codes,
        closes_to_machine=project.closed_treatment is ClosedTreatment.MACHINE,
        matching=project.matching,
        machines=MachineRule.IGNORE if project.outbound is None else project.outbound.machines,
        machine_after_ms=_BASE.machine_after_ms if project.outbound is None else project.outbound.machine_after_ms,
        recording_sign=project.recording_sign,
    )


def turned_away_waiting(call_id: CallId, terms: ProjectTerms) -> CallTurnedAway:
    """The project of a caller who waits is out of use: nobody will come, so it is as if they had called outside the hours."""
    return CallTurnedAway(
        call_id=call_id,
        reason=EndReason.CLOSED,
        to_machine=terms.closes_to_machine,
        project_id=terms.project_id,
        client_id=terms.client_id,
    )


def _turned_away(call_id: CallId, project: Project, reason: EndReason, *, to_machine: bool) -> CallTurnedAway:
    return CallTurnedAway(
        call_id=call_id, reason=reason, to_machine=to_machine, project_id=project.project_id, client_id=project.client_id
    )
