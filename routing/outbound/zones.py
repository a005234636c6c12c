"""Where a number belongs for price and permission: our own dated table, `numbering.toml` beside this file, to be read."""

import tomllib
from enum import StrEnum
from importlib.resources import files
from typing import Any, Final


class NumberClass(StrEnum):
    """What kind of number it is, seen from the home country."""

    EMERGENCY = "emergency"
    LANDLINE = "landline"
    MOBILE = "mobile"
    FREEPHONE = "freephone"
    SHARED_COST = "shared_cost"
    PREMIUM = "premium"
    SERVICE = "service"
    SATELLITE = "satellite"
    INTERNATIONAL_EU = "international_eu"
    INTERNATIONAL_OTHER = "international_other"
    ANONYMOUS = "anonymous"
    UNKNOWN = "unknown"


_TABLE: Final[dict[str, Any]] = tomllib.loads(files(__package__).joinpath("numbering.toml").read_text("utf-8"))
_GERMANY: Final = _TABLE["germany"]
_UNION: Final = _TABLE["european_union"]

TABLE_VERSION: Final[str] = _TABLE["version"]
EMERGENCY_NUMBERS: Final = frozenset[str](_TABLE["emergency"]["numbers"])

GERMAN_PREFIXES: Final[dict[str, NumberClass]] = {
    prefix: NumberClass(name) for name, prefixes in _GERMANY["classes"].items() for prefix in prefixes
}
"""National numbers without the leading 0; the longest entry that fits counts. What is in none and valid is a landline."""

WORLD_PREFIXES: Final[dict[int, NumberClass]] = {
    code: NumberClass(name) for name, codes in _TABLE["world"]["classes"].items() for code in codes
}
"""Country codes of the ITU that belong to no country."""

EU: Final = frozenset[str](_UNION["members"]) | frozenset[str](_UNION["territories"]) - frozenset(_UNION["left"])
"""Countries and territories of the European Union as of `TABLE_VERSION`."""


def german_class(national: str) -> NumberClass:
    """The class of a valid German number, given without country code and leading 0."""
    for length in (3, 2):
        found = GERMAN_PREFIXES.get(national[:length])
        if found is not None:
            return found
    return NumberClass.LANDLINE


def _by_area() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for region, codes in _GERMANY["areas"].items():
        if region != "source":
            for code in codes:
                found.setdefault(code, []).append(region)
    return {code: tuple(sorted(regions)) for code, regions in found.items()}


GERMAN_AREAS: Final = _by_area()
"""Area code without the leading 0 → the Länder its area lies in."""


def german_regions(national: str) -> tuple[str, ...]:
    """The Länder a German number's area code lies in; empty where the table does not know."""
    for length in (4, 3, 2):
        found = GERMAN_AREAS.get(national[:length])
        if found is not None:
            return found
    return ()
