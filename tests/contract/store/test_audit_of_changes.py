"""Whatever is changed in the centre's book or of who may enter is on record: who, when, what held before and after, no secret."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.directory import AgentProfile, Client, Project
from store import audit as audit_room
from store import directory as directory_room
from store.audit import AuditStore, Author
from store.centre import Centre, CentreRejected, Endpoint
from store.directory import DirectoryStore
from store.endpoints import EndpointStore
from store.parties import PartyKeys
from store.users import UserStore
from store.webhooks import WebhookStore
from telephony.identifiers import AgentId, ClientId, EndpointId, Instant, ProjectId, UserId
from web.accounts import Subscription, User
from web.permissions import Role

KEYS = PartyKeys(bytes(32))
ROOT = Author(user_id=UserId("root"), at=Instant(77))
NORD = Client(client_id=ClientId("nord"), name="Nord")
LINE = Project(project_id=ProjectId("line"), client_id=ClientId("nord"), name="Line")
ANNA = AgentProfile(agent_id=AgentId("anna"), name="Anna", level=1, certificates=frozenset({ProjectId("line")}))
PHONE = Endpoint(endpoint_id=EndpointId("phone-anna"), agent_id=AgentId("anna"))
CENTRE = Centre(clients=(NORD,), projects=(LINE,), numbers={"+4930111": LINE.project_id}, agents=(ANNA,), endpoints=(PHONE,))
CLERK = User(user_id=UserId("u1"), login="kurt", display_name="Kurt", role=Role.CLERK, created_at=Instant(1))


async def told(engine: AsyncEngine) -> list[tuple[str, str, Any, Any]]:
    """The record, the oldest first."""
    deeds = reversed(await AuditStore(engine).latest(1_000))
    return [(d.deed, d.subject, *(None if x is None else json.loads(x) for x in (d.before, d.after))) for d in deeds]


async def test_each_thing_of_a_centre_is_an_entry_with_what_held_before_and_after(engine: AsyncEngine) -> None:
    book = DirectoryStore(engine)
    await book.apply(CENTRE, by=ROOT)
    deeds = await AuditStore(engine).latest()
    assert {(each.user_id, each.at) for each in deeds} == {("root", 77)}
    assert {(deed, subject) for deed, subject, _, _ in await told(engine)} == {
        ("client.added", "nord"),
        ("project.added", "line"),
        ("number.added", "+4930111"),
        ("agent.added", "anna"),
        ("endpoint.added", "phone-anna"),
    }
    await book.put_client(replace(NORD, name="Nordlicht"))
    deed, subject, before, after = (await told(engine))[-1]
    assert (deed, subject) == ("client.changed", "nord")
    assert (before["name"], after["name"]) == ("Nord", "Nordlicht")
    await book.put_agent(replace(ANNA, level=3))
    _, _, before, after = (await told(engine))[-1]
    assert (before["level"], after["level"], after["certificates"]) == (1, 3, ["line"])


async def test_applying_the_same_again_a_dry_run_and_a_rejected_centre_leave_no_entry(engine: AsyncEngine) -> None:
    book = DirectoryStore(engine)
    await book.apply(CENTRE)
    there = await told(engine)
    await book.apply(CENTRE)
    await book.apply(Centre(clients=(replace(NORD, name="Other"),)), is_dry_run=True)
    with pytest.raises(CentreRejected):
        await book.apply(Centre(clients=(replace(NORD, name="Other"),), numbers={"+4930112": ProjectId("nothing")}))
    assert await told(engine) == there


async def test_what_goes_out_of_use_is_on_record(engine: AsyncEngine) -> None:
    book = DirectoryStore(engine)
    await book.apply(CENTRE)
    begin = len(await told(engine))
    await book.remove_number("+4930111", by=ROOT)
    await book.remove_endpoint(PHONE.endpoint_id, by=ROOT)
    await book.deactivate_agent(ANNA.agent_id, by=ROOT)
    await book.deactivate_project(LINE.project_id, by=ROOT)
    await book.deactivate_client(NORD.client_id, by=ROOT)
    await book.deactivate_client(NORD.client_id, by=ROOT)  # was out of use: nothing changed
    in_use, out = {"is_active": True}, {"is_active": False}
    assert (await told(engine))[begin:] == [
        ("number.removed", "+4930111", {"project_id": "line"}, None),
        ("endpoint.removed", "phone-anna", {"agent_id": "anna", "is_browser": False}, None),
        ("agent.deactivated", "anna", in_use, out),
        ("project.deactivated", "line", in_use, out),
        ("client.deactivated", "nord", in_use, out),
    ]
    assert (await AuditStore(engine).latest(1))[0].user_id == "root"


async def test_a_change_that_cannot_be_put_on_record_does_not_happen(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise RuntimeError("no record, no change")

    book = DirectoryStore(engine)
    await book.apply(CENTRE)
    monkeypatch.setattr(directory_room, "put_on_record", refuse)
    with pytest.raises(RuntimeError):
        await book.put_client(replace(NORD, name="Unseen"))
    assert [listed.item.name for listed in await book.clients()] == ["Nord"]
    monkeypatch.setattr(directory_room, "put_on_record", audit_room.put_on_record)
    await book.put_client(replace(NORD, name="Seen"))


async def test_users_are_on_record_without_any_secret_or_hash(engine: AsyncEngine) -> None:
    users = UserStore(engine)
    invited = replace(CLERK, one_time_hash="HASH-1", one_time_expires_at=Instant(9), must_set_password=True)
    assert await users.add(invited, by=ROOT)
    assert not await users.add(invited, by=ROOT)
    await users.set_password(CLERK.user_id, "HASH-2", by=ROOT)
    await users.put(replace(CLERK, password_hash="HASH-2", role=Role.ADMIN), by=ROOT)
    await users.put(replace(CLERK, role=Role.ADMIN, one_time_hash="HASH-3"), by=ROOT)
    deeds = await told(engine)
    assert [deed for deed, _, _, _ in deeds] == ["user.added", "user.password_set", "user.changed", "user.one_time_login"]
    assert (deeds[2][2]["role"], deeds[2][3]["role"]) == ("clerk", "admin")
    assert "HASH" not in str(deeds)


async def test_webhooks_and_phone_passwords_are_on_record_without_their_secrets(engine: AsyncEngine) -> None:
    await DirectoryStore(engine).apply(CENTRE)
    begin = len(await told(engine))
    hook = Subscription(
        subscription_id="w1",
        url="https://hooks.example/x",
        events=("*",),
        client_id=None,
        secret="SECRET-1",
        created_at=Instant(1),
    )
    hooks = WebhookStore(engine, KEYS)
    await hooks.add(hook, by=ROOT)
    assert await hooks.remove("w1", by=ROOT)
    assert not await hooks.remove("w1", by=ROOT)
    await EndpointStore(engine, KEYS).set_password(PHONE.endpoint_id, "SECRET-2")
    deeds = (await told(engine))[begin:]
    assert [deed for deed, _, _, _ in deeds] == ["webhook.subscribed", "webhook.unsubscribed", "endpoint.password_set"]
    assert deeds[0][3] == deeds[1][2] == {"url": hook.url, "events": ["*"], "client_id": None, "is_active": True}
    assert "SECRET" not in str(deeds)
    assert (await AuditStore(engine).latest(1))[0].user_id == "service"


async def test_the_record_is_read_page_by_page_without_hole_or_overlap(engine: AsyncEngine) -> None:
    await DirectoryStore(engine).apply(CENTRE)
    audit, seen, before = AuditStore(engine), list[int](), None
    while page := await audit.latest(2, before=before):
        seen += [deed.number for deed in page]
        before = page[-1].number
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == 5
