"""The board's part of callbacks: the caller who hung up stays in the project's line, rests, and is called."""

from monitor.call_board import CallBoard
from telephony.callback import CallbackAgreed, CallbackRested


def agree(board: CallBoard, event: CallbackAgreed) -> None:
    """The caller will be called back, and keeps the place."""
    call = board.calls.get(event.call_id)
    if call is not None:
        board.mark_changed(event.call_id)
        call.is_callback = True
        if event.number is not None:
            call.masked = event.number.masked


def rest(board: CallBoard, event: CallbackRested) -> None:
    """The place is kept, and does not count as waiting before that instant: nobody could take the call."""
    call = board.calls.get(event.call_id)
    if call is not None:
        board.leave_line(event.call_id)
        call.rests_until_at, call.agent_id, call.agent_leg = event.until_at, None, None
