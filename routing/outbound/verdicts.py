"""What a project's wrap-up codes say of the lead that was called, and of the campaign's figures."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from routing.outbound.facts import Covers
from telephony.faults import FaultCode, Wrong
from telephony.identifiers import WrapUpCode

LONGEST_WAIT_MS = 90 * 86_400_000


class Verdict(StrEnum):
    """What the agent's wrap-up code, or the network where nobody talked, makes of the lead."""

    RETRY = "retry"
    """Tried again, as the outcome's rule says."""
    CALL_BACK = "call_back"
    DONE = "done"
    DO_NOT_CALL = "do_not_call"
    SKIPPED = "skipped"
    """Not dialled: somebody else gets it a little later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRule:
    """What choosing this code means."""

    code: WrapUpCode
    verdict: Verdict
    is_reached: bool = True
    """Whether the person who was wanted was spoken to."""
    is_success: bool = False
    """Counts against the client's target: an order, an answered survey, an appointment."""
    wait_ms: int | None = None
    """Of `retry`: so long the lead rests, whatever the outcome's rule says. Of `call_back`: when, where no time was agreed."""
    covers: Covers = Covers.ADVERTISING
    """Of `do_not_call`: what the client's list forbids from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What a client was promised, in thousandths; None: nothing was."""

    reach_permille: int | None = None
    """Leads reached of leads tried."""
    success_permille: int | None = None
    """Successes of leads reached."""
    cancellation_permille: int | None = None
    """Orders cancelled of orders booked, at the most: as the contract plans them."""
    successes_per_hour: float | None = None


def faults_of_codes(rules: Sequence[CodeRule], codes: Collection[WrapUpCode]) -> Iterator[Wrong]:
    """What cannot be meant, each in one sentence. `codes` are those the project offers."""
    seen = set[WrapUpCode]()
    for rule in rules:
        if rule.code in seen:
            yield Wrong(FaultCode.CODE_TWICE, code=rule.code)
        seen.add(rule.code)
        if rule.code not in codes:
            yield Wrong(FaultCode.CODE_UNKNOWN, code=rule.code)
        if rule.verdict is Verdict.SKIPPED:
            yield Wrong(FaultCode.CODE_SKIPS, code=rule.code)
        if rule.wait_ms is not None and rule.verdict not in (Verdict.RETRY, Verdict.CALL_BACK):
            yield Wrong(FaultCode.CODE_WAITS, code=rule.code)
        if rule.wait_ms is not None and not 0 <= rule.wait_ms <= LONGEST_WAIT_MS:
            yield Wrong(FaultCode.CODE_WAITS_TOO_LONG, code=rule.code, value=rule.wait_ms, most=LONGEST_WAIT_MS)
        if rule.is_success and not rule.is_reached:
            yield Wrong(FaultCode.CODE_SUCCESS_UNREACHED, code=rule.code)


def faults_of_targets(targets: Targets) -> Iterator[Wrong]:
    """What cannot be promised."""
    for key in ("reach_permille", "success_permille", "cancellation_permille"):
        value = getattr(targets, key)
        if value is not None and not 0 <= value <= 1_000:
            yield Wrong(FaultCode.OUT_OF_RANGE, key=key, value=value, lowest=0, highest=1_000)
    if targets.successes_per_hour is not None and not 0 < targets.successes_per_hour <= 1_000:
        yield Wrong(FaultCode.BAD_RATE, value=str(targets.successes_per_hour))


def rule_of(rules: Sequence[CodeRule], code: WrapUpCode | None) -> CodeRule | None:
    """What the project says of the code; None where it says nothing."""
    return next((rule for rule in rules if rule.code == code), None)
