"""Documents of rights to show a number, over the API, and what somebody could try with them."""

import json
from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest

from tests.integration.web.edge import World
from tests.integration.web.memory_outbound import A_PDF
from web.routes import PREFIX

RIGHTS = f"{PREFIX}/shown-rights"
DOCUMENTS = f"{RIGHTS}/head-office/documents"
A_PNG = b"\x89PNG\r\n\x1a\n" + bytes(64) + b"IEND\xaeB`\x82"


def a_file(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "content": b64encode(content).decode()}


async def test_a_document_is_added_listed_counted_and_downloaded_on_record(world: World) -> None:
    status, added = await world.ask("POST", DOCUMENTS, by="root", json=a_file("../renewed.PNG", A_PNG))
    assert (status, added["version"], added["name"], added["media_type"]) == (200, 2, "renewed.png", "image/png")
    assert added["added_by"] == "Root"
    _, found = await world.ask("GET", DOCUMENTS, by="sven")
    assert [(each["version"], each["name"]) for each in found["items"]] == [(2, "renewed.png"), (1, "contract.pdf")]
    (right,) = (await world.ask("GET", RIGHTS, by="sven"))[1]["items"]
    assert right["documents"] == 2
    assert await world.ask("GET", f"{DOCUMENTS}/2", by="sven") == (200, A_PNG)
    assert await world.ask("GET", f"{DOCUMENTS}/1", by="kurt") == (200, A_PDF)
    shown = [(who, subject) for who, deed, subject, _ in world.audit.deeds if deed == "shown_right.document_shown"]
    assert shown == [(world.user("sven").user_id, "head-office 2"), (world.user("kurt").user_id, "head-office 1")]


async def test_a_document_is_never_shown_as_a_page(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.token('sven')}"}
    async with world.client.get(f"{world.url}{DOCUMENTS}/1", headers=headers) as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "file",
    [
        a_file("contract.pdf", b"MZ\x90\x00 not what its name says"),
        a_file("contract.pdf", b"<html>%PDF-1.7 %%EOF</html>"),
        a_file("contract.pdf", b"%PDF-1.7 half of it"),
        {"name": "contract.pdf", "content": "no base64!"},
        {"name": "a\r\nb.pdf", "content": b64encode(A_PDF).decode()},
        {"name": "contract.pdf", "content": b64encode(A_PDF).decode(), "media_type": "text/html"},
        {"name": "contract.pdf"},
    ],
    ids=str,
)
async def test_what_is_no_document_is_refused_and_nothing_is_kept(world: World, file: dict[str, Any]) -> None:
    status, problem = await world.ask("POST", DOCUMENTS, by="root", json=file)
    assert (status, problem["code"]) == (422, "invalid")
    assert await world.right_documents.counts() == {"head-office": 1}


async def test_a_document_that_is_too_large_is_refused(world: World) -> None:
    large = b"%PDF-1.7" + bytes(4 * 1024 * 1024) + b"%%EOF"
    for content, status in ((large, 422), (2 * large, 413)):
        body = BytesIO(json.dumps(a_file("x.pdf", content)).encode())
        sent = {"Content-Type": "application/json"}
        assert (await world.ask("POST", DOCUMENTS, by="root", data=body, headers=sent))[0] == status
    assert await world.right_documents.counts() == {"head-office": 1}


@pytest.mark.parametrize("login", ["anna", "lena", "rita", "acme", "bolt"])
async def test_who_has_no_business_with_the_register_sees_nothing_of_it(world: World, login: str) -> None:
    asked = [await world.ask("GET", path, by=login) for path in (RIGHTS, DOCUMENTS, f"{DOCUMENTS}/1")]
    asked.append(await world.ask("POST", DOCUMENTS, by=login, json=a_file("x.pdf", A_PDF)))
    assert [status for status, _ in asked] == [403] * 4
    assert world.audit.deeds == []


async def test_who_may_look_may_not_add(world: World) -> None:
    for login in ("sven", "kurt"):
        assert (await world.ask("POST", DOCUMENTS, by=login, json=a_file("x.pdf", A_PDF)))[0] == 403


@pytest.mark.parametrize("path", ["nothing/documents", "nothing/documents/1", "head-office/documents/9"])
async def test_what_is_not_there_is_not_found_and_no_look_at_it_is_on_record(world: World, path: str) -> None:
    assert (await world.ask("GET", f"{RIGHTS}/{path}", by="root"))[0] == 404
    assert world.audit.deeds == []


@pytest.mark.parametrize("path", ["head-office/documents/0", "head-office/documents/-1", "head-office/documents/1e9"])
async def test_a_version_is_a_plain_number(world: World, path: str) -> None:
    assert (await world.ask("GET", f"{RIGHTS}/{path}", by="root"))[0] == 404


async def test_a_right_that_is_not_there_takes_no_document(world: World) -> None:
    assert (await world.ask("POST", f"{RIGHTS}/nothing/documents", by="root", json=a_file("x.pdf", A_PDF)))[0] == 404
