"""The board's part of calls that begin with us, and of whom we call: wanted, dialled, rung, reached or not."""

from monitor.call_board import CallBoard, LiveCall
from monitor.outside_board import note_of_cause
from monitor.rows import CalleePhase
from telephony import events as ev
from telephony.dialling import CallPlaced
from telephony.identifiers import CallId, Instant

MACHINE = "machine"
"""What the agent is told of whom an answering machine speaks for."""


def place(board: CallBoard, event: CallPlaced, at: Instant) -> None:
    """The call is shown from the moment it is wanted."""
    board.calls[event.call_id] = LiveCall(
        call_id=event.call_id,
        caller_leg=None,
        masked=event.number.masked,
        offered_at=at,
        since_at=at,
        project_id=event.terms.project_id,
        client_id=event.terms.client_id,
        is_outbound=True,
        is_visible=True,
    )
    board.mark_changed(event.call_id)


def tell(board: CallBoard, call_id: CallId, event: ev.LegFact) -> None:
    """The leg to whom we call is as the fact says; nothing where it is another's."""
    call = board.calls.get(call_id)
    if call is None or call.callee is None or event.leg_id != call.caller_leg:
        return
    board.mark_changed(call_id)
    if isinstance(event, ev.LegRinging) and call.callee is CalleePhase.DIALLING:
        call.callee = CalleePhase.RINGING
    elif isinstance(event, ev.LegAnswered):
        call.callee = CalleePhase.ANSWERED
    elif isinstance(event, ev.LegHungUp):
        if call.outside_note != MACHINE:
            call.outside_note = "answered" if call.callee is CalleePhase.ANSWERED else note_of_cause(event.cause)
        call.callee = None
