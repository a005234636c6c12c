"""The record of processing: every class of data in one activity, everything said in both languages."""

from collections import Counter

import pytest

from fernamt.processing_record import Facts, record_of
from fernamt.processing_words import ACTIVITIES, HEADINGS, SECURITY, Tongue
from recording.retention import RecordingTerms
from store.retention_classes import DEFAULT_DAYS

FACTS = Facts(
    clients=["Acme", "Bolt"],
    terms_days={**DEFAULT_DAYS, "voicemail": 17},
    recording_terms={"acme-service": RecordingTerms(unrated_days=7, rated_days=91)},
    switches=["node1: asterisk, 127.0.0.1"],
    recipients={"carriers": ["sip.carrier.example"], "mail": [], "webhooks": ["hooks.example"], "objects": [], "stamps": []},
)


def test_every_class_of_data_that_has_a_term_is_in_exactly_one_activity() -> None:
    assert Counter(each for activity in ACTIVITIES for each in activity.classes) == Counter(DEFAULT_DAYS.keys())


@pytest.mark.parametrize("tongue", list(Tongue))
def test_it_tells_what_is_set(tongue: Tongue) -> None:
    told = "\n".join(record_of(FACTS, tongue))
    for fact in ("Acme, Bolt", "voicemail 17", "sip.carrier.example", "hooks.example", "node1: asterisk", "acme-service", " 91"):
        assert fact in told, fact
    assert told.count("\n## ") == len(ACTIVITIES) + 3
    assert f": {HEADINGS[tongue]['none']}" in told


def test_both_languages_say_the_same_things() -> None:
    german, english = (HEADINGS[tongue] for tongue in (Tongue.DE, Tongue.EN))
    assert german.keys() == english.keys()
    assert len(SECURITY[Tongue.DE]) == len(SECURITY[Tongue.EN])
    for activity in ACTIVITIES:
        assert activity.said.keys() == set(Tongue)
        assert activity.said[Tongue.DE] != activity.said[Tongue.EN]
