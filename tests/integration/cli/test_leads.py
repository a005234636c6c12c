"""Lead lists from the command line: made, previewed, filled whole or not at all, exported, deleted."""

import csv
import io
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from tests.integration.cli.conftest import Fernamt

PEOPLE = "Kundennummer;Vorname;Nachname;Telefon;Tarif\nK1;Jürgen;Groß;030 23125 777;=cmd|x\nK2;Erika;Muster;0171 1234567;Fest\n"


@pytest.fixture
def spring(centre: Fernamt, tmp_path: Path) -> Fernamt:
    (tmp_path / "leads.csv").write_text(PEOPLE, "cp1252")
    made = centre("leads", "add", "spring", "--project", a_project(centre), "--owner", "the client", "--field", "tarif")
    assert made.code == 0, made.err
    return centre


def a_project(fernamt: Fernamt) -> str:
    return str(fernamt("projects", "list", "--json").json[0]["project_id"])


def test_a_file_is_previewed_taken_told_and_exported_without_formulas(spring: Fernamt, tmp_path: Path) -> None:
    seen = spring("leads", "preview", "leads.csv", "--list", "spring", "--json").json
    assert [column["target"] for column in seen["columns"]] == ["reference", "first_name", "last_name", "number", "field:tarif"]
    assert seen["form"] == {"kind": "csv", "encoding": "cp1252", "delimiter": ";", "sheet": ""}
    assert spring("leads", "show", "spring", "--json").json["leads"] == 0
    taken = spring("leads", "import", "leads.csv", "--list", "spring", "--json")
    assert (taken.code, taken.json["state"], taken.json["leads"]) == (0, "done", 2)
    assert spring("leads", "show", "spring", "--json").json["by_state"] == {"fresh": 2}
    assert spring("leads", "list", "--json").json[0]["list_id"] == "spring"
    assert spring("leads", "export", "spring", "-o", "results.csv").code == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "results.csv").read_text("utf-8"))))
    assert [(row["name"], row["numbers"], row["tarif"]) for row in rows] == [
        ("Jürgen Groß", "'+493023125777", "'=cmd|x"),
        ("Erika Muster", "'+491711234567", "Fest"),
    ]
    assert (tmp_path / "results.csv").stat().st_mode & 0o077 == 0
    deeds = [each["deed"] for each in spring("audit", "--json").json]
    assert deeds[:3] == ["leads.exported", "leads.import_ended", "leads.import_asked"]
    assert not list((tmp_path / "state" / "leads").iterdir()), "the uploaded file is gone"


def test_a_faulty_file_is_refused_whole_with_rows_and_codes(spring: Fernamt, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(PEOPLE + "K3;Max;Muster;12;\n", "utf-8")
    refused = spring("leads", "import", "bad.csv", "--list", "spring")
    assert refused.code == 3
    assert "row 4, column 4: bad_number" in refused.err
    assert "--leave-out" in refused.err
    assert spring("leads", "show", "spring", "--json").json["leads"] == 0
    assert spring("leads", "import", "bad.csv", "--list", "spring", "--leave-out", "bad_number").code == 0
    assert spring("leads", "import", "bad.csv", "--list", "spring", "--leave-out", "control_characters").code == 2
    told = spring("leads", "imports", "spring", "--json").json
    assert [(each["state"], each["leads"], each["left_out"]) for each in told] == [("done", 2, 1), ("refused", 0, 0)]


def test_columns_are_said_by_title_or_number_and_a_spreadsheet_is_read_as_csv_is(spring: Fernamt, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["A", "B"])
    book.active.append(["Erika", 491711234567])
    book.active.append(["Max", "+49 30 23125 777"])
    book.save(tmp_path / "leads.xlsx")
    missing = spring("leads", "import", "leads.xlsx", "--list", "spring", "--map", "A=name", "--map", "B=ignore")
    assert (missing.code, "no_number_column" in missing.err) == (3, True)
    told = spring("leads", "import", "leads.xlsx", "--list", "spring", "--map", "A=name", "--map", "2=number", "--map", "C=name")
    assert told.code == 2
    taken = spring("leads", "import", "leads.xlsx", "--list", "spring", "--map", "A=name", "--map", "2=number", "--json")
    assert taken.json["leads"] == 2, taken.err


def test_what_would_unpack_to_gigabytes_is_refused_before_it_does(spring: Fernamt, tmp_path: Path) -> None:
    with ZipFile(tmp_path / "bomb.xlsx", "w", ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * (64 << 20))
    refused = spring("leads", "import", "bomb.xlsx", "--list", "spring")
    assert (refused.code, "unpacks_too_large" in refused.err) == (3, True)


def test_a_paused_list_opens_again_a_closed_one_does_not_and_a_deleted_one_is_gone(spring: Fernamt) -> None:
    assert spring("leads", "pause", "spring").code == 0
    assert spring("leads", "open", "spring").code == 0
    assert spring("leads", "close", "spring").code == 0
    assert spring("leads", "open", "spring").code == 1
    assert spring("leads", "delete", "spring", "--reason", "contract ended").code == 0
    assert spring("leads", "list", "--json").json == []
    assert spring("leads", "show", "spring").code == 5
    assert spring("leads", "delete", "spring", "--reason", "again").code == 5


def test_what_there_is_not_is_told_with_the_way_out(spring: Fernamt) -> None:
    for command in (["show", "x"], ["export", "x"], ["unclear", "x"], ["decide", "spring", "7", "done"]):
        missing = spring("leads", *command)
        assert (missing.code, "fernamt leads" in missing.err) == (5, True), command
    assert spring("leads", "cancel", "77").code == 1
    assert spring("leads", "add", "y", "--project", "nothing", "--owner", "me").code == 3


def test_the_board_tells_of_a_list_nobody_called_yet_and_refuses_a_period_without_an_end(spring: Fernamt) -> None:
    assert spring("leads", "import", "leads.csv", "--list", "spring").code == 0
    told = spring("leads", "board", "spring", "--json").json
    assert (told["all"]["calls"], told["all"]["reach_permille"], told["agents"], told["forecast"]) == (0, None, {}, None)
    assert (told["leads"], told["by_state"], told["penetration_permille"]) == (2, {"fresh": 2}, 0)
    assert "calls per hour" in spring("leads", "board", "spring", "--from", "2026-11-01", "--to", "2026-12-01").out
    assert spring("leads", "board", "spring", "--from", "2026-12-01", "--to", "2026-11-01").code == 2
    assert spring("leads", "board", "nothing").code == 5
