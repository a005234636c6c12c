"""Nobody hears an outside party who has not agreed to it, nor a moment longer than the two who talk are alone."""

import pytest

from recording.listening import Answer
from telephony.causes import HangupCause
from telephony.commands import LeaveBridge
from telephony.errors import RefusalCode
from telephony.events import (
    Event,
    HangUpRequested,
    HoldRequested,
    LegHeld,
    LegHungUp,
    LegLeft,
    SwitchConnected,
    SwitchDisconnected,
)
from telephony.identifiers import AgentId, CallId, EndpointId
from telephony.order_segments import RecordingAgreed, RecordingAsked
from telephony.overhearing import EarEnd, EndListening, LetListen, ListeningAsked, ListeningLapsed, ListenMode
from telephony.transfers import ConsultRequested, ParkRequested, TransferRequested
from tests.unit.recording.listening_story import ANNA, PHONE, SUE, Overheard
from tests.unit.recording.segment_story import WORDS as ORDER_WORDS
from tests.unit.telephony.scene import SWITCH

BEN = AgentId("ben")
STATES = ("asked", "agreed", "calling", "hearing")


def partings(story: Overheard) -> dict[str, Event]:
    """What parts the two, or ends their talk."""
    call, agent = story.turn.calls[story.call_id], story.leg(story.call_id)
    call_id: CallId = story.call_id
    return {
        "hold": HoldRequested(call_id=call_id, agent_id=ANNA),
        "transfer": TransferRequested(call_id=call_id, agent_id=ANNA, to_agent_id=BEN),
        "consult": ConsultRequested(call_id=call_id, agent_id=ANNA, to_agent_id=BEN),
        "park": ParkRequested(call_id=call_id, agent_id=ANNA),
        "agent hangs up": LegHungUp(leg_id=agent, cause=HangupCause.NORMAL, by_phone=True),
        "line lost": LegHungUp(leg_id=agent, cause=HangupCause.MEDIA_LOST, by_phone=False),
        "caller hangs up": LegHungUp(leg_id=call.caller.leg_id, cause=HangupCause.NORMAL, by_phone=True),
        "agent's phone holds": LegHeld(leg_id=agent),
        "caller's phone holds": LegHeld(leg_id=call.caller.leg_id),
        "agent out of the bridge": LegLeft(leg_id=agent, bridge_id=call.bridge_id),
        "caller out of the bridge": LegLeft(leg_id=call.caller.leg_id, bridge_id=call.bridge_id),
        "hang-up asked for": HangUpRequested(call_id=call_id, agent_id=ANNA),
        "line to the switch cut": SwitchDisconnected(switch=SWITCH),
        "line to the switch back": SwitchConnected(switch=SWITCH, boot_id="1"),
    }


NAMES = tuple(partings(Overheard()))


def test_who_agreed_is_listened_to_and_the_yes_is_on_disk_first() -> None:
    story = Overheard().come_to("calling")
    (command,) = [each for each in story.commands if isinstance(each, LetListen)]
    assert (command.leg_id, command.endpoint_id, command.mode) == (story.leg(story.call_id), PHONE, ListenMode.LISTEN)
    assert command.must_be_durable
    story.hears()
    story.ends()
    assert [type(each) for each in story.commands] == [EndListening]
    assert story.closed == []
    story.ended()
    (closed,) = story.closed
    assert (closed.reason, closed.has_heard, closed.by) == (EarEnd.ASKED, True, SUE)


@pytest.mark.parametrize("before", ["nothing", "asked", "declined", "withdrawn", "parted", "recorded"])
def test_without_a_yes_of_this_talk_nobody_is_let_near(before: str) -> None:
    """No answer is a no, and a yes to being recorded is none to being listened to."""
    story = Overheard()
    if before == "recorded":
        story.happens(RecordingAsked(call_id=story.call_id, agent_id=ANNA, words=ORDER_WORDS, order_id="o"))
        story.happens(RecordingAgreed(call_id=story.call_id, agent_id=ANNA))
    elif before != "nothing":
        story.ask()
    if before == "declined":
        story.decline()
    elif before in ("withdrawn", "parted"):
        story.agree()
    if before == "withdrawn":
        story.revoke()
    elif before == "parted":
        story.happens(LegHeld(leg_id=story.turn.calls[story.call_id].caller.leg_id))
    refused = story.listen().refusal
    assert refused is not None
    assert refused.code is RefusalCode.LISTENING_NOT_AGREED
    assert not [each for each in story.given if isinstance(each, LetListen)]


def test_a_withdrawal_ends_it_ahead_of_everything_and_is_proven() -> None:
    story = Overheard().come_to("hearing")
    story.revoke()
    assert [type(each) for each in story.commands] == [EndListening]
    story.ended()
    assert [(each.reason, each.has_heard) for each in story.closed] == [(EarEnd.WITHDRAWN, True)]
    assert story.listen().refusal is not None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("state", STATES)
def test_what_parts_the_two_ends_the_yes_and_the_listening_first_of_all(state: str, name: str) -> None:
    story = Overheard().come_to(state)
    story.happens(partings(story)[name])
    if state in ("calling", "hearing"):
        assert isinstance(story.commands[0], EndListening)
        assert story.commands[0].ear_id == story.ear_id
    assert [type(each) for each in story.events if isinstance(each, ListeningLapsed)] == [ListeningLapsed]
    assert not [each for each in story.commands if isinstance(each, LetListen)]
    story.ended()
    assert story.listen().refusal is not None


@pytest.mark.parametrize("state", ["calling", "hearing"])
def test_the_end_goes_out_ahead_of_the_hold_it_is_for(state: str) -> None:
    story = Overheard().come_to(state)
    story.happens(HoldRequested(call_id=story.call_id, agent_id=ANNA))
    kinds = [type(each) for each in story.commands]
    assert kinds.index(EndListening) < kinds.index(LeaveBridge)


@pytest.mark.parametrize("state", ["calling", "hearing"])
def test_a_controller_that_died_lets_nobody_listen_on(state: str) -> None:
    story = Overheard().come_to(state)
    story.given.clear()
    story.dies_and_starts_again()
    assert [each.ear_id for each in story.given if isinstance(each, EndListening)] == [story.ear_id]
    assert story.listen().refusal is not None
    story.ended()
    assert [each.reason for each in story.closed] == [EarEnd.CUT]


def test_a_yes_that_lapsed_with_the_line_is_none_after_a_start_that_reads_the_call_alone() -> None:
    """That the line was cut stands in no call's stream: the lapse does."""
    story = Overheard().come_to("hearing")
    story.happens(SwitchDisconnected(switch=SWITCH))
    story.journal = [each for each in story.journal if not isinstance(each.event, SwitchDisconnected)]
    for name in ("ask", "decline"):
        assert getattr(story, name)().refusal is None
    story.turn = story.restarted()
    assert story.listen().refusal is not None
    assert story.turn.ears.gates[story.call_id].answer is Answer.DECLINED


def test_what_parts_them_tells_the_end_again_that_a_cut_line_may_have_lost() -> None:
    story = Overheard().come_to("hearing")
    story.happens(SwitchDisconnected(switch=SWITCH))
    story.given.clear()
    story.happens(HoldRequested(call_id=story.call_id, agent_id=ANNA))
    assert [each.ear_id for each in story.given if isinstance(each, EndListening)] == [story.ear_id]


def test_a_switch_that_speaks_again_is_told_of_all_who_may_hear_on() -> None:
    story = Overheard().come_to("hearing")
    assert [each.ear_id for each in story.turn.ears.still_there(SWITCH)] == [story.ear_id]
    story.ended()
    assert story.turn.ears.still_there(SWITCH) == []


@pytest.mark.parametrize("is_over", [False, True])
def test_a_phone_that_hears_what_nobody_lets_it_hear_is_ended(is_over: bool) -> None:
    story = Overheard()
    if is_over:
        story.happens(HangUpRequested(call_id=story.call_id, agent_id=ANNA))
        call = story.turn.calls[story.call_id]
        for leg in call.legs():
            story.happens(LegHungUp(leg_id=leg.leg_id, cause=HangupCause.NORMAL, by_phone=False))
        assert story.call_id not in story.turn.calls
    story.hears()
    assert [each.ear_id for each in story.commands if isinstance(each, EndListening)] == [story.ear_id]


def test_one_listens_at_a_time_and_the_next_only_after_the_proof() -> None:
    story = Overheard().come_to("hearing")
    for _ in range(2):
        refused = story.listen().refusal
        assert refused is not None
        assert refused.code is RefusalCode.SOMEBODY_LISTENS
        story.ends()
    story.ended()
    assert story.listen(ListenMode.WHISPER).refusal is None
    assert [each.ear_id for each in story.given if isinstance(each, LetListen)][-1].endswith(".ear.2")


def test_who_does_not_pick_up_has_heard_nothing() -> None:
    story = Overheard().come_to("calling")
    story.ended()
    assert [(each.reason, each.has_heard) for each in story.closed] == [(EarEnd.PHONE_ENDED, False)]


def test_after_a_hold_the_question_is_asked_anew() -> None:
    story = Overheard().come_to("agreed")
    story.happens(LegHeld(leg_id=story.turn.calls[story.call_id].caller.leg_id))
    assert story.ask().refusal is None
    assert story.agree().refusal is None
    assert story.listen().refusal is None


@pytest.mark.parametrize(
    ("endpoint", "code"),
    [("phone-ben", RefusalCode.ENDPOINT_IN_USE), ("phone-nobodys", RefusalCode.NO_ENDPOINT)],
)
def test_a_phone_on_duty_or_of_nobody_is_no_phone_to_listen_with(endpoint: str, code: RefusalCode) -> None:
    story = Overheard().come_to("agreed")
    refused = story.listen(endpoint=EndpointId(endpoint)).refusal
    assert refused is not None
    assert refused.code is code


def test_nobody_but_the_agent_of_the_call_says_what_was_answered() -> None:
    story = Overheard()
    refused = story.ask(BEN).refusal
    assert refused is not None
    assert refused.code is RefusalCode.NOT_YOUR_CALL


@pytest.mark.parametrize("act", ["agree", "decline", "revoke", "ends"])
def test_what_was_not_asked_has_no_answer(act: str) -> None:
    story = Overheard()
    refused = getattr(story, act)().refusal
    assert refused is not None
    assert refused.code is RefusalCode.NOT_ASKED


def test_a_text_of_another_purpose_is_no_question() -> None:
    story = Overheard()
    asked = ListeningAsked(call_id=story.call_id, agent_id=ANNA, words=ORDER_WORDS)
    refused = story.happens(asked).refusal
    assert refused is not None
    assert refused.code is RefusalCode.NOT_ASKED
