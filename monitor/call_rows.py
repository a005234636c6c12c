"""The row of a call, as the board has it."""

from monitor.call_board import LiveCall
from monitor.outside_board import LiveOutsider
from monitor.rows import Beside, CallPhase, CallRow


def call_row(call: LiveCall) -> CallRow:
    """The call as a screen sees it."""
    return CallRow(
        call_id=call.call_id,
        direction="outbound" if call.is_outbound else "inbound",
        project_id=call.project_id,
        client_id=call.client_id,
        phase=call.phase,
        since_at=call.since_at,
        offered_at=call.offered_at,
        answered_at=call.answered_at,
        agent_id=call.agent_id,
        masked=call.masked,
        offers=call.offers,
        held_ms=call.held_ms,
        decision_id=call.decision_id,
        colleague_id=call.colleague_id,
        slot=call.slot,
        beside=_beside(call),
        outside_masked=None if call.outsider is None else call.outsider.masked,
        outside_note=call.outside_note,
        is_callback=call.is_callback,
        rests_until_at=call.rests_until_at,
        callee=call.callee,
        tape=call.tape,
        ear=call.ear,
    )


def _beside(call: LiveCall) -> Beside | None:
    if call.outsider is not None:
        return _beside_of(call.outsider, call)
    if call.colleague_id is None:
        return None
    if call.colleague_leg is not None:
        return Beside.CONFERENCE
    if not call.is_colleague_asked:
        return Beside.RINGING
    return Beside.SWAPPED if call.phase is CallPhase.TALKING else Beside.ASKED


def _beside_of(outsider: LiveOutsider, call: LiveCall) -> Beside:
    if not outsider.is_answered:
        return Beside.RINGING
    if outsider.is_with_caller:
        return Beside.WITH_CALLER if call.agent_id is None else Beside.CONFERENCE
    return Beside.SWAPPED if call.phase is CallPhase.TALKING else Beside.ASKED
