"""Sampled calls, from the command line."""

from tests.integration.cli.conftest import Fernamt


def test_without_draws_there_is_nothing_to_report_and_nothing_to_verify(fernamt: Fernamt, centre: Fernamt) -> None:
    assert fernamt("sampling", "report", "--from", "2026-01-01", "--to", "2026-02-01", "--json").json == []
    refused = fernamt("sampling", "verify", "2026-01-01")
    assert refused.code != 0
    assert "nothing was published for 2026-01-01" in refused.err
    assert fernamt("sampling", "verify", "yesterday").code == 2
