"""Where a number belongs for price and permission: our own table, dated, small enough to be read.

German prefixes: numbering plan of the Bundesnetzagentur for +49 (ITU-T E.129 presentation). EU: the 27 member states and
those of their territories that are part of the Union (Art. 355(1) TFEU, and Åland) under codes of their own.
"""

from enum import StrEnum

TABLE_VERSION = "2026-01"


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


EMERGENCY_NUMBERS = frozenset({"110", "112"})

GERMAN_PREFIXES: dict[str, NumberClass] = {
    "10": NumberClass.SERVICE,  # carrier selection
    "115": NumberClass.SERVICE,  # public administration
    "116": NumberClass.SERVICE,  # harmonised services of social value
    "118": NumberClass.SERVICE,  # directory enquiries
    "137": NumberClass.SERVICE,  # mass traffic
    "138": NumberClass.SERVICE,
    "15": NumberClass.MOBILE,
    "16": NumberClass.MOBILE,
    "164": NumberClass.SERVICE,  # paging
    "168": NumberClass.SERVICE,
    "169": NumberClass.SERVICE,
    "17": NumberClass.MOBILE,
    "18": NumberClass.SERVICE,  # closed user groups
    "180": NumberClass.SHARED_COST,
    "19": NumberClass.SERVICE,
    "31": NumberClass.SERVICE,  # test numbers
    "32": NumberClass.LANDLINE,  # national subscriber numbers
    "700": NumberClass.SERVICE,  # personal numbers
    "800": NumberClass.FREEPHONE,
    "900": NumberClass.PREMIUM,
}
"""National numbers without the leading 0; the longest entry that fits counts. What is in none and valid is a landline."""

WORLD_PREFIXES: dict[int, NumberClass] = {
    800: NumberClass.FREEPHONE,
    808: NumberClass.SHARED_COST,
    870: NumberClass.SATELLITE,
    878: NumberClass.SERVICE,
    881: NumberClass.SATELLITE,
    882: NumberClass.SATELLITE,  # networks on ships and aircraft for the greater part
    883: NumberClass.SATELLITE,
    979: NumberClass.PREMIUM,
}
"""Country codes of the ITU that belong to no country."""

EU = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT"),
        *("NL", "PL", "PT", "RO", "SE", "SI", "SK"),
        *("AX", "GF", "GP", "MF", "MQ", "RE", "YT"),
    }
)


def german_class(national: str) -> NumberClass:
    """The class of a valid German number, given without country code and leading 0."""
    for length in (3, 2):
        found = GERMAN_PREFIXES.get(national[:length])
        if found is not None:
            return found
    return NumberClass.LANDLINE
