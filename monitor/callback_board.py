"""The board's part of callbacks: the caller who hung up stays in the project's line, rests, and is called."""

from monitor.call_board import CallBoard
from telephony.callback import CallbackAgreed, CallbackOffered, CallbackRested
from telephony.identifiers import Instant


def ask(board: CallBoard, event: CallbackOffered, at: Instant) -> None:
    """The caller is asked; being asked again is the same question."""
    call = board.calls.get(event.call_id)
    if call is not None and call.project_id is not None and event.attempt == 1:
        board.count(call.project_id, at, callbacks_offered=1)


def agree(board: CallBoard, event: CallbackAgreed, at: Instant) -> None:
    """The caller will be called back, and keeps the place; the line has neither answered nor lost them."""
    call = board.calls.get(event.call_id)
    if call is not None and not call.has_promise:
        board.mark_changed(event.call_id)
        call.is_callback = call.has_promise = True
        if call.project_id is not None:
            board.count(call.project_id, at, callbacks_agreed=1)
        if event.number is not None:
            call.masked = event.number.masked


def rest(board: CallBoard, event: CallbackRested) -> None:
    """The place is kept, and does not count as waiting before that instant: nobody could take the call."""
    call = board.calls.get(event.call_id)
    if call is not None:
        board.leave_line(event.call_id)
        call.rests_until_at, call.agent_id, call.agent_leg = event.until_at, None, None
