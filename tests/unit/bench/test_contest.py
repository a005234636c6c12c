"""The rules that ours is compared with do what their documentation says, on a day small enough to follow by hand."""

import math

import pytest

from bench import report
from bench.contest import bounds
from bench.contest.asterisk import Penalties, WeightedRandom
from bench.contest.day import HALF_HOUR, HOUR, SECOND, Day, recorded_like
from bench.contest.freeswitch import Tiers
from bench.contest.ours import FairShare
from bench.contest.play import Played, Rule, error, play, shares
from bench.contest.queues import LongestIdle, Queues
from bench.contest.vicidial import GradeRandom, LongestWaitTime, Rank
from fernamt import pictures

PATIENT = 24 * HOUR


def a_day(levels: tuple[int, ...], arrives_s: tuple[float, ...], *, work_s: float = 100.0, duty_s: float = 7_200.0) -> Day:
    """One project; everybody certified and on duty from the beginning on."""
    count = len(arrives_s)
    return Day(
        seed=1,
        projects=1,
        levels=levels,
        certificates=((0,),) * len(levels),
        duty=(((0, round(duty_s * SECOND)),),) * len(levels),
        arrives=tuple(round(at * SECOND) for at in arrives_s),
        project=(0,) * count,
        work=(round(work_s * SECOND),) * count,
        patience=(PATIENT,) * count,
    )


def by_level(day: Day, rule: Rule) -> tuple[int, ...]:
    played = play(day, rule)
    return tuple(sum(row[n] for row in played.calls) for n in range(3))


QUIET = tuple(200.0 * n + 10 for n in range(30))


@pytest.mark.parametrize("rule", [Penalties, Rank, lambda day: Tiers(day, rules_apply=False)])
def test_a_hard_order_of_levels_gives_a_quiet_day_to_the_highest(rule: type[Queues]) -> None:
    day = a_day((1, 2, 3), QUIET)
    assert by_level(day, rule(day)) == (0, 0, 30)


def test_a_lower_level_is_asked_at_once_when_the_higher_ones_talk() -> None:
    day = a_day((1, 2, 3), (10, 11, 12, 13))
    played = play(day, Penalties(day))
    assert [sum(row[n] for row in played.calls) for n in range(3)] == [1, 1, 2]
    assert played.waited_s == pytest.approx(97.0)  # the fourth alone waits, for the first end


def test_a_queue_rule_keeps_a_caller_from_lower_levels_until_its_time() -> None:
    day = a_day((1, 2, 3), (10, 11, 12, 13))
    played = play(day, Penalties(day, penalty_changes_s=(10, 20)))
    assert played.waited_s == pytest.approx(10 + 20 + 97)
    assert by_level(day, Penalties(day, penalty_changes_s=(10, 20))) == (1, 1, 2)


def test_with_few_members_no_penalty_is_weighed() -> None:
    day = a_day((1, 2, 3), QUIET)
    assert by_level(day, Penalties(day, members_limit=3)) == (10, 10, 10)


def test_round_robin_remembers_where_it_left_off() -> None:
    day = a_day((3, 3, 3, 3), QUIET[:8])
    rule = Penalties(day, strategy="rrmemory")
    turns: list[int] = []
    took = rule.took
    rule.took = lambda project, agent: (turns.append(agent), took(project, agent))[1]  # type: ignore[method-assign]
    play(day, rule)
    assert turns == [0, 1, 2, 3, 0, 1, 2, 3]


def test_tiers_open_one_after_the_other_and_those_without_anybody_are_skipped() -> None:
    full = a_day((1, 2, 3), (10, 11, 12))
    assert play(full, Tiers(full, rules_apply=True, wait_second=30)).waited_s == pytest.approx(0 + 30 + 60)
    assert play(full, Tiers(full, rules_apply=True, wait_second=30, wait_multiply_level=False)).waited_s == pytest.approx(60)
    hollow = a_day((1, 3), (10, 11))
    assert play(hollow, Tiers(hollow, rules_apply=True, wait_second=30)).waited_s == pytest.approx(30)
    waits = Tiers(hollow, rules_apply=True, wait_second=30, no_agent_no_wait=False)
    assert play(hollow, waits).waited_s == pytest.approx(60)


def test_grades_are_odds_and_wrandom_draws_favour_the_smaller_penalty() -> None:
    day = a_day((1, 2, 3), tuple(200.0 * n + 10 for n in range(3_000)), duty_s=700_000)
    graded = by_level(day, GradeRandom(day))
    assert [n / 3_000 for n in graded] == pytest.approx([1 / 6, 2 / 6, 3 / 6], abs=0.03)
    drawn = by_level(day, WeightedRandom(day))
    assert drawn[0] < drawn[1] < drawn[2]


def test_the_longest_wait_heeds_no_level() -> None:
    day = a_day((1, 2, 3), QUIET)
    assert by_level(day, LongestWaitTime(day)) == (10, 10, 10)


def test_ours_gives_one_two_three() -> None:
    day = a_day((1, 2, 3), QUIET)
    assert by_level(day, FairShare(day)) == (5, 10, 15)


def test_a_caller_without_patience_gives_up_and_is_given_to_nobody() -> None:
    day = a_day((3,), (10, 20))
    impatient = Day(**{field: getattr(day, field) for field in Day.__slots__} | {"patience": (PATIENT, 30 * SECOND)})
    played = play(impatient, LongestIdle(impatient))
    assert (played.answered, played.abandoned, played.waited_s) == (1, 1, 0.0)


def test_a_day_is_the_same_each_time_and_no_rule_makes_or_loses_a_call() -> None:
    day = recorded_like(3)
    assert day == recorded_like(3)
    assert day != recorded_like(4)
    assert (len(day.arrives), len(day.levels), day.projects) == (20_000, 300, 12)
    played = play(day, GradeRandom(day))
    assert played.answered + played.abandoned == 20_000
    assert sum(map(sum, played.calls)) == played.answered
    assert play(day, GradeRandom(day)) == played


def test_erlang_a_is_erlang_c_where_patience_has_no_end_and_loses_more_the_shorter_it_is() -> None:
    patient, lost = bounds.erlang_a(0.5, 150.0, 80, 1e9)
    assert patient == pytest.approx(bounds.erlang_c(0.5, 150.0, 80), rel=1e-4)
    assert lost == pytest.approx(0.0, abs=1e-6)
    assert bounds.erlang_a(0.5, 150.0, 80, 60.0)[1] > bounds.erlang_a(0.5, 150.0, 80, 180.0)[1] > 0
    assert math.isinf(bounds.erlang_c(0.6, 150.0, 80))


def test_erlang_c_of_a_textbook_line() -> None:
    # One server half busy: half of all wait, two services on average: 100 s in the mean.
    assert bounds.erlang_c(0.005, 100.0, 1) == pytest.approx(100.0)


def test_shares_are_attainable_until_the_highest_level_has_no_time_left() -> None:
    assert shares(bounds.attainable(1.8, (1.0, 1.0, 1.0)), (1, 1, 1)) == pytest.approx((1 / 6, 2 / 6, 3 / 6))
    assert bounds.attainable(2.4, (1.0, 1.0, 1.0)) == pytest.approx((1.4 / 3, 2.8 / 3, 1.0))
    assert bounds.attainable(9.0, (1.0, 1.0, 1.0)) == pytest.approx((1.0, 1.0, 1.0))
    assert bounds.attainable(1.0, (0.0, 4.0, 0.0)) == pytest.approx((0.0, 1.0, 0.0))


def test_share_error_is_what_would_have_to_change_hands() -> None:
    assert error((1 / 6, 2 / 6, 3 / 6)) == pytest.approx(0.0)
    assert error((0.0, 0.0, 1.0)) == pytest.approx(0.5)
    half_hour = HALF_HOUR / SECOND
    played = Played(
        answered=12,
        abandoned=0,
        within_service_level=12,
        waited_s=0.0,
        calls=((0, 0, 6), (2, 4, 0)),
        staffed_s=((half_hour,) * 3,) * 2,
        busy_s=(1.0,) * 3,
    )
    assert played.shares == pytest.approx((1 / 6, 2 / 6, 3 / 6))  # over the day they look right
    assert played.share_error == pytest.approx(0.5)  # and in no half hour they are


def test_a_picture_is_the_same_each_time_and_says_its_title() -> None:
    def drawn() -> str:
        chart = pictures.Chart(
            "A & B", pictures.Axis("x", 0, 10, (0, 5, 10)), pictures.Axis("y", 1, 100, (1, 10, 100), is_log=True)
        )
        chart.line("line", [(0, 1), (10, 100)], mark="circle")
        chart.point("point", 5, 10, y_bar=2)
        return chart.svg()

    assert drawn() == drawn()
    assert "<title>A &amp; B</title>" in drawn()
    assert 'cx="62.0" cy="348.0"' in drawn()  # the low ends of both axes


def test_figures_of_subjects_stand_in_a_table_and_pictures_below_it() -> None:
    def figure(name: str, value: float) -> dict[str, object]:
        bare = dict.fromkeys(("target", "baseline", "ratio", "ok"))
        return bare | {"name": name, "value": value, "unit": "s", "machine": "m", "versions": {}, "at": "t", "command": "c"}

    found = [
        figure("answer s[ours]", 4.2),
        figure("lost %[ours]", 3.0),
        figure("answer s[theirs]", 4.8),
        figure("lost %[theirs]", 3.5),
    ]
    told = report.section("fairness", "Shares.", [figure("days", 20.0), *found], [])
    assert "| days | 20 s | – | – | – |  |" in told
    assert "| | answer s | lost % |\n|---|---:|---:|\n| ours | 4.2 | 3 |\n| theirs | 4.8 | 3.5 |" in told
