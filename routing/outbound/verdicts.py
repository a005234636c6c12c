"""What a project's wrap-up codes say of the lead that was called, and of the campaign's figures."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from routing.outbound.facts import Covers
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


def faults_of_codes(rules: Sequence[CodeRule], codes: Collection[WrapUpCode]) -> Iterator[str]:
    """What cannot be meant, each in one sentence. `codes` are those the project offers."""
    seen = set[WrapUpCode]()
    for rule in rules:
        if rule.code in seen:
            yield f"{rule.code!r} is described twice: keep one of them"
        seen.add(rule.code)
        if rule.code not in codes:
            yield f"{rule.code!r} is none of the project's wrap_up_codes: add it there too"
        if rule.verdict is Verdict.SKIPPED:
            yield f"{rule.code!r} cannot mean skipped: a lead is skipped before it is called"
        if rule.wait_ms is not None and rule.verdict not in (Verdict.RETRY, Verdict.CALL_BACK):
            yield f"{rule.code!r} has a wait_ms, which only retry and call_back know"
        if rule.wait_ms is not None and not 0 <= rule.wait_ms <= LONGEST_WAIT_MS:
            yield f"{rule.code!r} waits {rule.wait_ms} ms: give 0 to {LONGEST_WAIT_MS} (90 days)"
        if rule.is_success and not rule.is_reached:
            yield f"{rule.code!r} is a success with nobody reached: one of the two is meant"


def faults_of_targets(targets: Targets) -> Iterator[str]:
    """What cannot be promised."""
    for key in ("reach_permille", "success_permille", "cancellation_permille"):
        value = getattr(targets, key)
        if value is not None and not 0 <= value <= 1_000:
            yield f"{key} is {value}: give thousandths, 0 to 1000"
    if targets.successes_per_hour is not None and not 0 < targets.successes_per_hour <= 1_000:
        yield f"successes_per_hour is {targets.successes_per_hour}: give a number above 0"


def rule_of(rules: Sequence[CodeRule], code: WrapUpCode | None) -> CodeRule | None:
    """What the project says of the code; None where it says nothing."""
    return next((rule for rule in rules if rule.code == code), None)
