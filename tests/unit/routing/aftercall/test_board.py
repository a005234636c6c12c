"""The campaign board against hand-made days."""

from hypothesis import given
from hypothesis import strategies as st

from routing.aftercall.board import (
    COLUMNS,
    OrderCount,
    Tally,
    against,
    codes_meant,
    forecast,
    penetration_permille,
    row_of,
    with_orders,
)
from routing.outbound.lead import LeadState
from routing.outbound.verdicts import CodeRule, Targets, Verdict
from telephony.identifiers import AgentId, WrapUpCode

ORDERS = [
    OrderCount(list_id="spring", agent_id=AgentId("anna"), booked=4, effective=2, cancelled=1, expired=1),
    OrderCount(list_id="spring", agent_id=AgentId("ben"), booked=1, effective=1),
]
DAY = with_orders(
    Tally(calls=5, answered=4, machines=1, leads=4, reached=3, successes=1, work_ms=370_000, talk_ms=240_000), ORDERS
)


def test_rates_are_shares_of_leads_and_of_the_time_that_calls_took() -> None:
    assert (DAY.reach_permille, DAY.success_permille, DAY.cancellation_permille) == (750, 333, 200)
    assert (DAY.machine_permille, Tally().machine_permille) == (200, None)
    assert (DAY.booked, DAY.effective, DAY.cancelled, DAY.expired) == (5, 3, 1, 1)
    assert DAY.calls_per_hour == 5 * 3_600_000 / 370_000
    assert DAY.successes_per_hour == 3_600_000 / 370_000
    assert DAY.ms_per_lead == 370_000 // 4


def test_nothing_is_told_of_nothing() -> None:
    nothing = Tally()
    assert (nothing.reach_permille, nothing.calls_per_hour, nothing.ms_per_lead) == (None, None, None)
    assert set(row_of("x", nothing)) == set(COLUMNS)
    assert row_of("x", nothing)["reach_permille"] == ""


def test_what_codes_mean_is_said_by_their_rules() -> None:
    sold = CodeRule(code=WrapUpCode("sold"), verdict=Verdict.DONE, is_success=True)
    mailbox = CodeRule(code=WrapUpCode("mailbox"), verdict=Verdict.RETRY, is_reached=False)
    meant = codes_meant([sold, mailbox, CodeRule(code=WrapUpCode("no"), verdict=Verdict.DONE)])
    assert (meant.successes, meant.not_reached) == ({"sold"}, {"mailbox"})


def test_cancellations_stay_below_their_target_and_all_else_above() -> None:
    targets = Targets(reach_permille=700, success_permille=500, cancellation_permille=200)
    told = {name: each.is_met for name, each in against(DAY, targets).items()}
    assert told == {"reach_permille": True, "success_permille": False, "cancellation_permille": True, "successes_per_hour": None}


def test_the_penetration_leaves_out_who_was_erased() -> None:
    assert penetration_permille({LeadState.FRESH: 5, LeadState.DONE: 5, LeadState.ERASED: 90}, 5) == 500
    assert penetration_permille({}, 0) is None


def test_the_forecast_goes_on_as_it_went() -> None:
    tally = Tally(calls=200, work_ms=200 * 60_000, successes=10)
    told = forecast({LeadState.FRESH: 50, LeadState.DONE: 90, LeadState.EXHAUSTED: 10}, tally)
    assert told is not None
    assert (told.open_leads, told.calls_left, told.work_left_ms, told.successes_to_come) == (50, 100, 100 * 60_000, 5)
    assert forecast({LeadState.FRESH: 50}, tally) is None
    over = forecast({LeadState.DONE: 90}, tally)
    assert over is not None
    assert (over.open_leads, over.calls_left, over.work_left_ms) == (0, 0, 0)


@given(st.dictionaries(st.sampled_from(list(LeadState)), st.integers(0, 10**6)), st.integers(0, 10**6), st.integers(0, 10**9))
def test_a_forecast_never_asks_for_fewer_calls_than_there_are_leads(
    by_state: dict[LeadState, int], calls: int, work_ms: int
) -> None:
    told = forecast(by_state, Tally(calls=calls, work_ms=work_ms))
    if told is not None:
        assert told.calls_left >= told.open_leads
        assert (told.calls_left == 0) is (told.open_leads == 0)
