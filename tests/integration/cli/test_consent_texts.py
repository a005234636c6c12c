"""Texts of consent, from the command line."""

from pathlib import Path

from tests.integration.cli.conftest import Fernamt
from tests.integration.web.memory_recording import NAMES, TEXT


def a_file(folder: Path, *, leaves_out: str = "") -> str:
    names = "\n".join(f'{part.value} = "{words}"' for part, words in NAMES.items() if part.value != leaves_out)
    file = folder / "text.toml"
    file.write_text(f'language = "en"\ntext = "{TEXT}"\n[names]\n{names}\n')
    return str(file)


def test_a_text_is_published_as_the_next_version_and_listed(fernamt: Fernamt, centre: Fernamt, tmp_path: Path) -> None:
    project = fernamt("projects", "list", "--json").json[0]["project_id"]
    for version in (1, 2):
        assert f"version {version}" in fernamt("consent-texts", "publish", project, a_file(tmp_path)).err
    assert [row["version"] for row in fernamt("consent-texts", "list", project, "--json").json] == [2, 1]
    assert "consent_text.published" in [row["deed"] for row in fernamt("audit", "--json").json]


def test_what_a_text_lacks_is_named(fernamt: Fernamt, centre: Fernamt, tmp_path: Path) -> None:
    project = fernamt("projects", "list", "--json").json[0]["project_id"]
    refused = fernamt("consent-texts", "publish", project, a_file(tmp_path, leaves_out="withdrawal"))
    assert refused.code != 0
    assert "part_missing: withdrawal" in refused.err
    assert fernamt("consent-texts", "publish", "nothing", a_file(tmp_path)).code != 0
    assert fernamt("consent-texts", "list", project, "--json").json == []
