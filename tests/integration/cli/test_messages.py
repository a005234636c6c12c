"""Voice messages from the command line."""

import asyncio
from pathlib import Path

import pytest

from fernamt.moment import now
from fernamt.node.settings import messages_of
from routing.answering_machine import VoiceMessage, arrival_mail
from store.engine import make_engine
from store.messages import MessageStore
from tests.integration.cli.conftest import Fernamt


async def leave(state: Path) -> None:
    engine = make_engine(f"sqlite:///{state / 'fernamt.db'}")
    message = VoiceMessage(
        message_id="m1",
        call_id="c",
        did="+49305550100",
        project_id="service",
        client_id="c1",
        received_at=now(),
        duration_ms=3_000,
        masked_caller="+49 170 •••67",
        file_name="node1/m1.wav",
    )
    await MessageStore(engine).add(message, arrival_mail(message, "box@centre.example", now()))
    await engine.dispose()


@pytest.fixture
def messages(centre: Fernamt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fernamt:
    monkeypatch.setenv("FERNAMT_MAIL__HOST", "127.0.0.1")
    monkeypatch.setenv("FERNAMT_MAIL__SENDER", "machine@centre.example")
    folder = messages_of(tmp_path / "state") / "node1"
    folder.mkdir(parents=True)
    (folder / "m1.wav").write_bytes(b"RIFFsound")
    asyncio.run(leave(tmp_path / "state"))
    return centre


def test_messages_are_listed_with_their_mails_and_the_recording_is_fetched_on_record(messages: Fernamt, tmp_path: Path) -> None:
    (listed,) = messages("messages", "list", "--json").json
    assert (listed["message_id"], listed["mail"], listed["mails"][0]["mailbox"]) == ("m1", "waiting", "box@centre.example")
    assert messages("messages", "list", "--project", "other", "--json").json == []
    done = messages("messages", "show", "m1", "--sound", "got.wav", "--json")
    assert done.json == listed
    assert (tmp_path / "got.wav").read_bytes() == b"RIFFsound"
    assert messages("audit", "--json").json[0]["deed"] == "message.heard"


def test_a_message_is_forwarded_to_a_mailbox_or_to_an_agents(messages: Fernamt) -> None:
    sent = messages("messages", "forward", "m1", "--to", "boss@acme.example", "--note", "bitte", "--json").json
    assert (sent["mailbox"], sent["state"], sent["note"]) == ("boss@acme.example", "waiting", "bitte")
    assert messages("messages", "forward", "m1", "--agent", "anna").code == 5
    assert messages("agents", "set", "anna", "mailbox=anna@centre.example").code == 0
    assert messages("messages", "forward", "m1", "--agent", "anna", "--json").json["mailbox"] == "anna@centre.example"


@pytest.mark.parametrize(
    "arguments",
    [
        ["forward", "m1"],
        ["forward", "m1", "--to", "no mailbox"],
        ["forward", "m1", "--to", "a@b.example", "--agent", "anna"],
        ["forward", "m1", "--to", "a@b.example", "--note", "two\nlines"],
        ["list", "--before", "yesterday"],
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_way_out(messages: Fernamt, arguments: list[str]) -> None:
    assert messages("messages", *arguments).code == 2


def test_a_message_is_done_tried_again_and_deleted(messages: Fernamt, tmp_path: Path) -> None:
    assert messages("messages", "done", "m1").code == 0
    assert messages("messages", "list", "--open", "--json").json == []
    assert "no mail of it had been given up" in messages("messages", "retry", "m1").err
    assert messages("messages", "delete", "m1", "--reason", "asked for it", "--json").json["message_id"] == "m1"
    assert not list(messages_of(tmp_path / "state").glob("*/*"))
    deeds = messages("audit", "--json").json
    assert deeds[0]["deed"] == "message.deleted"
    assert "asked for it" in deeds[0]["reason"]
    for command in ("show", "done", "retry"):
        assert messages("messages", command, "m1").code == 5


def test_without_a_mail_server_nothing_is_forwarded(messages: Fernamt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FERNAMT_MAIL__HOST")
    assert messages("messages", "forward", "m1", "--to", "a@b.example").code == 3


def test_a_project_has_a_mailbox_of_its_own_and_nothing_else_passes_for_one(centre: Fernamt) -> None:
    project = centre("projects", "list", "--json").json[0]["project_id"]
    assert centre("projects", "set", project, "mailbox=nord@centre.example").code == 0
    assert centre("projects", "list", "--json").json[0]["mailbox"] == "nord@centre.example"
    refused = centre("projects", "set", project, "mailbox=nord@centre.example, other@x.example")
    assert refused.code == 3
    assert "one mail address" in refused.err
