"""Samples of inbound calls are taken in as such: of a class of their own, by the caller's yes, without a mark on the tape."""

from datetime import UTC

import pytest

from recording.retention import DAY, RecordingClass, RecordingTerms, kept_until
from recording.taking_in import Fault, Taken, fate_of
from telephony.causes import HangupCause
from telephony.events import HoldRequested, LegHungUp, LegJoined, LegLeft, UnholdRequested
from telephony.identifiers import AgentId, bridge_id, segment_id
from tests.unit.telephony.sample_story import WORDS, SampleStory
from tests.unit.telephony.scene import NORD

ANNA = AgentId("anna")


def fate(story: SampleStory, number: int = 1) -> Taken | Fault | None:
    told = [envelope for envelope in story.journal if envelope.call_id == story.call_id]
    return fate_of(segment_id(story.call_id, number), told, is_still=True)


def taken(story: SampleStory, number: int = 1) -> Taken:
    found = fate(story, number)
    assert isinstance(found, Taken)
    return found


def hangs_up(story: SampleStory, number: int = 1) -> None:
    leg_id = story.turn.calls[story.call_id].caller.leg_id
    story.happens(LegHungUp(leg_id=leg_id, cause=HangupCause.NORMAL, by_phone=True))
    story.happens(LegHungUp(leg_id=story.leg(story.call_id), cause=HangupCause.NORMAL, by_phone=False))
    story.ended(number)


def held_and_back(story: SampleStory) -> None:
    place = {"leg_id": story.leg(story.call_id), "bridge_id": bridge_id(story.call_id)}
    story.happens(HoldRequested(call_id=story.call_id, agent_id=ANNA))
    story.ended()
    story.happens(LegLeft(**place))
    story.happens(UnholdRequested(call_id=story.call_id, agent_id=ANNA))
    story.happens(LegJoined(**place))


def test_a_sample_is_taken_in_as_one_and_kept_30_days() -> None:
    story = SampleStory().agrees_and_talks().proven()
    story.later(60_000)
    hangs_up(story)
    found = taken(story)
    segment = found.segment
    assert not found.is_withdrawn
    assert (segment.purpose, segment.order_id, segment.marks) == ("quality_sample", "", ())
    assert (segment.agent_id, segment.project_id) == (ANNA, NORD)
    assert (segment.consent_text, segment.consent_version, segment.language) == (WORDS.sha256, WORDS.version, "de")
    states = [each.state for each in segment.changes]
    assert states == ["yes_untaped", "starting", "recording", "closing", "stopped", "closed_complete"]
    until = kept_until(RecordingClass(segment.purpose), segment.stopped_at, UTC, RecordingTerms())
    assert until - segment.stopped_at == 30 * DAY


def test_what_goes_on_after_a_hold_is_taken_in_by_itself() -> None:
    story = SampleStory().agrees_and_talks().proven()
    held_and_back(story)
    story.proven(2)
    hangs_up(story, 2)
    first, second = taken(story).segment, taken(story, 2).segment
    assert (first.purpose, second.purpose) == ("quality_sample", "quality_sample")
    assert first.stopped_at <= min(each.at for each in second.changes)
    assert second.consent_text == WORDS.sha256


def test_what_ran_when_the_yes_was_taken_back_is_deleted_and_what_was_kept_before_is_to_be_shredded() -> None:
    story = SampleStory().agrees_and_talks().proven()
    held_and_back(story)
    story.proven(2).presses("9").ended(2)
    assert taken(story).is_withdrawn
    assert fate(story, 2) is Fault.DISCARDED


@pytest.mark.parametrize("key", ["2", "9"])
def test_of_who_did_not_agree_no_file_may_be_there(key: str) -> None:
    story = SampleStory()
    story.on_duty("anna")
    story.calls_in().presses(key).talks()
    story.happens(LegHungUp(leg_id=story.turn.calls[story.call_id].caller.leg_id, cause=HangupCause.NORMAL, by_phone=True))
    story.happens(LegHungUp(leg_id=story.leg(story.call_id), cause=HangupCause.NORMAL, by_phone=False))
    assert fate(story) is Fault.NEVER_ASKED
