"""What becomes of a lead after the call: the network's word where nobody talked, the agent's code where somebody did."""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.outbound.facts import Covers, Outcome
from routing.outbound.settling import Settled
from routing.outbound.verdicts import CodeRule, Verdict, rule_of
from telephony.identifiers import AgentId, Instant, WrapUpCode, after_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How an attempt ended, and what the agent said of it."""

    at: Instant
    """When it was over, its wrap-up too."""
    agent_id: AgentId
    outcome: Outcome | None = None
    """None: nobody was dialled."""
    number_place: int | None = None
    """Which of the lead's numbers was dialled."""
    code: WrapUpCode | None = None
    promise_at: Instant | None = None
    """When the agent promised that somebody calls back."""
    is_own_promise: bool = True
    """Whether the agent wants to call back themselves."""


def settled_by(rules: Sequence[CodeRule], ended: Ended) -> Settled:
    """How the claim is settled.

    A code counts once somebody talked, or nobody knows whether; a number that does not exist is not made alive by a code. An
    objection counts always, a promise unless the code says that the lead is done. A code without a rule, after a conversation,
    ends the lead: a call too few harms nobody. A lead that could not be dialled rests a little: the same would hold at once.
    """
    rule = rule_of(rules, ended.code)
    verdict = _verdict(rule, ended)
    promise_at = _promise(rule, ended) if verdict is Verdict.CALL_BACK else None
    return Settled(
        at=ended.at,
        verdict=verdict,
        number_place=ended.number_place,
        outcome=ended.outcome,
        promise_at=promise_at,
        promised_agent=ended.agent_id if promise_at is not None and ended.is_own_promise else None,
        wait_ms=rule.wait_ms if rule is not None and verdict is Verdict.RETRY is rule.verdict else None,
        covers=Covers.ADVERTISING if rule is None else rule.covers,
    )


def _verdict(rule: CodeRule | None, ended: Ended) -> Verdict:
    if rule is not None and rule.verdict is Verdict.DO_NOT_CALL:
        return rule.verdict
    # A machine that the agent describes by a code with a rule may have been a person: the agent was there.
    is_described = ended.outcome is Outcome.MACHINE and rule is not None
    counts = is_described or ended.outcome in (Outcome.ANSWERED, Outcome.UNCLEAR)
    if counts and rule is not None and rule.verdict is Verdict.DONE:
        return Verdict.DONE
    if ended.promise_at is not None:
        return Verdict.CALL_BACK
    if counts and ended.code is not None:
        return Verdict.DONE if rule is None else rule.verdict
    return Verdict.SKIPPED if ended.outcome is None else Verdict.RETRY


def _promise(rule: CodeRule | None, ended: Ended) -> Instant | None:
    if ended.promise_at is not None:
        return max(ended.promise_at, ended.at)
    if rule is not None and rule.wait_ms is not None:
        return after_ms(ended.at, rule.wait_ms)
    return None
