"""The ten rules of a call outside, one by one, and their order."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.outbound.asking import Callee, DialPurpose, Reference, ReferenceKind, WorkKind
from routing.outbound.facts import (
    ConsentBasis,
    ConsentProof,
    Covers,
    DialFacts,
    DoNotCall,
    ListOwner,
    NumberHistory,
    Outcome,
    Spending,
)
from routing.outbound.rules import Attempts, Brakes, Caps, OutboundRules, ProjectOutbound
from routing.outbound.shown import AssignedTo
from telephony.errors import RefusalCode
from telephony.identifiers import MS, SECOND, AgentId, Instant, LegId, ProjectId, after_ms
from tests.unit.routing.outbound.asks import (
    BERLIN,
    CONSENT,
    FRIDAY_AT_TEN,
    MOBILE,
    a_right,
    an_ask,
    ask,
    local,
    permitted,
    refused,
    the_centre,
)

HANDING_ON = (DialPurpose.TRANSFER, DialPurpose.CONSULT, DialPurpose.CONFERENCE)
CALLING = (DialPurpose.MANUAL, DialPurpose.PREVIEW, DialPurpose.PROGRESSIVE)
ALL = (*HANDING_ON, *CALLING, DialPurpose.CALLBACK, DialPurpose.OVERFLOW)
purposes = st.sampled_from(ALL)
ADVERTISING = ProjectOutbound(kind=WorkKind.ADVERTISING)
BAD = DialFacts(
    was_permitted=True,
    do_not_call=(DoNotCall(owner=ListOwner.CENTRE, covers=Covers.EVERYTHING, added_at=FRIDAY_AT_TEN),),
    history=NumberHistory(today=99, in_total=99, last_at=FRIDAY_AT_TEN),
    of_agent=Spending(calls=10**9, cost_micros=10**15),
    of_client=Spending(calls=10**9, cost_micros=10**15),
    of_centre=Spending(calls=10**9, cost_micros=10**15),
    open_calls_of_agent=9,
    calls_of_agent_in_burst=99,
    calls_of_agent_at_night=99,
)


@given(purposes)
def test_with_everything_in_order_every_purpose_is_permitted(purpose: DialPurpose) -> None:
    given_permit = permitted(ask(an_ask(purpose)))
    assert given_permit.shown is not None
    assert given_permit.shown.number == "+493055500"
    assert given_permit.leg_id == "call-1.outside.1"
    assert given_permit.cost_limit_micros == 120 * given_permit.rate_micros
    assert given_permit.max_duration_ms < 120 * 60_000
    assert given_permit.callee.metadata_version


def test_a_leg_is_permitted_once() -> None:
    assert refused(ask(an_ask(), facts=DialFacts(was_permitted=True))) is RefusalCode.ALREADY_DIALLED


# -- 1 ---------------------------------------------------------------------------------------------------------------------


@given(purposes, st.sampled_from(["110", "112", "+49112", "0049110"]), st.booleans())
def test_an_emergency_number_is_never_refused(purpose: DialPurpose, number: str, has_right: bool) -> None:
    centre = the_centre(*([a_right()] if has_right else [a_right(valid_until=Instant(1))]))
    asked = an_ask(
        purpose, reference=None, agent_id=None, holds_agent=False, project_id=ProjectId("none"), at=local("2026-11-22 03:00")
    )
    answer = permitted(ask(asked, number, BAD, centre))
    assert answer.is_emergency
    assert (answer.shown is not None) is has_right


# -- 2 ---------------------------------------------------------------------------------------------------------------------


@given(purposes)
def test_without_a_reference_nobody_is_called(purpose: DialPurpose) -> None:
    assert refused(ask(an_ask(purpose, reference=None))) is RefusalCode.NO_REFERENCE
    assert refused(ask(an_ask(purpose, reference=Reference(kind=ReferenceKind.CALL, id="")))) is RefusalCode.NO_REFERENCE


@given(purposes, st.sampled_from(ReferenceKind))
def test_each_purpose_rests_on_its_own_kind_of_reference(purpose: DialPurpose, kind: ReferenceKind) -> None:
    own = an_ask(purpose).reference
    assert own is not None
    answer = ask(an_ask(purpose, reference=replace(own, kind=kind)))
    fits = kind is own.kind or (
        purpose is DialPurpose.MANUAL and kind in (ReferenceKind.LEAD, ReferenceKind.TASK, ReferenceKind.CLIENT_CARE)
    )
    assert fits == (not hasattr(answer, "code"))


@given(st.integers(-3_600, 3_600))
def test_a_request_to_be_called_back_permits_until_it_expires(seconds: int) -> None:
    asked = an_ask(DialPurpose.CALLBACK)
    assert asked.reference is not None
    expires_at = Instant(asked.at + seconds * SECOND)
    answer = ask(replace(asked, reference=replace(asked.reference, expires_at=expires_at)))
    if seconds > 0:
        permitted(answer)
    else:
        assert refused(answer) is RefusalCode.REFERENCE_EXPIRED


def test_a_callback_needs_the_instant_of_the_request() -> None:
    reference = Reference(kind=ReferenceKind.CALLBACK_REQUEST, id="e1")
    assert refused(ask(an_ask(DialPurpose.CALLBACK, reference=reference))) is RefusalCode.NO_REFERENCE


@pytest.mark.parametrize("purpose", CALLING)
def test_a_project_that_does_not_say_so_calls_nobody_of_its_own_accord(purpose: DialPurpose) -> None:
    assert refused(ask(an_ask(purpose, project_id=ProjectId("service")))) is RefusalCode.OUTBOUND_NOT_PERMITTED


@pytest.mark.parametrize("purpose", [*HANDING_ON, DialPurpose.CALLBACK])
def test_every_project_calls_back_and_hands_on(purpose: DialPurpose) -> None:
    permitted(ask(an_ask(purpose, project_id=ProjectId("service"))))


def test_an_unknown_project_is_none() -> None:
    assert refused(ask(an_ask(project_id=ProjectId("gone")))) is RefusalCode.NO_SUCH_PROJECT
    assert refused(ask(an_ask(DialPurpose.TRANSFER, project_id=None))) is RefusalCode.NO_SUCH_PROJECT


# -- 3 ---------------------------------------------------------------------------------------------------------------------


@given(
    purposes,
    st.sampled_from(
        [
            "0900 1234567",
            "0137 1234567",
            "0180 1234567",
            "11833",
            "115",
            "116117",
            "+881612345678",
            "+97912345678",
            "+447012345678",
        ]
    ),
)
def test_premium_service_short_and_satellite_numbers_are_not_called(purpose: DialPurpose, number: str) -> None:
    assert refused(ask(an_ask(purpose), number)) in (RefusalCode.NUMBER_CLASS_REFUSED, RefusalCode.NUMBER_INVALID)


@given(purposes, st.text(max_size=30).filter(lambda text: not any(c.isdigit() for c in text)))
def test_what_is_no_number_is_not_called(purpose: DialPurpose, text: str) -> None:
    assert refused(ask(an_ask(purpose), text)) is RefusalCode.NUMBER_INVALID


@pytest.mark.parametrize("number", ["030", "+49301", "+999123456", "+4930" + "1" * 14])
def test_numbers_that_cannot_be_are_not_called(number: str) -> None:
    assert refused(ask(an_ask(), number)) is RefusalCode.NUMBER_INVALID


def test_our_own_numbers_are_not_called() -> None:
    assert refused(ask(an_ask(), BERLIN, centre=the_centre(numbers={BERLIN: "sales"}))) is RefusalCode.NUMBER_CLASS_REFUSED


@given(st.sampled_from(ALL))
def test_outside_the_union_only_with_an_offer_of_the_project(purpose: DialPurpose) -> None:
    swiss, french = "+41446681800", "+33142685300"
    permitted(ask(an_ask(purpose), french))
    assert refused(ask(an_ask(purpose), swiss)) is RefusalCode.COUNTRY_NOT_OFFERED
    permitted(ask(an_ask(purpose), swiss, centre=the_centre(outbound=ProjectOutbound(countries=("CH",)))))
    british = ask(an_ask(purpose), "+442079460000", centre=the_centre(outbound=ProjectOutbound(countries=("CH",))))
    assert refused(british) is RefusalCode.COUNTRY_NOT_OFFERED


# -- 4 ---------------------------------------------------------------------------------------------------------------------


@given(purposes, st.integers(-10, 10), st.integers(-10, 10))
def test_no_number_is_shown_outside_the_term_of_its_right(purpose: DialPurpose, begins: int, lasts: int) -> None:
    valid_from = Instant(FRIDAY_AT_TEN + begins * SECOND)
    right = a_right(valid_from=valid_from, valid_until=Instant(valid_from + lasts * SECOND))
    answer = ask(an_ask(purpose), centre=the_centre(right))
    if right.valid_from <= FRIDAY_AT_TEN < (right.valid_until or 0):
        permitted(answer)
    else:
        assert refused(answer) is RefusalCode.NO_RIGHT_TO_SHOW


def test_the_agents_number_goes_before_the_projects_the_clients_and_ours() -> None:
    rights = [
        a_right(),
        a_right("client", number="+493011", assigned_to=AssignedTo.CLIENT, assigned_id="acme", owner="acme"),
        a_right("project", number="+493012", assigned_to=AssignedTo.PROJECT, assigned_id="sales", owner="acme"),
        a_right("agent", number="+493013", assigned_to=AssignedTo.AGENT, assigned_id="anna"),
    ]
    seen = []
    while rights:
        shown = permitted(ask(an_ask(), centre=the_centre(*rights))).shown
        assert shown is not None
        seen.append(shown.right_id)
        rights.pop()
    assert seen == ["agent", "project", "client", "head-office"]


@pytest.mark.parametrize("purpose", HANDING_ON)
def test_who_is_handed_on_sees_nothing_of_the_agents_own_number(purpose: DialPurpose) -> None:
    agents = a_right("agent", number="+493013", assigned_to=AssignedTo.AGENT, assigned_id="anna")
    shown = permitted(ask(an_ask(purpose), centre=the_centre(agents, a_right()))).shown
    assert shown is not None
    assert shown.right_id == "head-office"


def test_a_clients_number_is_shown_for_that_client_alone() -> None:
    foreign = a_right("foreign", owner="other", assigned_to=AssignedTo.AGENT, assigned_id="anna")
    assert refused(ask(an_ask(), centre=the_centre(foreign))) is RefusalCode.NO_RIGHT_TO_SHOW


# -- 5 ---------------------------------------------------------------------------------------------------------------------


def advertising(**facts: object) -> object:
    return ask(an_ask(DialPurpose.PREVIEW), facts=DialFacts(**facts), centre=the_centre(outbound=ADVERTISING))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "outbound",
    [ADVERTISING, ProjectOutbound(kind=WorkKind.SURVEY), ProjectOutbound(has_offer=True)],
    ids=["ad", "survey", "offer"],
)
def test_advertising_surveys_and_offers_need_a_proof_of_consent(outbound: ProjectOutbound) -> None:
    centre = the_centre(outbound=outbound)
    assert refused(ask(an_ask(DialPurpose.PREVIEW), centre=centre)) is RefusalCode.NO_CONSENT
    answer = permitted(ask(an_ask(DialPurpose.PREVIEW), facts=DialFacts(consent=CONSENT), centre=centre))
    assert answer.consent_id == "c1"


@given(st.sampled_from(CALLING), st.sampled_from([WorkKind.ADVERTISING, WorkKind.SURVEY]), st.booleans())
def test_a_call_never_sheds_the_rules_of_advertising(purpose: DialPurpose, kind: WorkKind, by_ask: bool) -> None:
    centre = the_centre(outbound=ProjectOutbound() if by_ask else ProjectOutbound(kind=kind))
    asked = an_ask(purpose, kind=kind if by_ask else WorkKind.SERVICE)
    assert refused(ask(asked, centre=centre)) is RefusalCode.NO_CONSENT


@given(st.integers(-10, 10), st.none() | st.integers(-10, 10))
def test_a_consent_holds_from_its_grant_to_its_withdrawal(granted: int, withdrawn: int | None) -> None:
    at = FRIDAY_AT_TEN
    proof = replace(
        CONSENT,
        granted_at=Instant(at + granted * SECOND),
        withdrawn_at=None if withdrawn is None else Instant(at + withdrawn * SECOND),
    )
    answer = advertising(consent=proof)
    holds = granted <= 0 and (withdrawn is None or withdrawn > 0)
    assert holds == (not hasattr(answer, "code"))


def test_a_business_may_be_presumed_to_consent_and_a_consumer_never() -> None:
    facts = DialFacts(consent=ConsentProof(consent_id="c", basis=ConsentBasis.PRESUMED, granted_at=Instant(1)))
    centre = the_centre(outbound=ADVERTISING)
    assert refused(ask(an_ask(DialPurpose.PREVIEW), facts=facts, centre=centre)) is RefusalCode.NO_CONSENT
    permitted(ask(an_ask(DialPurpose.PREVIEW, callee=Callee.BUSINESS), facts=facts, centre=centre))


@pytest.mark.parametrize("purpose", [*HANDING_ON, DialPurpose.CALLBACK])
def test_who_asked_to_be_called_or_is_on_the_line_is_not_advertised_to(purpose: DialPurpose) -> None:
    permitted(ask(an_ask(purpose), centre=the_centre(outbound=ADVERTISING)))


# -- 6 ---------------------------------------------------------------------------------------------------------------------


@given(purposes, st.sampled_from(ListOwner))
def test_a_number_that_nobody_may_call_is_not_called_whosever_list_says_so(purpose: DialPurpose, owner: ListOwner) -> None:
    facts = DialFacts(do_not_call=(DoNotCall(owner=owner, covers=Covers.EVERYTHING, added_at=FRIDAY_AT_TEN),))
    assert refused(ask(an_ask(purpose), facts=facts)) is RefusalCode.ON_DO_NOT_CALL_LIST


@given(purposes)
def test_who_wants_no_advertising_is_still_served(purpose: DialPurpose) -> None:
    facts = DialFacts(
        do_not_call=(DoNotCall(owner=ListOwner.CLIENT, covers=Covers.ADVERTISING, added_at=Instant(1)),), consent=CONSENT
    )
    permitted(ask(an_ask(purpose), facts=facts))
    if purpose in CALLING:
        assert (
            refused(ask(an_ask(purpose), facts=facts, centre=the_centre(outbound=ADVERTISING))) is RefusalCode.ON_DO_NOT_CALL_LIST
        )


@given(st.integers(-3_600, 3_600).filter(bool))
def test_the_later_of_request_and_entry_counts(seconds: int) -> None:
    asked = an_ask(DialPurpose.CALLBACK)
    assert asked.reference is not None
    assert asked.reference.given_at is not None
    entry = DoNotCall(
        owner=ListOwner.CENTRE, covers=Covers.EVERYTHING, added_at=Instant(asked.reference.given_at + seconds * SECOND)
    )
    answer = ask(asked, facts=DialFacts(do_not_call=(entry,)))
    assert (seconds < 0) == (not hasattr(answer, "code"))


# -- 7 ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "is_called"),
    [
        ("2026-11-20 08:30", False),  # Friday
        ("2026-11-20 09:00", True),
        ("2026-11-20 19:59", True),
        ("2026-11-20 20:00", False),
        ("2026-11-21 12:00", True),  # Saturday
        ("2026-11-22 12:00", False),  # Sunday
        ("2026-12-25 12:00", False),  # Christmas Day, a Friday
        ("2026-06-04 12:00", True),  # Corpus Christi, not in Berlin
    ],
)
def test_advertising_comes_at_proper_times_and_never_on_sundays_and_holidays(when: str, is_called: bool) -> None:
    asked = an_ask(DialPurpose.PREVIEW, at=local(when))
    answer = ask(asked, facts=DialFacts(consent=CONSENT), centre=the_centre(outbound=ADVERTISING))
    if is_called:
        permitted(answer)
    else:
        assert refused(answer) is RefusalCode.OUTSIDE_CALLING_HOURS


@pytest.mark.parametrize(
    ("number", "region", "is_called"),
    [(BERLIN, None, True), ("+498912345678", None, False), (MOBILE, None, False), (MOBILE, "BE", True), (BERLIN, "BY", False)],
    ids=[
        "Berlin",
        "Munich",
        "a mobile from anywhere",
        "a mobile known to be in Berlin",
        "a Berlin number known to be in Bavaria",
    ],
)
def test_a_holiday_counts_where_the_party_may_live(number: str, region: str | None, is_called: bool) -> None:
    asked = an_ask(DialPurpose.PREVIEW, at=local("2026-06-04 12:00"), callee_region=region)  # Corpus Christi
    answer = ask(asked, number, DialFacts(consent=CONSENT), the_centre(outbound=ADVERTISING))
    assert is_called == (not hasattr(answer, "code"))


def test_the_clock_is_the_partys_own() -> None:
    canaries = "+34928123456"
    asked = an_ask(DialPurpose.MANUAL, at=local("2026-11-20 08:30"))
    permitted(ask(asked, BERLIN))
    assert refused(ask(asked, canaries)) is RefusalCode.OUTSIDE_CALLING_HOURS


def test_in_summer_time_and_winter_time_the_wall_clock_counts() -> None:
    for day in ("2026-03-28", "2026-03-30", "2026-10-24", "2026-10-26"):
        permitted(ask(an_ask(at=local(f"{day} 08:00"))))
        assert refused(ask(an_ask(at=local(f"{day} 07:59")))) is RefusalCode.OUTSIDE_CALLING_HOURS


@given(st.sampled_from(CALLING), st.integers(0, 7 * 24 * 60 - 1))
def test_nobody_is_called_by_us_at_night(purpose: DialPurpose, minute: int) -> None:
    at = Instant(local("2026-11-16 00:00") + minute * 60 * SECOND)
    hour = minute // 60 % 24
    answer = ask(an_ask(purpose, at=at))
    assert (8 <= hour < 21) == (not hasattr(answer, "code"))


def test_a_callback_waits_for_its_project_and_a_transfer_for_nothing() -> None:
    rules = OutboundRules()
    closed = the_centre(outbound=ProjectOutbound(hours=rules.service_hours))
    project = replace(closed.projects[ProjectId("sales")], hours=rules.service_hours)
    closed = replace(closed, projects={**closed.projects, project.project_id: project})
    night = local("2026-11-20 23:00")
    assert refused(ask(an_ask(DialPurpose.CALLBACK, at=night), centre=closed)) is RefusalCode.OUTSIDE_CALLING_HOURS
    permitted(ask(an_ask(DialPurpose.TRANSFER, at=night), centre=closed))
    permitted(ask(an_ask(DialPurpose.CALLBACK), centre=closed))


# -- 8 ---------------------------------------------------------------------------------------------------------------------


@given(purposes, st.integers(0, 6))
def test_a_number_is_tried_so_often_a_day_whoever_tries_it(purpose: DialPurpose, today: int) -> None:
    long_ago = after_ms(FRIDAY_AT_TEN, -30 * 86_400_000)
    answer = ask(an_ask(purpose), facts=DialFacts(history=NumberHistory(today=today, in_total=today, last_at=long_ago)))
    if today < Attempts().per_day or purpose.is_handing_on:
        permitted(answer)
    else:
        assert refused(answer) is RefusalCode.CALLED_TOO_OFTEN


@given(st.sampled_from(CALLING), st.integers(0, 30))
def test_a_number_is_tried_so_often_in_all(purpose: DialPurpose, in_total: int) -> None:
    answer = ask(an_ask(purpose), facts=DialFacts(history=NumberHistory(in_total=in_total)))
    assert (in_total < Attempts().in_total) == (not hasattr(answer, "code"))


@given(st.none() | st.sampled_from(Outcome), st.integers(0, 200_000))
def test_a_number_is_left_in_peace_by_how_the_last_attempt_ended(outcome: Outcome | None, seconds: int) -> None:
    limits = Attempts()
    wait_ms = {Outcome.BUSY: limits.after_busy_ms, Outcome.ANSWERED: limits.after_answer_ms}.get(outcome, limits.interval_ms)  # type: ignore[arg-type]
    last_at = Instant(FRIDAY_AT_TEN - seconds * SECOND)
    answer = ask(an_ask(), facts=DialFacts(history=NumberHistory(in_total=1, last_at=last_at, last_outcome=outcome)))
    assert (seconds * SECOND >= wait_ms * MS) == (not hasattr(answer, "code"))


@given(st.integers(0, 10), st.integers(0, 30), st.integers(0, 10**8))
def test_a_project_may_be_stricter_than_the_centre_and_never_laxer(per_day: int, in_total: int, interval_ms: int) -> None:
    own = ProjectOutbound(attempts=Attempts(per_day=per_day, in_total=in_total, interval_ms=interval_ms))
    centre = Attempts()
    for today in range(6):
        history = NumberHistory(today=today, in_total=today, last_at=Instant(FRIDAY_AT_TEN - 3_600 * SECOND))
        answer = ask(an_ask(), facts=DialFacts(history=history), centre=the_centre(outbound=own))
        if not hasattr(answer, "code"):
            assert today < min(per_day, centre.per_day)
            assert today < min(in_total, centre.in_total)
            assert max(interval_ms, centre.interval_ms) <= 3_600_000


# -- 9 ---------------------------------------------------------------------------------------------------------------------

money = st.integers(0, 60_000_000)


@given(purposes, money, money, money, st.sampled_from([BERLIN, MOBILE, "+33142685300"]))
def test_what_is_set_aside_never_passes_a_cap(purpose: DialPurpose, agent: int, client: int, centre: int, number: str) -> None:
    rules = OutboundRules(
        per_agent=Caps(cost_micros=20_000_000, calls=10),
        per_client=Caps(cost_micros=40_000_000, calls=10),
        in_all=Caps(cost_micros=50_000_000, calls=10),
    )
    facts = DialFacts(
        of_agent=Spending(cost_micros=agent), of_client=Spending(cost_micros=client), of_centre=Spending(cost_micros=centre)
    )
    answer = ask(an_ask(purpose), number, facts, replace(the_centre(), outbound=rules))
    left = min(20_000_000 - agent, 40_000_000 - client, 50_000_000 - centre)
    if hasattr(answer, "code"):
        assert refused(answer) is RefusalCode.COST_CAP_REACHED
        return
    given_permit = permitted(answer)
    assert given_permit.cost_limit_micros <= left
    minutes = -(-given_permit.max_duration_ms // 60_000)
    assert minutes * given_permit.rate_micros == given_permit.cost_limit_micros


def test_a_clients_own_caps_go_before_the_centres() -> None:
    centre = the_centre()
    client = replace(next(iter(centre.clients.values())), caps=Caps(cost_micros=0, calls=10))
    answer = ask(an_ask(), centre=replace(centre, clients={client.client_id: client}))
    assert refused(answer) is RefusalCode.COST_CAP_REACHED


@pytest.mark.parametrize("whose", ["of_agent", "of_client", "of_centre"])
def test_calls_a_day_are_capped(whose: str) -> None:
    facts = DialFacts(**{whose: Spending(calls=10**6)})
    assert refused(ask(an_ask(), facts=facts)) is RefusalCode.CALL_CAP_REACHED


@given(st.integers(0, 1_000_000), st.integers(0, 1_000_000))
def test_a_tasks_budget_is_a_cap_of_its_own(budget: int, spent: int) -> None:
    reference = Reference(kind=ReferenceKind.TASK, id="t1", budget_micros=budget)
    answer = ask(an_ask(reference=reference), facts=DialFacts(spent_on_reference_micros=spent))
    if budget - spent < 20_000:
        assert refused(answer) is RefusalCode.BUDGET_SPENT
    else:
        assert permitted(answer).cost_limit_micros <= budget - spent


@given(purposes, st.integers(0, 20))
def test_a_burst_is_braked(purpose: DialPurpose, calls: int) -> None:
    answer = ask(an_ask(purpose), facts=DialFacts(calls_of_agent_in_burst=calls))
    assert (calls < Brakes().burst_calls) == (not hasattr(answer, "code"))


@given(purposes, st.integers(0, 5), st.booleans())
def test_few_new_countries_a_day(purpose: DialPurpose, new: int, is_known: bool) -> None:
    facts = DialFacts(new_countries_today=new, countries=frozenset({"FR"} if is_known else ()))
    answer = ask(an_ask(purpose), "+33142685300", facts)
    assert (is_known or new < Brakes().new_countries_per_day) == (not hasattr(answer, "code"))
    permitted(ask(an_ask(purpose), BERLIN, facts))


@given(st.integers(0, 10))
def test_few_calls_at_night(calls: int) -> None:
    answer = ask(an_ask(DialPurpose.TRANSFER, at=local("2026-11-20 23:30")), facts=DialFacts(calls_of_agent_at_night=calls))
    assert (calls < Brakes().calls_at_night) == (not hasattr(answer, "code"))
    permitted(ask(an_ask(DialPurpose.TRANSFER), facts=DialFacts(calls_of_agent_at_night=calls)))


@pytest.mark.parametrize("purpose", [*CALLING, DialPurpose.CALLBACK])
def test_an_agent_has_one_call(purpose: DialPurpose) -> None:
    assert refused(ask(an_ask(purpose), facts=DialFacts(open_calls_of_agent=1))) is RefusalCode.IN_ANOTHER_CALL


# -- 10 --------------------------------------------------------------------------------------------------------------------


@given(st.sampled_from([*HANDING_ON, *CALLING, DialPurpose.CALLBACK]))
def test_without_an_agent_who_is_there_nobody_is_rung(purpose: DialPurpose) -> None:
    assert refused(ask(an_ask(purpose, holds_agent=False))) is RefusalCode.NO_AGENT_RESERVED
    assert refused(ask(an_ask(purpose, agent_id=None))) is RefusalCode.NO_AGENT_RESERVED
    assert refused(ask(an_ask(purpose, agent_id=AgentId("nobody")))) is RefusalCode.NO_SUCH_AGENT


@pytest.mark.parametrize("purpose", [*CALLING, DialPurpose.CALLBACK])
def test_the_agent_is_certified(purpose: DialPurpose) -> None:
    centre = the_centre()
    agent = replace(centre.agents[AgentId("anna")], certificates=frozenset())
    answer = ask(an_ask(purpose), centre=replace(centre, agents={agent.agent_id: agent}))
    assert refused(answer) is RefusalCode.AGENT_NOT_ELIGIBLE


# -- their order -----------------------------------------------------------------------------------------------------------


def test_the_first_broken_rule_is_told() -> None:
    """Everything is wrong at first; put right one by one, the codes come in the order of the rules."""
    rules = OutboundRules(per_agent=Caps(cost_micros=50_000_000, calls=0))
    asked = an_ask(DialPurpose.PREVIEW, reference=None, holds_agent=False, at=local("2026-11-22 12:00"))
    facts = replace(BAD, consent=None)
    centre = replace(the_centre(a_right(valid_until=Instant(1)), outbound=ADVERTISING), outbound=rules)
    number, seen = "0900 1234567", []

    def look() -> None:
        seen.append(refused(ask(asked, number, facts, centre)))

    look()
    facts = replace(facts, was_permitted=False)
    look()
    asked = replace(asked, reference=an_ask(DialPurpose.PREVIEW).reference)
    look()
    number = BERLIN
    look()
    centre = replace(the_centre(outbound=ADVERTISING), outbound=rules)
    look()
    facts = replace(facts, consent=CONSENT)
    look()
    facts = replace(facts, do_not_call=())
    look()
    asked = replace(asked, at=FRIDAY_AT_TEN)
    look()
    facts = replace(facts, history=NumberHistory())
    look()
    facts = replace(facts, of_agent=Spending(), of_client=Spending(), of_centre=Spending())
    look()
    centre = replace(centre, outbound=OutboundRules())
    look()
    facts = replace(facts, calls_of_agent_in_burst=0)
    look()
    facts = replace(facts, open_calls_of_agent=0)
    look()
    asked = replace(asked, holds_agent=True, leg_id=LegId("call-1.outside.2"))
    permitted(ask(asked, number, facts, centre))
    assert seen == [
        RefusalCode.ALREADY_DIALLED,
        RefusalCode.NO_REFERENCE,
        RefusalCode.NUMBER_CLASS_REFUSED,
        RefusalCode.NO_RIGHT_TO_SHOW,
        RefusalCode.NO_CONSENT,
        RefusalCode.ON_DO_NOT_CALL_LIST,
        RefusalCode.OUTSIDE_CALLING_HOURS,
        RefusalCode.CALLED_TOO_OFTEN,
        RefusalCode.COST_CAP_REACHED,
        RefusalCode.CALL_CAP_REACHED,
        RefusalCode.CALLS_TOO_FAST,
        RefusalCode.IN_ANOTHER_CALL,
        RefusalCode.NO_AGENT_RESERVED,
    ]
