"""Orders: when they bind, until when they may be undone, and what cannot happen to them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.aftercall.forms import FieldFault, FormField, ValueKind, faults_of_form, faults_of_values
from routing.aftercall.order_terms import DAY_US, FormRule, OrderTerms, PeriodFrom, faults_of_terms
from routing.aftercall.orders import (
    TRANSITIONS,
    Deed,
    Done,
    Order,
    OrderId,
    OrderRefusal,
    OrderState,
    booked,
    step,
    withdrawal_ends_at,
)
from telephony.identifiers import AgentId, CallId, ClientId, Instant, ProjectId

AT = Instant(1_795_597_200_000_000)


def day(number: int) -> Instant:
    return Instant(AT + number * DAY_US)


def a_draft(rule: FormRule = FormRule.VOICE, **terms: object) -> Order:
    return Order(
        order_id=OrderId("o1"),
        project_id=ProjectId("sales"),
        client_id=ClientId("acme"),
        call_id=CallId("c1"),
        agent_id=AgentId("anna"),
        terms=OrderTerms(form_rule=rule, **terms),  # type: ignore[arg-type]
        state=OrderState.BOOKED,
        booked_at=AT,
    )


def an_order(rule: FormRule = FormRule.VOICE, **terms: object) -> Order:
    order = booked(a_draft(rule, **terms))
    assert isinstance(order, Order)
    return order


def did(order: Order, *deeds: tuple[Deed, int]) -> Order:
    for deed, on in deeds:
        after = step(order, Done(deed=deed, at=day(on), reason="as asked"))
        assert isinstance(after, Order), (deed, after)
        order = after
    return order


def test_by_voice_an_order_binds_as_it_is_declared() -> None:
    order = an_order()
    assert (order.state, order.effective_at) == (OrderState.EFFECTIVE, AT)


def test_where_a_summary_comes_first_there_is_no_order_without_it_or_with_a_later_one() -> None:
    draft = a_draft(FormRule.SUMMARY_BEFORE)
    assert booked(draft) is OrderRefusal.NO_SUMMARY
    assert booked(replace(draft, summary_at=day(1))) is OrderRefusal.NO_SUMMARY
    order = booked(replace(draft, summary_at=AT))
    assert isinstance(order, Order)
    assert order.is_effective


def test_where_text_is_approved_nothing_binds_before() -> None:
    order = an_order(FormRule.TEXT_APPROVAL)
    assert order.state is OrderState.BOOKED
    assert step(order, Done(deed=Deed.APPROVE, at=day(1))) is OrderRefusal.NOT_IN_THIS_STATE
    sent = did(order, (Deed.SEND_TEXT, 1))
    assert (sent.state, sent.effective_at) == (OrderState.AWAITING_APPROVAL, None)
    bound = did(sent, (Deed.APPROVE, 3))
    assert (bound.state, bound.effective_at) == (OrderState.EFFECTIVE, day(3))


def test_who_approves_too_late_approves_nothing_and_the_order_expires() -> None:
    sent = did(an_order(FormRule.TEXT_APPROVAL, approval_days=10), (Deed.SEND_TEXT, 1))
    assert step(sent, Done(deed=Deed.APPROVE, at=day(12))) is OrderRefusal.TOO_LATE
    assert step(sent, Done(deed=Deed.EXPIRE, at=day(11))) is OrderRefusal.TOO_EARLY
    assert did(sent, (Deed.EXPIRE, 12)).state is OrderState.EXPIRED
    assert did(sent, (Deed.SEND_TEXT, 8), (Deed.APPROVE, 17)).is_effective


def test_the_period_of_withdrawal_begins_with_contract_and_instruction() -> None:
    order = an_order()
    assert withdrawal_ends_at(order) == day(365 + 15)
    told = did(order, (Deed.CONFIRM, 2))
    assert withdrawal_ends_at(told) == day(17)
    assert did(told, (Deed.WITHDRAW, 16)).state is OrderState.CANCELLED
    assert step(told, Done(deed=Deed.WITHDRAW, at=day(18))) is OrderRefusal.TOO_LATE


def test_the_period_of_goods_begins_when_they_arrive() -> None:
    order = did(an_order(period_from=PeriodFrom.DELIVERY), (Deed.CONFIRM, 1))
    assert withdrawal_ends_at(order) is None
    assert withdrawal_ends_at(did(order, (Deed.DELIVER, 20))) == day(35)
    assert did(order, (Deed.WITHDRAW, 300)).state is OrderState.CANCELLED


def test_after_the_period_an_order_is_undone_only_for_a_reason() -> None:
    order = did(an_order(), (Deed.CONFIRM, 0))
    assert step(order, Done(deed=Deed.CANCEL, at=day(40))) is OrderRefusal.NO_REASON
    undone = did(order, (Deed.CANCEL, 40))
    assert (undone.ended_at, undone.ended_by) == (day(40), Deed.CANCEL)


def test_a_second_confirmation_does_not_begin_the_period_anew() -> None:
    order = did(an_order(), (Deed.CONFIRM, 1), (Deed.CONFIRM, 9))
    assert order.instructed_at == day(1)


def test_nothing_happens_before_the_booking() -> None:
    assert step(an_order(), Done(deed=Deed.CONFIRM, at=Instant(AT - 1))) is OrderRefusal.TOO_EARLY


@given(
    rule=st.sampled_from(FormRule),
    story=st.lists(st.tuples(st.sampled_from(Deed), st.integers(0, 30)), max_size=12),
)
def test_whatever_happens_an_end_is_an_end_and_only_what_was_approved_binds(
    rule: FormRule, story: list[tuple[Deed, int]]
) -> None:
    order = booked(replace(a_draft(rule), summary_at=AT))
    assert isinstance(order, Order)
    now, approved = 0, False
    for deed, later in story:
        now += later
        after = step(order, Done(deed=deed, at=day(now), reason="so"))
        if isinstance(after, OrderRefusal):
            continue
        assert order.state not in (OrderState.CANCELLED, OrderState.EXPIRED)
        approved = approved or deed is Deed.APPROVE
        order = after
        if rule is FormRule.TEXT_APPROVAL:
            assert (order.effective_at is not None) is approved
        assert (order.ended_at is not None) is (order.state in (OrderState.CANCELLED, OrderState.EXPIRED))


def test_every_deed_has_a_place_in_the_table_and_no_ended_state_has_one() -> None:
    assert {deed for _, deed in TRANSITIONS} == set(Deed)
    assert {state for state, _ in TRANSITIONS} == {OrderState.BOOKED, OrderState.AWAITING_APPROVAL, OrderState.EFFECTIVE}


FORM = (
    FormField(name="tariff", kind=ValueKind.CHOICE, choices=("S", "L"), is_required=True),
    FormField(name="from_date", kind=ValueKind.DATE),
    FormField(name="pieces", kind=ValueKind.INTEGER),
    FormField(name="price", kind=ValueKind.DECIMAL),
    FormField(name="paper", kind=ValueKind.YES_NO),
)


def test_a_form_tells_all_that_is_wrong_with_it_at_once_and_repeats_none_of_it() -> None:
    values = {"from_date": "31.12.2026", "pieces": "1.5", "price": "NaN", "paper": "maybe", "x": "y"}
    assert faults_of_values(FORM, values) == (
        FieldFault(name="x", code="unknown"),
        FieldFault(name="tariff", code="missing"),
        FieldFault(name="from_date", code="not_date"),
        FieldFault(name="pieces", code="not_integer"),
        FieldFault(name="price", code="not_decimal"),
        FieldFault(name="paper", code="not_yes_no"),
    )
    right = {"tariff": "L", "from_date": "2026-12-31", "pieces": "-2", "price": "12.50", "paper": "no"}
    assert faults_of_values(FORM, right) == ()
    assert faults_of_values((FormField(name="a"),), {"a": "x" * 2_001}) == (FieldFault(name="a", code="too_long"),)
    assert faults_of_values((FormField(name="a"),), {"a": "x\x00"}) == (FieldFault(name="a", code="control_characters"),)


@pytest.mark.parametrize(
    "terms",
    [
        OrderTerms(form_rule=FormRule.VOICE, withdrawal_days=13),
        OrderTerms(form_rule=FormRule.VOICE, approval_days=0),
        OrderTerms(form_rule=FormRule.VOICE, fields=(FormField(name="Tariff"),)),
        OrderTerms(form_rule=FormRule.VOICE, fields=(FormField(name="a"), FormField(name="a"))),
        OrderTerms(form_rule=FormRule.VOICE, fields=(FormField(name="a", kind=ValueKind.CHOICE),)),
    ],
)
def test_terms_that_cannot_be_meant_are_told(terms: OrderTerms) -> None:
    assert len(list(faults_of_terms(terms))) == 1
    assert not list(faults_of_form(FORM))
