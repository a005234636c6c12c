"""Calling back who would rather not wait: how often, how long it counts, and what the caller is told. Pure."""

from dataclasses import dataclass

from routing.outbound.callee import CalleeNumber, read_callee
from telephony.faults import FaultCode, Wrong

MOST_ATTEMPTS = 10
SHORTEST_RETRY_MS, LONGEST_RETRY_MS = 60_000, 24 * 3_600_000
SHORTEST_KEPT_MS, LONGEST_KEPT_MS = 600_000, 14 * 24 * 3_600_000
KEYS_KEPT = 24
"""No number is longer, with 00 before it."""

YES, ANOTHER, WAIT_ON, END_OF_NUMBER = "1", "2", "*", "#"

NUMBER_IS = "fernamt/callback-number"
CONFIRM = "fernamt/callback-confirm"
TYPE_NUMBER = "fernamt/callback-type"
WRONG_NUMBER = "fernamt/callback-wrong-number"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRules:
    """What a project does for callers who are called back. Durations in milliseconds."""

    attempts: int = 3
    retry_ms: int = 900_000
    """From an attempt in vain to the next."""
    kept_ms: int = 24 * 3_600_000
    """So long the promise counts, hours in which the project is closed included."""


def faults_of(rules: CallbackRules) -> list[Wrong]:
    """Everything that cannot be meant, with the way out."""
    faults = []
    if not 1 <= rules.attempts <= MOST_ATTEMPTS:
        faults.append(_beyond("attempts", rules.attempts, 1, MOST_ATTEMPTS))
    if not SHORTEST_RETRY_MS <= rules.retry_ms <= LONGEST_RETRY_MS:
        faults.append(_beyond("retry_ms", rules.retry_ms, SHORTEST_RETRY_MS, LONGEST_RETRY_MS))
    if not SHORTEST_KEPT_MS <= rules.kept_ms <= LONGEST_KEPT_MS:
        faults.append(_beyond("kept_ms", rules.kept_ms, SHORTEST_KEPT_MS, LONGEST_KEPT_MS))
    return faults


def _beyond(key: str, value: int, lowest: int, highest: int) -> Wrong:
    return Wrong(FaultCode.OUT_OF_RANGE, key=key, value=value, lowest=lowest, highest=highest)


def typed(keys: str, home_country: str) -> CalleeNumber | None:
    """The number that was typed; None for what is no number, or one for emergencies."""
    number = read_callee(keys, home_country)
    return None if number.dialled is None or number.is_emergency else number


def spoken(number: str, home_country: str = "DE") -> str:
    """The digits of a number in E.164 as people of that country dial it: what is read back to who typed or showed it."""
    code = _CODES.get(home_country)
    if code is not None and number.startswith(code):
        return "0" + number.removeprefix(code)
    return "00" + number.removeprefix("+")


_CODES = {"DE": "+49", "AT": "+43", "CH": "+41", "NL": "+31", "BE": "+32", "FR": "+33", "GB": "+44"}
"""Countries whose national numbers begin with a 0 that E.164 leaves out; numbers of all others are read with their code."""
