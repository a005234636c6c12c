"""What is told of a number without telling the number."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.outbound.number import METADATA_VERSION, describe, e164


@pytest.mark.parametrize(
    ("number", "number_class", "country", "masked"),
    [
        ("+4930123456", "landline", "DE", "+49 30 ••••56"),
        ("004930123456", "landline", "DE", "+49 30 ••••56"),
        ("4930123456", "landline", "DE", "+49 30 ••••56"),
        ("030123456", "landline", "DE", "+49 30 ••••56"),
        ("+49 (0)30 / 123-456", "landline", "DE", "+49 30 ••••56"),
        ("01701234567", "mobile", "DE", "+49 170 •••••67"),
        ("08001234567", "freephone", "DE", "+49 800 •••••67"),
        ("09001234567", "premium", "DE", "+49 900 •••••67"),
        ("01801234567", "shared_cost", "DE", "+49 180 •••••67"),
        ("01371234567", "service", "DE", "+49 137 •••••67"),
        ("11833", "service", "DE", "+49 •••33"),
        ("115", "service", "DE", "+49 •••"),
        ("110", "emergency", "DE", "110"),
        ("112", "emergency", "DE", "112"),
        ("+881612345678", "satellite", None, "+881 6 ••••••78"),
        ("+80012345678", "freephone", None, "+800 1234 ••••"),
        ("+97912345678", "premium", None, "+979 ••••••78"),
        ("+33612345678", "international_eu", "FR", "+33 6 ••••••78"),
        ("+33899123456", "premium", "FR", "+33 899 ••••56"),
        ("+358181234567", "international_eu", "AX", "+358 18 •••••67"),
        ("+41441234567", "international_other", "CH", "+41 44 •••••67"),
        ("+447700900123", "international_other", "GB", "+44 7700 ••••23"),
        ("+12125551234", "international_other", "US", "+1 212 •••••34"),
        ("anonymous", "anonymous", None, ""),
        ("", "anonymous", None, ""),
        ("x", "unknown", None, "••••"),
        ("+999123", "unknown", None, "••••"),
        ("1" * 4_000, "unknown", None, "••••"),
        ("é" * 4_000, "unknown", None, "••••"),
        ("030123456\r\nX: y", "unknown", None, "••••"),
    ],
)
def test_class_country_and_masked_form(number: str, number_class: str, country: str | None, masked: str) -> None:
    facts = describe(number)
    assert (facts.number_class, facts.country, facts.masked) == (number_class, country, masked)
    assert facts.metadata_version == METADATA_VERSION


def test_another_home_country_reads_national_forms_as_its_own() -> None:
    assert describe("02079460000", "GB").number_class == "landline"
    assert describe("+4930123456", "GB").number_class == "international_eu"


def test_e164_from_any_written_form_and_none_for_what_cannot_be_dialled_from_abroad() -> None:
    assert e164("030 123456") == e164("0049 30 123456") == e164("+49 (0)30 123456") == "+4930123456"
    assert e164("110") is e164("112") is e164("anna") is e164("1" * 50) is None


@given(st.text(max_size=80))
def test_no_text_makes_it_fail(number: str) -> None:
    describe(number)
    e164(number)


@given(st.text(alphabet="0123456789", min_size=6, max_size=12))
def test_the_masked_form_never_holds_the_whole_number(digits: str) -> None:
    for written in (f"+49{digits}", f"0{digits}", f"+{digits}"):
        facts = describe(written)
        if facts.number_class != "emergency":
            assert facts.masked.count("•") >= 3
            assert digits[-6:] not in facts.masked.replace(" ", "")


@given(st.integers(2, 9), st.text(alphabet="0123456789", min_size=6, max_size=9))
def test_the_short_way_for_german_numbers_names_the_country_the_library_names(first: int, rest: str) -> None:
    number = f"+49{first}{rest}"
    parsed = phonenumbers.parse(number)
    if phonenumbers.is_valid_number(parsed):
        by_library = phonenumbers.number_type(parsed)
        assert describe(number).country == phonenumbers.region_code_for_number(parsed)
        if by_library == phonenumbers.PhoneNumberType.PREMIUM_RATE:
            assert describe(number).number_class == "premium"
        if by_library == phonenumbers.PhoneNumberType.FIXED_LINE:
            assert describe(number).number_class == "landline"
