"""The pictures of the contest: what fairness costs, and how shares change with occupancy."""

from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev

from bench.contest.curve import OTHERS, Point
from bench.contest.play import Played, error
from fernamt.pictures import Axis, Chart

Names = tuple[str, Sequence[str], Sequence[str], Sequence[str]]
"""Ours, other rules, ours with other weights, ours with another credit."""


def draw(
    played: dict[str, list[Played]],
    quiet: dict[str, list[Played]],
    *,
    names: Names,
    least_error: float,
    curve: Sequence[Point],
    into: Path,
) -> None:
    """The pictures are in that folder."""
    for name, chart in {
        "fairness_frontier": frontier(played, names, least_error),
        "fairness_frontier_of_quiet_days": frontier_of_quiet_days(quiet, names),
        "fairness_shares_by_occupancy": shares_by_occupancy(curve),
        "fairness_error_by_occupancy": error_by_occupancy(curve),
    }.items():
        (into / f"{name}.svg").write_text(chart.svg(), encoding="utf-8")


def frontier(played: dict[str, list[Played]], names: Names, least_error: float) -> Chart:
    """Speed of answer against share error; nearer to the lower left corner is better for everybody."""
    ours, others, weights, credits = names
    chart = Chart(
        "Speed of answer against share error, means of 20 days",
        Axis("share error, % of calls", 4, 18, (4, 6, 8, 10, 12, 14, 16, 18)),
        Axis("average speed of answer, s (logarithmic)", 1, 20, (1, 2, 3, 5, 10, 20), is_log=True),
    )
    flat, *steeper = sorted((*weights, ours), key=lambda name: -_error(played[name]))
    path = [(_error(played[name]), _asa(played[name])) for name in (flat, *steeper)]
    chart.line("ours, by weights 1 : 1 : 1 to 1 : 20 : 400", path, mark="circle")
    chart.point("ours, 1 : 2 : 3", _error(played[ours]), _asa(played[ours]), mark="diamond", y_bar=_bar(played[ours]))
    for name in credits:
        chart.point(name, _error(played[name]), _asa(played[name]), mark="triangle")
    for name in others:
        chart.point(name, _error(played[name]), _asa(played[name]), y_bar=_bar(played[name]))
    pooled = _asa(played["pooled"])
    chart.line("pooled: every agent certified for all", [(4, pooled), (18, pooled)], is_dashed=True, ink="#444444")
    chart.line(
        "least error the time on duty allows", [(100 * least_error, 1), (100 * least_error, 20)], is_dashed=True, ink="#999999"
    )
    return chart


def frontier_of_quiet_days(played: dict[str, list[Played]], names: Names) -> Chart:
    """The same with half the callers."""
    ours, others, _, _ = names
    chart = Chart(
        "The same floors with half the callers, means of 20 days",
        Axis("share error, % of calls", 0, 25, (0, 5, 10, 15, 20, 25)),
        Axis("average speed of answer, s (logarithmic)", 0.1, 10, (0.1, 0.3, 1, 3, 10), is_log=True),
    )
    for name in (ours, *others):
        chart.point(name, _error(played[name]), _asa(played[name]), mark="diamond" if name == ours else "square")
    return chart


def shares_by_occupancy(curve: Sequence[Point]) -> Chart:
    """Each level's share of the calls, and how much of it capacity would leave."""
    chart = Chart(
        "Share of calls by level, weights 1 : 2 : 3, ten agents a level",
        Axis("occupancy, %", 10, 100, (10, 20, 30, 40, 50, 60, 70, 80, 90, 100)),
        Axis("share of calls, %", 10, 60, (10, 20, 30, 40, 50, 60)),
    )
    for level in (3, 2, 1):
        ink = chart.line(f"level {level}", [(100 * p.occupancy, 100 * p.shares[level - 1]) for p in curve], mark="circle")
        limit = [(100 * p.occupancy, 100 * p.attainable[level - 1]) for p in curve]
        chart.line(f"level {level}, as far as there is time", limit, ink=ink, is_dashed=True)
    return chart


def error_by_occupancy(curve: Sequence[Point]) -> Chart:
    """How far the shares of the rules are from the weights."""
    chart = Chart(
        "Share error by occupancy, ten agents a level",
        Axis("occupancy, %", 10, 100, (10, 20, 30, 40, 50, 60, 70, 80, 90, 100)),
        Axis("share error, % of calls", 0, 50, (0, 10, 20, 30, 40, 50)),
    )
    chart.line("ours, 1 : 2 : 3", [(100 * p.occupancy, 100 * error(p.shares)) for p in curve], mark="circle")
    for name in OTHERS:
        chart.line(name, [(100 * p.occupancy, 100 * p.errors[name]) for p in curve], mark="square")
    least = [(100 * p.occupancy, 100 * error(p.attainable)) for p in curve]
    chart.line("least that the time on duty allows", least, is_dashed=True, ink="#999999")
    return chart


def _asa(played: list[Played]) -> float:
    return fmean(day.asa_s for day in played)


def _error(played: list[Played]) -> float:
    return 100 * fmean(day.share_error for day in played)


def _bar(played: list[Played]) -> float:
    """The standard error of the mean over the days, which differ more than the rules do."""
    return stdev([day.asa_s for day in played]) / sqrt(len(played))
