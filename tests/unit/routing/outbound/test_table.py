"""Our own dated table against the library's numbering plans, and every written form of a number against its E.164."""

from typing import Final

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from routing.outbound.callee import joined, read_callee
from routing.outbound.number import METADATA_VERSION, describe, e164
from routing.outbound.rules import PRICES
from routing.outbound.zones import EU, GERMAN_AREAS, TABLE_VERSION, WORLD_PREFIXES, NumberClass

REGIONS: Final = sorted(phonenumbers.SUPPORTED_REGIONS)
ORDINARY: Final = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
CALLED: Final = frozenset(PRICES)


def example(region: str, kind: int) -> PhoneNumber | None:
    return phonenumbers.example_number_for_type(region, kind)


def written(number: PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


EXAMPLES: Final = [
    (region, written(found)) for region in REGIONS for kind in ORDINARY if (found := example(region, kind)) is not None
]


def test_the_union_has_27_members_and_everybody_in_it_has_a_numbering_plan() -> None:
    members_and_territories = 27 + 7
    assert len(EU) == members_and_territories
    assert set(REGIONS) >= EU
    assert not EU & {"GB", "GI", "CH", "NO", "IS", "LI", "MC", "SM", "VA", "AD", "TR", "GG", "JE", "IM", "FO", "GL", "NC", "PF"}
    assert METADATA_VERSION.endswith(f"/{TABLE_VERSION}")


def test_an_ordinary_number_of_every_country_is_of_its_country_and_price() -> None:
    for region, number in EXAMPLES:
        facts = describe(number)
        if region == "DE":
            assert facts.number_class in (NumberClass.LANDLINE, NumberClass.MOBILE)
        elif facts.country == region:
            in_union = NumberClass.INTERNATIONAL_EU if region in EU else NumberClass.INTERNATIONAL_OTHER
            assert facts.number_class == in_union, number
        else:  # one plan of several countries, whose numbers cannot be told apart
            assert phonenumbers.country_code_for_region(facts.country) == phonenumbers.country_code_for_region(region), number


DEAR = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN, PhoneNumberType.PERSONAL_NUMBER)


@pytest.mark.parametrize("kind", DEAR)
def test_what_costs_more_than_its_country_is_called_nowhere(kind: int) -> None:
    seen = 0
    for region in REGIONS:
        found = example(region, kind)
        if found is not None and phonenumbers.number_type(found) == kind:
            seen += 1
            assert describe(written(found)).number_class not in CALLED, written(found)
    assert seen > 20


@pytest.mark.parametrize("code", sorted(WORLD_PREFIXES))
def test_codes_of_no_country_are_what_the_table_says_and_satellites_are_not_called(code: int) -> None:
    found = phonenumbers.example_number_for_non_geo_entity(code)
    number = f"+{code}12345678" if found is None else written(found)
    assert describe(number).number_class == WORLD_PREFIXES[code]
    if WORLD_PREFIXES[code] in (NumberClass.SATELLITE, NumberClass.PREMIUM, NumberClass.SHARED_COST, NumberClass.SERVICE):
        assert describe(number).number_class not in CALLED


def test_every_code_the_library_gives_to_no_country_is_in_the_table() -> None:
    assert set(WORLD_PREFIXES) >= {code for code in phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS if code != 888}


@pytest.mark.parametrize("area", sorted(GERMAN_AREAS))
def test_every_area_of_the_table_is_a_german_area_of_that_length(area: str) -> None:
    number = phonenumbers.parse(f"+49{area}{'23456789'[: 10 - len(area)]}", None)
    assert phonenumbers.number_type(number) == PhoneNumberType.FIXED_LINE
    assert phonenumbers.length_of_national_destination_code(number) == len(area)


DE_KINDS = {
    PhoneNumberType.FIXED_LINE: NumberClass.LANDLINE,
    PhoneNumberType.MOBILE: NumberClass.MOBILE,
    PhoneNumberType.TOLL_FREE: NumberClass.FREEPHONE,
    PhoneNumberType.PREMIUM_RATE: NumberClass.PREMIUM,
    PhoneNumberType.SHARED_COST: NumberClass.SHARED_COST,
    PhoneNumberType.PERSONAL_NUMBER: NumberClass.SERVICE,
    PhoneNumberType.PAGER: NumberClass.SERVICE,
    PhoneNumberType.UAN: NumberClass.SERVICE,
}


@pytest.mark.parametrize(("kind", "ours"), DE_KINDS.items())
def test_german_kinds_are_what_the_library_says(kind: int, ours: NumberClass) -> None:
    found = example("DE", kind)
    assert found is not None
    assert describe(written(found)).number_class == ours


SEPARATORS = st.sampled_from(["", " ", "-", " - ", "/", ".", "  "])


@given(st.sampled_from(EXAMPLES), st.data())
def test_whatever_form_a_number_is_written_in_it_is_the_same_one(example_: tuple[str, str], data: st.DataObject) -> None:
    _, number = example_
    parsed = phonenumbers.parse(number, None)
    national = phonenumbers.national_significant_number(parsed)
    prefix = data.draw(st.sampled_from([f"+{parsed.country_code}", f"00{parsed.country_code}", f"(+{parsed.country_code})"]))
    cut = data.draw(st.integers(1, len(national) - 1))
    between = data.draw(SEPARATORS)
    text = f"{prefix}{data.draw(SEPARATORS)}{national[:cut]}{between}{national[cut:]}"
    assert e164(text) == number, text
    facts, same = describe(text), describe(number)
    assert (facts.number_class, facts.country) == (same.number_class, same.country), text


@given(st.sampled_from(["30", "89", "171", "4131"]), st.text(alphabet="123456789", min_size=7, max_size=7), st.data())
def test_the_many_german_ways_to_write_one_number(area: str, rest: str, data: st.DataObject) -> None:
    wanted = f"+49{area}{rest}"
    between = data.draw(SEPARATORS)
    ways = (
        *(f"+49 (0) {area}{between}{rest}", f"+49(0){area}{between}{rest}", f"0049 (0){area} {rest}", f"(0{area}) {rest}"),
        *(f"0{area}{between}{rest}", f"0{area} / {rest[:3]} {rest[3:]}", f"+49 {area} {rest}"),
    )
    for way in ways:
        assert e164(way) == wanted, way
        assert read_callee(way).dialled in (wanted, None), way
        assert describe(way) == describe(wanted), way


@given(st.sampled_from(EXAMPLES), st.booleans())
def test_country_and_national_number_with_or_without_its_0_are_the_number(example_: tuple[str, str], has_prefix: bool) -> None:
    region, number = example_
    parsed = phonenumbers.parse(number, None)
    national = phonenumbers.national_significant_number(parsed)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    zero = metadata.national_prefix == "0" if metadata is not None else False
    assert joined(region, national) == number
    if has_prefix and zero:  # a 0 may also choose a carrier, as in Colombia: then it is no number, and never another's
        with_zero = joined(region, f"0{national}")
        assert with_zero == number or with_zero is None or read_callee(with_zero).dialled is None
