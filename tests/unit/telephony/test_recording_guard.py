"""A segment and its call: whatever parts agent and called party ends it first, and nobody is heard by it who was not asked."""

import pytest

from telephony.causes import HangupCause
from telephony.commands import LeaveBridge, RingEndpoint
from telephony.errors import RefusalCode
from telephony.events import (
    CallRequest,
    EndpointChanged,
    Event,
    HangUpRequested,
    HoldRequested,
    LegAnswered,
    LegHeld,
    LegHungUp,
    LegJoined,
    LegLeft,
    RequestRefused,
    SwitchConnected,
    SwitchDisconnected,
)
from telephony.identifiers import AgentId, CallId, EndpointId, LegId
from telephony.order_segments import HandOverWaits, RecordingAsked, SegmentMark, SegmentStopForced, StopReason
from telephony.segments import DiscardSegment, StartSegment, StopSegment
from telephony.transfers import ConsultRequested, ParkRequested, TransferRequested
from tests.unit.recording.segment_story import ANNA, Story
from tests.unit.telephony.scene import SWITCH

BEN = AgentId("ben")
RUNNING = ("starting", "recording", "consent_on_tape", "content")
KEPT = ("consent_on_tape", "content")


def wishes(call_id: CallId) -> dict[str, CallRequest]:
    return {
        "hold": HoldRequested(call_id=call_id, agent_id=ANNA),
        "transfer": TransferRequested(call_id=call_id, agent_id=ANNA, to_agent_id=BEN),
        "consult": ConsultRequested(call_id=call_id, agent_id=ANNA, to_agent_id=BEN),
        "park": ParkRequested(call_id=call_id, agent_id=ANNA),
    }


AFTER = {"hold": "held", "transfer": "alerting", "consult": "consult_ringing", "park": "parked"}


def parting(story: Story) -> dict[str, Event]:
    """What parts the two without asking anybody."""
    call = story.turn.calls[story.call_id]
    agent = story.leg(story.call_id)
    return {
        "callee hangs up": _hung_up(call.caller.leg_id),
        "agent hangs up": _hung_up(agent),
        "line lost": _hung_up(agent, HangupCause.MEDIA_LOST, by_phone=False),
        "agent's phone holds": LegHeld(leg_id=agent),
        "callee holds": LegHeld(leg_id=call.caller.leg_id),
        "agent out of the bridge": LegLeft(leg_id=agent, bridge_id=call.bridge_id),
        "callee out of the bridge": LegLeft(leg_id=call.caller.leg_id, bridge_id=call.bridge_id),
        "hang-up asked for": HangUpRequested(call_id=story.call_id, agent_id=ANNA),
        "supervisor ends it": HangUpRequested(call_id=story.call_id, agent_id=None),
    }


def _hung_up(leg_id: LegId, cause: HangupCause = HangupCause.NORMAL, *, by_phone: bool = True) -> LegHungUp:
    return LegHungUp(leg_id=leg_id, cause=cause, by_phone=by_phone)


PARTINGS = tuple(parting(Story()))


@pytest.mark.parametrize("state", RUNNING)
@pytest.mark.parametrize("name", AFTER)
def test_a_hand_over_waits_until_the_switch_has_proven_the_end(state: str, name: str) -> None:
    story = Story().come_to(state)
    result = story.happens(wishes(story.call_id)[name])
    assert result.refusal is None
    assert story.orders()[0] == "StopSegment"
    assert [type(each) for each in story.events if isinstance(each, CallRequest)] == [HandOverWaits]
    assert not [each for each in story.commands if isinstance(each, LeaveBridge | RingEndpoint)]
    assert story.turn.calls[story.call_id].state.value == "talking"
    story.ended(with_files=state in KEPT)
    assert story.turn.calls[story.call_id].state.value == AFTER[name]
    assert story.turn.calls[story.call_id].tape is None


@pytest.mark.parametrize("name", AFTER)
def test_a_hand_over_whose_wait_was_in_vain_is_refused_and_the_call_ends(name: str) -> None:
    """Fail closed: nobody else ever comes to a recording that may still run, and it ends with the leg it is made of."""
    story = Story().come_to("content")
    story.happens(wishes(story.call_id)[name])
    story.later(2_000)
    assert [type(each) for each in story.given if isinstance(each, DiscardSegment)]
    assert story.turn.calls[story.call_id].state.value == "talking"
    story.later(3_000)
    refused = [each for each in story.told if isinstance(each, RequestRefused)]
    assert [each.code for each in refused] == [RefusalCode.RECORDING_RUNS]
    assert story.turn.calls[story.call_id].state.value == "ending"
    assert not [each for each in story.given if isinstance(each, RingEndpoint)]


def test_one_wish_waits_at_a_time() -> None:
    story = Story().come_to("content")
    story.happens(wishes(story.call_id)["hold"])
    refused = story.happens(wishes(story.call_id)["transfer"])
    assert refused.refusal is not None
    assert refused.refusal.code is RefusalCode.RECORDING_RUNS


def test_a_wish_nobody_can_grant_any_more_is_refused_when_its_turn_comes() -> None:
    story = Story().come_to("content")
    story.happens(wishes(story.call_id)["transfer"])
    story.happens(EndpointChanged(endpoint_id=EndpointId("phone-ben"), is_reachable=False))
    story.ended()
    assert [each.code for each in story.told if isinstance(each, RequestRefused)] == ["agent_not_available"]
    assert story.turn.calls[story.call_id].state.value == "talking"


@pytest.mark.parametrize("state", RUNNING)
@pytest.mark.parametrize("name", PARTINGS)
def test_what_parts_the_two_stops_the_segment_ahead_of_all_else(state: str, name: str) -> None:
    story = Story().come_to(state)
    result = story.happens(parting(story)[name])
    assert result.refusal is None
    assert isinstance(story.commands[0], StopSegment)
    assert [each.reason for each in story.events if isinstance(each, SegmentStopForced)] == [StopReason.APART]
    assert ("DiscardSegment" in story.orders()) is (state not in KEPT)
    assert story.state == ("closing" if state in KEPT else "discarding")
    story.ended(with_files=state in KEPT)
    assert story.verdict is not None
    assert story.verdict[0] == ("incomplete" if state in KEPT else ("nothing" if state == "starting" else "discarded"))


@pytest.mark.parametrize("name", PARTINGS)
def test_a_question_lapses_when_the_two_are_parted(name: str) -> None:
    story = Story().come_to("asked")
    story.happens(parting(story)[name])
    if name == "callee holds":  # nothing records: the question stands
        return
    assert story.state is None
    assert not [each for each in story.given if isinstance(each, StartSegment)]


@pytest.mark.parametrize("name", AFTER)
def test_a_yes_after_a_hand_over_needs_a_new_question(name: str) -> None:
    story = Story().come_to("asked")
    story.happens(wishes(story.call_id)[name])
    refused = story.agree()
    assert refused.refusal is not None
    assert not [each for each in story.given if isinstance(each, StartSegment)]


def test_callee_who_hangs_up_in_mid_order_leaves_what_was_recorded() -> None:
    story = Story().come_to("content")
    story.mark(SegmentMark.INTENT)
    caller_leg = story.caller_leg
    story.hangs_up(caller_leg)
    story.hangs_up(story.leg(story.call_id))
    assert story.call_id in story.turn.calls
    story.ended()
    assert story.call_id not in story.turn.calls
    assert story.verdict == ("complete", "apart")


def test_the_end_may_be_told_before_the_hang_up() -> None:
    story = Story().come_to("content")
    caller_leg = story.caller_leg
    story.ended()
    story.hangs_up(caller_leg)
    assert story.orders() == []
    story.hangs_up(story.leg(story.call_id))
    assert story.call_id not in story.turn.calls


def test_another_agent_never_comes_to_a_recording_that_may_still_run() -> None:
    story = Story().come_to("content")
    agent_leg = story.leg(story.call_id)
    story.hangs_up(agent_leg, HangupCause.MEDIA_LOST, by_phone=False)
    call = story.turn.calls[story.call_id]
    assert call.state.value == "recovering"
    story.happens(LegAnswered(leg_id=story.leg(story.call_id, 2)))
    assert story.turn.calls[story.call_id].state.value == "talking", "the same agent may come back to their own"
    story.ended()
    assert story.turn.calls[story.call_id].tape is None


def test_an_agent_whose_line_came_back_asks_anew() -> None:
    story = Story().come_to("content")
    story.hangs_up(story.leg(story.call_id), HangupCause.MEDIA_LOST, by_phone=False)
    story.ended()
    story.answers(story.call_id, 2)
    refused = story.mark(SegmentMark.INTENT)
    assert refused.refusal is not None
    story.number = 2
    story.come_to("recording")


@pytest.mark.parametrize("state", RUNNING)
def test_a_cut_line_to_the_switch_ends_every_recording_when_it_is_back(state: str) -> None:
    story = Story().come_to(state)
    story.happens(SwitchDisconnected(switch=SWITCH))
    assert story.orders() == []
    assert story.state == ("cut_kept" if state in KEPT else "cut")
    story.later(60_000)
    assert story.turn.calls[story.call_id].state.value == "talking", "what nobody can tell the switch ends no call"
    story.happens(SwitchConnected(switch=SWITCH, boot_id="1"))
    assert story.orders() == ["StopSegment" if state in KEPT else "DiscardSegment"]


def test_a_wish_from_before_a_long_cut_is_not_wanted_any_more() -> None:
    story = Story().come_to("content")
    story.happens(SwitchDisconnected(switch=SWITCH))
    story.happens(wishes(story.call_id)["hold"])
    story.later(60_000)
    story.happens(SwitchConnected(switch=SWITCH, boot_id="1"))
    story.ended()
    assert [each.code for each in story.told if isinstance(each, RequestRefused)] == [RefusalCode.RECORDING_RUNS]
    assert story.turn.calls[story.call_id].state.value == "talking"


@pytest.mark.parametrize("state", ["asked", *RUNNING, "closing"])
def test_a_controller_that_died_while_it_recorded_ends_it_at_its_start(state: str) -> None:
    """Adopted, which is to say kept, only with the consent on the tape; whatever else there may be is deleted."""
    story = Story().come_to(state)
    story.dies_and_starts_again()
    is_kept = state in (*KEPT, "closing")
    assert story.state == (None if state == "asked" else ("closing" if is_kept else "discarding"))
    assert story.orders() == ([] if state == "asked" else ["StopSegment" if is_kept else "DiscardSegment"])


def test_legs_that_join_a_bridge_anew_start_nothing_by_themselves() -> None:
    story = Story().come_to("content")
    call = story.turn.calls[story.call_id]
    story.happens(LegLeft(leg_id=call.caller.leg_id, bridge_id=call.bridge_id))
    story.happens(LegJoined(leg_id=call.caller.leg_id, bridge_id=call.bridge_id))
    assert story.state == "closing"
    assert story.orders() == []


def test_a_start_that_reads_the_agents_part_of_a_call_that_is_over_asks_for_no_recording() -> None:
    """What an agent on duty asked for is read again for the agent's sake, long after the call's own events are not."""
    story = Story()
    story.ask()
    (asked,) = (each for each in story.journal if isinstance(each.event, RecordingAsked))
    assert (asked.call_id, asked.agent_id) == (story.call_id, ANNA)
    story.journal = [each for each in story.journal if each.call_id != story.call_id or each is asked]
    story.dies_and_starts_again()
    assert story.turn.calls == {}
    assert story.turn.tapes.segments == {}


def test_a_start_takes_the_segments_that_a_cut_ended_for_ended() -> None:
    """What the switch did stands in no call's stream: the end of the segment does."""
    story = Story().come_to("asked")
    story.happens(SwitchDisconnected(switch=SWITCH))
    story.happens(SwitchConnected(switch=SWITCH, boot_id="1"))
    story.ask()
    before = story.turn.tapes.segments[story.call_id].segment_id
    story.journal = [each for each in story.journal if each.call_id is not None or each.agent_id is not None]
    story.dies_and_starts_again()
    story.ask()
    assert before.endswith("segment.2")
    assert story.turn.tapes.segments[story.call_id].segment_id.endswith("segment.3")
