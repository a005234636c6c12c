"""Agents who keep a line open in simulated days, under every fault; and what is wrong with a line is found."""

import pytest

from fernamt.simulation.run import FAULTS, Plan, Simulation, simulate
from telephony.agent import open_line
from telephony.agent.open_line import LineFact
from telephony.open_lines import LineState

A_DAY = Plan(seed=31, hours=0.5, agents=14, per_hour=60)


@pytest.mark.parametrize("faults", [frozenset(), frozenset(FAULTS)], ids=["none", "all"])
def test_lines_are_lent_and_given_back(faults: frozenset[str]) -> None:
    simulation = Simulation(Plan(seed=31, hours=0.5, agents=14, per_hour=60, faults=faults))
    assert simulation.run().violation is None
    assert simulation.open_lines.lent >= 3


def test_a_line_that_is_not_taken_back_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {**open_line.TRANSITIONS}
    broken[LineState.LENT, LineFact.RETURNED] = open_line.Rule(LineState.LENT, lambda line, _happened: open_line.LineStep(line))
    monkeypatch.setattr("telephony.agent.open_line.TRANSITIONS", broken)
    assert "which knows nothing of it" in (simulate(A_DAY).violation or "")


def test_an_agent_rung_beside_an_open_line_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.agent.model.Agent.may_be_offered", property(lambda agent: agent.is_idle))
    assert "is still alive" in (simulate(A_DAY).violation or "")
