"""A callback's minutes: the caller's first leg and the one they were called by are both theirs, and the agent's talk is exact."""

from metering.fold import fold
from telephony.causes import EndReason, HangupCause
from telephony.events import LegAnswered, LegRinging
from telephony.identifiers import MS, LegId
from tests.unit.telephony.callback_story import MINUTE_MS, Journaled


def test_talk_counts_from_the_answer_of_the_one_called_back_and_ringing_for_them_is_billed_to_nobody() -> None:
    scene = Journaled()
    scene.presses("1")
    scene.later(5_000)
    scene.hangs_up(LegId("caller"))
    scene.on_duty("anna")
    scene.later(4_000)
    scene.agent_takes()
    scene.joins(scene.leg(scene.call_id))
    scene.desk_permits()
    scene.happens(LegRinging(leg_id=scene.callee()))
    scene.later(7_000)
    scene.hangs_up(scene.callee(), HangupCause.BUSY)
    scene.agent_gone()
    scene.later(10 * MINUTE_MS)
    scene.agent_takes(2)
    scene.joins(scene.leg(scene.call_id, 2))
    scene.desk_permits()
    scene.happens(LegRinging(leg_id=scene.callee(2)))
    scene.later(6_000)
    scene.happens(LegAnswered(leg_id=scene.callee(2)))
    scene.joins(scene.callee(2))
    talked_from = scene.now
    scene.later(60_000)
    talked_ms = (scene.now - talked_from) // MS
    scene.hangs_up(scene.callee(2))
    scene.hangs_up(scene.leg(scene.call_id, 2), by_phone=False)

    folded = fold(scene.call_id, scene.journal)
    assert folded is not None
    assert folded.record.end_reason is EndReason.CALLER_HUNG_UP
    (agents,) = [line for line in folded.lines if line.agent_id == "anna"]
    assert abs(agents.talk_ms - talked_ms) <= 2
    first, second = [line for line in folded.lines if line.direction == "outbound"]
    assert (first.billed_ms, first.talk_ms) == (0, 0)
    assert first.ring_ms >= 6_000
    assert abs(second.billed_ms - talked_ms) <= 10
    assert folded.record.wait_ms < 60_000
    assert all(line.is_callback for line in folded.lines)
