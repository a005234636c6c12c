"""Customer data that was checked, and suggestions on their way."""

from routing.aftercall.customer import Checked, checked, faults_of_check, form_of
from routing.aftercall.suggestions import SuggestionState, may_become
from routing.leads.lists import FieldKind, LeadField

FORM = form_of(
    (LeadField(name="birthday", kind=FieldKind.DATE, is_required=True), LeadField(name="street"), LeadField(name="city"))
)


def test_each_stated_field_tells_what_was_found_and_shows_nobody_its_values() -> None:
    before = {"name": "Erika", "street": "Weg 1", "city": "Köln"}
    stated = {"name": "Erika", "company": "Muster", "street": "Weg 2", "city": ""}
    told = checked(FORM, before, stated)
    assert [(each.name, each.found) for each in told] == [
        ("name", Checked.CONFIRMED),
        ("company", Checked.COMPLETED),
        ("street", Checked.CORRECTED),
        ("city", Checked.REMOVED),
    ]
    assert "Weg" not in repr(told)


def test_what_was_not_asked_is_not_missing_and_what_is_needed_is_not_removed() -> None:
    assert faults_of_check(FORM, {"street": "Weg 2"}) == ()
    assert [each.code for each in faults_of_check(FORM, {"birthday": ""})] == ["missing"]
    assert [each.code for each in faults_of_check(FORM, {"birthday": "1.1.1990", "number": "+4930"})] == ["unknown", "not_date"]


def test_a_suggestion_is_answered_in_words_and_only_once() -> None:
    state = SuggestionState
    assert may_become(state.NEW, state.PASSED_ON, "")
    assert may_become(state.PASSED_ON, state.TAKEN_UP, "from December on")
    assert not may_become(state.PASSED_ON, state.DECLINED, " ")
    assert not may_become(state.TAKEN_UP, state.DECLINED, "no")
    assert not may_become(state.PASSED_ON, state.NEW, "")
