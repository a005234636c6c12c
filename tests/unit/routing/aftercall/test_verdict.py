"""What a wrap-up code makes of a lead."""

from dataclasses import replace

import pytest

from routing.aftercall.verdict import Ended, settled_by
from routing.outbound.facts import Outcome
from routing.outbound.lead import LeadNow, LeadState, NumberNow
from routing.outbound.order import RETRIES, OrderPolicy
from routing.outbound.settling import after
from routing.outbound.verdicts import CodeRule, Targets, Verdict, faults_of_codes, faults_of_targets
from telephony.identifiers import AgentId, Instant, WrapUpCode, after_ms

AT = Instant(1_795_597_200_000_000)
HOUR_MS = 3_600_000
RULES = (
    CodeRule(code=WrapUpCode("sold"), verdict=Verdict.DONE, is_success=True),
    CodeRule(code=WrapUpCode("later"), verdict=Verdict.CALL_BACK, wait_ms=HOUR_MS),
    CodeRule(code=WrapUpCode("machine"), verdict=Verdict.RETRY, is_reached=False, wait_ms=5 * HOUR_MS),
    CodeRule(code=WrapUpCode("again"), verdict=Verdict.RETRY),
    CodeRule(code=WrapUpCode("never"), verdict=Verdict.DO_NOT_CALL),
)
LEAD = LeadNow(lead_id=1, state=LeadState.FRESH, next_at=Instant(0), numbers=(NumberNow(number_class="mobile", country="DE"),))


def ended(code: str | None = None, outcome: Outcome | None = Outcome.ANSWERED, **changes: object) -> Ended:
    made = Ended(
        at=AT, number_place=0, outcome=outcome, agent_id=AgentId("anna"), code=None if code is None else WrapUpCode(code)
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def lead_after(story: Ended, lead: LeadNow = LEAD) -> LeadNow:
    return after(OrderPolicy(), lead, settled_by(RULES, story))


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("sold", LeadState.DONE),
        ("later", LeadState.PROMISED),
        ("machine", LeadState.RETRY),
        ("again", LeadState.RETRY),
        ("never", LeadState.DO_NOT_CALL),
        ("unheard-of", LeadState.DONE),
        (None, LeadState.RETRY),
    ],
)
def test_the_code_of_a_conversation_says_where_the_lead_stands(code: str | None, state: LeadState) -> None:
    assert lead_after(ended(code)).state is state


def test_a_promise_is_kept_for_the_agent_who_gave_it_and_never_lies_in_the_past() -> None:
    agreed = lead_after(ended("later", promise_at=after_ms(AT, 2 * HOUR_MS)))
    assert (agreed.next_at, agreed.promised_agent) == (after_ms(AT, 2 * HOUR_MS), "anna")
    assert lead_after(ended("later", promise_at=Instant(5))).next_at == AT
    assert lead_after(ended("later", promise_at=AT, is_own_promise=False)).promised_agent is None


def test_a_call_back_without_a_time_comes_when_the_rule_says() -> None:
    assert lead_after(ended("later")).next_at == after_ms(AT, HOUR_MS)


def test_a_retry_waits_as_its_code_says_and_ends_as_often_as_the_policy_says() -> None:
    assert lead_after(ended("machine")).next_at == after_ms(AT, 5 * HOUR_MS)
    assert lead_after(ended("again")).next_at == after_ms(AT, RETRIES[Outcome.ANSWERED].wait_ms)
    worn = replace(LEAD, tries=RETRIES[Outcome.ANSWERED].most - 1)
    assert lead_after(ended("machine"), worn).state is LeadState.EXHAUSTED


@pytest.mark.parametrize("code", ["sold", "later", "machine", None])
def test_no_code_makes_a_number_that_does_not_exist_alive(code: str | None) -> None:
    assert lead_after(ended(code, Outcome.INVALID)).state is LeadState.INVALID


def test_a_code_clicked_where_nobody_answered_ends_no_lead() -> None:
    assert lead_after(ended("sold", Outcome.BUSY)).state is LeadState.RETRY


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_objection_counts_however_the_call_ended(outcome: Outcome) -> None:
    assert lead_after(ended("never", outcome)).state is LeadState.DO_NOT_CALL


def test_who_talked_knows_how_an_unclear_call_ended_and_nobody_else() -> None:
    assert lead_after(ended("sold", Outcome.UNCLEAR)).state is LeadState.DONE
    assert lead_after(ended(None, Outcome.UNCLEAR)).state is LeadState.UNCLEAR


@pytest.mark.parametrize("code", ["later", "again", "unheard-of", None])
@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.BUSY, None])
def test_a_promise_holds_whatever_else_was_said_of_a_lead_that_is_not_done(code: str | None, outcome: Outcome | None) -> None:
    promised = ended(code, outcome, promise_at=after_ms(AT, HOUR_MS), number_place=None if outcome is None else 0)
    assert (lead_after(promised).state, lead_after(promised).next_at) == (LeadState.PROMISED, after_ms(AT, HOUR_MS))
    assert lead_after(ended("sold", promise_at=AT)).state is LeadState.DONE


@pytest.mark.parametrize("code", ["sold", "again", "unheard-of", None])
def test_a_lead_that_was_not_dialled_rests_a_little_and_has_no_try(code: str | None) -> None:
    rested = lead_after(ended(code, None, number_place=None))
    assert (rested.state, rested.tries) == (LeadState.FRESH, 0)
    assert rested.next_at == after_ms(AT, OrderPolicy().skip_ms)


def test_rules_that_cannot_be_meant_are_told_one_by_one() -> None:
    code = WrapUpCode
    wrong = (
        CodeRule(code=code("a"), verdict=Verdict.DONE, wait_ms=1),
        CodeRule(code=code("a"), verdict=Verdict.SKIPPED),
        CodeRule(code=code("b"), verdict=Verdict.RETRY, wait_ms=-1, is_reached=False, is_success=True),
    )
    told = list(faults_of_codes(wrong, (code("a"),)))
    assert len(told) == 6
    assert not list(faults_of_codes(RULES, [rule.code for rule in RULES]))
    assert len(list(faults_of_targets(Targets(reach_permille=1_001, successes_per_hour=0)))) == 2
