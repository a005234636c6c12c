"""Lists of people in simulated days: many are called under every fault, and what is wrong with it is found."""

import pytest

from fernamt.leads import progressive
from fernamt.leads.follower import LeadFollower
from fernamt.simulation.lead_book import LeadBook
from fernamt.simulation.run import FAULTS, Plan, Simulation
from telephony.commands import AskPermission
from telephony.identifiers import Instant


def a_day(*faults: str, seed: int = 3) -> Simulation:
    """Callers leave the agents time for lists."""
    return Simulation(Plan(seed=seed, hours=0.5, agents=14, per_hour=120, faults=frozenset(faults)))


def found(simulation: Simulation) -> str:
    return simulation.run().violation or ""


def test_people_are_called_from_both_lists_under_every_fault() -> None:
    simulation = a_day(*FAULTS)
    assert not found(simulation)
    tried = {row.list_id for row in simulation.leads.book.rows.values() if row.lead.tries}
    assert len(tried) == 2


def test_who_dials_a_lead_they_do_not_have_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    permits = LeadBook.permits

    def permits_all(self: LeadBook, command: AskPermission, at: Instant) -> bool:
        row = self.of_claim(command.call_id)
        return row is None or permits(self, command, at)

    monkeypatch.setattr(LeadBook, "permits", permits_all)
    assert any("does not have it" in found(a_day(seed=seed)) for seed in range(1, 9))


def test_an_agent_with_two_leads_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LeadBook, "has_lead", lambda *_: False)
    assert "two leads" in found(a_day())


def test_a_lead_that_nobody_settles_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def forgets(_follower: LeadFollower) -> None:
        return

    monkeypatch.setattr(LeadFollower, "settle", forgets)
    assert "is still" in found(a_day())


def test_a_lead_that_goes_before_a_caller_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progressive.Progressive, "_waiting", lambda _: frozenset())
    monkeypatch.setattr(progressive.Progressive, "_waits_for", lambda *_: False)
    assert any("while callers wait" in found(a_day(seed=seed)) for seed in range(1, 6))


def test_a_lead_whose_attempt_is_forgotten_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fernamt.simulation.lead_book.after", lambda _policy, lead, _settled: lead)
    assert "stands as before" in found(a_day())
