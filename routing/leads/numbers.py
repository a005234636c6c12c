"""The numbers of a lead, read once at the import: what the order of calls needs is kept beside the sealed number."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumber

from routing.outbound.callee import joined, read_callee
from routing.outbound.zones import EMERGENCY_NUMBERS, NumberClass, german_class, german_regions

_WRITTEN_BETWEEN: Final = str.maketrans("", "", " \t\u00a0\u202f-–/.()")
_OPTIONAL_ZERO: Final = re.compile(r"^(\+49|0049)\s*\(0\)")
_GERMAN: Final = re.compile(r"(?:\+49|0049|0)(?!0)(\d{5,13})")
_LOST_PLUS: Final = re.compile(r"49[1-9]\d{9,11}")
"""As spreadsheets keep a number whose plus they dropped; no national number is that long."""
_MOST_WRITTEN: Final = 40
_TELLING: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadNumber:
    """A number that can be dialled."""

    number: str = field(repr=False)
    """E.164."""
    number_class: str
    country: str | None
    zones: tuple[str, ...] = ()
    """Empty: the centre's own."""
    regions: tuple[str, ...] = ()


def read_number(written: str, country: str | None = None, home_country: str = "DE") -> LeadNumber | None:
    """The number in any written form, or as national number of the country named beside it; None for what is no valid number.

    An emergency number is none: nobody who can be called has one.
    """
    text = written.strip().removeprefix("'")  # as a safe CSV has it
    if not text or len(text) > _MOST_WRITTEN:
        return None
    is_national = country not in (None, "", home_country) and not text.startswith(("+", "00"))
    if is_national:
        full = joined(str(country), text)
        return None if full is None else _read(full, home_country)
    if home_country == "DE":
        plain = (_OPTIONAL_ZERO.sub(r"\1", text) if "(0)" in text else text).translate(_WRITTEN_BETWEEN)
        if country == "DE" and plain.isdigit() and not plain.startswith("0"):
            plain = "0" + plain
        if _LOST_PLUS.fullmatch(plain):
            plain = "+" + plain
        german = _GERMAN.fullmatch(plain)
        if german is not None:
            return _german(german[1])
        return _read(plain, home_country)
    return _read(text, home_country)


def _german(national: str) -> LeadNumber | None:
    """Most numbers of most lists, without the library's reading of written forms."""
    if not _is_valid_german(national[:_TELLING], len(national)):
        return None
    number_class = german_class(national)
    regions = german_regions(national) if number_class is NumberClass.LANDLINE else ()
    return LeadNumber(number=f"+49{national}", number_class=number_class.value, country="DE", regions=regions)


@lru_cache(maxsize=65_536)
def _is_valid_german(beginning: str, length: int) -> bool:
    """Whether there is such a number: in Germany its first digits and its length tell. So no number is kept."""
    if length < _TELLING:
        return beginning not in EMERGENCY_NUMBERS and _is_valid(beginning)
    return _is_valid(beginning.ljust(length, "1"))


def _is_valid(national: str) -> bool:
    return bool(phonenumbers.is_valid_number(PhoneNumber(country_code=49, national_number=int(national))))


def _read(number: str, home_country: str) -> LeadNumber | None:
    callee = read_callee(number, home_country)
    if callee.dialled is None or callee.is_emergency:
        return None
    facts = callee.facts
    zones = () if facts.country == home_country and len(callee.zones) == 1 else callee.zones
    return LeadNumber(
        number=callee.dialled, number_class=facts.number_class, country=facts.country, zones=zones, regions=callee.regions
    )


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """The countries a national number may be given for (ISO 3166-1)."""
    return frozenset(phonenumbers.SUPPORTED_REGIONS)
