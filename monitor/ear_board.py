"""The board's part of listening: what was answered, and whether somebody hears the call, by the switch's proof."""

from msgspec.structs import replace

from monitor.call_board import CallBoard
from monitor.rows import EarPhase, EarRow
from telephony.events import Envelope, Event
from telephony.identifiers import CallId
from telephony.overhearing import (
    EarClosed,
    EarHears,
    ListeningAgreed,
    ListeningAsked,
    ListeningDeclined,
    ListeningLapsed,
    ListeningRevoked,
    ListenRequested,
)

HEARD = (
    *(ListeningAsked, ListeningAgreed, ListeningDeclined, ListeningRevoked, ListeningLapsed),
    *(ListenRequested, EarHears, EarClosed),
)
_ANSWERS: dict[type[Event], EarPhase] = {
    ListeningAsked: EarPhase.ASKED,
    ListeningAgreed: EarPhase.AGREED,
    ListeningDeclined: EarPhase.DECLINED,
    ListeningRevoked: EarPhase.WITHDRAWN,
    ListeningLapsed: EarPhase.LAPSED,
}


def tell(board: CallBoard, call_id: CallId, envelope: Envelope) -> None:
    """Who may listen to the call, and who does, is as the event says."""
    call = board.calls.get(call_id)
    if call is None:
        return
    after = _after(call.ear, envelope)
    if after != call.ear:
        call.ear = after
        board.mark_changed(call_id)


def _after(ear: EarRow | None, envelope: Envelope) -> EarRow | None:
    event, at = envelope.event, envelope.received_at
    phase = _ANSWERS.get(type(event))
    if phase is not None:
        return EarRow(phase=phase, since_at=at) if ear is None else replace(ear, phase=phase, since_at=at)
    if ear is None:
        return None
    if isinstance(event, ListenRequested):
        return replace(ear, is_called=True)
    if isinstance(event, EarHears):
        return replace(ear, is_heard=True, since_at=at)
    return replace(ear, is_called=False, is_heard=False, since_at=at)
