"""Where the rules of recording begin and end, to the day and to the letter."""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace as changed

from recording.consent import LONGEST, ConsentText, TextFault, faults_of
from recording.retention import access_forgotten_before, access_kept_until, sample_kept_until
from recording.taking_in import Fault, Taken, fate_of
from telephony.identifiers import Instant, UserId
from telephony.order_segments import SegmentClosed, SegmentVerdict, StopReason
from tests.unit.recording.test_consent import NAMES, TEXT, WHOLE
from tests.unit.recording.test_taking_in import a_whole_one

BERLIN = ZoneInfo("Europe/Berlin")
DAY = 86_400_000_000
ADOPTED = (StopReason.CUT, StopReason.CALL_ENDED, StopReason.ENDED_BY_SWITCH)


def _at(text: str) -> Instant:
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()) * 1_000_000)


def test_a_text_may_have_four_thousand_letters_and_not_one_more() -> None:
    longest = TEXT + "x" * (LONGEST - len(TEXT))
    assert (len(longest), faults_of(replace(WHOLE, text=longest))) == (4_000, ())
    assert faults_of(replace(WHOLE, text=longest + "x")) == ((TextFault.TOO_LONG, None),)


def test_a_consent_names_the_very_words_that_were_read() -> None:
    text = ConsentText(
        project_id=WHOLE.project_id,
        language="de",
        version=3,
        text=TEXT,
        names=NAMES,
        published_at=Instant(1),
        published_by=UserId("somebody"),
    )
    digest = sha256(TEXT.encode()).hexdigest()
    assert (text.words.sha256, text.words.version, text.words.language) == (digest, 3, "de")
    assert text.words.purpose is text.purpose


@pytest.mark.parametrize("days", [1, 180])
def test_a_sample_may_be_kept_one_day_and_180(days: int) -> None:
    assert sample_kept_until(Instant(0), is_rated=False, unrated_days=days) == days * DAY


def test_a_listening_is_on_record_for_two_years_to_the_day_also_from_the_last_of_a_month() -> None:
    assert access_kept_until(_at("2026-05-31T10:00"), Instant(0), BERLIN) == _at("2028-05-31T10:00")
    assert access_kept_until(_at("2026-05-31T10:00"), _at("2029-01-01T00:00"), BERLIN) == _at("2029-01-01T00:00")


def test_lines_of_the_access_log_go_after_two_leap_years_and_a_day() -> None:
    assert access_forgotten_before(Instant(10_000 * DAY)) == (10_000 - 733) * DAY


@pytest.mark.parametrize("reason", list(StopReason))
def test_an_orphan_is_adopted_only_where_nobody_had_told_it_to_stop(reason: StopReason) -> None:
    story = a_whole_one()
    told = [
        changed(each, event=changed(each.event, verdict=SegmentVerdict.UNCONFIRMED, reason=reason))
        if isinstance(each.event, SegmentClosed)
        else each
        for each in story.journal
        if each.call_id == story.call_id
    ]
    assert fate_of(story.segment_id, told, is_still=False) is None
    fate = fate_of(story.segment_id, told, is_still=True)
    assert isinstance(fate, Taken) if reason in ADOPTED else fate is Fault.RAN_ON
