"""By which number to call back: what callers are asked, what their keys say, and what is kept of it."""

from dataclasses import replace

from routing.announcements import Announcements, sounds_of
from routing.menu import Menu, MenuOption
from telephony.call.model import CallState
from telephony.callback import CallbackAgreed, CallbackOffered
from telephony.causes import EndReason
from telephony.commands import (
    HangUp,
    ReadNumberBack,
)
from telephony.events import (
    DirectoryLoaded,
    LegAnswered,
    LegPressedKey,
)
from telephony.identifiers import LegId
from tests.unit.telephony.callback_story import MINUTE_MS, Asked
from tests.unit.telephony.scene import NORD, Scene, a_directory


def test_who_says_no_waits_on_and_is_not_asked_again() -> None:
    scene = Asked()
    scene.presses("*")
    assert (scene.call.state, scene.call.waiting_since) == (CallState.QUEUED, scene.since)
    assert scene.turn.floor.waiting_in(NORD) == 1
    scene.later(10 * MINUTE_MS)
    assert scene.call.state is CallState.QUEUED
    assert not any(isinstance(event, CallbackOffered) for event in scene.events)


def test_who_presses_nothing_is_asked_again_and_waits_on_in_the_end() -> None:
    scene = Asked()
    scene.later(41_000)
    assert (scene.call.state, scene.call.times_asked) == (CallState.CONFIRMING, 2)
    scene.later(6 * 41_000)
    assert scene.call.state is CallState.QUEUED


def test_who_hangs_up_before_agreeing_has_abandoned() -> None:
    scene = Asked()
    scene.hangs_up(LegId("caller"))
    assert scene.ended_as() is EndReason.ABANDONED


def test_the_limit_of_waiting_takes_nobody_from_the_question_and_counts_again_after_it() -> None:
    scene = Asked(wait_limit_ms=35_000)
    scene.later(20_000)
    assert scene.call.state is CallState.CONFIRMING
    scene.presses("*")
    scene.later(1)
    assert scene.call.state is CallState.AT_MACHINE


def test_a_number_is_typed_read_back_and_kept_as_a_party_alone() -> None:
    scene = Asked(caller=None)
    (question,) = [event for event in scene.events if isinstance(event, CallbackOffered)]
    assert question.party_id is None
    digits = "03012345678"
    scene.presses(*digits)
    assert scene.events == []
    scene.presses("#")
    (question,) = [event for event in scene.events if isinstance(event, CallbackOffered)]
    (party,) = scene.turn.result.parties
    assert (party.party_id, party.number) == (question.party_id, "+493012345678")
    assert "12345678" not in repr(scene.events)
    (read,) = [command for command in scene.commands if isinstance(command, ReadNumberBack)]
    assert read.party_id == party.party_id
    scene.presses("1")
    (agreed,) = [event for event in scene.events if isinstance(event, CallbackAgreed)]
    assert agreed.party_id == party.party_id
    assert agreed.number is not None
    assert agreed.number.number_class == "landline"


def test_who_types_no_more_has_typed_all_of_it() -> None:
    scene = Asked(caller=None)
    scene.presses(*"03012345678")
    scene.later(10_000)
    assert scene.call.asked_party_id is not None


def test_a_number_that_cannot_be_called_is_asked_for_again() -> None:
    for keys in ("110", "0900123456", "12"):
        scene = Asked(caller=None)
        scene.presses(*keys, "#")
        (question,) = [event for event in scene.events if isinstance(event, CallbackOffered)]
        assert (question.party_id, question.before[0]) == (None, "fernamt/callback-wrong-number")
        assert scene.turn.result.parties == []


def test_two_lets_the_caller_type_another_number() -> None:
    scene = Asked()
    scene.presses("2")
    assert scene.call.asked_party_id is None
    scene.presses(*"03012345678", "#", "1")
    assert scene.call.callee is not None
    assert scene.call.callee.party_id != "caller"


def test_a_goodbye_that_does_not_end_is_ended() -> None:
    scene = Asked()
    scene.presses("1")
    scene.later(30_000)
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [LegId("caller")]
    scene.hangs_up(LegId("caller"), by_phone=False)
    assert scene.call.state is CallState.PLACE_KEPT


def test_a_key_that_the_announcements_name_asks_for_it_at_any_time_and_no_other_key_does() -> None:
    scene = Asked(overflow=(), announcements=Announcements(callback_key="5"))
    scene.presses("4")
    assert scene.call.state is CallState.QUEUED
    scene.presses("5")
    assert scene.said() == ["CallbackOffered"]
    scene.presses("*", "5")
    assert scene.call.state is CallState.QUEUED


def test_the_announcement_names_the_key() -> None:
    scene = Asked(overflow=(), announcements=Announcements(callback_key="5"))
    begun = sounds_of(Announcements(callback_key="5"), 1, None)
    assert begun[-2:] == ("fernamt/callback-offer", "fernamt/digit-5")
    assert scene.call.state is CallState.QUEUED


def test_a_key_of_the_menu_asks_for_it() -> None:
    menu = Menu(prompt=("fernamt/choose-german",), options=(MenuOption(key="1"), MenuOption(key="2", callback=True)))
    scene = Scene(a_directory("anna", answers_early=True, menu=menu))
    call_id = scene.a_caller()
    scene.happens(LegAnswered(leg_id=LegId("caller")))
    scene.happens(LegPressedKey(leg_id=LegId("caller"), key="2"))
    assert scene.said() == ["MenuAnswered", "CallbackOffered"]
    assert scene.turn.calls[call_id].state is CallState.CONFIRMING


def test_a_project_out_of_use_gives_its_callbacks_up() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.turn.use(replace(scene.turn.directory, projects={}))
    scene.happens(DirectoryLoaded(revision=2))
    assert scene.ended_as() is EndReason.CALLBACK_REFUSED
