"""The minutes of calls that agents place by hand."""

from metering.fold import fold
from metering.lines import Direction
from telephony.causes import EndReason, HangupCause
from telephony.events import CommandFailed, LegLeft
from tests.unit.telephony.dial_story import Dialled


def test_the_minutes_are_outbound_with_the_agents_ringing_and_the_callees() -> None:
    scene = Dialled().wants()
    scene.agent_takes()
    scene.desk_permits()
    scene.callee_answers()
    scene.later(30_000)
    for leg in (scene.callee, scene.leg(scene.call_id)):
        scene.happens(LegLeft(leg_id=leg, bridge_id=scene.call.bridge_id))
        scene.hangs_up(leg)
    folded = fold(scene.call_id, scene.journal)
    assert folded is not None
    record, (anna, line) = folded.record, folded.lines
    assert (record.direction, record.number_class, record.did, record.party_id) == (
        Direction.OUTBOUND,
        "mobile",
        None,
        "customer",
    )
    assert record.project_id == "nord"
    assert (anna.agent_id, anna.direction, anna.number_class) == ("anna", Direction.OUTBOUND, "mobile")
    assert anna.talk_ms in {30_001, 30_002}
    assert anna.ring_ms == 1
    assert (line.agent_id, line.direction, line.ring_ms, line.number_class) == (None, Direction.OUTBOUND, 1, "landline")
    assert line.billed_ms >= anna.talk_ms


def test_an_attempt_in_vain_has_ringing_and_no_talk() -> None:
    scene = Dialled().wants().agent_takes().desk_permits()
    scene.hangs_up(scene.callee, HangupCause.BUSY)
    scene.agent_gone()
    folded = fold(scene.call_id, scene.journal)
    assert folded is not None
    assert [line.talk_ms for line in folded.lines] == [0, 0]
    assert folded.record.end_reason is EndReason.CALLEE_BUSY


def test_a_call_for_which_no_phone_was_there_has_a_line_all_the_same() -> None:
    scene = Dialled().wants()
    scene.happens(CommandFailed(command="RingEndpoint", reason="unreachable", leg_id=scene.leg(scene.call_id)))
    folded = fold(scene.call_id, scene.journal)
    assert folded is not None
    assert [(line.agent_id, line.attempts, line.talk_ms) for line in folded.lines] == [("anna", 1, 0)]
