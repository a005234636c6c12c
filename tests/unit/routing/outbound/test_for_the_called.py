"""The rules that protect the called party, one by one: number, consent, lists, hours, attempts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.outbound.asking import Callee, DialPurpose, Permit, Reference, ReferenceKind, WorkKind
from routing.outbound.facts import (
    ConsentBasis,
    ConsentProof,
    Covers,
    DialFacts,
    DoNotCall,
    ListOwner,
    NumberHistory,
    Outcome,
)
from routing.outbound.lead import LeadNow, LeadState, NumberNow
from routing.outbound.order import Terms, number_to_try
from routing.outbound.rules import Attempts, OutboundRules, ProjectOutbound
from telephony.errors import RefusalCode
from telephony.identifiers import MS, SECOND, Instant, ProjectId, after_ms
from tests.unit.routing.outbound.asks import (
    ADVERTISING,
    ALL,
    BERLIN,
    CALLING,
    CONSENT,
    FRIDAY_AT_TEN,
    HANDING_ON,
    MOBILE,
    an_ask,
    ask,
    local,
    permitted,
    refused,
    the_centre,
)

purposes = st.sampled_from(ALL)


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


def test_no_sunday_is_made_a_working_day_for_advertising_by_the_settings() -> None:
    rules = OutboundRules(advertising_hours=replace(OutboundRules().advertising_hours, week=OutboundRules().service_hours.week))
    centre = replace(the_centre(outbound=ADVERTISING), outbound=rules)
    asked = an_ask(DialPurpose.PREVIEW, at=local("2026-11-22 12:00"))
    assert refused(ask(asked, facts=DialFacts(consent=CONSENT), centre=centre)) is RefusalCode.OUTSIDE_CALLING_HOURS


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


@given(
    st.sampled_from([*Outcome]),
    st.sampled_from([*Outcome]),
    st.sampled_from([LeadState.RETRY, LeadState.PROMISED]),
    st.integers(0, 6 * 3_600),
    st.tuples(st.integers(1, 3), st.integers(0, 14)),
)
def test_a_lead_that_is_given_out_may_be_called_and_one_that_is_not_may_not(
    lately: Outcome, of_lead: Outcome, state: LeadState, seconds: int, tries: tuple[int, int]
) -> None:
    today, before = tries
    last_at = Instant(FRIDAY_AT_TEN - seconds * SECOND)
    history = NumberHistory(today=today, in_total=today + before, last_at=last_at, last_outcome=lately)
    number = NumberNow(number_class="landline", country="DE", history=history)
    lead = LeadNow(lead_id=1, state=state, next_at=last_at, numbers=(number,), last_outcome=of_lead)
    rules = OutboundRules()
    terms = Terms(zone=rules.zone, project_hours=None, callee_hours=rules.service_hours, rests=False, attempts=rules.attempts)
    is_given = isinstance(number_to_try(lead, terms, FRIDAY_AT_TEN), int)
    rests_on = Reference(kind=ReferenceKind.LEAD, id="1", promised_for=lead.promised_for)
    answer = ask(an_ask(DialPurpose.PREVIEW, reference=rests_on), facts=DialFacts(history=history))
    assert isinstance(answer, Permit) is is_given
