"""The order of a list's leads: promises first, nobody at a wrong time or too often, and whoever is put off comes back later."""

from datetime import time

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.hours import OpeningHours, Window
from routing.outbound.facts import NumberHistory, Outcome
from routing.outbound.for_the_called import next_attempt_at
from routing.outbound.lead import GIVEN_OUT, NEVER, LeadNow, LeadState, NumberNow
from routing.outbound.order import Among, First, OrderPolicy, Terms, is_due, number_to_try, order_key, pick
from routing.outbound.rules import Attempts
from routing.outbound.settling import Settled, Verdict, after
from routing.outbound.windows import is_day_of_rest, is_open_at, may_be_rung
from telephony.identifiers import SECOND, AgentId, Instant, after_ms

ANNA, BEN = AgentId("anna"), AgentId("ben")
MONDAY = 1_763_938_800 * SECOND
"""00:00 in Berlin on 24 November 2025."""
HOUR_MS = 3_600_000


def daytime(opens: int, closes: int, days: range) -> OpeningHours:
    return OpeningHours(week=dict.fromkeys(days, (Window(opens=time(opens), closes=time(closes)),)))


instants = st.integers(0, 14 * 24 * 60).map(lambda minute: Instant(MONDAY + minute * 60 * SECOND))
outcomes = st.sampled_from([Outcome.ANSWERED, Outcome.BUSY, Outcome.NO_ANSWER, Outcome.FAILED])


@st.composite
def numbers(draw: st.DrawFn) -> NumberNow:
    count = draw(st.integers(0, 13))
    last = draw(instants) if count else None
    return NumberNow(
        number_class="landline",
        country="DE",
        zones=draw(st.sampled_from([(), ("America/New_York",), ("Europe/Vienna", "Europe/Berlin")])),
        regions=draw(st.sampled_from([(), ("BY",), ("BE", "BB")])),
        tries=draw(st.integers(0, 3)),
        is_dead=draw(st.booleans()),
        is_barred=draw(st.booleans()),
        history=NumberHistory(
            today=draw(st.integers(0, min(count, 4))),
            in_total=count,
            last_at=last,
            last_outcome=draw(outcomes) if count else None,
        ),
    )


@st.composite
def leads(draw: st.DrawFn) -> list[LeadNow]:
    ids = draw(st.lists(st.integers(1, 2**26), min_size=1, max_size=12, unique=True))
    return [
        LeadNow(
            lead_id=each,
            state=draw(st.sampled_from(list(LeadState))),
            next_at=draw(st.one_of(st.just(Instant(0)), instants)),
            numbers=tuple(draw(st.lists(numbers(), min_size=1, max_size=3))),
            promised_agent=draw(st.sampled_from([None, ANNA, BEN])),
            last_outcome=draw(st.sampled_from([None, *Outcome])),
            zone=draw(st.sampled_from([None, "Asia/Tokyo"])),
        )
        for each in ids
    ]


policies = st.builds(OrderPolicy, first=st.sampled_from(list(First)), among=st.sampled_from(list(Among)))
terms = st.builds(
    Terms,
    zone=st.just("Europe/Berlin"),
    project_hours=st.sampled_from([None, daytime(10, 18, range(5))]),
    callee_hours=st.sampled_from([daytime(9, 20, range(6)), daytime(8, 21, range(7))]),
    rests=st.booleans(),
    attempts=st.builds(Attempts, per_day=st.integers(1, 3), in_total=st.integers(1, 12)),
)


def may_be_tried(lead: LeadNow, number: NumberNow, rules: Terms, at: Instant) -> bool:
    """Said once more, the long way."""
    history, limits, promised = number.history, rules.attempts, lead.promised_for is not None
    zones = (lead.zone,) if lead.zone else number.zones or (rules.zone,)
    again_at = next_attempt_at(limits, history.last_at, history.last_outcome)
    return all(
        (
            not number.is_dead,
            not number.is_barred,
            is_open_at(rules.project_hours, at),
            may_be_rung(rules.callee_hours, at, zones),
            not (rules.rests and is_day_of_rest(at, zones, "DE", number.regions)),
            history.today < limits.per_day,
            promised or history.in_total < limits.in_total,
            promised or again_at is None or again_at <= at,
        )
    )


@settings(max_examples=150, deadline=None)
@given(leads(), policies, terms, instants)
def test_the_lead_picked_is_the_first_by_the_order_of_all_that_may_be_called_now(
    some: list[LeadNow], policy: OrderPolicy, rules: Terms, at: Instant
) -> None:
    found, put_off = pick(some, policy, rules, at, ANNA)
    allowed = [
        lead
        for lead in some
        if is_due(policy, lead, at, ANNA) and any(may_be_tried(lead, number, rules, at) for number in lead.numbers)
    ]
    wanted = min(allowed, key=lambda lead: order_key(policy, lead, ANNA), default=None)
    assert (found.lead_id if found else None) == (wanted.lead_id if wanted else None)
    if found is not None and wanted is not None:
        chosen = wanted.numbers[found.number_place]
        assert may_be_tried(wanted, chosen, rules, at)
        ready = [number.tries for number in wanted.numbers if may_be_tried(wanted, number, rules, at)]
        assert chosen.tries == min(ready)
    assert pick(list(reversed(some)), policy, rules, at, ANNA) == (found, put_off)


@settings(max_examples=120, deadline=None)
@given(leads(), policies, terms, instants)
def test_who_is_put_off_comes_later_or_never_and_not_before_anything_could_have_changed(
    some: list[LeadNow], policy: OrderPolicy, rules: Terms, at: Instant
) -> None:
    _, put_off = pick(some, policy, rules, at, ANNA)
    for each in put_off:
        assert each.next_at > at
        assert (each.next_at == NEVER) is (each.state is not None)
        assert each.state not in GIVEN_OUT


@settings(max_examples=120, deadline=None)
@given(leads(), policies, terms, instants)
def test_a_promise_due_for_this_agent_is_never_passed_over(
    some: list[LeadNow], policy: OrderPolicy, rules: Terms, at: Instant
) -> None:
    found, _ = pick(some, policy, rules, at, ANNA)
    owed = [
        lead
        for lead in some
        if lead.state is LeadState.PROMISED
        and lead.promised_agent == ANNA
        and lead.next_at <= at
        and any(may_be_tried(lead, number, rules, at) for number in lead.numbers)
    ]
    assert not owed or (found is not None and found.lead_id in {lead.lead_id for lead in owed})


@settings(max_examples=100, deadline=None)
@given(leads(), policies, instants)
def test_a_promise_of_a_colleague_waits_for_them_and_then_is_everybodys(
    some: list[LeadNow], policy: OrderPolicy, at: Instant
) -> None:
    for lead in some:
        if lead.state is LeadState.PROMISED and lead.promised_agent == BEN:
            over_at = after_ms(lead.next_at, policy.promise_waits_ms)
            assert is_due(policy, lead, at, ANNA) is (at >= over_at)
            assert is_due(policy, lead, at, BEN) is (at >= lead.next_at)


@settings(max_examples=100, deadline=None)
@given(leads(), policies, st.lists(outcomes, min_size=30, max_size=30), instants)
def test_a_lead_that_is_never_reached_is_given_up_after_a_bounded_number_of_tries(
    some: list[LeadNow], policy: OrderPolicy, ended: list[Outcome], at: Instant
) -> None:
    lead = next((each for each in some if each.state in GIVEN_OUT), None)
    if lead is None:
        return
    for outcome in ended:
        place = min(range(len(lead.numbers)), key=lambda each: lead.numbers[each].tries)  # type: ignore[union-attr]
        before = lead
        lead = after(policy, lead, Settled(at=at, verdict=Verdict.RETRY, number_place=place, outcome=outcome))
        assert lead.tries == before.tries + 1
        if lead.state not in GIVEN_OUT:
            break
        assert lead.next_at > at
        at = lead.next_at
    assert lead.state is LeadState.EXHAUSTED
    assert lead.tries <= max(rule.most for rule in policy.retries.values())


@settings(max_examples=100, deadline=None)
@given(leads(), policies, instants)
def test_what_a_person_or_the_network_closed_is_never_given_out_again(
    some: list[LeadNow], policy: OrderPolicy, at: Instant
) -> None:
    for lead in some:
        for verdict, outcome in (
            (Verdict.DONE, Outcome.ANSWERED),
            (Verdict.DO_NOT_CALL, Outcome.ANSWERED),
            (Verdict.RETRY, Outcome.UNCLEAR),
        ):
            closed = after(policy, lead, Settled(at=at, verdict=verdict, number_place=0, outcome=outcome))
            assert closed.next_at == NEVER
            assert not is_due(policy, closed, Instant(2**61), ANNA)


def test_a_night_puts_a_lead_off_to_the_morning_of_its_own_clock() -> None:
    rules = Terms(
        zone="Europe/Berlin",
        project_hours=None,
        callee_hours=daytime(9, 20, range(6)),
        rests=True,
        attempts=Attempts(),
    )
    saturday_evening = Instant(MONDAY + (5 * 24 + 21) * 3_600 * SECOND)
    berlin = LeadNow(
        lead_id=1, state=LeadState.FRESH, next_at=Instant(0), numbers=(NumberNow(number_class="landline", country="DE"),)
    )
    found = number_to_try(berlin, rules, saturday_evening)
    assert not isinstance(found, int)
    assert found.next_at == MONDAY + (7 * 24 + 9) * 3_600 * SECOND
