"""Lead lists over the API: who makes them, how a file comes in, what goes out, and what the other side is refused."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

from fernamt.leads.places import MAY_LEAVE_OUT
from fernamt.leads.sealed import opened_source
from store.lead_imports import ImportState
from tests.integration.web.edge import a_world
from tests.integration.web.memory_leads import FILE_KEYS

LISTS = "/api/v1/lead-lists"
NEW = {
    "list_id": "autumn",
    "project_id": "acme-service",
    "name": "Autumn",
    "owner": "acme",
    "purpose": "survey",
    "expires_at": "2030-01-01T00:00:00Z",
    "fields": [{"name": "tariff"}],
}


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_list_is_made_seen_by_its_client_alone_and_paused(tmp_path: Path) -> None:
    async with a_world(leads_folder=tmp_path) as world:
        assert (await world.ask("POST", LISTS, by="root", json=NEW))[0] == 204
        assert (await world.ask("POST", LISTS, by="root", json=NEW))[0] in (409, 422)
        status, seen = await world.ask("GET", LISTS, by="acme")
        assert (status, [each["list_id"] for each in seen["items"]]) == (200, ["list-acme", "autumn"])
        _, shown = await world.ask("GET", f"{LISTS}/autumn", by="acme")
        assert (shown["is_advertising"], shown["purpose"]) == (True, "survey")
        assert (await world.ask("POST", f"{LISTS}/autumn/state", by="root", json={"state": "closed"}))[0] == 204
        status, problem = await world.ask("POST", f"{LISTS}/autumn/state", by="root", json={"state": "open"})
        assert (status, problem["code"]) == (409, "not_open")


async def test_a_file_comes_in_piece_by_piece_and_is_started_once(tmp_path: Path) -> None:
    async with a_world(leads_folder=tmp_path / "leads", lead_faults_left_out=MAY_LEAVE_OUT) as world:
        body = b"Telefon\n" + b"030 23125 100\n" * 100_000
        path = f"{LISTS}/list-acme/imports?name=Neue%20Kunden.csv"
        status, made = await world.ask("POST", path, by="root", data=BytesIO(body))
        assert (status, made["state"], made["file_name"]) == (200, "uploaded", "Neue Kunden.csv")
        [stored] = files_in(tmp_path / "leads")
        assert (stored.stat().st_mode & 0o077, stored.suffix) == (0, ".csv")
        assert b"23125" not in stored.read_bytes()
        with opened_source(stored, FILE_KEYS) as opened:
            assert opened.read() == body
        number = made["import_no"]
        preview = f"/api/v1/lead-imports/{number}/preview"
        assert (await world.ask("GET", f"{preview}?mapping=number,name&sheet=A", by="root"))[0] == 200
        assert world.lead_files.previewed == [(stored.name, "list-acme", "A", ("number", "name"))]
        status, problem = await world.ask("GET", f"{preview}?sheet=none", by="root")
        assert (status, problem["code"], problem["facts"]["why"]) == (422, "unusable_file", "no_such_sheet")
        start = f"/api/v1/lead-imports/{number}/start"
        wrong = {"mapping": ["number"], "leave_out": ["control_characters"]}
        assert (await world.ask("POST", start, by="root", json=wrong))[0] == 422
        assert (await world.ask("POST", start, by="root", json={"mapping": ["number"], "leave_out": ["bad_number"]}))[0] == 204
        assert world.lead_imports.rows[int(number)].state is ImportState.WAITING
        assert (await world.ask("POST", start, by="root", json={"mapping": ["number"]}))[0] == 409
        cancel = f"/api/v1/lead-imports/{number}/cancel"
        assert [(await world.ask("POST", cancel, by="root"))[0] for _ in range(2)] == [204, 409]


async def test_a_client_sees_an_imports_faults_but_neither_uploads_nor_starts(tmp_path: Path) -> None:
    async with a_world(leads_folder=tmp_path) as world:
        status, shown = await world.ask("GET", "/api/v1/lead-imports/1", by="acme")
        assert (status, shown["faults"]) == (200, [{"row": 2, "column": 1, "code": "bad_number"}])
        assert (await world.ask("POST", f"{LISTS}/list-acme/imports", by="acme", data=b"Telefon\n1\n"))[0] == 403
        assert (await world.ask("POST", "/api/v1/lead-imports/1/start", by="acme", json={"mapping": ["number"]}))[0] == 403
        assert files_in(tmp_path) == []


async def test_a_file_for_a_closed_list_or_beyond_five_waiting_is_refused_and_not_kept(tmp_path: Path) -> None:
    async with a_world(leads_folder=tmp_path) as world:
        upload = f"{LISTS}/list-acme/imports"
        answers = [(await world.ask("POST", upload, by="root", data=b"Telefon\n1\n"))[0] for _ in range(5)]
        assert answers == [200, 200, 200, 200, 503]
        assert len(files_in(tmp_path)) == 4
        await world.ask("POST", f"{LISTS}/list-acme/state", by="root", json={"state": "closed"})
        assert (await world.ask("POST", upload, by="root", data=b"Telefon\n1\n"))[0] == 409


async def test_files_that_come_in_at_once_are_no_more_than_those_that_may_wait(tmp_path: Path) -> None:
    async with a_world(leads_folder=tmp_path) as world:
        begun, may_end = asyncio.Event(), asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield b"Telefon\n"
            begun.set()
            await may_end.wait()
            yield b"1\n"

        upload = f"{LISTS}/list-acme/imports"
        world.token("root")
        uploads = []
        for _ in range(4):
            uploads.append(asyncio.create_task(world.ask("POST", upload, by="root", data=slow())))
            await begun.wait()
            begun.clear()
        while len(files_in(tmp_path)) < 4:  # noqa: ASYNC110 - the last one's file is made in a thread, which tells nobody
            await asyncio.sleep(0.01)
        assert (await world.ask("POST", upload, by="root", data=b"Telefon\n1\n"))[0] == 503
        may_end.set()
        assert [status for status, _ in await asyncio.gather(*uploads)] == [200] * 4


async def test_results_go_to_the_client_whose_list_it_is_and_each_export_is_on_record(tmp_path: Path) -> None:
    async with a_world(leads_folder=tmp_path) as world:
        status, body = await world.ask("GET", f"{LISTS}/list-acme/results", by="acme")
        assert (status, body) == (200, b"lead_id\r\n7\r\n")
        assert (await world.ask("GET", f"{LISTS}/list-bolt/results", by="acme"))[0] == 404
        assert [deed[1] for deed in world.audit.deeds] == ["leads.exported"]


async def test_an_unclear_lead_is_decided_by_a_person(tmp_path: Path) -> None:
    async with a_world(leads_folder=tmp_path) as world:
        _, waiting = await world.ask("GET", f"{LISTS}/list-acme/unclear", by="root")
        assert [each["lead_id"] for each in waiting["items"]] == ["7"]
        decide = f"{LISTS}/list-acme/leads/7/decide"
        assert (await world.ask("POST", decide, by="root", json={"verdict": "retry"}))[0] == 204
        assert (await world.ask("POST", decide, by="root", json={"verdict": "call_back"}))[0] == 422
        assert (await world.ask("POST", decide.replace("7", "8"), by="root", json={"verdict": "done"}))[0] == 404


async def test_a_deleted_list_answers_like_none(tmp_path: Path) -> None:
    async with a_world(leads_folder=tmp_path) as world:
        delete = f"{LISTS}/list-acme/delete"
        assert (await world.ask("POST", delete, by="root", json={"reason": "contract ended"}))[0] == 204
        assert (await world.ask("GET", f"{LISTS}/list-acme", by="root"))[0] == 404
