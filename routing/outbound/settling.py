"""What becomes of a lead after an attempt, a skip or a lease that ran out."""

from dataclasses import dataclass, replace

from routing.outbound.facts import Covers, Outcome
from routing.outbound.lead import NEVER, LeadNow, LeadState, NumberNow
from routing.outbound.order import OrderPolicy
from routing.outbound.verdicts import Verdict
from telephony.identifiers import AgentId, Instant, after_ms

__all__ = ["Settled", "Verdict", "after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How a claim ended."""

    at: Instant
    verdict: Verdict
    number_place: int | None = None
    """Which of the lead's numbers was dialled; None: none."""
    outcome: Outcome | None = None
    promise_at: Instant | None = None
    """When somebody is to call back."""
    promised_agent: AgentId | None = None
    wait_ms: int | None = None
    """Of a retry: so long, whatever the outcome's rule says; how often still counts."""
    covers: Covers = Covers.ADVERTISING
    """Of `do_not_call`: what the person forbade the client."""


def after(policy: OrderPolicy, lead: LeadNow, settled: Settled) -> LeadNow:
    """The lead as it stands from then on. `lead.state` is the one it had before it was claimed."""
    lead = _tried(lead, settled)
    match settled.verdict:
        case Verdict.DONE:
            return _closed(lead, LeadState.DONE)
        case Verdict.DO_NOT_CALL:
            return _closed(lead, LeadState.DO_NOT_CALL)
        case Verdict.CALL_BACK:
            promise_at = settled.promise_at or after_ms(settled.at, policy.skip_ms)
            return replace(lead, state=LeadState.PROMISED, next_at=promise_at, promised_agent=settled.promised_agent)
        case Verdict.SKIPPED:
            return replace(lead, next_at=max(lead.next_at, after_ms(settled.at, policy.skip_ms)))
        case Verdict.RETRY:
            return _again(policy, lead, settled)


def _tried(lead: LeadNow, settled: Settled) -> LeadNow:
    if settled.number_place is None or settled.outcome is None:
        return lead
    numbers = list(lead.numbers)
    number = numbers[settled.number_place]
    numbers[settled.number_place] = replace(
        number, tries=number.tries + 1, is_dead=number.is_dead or settled.outcome is Outcome.INVALID
    )
    return replace(lead, numbers=tuple(numbers), tries=lead.tries + 1, last_at=settled.at, last_outcome=settled.outcome)


def _again(policy: OrderPolicy, lead: LeadNow, settled: Settled) -> LeadNow:
    outcome = settled.outcome
    if outcome is None:  # it was never dialled: it stands where it stood
        return lead
    if outcome is Outcome.UNCLEAR:
        return _closed(lead, LeadState.UNCLEAR)
    if outcome is Outcome.INVALID:
        if all(number.is_dead for number in lead.numbers):
            return _closed(lead, LeadState.INVALID)
        return replace(lead, state=LeadState.RETRY, next_at=settled.at, promised_agent=None)
    rule = policy.retries.get(outcome)
    if rule is None or lead.tries >= rule.most:
        return _closed(lead, LeadState.EXHAUSTED)
    # A number that was not tried yet need not wait for the one that was.
    is_other_left = any(not each.is_dead and each.tries < _most_tries(lead.numbers) for each in lead.numbers)
    wait_ms = policy.skip_ms if is_other_left else rule.wait_ms
    if settled.wait_ms is not None:
        wait_ms = settled.wait_ms
    return replace(lead, state=LeadState.RETRY, next_at=after_ms(settled.at, wait_ms), promised_agent=None)


def _most_tries(numbers: tuple[NumberNow, ...]) -> int:
    return max(number.tries for number in numbers)


def _closed(lead: LeadNow, state: LeadState) -> LeadNow:
    return replace(lead, state=state, next_at=NEVER, promised_agent=None)
