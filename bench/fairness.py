"""What fair shares cost the callers: our rule and those of other switches on the same days, and how near each comes to 1 : 2 : 3.

Twenty days, each of one seed: 20,000 calls of 12 projects, 300 agents of three levels with uneven certificates and shifts.
Every rule is given the same arrivals, work and patience and decides without delay; those of other switches are written from
their documentation (`bench/contest`). Level 3, 2, 1 are penalty 0, 1, 2, tier 1, 2, 3 and grade 3, 2, 1; the forms that keep a
caller waiting for a better agent open a further tier every ten seconds.

Share error is the part of a half hour's calls that would have to change hands for calls an hour on duty to stand 1 : 2 : 3,
averaged over all calls. Capacity ends the choice: nobody talks more than all the time, so some error is left even with one
pool and no chance; it is stated. On a floor as busy as these, a hard order of levels comes nearer to 1 : 2 : 3 than our rule
and answers later; on the same floor with half the callers (quiet day) it leaves level 1 idle. Pooled is the same day with one
queue and every agent certified for it. Cost of the shares: how much later ours answers than the rule with the shortest wait of
all, if that one heeds no level.
"""

import json
import sys
from collections.abc import Callable, Iterator
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from bench.contest import bounds, pictures_of
from bench.contest.asterisk import Penalties, WeightedRandom
from bench.contest.curve import shares_by_occupancy
from bench.contest.day import Day, recorded_like
from bench.contest.freeswitch import Tiers
from bench.contest.ours import FairShare
from bench.contest.play import Played, Rule, play
from bench.contest.queues import LongestIdle
from bench.contest.vicidial import GradeRandom, LongestWaitTime, Rank

SEEDS = range(1, 21)
QUIET_CALLS = 10_000
T_95 = 2.093
"""Student's t for 95 % and 19 degrees of freedom: twenty pairs."""
DOCS = Path(__file__).parents[1] / "docs"

OURS = "ours, 1 : 2 : 3"
POOLED = "pooled"
RULES: dict[str, Callable[[Day], Rule]] = {
    OURS: FairShare,
    "Asterisk penalties, leastrecent": Penalties,
    "Asterisk penalties, rrmemory": lambda day: Penalties(day, strategy="rrmemory"),
    "Asterisk penalties, queuerules 10 s": lambda day: Penalties(day, penalty_changes_s=(10, 20)),
    "Asterisk wrandom": WeightedRandom,
    "FreeSWITCH tiers, no wait": lambda day: Tiers(day, rules_apply=False),
    "FreeSWITCH tiers, wait 10 s": lambda day: Tiers(day, rules_apply=True),
    "VICIdial inbound_group_rank": Rank,
    "VICIdial ingroup_grade_random": GradeRandom,
    "VICIdial longest_wait_time": LongestWaitTime,
}
HEEDS_NO_LEVEL = frozenset({"VICIdial longest_wait_time"})
WEIGHTS = {
    f"ours, {' : '.join(f'{w:g}' for w in weights)}": weights
    for weights in ((1.0, 1.0, 1.0), (1.0, 1.5, 2.0), (1.0, 3.0, 6.0), (1.0, 5.0, 25.0), (1.0, 20.0, 400.0))
}
CREDITS = {f"ours, credit of {calls} calls": calls for calls in (0, 16, 64)}

Days = dict[str, list[Played]]


def run() -> list[dict[str, Any]]:
    """Plays every day under every rule, draws the pictures into docs/, and returns the records."""
    days = [recorded_like(seed) for seed in SEEDS]
    played: Days = {name: [play(day, make(day)) for day in days] for name, make in _everything().items()}
    pools = [day.pooled() for day in days]
    played[POOLED] = [play(pool, LongestIdle(pool)) for pool in pools]
    erlang = [bounds.erlang_a_day(pool) for pool in pools]
    least_error = fmean(bounds.attainable_error(day) for day in days)
    quiet_days = [recorded_like(seed, QUIET_CALLS) for seed in SEEDS]
    quiet: Days = {name: [play(day, make(day)) for day in quiet_days] for name, make in RULES.items()}
    curve = shares_by_occupancy()
    pictures_of.draw(
        played, quiet, names=(OURS, [*RULES][1:], [*WEIGHTS], [*CREDITS]), least_error=least_error, curve=curve, into=DOCS
    )
    return [
        *_verdict(played),
        _record("days", len(days), "days"),
        _record("work over time on duty", 100 * fmean(_busy(p) for p in played[POOLED]), "%"),
        _record("fair shares as far as there is time, share error", 100 * least_error, "%"),
        _record("pooled by Erlang A, speed of answer", fmean(asa for asa, _ in erlang), "s"),
        _record("pooled by Erlang A, abandonment", 100 * fmean(lost for _, lost in erlang), "%"),
        *(record for name in (*RULES, POOLED, *WEIGHTS, *CREDITS) for record in _figures(name, played[name])),
        _record("quiet days, work over time on duty", 100 * fmean(_busy(p) for p in quiet[OURS]), "%"),
        *(record for name in RULES for record in _few_figures(f"quiet day, {name}", quiet[name])),
        *(record for point in curve for record in point.records()),
    ]


def _everything() -> dict[str, Callable[[Day], Rule]]:
    rules = dict(RULES)
    for name, weights in WEIGHTS.items():
        rules[name] = lambda day, weights=weights: FairShare(day, weights)  # type: ignore[misc]
    for name, calls in CREDITS.items():
        rules[name] = lambda day, calls=calls: FairShare(day, credit_calls=calls)  # type: ignore[misc]
    return rules


def _verdict(played: Days) -> Iterator[dict[str, Any]]:
    """Ours against the best rule that heeds levels, and what the shares cost against the best of all; pairs of the same day."""
    levelled = [name for name in RULES if name != OURS and name not in HEEDS_NO_LEVEL]
    best = min(levelled, key=lambda name: _mean_asa(played[name]))
    more, to_side = paired(played[OURS], played[best])
    yield _record(
        f"speed of answer, ours less the best rule that heeds levels ({best})",
        more,
        "s",
        target=f"at most +{to_side:.2g} (95 %, paired)",
        ok=more <= to_side,
    )
    best = min((name for name in RULES if name != OURS), key=lambda name: _mean_asa(played[name]))
    more, to_side = paired(played[OURS], played[best])
    yield _record(f"cost of the shares, against {best}", more, "s")
    yield _record("cost of the shares, 95 % interval to each side", to_side, "s")


def paired(ours: list[Played], other: list[Played]) -> tuple[float, float]:
    """By how many seconds ours answers later, and the 95 % interval of that to each side."""
    differences = [a.asa_s - b.asa_s for a, b in zip(ours, other, strict=True)]
    return fmean(differences), T_95 * stdev(differences) / sqrt(len(differences))


def _mean_asa(played: list[Played]) -> float:
    return fmean(day.asa_s for day in played)


def _figures(name: str, played: list[Played]) -> Iterator[dict[str, Any]]:
    """The rule's figures, means over the days; a figure of a subject is named `figure[subject]`."""
    yield _record(f"answer s[{name}]", _mean_asa(played), "s")
    yield _record(f"given up %[{name}]", 100 * fmean(day.abandonment for day in played), "%")
    yield _record(f"within 20 s %[{name}]", 100 * fmean(day.service_level for day in played), "%")
    yield _record(f"share error %[{name}]", 100 * fmean(day.share_error for day in played), "%")
    for level in (1, 2, 3):
        yield _record(f"share {level} %[{name}]", 100 * fmean(day.shares[level - 1] for day in played), "%")
    for level in (1, 2, 3):
        yield _record(f"busy {level} %[{name}]", 100 * fmean(day.occupancy[level - 1] for day in played), "%")


def _few_figures(name: str, played: list[Played]) -> Iterator[dict[str, Any]]:
    """Speed of answer and shares alone."""
    yield _record(f"answer s[{name}]", _mean_asa(played), "s")
    yield _record(f"share error %[{name}]", 100 * fmean(day.share_error for day in played), "%")
    for level in (1, 2, 3):
        yield _record(f"share {level} %[{name}]", 100 * fmean(day.shares[level - 1] for day in played), "%")


def _busy(played: Played) -> float:
    return sum(played.busy_s) / sum(map(sum, played.staffed_s))


def _record(name: str, value: float, unit: str, **further: Any) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, **further}


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=1)
    sys.stdout.write("\n")
