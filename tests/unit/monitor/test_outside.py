"""The board tells of somebody outside: who rings, who is with whom, and what came of it."""

from monitor.call_board import CallBoard, LiveCall
from monitor.call_rows import call_row
from monitor.rows import Beside, CalleePhase, CallPhase
from telephony.causes import HangupCause, ReleaseReason
from telephony.dialling import DialDropped, DialPermitted, DialPurpose, DialRefused
from telephony.events import AgentReleased, LegAnswered, LegHungUp, LegJoined, NumberFacts
from telephony.identifiers import AgentId, BridgeId, CallId, Instant, LegId, PartyId

CALL = CallId("018f0000-0000-7000-8000-000000000001")
ANNA = AgentId("anna")
LEG = LegId(f"{CALL}.outsider.1")
NOW = Instant(1_000_000)


def a_board() -> CallBoard:
    board = CallBoard(day_started_at=Instant(0))
    board.calls[CALL] = LiveCall(
        call_id=CALL,
        caller_leg=LegId("caller"),
        masked=None,
        offered_at=NOW,
        since_at=NOW,
        phase=CallPhase.TALKING,
        agent_id=ANNA,
        agent_leg=LegId(f"{CALL}.agent.1"),
    )
    return board


def dialled(board: CallBoard) -> None:
    board.dial(
        DialPermitted(
            call_id=CALL,
            leg_id=LEG,
            party_id=PartyId("p"),
            purpose=DialPurpose.CONSULT,
            agent_id=ANNA,
            number=NumberFacts(number_class="mobile", country="DE", masked="+49 171 •••11", metadata_version="1"),
            shown="+493055500",
            right_id="r",
            rules_version="1",
            revision=1,
            ring_limit_ms=1,
            max_duration_ms=1,
            rate_micros=0,
            cost_limit_micros=0,
        ),
        NOW,
    )


def joined(board: CallBoard, bridge: str) -> None:
    board.tell_outside(CALL, LegJoined(leg_id=LEG, bridge_id=BridgeId(f"{CALL}.{bridge}")), NOW)


def test_a_consultation_outside_is_followed_from_ringing_to_the_caller() -> None:
    board = a_board()
    dialled(board)
    row = call_row(board.calls[CALL])
    assert (row.beside, row.outside_masked) == (Beside.RINGING, "+49 171 •••11")
    board.tell_outside(CALL, LegAnswered(leg_id=LEG), NOW)
    board.calls[CALL].phase = CallPhase.HELD
    joined(board, "consult.1")
    assert call_row(board.calls[CALL]).beside is Beside.ASKED
    joined(board, "conference.1")
    assert call_row(board.calls[CALL]).beside is Beside.CONFERENCE
    board.release(AgentReleased(call_id=CALL, agent_id=ANNA, reason=ReleaseReason.TALKED, has_talked=True), NOW)
    joined(board, "bridge")
    row = call_row(board.calls[CALL])
    assert (row.beside, row.phase, row.agent_id) == (Beside.WITH_CALLER, CallPhase.TALKING, None)


def test_a_caller_for_whom_it_rings_outside_is_alerting_without_an_agent() -> None:
    board = a_board()
    dialled(board)
    board.release(AgentReleased(call_id=CALL, agent_id=ANNA, reason=ReleaseReason.TALKED, has_talked=True), NOW)
    assert call_row(board.calls[CALL]).phase is CallPhase.ALERTING


def test_what_came_of_it_stays_until_the_next_try() -> None:
    board = a_board()
    dialled(board)
    board.tell_outside(CALL, LegHungUp(leg_id=LEG, cause=HangupCause.BUSY, by_phone=True), NOW)
    row = call_row(board.calls[CALL])
    assert (row.beside, row.outside_masked, row.outside_note) == (None, None, "busy")
    refused = DialRefused(call_id=CALL, leg_id=LEG, party_id=PartyId("p"), purpose=DialPurpose.CONSULT, code="number_invalid")
    board.refuse_dial(refused)
    assert call_row(board.calls[CALL]).outside_note == "number_invalid"
    dialled(board)
    assert call_row(board.calls[CALL]).outside_note is None


def test_a_leg_of_somebody_else_says_nothing() -> None:
    board = a_board()
    dialled(board)
    board.tell_outside(CALL, LegHungUp(leg_id=LegId("caller"), cause=HangupCause.NORMAL, by_phone=True), NOW)
    assert call_row(board.calls[CALL]).beside is Beside.RINGING


def test_a_permit_nobody_uses_leaves_nobody_outside_on_the_board() -> None:
    board = a_board()
    phase = board.calls[CALL].phase
    dialled(board)
    board.drop_dial(DialDropped(call_id=CALL, leg_id=LEG), NOW)
    row = call_row(board.calls[CALL])
    assert (row.beside, row.outside_masked, row.phase) == (None, None, phase)


def test_nor_one_who_was_to_be_called_back() -> None:
    board = a_board()
    board.calls[CALL].caller_leg, board.calls[CALL].callee = LEG, CalleePhase.DIALLING
    board.drop_dial(DialDropped(call_id=CALL, leg_id=LEG), NOW)
    assert call_row(board.calls[CALL]).callee is None
