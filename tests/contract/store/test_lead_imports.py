"""All leads of a file exist from one instant on, or none ever does: on both databases, whatever is wrong and whoever dies."""

import csv
import json
import os
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.leads import importing, work
from fernamt.leads.places import MAY_LEAVE_OUT
from routing.leads.lists import LeadListId, ListState
from routing.outbound.asking import WorkKind
from routing.outbound.facts import ConsentPurpose, Covers, ListOwner
from routing.outbound.lead import LeadState
from store.centre import CentreRejected
from store.consents import ConsentStore
from store.directory import DirectoryStore
from store.do_not_call import DoNotCallList, DoNotCallStore
from store.engine import reading
from store.lead_imports import ImportState, LeadImport, LeadImportStore
from store.lead_rows import person_in
from store.lead_staging import LeadStaging
from store.parties import PartyStore
from store.tables.accounts import AUDIT
from store.tables.leads import LEAD_IMPORTS, LEAD_LISTS, LEAD_NUMBERS, LEADS
from telephony.identifiers import ClientId, Instant
from tests.contract.store.lead_words import AT, DAY, KEYS, MAPPING, ROOT, House, a_list, centre, rows
from tests.spreadsheets import write_xlsx

SPRING = LeadListId("spring")
PROVEN = "Telefon;Name;am;wie;Text;Nachweis\n030 23125 100;Erika;17.03.2026;Formular;Ja, gern;Blatt 7\n"
PROOF = ["number", "name", "consent_at", "consent_how", "consent_text", "consent_document"]


@pytest.fixture
async def house(engine: AsyncEngine, tmp_path: Path) -> House:
    house = House(engine, tmp_path, centre(acme=WorkKind.SERVICE, bolt=WorkKind.SERVICE))
    await house.open(a_list(), a_list("autumn"), a_list("foreign", client="bolt"))
    return house


async def all_of(house: House, table: Any) -> list[Any]:
    async with reading(house.engine) as connection:
        return list((await connection.execute(select(table))).all())


async def states(house: House, name: str = "spring") -> dict[LeadState, int]:
    return dict((await house.lists.figures(LeadListId(name))).by_state)


async def test_leads_exist_once_the_import_is_done_and_the_file_is_gone(house: House) -> None:
    ended = await house.took(rows("030 23125 100", "+49 (0) 171 1234567", "+43 1 5123456"))
    assert (ended.state, ended.leads, ended.report.counts) == (ImportState.DONE, 3, {})
    assert await states(house) == {LeadState.FRESH: 3}
    people = [person_in(row, KEYS) for row in await all_of(house, LEADS)]
    assert [each.numbers for each in people if each] == [["+493023125100"], ["+491711234567"], ["+4315123456"]]
    assert list(house.folder.iterdir()) == []


async def test_nothing_of_a_person_stands_in_clear_in_the_database(house: House) -> None:
    await house.took(rows("030 23125 100"))
    for table in (LEADS, LEAD_NUMBERS, LEAD_IMPORTS):
        for row in await all_of(house, table):
            assert "23125100" not in str(row)
            assert "Erika" not in str(row)


async def test_one_fault_refuses_the_whole_file_and_all_faults_are_told(house: House) -> None:
    ended = await house.took(rows("030 23125 100", "12", "0900 1234567", ""))
    assert ended.state is ImportState.REFUSED
    assert ended.report.faults == [(3, 1, "bad_number"), (4, 1, "number_class_refused"), (5, 1, "no_number")]
    assert await states(house) == {}
    assert await all_of(house, LEADS) == []


async def test_rows_with_faults_somebody_chose_are_left_out_and_counted(house: House) -> None:
    ended = await house.took(rows("030 23125 100", "12"), leave_out=["bad_number"])
    assert (ended.state, ended.leads, ended.report.left_out) == (ImportState.DONE, 1, 1)


async def test_a_number_twice_in_the_file_is_a_duplicate_in_any_spelling(house: House) -> None:
    text = rows("030 23125 100", "+49 171 1234567", "0049 (30) 23125-100")
    refused = await house.took(text)
    assert (refused.state, refused.report.counts) == (ImportState.REFUSED, {"duplicate_in_file": 1})
    assert refused.report.faults == [(4, 0, "duplicate_in_file")]
    ended = await house.took(text, leave_out=["duplicate_in_file"])
    assert (ended.leads, ended.report.left_out) == (2, 1)


async def test_a_number_on_another_list_of_the_client_is_a_duplicate_and_on_another_clients_is_none(house: House) -> None:
    await house.took(rows("030 23125 100"))
    again = await house.took(rows("+49 30 23125100"), "autumn")
    assert (again.state, again.report.counts) == (ImportState.REFUSED, {"duplicate_in_list": 1})
    elsewhere = await house.took(rows("+49 30 23125100"), "foreign")
    assert elsewhere.state is ImportState.DONE


async def test_second_numbers_count_as_duplicates_too_and_the_first_lead_keeps_its_place(house: House) -> None:
    text = "Telefon;Mobil\n030 23125 100;0171 1234567\n0171 1234567;\n"
    ended = await house.took(text, mapping=["number", "number_mobile"], leave_out=["duplicate_in_file"])
    assert (ended.leads, ended.report.left_out) == (1, 1)
    assert len(await all_of(house, LEAD_NUMBERS)) == 2


async def test_who_is_on_a_do_not_call_list_is_no_lead(house: House) -> None:
    lists = DoNotCallStore(house.engine, KEYS)
    await lists.add(DoNotCallList(owner=ListOwner.CLIENT, owner_id="acme"), ["+493023125100"], by=ROOT)
    only_advertising = DoNotCallList(owner=ListOwner.CENTRE)
    await lists.add(only_advertising, ["+491711234567"], covers=Covers.ADVERTISING, by=ROOT)
    ended = await house.took(rows("030 23125 100", "0171 1234567"), leave_out=["on_do_not_call_list"])
    assert (ended.leads, ended.report.counts) == (1, {"on_do_not_call_list": 1})


@pytest.fixture
async def adverts(engine: AsyncEngine, tmp_path: Path) -> House:
    """A project that advertises: its list for service calls advertises as well."""
    house = House(engine, tmp_path, centre(acme=WorkKind.SURVEY))
    await house.open(a_list())
    return house


async def test_advertising_without_a_consent_is_refused_surveys_and_offer_steps_included(adverts: House) -> None:
    ended = await adverts.took(rows("030 23125 100"))
    assert (ended.state, ended.report.counts) == (ImportState.REFUSED, {"missing_consent": 1})


async def test_a_consent_in_the_file_is_filed_with_its_proof(adverts: House) -> None:
    ended = await adverts.took(PROVEN, mapping=PROOF)
    assert (ended.state, ended.leads) == (ImportState.DONE, 1)
    filed = [row for row in await all_of(adverts, AUDIT) if row.deed == "consents.filed_by_import"]
    assert [(row.subject, json.loads(row.after)["leads"]) for row in filed] == [(str(ended.import_no), 1)]
    again = await adverts.took(PROVEN, mapping=PROOF, leave_out=["duplicate_in_list"])
    assert again.report.counts == {"duplicate_in_list": 1}
    [recorded] = await ConsentStore(adverts.engine, KEYS).history("030 23125-100")
    assert (recorded.consent.document, recorded.consent.wording, recorded.is_in_force) == ("Blatt 7", "Ja, gern", True)
    assert (recorded.consent.purpose, recorded.consent.source) == (ConsentPurpose.SURVEY, "lead list spring")


async def test_an_older_proof_stays_on_record_beside_a_newer_one(adverts: House) -> None:
    await adverts.took(PROVEN, mapping=PROOF)
    await adverts.lists.delete(SPRING, reason="over", by=ROOT)
    await adverts.lists.tidy(expired_before=AT)
    await adverts.lists.add(a_list("summer"), by=ROOT)
    await adverts.took(PROVEN.replace("17.03.2026", "2026-05-04"), "summer", mapping=PROOF)
    history = await ConsentStore(adverts.engine, KEYS).history("030 23125-100")
    assert [each.is_in_force for each in history] == [True, True]


async def test_a_withdrawn_consent_is_not_revived_by_an_older_proof(adverts: House) -> None:
    await adverts.took(PROVEN, mapping=PROOF)
    await ConsentStore(adverts.engine, KEYS).withdraw("+493023125100", ClientId("acme"), AT, by=ROOT)
    ended = await adverts.took(PROVEN, mapping=PROOF, leave_out=["duplicate_in_list"])
    assert ended.leads == 0
    await adverts.lists.delete(SPRING, reason="over", by=ROOT)
    await adverts.lists.tidy(expired_before=AT)
    await adverts.lists.add(a_list("summer"), by=ROOT)
    refused = await adverts.took(PROVEN, "summer", mapping=PROOF)
    assert refused.report.counts == {"consent_withdrawn": 1}


async def test_a_consumers_consent_is_never_presumed_a_business_is_with_its_facts(adverts: House) -> None:
    mapping = ["number", "callee", "presumed_from"]
    text = "Telefon;Art;Tatsachen\n030 23125 100;business;buys from us since 2020\n0171 1234567;privat;likes us\n"
    refused = await adverts.took(text, mapping=mapping)
    assert refused.report.faults == [(3, 3, "presumed_of_consumer")]
    ended = await adverts.took("\n".join(text.splitlines()[:2]) + "\n", mapping=mapping)
    assert (ended.state, ended.leads) == (ImportState.DONE, 1)


class _Killed(BaseException):
    """As SIGKILL: nothing is tidied up."""


@pytest.mark.parametrize("step", ["begin", "add", "make_found", "remove", "decide", "proofs", "count", "end"])
async def test_who_dies_at_any_step_leaves_nothing_half_and_the_next_one_brings_it_to_its_end(
    adverts: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    work = await adverts.asked(PROVEN, mapping=PROOF)
    await _store_name(adverts, work.import_no, work.stored_as)
    original = getattr(LeadStaging, step)

    async def die_after(self: LeadStaging, *given: Any, **named: Any) -> Any:
        await original(self, *given, **named)
        raise _Killed

    monkeypatch.setattr(LeadStaging, step, die_after)
    with pytest.raises(_Killed):
        await (await adverts.importer()).run(work)
    monkeypatch.undo()
    stands = await adverts.imports.get(work.import_no)
    assert stands is not None
    seen = (await states(adverts)).get(LeadState.FRESH, 0)
    assert seen == (1 if stands.state in (ImportState.FILING, ImportState.DONE) else 0)
    for each in await adverts.imports.open():
        assert await (await adverts.importer()).run(each) is ImportState.DONE
    assert await states(adverts) == {LeadState.FRESH: 1}
    assert len(await all_of(adverts, LEAD_NUMBERS)) == 1


async def _store_name(house: House, number: int, name: str) -> None:
    from store.engine import writing
    from store.lead_imports import change_import

    async with writing(house.engine) as connection:
        await change_import(connection, number, {"stored_as": name})


async def test_a_cancelled_import_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    work = await house.asked(rows("030 23125 100", "030 23125 101", "030 23125 102", "030 23125 103"))

    def cancelled_meanwhile(_: Any) -> None:
        nonlocal is_told
        is_told = True

    is_told = False
    importer = await house.importer()
    original = LeadStaging.add

    async def add(self: LeadStaging, *given: Any, **named: Any) -> bool:
        taken = await original(self, *given, **named)
        await house.imports.cancel(work.import_no, by=ROOT)
        return taken

    monkeypatch.setattr(LeadStaging, "add", add)
    assert await importer.run(work, told=cancelled_meanwhile) is ImportState.CANCELLED
    assert is_told
    assert await all_of(house, LEADS) == []
    assert not await house.imports.cancel(work.import_no, by=ROOT)


async def test_a_person_erased_while_their_file_is_read_is_no_lead(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    work = await house.asked(rows("030 23125 100", "030 23125 101"))
    original = LeadStaging.add

    async def add(self: LeadStaging, *given: Any, **named: Any) -> bool:
        taken = await original(self, *given, **named)
        await PartyStore(house.engine, KEYS).erase(at=AT, receipt_id="r1", reason="asked for", number="+49 30 23125100")
        return taken

    monkeypatch.setattr(LeadStaging, "add", add)
    assert await (await house.importer()).run(work) is ImportState.DONE
    people = [person_in(row, KEYS) for row in await all_of(house, LEADS)]
    assert [each.numbers for each in people if each] == [["+493023125101"]]


async def test_erasing_a_person_empties_their_leads_everywhere_and_says_so(house: House) -> None:
    await house.took(rows("030 23125 100", "030 23125 101"))
    await house.took(rows("030 23125 100"), "foreign")
    receipt = await PartyStore(house.engine, KEYS).erase(at=AT, receipt_id="r1", reason="asked for", number="030/23125100")
    assert receipt.has_found
    told = {part.what: (part.count, part.became) for part in receipt.parts}
    assert told["leads"] == (2, "erased")
    assert await states(house) == {LeadState.FRESH: 1, LeadState.ERASED: 1}
    erased = [row for row in await all_of(house, LEADS) if row.state == LeadState.ERASED.value]
    assert [(row.sealed, row.wrapped_key, row.hashes, row.numbers) for row in erased] == [(None, None, None, "[]")] * 2
    assert len(await all_of(house, LEAD_NUMBERS)) == 1


async def test_a_restricted_person_is_kept_and_left_alone_by_all_lists(house: House) -> None:
    await house.took(rows("030 23125 100", "030 23125 101"))
    await house.took(rows("030 23125 100"), "foreign")
    only_advertising = DoNotCallList(owner=ListOwner.CENTRE)
    await DoNotCallStore(house.engine, KEYS).add(only_advertising, ["+493023125100"], covers=Covers.ADVERTISING, by=ROOT)
    receipt = await PartyStore(house.engine, KEYS).restrict("030/23125-100", receipt_id="r", reason="asked for", by=ROOT)
    told = {part.what: (part.count, part.became) for part in receipt.parts}
    counts = {"leads": 2, "do_not_call": 1, "consents": 0, "orders": 0}
    assert told == {what: (count, "restricted") for what, count in counts.items()}
    assert await states(house) == {LeadState.FRESH: 1, LeadState.RESTRICTED: 1}
    people = [person_in(row, KEYS) for row in await all_of(house, LEADS)]
    assert all(people), "nothing of them is lost"
    [entry] = (await DoNotCallStore(house.engine, KEYS).entries_of("+493023125100")).values()
    assert entry.covers is Covers.EVERYTHING
    again = await house.took(rows("030 23125 100"), "autumn", leave_out=["duplicate_in_list", "on_do_not_call_list"])
    assert again.leads == 0


async def test_a_deleted_list_is_seen_no_more_and_then_gone(house: House) -> None:
    await house.took(rows("030 23125 100"))
    assert await house.lists.delete(SPRING, reason="contract ended", by=ROOT)
    assert await house.lists.get(SPRING) is None
    assert not await house.lists.delete(SPRING, reason="again", by=ROOT)
    assert await house.lists.tidy(expired_before=AT) == 1
    assert await all_of(house, LEADS) == []
    assert await all_of(house, LEAD_NUMBERS) == []
    assert {row.list_id for row in await all_of(house, LEAD_LISTS)} == {"autumn", "foreign"}


async def test_the_people_of_a_list_go_after_its_term(house: House) -> None:
    await house.took(rows("030 23125 100"))
    assert await house.lists.tidy(expired_before=AT) == 0
    assert await house.lists.tidy(expired_before=Instant(AT + 400 * DAY)) == 1
    assert await house.lists.lists() == []


async def test_a_closed_list_takes_no_leads_and_never_opens_again(house: House) -> None:
    assert await house.lists.set_state(SPRING, ListState.PAUSED, by=ROOT)
    assert await house.lists.set_state(SPRING, ListState.CLOSED, by=ROOT)
    assert not await house.lists.set_state(SPRING, ListState.OPEN, by=ROOT)
    assert (await house.took(rows("030 23125 100"))).state is ImportState.CANCELLED


async def test_a_list_of_no_project_or_with_a_term_in_the_past_is_refused_with_all_faults(house: House) -> None:
    with pytest.raises(CentreRejected) as caught:
        await house.lists.add(a_list("x", client="nobody", expires_at=Instant(AT - 1), owner=" "), by=ROOT)
    assert len(caught.value.faults) == 3


async def test_the_same_rows_make_the_same_leads_and_faults_from_a_spreadsheet(house: House) -> None:
    numbers = ["030 23125000", "+43 664 1234567", "0049 30 23125000", "12", "", "0171 2345678"]
    text = rows(*numbers).replace("Muster 1", "Müller & Söhne").replace("030 23125000;", " 030 23125000;", 1)
    ended: list[LeadImport] = []
    for name in ("spring", "foreign"):
        work = await house.asked(text, name, leave_out=["duplicate_in_file", "bad_number", "no_number"])
        if name == "foreign":
            write_xlsx(house.folder / work.stored_as, csv.reader(text.splitlines(), delimiter=";"))
        await (await house.importer(name)).run(work)
        ended += [each for each in [await house.imports.get(work.import_no)] if each is not None]
    of_csv, of_xlsx = ended
    assert (of_csv.state, of_csv.leads) == (ImportState.DONE, 3)
    assert (of_xlsx.state, of_xlsx.leads, of_xlsx.report) == (of_csv.state, of_csv.leads, of_csv.report)
    leads = sorted(await all_of(house, LEADS), key=lambda row: row.lead_id)
    people = [[person_in(row, KEYS) for row in leads if row.import_no == each.import_no] for each in ended]
    assert people[0] == people[1]


PEOPLE = [["Telefon", "Vorname", "Nachname"], *([f"030 {4_000_000 + place}", "a name " * 200, "x"] for place in range(4_500))]
"""More than may be on the way when the first leads have been written."""


def readers() -> set[int]:
    """Processes that this one has started."""
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text("ascii").split()}


async def test_a_spreadsheet_whose_reader_dies_in_mid_read_is_refused_and_leaves_nothing(house: House) -> None:
    work, before = await house.asked(""), readers()
    write_xlsx(house.folder / work.stored_as, PEOPLE)

    def killed(_: LeadImport) -> None:
        for pid in readers() - before:
            os.kill(pid, signal.SIGKILL)

    assert await (await house.importer()).run(work, told=killed) is ImportState.REFUSED
    ended = await house.imports.get(work.import_no)
    assert ended is not None
    assert (ended.report.refused, ended.report.counts) == ("reading_broke_off", {"reading_broke_off": 1})
    assert await all_of(house, LEADS) == []


async def test_a_cancelled_import_of_a_spreadsheet_ends_its_reader(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    work, before = await house.asked(""), readers()
    write_xlsx(house.folder / work.stored_as, PEOPLE)
    original, seen = LeadStaging.add, set[int]()

    async def add(self: LeadStaging, *given: Any, **named: Any) -> bool:
        seen.update(readers() - before)
        await house.imports.cancel(work.import_no, by=ROOT)
        return await original(self, *given, **named)

    monkeypatch.setattr(LeadStaging, "add", add)
    assert await (await house.importer()).run(work) is ImportState.CANCELLED
    assert seen
    assert readers() == before
    assert await all_of(house, LEADS) == []


async def test_a_file_that_is_none_is_refused_by_name(house: House) -> None:
    ended = await house.took("")
    assert (ended.state, ended.report.refused) == (ImportState.REFUSED, "empty")
    other = await house.took("Telefon;Vorname\n030 23125 100;Erika\n", mapping=MAPPING)
    assert other.report.counts == {"mapping_length": 1}


def test_what_may_be_left_out_is_never_a_sign_of_a_wrong_file() -> None:
    assert not MAY_LEAVE_OUT & {"wrong_number_of_cells", "mapping_length", "control_characters"}


async def test_an_import_that_another_process_has_ended_meanwhile_stays_as_it_ended(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_waiting = await house.asked(rows("030 23125 100"))
    await (await house.importer()).run(seen_waiting)

    async def open_then(_store: LeadImportStore) -> list[LeadImport]:
        return [seen_waiting]

    monkeypatch.setattr(work, "now", lambda: Instant(AT + DAY))
    monkeypatch.setattr(LeadImportStore, "open", open_then)
    database: Any = SimpleNamespace(engine=house.engine, directory=DirectoryStore(house.engine))
    assert await work.LeadWork(database, KEYS, house.folder).do() == {seen_waiting.import_no: ImportState.DONE}
    assert await states(house) == {LeadState.FRESH: 1}
