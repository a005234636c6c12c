"""Listening by the API: the agent says what was answered, a supervisor listens by their own phone, and every use is kept."""

from dataclasses import replace
from typing import Any

import pytest

from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import AgentId
from telephony.order_segments import ConsentPurpose
from telephony.overhearing import (
    ListenEndRequested,
    ListeningAgreed,
    ListeningAsked,
    ListeningDeclined,
    ListeningRevoked,
    ListenMode,
    ListenRequested,
)
from tests.integration.web.edge import World
from tests.integration.web.matrix_words import ANNAS_CALL, CARLAS_CALL
from tests.integration.web.memory_recording import TEXT, a_text
from tests.integration.web.test_permission_matrix import populate
from web.routes import PREFIX

CALL = f"{PREFIX}/calls/{ANNAS_CALL}/listening"


def with_phone(world: World, login: str, agent: str | None = "ben") -> None:
    """Who leads has a phone of their own: that of an agent who is on no duty with it."""
    user = world.user(login)
    world.users.rows[user.user_id] = replace(user, agent_id=None if agent is None else AgentId(agent))


async def test_only_a_text_for_listening_is_read_and_that_one_is_journaled(world: World) -> None:
    populate(world)
    world.consent_texts.rows[:] = [a_text("acme-service")]
    status, problem = await world.ask("POST", f"{CALL}/ask", by="anna", json={"language": "en"})
    assert (status, problem["code"]) == (409, "no_consent_text")
    world.consent_texts.rows.insert(0, replace(a_text("acme-service", version=4), purpose=ConsentPurpose.LISTENING))
    status, read = await world.ask("POST", f"{CALL}/ask", by="anna", json={"language": "en"})
    assert (status, read["version"], read["text"]) == (200, 4, TEXT)
    asked: Any = world.intents.asked[0]
    assert isinstance(asked, ListeningAsked)
    assert (asked.agent_id, asked.words.version, asked.words.purpose) == ("anna", 4, ConsentPurpose.LISTENING)


@pytest.mark.parametrize(
    ("what", "request_of"),
    [("agree", ListeningAgreed), ("decline", ListeningDeclined), ("withdraw", ListeningRevoked)],
)
async def test_the_agent_of_the_call_says_what_was_answered_and_nobody_else(world: World, what: str, request_of: type) -> None:
    populate(world)
    for login in ("sven", "lena", "root", "acme", "kurt", "carla"):
        assert (await world.ask("POST", f"{CALL}/{what}", by=login))[0] in (403, 404)
    assert world.intents.asked == []
    assert (await world.ask("POST", f"{CALL}/{what}", by="anna"))[0] == 204
    assert [(type(each), each.agent_id) for each in world.intents.asked] == [(request_of, "anna")]


@pytest.mark.parametrize("login", ["sven", "lena"])
async def test_who_leads_listens_by_their_own_phone_and_that_is_kept(world: World, login: str) -> None:
    populate(world)
    with_phone(world, login)
    body = {"mode": "whisper", "reason": "new to the project"}
    assert (await world.ask("POST", f"{CALL}/begin", by=login, json=body))[0] == 204
    wanted: Any = world.intents.asked[0]
    assert isinstance(wanted, ListenRequested)
    assert (wanted.agent_id, wanted.by, wanted.mode) == (None, world.user(login).user_id, ListenMode.WHISPER)
    assert wanted.endpoint_id == world.deps.directory.current.agents[AgentId("ben")].endpoint_id
    assert [(deed, subject, reason) for _, deed, subject, reason in world.audit.deeds] == [
        ("call.listen_asked", ANNAS_CALL, "new to the project")
    ]
    assert (await world.ask("POST", f"{CALL}/end", by=login))[0] == 204
    assert isinstance(world.intents.asked[1], ListenEndRequested)


@pytest.mark.parametrize("login", ["anna", "root", "acme", "kurt", "carla"])
async def test_nobody_else_listens(world: World, login: str) -> None:
    populate(world)
    for what, body in (("begin", {"reason": "curious"}), ("end", None)):
        assert (await world.ask("POST", f"{CALL}/{what}", by=login, json=body))[0] in (403, 404)
    assert world.intents.asked == []


async def test_a_team_leader_listens_to_their_own_team_only(world: World) -> None:
    populate(world)
    with_phone(world, "lena")
    others = f"{PREFIX}/calls/{CARLAS_CALL}/listening/begin"
    assert (await world.ask("POST", others, by="lena", json={"reason": "curious"}))[0] == 404
    assert world.intents.asked == []


async def test_without_a_phone_or_a_reason_or_a_yes_it_is_refused_with_the_way_out(world: World) -> None:
    populate(world)
    with_phone(world, "sven", None)
    status, problem = await world.ask("POST", f"{CALL}/begin", by="sven", json={"reason": "training"})
    assert (status, problem["code"]) == (409, "no_listening_phone")
    with_phone(world, "sven")
    assert (await world.ask("POST", f"{CALL}/begin", by="sven", json={"reason": ""}))[0] == 422
    world.intents.refusal = Refusal(code=RefusalCode.LISTENING_NOT_AGREED)
    status, problem = await world.ask("POST", f"{CALL}/begin", by="sven", json={"reason": "training"})
    assert (status, problem["code"]) == (409, "listening_not_agreed")
    assert "consent text" in problem["title"] + problem.get("detail", "")
