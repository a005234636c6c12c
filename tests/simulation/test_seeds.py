"""A thousand days of a whole site with everything going wrong: nothing that must never happen happens."""

import os
from concurrent.futures import ProcessPoolExecutor

import pytest
from msgspec.structs import replace

from fernamt.simulation.run import FAULTS, Plan, Report, Simulation, simulate
from routing.floor import Floor
from telephony.call.facts import CallFact
from telephony.call.model import Call, CallState
from telephony.call.step import Step
from telephony.call.transitions import TRANSITIONS, Rule
from telephony.commands import HangUp
from telephony.engine.arrival import Arrival, TurnResult
from telephony.engine.turn import Turn
from telephony.events import Envelope
from telephony.identifiers import SECOND, Instant

SEEDS = int(os.environ.get("TESTS_SEEDS", "1000"))
ALL = frozenset(FAULTS)


def a_day(seed: int) -> Report:
    """About 120 callers, more than their agents can take at times, in 20 minutes of calls; every fault there is."""
    return simulate(Plan(seed=seed, hours=1 / 3, agents=16, per_hour=360, faults=ALL))


def test_no_seed_breaks_an_invariant() -> None:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        reports = list(pool.map(a_day, range(SEEDS), chunksize=10))
    broken = [f"seed {report.plan.seed} at step {report.at_step}: {report.violation}" for report in reports if report.violation]
    assert not broken, "\n".join(broken)
    assert sum(report.calls for report in reports) >= 100 * len(reports)
    assert sum(report.answered for report in reports) > 0.5 * sum(report.calls for report in reports)


def test_a_seed_replays_to_the_last_step() -> None:
    first, second = a_day(7), a_day(7)
    assert (first.calls, first.answered, first.events, first.steps, first.talk_hours) == (
        second.calls,
        second.answered,
        second.events,
        second.steps,
        second.talk_hours,
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_alone_breaks_nothing(fault: str) -> None:
    report = simulate(Plan(seed=11, hours=2, agents=12, per_hour=200, faults=frozenset({fault})))
    assert report.violation is None


def test_without_faults_the_minutes_are_those_of_the_wire() -> None:
    """The undisturbed check is two-sided: no talk lost, none invented."""
    assert simulate(Plan(seed=3, hours=4, agents=12, per_hour=150)).violation is None


def test_a_controller_that_forgets_to_hang_up_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulation has teeth: a controller that hangs nobody up leaves legs behind."""
    handle = Turn.handle
    dropped = 0

    def forgetful(self: Turn, arrival: Arrival) -> TurnResult:
        nonlocal dropped
        result = handle(self, arrival)
        kept = [command for command in result.commands if not isinstance(command, HangUp)]
        dropped += len(result.commands) - len(kept)
        result.commands = kept
        return result

    monkeypatch.setattr(Turn, "handle", forgetful)
    report = Simulation(Plan(seed=5, hours=0.5, agents=10, per_hour=100)).run()
    assert dropped
    assert report.violation is not None


def test_a_floor_that_ignores_shifts_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Floor, "keep_from", lambda *_: None)
    report = simulate(Plan(seed=5, hours=1, agents=12, per_hour=200, faults=frozenset({"shifts"})))
    assert "outside their shift" in str(report.violation)


def test_an_end_that_is_guessed_though_the_switch_told_it_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes long to look at the switch here: callers hang up after its record was read, and before its legs are."""
    monkeypatch.setattr("fernamt.simulation.site.RECONCILE_US", 2 * SECOND)
    cut = [Plan(seed=seed, hours=0.5, agents=16, per_hour=360, faults=frozenset({"cut", "kill"})) for seed in range(12)]
    assert not any(simulate(plan).violation for plan in cut)
    monkeypatch.setattr("telephony.engine.reconcile._told_ends", lambda _held: {})
    assert any("which lived" in (simulate(plan).violation or "") for plan in cut)


def test_a_rule_that_leads_back_to_itself_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its turn ends, and says so: no memory is eaten."""
    announced = CallState.QUEUED, CallFact.ANNOUNCED

    def for_ever(call: Call, envelope: Envelope) -> Step:
        return Step(call, events=(envelope.event,))

    monkeypatch.setitem(TRANSITIONS, announced, Rule(CallState.QUEUED, for_ever))
    report = simulate(Plan(seed=5, hours=0.5, agents=10, per_hour=300))
    assert "a turn never came to rest" in str(report.violation)


def test_a_due_time_that_sets_itself_anew_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The virtual clock would never move again."""

    def for_ever(call: Call, _envelope: Envelope) -> Step:
        return Step(replace(call, wait_limit_at=Instant((call.wait_limit_at or 0) + 1)))

    monkeypatch.setitem(TRANSITIONS, (CallState.QUEUED, CallFact.WAIT_LIMIT_CAME), Rule(CallState.QUEUED, for_ever))
    report = simulate(Plan(seed=5, hours=0.5, agents=10, per_hour=300))
    assert "due times led to due times" in str(report.violation)
