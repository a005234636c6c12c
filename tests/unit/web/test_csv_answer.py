"""A table as CSV is one that a spreadsheet only shows."""

import csv
import io

import pytest

from web.csv_answer import csv_answer


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(start: str) -> None:
    answer = csv_answer("table", ("name",), [{"name": f"{start}1+1"}])
    assert isinstance(answer.body, bytes)
    (row,) = csv.DictReader(io.StringIO(answer.body.decode(), newline=""))
    assert row["name"] == f"'{start}1+1"
