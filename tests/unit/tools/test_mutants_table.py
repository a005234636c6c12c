"""The table of noticed changes keeps what was not tried, and counts only what changes something."""

from tools.mutants_table import Row, row_of, rows_in, written

ORDER = ("recording.access", "recording.consent")
TEXT = "before\n<!-- mutants -->\n<!-- end of mutants -->\nafter\n"


def test_what_cannot_be_noticed_is_no_part_of_the_share() -> None:
    row = row_of({"a": True, "b": True, "c": False, "d": False}, {"b": "noticed all the same", "d": "nothing is different"})
    assert row == Row(changes=4, noticed=2, equal=1)
    assert row.share == 2 / 3
    assert Row(changes=1, noticed=0, equal=1).share == 1.0


def test_a_run_writes_the_rows_of_its_modules_and_leaves_the_others() -> None:
    access, consent = Row(changes=133, noticed=133, equal=0), Row(changes=4, noticed=2, equal=1)
    text = written(TEXT, {"recording.access": access, "recording.gone": consent}, ORDER)
    assert rows_in(text) == {"recording.access": access}
    text = written(text, {"recording.consent": consent}, ORDER)
    assert rows_in(text) == {"recording.access": access, "recording.consent": consent}
    assert "| `recording.consent` | 4 | 2 | 1 | 66.7% |\n| all | 137 | 135 | 1 | 99.3% |\n<!-- end" in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert written(text, {}, ORDER) == text


def test_a_text_without_a_place_for_it_stays_as_it_is() -> None:
    assert written("nothing here", {"recording.access": Row(changes=1, noticed=1, equal=0)}, ORDER) == "nothing here"
    assert rows_in("nothing here") == {}
