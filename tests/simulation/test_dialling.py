"""Calls that agents place by hand in simulated days: many, by desk and by phone, and what is wrong with them is found."""

import pytest

from fernamt.simulation.run import FAULTS, Plan, Simulation, simulate
from telephony.call.facts import CallFact
from telephony.call.model import Call, CallState
from telephony.call.step import Step
from telephony.call.transitions import TRANSITIONS, Rule
from telephony.commands import DialOutside, PlayTone
from telephony.dialling import CallPlaced
from telephony.events import Envelope

A_DAY = Plan(seed=11, hours=0.5, agents=14, per_hour=100)


def test_agents_dial_by_desk_and_by_phone_under_every_fault() -> None:
    by_phone = set[bool]()
    for seed in range(11, 19):
        by_phone |= whether_by_phone(replace_plan(A_DAY, seed=seed, faults=frozenset(FAULTS)))
        if by_phone == {True, False}:
            return
    raise AssertionError(f"by phone: {by_phone}")


def whether_by_phone(plan: Plan) -> set[bool]:
    """How agents placed calls on a day in which nothing is violated."""
    simulation = Simulation(plan)
    by_phone = set[bool]()
    append = simulation.tape.append

    def seen(envelopes, parties=()):  # type: ignore[no-untyped-def]
        by_phone.update(each.event.leg_id is not None for each in envelopes if isinstance(each.event, CallPlaced))
        append(envelopes, parties)

    simulation.tape.append = seen  # type: ignore[method-assign]
    assert simulation.run().violation is None
    return by_phone


def test_who_dials_without_asking_the_desk_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = TRANSITIONS[CallState.CALLING_AGENT, CallFact.AGENT_ANSWERED]

    def dials_at_once(call: Call, envelope: Envelope) -> Step:
        step = asked.action(call, envelope)
        dial, agent = step.call.dial, step.call.agent
        assert dial is not None
        assert agent is not None
        command = DialOutside(
            call_id=call.call_id,
            switch=call.switch,
            leg_id=dial.leg_id,
            party_id=dial.party_id,
            caller_leg_id=agent.leg_id,
            shown=None,
            timeout_ms=20_000,
        )
        return step.then(commands=(command,))

    broken = {**TRANSITIONS, (CallState.CALLING_AGENT, CallFact.AGENT_ANSWERED): Rule(asked.to, dials_at_once)}
    monkeypatch.setattr("telephony.call.machine.TRANSITIONS", broken)
    assert "without a journaled permit" in (simulate(A_DAY).violation or "")


def test_a_call_in_vain_whose_sound_never_plays_still_lets_the_agent_go(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = (CallState.CALLING_OUT, CallFact.CALLER_HUNG_UP)
    in_vain = TRANSITIONS[pair]

    def is_silent(call: Call, envelope: Envelope) -> Step:
        step = in_vain.action(call, envelope)
        return Step(step.call, tuple(each for each in step.commands if not isinstance(each, PlayTone)), step.events)

    monkeypatch.setattr("telephony.call.machine.TRANSITIONS", {**TRANSITIONS, pair: Rule(in_vain.to, is_silent)})
    assert simulate(A_DAY).violation is None


def replace_plan(plan: Plan, **changes: object) -> Plan:
    values = {name: getattr(plan, name) for name in Plan.__slots__}
    return Plan(**{**values, **changes})  # type: ignore[arg-type]
