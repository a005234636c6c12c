"""What billing, permission and screens need of a telephone number, without the number."""

from functools import lru_cache
from importlib.metadata import version
from typing import Final

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberType

from routing.outbound.zones import EMERGENCY_NUMBERS, EU, TABLE_VERSION, WORLD_PREFIXES, NumberClass, german_class
from telephony.events import NumberFacts

METADATA_VERSION: Final = f"{version('phonenumbers')}/{TABLE_VERSION}"
"""Versions of the library's numbering plans and of our own table: the same two give the same facts."""

HIDDEN = "•"
_MAX_WRITTEN = 40
_LAST_SHOWN = 2
_LEAST_HIDDEN = 3
_PLAIN = frozenset("0123456789+ -./()")
_GERMAN = 49
_GERMAN_LEAST, _GERMAN_MOST = 5, 13
_AREA_KNOWN = 6

_BY_TYPE = {
    PhoneNumberType.PREMIUM_RATE: NumberClass.PREMIUM,
    PhoneNumberType.SHARED_COST: NumberClass.SHARED_COST,
    PhoneNumberType.TOLL_FREE: NumberClass.FREEPHONE,
    PhoneNumberType.MOBILE: NumberClass.MOBILE,
    PhoneNumberType.PAGER: NumberClass.SERVICE,
    PhoneNumberType.UAN: NumberClass.SERVICE,
    PhoneNumberType.PERSONAL_NUMBER: NumberClass.SERVICE,
    PhoneNumberType.UNKNOWN: NumberClass.UNKNOWN,
}

_SAME_ABROAD = frozenset({NumberClass.PREMIUM, NumberClass.SHARED_COST, NumberClass.SERVICE})
"""What a number costs more for than its country."""


def describe(number: str, home_country: str = "DE") -> NumberFacts:
    """Class, country and masked form of a number in any written form. Never fails: what cannot be read is `unknown`.

    `home_country`: ISO 3166-1 code; national forms are read as its. Facts of a number once described are never described
    again from the number: numbers are reallocated, and people erased.
    """
    if not number.strip() or number.strip().lower() in _WITHHELD:
        return _facts(NumberClass.ANONYMOUS, None, "")
    digits = number.strip()
    if digits in EMERGENCY_NUMBERS:
        return _facts(NumberClass.EMERGENCY, home_country, digits)
    national = _german_national(digits) if home_country == "DE" else None
    if national is not None:
        return _german(national)
    parsed = _parsed(number, home_country)
    if parsed is None:
        return _facts(NumberClass.UNKNOWN, None, HIDDEN * 4)
    national = phonenumbers.national_significant_number(parsed)
    if parsed.country_code == _GERMAN and home_country == "DE":
        return _german(national)
    country = phonenumbers.region_code_for_number(parsed) or _main_country(parsed)
    area = phonenumbers.length_of_national_destination_code(parsed)
    return _facts(_class_of(parsed, country, home_country), country, _masked(parsed.country_code or 0, national, area))


def e164(number: str, home_country: str = "DE") -> str | None:
    """The number in E.164, from any written form; None for what is no possible number, or an emergency number."""
    parsed = _parsed(number, home_country)
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        return None
    if parsed.country_code == _GERMAN and phonenumbers.national_significant_number(parsed) in EMERGENCY_NUMBERS:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def load_plans() -> None:
    """Every country's numbering plan is in memory: else the first caller from each waits for it to be read (about 1 ms)."""
    PhoneMetadata.load_all()


_WITHHELD = frozenset({"anonymous", "restricted", "unavailable", "withheld", "private", "unknown", "asterisk"})


def _parsed(number: str, home_country: str) -> PhoneNumber | None:
    if len(number) > _MAX_WRITTEN or not _PLAIN.issuperset(number):
        return None
    try:
        return phonenumbers.parse(number, home_country)
    except phonenumbers.NumberParseException:
        return None


def _german_national(written: str) -> str | None:
    """The national number of the plain German forms, +49…, 0049… and 0…, read without the library: most callers."""
    if len(written) > _MAX_WRITTEN:
        return None
    if written.startswith("+49"):
        rest = written[3:]
    elif written.startswith("0049"):
        rest = written[4:]
    elif written.startswith("0") and not written.startswith("00"):
        rest = written[1:]
    else:
        return None
    rest = rest.removeprefix("0")
    return rest if rest.isascii() and rest.isdigit() and _GERMAN_LEAST <= len(rest) <= _GERMAN_MOST and rest[0] != "0" else None


def _german(national: str) -> NumberFacts:
    own = german_class(national)
    if national in EMERGENCY_NUMBERS:
        own = NumberClass.EMERGENCY
    elif own in (NumberClass.LANDLINE, NumberClass.MOBILE) and not _GERMAN_LEAST <= len(national) <= _GERMAN_MOST:
        own = NumberClass.UNKNOWN
    return _facts(own, "DE", _masked(_GERMAN, national, _german_area(national[:_AREA_KNOWN], len(national))))


@lru_cache(maxsize=16_384)
def _german_area(beginning: str, length: int) -> int:
    """How many digits of a German number are its area or network. Depends on the first digits only, so no number is kept."""
    if length < _GERMAN_LEAST:
        return 0
    sample = PhoneNumber(country_code=_GERMAN, national_number=int(beginning.ljust(length, "1")))
    return phonenumbers.length_of_national_destination_code(sample)


def _class_of(parsed: PhoneNumber, country: str | None, home_country: str) -> NumberClass:
    code = parsed.country_code or 0
    if code in WORLD_PREFIXES:
        return WORLD_PREFIXES[code]
    found = _BY_TYPE.get(phonenumbers.number_type(parsed), NumberClass.LANDLINE)
    if country == home_country or found in _SAME_ABROAD:
        return found
    if country is None:
        return NumberClass.UNKNOWN
    return NumberClass.INTERNATIONAL_EU if country in EU else NumberClass.INTERNATIONAL_OTHER


def _main_country(parsed: PhoneNumber) -> str | None:
    region = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    return None if region in ("ZZ", "001") else region


def _masked(country_code: int, national: str, area_length: int) -> str:
    """Country and area stay, and the last two digits where enough is hidden before them."""
    area, rest = national[:area_length], national[area_length:]
    shown = rest[-_LAST_SHOWN:] if len(rest) >= _LAST_SHOWN + _LEAST_HIDDEN else ""
    parts = (f"+{country_code}", area, HIDDEN * max(len(rest) - len(shown), _LEAST_HIDDEN) + shown)
    return " ".join(part for part in parts if part)


def _facts(number_class: NumberClass, country: str | None, masked: str) -> NumberFacts:
    return NumberFacts(
        number_class=number_class.value,
        country=None if country == "001" else country,
        masked=masked,
        metadata_version=METADATA_VERSION,
    )
