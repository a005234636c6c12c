"""Whether the doctor sees processors that are not there when they are wanted."""

from pathlib import Path

import pytest

from fernamt.doctor.finding import Status
from fernamt.doctor.processors import examine_processors

STAT = "cpu  {busy} 0 0 {idle} 0 0 0 {stolen} 0 0\ncpu0 1 2 3 4 5 6 7 900 9 10\n"
PRESSURE = "some avg10=99.00 avg60=99.00 avg300={percent} total=1\nfull avg10=0.00 avg60=0.00 avg300=88.00 total=0\n"


def of(proc: Path, *, stolen: int = 0, percent: str = "0.00") -> tuple[Status, Status]:
    (proc / "pressure").mkdir(exist_ok=True)
    (proc / "stat").write_text(STAT.format(busy=400, idle=9_600 - stolen, stolen=stolen))
    (proc / "pressure" / "cpu").write_text(PRESSURE.format(percent=percent))
    stolen_found, waited = examine_processors(proc)
    return stolen_found.status, waited.status


@pytest.mark.parametrize(("stolen", "status"), [(19, Status.GOOD), (20, Status.DOUBTFUL), (900, Status.DOUBTFUL)])
def test_what_the_host_takes_is_doubtful_from_two_thousandths_on(tmp_path: Path, stolen: int, status: Status) -> None:
    assert of(tmp_path, stolen=stolen) == (status, Status.GOOD)


@pytest.mark.parametrize(("percent", "status"), [("0.00", Status.GOOD), ("9.99", Status.GOOD), ("10.00", Status.DOUBTFUL)])
def test_programs_that_wait_for_each_other_a_tenth_of_the_time_are_doubtful(tmp_path: Path, percent: str, status: Status) -> None:
    assert of(tmp_path, percent=percent) == (Status.GOOD, status)


def test_where_nobody_tells_it_is_not_tested(tmp_path: Path) -> None:
    assert [each.status for each in examine_processors(tmp_path)] == [Status.NOT_TESTED] * 2
    (tmp_path / "stat").write_text("cpu  1 2 3 4\n")
    assert examine_processors(tmp_path)[0].status is Status.NOT_TESTED


def test_what_is_found_names_the_share_and_the_mend(tmp_path: Path) -> None:
    of(tmp_path, stolen=100, percent="25.00")
    stolen, waited = examine_processors(tmp_path)
    assert (stolen.found, waited.found.split()[0]) == ("1.00 % of their time since the start", "25.0")
    assert stolen.mend == waited.mend
