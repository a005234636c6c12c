"""What a telephone number is, in any written form: its class decides rate and permission, its masked form is for screens."""

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from telephony.events import NumberFacts

METADATA_VERSION = f"phonenumbers-{phonenumbers.__version__}"
LONGEST = 40
SHOWN_DIGITS = 2

_CLASSES = {
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "landline",
    PhoneNumberType.TOLL_FREE: "freephone",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "landline",
    PhoneNumberType.PERSONAL_NUMBER: "service",
    PhoneNumberType.UAN: "service",
}
EMERGENCY = ("110", "112")


def describe(number: str, *, home_country: str = "DE") -> NumberFacts:
    """Class, country and masked form of the number; class "unknown" for what is no number. Never raises."""
    return _described(number[:LONGEST], home_country)


def e164(number: str, *, home_country: str = "DE") -> str | None:
    """The number in E.164 (ITU-T), None for what is no number."""
    parsed = _parsed(number[:LONGEST], home_country)
    return None if parsed is None else phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


@lru_cache(maxsize=8_192)
def _described(number: str, home_country: str) -> NumberFacts:
    if number in EMERGENCY:
        return NumberFacts(number_class="emergency", country=home_country, masked=number, metadata_version=METADATA_VERSION)
    parsed = _parsed(number, home_country)
    if parsed is None:
        return NumberFacts(number_class="unknown", country=None, masked="•••", metadata_version=METADATA_VERSION)
    kind = phonenumbers.number_type(parsed)
    written = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
    return NumberFacts(
        number_class=_CLASSES.get(kind, "unknown"),
        country=phonenumbers.region_code_for_number(parsed),
        masked=masked(written),
        metadata_version=METADATA_VERSION,
    )


def masked(written: str) -> str:
    """The number with only country, area and its last two digits left to read."""
    head, _, rest = written.partition(" ")
    area, _, _ = rest.partition(" ")
    return f"{head} {area} •••{written[-SHOWN_DIGITS:]}" if len(written) > 8 else f"{head} •••"


def _parsed(number: str, home_country: str) -> phonenumbers.PhoneNumber | None:
    try:
        parsed = phonenumbers.parse(number, home_country)
    except NumberParseException:
        return None
    return parsed if phonenumbers.is_possible_number(parsed) else None
