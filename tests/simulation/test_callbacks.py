"""Simulated days with callbacks have teeth: a core that breaks a promise is caught, whichever way it breaks it."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from fernamt.simulation.outside import Outward
from fernamt.simulation.run import FAULTS, Plan, Simulation, simulate
from routing.callback import CallbackRules
from telephony.call import endings
from telephony.call.facts import CallFact
from telephony.call.model import Call, CallState, CallTimer
from telephony.call.step import Step
from telephony.call.transitions import TRANSITIONS, Rule
from telephony.callback import CallbackAgreed, CallbackRested
from telephony.causes import EndReason
from telephony.commands import DialOutside
from telephony.dialling import DialDropped
from telephony.engine import callback_talk
from telephony.events import CallEnded, Envelope
from telephony.identifiers import SECOND, CallId, LegId


def a_day(seed: int = 1, *faults: str) -> Plan:
    return Plan(seed=seed, hours=0.5, agents=12, per_hour=250, faults=frozenset(faults))


def violation() -> str:
    """What is found in the first of some days in which the broken thing happens."""
    return next(found for seed in range(1, 9) if (found := simulate(a_day(seed)).violation) is not None)


def test_such_days_have_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fernamt.simulation.outside.LONGEST_LOOK_US", 40 * SECOND)  # permits come when nobody wants them
    missing: set[object] = {CallbackAgreed, CallbackRested, DialDropped, EndReason.CALLBACK_UNREACHED}
    for seed in range(1, 9):
        missing -= happened_in(a_day(seed, *FAULTS))
        if not missing:
            return
    raise AssertionError(f"never seen: {missing}")


def happened_in(plan: Plan) -> set[object]:
    """The kinds of events and the ends of calls of a day in which nothing is violated."""
    simulation = Simulation(plan)
    seen: set[object] = set()
    turn_done = simulation._turn_done

    def counted(envelopes: Sequence[Envelope]) -> None:
        seen.update(type(e.event) for e in envelopes)
        seen.update(e.event.end_reason for e in envelopes if isinstance(e.event, CallEnded))
        turn_done(envelopes)

    simulation._site._listener = counted
    assert simulation.run().violation is None
    return seen


def test_a_promise_that_is_forgotten_at_its_rest_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    without(CallTimer.REST_OVER, monkeypatch)
    assert "rests for ever" in violation()


def test_a_promise_that_outlives_its_time_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    long_rests = CallbackRules(attempts=2, retry_ms=600_000, kept_ms=300_000)
    monkeypatch.setattr("fernamt.simulation.centre.CALLBACK", long_rests)
    assert simulate(a_day()).violation is None
    without(CallTimer.CALLBACK_EXPIRES, monkeypatch)
    assert "should have been called back until" in violation()


def test_an_attempt_too_many_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def once_promised(event: object) -> CallbackAgreed:
        return replace(event, attempts=1)  # type: ignore[type-var,return-value]

    agreed = callback_talk._agreed
    monkeypatch.setattr(callback_talk, "_agreed", lambda *known: once_promised(agreed(*known)))
    rule = TRANSITIONS[CallState.CONFIRMING, CallFact.CALLBACK_AGREED]

    def generous(call: Call, envelope: Envelope) -> Step:
        many = replace(envelope, event=replace(envelope.event, attempts=9))  # type: ignore[call-arg]
        return rule.action(call, many)

    monkeypatch.setitem(TRANSITIONS, (CallState.CONFIRMING, CallFact.CALLBACK_AGREED), rule._replace(action=generous))  # type: ignore[arg-type]
    monkeypatch.setattr("fernamt.simulation.outside.BUSY", 0.9)
    assert "1 were promised" in violation()


def test_a_promise_that_ends_with_the_goodbye_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    hangs_up = (CallState.LEAVING, CallFact.CALLER_HUNG_UP)
    monkeypatch.setitem(TRANSITIONS, hangs_up, Rule(CallState.ENDING, endings.leave_queue))  # type: ignore[arg-type]
    assert "was promised a call back and ended as abandoned" in violation()


def test_a_caller_who_is_dialled_twice_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    work_off = Outward._work_off

    def twice(self: Outward, call_id: CallId) -> None:
        line = self._lines[call_id]
        line += [each for each in line if isinstance(each[0], DialOutside)][:1]
        work_off(self, call_id)

    monkeypatch.setattr(Outward, "_work_off", twice)
    assert "dialled twice" in violation()


def test_a_caller_dialled_without_a_journaled_permit_is_found_out() -> None:
    simulation = Simulation(a_day())
    simulation.tape.permitted = _Forgetful()
    found = simulation.run().violation
    assert found is not None
    assert "without a journaled permit" in found


class _Forgetful(dict[LegId, None]):
    def __setitem__(self, _leg_id: LegId, _nothing: None) -> None:
        """Nothing is kept."""


def without(timer: CallTimer, monkeypatch: pytest.MonkeyPatch) -> None:
    """No call has that due time any more."""
    due = Call.due
    monkeypatch.setattr(Call, "due", lambda call: [each for each in due(call) if each[0] is not timer])
