"""The bench harness: records are whole, and the report tells a missed target."""

import pytest

from bench import records, report, runner


def a_record(**changes: object) -> dict[str, object]:
    return records.complete(
        {"name": "decision_p99", "value": 61.23456, "unit": "us", "target": 50.0, "ok": False} | changes,
        command="make bench ONLY=decision",
        at="2026-11-21T22:00:00Z",
    )


def test_a_record_has_every_field_and_says_where_and_when() -> None:
    record = a_record()
    assert set(record) == set(records.FIELDS)
    assert (record["value"], record["at"], record["baseline"]) == (61.23, "2026-11-21T22:00:00Z", None)
    assert record["machine"]
    assert {"python", "fernamt"} <= set(record["versions"])  # type: ignore[call-overload]


def test_a_field_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="p99"):
        a_record(p99=1)


def test_the_report_tells_what_was_missed_and_what_was_never_run() -> None:
    told = report.section("decision", "What a decision costs.", [a_record()])
    assert "| decision_p99 | 61.23 us | 50 | – | – | **missed** |" in told
    assert "Missed: decision_p99." in told
    assert "Not run yet" in report.section("truth", "Edges beside packets.", [])
    assert records.missed([a_record(), a_record(ok=True)]) == ["decision_p99"]


def test_every_module_with_a_run_is_a_benchmark_and_the_harness_is_none() -> None:
    assert "derive" in runner.names()
    assert not {"runner", "records", "report", "__main__"} & set(runner.names())


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.run_all(["nothing_like_it"]) == 2
    assert "nothing_like_it" in capsys.readouterr().err
