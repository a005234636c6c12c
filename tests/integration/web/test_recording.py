"""Recording by the API: what the agent reads is what is kept, and nobody but the agent of the call says a word of it."""

from typing import Any

import pytest

from telephony.order_segments import (
    RecordingAgreed,
    RecordingAsked,
    RecordingDeclined,
    RecordingRevoked,
    SegmentMark,
    SegmentMarked,
    SegmentMaskRequested,
    SegmentStopRequested,
)
from tests.integration.web.edge import World
from tests.integration.web.matrix_words import ANNAS_CALL, CARLAS_CALL
from tests.integration.web.memory_recording import NAMES, TEXT, a_text
from tests.integration.web.test_permission_matrix import populate
from web.routes import PREFIX

CALL = f"{PREFIX}/calls/{ANNAS_CALL}/recording"
TEXTS = f"{PREFIX}/projects/acme-service/consent-texts"
A_DRAFT = {"language": "en", "text": TEXT, "names": {part.value: words for part, words in NAMES.items()}}


async def test_the_newest_text_is_read_and_that_one_is_journaled(world: World) -> None:
    populate(world)
    world.consent_texts.rows.insert(0, a_text("acme-service", version=2))
    status, read = await world.ask("POST", f"{CALL}/ask", by="anna", json={"order_id": "o-1", "language": "en"})
    assert (status, read["version"], read["text"]) == (200, 2, TEXT)
    asked: Any = world.intents.asked[0]
    assert isinstance(asked, RecordingAsked)
    assert (asked.order_id, asked.words.version, asked.words.sha256) == ("o-1", 2, a_text("acme-service").sha256)
    assert (asked.agent_id, asked.by) == ("anna", world.user("anna").user_id)


async def test_without_a_text_in_that_language_nobody_is_asked(world: World) -> None:
    populate(world)
    status, problem = await world.ask("POST", f"{CALL}/ask", by="anna", json={"order_id": "o-1", "language": "tr"})
    assert (status, problem["code"]) == (409, "no_consent_text")
    assert world.intents.asked == []


@pytest.mark.parametrize(
    ("what", "body", "request_of"),
    [
        ("agree", None, RecordingAgreed),
        ("decline", None, RecordingDeclined),
        ("withdraw", None, RecordingRevoked),
        ("stop", None, SegmentStopRequested),
        ("mask", None, SegmentMaskRequested),
        ("unmask", None, SegmentMaskRequested),
        ("mark", {"mark": "intent"}, SegmentMarked),
    ],
)
async def test_every_act_reaches_the_call(world: World, what: str, body: Any, request_of: type) -> None:
    populate(world)
    assert (await world.ask("POST", f"{CALL}/{what}", by="anna", json=body))[0] == 204
    asked: Any = world.intents.asked[0]
    assert type(asked) is request_of
    assert (asked.call_id, asked.agent_id) == (ANNAS_CALL, "anna")
    if request_of is SegmentMaskRequested:
        assert asked.is_masked is (what == "mask")
    if request_of is SegmentMarked:
        assert asked.mark is SegmentMark.INTENT


@pytest.mark.parametrize("login", ["sven", "lena", "root", "acme", "kurt", "carla"])
async def test_nobody_else_says_that_the_called_party_agreed(world: World, login: str) -> None:
    populate(world)
    for what in ("agree", "decline", "stop", "mask", "withdraw"):
        assert (await world.ask("POST", f"{CALL}/{what}", by=login))[0] in (403, 404)
    assert world.intents.asked == []


async def test_a_text_that_lacks_a_part_is_refused_and_the_part_is_named(world: World) -> None:
    names = {name: words for name, words in A_DRAFT["names"].items() if name != "withdrawal"}  # type: ignore[attr-defined]
    status, problem = await world.ask("POST", TEXTS, by="root", json={**A_DRAFT, "names": names})
    assert status == 422
    assert [(fault["at"], fault["code"]) for fault in problem["fields"]] == [("/names/withdrawal", "part_missing")]
    assert world.consent_texts.rows == []


async def test_published_texts_are_told_with_their_versions_and_to_clients_without_who_wrote_them(world: World) -> None:
    for version in (1, 2):
        status, made = await world.ask("POST", TEXTS, by="root", json=A_DRAFT)
        assert (status, made["version"]) == (200, version)
    _, told = await world.ask("GET", TEXTS, by="root")
    assert [(each["version"], each["published_by"] is None) for each in told["items"]] == [(2, False), (1, False)]
    _, to_client = await world.ask("GET", TEXTS, by="acme")
    assert [each["published_by"] for each in to_client["items"]] == [None, None]


async def test_another_agents_call_is_not_there(world: World) -> None:
    populate(world)
    path = f"{PREFIX}/calls/{CARLAS_CALL}/recording/agree"
    assert (await world.ask("POST", path, by="anna"))[0] == 404
