"""Numbers in any written form, and national numbers of a country named beside them."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.leads.numbers import read_number
from routing.outbound.callee import read_callee

BERLIN = "+493023125100"


@pytest.mark.parametrize(
    "written",
    [
        "030 23125 100",
        "+49 30 23125100",
        "0049 (30) 23125-100",
        "+49 (0) 30 / 23125 100",
        "(030) 23125100",
        "'+493023125100",
        "030.23125.100",
    ],
)
def test_all_spellings_of_a_german_number_are_one(written: str) -> None:
    found = read_number(written)
    assert found is not None
    assert (found.number, found.number_class, found.country) == (BERLIN, "landline", "DE")
    assert found.regions == read_callee(BERLIN).regions != ()


@pytest.mark.parametrize(
    ("country", "national", "number"),
    [
        ("DE", "30 23125100", BERLIN),
        ("DE", "030 23125100", BERLIN),
        ("AT", "1 5123456", "+4315123456"),
        ("AT", "01 5123456", "+4315123456"),
        ("IT", "06 69812345", "+390669812345"),
        ("AT", "+49 30 23125100", BERLIN),
        ("US", "212 555 2368", "+12125552368"),
    ],
)
def test_a_country_and_the_national_number_with_or_without_the_0_are_one_number(country: str, national: str, number: str) -> None:
    found = read_number(national, country)
    assert found is not None
    assert found.number == number


@pytest.mark.parametrize("written", ["", "12", "110", "0112", "+49 112", "abc", "030" + "1" * 30, "+49 0", "01234"])
def test_what_nobody_can_be_called_by_is_none(written: str) -> None:
    assert read_number(written) is None


def test_a_number_whose_plus_a_spreadsheet_dropped_is_known_by_its_length() -> None:
    found = read_number("491711234567")
    assert found is not None
    assert found.number == "+491711234567"


def test_classes_and_zones_are_those_permission_sees() -> None:
    for written in ("0900 1234567", "0180 5123456", "0800 1234567", "0171 1234567", "+1 212 555 2368", "+43 664 1234567"):
        found, callee = read_number(written), read_callee(written)
        assert found is not None
        assert (found.number, found.number_class, found.country) == (
            callee.dialled,
            callee.facts.number_class,
            callee.facts.country,
        )
    new_york = read_number("+1 212 555 2368")
    assert new_york is not None
    assert new_york.zones == ("America/New_York",)


@settings(max_examples=400, deadline=None)
@given(st.from_regex(r"[1-9][0-9]{4,12}", fullmatch=True))
def test_the_short_way_for_german_numbers_says_what_the_library_says(national: str) -> None:
    parsed = phonenumbers.parse(f"+49{national}", None)
    found = read_number(f"+49{national}")
    assert (found is not None) is (phonenumbers.is_valid_number(parsed) and national not in ("110", "112"))
    if found is not None:
        assert found.number == f"+49{national}"
        assert found.number_class == read_callee(found.number).facts.number_class
