"""Hand-made days with callers who are asked whether to be called back or hang up over a menu, and agents outside shifts."""

from dataclasses import replace

import pytest

from routing.announcements import Announcements
from routing.callback import CallbackRules
from routing.directory import CallerList, OutsideShift
from routing.overflow import OverflowReason, OverflowRule, OverflowTarget
from routing.whatif.demand import ANSWERED, Demand, Mark
from routing.whatif.figures import Tally
from routing.whatif.patience import Outlasted, Patience, Waits
from routing.whatif.play import Replay
from routing.whatif.promised import AGREES, DECLINES, IN_VAIN, NEVER, POSTPONED, REACHED
from telephony.agent.model import AgentRules
from telephony.demands import CallDemand
from telephony.identifiers import SECOND, AgentId, Instant, ProjectId
from tests.unit.routing.centre import T0, a_centre, a_project, an_agent, at

HOTLINE, SECOND_LINE, ANNA = ProjectId("hotline"), ProjectId("second"), AgentId("anna")
HOUR = 3_600
ASKS = (OverflowRule(reason=OverflowReason.WAITING_TIME, limit=5_000, target=OverflowTarget.CALLBACK),)
TERMS = CallbackRules(attempts=2, retry_ms=60_000, kept_ms=1_200_000)


def a_day(*comes_s: float, anna: list[tuple[float, float]], talk_s: float = 60, gives_up_s: float = 0, **mark: object) -> Demand:
    demand = Demand(T0, at(HOUR))
    for second in comes_s:
        demand.add(at(second), Mark(project_id=HOTLINE, did="+4930", **mark))  # type: ignore[arg-type]
    for _ in range(20):
        demand.waited(HOTLINE, round((gives_up_s or 1) * SECOND), gave_up=gives_up_s > 0)
        demand.worked(HOTLINE, ANNA, round(talk_s * SECOND), 0)
        demand.offered(ANNA, ANSWERED, 0)
    demand.duty = {ANNA: [(at(since), at(until)) for since, until in anna]}
    return demand


def says(day: Demand, answer: int, took_s: float, *, attempt: int = REACHED, bound_s: float = 0) -> Demand:
    """Everybody who is asked says that, and every attempt comes to that."""
    for _ in range(20):
        day.said(HOTLINE, (answer, 5 * SECOND, round(took_s * SECOND)))
        day.called_back(HOTLINE, attempt, round(bound_s * SECOND))
    return day


def played(day: Demand, **project: object) -> Tally:
    settings: dict[str, object] = {"overflow": ASKS, "callback": TERMS, "answers_early": True, **project}
    hotline, second = a_project("hotline", **settings), a_project("second", wait_limit_ms=40_000)
    centre = a_centre([hotline, second], [an_agent("anna", "hotline", "second")], caller_lists={"vip": VIP})
    return Replay(day, centre, AgentRules(), seed=1, threshold_ms=20_000).run()


VIP = CallerList(name="vip", priority_ms=20_000)


def test_who_agrees_keeps_the_place_whatever_their_patience_and_counts_apart() -> None:
    day = says(a_day(0, anna=[(600, HOUR)], gives_up_s=30), AGREES, 10, bound_s=15)
    counts = played(day).all
    assert (counts.offered, counts.callbacks, counts.reached) == (1, 1, 1)
    assert (counts.answered, counts.abandoned, counts.waited_us, counts.service_level) == (0, 0, 0, 0.0)


def test_no_agent_gets_a_caller_who_is_asked() -> None:
    day = says(a_day(0, anna=[(7, HOUR)]), DECLINES, 10)
    counts = played(day).all
    assert (counts.callbacks, counts.answered, counts.waited_us) == (0, 1, 15 * SECOND)


def test_the_place_is_that_of_the_waiting_time() -> None:
    day = says(a_day(0, 100, anna=[(600, HOUR)], talk_s=50), AGREES, 10)
    counts = played(day, overflow=(replace(ASKS[0], limit=90_000),)).all
    assert (counts.callbacks, counts.reached) == (2, 2)
    one = says(a_day(0, 596, anna=[(600, HOUR)], talk_s=50), AGREES, 10)
    counts = played(one).all
    assert (counts.reached, counts.answered, counts.waited_us) == (2, 0, 0)  # the second is asked while the first has Anna


@pytest.mark.parametrize("outcome", [IN_VAIN, POSTPONED, NEVER])
def test_an_attempt_in_vain_frees_the_agent_and_rests_the_place(outcome: int) -> None:
    day = says(a_day(0, anna=[(600, HOUR)], talk_s=10), AGREES, 10, attempt=outcome, bound_s=20)
    day.add(at(630), Mark(project_id=HOTLINE, did="+4930"))
    counts = played(day).all
    assert (counts.callbacks, counts.reached) == (1, 0)
    assert (counts.answered, counts.waited_us) == (1, 0)  # Anna is free again at 620, and nobody is called before 680


def test_an_unkept_promise_ends_with_its_time() -> None:
    day = says(a_day(0, anna=[(2_000, HOUR)]), AGREES, 10)
    assert (played(day).all.callbacks, played(day).all.reached) == (1, 0)


def test_a_menu_and_a_key_ask_as_well() -> None:
    chosen = says(a_day(0, anna=[(600, HOUR)], wants_callback=True), AGREES, 10)
    assert played(chosen, overflow=()).all.reached == 1
    by_key = says(a_day(0, anna=[(600, HOUR)]), AGREES, 10)
    for _ in range(20):
        by_key.pressed(HOTLINE, 3 * SECOND, has_pressed=True)
    assert played(by_key, overflow=()).all.callbacks == 0
    assert played(by_key, overflow=(), announcements=Announcements(first_after_ms=1_000, callback_key="5")).all.reached == 1


def test_whom_nobody_answers_early_cannot_be_asked() -> None:
    day = says(a_day(0, anna=[(600, HOUR)]), AGREES, 10)
    assert played(day, answers_early=False).all.answered == 1


def test_an_answer_that_took_long_stands_for_those_who_hung_up_over_it() -> None:
    waits = Waits()
    for second in range(100):
        waits.add(second * SECOND, gave_up=True)
    heard = [(AGREES, 0, 5 * SECOND)] * 19 + [(DECLINES, 0, 55 * SECOND)] * 9
    answers = Outlasted(heard, Patience(waits))
    declines = sum((answers.draw(n / 1_000) or (0, 0))[0] == DECLINES for n in range(1_000))
    assert declines / 1_000 == pytest.approx(0.5, abs=0.05)  # of 20 who would have held out 55 s, 9 did
    assert Outlasted([], Patience(waits)).draw(0.5) is None


# -- menus ---------------------------------------------------------------------------------------------------------------


def test_a_caller_who_hung_up_over_the_menu_would_have_chosen_later() -> None:
    day = a_day(anna=[(0, HOUR)])
    day.add(T0, Mark(project_id=HOTLINE, did="+4930"), at(2), is_left_in_menu=True)
    for took_s in (1, 8):
        for _ in range(10):
            day.chose(HOTLINE, took_s * SECOND)
    assert played(day).all.waited_us == 8 * SECOND


def test_a_limit_behind_an_overflow_counts_from_the_queue_on_as_the_service_has_it() -> None:
    day = a_day(anna=[(45, HOUR)])
    day.add(T0, Mark(project_id=HOTLINE, did="+4930"), at(10))
    sends = OverflowRule(reason=OverflowReason.QUEUE_LENGTH, limit=0, target=OverflowTarget.PROJECT, project_id=SECOND_LINE)
    counts = played(day, overflow=(sends,)).all
    assert (counts.answered, counts.elsewhere, counts.waited_us) == (1, 0, 45 * SECOND)


def test_priority_by_a_menu_adds_to_that_of_a_list() -> None:
    day = a_day(0, anna=[(60, HOUR)], talk_s=100)
    day.add(at(30), Mark(project_id=HOTLINE, did="+4930", caller_lists=("vip",), demand=CallDemand(priority_ms=15_000)))
    counts = played(day, overflow=()).all
    assert counts.waited_us == (60 - 30 + 160) * SECOND  # the later one goes first


# -- shifts --------------------------------------------------------------------------------------------------------------


def test_an_agent_outside_the_shift_is_kept_from_projects_that_mind() -> None:
    day = a_day(0, anna=[(0, HOUR)])
    day.outside[ANNA] = [(T0, frozenset({HOTLINE})), (Instant(at(30)), frozenset())]
    assert played(day, overflow=(), outside_shift=OutsideShift.REFUSE).all.waited_us == 30 * SECOND
    assert played(day, overflow=(), outside_shift=OutsideShift.ALLOW).all.waited_us == 0
