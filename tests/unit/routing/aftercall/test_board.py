"""The campaign board against hand-made days."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from routing.aftercall.board import (
    COLUMNS,
    Attempt,
    OrderCount,
    Tally,
    against,
    by_agent,
    by_list,
    forecast,
    penetration_permille,
    row_of,
    tallied,
)
from routing.outbound.facts import Outcome
from routing.outbound.lead import LeadState
from routing.outbound.verdicts import Targets
from telephony.identifiers import AgentId, Instant


def an_attempt(lead: int, agent: str = "anna", of: str = "spring", **changes: object) -> Attempt:
    made = Attempt(
        list_id=of,
        agent_id=AgentId(agent),
        lead_id=lead,
        at=Instant(lead),
        outcome=Outcome.ANSWERED,
        ring_ms=10_000,
        talk_ms=60_000,
        wrap_up_ms=20_000,
        is_reached=True,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


DAY = [
    an_attempt(1, is_success=True),
    an_attempt(2, outcome=Outcome.BUSY, talk_ms=0, wrap_up_ms=0, is_reached=False),
    an_attempt(2),
    an_attempt(3, "ben", is_reached=False),
    an_attempt(4, "ben", "summer"),
]
ORDERS = [
    OrderCount(list_id="spring", agent_id=AgentId("anna"), booked=4, effective=2, cancelled=1, expired=1),
    OrderCount(list_id="summer", agent_id=AgentId("ben"), booked=1, effective=1),
]


def test_a_lead_counts_once_however_often_it_is_called() -> None:
    tally = tallied(DAY, ORDERS)
    assert (tally.calls, tally.answered, len(tally.leads), len(tally.reached)) == (5, 4, 4, 3)
    assert (tally.reach_permille, tally.success_permille, tally.cancellation_permille) == (750, 333, 200)
    assert tally.work_ms == 4 * 90_000 + 10_000
    assert tally.calls_per_hour == 5 * 3_600_000 / tally.work_ms
    assert tally.ms_per_lead == tally.work_ms // 4


def test_the_board_is_told_by_agent_and_by_list() -> None:
    assert list(by_agent(DAY, ORDERS)) == ["anna", "ben"]
    assert by_agent(DAY, ORDERS)[AgentId("anna")].cancellation_permille == 250
    assert [len(each.leads) for each in by_list(DAY, ORDERS).values()] == [3, 1]


def test_nothing_is_told_of_nothing() -> None:
    nothing = tallied([])
    assert (nothing.reach_permille, nothing.calls_per_hour, nothing.ms_per_lead) == (None, None, None)
    assert set(row_of("x", nothing)) == set(COLUMNS)
    assert row_of("x", nothing)["reach_permille"] == ""


def test_cancellations_stay_below_their_target_and_all_else_above() -> None:
    targets = Targets(reach_permille=700, success_permille=500, cancellation_permille=200)
    told = {name: each.is_met for name, each in against(tallied(DAY, ORDERS), targets).items()}
    assert told == {"reach_permille": True, "success_permille": False, "cancellation_permille": True, "successes_per_hour": None}


def test_the_penetration_leaves_out_who_was_erased() -> None:
    assert penetration_permille({LeadState.FRESH: 5, LeadState.DONE: 5, LeadState.ERASED: 90}, 5) == 500
    assert penetration_permille({}, 0) is None


def test_the_forecast_goes_on_as_it_went() -> None:
    tally = Tally(calls=200, work_ms=200 * 60_000, successes=frozenset(range(10)))
    told = forecast({LeadState.FRESH: 50, LeadState.DONE: 90, LeadState.EXHAUSTED: 10}, tally)
    assert told is not None
    assert (told.open_leads, told.calls_left, told.work_left_ms, told.successes_to_come) == (50, 100, 100 * 60_000, 5)
    assert forecast({LeadState.FRESH: 50}, tally) is None
    over = forecast({LeadState.DONE: 90}, tally)
    assert over is not None
    assert (over.open_leads, over.calls_left, over.work_left_ms) == (0, 0, 0)


ATTEMPTS = st.builds(
    an_attempt,
    st.integers(1, 20),
    st.sampled_from(["anna", "ben", "carla"]),
    st.sampled_from(["spring", "summer"]),
    talk_ms=st.integers(0, 10**6),
)


@given(st.lists(ATTEMPTS, max_size=60), st.randoms(use_true_random=False))
def test_parts_add_up_to_the_whole_in_any_order(attempts: list[Attempt], dice: object) -> None:
    whole = tallied(attempts)
    for parts in (by_agent(attempts), by_list(attempts)):
        assert sum(each.calls for each in parts.values()) == whole.calls
        assert sum(each.work_ms for each in parts.values()) == whole.work_ms
        assert frozenset().union(*(each.leads for each in parts.values())) == whole.leads
    shuffled = list(attempts)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert tallied(shuffled) == whole
