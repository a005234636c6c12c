"""Do-not-call lists and rights to show a number, from the command line."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Fernamt

NUMBER, SAME = "030 23125 987", "+49 (0)30/23125-987"


def lists(fernamt: Fernamt, *number: str) -> dict[str, object]:
    return {row["list"]: row.get("numbers", row.get("covers")) for row in fernamt("donotcall", "list", *number, "--json").json}


def test_a_number_goes_on_a_list_and_off_again_however_it_is_written(fernamt: Fernamt, centre: Fernamt) -> None:
    client = fernamt("clients", "list", "--json").json[0]["client_id"]
    assert fernamt("donotcall", "add", NUMBER, "--reason", "by letter").code == 0
    assert fernamt("donotcall", "add", NUMBER, "--client", client, "--advertising").code == 0
    assert lists(fernamt) == {"centre": 1, f"client {client}": 1}
    assert lists(fernamt, SAME) == {"centre": "everything", f"client {client}": "advertising"}
    shown = fernamt("donotcall", "list", SAME, "--json")
    assert "23125987" not in shown.out
    assert fernamt("donotcall", "remove", SAME, "--reason", "asked for it").code == 0
    assert lists(fernamt) == {f"client {client}": 1}
    assert fernamt("donotcall", "remove", SAME, "--reason", "again").code == 5
    deeds = [row["deed"] for row in fernamt("audit", "--json").json]
    assert {"do_not_call.added", "do_not_call.removed"} <= set(deeds)
    assert "23125987" not in fernamt("audit", "--json").out


def test_a_number_without_its_country_is_one_of_the_centres_own_country(
    fernamt: Fernamt, centre: Fernamt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FERNAMT_SERVICE__COUNTRY", "AT")
    assert fernamt("donotcall", "add", "01 5334567").code == 0
    assert lists(fernamt, "+43 1 5334567") == {"centre": "everything"}
    assert fernamt("rights", "add", "vienna", "01 5334567", "--document", "contract").code == 0
    assert "+4315334567" in fernamt("rights", "list", "--json").out


def test_a_file_goes_on_a_list_whole_or_not_at_all(fernamt: Fernamt, centre: Fernamt, tmp_path: Path) -> None:
    file = tmp_path / "numbers.txt"
    file.write_text(f"# by letter\n{NUMBER}\n\n+4917\nnonsense\n")
    refused = fernamt("donotcall", "import", str(file))
    assert refused.code != 0
    assert "4, 5" in refused.err
    assert lists(fernamt) == {}
    file.write_text(f"{NUMBER}\n{SAME}\n0171 3920012\n")
    assert "2 of 3 numbers were new" in fernamt("donotcall", "import", str(file)).err
    assert lists(fernamt) == {"centre": 2}


def test_what_is_no_number_or_no_list_is_refused(fernamt: Fernamt, centre: Fernamt) -> None:
    assert fernamt("donotcall", "add", "nonsense").code == 2
    assert fernamt("donotcall", "add", NUMBER, "--client", "a", "--project", "b").code == 2
    assert fernamt("donotcall", "add", NUMBER, "--client", "nobody").code != 0
    assert lists(fernamt) == {}


def test_a_right_is_added_listed_and_ended(fernamt: Fernamt, centre: Fernamt) -> None:
    client = fernamt("clients", "list", "--json").json[0]["client_id"]
    assert fernamt("rights", "add", "head-office", "030 5550 0", "--document", "contract 7").code == 0
    theirs = ("--owner", client, "--client", client, "--from", "2026-01-01", "--until", "2026-06-30")
    assert fernamt("rights", "add", "theirs", "+49 40 5550 0", "--document", "letter", *theirs).code == 0
    rows = {row["right_id"]: row for row in fernamt("rights", "list", "--json").json}
    assert rows["head-office"]["number"] == "+493055500"
    assert rows["head-office"]["holds"] is True
    assert rows["theirs"]["assigned_to"] == f"client {client}"
    assert rows["theirs"]["valid_until"].startswith("2026-07-01 00:00") or rows["theirs"]["valid_until"].startswith("2026-06-30")
    assert fernamt("rights", "end", "head-office").code == 0
    assert {row["right_id"]: row["holds"] for row in fernamt("rights", "list", "--json").json}["head-office"] is False


@pytest.mark.parametrize(
    "wrong",
    [
        ("0900 1234567", "--document", "x"),
        ("112", "--document", "x"),
        ("11833", "--document", "x"),
        ("030 5550 0", "--document", " "),
        ("030 5550 0", "--document", "x", "--owner", "nobody"),
        ("030 5550 0", "--document", "x", "--agent", "nobody"),
        ("030 5550 0", "--document", "x", "--from", "2026-02-01", "--until", "2026-01-01"),
        ("030 5550 0", "--document", "x", "--from", "soon"),
    ],
    ids=str,
)
def test_no_right_without_document_owner_and_a_number_that_may_be_shown(
    fernamt: Fernamt, centre: Fernamt, wrong: tuple[str, ...]
) -> None:
    assert fernamt("rights", "add", "x", *wrong).code != 0
    assert fernamt("rights", "list", "--json").json == []


A_PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def test_a_rights_document_is_kept_shown_and_written_out_again_on_record(
    fernamt: Fernamt, centre: Fernamt, tmp_path: Path
) -> None:
    paper, newer = tmp_path / "contract 7.PDF", tmp_path / "renewed.pdf"
    paper.write_bytes(A_PDF)
    newer.write_bytes(A_PDF.replace(b"<<>>", b"<</a 1>>"))
    assert fernamt("rights", "add", "head-office", "030 5550 0", "--file", str(paper)).code == 0
    assert fernamt("rights", "file", "head-office", str(newer)).code == 0
    (row,) = fernamt("rights", "list", "--json").json
    assert (row["document"], row["files"]) == ("contract 7.PDF", 2)
    shown = fernamt("rights", "show", "head-office", "--json").json
    assert [(each["version"], each["name"]) for each in shown["documents"]] == [(2, "renewed.pdf"), (1, "contract 7.pdf")]
    assert "contract 7.pdf" in fernamt("rights", "show", "head-office").out
    into = tmp_path / "out.pdf"
    assert fernamt("rights", "show", "head-office", "--document", str(into), "--version", "1").code == 0
    assert into.read_bytes() == A_PDF
    assert fernamt("rights", "show", "head-office", "--document", str(into)).code != 0
    assert into.read_bytes() == A_PDF
    deeds = [row["deed"] for row in fernamt("audit", "--json").json]
    assert deeds.count("shown_right.document_added") == 2
    assert "shown_right.document_shown" in deeds
    assert fernamt("rights", "show", "head-office", "--document", str(tmp_path / "x.pdf"), "--version", "9").code == 5
    assert fernamt("rights", "show", "nothing").code == 5


def test_a_file_that_is_no_document_adds_no_right(fernamt: Fernamt, centre: Fernamt, tmp_path: Path) -> None:
    wrong = tmp_path / "contract.pdf"
    wrong.write_bytes(b"MZ\x90 not what its name says")
    for file in (wrong, tmp_path / "nowhere.pdf", tmp_path):
        assert fernamt("rights", "add", "x", "030 5550 0", "--file", str(file)).code == 2
    assert fernamt("rights", "add", "x", "030 5550 0").code == 2
    assert fernamt("rights", "list", "--json").json == []
    assert fernamt("rights", "file", "nothing", str(wrong)).code == 2
    wrong.write_bytes(A_PDF)
    assert fernamt("rights", "file", "nothing", str(wrong)).code != 0


def test_a_right_that_ends_within_thirty_days_is_warned_of(fernamt: Fernamt, centre: Fernamt) -> None:
    soon, later = (datetime.now(UTC).date() + timedelta(days=days) for days in (20, 90))
    for name, last in (("soon", soon), ("later", later)):
        assert fernamt("rights", "add", name, "030 5550 0", "--document", "contract", "--until", str(last)).code == 0
    assert {row["right_id"]: row["ends_soon"] for row in fernamt("rights", "list", "--json").json} == {
        "soon": True,
        "later": False,
    }
    told = fernamt("doctor", "--json").out
    assert "rights end within thirty days: soon until" in told
    assert "later until" not in told
