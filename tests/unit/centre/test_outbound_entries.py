"""A centre file says what calls outside may cost, when and how often; it comes into the rules and back."""

from datetime import time
from pathlib import Path

import pytest

from config.documents import Document
from config.faults import FaultsFound
from fernamt.centre.read import describe, read_centre
from fernamt.centre.records import centre_of, values_of_client, values_of_project
from routing.outbound.asking import WorkKind
from routing.outbound.rules import PRICES, Attempts, Caps, OutboundRules, ProjectOutbound

CENTRE = """
[outbound]
max_duration_ms = 3_600_000
[outbound.per_agent]
cost_micros = 20_000_000
calls = 100
[outbound.prices]
mobile = 55_000
[outbound.brakes]
night = "21:30-07:00"
[outbound.advertising_hours]
monday = ["10:00-18:00"]

[[clients]]
client_id = "acme"
name = "Acme"
caps = { cost_micros = 7_000_000, calls = 9 }

[[projects]]
project_id = "sales"
client_id = "acme"
name = "Sales"
[projects.outbound]
kind = "advertising"
countries = ["CH", "NO"]
attempts = { per_day = 1 }
[projects.outbound.hours]
monday = ["09:00-17:00"]
"""


def test_what_the_file_says_of_calls_outside_is_what_holds(tmp_path: Path) -> None:
    file = tmp_path / "centre.toml"
    file.write_text(CENTRE)
    described = read_centre(file)
    assert not described.faults
    centre = centre_of(described.entries)
    rules = centre.outbound
    assert rules is not None
    assert rules.per_agent == Caps(cost_micros=20_000_000, calls=100)
    assert rules.per_client == OutboundRules().per_client
    assert rules.prices == {**PRICES, "mobile": 55_000}
    assert (rules.brakes.night.opens, rules.brakes.night.closes) == (time(21, 30), time(7))
    assert list(rules.advertising_hours.week) == [0]
    assert centre.clients[0].caps == Caps(cost_micros=7_000_000, calls=9)
    outbound = centre.projects[0].outbound
    assert outbound is not None
    assert (outbound.kind, outbound.countries) == (WorkKind.ADVERTISING, ("CH", "NO"))
    assert outbound.attempts == Attempts(per_day=1)
    again = describe(
        Document(
            source="again",
            values={
                "clients": [values_of_client(centre.clients[0])],
                "projects": [{k: v for k, v in values_of_project(centre.projects[0]).items() if v is not None}],
            },
        )
    )
    assert not again.faults
    assert centre_of(again.entries).projects == centre.projects
    assert centre_of(again.entries).clients == centre.clients


def test_a_project_that_says_nothing_calls_nobody_and_one_that_says_little_has_the_defaults() -> None:
    project = {"project_id": "p", "client_id": "acme", "name": "P"}
    assert centre_of(describe(Document(source="x", values={"projects": [project]})).entries).projects[0].outbound is None
    little = describe(Document(source="x", values={"projects": [{**project, "outbound": {}}]}))
    assert centre_of(little.entries).projects[0].outbound == ProjectOutbound()


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("[outbound.prices]\npremium = 1", "premium is never called"),
        ("[outbound.brakes]\nburst_calls = 0", "1"),
        ("[outbound]\nmax_duration_ms = 10", "60000"),
        ("[outbound.per_agent]\ncost_micros = -1\ncalls = 1", "0"),
        ('[outbound.advertising_hours]\nmonday = ["20:00-20:00"]', "20:00"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_line(tmp_path: Path, entry: str, told: str) -> None:
    file = tmp_path / "centre.toml"
    file.write_text(entry)
    try:
        faults = list(read_centre(file).faults)
    except FaultsFound as found:
        faults = list(found.faults)
    assert len(faults) == 1
    assert faults[0].line is not None
    assert told in f"{faults[0].expected} {faults[0].said or ''}"
