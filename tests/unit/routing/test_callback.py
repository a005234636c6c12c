"""What a project may say about callbacks, and how a number is read out."""

import pytest

from routing.callback import CallbackRules, faults_of, spoken, typed


def test_the_rules_as_they_come_are_meant() -> None:
    assert faults_of(CallbackRules()) == []


@pytest.mark.parametrize("rules", [CallbackRules(attempts=0), CallbackRules(retry_ms=1), CallbackRules(kept_ms=1)])
def test_what_cannot_be_meant_is_told_with_the_way_out(rules: CallbackRules) -> None:
    [fault] = faults_of(rules)
    assert "give" in fault


def test_a_number_is_read_out_as_people_of_the_country_dial_it() -> None:
    assert spoken("+493012345", "DE") == "03012345"
    assert spoken("+33123456789", "DE") == "0033123456789"


@pytest.mark.parametrize("keys", ["", "110", "112", "12", "***"])
def test_what_is_no_number_is_none(keys: str) -> None:
    assert typed(keys, "DE") is None
