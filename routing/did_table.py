"""Which of our numbers was called, in whatever form the trunk delivers it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from phonenumbers import country_code_for_region

from routing.directory import Directory
from telephony.identifiers import ProjectId

MAX_DIGITS = 20
_MAX_WRITTEN = 40
_SEPARATORS = str.maketrans("", "", " -./()\u00a0")


class MalformedReason(StrEnum):
    """What is wrong with the digits a trunk delivered."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_DIGITS = "not_digits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """What the trunk delivered is no telephone number."""

    reason: MalformedReason


@dataclass(frozen=True, slots=True, kw_only=True)
class OurNumber:
    """One of our numbers: as configured, in E.164, and the project that answers it."""

    did: str
    project_id: ProjectId


def look_up(directory: Directory, dnis: str) -> OurNumber | Malformed | None:
    """The number of ours that `dnis` means, however written; None where it is none of ours.

    Understood: +49…, 0049…, 49… and the national forms 030… and 30…, with the usual separators and "(0)". An exact entry wins.
    """
    numbers = directory.numbers
    exact = numbers.get(dnis)
    if exact is not None:
        return OurNumber(did=dnis, project_id=exact)
    digits = digits_of(dnis)
    if isinstance(digits, Malformed):
        return digits
    for did in _readings(digits, country_code_for_region(directory.home_country)):
        project_id = numbers.get(did)
        if project_id is not None:
            return OurNumber(did=did, project_id=project_id)
    return None


def digits_of(dnis: str) -> str | Malformed:
    """The digits as delivered, with a leading + where there was one, without separators."""
    if len(dnis) > _MAX_WRITTEN:
        return Malformed(reason=MalformedReason.TOO_LONG)
    written = dnis.strip()
    if written.startswith(("+", "00")):
        written = written.replace("(0)", "", 1)
    written = written.translate(_SEPARATORS)
    digits = written.removeprefix("+")
    if not digits:
        return Malformed(reason=MalformedReason.EMPTY)
    if not (digits.isascii() and digits.isdigit()):
        return Malformed(reason=MalformedReason.NOT_DIGITS)
    if len(digits) > MAX_DIGITS:
        return Malformed(reason=MalformedReason.TOO_LONG)
    return written


def _readings(written: str, country_code: int) -> Iterator[str]:
    """What the digits can mean in E.164, the likeliest first."""
    if written.startswith("+"):
        yield written
    elif written.startswith("00"):
        yield f"+{written[2:]}"
    elif written.startswith("0"):
        yield f"+{country_code}{written[1:]}"
        yield f"+{country_code}{written}"  # a country whose numbers keep their 0 abroad
    else:
        yield f"+{written}"
        yield f"+{country_code}{written}"
