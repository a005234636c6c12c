"""Errors of people are told with the way out; faults of ours keep their traceback."""

import pytest

from config.faults import Fault, FaultsFound
from fernamt.cli.exits import CliError, Exit
from fernamt.cli.failures import report
from fernamt.installation import WrongSchema
from store.engine import DatabaseUrlError
from telephony.errors import SwitchError


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (CliError("no such thing", way_out="look again", code=Exit.NOT_FOUND), 5, "error: no such thing\nway out: look again\n"),
        (
            FaultsFound([Fault(source="f", key="k", expected="x", given="y", line=2)]),
            3,
            "f:2: k: expected x, given y\nerror: 1 fault",
        ),
        (WrongSchema("the database is empty"), 6, "`fernamt db upgrade`"),
        (DatabaseUrlError("no address"), 3, "database.url"),
        (SwitchError("gone"), 1, "error: gone"),
        (ConnectionRefusedError("refused"), 4, "`fernamt doctor`"),
        (TimeoutError(), 4, "TimeoutError"),
        (FileNotFoundError(2, "No such file", "x.csv"), 1, "x.csv: No such file"),
        (ExceptionGroup("side by side", [ExceptionGroup("in it", [SwitchError("gone")])]), 1, "error: gone"),
    ],
)
def test_what_a_person_can_mend_is_told(error: Exception, code: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(error) == code
    out, err = capsys.readouterr()
    assert told in err
    assert out == ""


@pytest.mark.parametrize("error", [ValueError("ours"), KeyError("ours"), ExceptionGroup("two", [ValueError(), SwitchError("x")])])
def test_a_fault_of_ours_is_not_hidden(error: Exception) -> None:
    with pytest.raises(type(error)):
        report(error)
