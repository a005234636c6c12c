"""What stands for those who were seen seldom: nothing that was seen is lost, and nothing counts twice."""

from statistics import fmean

import pytest

from routing.whatif.chance import Sample
from routing.whatif.demand import OF_PAIR, Demand
from routing.whatif.known import ENOUGH, drawn_from
from telephony.identifiers import SECOND, AgentId, ProjectId
from tests.unit.routing.centre import T0, at

HOTLINE, SHOP = ProjectId("hotline"), ProjectId("shop")
TALKS_S = {"anna": [60] * 20, "ben": [90] * 12, "carla": [400] * 5, "dora": [300] * 4}
"""Who talks long has few calls of a day."""
CHANCES = [(n + 0.5) / 1_000 for n in range(1_000)]


def a_day() -> Demand:
    demand = Demand(T0, at(3_600))
    for agent, talks in TALKS_S.items():
        for talk_s in talks:
            demand.worked(HOTLINE, AgentId(agent), talk_s * SECOND, 0)
    return demand


def mean_s(demand: Demand, agent: str, project: ProjectId = HOTLINE) -> float:
    work = demand.work_done()
    return fmean(work.draw(project, AgentId(agent), chance)[0] for chance in CHANCES) / SECOND


def test_a_day_played_again_with_the_same_calls_takes_as_long_as_it_took() -> None:
    demand = a_day()
    took = sum(sum(talks) for talks in TALKS_S.values())
    drawn = sum(len(talks) * mean_s(demand, agent) for agent, talks in TALKS_S.items())
    assert drawn == pytest.approx(took, rel=0.002)


def test_who_was_seen_often_is_told_alone_and_the_others_together() -> None:
    demand = a_day()
    assert (mean_s(demand, "anna"), mean_s(demand, "ben")) == (60, 90)
    assert mean_s(demand, "carla") == mean_s(demand, "dora") == pytest.approx((5 * 400 + 4 * 300) / 9, rel=0.002)


def test_who_was_never_seen_in_a_project_is_like_all_of_it_and_a_new_project_like_all() -> None:
    demand = a_day()
    of_all = fmean(talk for talks in TALKS_S.values() for talk in talks)
    assert mean_s(demand, "emil") == pytest.approx(of_all, rel=0.005)
    assert mean_s(demand, "anna", SHOP) == pytest.approx(of_all, rel=0.005)
    assert Demand(T0, at(1)).work_done().draw(HOTLINE, AgentId("anna"), 0.5) == (0, 0)


def test_too_few_together_are_left_out() -> None:
    seldom = Sample(OF_PAIR)
    for n in range(ENOUGH - 1):
        seldom.add((n, 0))
    assert drawn_from({AgentId("anna"): seldom}) == {}
