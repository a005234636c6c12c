"""Calls the static dialplan serves: what is concluded of one that never was ours, and of one that is not any more. Pure."""

from routing.did_table import OurNumber, look_up
from routing.directory import Directory
from telephony.call.model import Call
from telephony.causes import EndReason
from telephony.events import CallEnded, CallTurnedAway
from telephony.identifiers import CallId


def served_by_dialplan(call_id: CallId, dnis: str, directory: Directory) -> tuple[CallTurnedAway, CallEnded]:
    """The call went to the machine, and is over."""
    ours = look_up(directory, dnis)
    project_id = ours.project_id if isinstance(ours, OurNumber) else None
    project = None if project_id is None else directory.projects.get(project_id)
    away = CallTurnedAway(
        call_id=call_id,
        reason=EndReason.FALLBACK,
        to_machine=True,
        project_id=project_id,
        client_id=None if project is None else project.client_id,
    )
    return away, CallEnded(call_id=call_id, end_reason=EndReason.FALLBACK)


def taken_by_dialplan(call: Call) -> CallTurnedAway:
    """The waiting caller is taken from us: by the watchdog, or by ourselves where our rules lead nowhere. The record of the
    dialplan will say since when."""
    terms = call.terms
    return CallTurnedAway(
        call_id=call.call_id,
        reason=EndReason.FALLBACK,
        to_machine=True,
        project_id=None if terms is None else terms.project_id,
        client_id=None if terms is None else terms.client_id,
    )
