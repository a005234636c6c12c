"""Voice messages over HTTP: who sees which, forwards them where, marks and deletes them, and what is on record of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from routing.answering_machine import MailState
from telephony.identifiers import AgentId
from tests.integration.web.edge import World, a_world
from tests.integration.web.memory_messages import a_voice_message

PREFIX = "/api/v1/messages"


@pytest.fixture
def messages(world: World, tmp_path: Path) -> World:
    for client in ("acme", "bolt"):
        message = a_voice_message(f"m-{client}", project=f"{client}-service", client=client)
        world.messages.rows[message.message_id] = message
        (tmp_path / message.file_name).write_bytes(b"RIFFdata")
    world.messages.rows["m-nobody"] = a_voice_message("m-nobody", project=None, client=None)
    return world


async def ids(world: World, query: str, by: str) -> set[str]:
    status, listed = await world.ask("GET", PREFIX + query, by=by)
    assert status == 200
    return {item["message_id"] for item in listed["items"]}


async def test_a_team_leader_sees_the_messages_of_the_projects_the_team_serves_and_no_others(messages: World) -> None:
    assert await ids(messages, "", "sven") == {"m-acme", "m-bolt", "m-nobody"}
    assert await ids(messages, "", "lena") == {"m-acme"}
    assert await ids(messages, "?project=bolt-service", "lena") == set()
    assert await ids(messages, "?project=bolt-service", "root") == {"m-bolt"}


async def test_a_message_is_done_by_somebody_and_open_again(messages: World) -> None:
    assert (await messages.ask("POST", f"{PREFIX}/m-acme/done", by="lena"))[0] == 204
    _, shown = await messages.ask("GET", f"{PREFIX}/m-acme", by="sven")
    assert shown["done_by"] == messages.user("lena").user_id
    assert shown["done_at"] is not None
    assert await ids(messages, "?state=open", "lena") == set()
    assert await ids(messages, "?state=done", "sven") == {"m-acme"}
    assert (await messages.ask("POST", f"{PREFIX}/m-acme/reopen", by="sven"))[0] == 204
    assert await ids(messages, "?state=open", "lena") == {"m-acme"}


async def test_a_message_is_forwarded_to_a_mailbox(messages: World) -> None:
    body = {"mailbox": "boss@acme.example", "note": "please call back"}
    status, mail = await messages.ask("POST", f"{PREFIX}/m-acme/forward", by="lena", json=body)
    assert (status, mail["mailbox"], mail["state"]) == (200, "boss@acme.example", MailState.WAITING)
    _, shown = await messages.ask("GET", f"{PREFIX}/m-acme", by="sven")
    assert [(each["mailbox"], each["forwarded_by"]) for each in shown["mails"]] == [
        ("boss@acme.example", messages.user("lena").user_id)
    ]


@pytest.mark.parametrize(("login", "agent", "status"), [("sven", "anna", 200), ("sven", "ben", 422), ("lena", "carla", 422)])
async def test_a_message_is_forwarded_to_an_agent_within_reach_who_has_a_mailbox(
    messages: World, login: str, agent: str, status: int
) -> None:
    agents = dict(messages.directory.current.agents)
    for name in ("anna", "carla"):
        agents[AgentId(name)] = replace(agents[AgentId(name)], mailbox=f"{name}@centre.example")
    messages.directory.current = replace(messages.directory.current, agents=agents)
    answered = await messages.ask("POST", f"{PREFIX}/m-acme/forward", by=login, json={"agent_id": agent})
    assert answered[0] == status
    assert [mail.mailbox for mail in messages.messages.sent] == ([f"{agent}@centre.example"] if status == 200 else [])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mailbox": "a@b.example", "agent_id": "anna"},
        {"mailbox": "a@b.example\r\nBcc: c@d.example"},
        {"mailbox": "a@b.example, c@d.example"},
        {"mailbox": "A <a@b.example>"},
        {"mailbox": "a@b.example", "note": "two\nlines"},
    ],
)
async def test_what_is_no_one_mailbox_is_refused(messages: World, body: dict[str, str]) -> None:
    assert (await messages.ask("POST", f"{PREFIX}/m-acme/forward", by="sven", json=body))[0] == 422
    assert messages.messages.sent == []


async def test_nothing_is_forwarded_where_nothing_can_be_mailed(tmp_path: Path) -> None:
    async with a_world(has_mail_server=False) as world:
        world.messages.rows["m1"] = a_voice_message("m1", project="acme-service", client="acme")
        status, problem = await world.ask("POST", f"{PREFIX}/m1/forward", by="sven", json={"mailbox": "a@b.example"})
    assert (status, problem["code"]) == (409, "no_mail_server")


async def test_a_deleted_message_is_gone_with_its_sound(messages: World, tmp_path: Path) -> None:
    assert (await messages.ask("DELETE", f"{PREFIX}/m-acme", by="lena"))[0] == 403
    assert (await messages.ask("DELETE", f"{PREFIX}/m-acme", by="sven"))[0] == 204
    assert not (tmp_path / "m-acme.wav").exists()
    assert (await messages.ask("GET", f"{PREFIX}/m-acme", by="sven"))[0] == 404
    assert (await messages.ask("DELETE", f"{PREFIX}/m-acme", by="sven"))[0] == 404


async def test_when_a_message_is_deleted_is_told(tmp_path: Path) -> None:
    async with a_world(messages_folder=tmp_path, message_days=30) as world:
        message = a_voice_message("m-acme", project="acme-service", client="acme")
        world.messages.rows[message.message_id] = message
        _, shown = await world.ask("GET", f"{PREFIX}/m-acme", by="sven")
        term = datetime.fromisoformat(shown["deleted_from"]) - datetime.fromisoformat(shown["received_at"])
        assert term == timedelta(days=30)


async def test_an_agent_hears_of_what_was_mailed_to_them_and_not_where_else_it_went(messages: World) -> None:
    agents = dict(messages.directory.current.agents)
    for name in ("anna", "ben"):
        agents[AgentId(name)] = replace(agents[AgentId(name)], mailbox=f"{name}@centre.example")
    messages.directory.current = replace(messages.directory.current, agents=agents)
    assert await ids(messages, "", "anna") == set()
    for body in ({"agent_id": "anna", "note": "call back"}, {"mailbox": "boss@acme.example"}):
        assert (await messages.ask("POST", f"{PREFIX}/m-acme/forward", by="sven", json=body))[0] == 200
    assert await ids(messages, "", "anna") == {"m-acme"}
    assert await ids(messages, "", "ben") == set()
    _, shown = await messages.ask("GET", f"{PREFIX}/m-acme", by="anna")
    assert [(mail["mailbox"], mail["note"]) for mail in shown["mails"]] == [("anna@centre.example", "call back")]
    assert (await messages.ask("GET", f"{PREFIX}/m-acme/audio", by="ben"))[0] == 404
    counts = [
        (await messages.ask("GET", "/api/v1/message-count", by=login))[1]["open"] for login in ("sven", "lena", "anna", "ben")
    ]
    assert counts == [3, 1, 1, 0]
    for what in ("done", "forward", "retry"):
        assert (await messages.ask("POST", f"{PREFIX}/m-acme/{what}", by="anna", json={"mailbox": "x@y.example"}))[0] == 403
