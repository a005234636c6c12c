"""German or English, by what the request asks for (RFC 9110, 12.5.4)."""

from enum import StrEnum


class Language(StrEnum):
    """The languages texts for people exist in."""

    DE = "de"
    EN = "en"


def language_of(accept_language: str) -> Language:
    """The better wanted of the two; English where nothing, or nothing of ours, is wanted."""
    best, best_weight = Language.EN, 0.0
    for part in accept_language[:200].split(","):
        tag, _, parameter = part.strip().partition(";")
        weight = _weight(parameter)
        primary = tag.strip().lower().split("-")[0]
        if primary in (Language.DE, Language.EN) and weight > best_weight:
            best, best_weight = Language(primary), weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    digits = value.strip()
    return min(float(digits), 1.0) if digits.replace(".", "", 1).isascii() and digits.replace(".", "", 1).isdigit() else 0.0
