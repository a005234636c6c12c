"""A hand-made day, played under rules whose outcome can be worked out."""

import pytest

from routing.hours import OpeningHours
from routing.overflow import OverflowReason, OverflowRule, OverflowTarget
from routing.whatif.demand import ANSWERED, Demand, Mark
from routing.whatif.figures import compare, deviations, estimate
from routing.whatif.play import Replay
from routing.whatif.roster import without_hours
from telephony.agent.model import AgentRules
from telephony.demands import CallDemand, RelaxationStep, SkillNeed
from telephony.identifiers import SECOND, AgentId, ProjectId
from tests.unit.routing.centre import T0, a_centre, a_project, an_agent, at

HOTLINE, ANNA, BEN = ProjectId("hotline"), AgentId("anna"), AgentId("ben")
HOUR = 3_600


def a_day(
    comes_s: list[float], *, agents: dict[AgentId, list[tuple[float, float]]], talk_s: float = 60, gives_up_s: float = 0
) -> Demand:
    """Callers of the hotline, everybody answered at once, talks of one length; nobody gives up unless said."""
    demand = Demand(T0, at(HOUR))
    for second in comes_s:
        demand.add(at(second), Mark(project_id=HOTLINE, did="+4930"))
    for _ in range(20):
        demand.waited(HOTLINE, round((gives_up_s or 1) * SECOND), gave_up=gives_up_s > 0)
        demand.worked(HOTLINE, ANNA, round(talk_s * SECOND), 0)
        demand.offered(ANNA, ANSWERED, 0)
    demand.duty = {agent: [(at(since), at(until)) for since, until in spells] for agent, spells in agents.items()}
    return demand


def played(day: Demand, /, *agents: object, seed: int = 1, **project: object):  # type: ignore[no-untyped-def]
    centre = a_centre([a_project("hotline", **project)], agents or [an_agent("anna", "hotline"), an_agent("ben", "hotline")])  # type: ignore[arg-type]
    return Replay(day, centre, AgentRules(), seed=seed, threshold_ms=20_000).run()


def test_one_agent_serves_one_caller_after_the_other() -> None:
    tally = played(a_day([0, 10, 20], agents={ANNA: [(0, HOUR)]}))
    assert (tally.all.answered, tally.all.in_time) == (3, 1)
    assert tally.all.waited_us == (0 + 50 + 100) * SECOND
    assert tally.figures()["occupancy_pct"] == pytest.approx(100 * 180 / HOUR)


def test_a_second_agent_takes_the_second_caller_at_once() -> None:
    tally = played(a_day([0, 10, 20], agents={ANNA: [(0, HOUR)], BEN: [(0, HOUR)]}))
    assert tally.all.waited_us == 40 * SECOND


def test_callers_give_up_by_their_patience() -> None:
    tally = played(a_day([0, 10, 20], agents={ANNA: [(0, HOUR)]}, talk_s=600, gives_up_s=30))
    assert (tally.all.answered, tally.all.abandoned) == (1, 2)
    assert tally.figures()["abandonment_pct"] == pytest.approx(200 / 3)


def test_a_pause_that_comes_during_a_call_begins_after_it_and_lasts_as_long() -> None:
    day = a_day([50, 115], agents={ANNA: [(0, 60), (120, HOUR)]}, talk_s=60)
    tally = played(day)
    assert tally.all.waited_us == (110 + 60 - 115) * SECOND  # free at 110, a pause of a minute, back at 170


def test_a_missed_offer_rests_the_agent_and_keeps_the_callers_place() -> None:
    day = a_day([0], agents={ANNA: [(0, HOUR)]})
    day.offers.clear()
    for _ in range(20):
        day.offered(ANNA, 1, 5 * SECOND)
    day.waits.clear()
    for _ in range(20):
        day.waited(HOTLINE, 60 * SECOND, gave_up=True)
    tally = played(day)
    assert (tally.all.answered, tally.all.abandoned) == (0, 1)


def test_who_missed_an_offer_rests_before_the_next_one() -> None:
    day = a_day([0, 6.5], agents={ANNA: [(0, HOUR)], BEN: [(0, HOUR)]}, talk_s=1)
    day.offers.clear()
    for _ in range(20):
        day.offered(ANNA, 1, 5 * SECOND)
        day.offered(BEN, ANSWERED, 0)
    tally = played(day)
    assert tally.all.waited_us == 5 * SECOND  # the second caller goes to Ben at once: Anna rests ten seconds


def test_nobody_without_the_certificate_is_given_a_call() -> None:
    day = a_day([0], agents={ANNA: [(0, HOUR)], BEN: [(0, HOUR)]}, gives_up_s=30)
    assert played(day, an_agent("anna"), an_agent("ben")).all.abandoned == 1


def test_a_required_skill_is_waited_for_until_it_is_relaxed() -> None:
    day = a_day([0], agents={ANNA: [(0, HOUR)]})
    needs = CallDemand(skills=(SkillNeed(skill="tax"),))
    step = RelaxationStep(after_ms=15_000, drop=("tax",))
    assert played(day, an_agent("anna", "hotline"), demand=needs, relaxation=(step,)).all.waited_us == 15 * SECOND
    assert played(day, an_agent("anna", "hotline", skills={"tax": 1}), demand=needs).all.waited_us == 0


def test_limits_and_overflow_send_callers_elsewhere() -> None:
    day = a_day([0, 1, 2, 3], agents={ANNA: [(0, HOUR)]}, talk_s=600)
    assert played(day, wait_limit_ms=30_000).all.elsewhere == 3
    full = OverflowRule(reason=OverflowReason.QUEUE_LENGTH, limit=1, target=OverflowTarget.MACHINE)
    tally = played(day, overflow=(full,))
    assert (tally.all.answered, tally.all.elsewhere) == (2, 2)


def test_weights_move_the_shares() -> None:
    agents = [an_agent("anna", "hotline", level=1), an_agent("ben", "hotline", level=3)]
    day = a_day([10 * n for n in range(300)], agents={ANNA: [(0, HOUR)], BEN: [(0, HOUR)]}, talk_s=5)
    even, steep = played(day, *agents, weights=(1.0, 1.0, 1.0)), played(day, *agents, weights=(1.0, 2.0, 9.0))
    assert even.calls == [150, 0, 150]
    assert steep.calls == [30, 0, 270]


def test_the_same_seed_plays_the_same_and_another_one_another() -> None:
    day = a_day([7.0 * n for n in range(400)], agents={ANNA: [(0, HOUR)], BEN: [(0, HOUR)]}, talk_s=10, gives_up_s=40)
    for n in range(30):
        day.worked(HOTLINE, ANNA, n * SECOND, 0)
    assert played(day, seed=3).figures() == played(day, seed=3).figures()
    assert played(day, seed=3).figures() != played(day, seed=4).figures()


def test_a_new_agent_has_no_hours_until_somebody_elses_are_given() -> None:
    day = a_day([0], agents={ANNA: [(0, HOUR)]})
    centre = a_centre([a_project("hotline")], [an_agent("dora", "hotline")])
    assert list(without_hours(centre, day)) == ["dora"]
    alone = Replay(day, centre, AgentRules(), seed=1, threshold_ms=20_000).run()
    assert alone.all.answered == 0
    like = Replay(day, centre, AgentRules(), seed=1, threshold_ms=20_000, works_like={AgentId("dora"): ANNA}).run()
    assert like.all.answered == 1


def test_who_was_turned_away_outside_the_hours_is_not_counted_as_offered() -> None:
    day = a_day([0], agents={ANNA: [(0, HOUR)]})
    day.add(at(5), Mark(project_id=HOTLINE, was_closed=True))
    assert played(day).all.offered == 2  # a project that is always open now takes them
    never = OpeningHours(zone="Europe/Berlin", week={})
    closed = played(day, hours=never)
    assert (closed.all.offered, closed.turned_away) == (0, 2)


def test_the_interval_of_a_mean_is_students() -> None:
    found = estimate([1.0, 2.0, 3.0])
    assert found.mean == 2.0
    assert found.to_side == pytest.approx(4.303 / 3**0.5, rel=1e-3)
    assert not estimate([0.0, 0.0]).is_clear
    assert estimate([1.0, 1.1]).is_clear


def test_a_replay_that_is_not_the_day_is_told() -> None:
    busy = played(a_day([0, 1, 2], agents={ANNA: [(0, HOUR)]}, talk_s=300))
    idle = played(a_day([0, 1, 2], agents={ANNA: [(0, HOUR)]}, talk_s=1))
    rows = compare(busy, [idle, idle], [idle, idle])
    assert "asa_s" in {row.name for row in deviations(rows, 3)}
    assert deviations(compare(busy, [busy, busy], [idle, idle]), 3) == []
