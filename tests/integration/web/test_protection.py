"""What every request meets: names, origins, sizes, paces, headers, and errors that say nothing they should not."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from routing.answering_machine import VoiceMessage
from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import Instant
from tests.integration.web.edge import PASSWORD, World, a_world
from tests.integration.web.test_handing import CALL, talking
from web.api.messages import audio_path
from web.dial_refusals import DIAL_REFUSALS
from web.problems import EDGE, REFUSALS

MINUTES = "/api/v1/minutes?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z"


async def raw(world: World, request: bytes) -> bytes:
    host, port = world.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    await writer.drain()
    async with asyncio.timeout(10):
        answered = await reader.read(100_000)
    writer.close()
    await writer.wait_closed()
    return answered


# -- who asks, and under which name ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "http://127.0.0.1", None])
async def test_a_foreign_page_changes_nothing_with_the_browsers_cookie(world: World, origin: str | None) -> None:
    browser = world.browser()
    await browser.log_in("anna")
    browser.origin = origin
    for method, path in (("POST", "/api/v1/agents/anna/available"), ("DELETE", "/api/v1/session")):
        status, problem = await browser.ask(method, path)
        assert (status, problem["code"]) == (403, "foreign_origin")
    assert world.intents.asked == []


async def test_a_foreign_page_logs_nobody_in(world: World) -> None:
    browser = world.browser()
    browser.origin = "http://evil.example"
    assert (await browser.log_in("anna"))[1]["code"] == "foreign_origin"


async def test_a_form_cannot_speak_json(world: World) -> None:
    body = json.dumps({"login": "anna", "password": PASSWORD})
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        status, problem = await world.ask("POST", "/api/v1/session", data=body, headers={"Content-Type": content_type})
        assert (status, problem["code"]) == (415, "not_json")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "127.0.0.1"])
async def test_a_foreign_name_that_points_here_gets_nothing(world: World, host: str) -> None:
    status, problem = await world.ask("GET", "/api/v1/openapi.json", headers={"Host": host})
    assert (status, problem["code"]) == (421, "wrong_host")
    assert (await world.ask("GET", "/healthz", headers={"Host": host}))[0] == 200


# -- sizes and paces -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
async def test_a_connection_that_never_says_what_it_wants_is_closed(said: bytes) -> None:
    async with a_world(head_timeout_s=0.2) as world:
        assert await raw(world, said) == b""


async def test_a_connection_that_has_asked_may_be_silent_for_longer(tmp_path: Path) -> None:
    async with a_world(head_timeout_s=0.2) as world:
        host, port = world.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        writer.write(head)
        assert b"200 OK" in await reader.readuntil(b"}")
        # Another one that is closed for its silence has waited for longer than this one was given.
        assert await raw(world, b"") == b""
        writer.write(head)
        assert b"200 OK" in await reader.readuntil(b"}")
        writer.close()


async def test_a_body_that_says_it_is_too_large_is_refused_unread(world: World) -> None:
    status, problem = await world.ask("POST", "/api/v1/session", data=b"x" * 70_000, headers={"Content-Type": "application/json"})
    assert (status, problem["code"], problem["facts"]) == (413, "too_large", {"limit_bytes": 65_536})


async def test_a_body_that_turns_out_too_large_is_refused(world: World) -> None:
    async def endless() -> Any:
        for _ in range(100):
            yield b" " * 1_000

    status, problem = await world.ask("POST", "/api/v1/session", data=endless(), headers={"Content-Type": "application/json"})
    assert (status, problem["code"]) == (413, "too_large")


async def test_a_body_that_never_comes_is_not_waited_for() -> None:
    async with a_world(body_timeout_s=0.05) as world:
        head = f"POST /api/v1/session HTTP/1.1\r\nHost: {world.url[7:]}\r\n"
        answered = await raw(world, head.encode() + b"Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{")
    assert answered.startswith(b"HTTP/1.1 408")
    assert b'"too_slow"' in answered


async def test_deep_and_huge_json_is_refused_without_harm(world: World) -> None:
    for body in (
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"login":' + b"9" * 60_000 + b"}",
        b'"\xff\xfe"',
        b'{"login":"\\ud800"}',
        b"",
    ):
        status, problem = await world.ask("POST", "/api/v1/session", data=body, headers={"Content-Type": "application/json"})
        assert (status, problem["type"].startswith("urn:fernamt:problem:")) in ((400, True), (422, True)), body[:20]


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_what_is_no_http_gets_a_refusal_and_no_insight(world: World, request_: bytes) -> None:
    with capture_logs():
        answered = await raw(world, request_)
    assert answered.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    assert b"Traceback" not in answered
    assert b".py" not in answered


# -- injections ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["x\r\nSet-Cookie: a=b", "x\ny", "a\x00b", "\x1b[31m", "\u0085"])
async def test_control_characters_are_refused_in_every_text(world: World, value: str) -> None:
    status, problem = await world.ask("POST", "/api/v1/agents/anna/pause", by="anna", json={"pause_reason": value})
    assert (status, problem["fields"][0]["at"]) == (422, "/pause_reason")
    assert world.intents.asked == []


@pytest.mark.parametrize("header", ["Accept-Language", "X-Request-Id", "Referer"])
async def test_what_a_header_says_is_not_said_back(world: World, header: str) -> None:
    async with world.client.get(world.url + "/nothing", headers={header: "INJECTED"}) as response:
        assert "INJECTED" not in str(response.headers) + await response.text()


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/agents/..%2f..%2fusers",
        "/api/v1/agents/%2e%2e",
        "/api/v1/messages/..%2f..%2fetc%2fpasswd/audio",
        "/api/v1/agents/a%00b",
        "/api/v1/agents/anna'--",
        "/api/v1/agents/" + "a" * 500,
        "/api/v1/numbers/%2B49%0d%0aX",
        "/../../etc/passwd",
        "//etc/passwd",
    ],
)
async def test_paths_lead_nowhere_they_should_not(world: World, path: str) -> None:
    async with world.client.get(
        aiohttp.client.URL(world.url + path, encoded=True), headers={"Authorization": f"Bearer {world.token('root')}"}
    ) as response:
        assert response.status in (404, 405)
        assert response.content_type == "application/problem+json"


async def test_every_wrong_field_is_named_at_once(world: World) -> None:
    browser = world.browser()
    await browser.log_in("root")
    wrong = {"client_id": "a b", "name": "", "ring_timeout_ms": "20000", "weights": [1.0], "colour": "red", "music": 1}
    status, problem = await browser.ask("PUT", "/api/v1/projects/new", json=wrong)
    assert status == 422
    places = {fault["at"] for fault in problem["fields"]}
    assert places == {"/client_id", "/name", "/ring_timeout_ms", "/weights", "/colour", "/music"}


async def test_what_cannot_be_used_is_not_repeated(world: World) -> None:
    _, problem = await world.ask("POST", "/api/v1/session", json={"login": 5, "password": ["hunter2"]})
    assert "hunter2" not in str(problem)


# -- errors ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/api/v2/me", 404, "not_found"),
        ("PATCH", "/api/v1/me", 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
    ],
)
async def test_the_librarys_own_refusals_are_problems_too(world: World, method: str, path: str, status: int, code: str) -> None:
    async with world.client.request(method, world.url + path) as response:
        problem = await response.json()
        assert (response.status, response.content_type, problem["code"]) == (status, "application/problem+json", code)
        assert problem["status"] == status
        assert ("Allow" in response.headers) is (status == 405)


async def test_what_nobody_foresaw_is_noted_and_says_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Any:
        raise RuntimeError("password=hunter2 at /etc/fernamt")

    monkeypatch.setattr(world.floor, "agents", fails)
    with capture_logs() as logs:
        status, problem = await world.ask("GET", "/api/v1/agents", by="sven")
    assert (status, problem["code"]) == (500, "internal")
    assert "hunter2" not in str(problem)
    noted = [entry for entry in logs if entry["event"] == "request_failed"]
    assert problem["instance"] == f"urn:fernamt:request:{noted[0]['request_id']}"


async def test_a_file_that_broke_off_does_not_look_whole(world: World) -> None:
    world.minutes.breaks_off = True
    headers = {"Authorization": f"Bearer {world.token('kurt')}"}
    with capture_logs(), pytest.raises(aiohttp.ClientPayloadError):
        async with world.client.get(world.url + MINUTES, headers=headers) as response:
            await response.read()


async def test_a_file_that_fails_from_the_start_is_a_problem(world: World) -> None:
    world.minutes.fails = True
    with capture_logs():
        assert (await world.ask("GET", MINUTES, by="kurt"))[1]["code"] == "internal"


@pytest.mark.parametrize("code", list(RefusalCode))
async def test_every_refusal_has_a_status_and_a_text_in_both_languages(world: World, code: RefusalCode) -> None:
    world.intents.refusal = Refusal(code=code, facts={"state": "paused"})
    talking(world)
    asked, body = "agents/anna/available", None
    if code in DIAL_REFUSALS:  # told of calls outside only
        asked, body = f"calls/{CALL}/transfer", {"agent_id": "ben"}
    titles = set()
    for language in ("de", "en"):
        spoken = {"Accept-Language": language}
        status, problem = await world.ask("POST", f"/api/v1/{asked}", by="anna", json=body, headers=spoken)
        assert status == REFUSALS[code].status
        assert 400 <= status < 500 or status == 503
        titles.add(problem["title"])
    assert len(titles) == 2
    world.problems.clear()  # it is asked of one route, and is no answer of that one


async def test_a_call_of_somebody_else_is_refused_in_the_words_of_one_that_is_not_there(world: World) -> None:
    answers = []
    for code in (RefusalCode.NOT_YOUR_CALL, RefusalCode.NO_SUCH_CALL):
        world.intents.refusal = Refusal(code=code, facts={})
        _, problem = await world.ask("POST", "/api/v1/agents/anna/available", by="anna")
        problem.pop("instance")
        answers.append(problem)
    assert answers[0] == answers[1]
    world.problems.clear()  # no answer of that route


def test_every_problem_has_both_titles_and_an_honest_status() -> None:
    for kind in (*EDGE.values(), *REFUSALS.values()):
        assert kind.de != kind.en
        assert 400 <= kind.status < 600
    assert set(REFUSALS) == set(RefusalCode)


# -- headers, log, health --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/v1/me", "/nothing", "/healthz", "/api/v1/openapi.json", MINUTES])
async def test_every_answer_is_protected(world: World, path: str) -> None:
    headers = {"Authorization": f"Bearer {world.token('kurt')}"}
    async with world.client.get(world.url + path, headers=headers) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Server"] == "fernamt"
        assert response.headers["X-Request-Id"]
        if path.startswith("/api/"):
            assert response.headers["Cache-Control"] == "no-store"


async def test_the_log_has_the_pattern_and_no_secret(world: World) -> None:
    secret = world.token("anna")
    headers = {"Authorization": f"Bearer {secret}", "Cookie": "fernamt=cookiesecret"}
    with capture_logs() as logs:
        await world.ask("GET", "/api/v1/agents/anna?secret=querysecret", headers=headers)
        await world.browser().log_in("anna", "wrongpassword")
        await world.ask("GET", "/secretpath")
    text = str(logs)
    assert [entry["route"] for entry in logs if entry["event"] == "request"] == [
        "/api/v1/agents/{agent_id}",
        "/api/v1/session",
        "unmatched",
    ]
    for word in (secret, "cookiesecret", "querysecret", "wrongpassword", "secretpath"):
        assert word not in text
    assert [seen[:3] for seen in world.observed][-1] == ("GET", "unmatched", 404)


async def test_ready_says_what_is_missing(world: World) -> None:
    assert await world.ask("GET", "/readyz") == (
        200,
        {"status": "ready", "checks": {"switch": True, "journal": True, "directory": True}},
    )
    world.readiness.state["switch"] = False
    status, answered = await world.ask("GET", "/readyz")
    assert (status, answered["status"], answered["checks"]["switch"]) == (503, "not_ready", False)


# -- voice messages --------------------------------------------------------------------------------------------------------


def test_a_message_is_a_file_in_the_folder_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "messages"
    (folder / "2026").mkdir(parents=True)
    (folder / "2026" / "one.wav").write_bytes(b"RIFF")
    (tmp_path / "secret.wav").write_bytes(b"RIFF")
    (folder / "notes.txt").write_text("x")
    (folder / "link.wav").symlink_to(tmp_path / "secret.wav")
    (folder / "up").symlink_to(tmp_path)
    assert audio_path(folder, "2026/one.wav") == (folder / "2026" / "one.wav").resolve()
    for name in (
        "../secret.wav",
        "2026/../../secret.wav",
        str(tmp_path / "secret.wav"),
        "link.wav",
        "up/secret.wav",
        "notes.txt",
        "2026",
        "",
        "a\x00.wav",
        "missing.wav",
    ):
        assert audio_path(folder, name) is None, name


async def test_hearing_a_message_is_kept(tmp_path: Path) -> None:
    (tmp_path / "one.wav").write_bytes(b"RIFFdata")
    async with a_world(messages_folder=tmp_path) as world:
        for message_id, name in (("m1", "one.wav"), ("m2", "../../etc/passwd")):
            world.messages.rows[message_id] = VoiceMessage(
                message_id=message_id,
                call_id="c",
                did="+4930111",
                project_id=None,
                client_id=None,
                received_at=Instant(1_790_000_000_000_000),
                duration_ms=3_000,
                masked_caller=None,
                file_name=name,
            )
        assert await world.ask("GET", "/api/v1/messages/m1/audio", by="sven") == (200, b"RIFFdata")
        assert (await world.ask("GET", "/api/v1/messages/m2/audio", by="sven"))[0] == 404
        assert [(deed, subject) for _, deed, subject, _ in world.audit.deeds] == [("message.heard", "m1")]
        _, listed = await world.ask("GET", "/api/v1/messages", by="sven")
        assert "wav" not in str(listed)
