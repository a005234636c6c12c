"""Forms, raters and terms of recordings in a centre file: applied once, again for nothing, with any fault not at all."""

from pathlib import Path

import pytest

from store.quality_forms import QualityForms
from store.recording_terms import RecordingTermsStore
from telephony.errors import FernamtError
from tests.integration.cli.conftest import Fernamt

PROJECT = """\
[[projects]]
project_id = "nordlicht-service"
client_id = "nordlicht"
name = "Nordlicht Service"
"""
RULES = """\
[projects.review_form]
scale = 4
[[projects.review_form.criteria]]
criterion_id = "greeting"
name = "Greeting"
weight = 2
[[projects.review_form.criteria]]
criterion_id = "data"
name = "Data protection"
weight = 0
is_knockout = true
[projects.rating]
raters = ["rita", "gesine"]
per_agent = 6
period = "week"
[projects.recording_terms]
unrated_days = 14
rated_days = 60
"""
RITA = """\
[[users]]
login = "rita"
display_name = "Rita"
role = "reviewer"
"""


@pytest.fixture
def centre_file(centre: Fernamt, tmp_path: Path) -> Path:
    return tmp_path / "part.toml"


def held(centre: Fernamt) -> tuple[object, object, object]:
    """Form, rules and terms, as the other commands have them."""
    quality = centre("quality", "form", "nordlicht-service").json
    terms = {each["project_id"]: each for each in centre("recordings", "terms", "--json").json}
    return quality["form"], quality["rules"], terms.get("nordlicht-service")


def rows(centre: Fernamt, file: Path, *more: str) -> list[tuple[str, str]]:
    done = centre("apply", str(file), "--json", *more)
    assert done.code == 0, done.err
    named = ("review_form", "rating", "recording_terms")
    return [(each["what"], each["how"]) for each in done.json["changes"] if each["what"] in named]


def test_what_is_applied_holds_and_applied_again_changes_nothing(centre: Fernamt, centre_file: Path) -> None:
    centre_file.write_text(PROJECT + RULES + RITA, encoding="utf-8")
    added = [("review_form", "added"), ("rating", "added"), ("recording_terms", "added")]
    before = held(centre)
    assert rows(centre, centre_file, "--dry-run") == added
    assert held(centre) == before, "nothing was done"
    assert rows(centre, centre_file) == added
    form, rules, terms = held(centre)
    assert (form["version"], form["scale"]) == (1, 4)  # type: ignore[index]
    assert [(each["criterion_id"], each["weight"]) for each in form["criteria"]] == [("greeting", 2), ("data", 0)]  # type: ignore[index]
    assert (rules["per_agent"], rules["period"]) == (6, "week")  # type: ignore[index]
    assert len(set(rules["raters"]) - {"rita", "gesine"}) == 2, "their ids, also of who came with the same file"  # type: ignore[index]
    assert (terms["unrated_days"], terms["rated_days"]) == (14, 60)  # type: ignore[index]
    assert rows(centre, centre_file) == []
    assert held(centre) == (form, rules, terms)
    centre_file.write_text(PROJECT, encoding="utf-8")
    assert rows(centre, centre_file) == []
    assert held(centre) == (form, rules, terms), "what the file does not name stays"
    centre_file.write_text(PROJECT + RULES.replace("scale = 4", "scale = 5").replace("= 14", "= 10"), encoding="utf-8")
    changes = centre("apply", str(centre_file), "--json").json["changes"]
    found = {each["what"]: each["details"] for each in changes if each["how"] == "changed" and "what" in each}
    assert found["review_form"] == {"version": "1 → 2"}
    assert found["recording_terms"] == {"unrated_days": "14 → 10"}
    assert "rating" not in found
    centre_file.write_text(PROJECT + RULES.replace('"rita", "gesine"', '"gesine"'), encoding="utf-8")
    (change,) = [each for each in centre("apply", str(centre_file), "--json").json["changes"] if each["what"] == "rating"]
    assert change["details"] == {"raters": "rita,gesine → gesine"}


def test_every_fault_is_told_at_its_line_and_nothing_holds(centre: Fernamt, centre_file: Path) -> None:
    wrong = (
        RULES.replace('criterion_id = "data"', 'criterion_id = "greeting"')
        .replace("is_knockout = true", "is_knockout = false")
        .replace('["rita", "gesine"]', '["nobody", "anna", "gesine", "gesine"]')
        .replace("rated_days = 60", "rated_days = 6")
    )
    centre_file.write_text(PROJECT + wrong, encoding="utf-8")
    before = held(centre)
    done = centre("apply", str(centre_file))
    assert done.code == 3
    text = [line.removeprefix(f"{centre_file}:") for line in done.err.splitlines()]
    at = {number + 1: line for number, line in enumerate(centre_file.read_text(encoding="utf-8").splitlines())}
    told = [(at[int(line.partition(":")[0])].partition(" = ")[0], line.partition(": ")[2]) for line in text[:-1]]
    assert sorted(told) == sorted(
        [
            ("criterion_id", "projects[1].review_form.criteria[2].criterion_id: is another criterion's id as well"),
            (
                "weight",
                "projects[1].review_form.criteria[2].weight: counts for nothing: without a weight it has to be a knock-out",
            ),
            ("raters", "projects[1].rating.raters[1]: nobody is nobody's log-in"),
            ("raters", "projects[1].rating.raters[2]: anna is agent: only reviewer, supervisor, admin may rate"),
            ("raters", "projects[1].rating.raters[4]: gesine stands here twice"),
            (
                "rated_days",
                "projects[1].recording_terms.rated_days: is less than unrated_days: what was rated is kept at least as long",
            ),
        ]
    )
    assert text[-1] == "error: 6 faults found; nothing was done"
    assert held(centre) == before


def test_values_out_of_bounds_are_told_like_any_other(centre: Fernamt, centre_file: Path) -> None:
    wrong = RULES.replace("scale = 4", "scale = 11").replace("per_agent = 6", "per_agent = 0").replace("= 60", "= 181")
    centre_file.write_text(PROJECT + wrong, encoding="utf-8")
    done = centre("apply", str(centre_file))
    assert done.code == 3
    for key in ("review_form.scale", "rating.per_agent", "recording_terms.rated_days"):
        assert f"projects[1].{key}: expected" in done.err


def test_a_single_key_of_them_is_not_taken_and_lost(centre: Fernamt) -> None:
    done = centre("projects", "set", "nordlicht-service", "recording_terms={ unrated_days = 3 }")
    assert done.code == 3
    assert "fernamt recordings terms" in done.err


@pytest.mark.parametrize(
    ("store", "deed"), [(QualityForms, "publish"), (QualityForms, "set_rules"), (RecordingTermsStore, "put")]
)
def test_a_form_a_rule_or_a_term_that_fails_leaves_the_whole_centre_as_it_was(
    centre: Fernamt, centre_file: Path, monkeypatch: pytest.MonkeyPatch, store: type, deed: str
) -> None:
    before, people = (held(centre), centre("projects", "list", "--json").json), centre("users", "list", "--json").json

    async def fails(*_arguments: object, **_named: object) -> None:
        raise FernamtError("the disk is full")

    centre_file.write_text(PROJECT.replace("Nordlicht Service", "Another name") + RULES + RITA, encoding="utf-8")
    with monkeypatch.context() as broken:
        broken.setattr(store, deed, fails)
        assert centre("apply", str(centre_file)).code != 0
    assert (held(centre), centre("projects", "list", "--json").json) == before
    assert centre("users", "list", "--json").json == people
    assert centre("apply", str(centre_file)).code == 0
    assert "Another name" in str(centre("projects", "list", "--json").json)


def test_what_the_store_refuses_is_an_error_and_not_passed_over(
    centre: Fernamt, centre_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_arguments: object, **_named: object) -> tuple[str, ...]:
        return ("bad_per_agent",)

    monkeypatch.setattr(QualityForms, "set_rules", refuses)
    centre_file.write_text(PROJECT + RULES + RITA, encoding="utf-8")
    done = centre("apply", str(centre_file))
    assert done.code != 0
    assert "the rating rules of nordlicht-service cannot be: bad_per_agent; nothing was changed" in done.err
