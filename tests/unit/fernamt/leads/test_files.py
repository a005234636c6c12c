"""Files as people make them are read; what is made to do harm is refused by name before it does."""

import asyncio
import os
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fernamt.leads.files import FileForm, FileRefused, opened_rows
from fernamt.leads.frames import Order
from fernamt.leads.parts import told_by
from fernamt.leads.reading import tell
from fernamt.leads.xlsx_sheet import text_of
from tests.spreadsheets import write_xlsx

Found = tuple[list[str], list[tuple[int, list[str]]]]


def read(path: Path, **more: str) -> Found:
    """What both readers find: this process, and what another one says that reads the file."""
    with opened_rows(path, **more) as rows:  # type: ignore[arg-type]
        found = list(rows.heading), list(rows)
        form = rows.form
    assert asyncio.run(told(path, **more)) == (form, *found)
    return found


def refused(path: Path, **more: str) -> str:
    """Why both readers refuse it."""
    with pytest.raises(FileRefused) as caught, opened_rows(path, **more) as rows:  # type: ignore[arg-type]
        list(rows)
    with pytest.raises(FileRefused) as beside:
        asyncio.run(told(path, **more))
    assert (beside.value.why, beside.value.row, str(beside.value)) == (caught.value.why, caught.value.row, str(caught.value))
    return caught.value.why


async def told(path: Path, **more: str) -> tuple[FileForm, list[str], list[tuple[int, list[str]]]]:
    order = Order(path=os.fsencode(path), key=None, file_name=more.get("file_name", path.name), sheet=more.get("sheet"))
    stream = asyncio.StreamReader()
    tell(order, stream.feed_data)
    stream.feed_eof()
    parts = await told_by(stream)
    return parts.form, list(parts.heading), [row async for part in parts for row in part]


TEXT = 'Name;Telefon\n"Groß; Jürgen";030 1\n\nMax;"03\n0"\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_csv_is_read_in_any_usual_encoding_and_with_any_usual_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(TEXT.replace("; Jürgen", "+ Jürgen").replace(";", delimiter).encode(encoding))
    heading, rows = read(path)
    assert heading == ["Name", "Telefon"]
    assert rows == [(2, ["Groß+ Jürgen", "030 1"]), (4, ["Max", "03\n0"])]


def test_trailing_empty_cells_do_not_count_and_short_rows_stay_short(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a;b;;\n1;2;;;\n3\n", "utf-8")
    assert read(path) == (["a", "b"], [(2, ["1", "2"]), (3, ["3"])])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\n\n", "no_heading"),
        (b"a\x00b;c\n", "binary"),
        (b'a;b\n"open;1\n' + b"x" * 200_000, "bad_csv"),
        (b"a;b\n" + b"x" * 300_000, "line_too_long"),
        (b";".join([b"a"] * 201) + b"\n", "too_many_columns"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "old_spreadsheet"),
        (b"PK\x03\x04rest", "bad_spreadsheet"),
    ],
)
def test_what_is_no_list_is_refused_by_name(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert refused(path) == why


def a_book(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "First"
    book.active.append(["Telefon", "Tag", "Betrag", None])
    book.active.append(
        [
            491711234567.0,
            datetime(2026, 11, 30),  # noqa: DTZ001 - as a cell has it
            1.5,
            None,
        ]
    )
    book.active.append([None, None, None, None])
    book.active.append(["030 1", date(2026, 1, 2), True])
    book.create_sheet("Second").append(["Other"])
    book.save(path)
    return path


def test_a_spreadsheet_is_read_as_it_would_be_written(tmp_path: Path) -> None:
    path = a_book(tmp_path / "x.xlsx")
    heading, rows = read(path)
    assert heading == ["Telefon", "Tag", "Betrag"]
    assert rows == [(2, ["491711234567", "2026-11-30", "1.5"]), (4, ["030 1", "2026-01-02", "yes"])]
    assert read(path, sheet="Second") == (["Other"], [])
    assert refused(path, sheet="Third") == "no_such_sheet"


def test_a_file_named_as_a_spreadsheet_that_is_none_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text("a;b\n", "utf-8")
    assert refused(path, file_name="leads.xlsx") == "no_spreadsheet"


def test_what_would_unpack_to_too_much_is_refused_from_its_table_of_contents(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * (20 << 20))
    assert refused(path) == "unpacks_too_large"


def test_entities_of_a_spreadsheet_are_never_expanded(tmp_path: Path) -> None:
    good, bad = a_book(tmp_path / "good.xlsx"), tmp_path / "bad.xlsx"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(bad, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
                content = head + content.replace(b"<v>1.5</v>", b"<v>&b;</v>")
            new.writestr(part, content)
    assert refused(bad) == "bad_spreadsheet"


def changed(good: Path, **parts: tuple[bytes, bytes]) -> Path:
    """The book with some words exchanged in these parts."""
    bad = good.with_name("bad.xlsx")
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            for name, (before, after) in parts.items():
                if part.filename.endswith(f"/{name}.xml"):
                    assert before in content, content
                    content = content.replace(before, after)
            new.writestr(part, content)
    return bad


DECLARED = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>'
SHARED = [["Name", "Telefon"], ["Groß & <Klein>", "030 1"], [], ["", "030 1"]]


@pytest.mark.parametrize(
    ("part", "before", "after", "why"),
    [
        ("sharedStrings", b"<sst", DECLARED + b"<sst", "bad_spreadsheet"),
        ("sharedStrings", b"</si></sst>", b"", "bad_spreadsheet"),
        ("sharedStrings", b"Telefon", b"x" * 400_000, "line_too_long"),
        ("sharedStrings", b"</si>", b"<t>" + b"x" * 9_999 + b"</t>" + b"<t>ab</t>" * 200_000 + b"</si>", "line_too_long"),
        ("sheet1", b"<sheetData>", b'<sheetData x="' + b"x" * 3_000_000 + b'">', "bad_spreadsheet"),
        ("workbook", b"<sheets>", b"<!--" + b"x" * (9 << 20) + b"--><sheets>", "unpacks_too_large"),
        ("sheet1", b"<v>2</v>", b"<v>99999</v>", "bad_spreadsheet"),
        ("sheet1", b"<v>2</v>", b"<v>-1</v>", "bad_spreadsheet"),
        ("sheet1", b't="s"><v>2</v>', b"><v>1.5.5</v>", "bad_spreadsheet"),
        ("sheet1", b'r="B2"', b'r="ZZZZ2"', "bad_spreadsheet"),
        ("sheet1", b'r="B2"', b'r="B2B"', "bad_spreadsheet"),
        ("sheet1", b'<row r="4"', b'<row r="2"', "bad_spreadsheet"),
        ("sheet1", b'<row r="4"', b'<row r="nan"', "bad_spreadsheet"),
        ("sheet1", b"</sheetData>", b"", "bad_spreadsheet"),
        ("workbook", b'name="First"', b"", "bad_spreadsheet"),
    ],
)
def test_a_spreadsheet_that_was_tampered_with_is_refused_by_name(
    tmp_path: Path, part: str, before: bytes, after: bytes, why: str
) -> None:
    assert refused(changed(write_xlsx(tmp_path / "x.xlsx", SHARED), **{part: (before, after)})) == why


@pytest.mark.parametrize(
    ("part", "before", "after"),
    [
        ("sheet1", b"<sheetData>", b'<dimension ref="A1:A1"/><sheetData>'),
        ("sheet1", b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>'),
        ("sheet1", b"</sheetData>", b'<row r="4000000000"><c t="s"><v>2</v></c></row></sheetData>'),
        ("sheet1", b' r="B2"', b""),
        (
            "sharedStrings",
            b'<t xml:space="preserve">Telefon</t>',
            b"<r><rPr/><t>Tele</t></r><r><t>fon</t></r><rPh><t>fon</t></rPh>",
        ),
    ],
)
def test_what_a_spreadsheet_says_beside_its_cells_changes_nothing(tmp_path: Path, part: str, before: bytes, after: bytes) -> None:
    good = write_xlsx(tmp_path / "x.xlsx", SHARED)
    assert read(good) == (["Name", "Telefon"], [(2, ["Groß & <Klein>", "030 1"]), (4, ["", "030 1"])])
    assert read(changed(good, **{part: (before, after)})) == read(good)


def test_a_text_in_a_hundred_thousand_parts_is_put_together_once(tmp_path: Path) -> None:
    shown = b"<r><t>a</t></r><r><t/></r>" * 100_000
    book = changed(write_xlsx(tmp_path / "x.xlsx", SHARED), sharedStrings=(b'<t xml:space="preserve">Telefon</t>', shown))
    assert read(book)[0] == ["Name", "a" * 100_000]


def test_texts_that_cells_share_are_bounded_whatever_their_part_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, other = write_xlsx(tmp_path / "x.xlsx", SHARED), tmp_path / "other.xlsx"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(other, "w") as new:
        for part in old.infolist():
            new.writestr(part.filename.replace("sharedStrings", "any"), old.read(part).replace(b"sharedStrings.xml", b"any.xml"))
    assert read(other) == read(good)
    monkeypatch.setattr("fernamt.leads.xlsx_file.MOST_SHARED_TEXT", 10)
    assert refused(other) == "too_much_text"


def test_a_sheet_without_a_heading_is_told_so(tmp_path: Path) -> None:
    assert refused(write_xlsx(tmp_path / "x.xlsx", [[], ["a", "b"]])) == "no_heading"
    assert refused(write_xlsx(tmp_path / "y.xlsx", [])) == "no_heading"


def test_a_cell_far_to_the_right_is_no_part_of_a_row(tmp_path: Path) -> None:
    rows = [["a", "b"], ["1", "2", *[""] * 300, "3"], ["4", "5"]]
    assert read(write_xlsx(tmp_path / "x.xlsx", rows))[1] == [(2, ["1", "2"]), (3, ["4", "5"])]


CELLS = st.one_of(
    st.none(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(),
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0)),  # noqa: DTZ001
    st.dates(date(1950, 1, 1), date(2100, 1, 1)),
    st.times().map(lambda at: at.replace(microsecond=0)),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20).filter(lambda text: "x005F_" not in text),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8), is_inline=st.booleans())
def test_a_spreadsheet_is_read_as_its_library_reads_it(tmp_path: Path, rows: list[list[Any]], is_inline: bool) -> None:
    book = openpyxl.Workbook(write_only=is_inline)
    sheet = book.create_sheet("First", 0)
    for row in [["a", "b", "c"], *rows]:
        sheet.append([f"'{cell}" if isinstance(cell, str) and cell.startswith("=") else cell for cell in row])
    path = tmp_path / "x.xlsx"
    book.save(path)
    there = openpyxl.load_workbook(path, data_only=True)["First"].iter_rows(min_row=2, max_col=3, values_only=True)
    cells = [(number, [text_of(cell) for cell in row]) for number, row in enumerate(there, 2)]
    assert read(path) == (["a", "b", "c"], [(number, row) for number, row in cells if any(row)])


AFTERNOON = datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001 - as a cell has it


def test_cells_become_text_without_needless_fractions() -> None:
    told = [text_of(value) for value in (None, 3.0, 2.5, False, AFTERNOON, 10**15)]
    assert told == ["", "3", "2.5", "no", "2026-01-02T03:04:00", "1000000000000000"]
