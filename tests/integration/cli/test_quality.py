"""Forms, rules and reports of quality reviews, from the command line."""

import csv
import io
from collections.abc import Coroutine
from pathlib import Path

import pytest

from fernamt.cli import quality
from tests.integration.cli.conftest import Fernamt

PERIOD = ("--from", "2026-01-01", "--to", "2026-02-01")
FORM = """
scale = 5
[[criteria]]
criterion_id = "needs"
name = "Finds out what is needed"
weight = 3
[[criteria]]
criterion_id = "privacy"
name = "No data to strangers"
weight = {weight}
is_knockout = {knockout}
"""


def a_form(folder: Path, *, weight: int = 0, is_knockout: bool = True) -> str:
    file = folder / "form.toml"
    file.write_text(FORM.format(weight=weight, knockout=str(is_knockout).lower()))
    return str(file)


def test_a_form_is_published_by_version_and_a_faulty_one_is_not(fernamt: Fernamt, centre: Fernamt, tmp_path: Path) -> None:
    project = fernamt("projects", "list", "--json").json[0]["project_id"]
    for version in (1, 2):
        assert f"form {version} is rated by" in fernamt("quality", "publish", project, a_form(tmp_path)).err
    refused = fernamt("quality", "publish", project, a_form(tmp_path, is_knockout=False))
    assert refused.code != 0
    assert "criterion 2: counts_for_nothing" in refused.err
    shown = fernamt("quality", "form", project).json
    assert (shown["form"]["version"], shown["rules"]["raters"]) == (2, [])
    assert fernamt("quality", "publish", "nothing", a_form(tmp_path)).code != 0


def test_only_who_has_a_role_for_it_is_made_a_rater(fernamt: Fernamt, centre: Fernamt, tmp_path: Path) -> None:
    project = fernamt("projects", "list", "--json").json[0]["project_id"]
    rules = tmp_path / "rules.toml"
    rules.write_text('raters = ["nobody"]')
    refused = fernamt("quality", "rules", project, str(rules))
    assert refused.code != 0
    assert "'nobody'" in refused.err
    rules.write_text("raters = []\nanswer_days = 10")
    assert fernamt("quality", "rules", project, str(rules)).code == 0
    assert fernamt("quality", "form", project).json["rules"]["answer_days"] == 10


def test_lists_and_reports_are_empty_before_anything_was_rated(fernamt: Fernamt, centre: Fernamt) -> None:
    assert fernamt("quality", "list", *PERIOD, "--json").json == []
    assert fernamt("quality", "report", *PERIOD, "--json").json == []
    assert fernamt("quality", "report", *PERIOD, "--csv").out.startswith("project_id,agent_id")
    assert fernamt("quality", "assign", "nothing", "--to", "nobody").code != 0


def test_a_criterions_name_is_no_formula(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    row: dict[str, object] = dict.fromkeys(quality.REPORT, "x") | {"name": "=HYPERLINK(1)", "reviews": 3, "mean": None}

    def rows(asked: Coroutine[None, None, None]) -> list[dict[str, object]]:
        asked.close()
        return [row]

    monkeypatch.setattr(quality, "run", rows)
    quality.report("2026-01-01", "2026-02-01", as_csv=True)
    (told,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert told["name"] == "'=HYPERLINK(1)"
