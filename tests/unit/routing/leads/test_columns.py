"""Columns are guessed from what people call them, and what cannot be meant is told."""

from routing.leads.columns import faults_in, guess
from routing.leads.lists import LeadField

FIELDS = (LeadField(name="tariff", title="Tarif", is_required=True),)


def test_german_and_english_headings_are_known_in_any_spelling() -> None:
    heading = ["Kunden-Nr.", "VORNAME", "Nachname", "Telefon (geschäftlich)", "Handy-Nummer", "Bundesland", "Tarif", "Egal"]
    wanted = ["reference", "first_name", "last_name", "number_work", "number_mobile", "region", "field:tariff", "ignore"]
    assert guess(heading, [], FIELDS) == wanted


def test_what_only_one_column_can_be_goes_to_the_first_and_numbers_to_all() -> None:
    assert guess(["Telefon", "Telefon 2", "Name", "Name"], [], ()) == ["number", "number", "name", "ignore"]


def test_a_column_of_numbers_is_known_by_its_cells_where_no_heading_tells() -> None:
    rows = [["1", "+49 30 23125100"], ["2", "0171 1234567"], ["3", ""]]
    assert guess(["A", "B"], rows, ()) == ["ignore", "number"]
    assert guess(["A", "B"], [["1", "x"]], ()) == ["ignore", "ignore"]


def codes(mapping: list[str], *, needs_consent: bool = False) -> list[tuple[int, str]]:
    heading = [f"column {place}" for place in range(len(mapping))]
    return [(each.column, each.code) for each in faults_in(mapping, heading, FIELDS, needs_consent=needs_consent)]


def test_a_mapping_is_told_everything_that_is_wrong_with_it_at_once() -> None:
    assert codes(["number", "field:tariff"]) == []
    wrong = [(1, "no_such_target"), (3, "target_twice"), (0, "no_number_column"), (0, "required_field_missing")]
    assert codes(["field:other", "name", "name"]) == wrong
    assert codes(["number"] * 6 + ["field:tariff"]) == [(0, "too_many_number_columns")]
    assert [each.code for each in faults_in(["number"], ["A", "B"], FIELDS, needs_consent=False)] == ["mapping_length"]


def test_a_consent_needs_its_date_and_for_advertising_its_whole_proof() -> None:
    assert codes(["number", "field:tariff", "consent_how"]) == [(0, "consent_without_date")]
    assert codes(["number", "field:tariff", "consent_at"]) == []
    assert codes(["number", "field:tariff", "consent_at"], needs_consent=True) == [(0, "consent_incomplete")]
