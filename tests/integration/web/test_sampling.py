"""Sampled calls by the API: what became of the draw, and the agent's question to who was drawn."""

from typing import Any

import pytest

from telephony.order_segments import ConsentPurpose, RecordingAsked
from tests.integration.web.edge import World
from tests.integration.web.matrix_words import ANNAS_CALL
from tests.integration.web.memory_recording import NAMES, TEXT, a_report
from tests.integration.web.test_permission_matrix import populate
from web.routes import PREFIX

REPORT = f"{PREFIX}/sampling-report?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z"
ASK = f"{PREFIX}/calls/{ANNAS_CALL}/recording/ask-for-sample"
A_DRAFT = {"language": "en", "text": TEXT, "names": {part.value: words for part, words in NAMES.items()}}


async def test_the_report_tells_rate_and_interval_of_every_project(world: World) -> None:
    world.sampling.rows = [a_report("acme-service"), a_report("gone")]
    status, found = await world.ask("GET", REPORT, by="sven")
    assert status == 200
    [row] = found["items"]
    assert (row["project_id"], row["calls"], row["drawn"], row["recorded"]) == ("acme-service", 10, 2, 1)
    assert row["rate"]["share"] == 0.2
    assert 0.05 < row["rate"]["low"] < 0.2 < row["rate"]["high"] < 0.52


@pytest.mark.parametrize("login", ["anna", "lena", "acme"])
async def test_agents_team_leaders_and_clients_get_no_report(world: World, login: str) -> None:
    assert (await world.ask("GET", REPORT, by=login))[0] == 403
    assert world.sampling.asked == []


async def test_a_period_that_ends_before_it_begins_or_is_endless_is_refused(world: World) -> None:
    for period in ("from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z"):
        assert (await world.ask("GET", f"{PREFIX}/sampling-report?{period}", by="sven"))[0] == 422
    assert world.sampling.asked == []


async def test_who_is_drawn_is_asked_by_the_text_for_samples_alone(world: World) -> None:
    populate(world)
    status, problem = await world.ask("POST", ASK, by="anna", json={"language": "tr"})
    assert (status, problem["code"]) == (409, "no_consent_text")
    texts = f"{PREFIX}/projects/acme-service/consent-texts"
    sample = {**A_DRAFT, "purpose": "quality_sample", "prompt": "fernamt/sample"}
    status, made = await world.ask("POST", texts, by="root", json=sample)
    assert (status, made["purpose"], made["prompt"], made["version"]) == (200, "quality_sample", "fernamt/sample", 2)
    assert (await world.ask("POST", ASK, by="anna", json={"language": "en"}))[0] == 200
    [asked] = world.intents.asked
    request: Any = asked
    assert isinstance(request, RecordingAsked)
    assert (request.words.purpose, request.order_id) == (ConsentPurpose.QUALITY_SAMPLE, "")


@pytest.mark.parametrize("prompt", ["../etc/passwd", "a b", "", "a/b/c/d/e", "/a"])
async def test_a_sound_is_a_plain_name(world: World, prompt: str) -> None:
    texts = f"{PREFIX}/projects/acme-service/consent-texts"
    assert (await world.ask("POST", texts, by="root", json={**A_DRAFT, "prompt": prompt}))[0] == 422


async def test_a_project_is_told_how_its_calls_are_sampled(world: World) -> None:
    _, shown = await world.ask("GET", f"{PREFIX}/projects/acme-service", by="root")
    assert shown["facts"]["sampling"] is None
