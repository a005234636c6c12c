"""What `fernamt doctor` says of the centre in the database, and that it complains once where there is none."""

import sqlite3
from pathlib import Path

from tests.integration.cli.conftest import Fernamt

OF_THE_CENTRE = ("samples", "sounds", "numbers shown")


def told(fernamt: Fernamt) -> dict[str, list[str]]:
    """What was found, by what was looked at."""
    found: dict[str, list[str]] = {}
    for line in fernamt("doctor", "--json").json["findings"]:
        found.setdefault(line["check"], []).append(line["status"])
    return found


def test_the_centre_in_the_database_is_looked_at(centre: Fernamt) -> None:
    found = told(centre)
    assert set(OF_THE_CENTRE) <= set(found)
    assert found["schema"] == ["good"]


def test_a_database_that_does_not_exist_is_told_once_and_not_made(fernamt: Fernamt, tmp_path: Path) -> None:
    found = told(fernamt)
    assert found["database"] == ["doubtful"]
    assert not set(OF_THE_CENTRE) & set(found)
    assert not (tmp_path / "state" / "fernamt.db").exists()


def test_a_database_of_another_version_is_told_once(centre: Fernamt, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "state" / "fernamt.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'v0001'")
    found = told(centre)
    assert found["schema"] == ["wrong"]
    assert not set(OF_THE_CENTRE) & set(found)
