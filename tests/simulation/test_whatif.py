"""Days of the simulated centre, played again under their own rule, come out as they were: no figure leans to one side."""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, stdev

from fernamt.simulation.centre import a_centre
from fernamt.simulation.run import Plan, Simulation
from fernamt.simulation.virtual_time import START
from routing.whatif.figures import SPREADS, Row, Tally, compare, deviations
from routing.whatif.observe import OF_AGENTS, OF_CALLS, Observer
from routing.whatif.play import Replay
from telephony.agent.model import AgentRules
from telephony.engine.ports import PartyRecord
from telephony.events import Envelope
from telephony.identifiers import SECOND, Instant, ProjectId

AGENTS, HOURS, REPLAYS = 16, 3, 6
NORD, OST = ProjectId("nord"), ProjectId("ost")
DAYS = range(21, 31)
DAYS_WITH_CALLBACKS = range(21, 27)


def journaled(seed: int, *, calls_back: bool = False) -> list[Envelope]:
    plan = Plan(
        seed=seed,
        hours=HOURS,
        agents=AGENTS,
        per_hour=250,
        calls_back=calls_back,
        dials=False,
        records=False,
        listens=False,
        samples=False,
        objects=False,
    )
    simulation, kept = Simulation(plan), list[Envelope]()
    append = simulation.tape.append

    def keep(envelopes: Sequence[Envelope], parties: Sequence[PartyRecord] = ()) -> None:
        kept.extend(envelopes)
        append(envelopes, parties)

    simulation.tape.append = keep  # type: ignore[method-assign]
    assert simulation.run().violation is None
    return kept


def observed(envelopes: Sequence[Envelope], *, from_s: int = 0, calls_back: bool = False) -> Observer:
    begin, end = Instant(START + from_s * SECOND), Instant(START + HOURS * 3_600 * SECOND)
    observer = Observer(a_centre(AGENTS, calls_back=calls_back), AgentRules(), from_at=begin, to_at=end, threshold_ms=20_000)
    for envelope in envelopes:
        if isinstance(envelope.event, (*OF_AGENTS, *OF_CALLS)):
            observer.take(envelope)
    observer.finish()
    return observer


def replayed(observer: Observer, *, first: int = 1, calls_back: bool = False) -> list[Tally]:
    """Replays with the luck of this seed and those after it."""
    centre, seeds = a_centre(AGENTS, calls_back=calls_back), range(first, first + REPLAYS)
    return [Replay(observer.demand, centre, AgentRules(), seed=seed, threshold_ms=20_000).run() for seed in seeds]


def test_replays_of_several_days_lean_to_no_side() -> None:
    """One figure in twenty may be off by more than chance usually is; none may be so on the mean of the days.

    Each day has luck of its own: the same luck on all days would lean the same way on all.
    """
    lean: dict[str, list[float]] = {}
    off: list[Row] = []
    within = 0
    for seed in DAYS:
        observer = observed(journaled(seed))
        tallies = replayed(observer, first=seed * REPLAYS)
        rows = compare(observer.tally, tallies, tallies)
        off += deviations(rows, len(observer.demand))
        for row in rows:
            lean.setdefault(row.name, []).append(row.now.mean - row.journaled)
        replays = [tally.projects[NORD].asa_s for tally in tallies]
        lean.setdefault("nord_asa_s", []).append(fmean(replays) - observer.tally.projects[NORD].asa_s)
        [asa] = [row for row in rows if row.name == "asa_s"]
        within += abs(asa.now.mean - asa.journaled) <= SPREADS * asa.now.spread
    assert len(off) <= 2, [(row.name, row.journaled, row.now) for row in off]
    assert within >= len(DAYS) - 2, "the stated interval holds about 95 days in a hundred"
    for name in ("asa_s", "nord_asa_s"):  # Nord has a menu, and callers who flow over from it
        assert abs(fmean(lean[name])) < max(0.3, 2.5 * stdev(lean[name]) / sqrt(len(DAYS))), (name, lean)
    assert abs(fmean(lean["service_level_pct"])) < 2.0, lean
    assert abs(fmean(lean["abandonment_pct"])) < 1.5, lean
    assert abs(fmean(lean["occupancy_pct"])) < 2.0, lean
    assert all(abs(fmean(lean[f"share_{level}_pct"])) < 2.5 for level in (1, 2, 3)), lean


def test_days_with_callbacks_come_out_as_they_were() -> None:
    """Who agrees keeps the place, is reached later or given up: as many as in the journal, and nobody else is lost for it."""
    lean: dict[str, list[float]] = {}
    promised = 0
    for seed in DAYS_WITH_CALLBACKS:
        observer = observed(journaled(seed, calls_back=True), calls_back=True)
        tallies = replayed(observer, first=seed * REPLAYS, calls_back=True)
        facts, replays = observer.tally.projects[OST], [tally.projects[OST] for tally in tallies]
        promised += facts.callbacks
        for name in ("callbacks", "reached", "abandoned", "answered"):
            lean.setdefault(name, []).append(fmean(getattr(counts, name) for counts in replays) - getattr(facts, name))
    assert promised > 10 * len(DAYS_WITH_CALLBACKS)
    for name, leans in lean.items():
        assert abs(fmean(leans)) < max(3.0, 2.5 * stdev(leans) / sqrt(len(leans))), (name, leans)


def test_a_stretch_that_begins_in_mid_day_knows_who_was_on_duty_and_counts_its_own_callers_alone() -> None:
    envelopes = journaled(25)
    whole, part = observed(envelopes), observed(envelopes, from_s=3_600)
    assert 0 < len(part.demand) < len(whole.demand)
    assert part.demand.duty.keys() == whole.demand.duty.keys()
    assert all(since >= part.demand.from_at for spells in part.demand.duty.values() for since, _ in spells)
    tallies = replayed(part)
    assert not deviations(compare(part.tally, tallies, tallies), len(part.demand))
    assert part.tally.all.offered == len(part.demand) - sum(part.demand.marks[m].was_closed for m in part.demand.mark_of)
    assert part.is_done
