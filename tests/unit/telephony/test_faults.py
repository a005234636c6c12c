"""What is wrong is told by stable ids and facts: in English here, and in both languages by the pages."""

import ast
import json
import re
from pathlib import Path
from string import Formatter

import pytest

from telephony.faults import WORDS, FaultCode, Inside, Wrong

ROOT = Path(__file__).parents[3]
CATALOGUES = ROOT / "web" / "frontend" / "src" / "i18n"


def places(code: FaultCode) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(WORDS[code]) if name}


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("code", FaultCode)
def test_every_fault_has_words_in_both_languages_that_fill_from_its_facts(code: FaultCode, language: str) -> None:
    told = json.loads((CATALOGUES / f"centre.{language}.json").read_text())[f"fault.{code.value}"]
    assert told.strip()
    assert set(re.findall(r"{(\w+)}", told)) <= places(code)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("what", Inside)
def test_every_part_has_words_in_both_languages(what: Inside, language: str) -> None:
    assert "{name}" in json.loads((CATALOGUES / f"centre.{language}.json").read_text())[f"fault.inside.{what.value}"]


@pytest.mark.parametrize("code", FaultCode)
def test_a_fault_is_its_sentence_and_knows_its_facts(code: FaultCode) -> None:
    facts = dict.fromkeys(places(code), "x")
    wrong = Wrong(code, **facts)
    assert (wrong.code, dict(wrong.facts)) == (code, facts)
    assert "{" not in wrong
    inside = wrong.inside(Inside.RULE, 2)
    assert inside == f"rule 2: {wrong}"
    assert dict(inside.facts) == {**facts, "inside": "rule", "inside_name": 2}


@pytest.mark.parametrize("path", sorted((ROOT / "store").glob("*.py")), ids=lambda path: path.name)
def test_no_store_tells_what_is_wrong_in_english_alone(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    told = [each.value for call in calls if ast.unparse(call.func) == "Fault" for each in call.keywords if each.arg == "what"]
    assert not [ast.unparse(each) for each in told if isinstance(each, ast.Constant | ast.JoinedStr)]


def test_a_sentence_without_its_facts_is_none() -> None:
    with pytest.raises(KeyError):
        Wrong(FaultCode.UNKNOWN_CLIENT)
