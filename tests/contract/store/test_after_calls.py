"""Orders, surveys, checked data and suggestions on both databases: nothing twice, everything on record, people forgotten."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.aftercall.board import OrderCount
from routing.aftercall.customer import Checked, FieldChecked
from routing.aftercall.forms import FieldFault, FormField
from routing.aftercall.order_terms import DAY_US, FormRule, OrderTerms
from routing.aftercall.orders import Deed, Done, Order, OrderId, OrderRefusal, OrderState
from routing.aftercall.suggestions import About, SuggestionState
from routing.aftercall.surveys import OnlyIf, Question, QuestionKind, Survey, SurveyId
from routing.leads.following import Said
from routing.leads.lists import LeadField, LeadListId, lead_id
from routing.outbound.facts import Covers
from routing.outbound.lead import LeadState
from routing.outbound.verdicts import CodeRule, Verdict
from store.audit import AuditStore, Author
from store.centre import CentreRejected
from store.do_not_call import DoNotCallStore
from store.engine import reading
from store.lead_calls import LeadCalls
from store.lead_checks import LeadChecked, LeadCheckStore
from store.lead_claims import LeadClaims
from store.lead_lists import LeadListStore
from store.orders import OrderStore, Whose, counted_orders
from store.parties import PartyStore
from store.retention import Retention
from store.suggestions import Suggestion, SuggestionStore
from store.surveys import Response, SurveyStore
from store.tables.aftercall import LEAD_CHECKS, ORDER_STEPS, SURVEY_ANSWERS
from telephony.identifiers import AgentId, CallId, ClientId, Instant, ProjectId, UserId, WrapUpCode
from tests.contract.store.lead_words import AT, KEYS, ROOT, House, a_list, centre, rows

ANNA, BEN = AgentId("anna"), AgentId("ben")
PROJECT, CLIENT = ProjectId("acme-calls"), ClientId("acme")
NUMBER = "030 23125 100"
E164 = "+493023125100"


@pytest.fixture
async def house(engine: AsyncEngine, tmp_path: Path) -> House:
    """A list with two leads."""
    house = House(engine, tmp_path, centre())
    await house.open(a_list(fields=(LeadField(name="city"), LeadField(name="street"))))
    assert (await house.took(rows(NUMBER, "030 23125 101"))).leads == 2
    return house


def day(number: int, user: str = "anna") -> Author:
    return Author(user_id=UserId(user), at=Instant(AT + number * DAY_US))


def a_draft(name: str = "o1", rule: FormRule = FormRule.TEXT_APPROVAL, **changes: object) -> Order:
    made = Order(
        order_id=OrderId(name),
        project_id=PROJECT,
        client_id=CLIENT,
        call_id=CallId("c1"),
        agent_id=ANNA,
        terms=OrderTerms(form_rule=rule, fields=(FormField(name="tariff", is_required=True),)),
        state=OrderState.BOOKED,
        booked_at=AT,
        lead_id=lead_id(1, 2),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


async def book(orders: OrderStore, draft: Order) -> Order:
    order = await orders.book(draft, {"tariff": "L"}, by=day(0))
    assert isinstance(order, Order)
    return order


# -- orders ------------------------------------------------------------------------------------------------------------------


async def test_an_order_is_booked_once_and_every_step_is_dated_and_somebodys(house: House) -> None:
    orders = OrderStore(house.engine, KEYS)
    first = await book(orders, a_draft())
    assert await orders.book(a_draft(), {"tariff": "S"}, by=day(1)) == first
    assert await orders.book(a_draft(agent_id=BEN), {"tariff": "S"}, by=day(1, "ben")) is OrderRefusal.NOT_IN_THIS_STATE
    sent = await orders.step(OrderId("o1"), Done(deed=Deed.SEND_TEXT, at=day(1).at), by=day(1, "clerk"))
    assert isinstance(sent, Order)
    bound = await orders.step(OrderId("o1"), Done(deed=Deed.APPROVE, at=day(2).at), by=day(2, "clerk"))
    assert isinstance(bound, Order)
    assert await orders.get(OrderId("o1")) == (bound, False)
    told = [(each.deed, each.state, each.at, each.user_id) for each in await orders.steps(OrderId("o1"))]
    assert told == [
        ("book", OrderState.BOOKED, day(0).at, "anna"),
        ("send_text", OrderState.AWAITING_APPROVAL, day(1).at, "clerk"),
        ("approve", OrderState.EFFECTIVE, day(2).at, "clerk"),
    ]
    assert {each.deed for each in await AuditStore(house.engine).latest()} >= {"order.book", "order.approve"}


async def test_what_was_ordered_is_sealed_and_who_looks_is_on_record(house: House) -> None:
    orders = OrderStore(house.engine, KEYS)
    await book(orders, a_draft())
    found = await orders.reveal(OrderId("o1"), by=day(1, "clerk"))
    assert found is not None
    assert found.values == {"tariff": "L"}
    assert (await AuditStore(house.engine).latest(1))[0].deed == "order.revealed"
    assert await orders.reveal(OrderId("none"), by=day(1)) is None


async def test_a_form_with_faults_books_nothing(house: House) -> None:
    orders = OrderStore(house.engine, KEYS)
    assert await orders.book(a_draft(), {}, by=day(0)) == (FieldFault(name="tariff", code="missing"),)
    assert await orders.get(OrderId("o1")) is None
    assert await orders.step(OrderId("o1"), Done(deed=Deed.CANCEL, at=AT, reason="x"), by=day(0)) is None


async def test_orders_nobody_approved_expire_and_bound_ones_do_not(house: House) -> None:
    orders = OrderStore(house.engine, KEYS)
    await book(orders, a_draft("late"))
    await book(orders, a_draft("bound", FormRule.VOICE))
    assert await orders.expire(by=day(14)) == 0
    assert await orders.expire(by=day(15)) == 1
    assert await orders.expire(by=day(15)) == 0
    found = await orders.orders(Whose(state=OrderState.EXPIRED), AT, day(1).at)
    assert [each.order_id for each in found] == ["late"]


async def test_orders_are_found_by_whose_they_are_and_counted_by_list_and_agent(house: House) -> None:
    orders = OrderStore(house.engine, KEYS)
    for name, agent in (("a", ANNA), ("b", ANNA), ("c", BEN)):
        await book(orders, a_draft(name, FormRule.VOICE, agent_id=agent))
    await book(orders, a_draft("d", FormRule.VOICE, lead_id=None))
    await orders.step(OrderId("a"), Done(deed=Deed.WITHDRAW, at=day(1).at), by=day(1))
    assert {each.order_id for each in await orders.orders(Whose(agents=[BEN]), AT, day(1).at)} == {"c"}
    assert await orders.orders(Whose(agents=[]), AT, day(1).at) == []
    assert await orders.orders(Whose(client_id=ClientId("bolt")), AT, day(1).at) == []
    async with reading(house.engine) as connection:
        counts = await counted_orders(connection, PROJECT, AT, day(1).at)
    assert counts == [
        OrderCount(list_id="", agent_id=ANNA, booked=1, effective=1),
        OrderCount(list_id="spring", agent_id=ANNA, booked=2, effective=1, cancelled=1),
        OrderCount(list_id="spring", agent_id=BEN, booked=1, effective=1),
    ]


async def test_orders_of_who_is_erased_are_kept_for_the_books_alone_until_their_term(house: House) -> None:
    orders = OrderStore(house.engine, KEYS)
    order = await book(orders, a_draft(rule=FormRule.VOICE))
    receipt = await PartyStore(house.engine, KEYS).erase(number=E164, receipt_id="r1", reason="asked", at=day(3).at)
    assert {part.what: part.count for part in receipt.parts}["orders"] == 1
    assert await orders.get(OrderId("o1")) == (order, True)
    assert await orders.orders(Whose(), AT, day(1).at) == []
    assert len(await orders.orders(Whose(with_restricted=True), AT, day(1).at)) == 1
    sweeping = Retention(house.engine, {"orders": 1})
    assert (await sweeping.sweep(day(2).at))["orders"] == 1
    async with reading(house.engine) as connection:
        assert (await connection.execute(select(ORDER_STEPS))).all() == []


# -- surveys -----------------------------------------------------------------------------------------------------------------

SURVEY = Survey(
    survey_id=SurveyId("mood"),
    version=0,
    title="Mood",
    questions=(
        Question(name="is_customer", text="Customer?", kind=QuestionKind.YES_NO),
        Question(
            name="mark", text="Mark?", kind=QuestionKind.SCALE, only_if=(OnlyIf(question="is_customer", is_any_of=("yes",)),)
        ),
        Question(name="words", text="Else?", kind=QuestionKind.TEXT),
    ),
)


def a_response(name: str = "r1", version: int = 1) -> Response:
    return Response(
        response_id=name,
        survey_id=SurveyId("mood"),
        version=version,
        agent_id=ANNA,
        call_id=CallId("c1"),
        begun_at=AT,
        completed_at=None,
    )


async def test_a_survey_is_never_changed_but_published_anew(house: House) -> None:
    surveys = SurveyStore(house.engine, KEYS)
    assert (await surveys.publish(SURVEY, PROJECT, by=ROOT)).version == 1
    assert (await surveys.publish(replace(SURVEY, title="New"), PROJECT, by=ROOT)).version == 2
    old, new = await surveys.get(SurveyId("mood"), 1), await surveys.get(SurveyId("mood"))
    assert old is not None
    assert new is not None
    assert (old.survey.title, new.survey.title, new.client_id) == ("Mood", "New", "acme")
    assert [each.survey.version for each in await surveys.surveys()] == [2]
    with pytest.raises(CentreRejected):
        await surveys.publish(replace(SURVEY, questions=()), ProjectId("none"), by=ROOT)


async def test_answers_are_added_lead_on_and_are_counted_without_words(house: House) -> None:
    surveys = SurveyStore(house.engine, KEYS)
    await surveys.publish(SURVEY, PROJECT, by=ROOT)
    for place in range(5):
        first = await surveys.begin(a_response(f"r{place}"))
        assert first is not None
        assert first.name == "is_customer"
        for question, values, then in (
            ("is_customer", ("no",), "words"),
            ("is_customer", ("yes",), "mark"),
            ("mark", ("4",), "words"),
            ("words", ("my name is Erika",), None),
        ):
            went = await surveys.answer(f"r{place}", question, values, at=AT)
            assert went is not None
            assert went.fault is None
            assert (None if went.next_question is None else went.next_question.name) == then
    figures = await surveys.figures(SurveyId("mood"), 1)
    assert figures is not None
    assert figures.responses == 5
    assert figures.questions[1].mean == 4
    assert (figures.questions[2].answered, figures.questions[2].bars) == (5, ())
    async with reading(house.engine) as connection:
        kept = (await connection.execute(select(SURVEY_ANSWERS))).all()
    assert len(kept) == 20
    assert all(b"Erika" not in bytes(row.sealed) for row in kept if row.sealed)
    assert await surveys.figures(SurveyId("mood"), 9) is None


async def test_what_was_not_asked_and_what_is_no_answer_is_refused(house: House) -> None:
    surveys = SurveyStore(house.engine, KEYS)
    await surveys.publish(SURVEY, PROJECT, by=ROOT)
    await surveys.begin(a_response())
    for question, values, fault in (
        ("mark", ("4",), "not_asked"),
        ("x", ("4",), "not_asked"),
        ("is_customer", ("so",), "not_yes_no"),
    ):
        went = await surveys.answer("r1", question, values, at=AT)
        assert went is not None
        assert went.fault == fault
    assert await surveys.answer("none", "mark", ("4",), at=AT) is None


async def test_who_is_erased_cannot_be_found_in_a_survey_and_figures_stay(house: House) -> None:
    surveys = SurveyStore(house.engine, KEYS)
    await surveys.publish(SURVEY, PROJECT, by=ROOT)
    await surveys.begin(a_response(), lead_id=lead_id(1, 2))
    await surveys.answer("r1", "is_customer", ("no",), at=AT)
    await surveys.answer("r1", "words", ("my name is Erika",), at=AT)
    before = await surveys.figures(SurveyId("mood"), 1)
    receipt = await PartyStore(house.engine, KEYS).erase(number=E164, receipt_id="r1", reason="asked", at=day(3).at)
    assert {part.what: part.count for part in receipt.parts}["survey_answers"] == 1
    found = await surveys.response("r1")
    assert found is not None
    assert found.call_id is None
    async with reading(house.engine) as connection:
        assert all(row.sealed is None for row in (await connection.execute(select(SURVEY_ANSWERS))).all())
    assert await surveys.figures(SurveyId("mood"), 1) == before


# -- checked data and suggestions --------------------------------------------------------------------------------------------


async def test_a_lead_is_corrected_by_who_has_it_and_each_field_is_on_record(house: House) -> None:
    checks, claims = LeadCheckStore(house.engine, KEYS), LeadClaims(house.engine, KEYS)
    lead_list = await LeadListStore(house.engine).get(LeadListId("spring"))
    assert lead_list is not None
    claimed = await claims.claim(lead_list, ANNA, house.directory, claim_id="k1", at=AT)
    assert claimed is not None
    number = claimed.lead.lead_id
    stated = {"name": claimed.person.name, "city": "Köln"}
    assert await checks.check(number, lead_list, stated, by=day(0, "ben"), agent_id=BEN) is None
    found = await checks.check(number, lead_list, stated, by=day(0), agent_id=ANNA, call_id=CallId("c1"))
    assert found == (
        FieldChecked(name="name", found=Checked.CONFIRMED, before=claimed.person.name, after=claimed.person.name),
        FieldChecked(name="city", found=Checked.COMPLETED, before="", after="Köln"),
    )
    again = await claims.claim(lead_list, ANNA, house.directory, claim_id="k1", at=AT)
    assert again is not None
    assert again.person.fields == {"city": "Köln"}
    assert again.person.numbers == claimed.person.numbers
    assert await checks.of_lead(number, replace(lead_list, list_id=LeadListId("autumn"))) == []
    kept = await checks.of_lead(number, lead_list)
    assert [(each.field.name, each.field.after, each.user_id, each.call_id) for each in kept][1] == ("city", "Köln", "anna", "c1")
    found_of = {Checked.CONFIRMED: 1, Checked.COMPLETED: 1}
    assert await checks.checked(lead_list) == [LeadChecked(lead_id=number, last_at=day(0).at, found=found_of)]
    assert await checks.checked(replace(lead_list, list_id=LeadListId("autumn"))) == []
    assert await checks.check(number, lead_list, {"number": "1"}, by=day(0)) == (FieldFault(name="number", code="unknown"),)
    deed = (await AuditStore(house.engine).latest(1))[0]
    assert deed.deed == "lead.checked"
    assert "Köln" not in str(deed)


async def test_what_was_checked_goes_with_the_person_and_with_the_list(house: House) -> None:
    checks, lists = LeadCheckStore(house.engine, KEYS), LeadListStore(house.engine)
    lead_list = await lists.get(LeadListId("spring"))
    assert lead_list is not None
    for row in (2, 3):
        assert await checks.check(lead_id(1, row), lead_list, {"city": "Köln"}, by=ROOT)
    receipt = await PartyStore(house.engine, KEYS).erase(number=E164, receipt_id="r1", reason="asked", at=day(3).at)
    assert {part.what: part.count for part in receipt.parts}["checks"] == 1
    assert await checks.check(lead_id(1, 2), lead_list, {"city": "Bonn"}, by=ROOT) is None
    await lists.delete(LeadListId("spring"), reason="over", by=ROOT)
    await lists.tidy(expired_before=Instant(0))
    async with reading(house.engine) as connection:
        assert (await connection.execute(select(LEAD_CHECKS))).all() == []


async def test_a_suggestion_reaches_management_and_its_answer_the_agent(house: House) -> None:
    suggestions = SuggestionStore(house.engine, KEYS)
    made = Suggestion(
        suggestion_id="s1", agent_id=ANNA, project_id=PROJECT, about=About.SCRIPT, words="Say it shorter", made_at=AT
    )
    for _ in range(2):
        await suggestions.add(made, by=day(0))
    assert await suggestions.decide("s1", SuggestionState.DECLINED, "", by=day(1, "boss")) is False
    assert await suggestions.decide("s1", SuggestionState.PASSED_ON, "", by=day(1, "boss")) is True
    assert await suggestions.decide("s1", SuggestionState.TAKEN_UP, "From Monday on", by=day(2, "boss")) is True
    assert await suggestions.decide("s1", SuggestionState.DECLINED, "no", by=day(3, "boss")) is False
    assert await suggestions.decide("none", SuggestionState.DECLINED, "no", by=day(3, "boss")) is None
    [found] = await suggestions.suggestions([ANNA])
    assert (found.words, found.answer, found.state) == ("Say it shorter", "From Monday on", SuggestionState.TAKEN_UP)
    assert await suggestions.suggestions([BEN]) == []
    assert "shorter" not in repr(found)


# -- objections --------------------------------------------------------------------------------------------------------------


async def test_an_objection_by_code_bars_every_number_of_the_person_for_the_client_at_once(house: House) -> None:
    claims = LeadClaims(house.engine, KEYS)
    spring = await house.lists.get(LeadListId("spring"))
    assert spring is not None
    claimed = await claims.claim(spring, ANNA, house.directory, claim_id="k1", at=AT)
    assert claimed is not None
    assert claimed.number == E164
    rule = CodeRule(code=WrapUpCode("never"), verdict=Verdict.DO_NOT_CALL, covers=Covers.EVERYTHING)
    concluded = await LeadCalls(house.engine).conclude("k1", Said(at=AT, code=WrapUpCode("never"), rules=[rule]))
    assert concluded is not None
    assert concluded.lead is not None
    assert concluded.lead.state is LeadState.DO_NOT_CALL
    [(whose, entry)] = (await DoNotCallStore(house.engine, KEYS).entries_of(E164)).items()
    assert (str(whose), entry.covers) == ("client acme", Covers.EVERYTHING)
    other = await claims.claim(spring, BEN, house.directory, claim_id="k2", at=AT)
    assert other is not None
    assert other.number != E164
