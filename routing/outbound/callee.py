"""The number that is to be called, as far as permission has to know it."""

from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from types import ModuleType

import phonenumbers

from routing.outbound.number import describe, e164
from routing.outbound.zones import EMERGENCY_NUMBERS, NumberClass, german_regions
from telephony.events import NumberFacts

_NOWHERE = "Etc/Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalleeNumber:
    """A number in any written form, read once."""

    facts: NumberFacts
    dialled: str | None = field(repr=False)
    """What the switch dials: E.164, or an emergency number as it is; None for what is no valid number."""
    zones: tuple[str, ...] = ()
    """The time zones it may ring in; empty where nobody can tell."""
    regions: tuple[str, ...] = ()
    """The Länder it may belong to, as far as the area code tells it."""

    @property
    def is_emergency(self) -> bool:
        """Whether it is 110 or 112."""
        return self.facts.number_class == NumberClass.EMERGENCY


@lru_cache(maxsize=64)
def read_callee(number: str, home_country: str = "DE") -> CalleeNumber:
    """The number as permission sees it. Never fails: what cannot be dialled has no dialled form.

    It is read at the wish, when the desk is told of it and when the desk decides: the last few are remembered for that.
    """
    facts = describe(number, home_country)
    if facts.number_class == NumberClass.EMERGENCY:
        digits = number.strip()
        return CalleeNumber(facts=facts, dialled=digits if digits in EMERGENCY_NUMBERS else _emergency(digits))
    dialled = e164(number, home_country)
    if dialled is None:
        return CalleeNumber(facts=facts, dialled=None)
    parsed = phonenumbers.parse(dialled, None)
    if not phonenumbers.is_valid_number(parsed):
        return CalleeNumber(facts=facts, dialled=None)
    is_landline = facts.country == "DE" and facts.number_class == NumberClass.LANDLINE
    regions = german_regions(phonenumbers.national_significant_number(parsed)) if is_landline else ()
    return CalleeNumber(facts=facts, dialled=dialled, zones=_zones(dialled[:-2]), regions=regions)


def joined(country: str, national: str) -> str | None:
    """E.164 of a national number somebody typed for a country they picked (ISO 3166-1), its leading 0 left out or not.

    None for what is no possible number there. Where the 0 belongs to the number, as in Italy, it stays.
    """
    digits = "".join(character for character in national if character.isdigit())
    if country == "DE" and digits in EMERGENCY_NUMBERS:
        return digits
    return e164(national, country)


def _emergency(digits: str) -> str:
    """110 or 112 behind a German country code."""
    return next(each for each in sorted(EMERGENCY_NUMBERS) if digits.endswith(each))


@lru_cache(maxsize=16_384)
def _zones(beginning: str) -> tuple[str, ...]:
    """By all digits but the last two, so that no number is kept."""
    parsed = phonenumbers.parse(f"{beginning}00", None)
    return tuple(zone for zone in load_zones().time_zones_for_number(parsed) if zone != _NOWHERE)


def load_zones() -> ModuleType:
    """The library's time zones are in memory. That takes a while; a start that serves callers first can do without them."""
    return import_module("phonenumbers.timezone")
