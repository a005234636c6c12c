"""The front end says the same in both languages, and speaks of the same things as the service."""

import json
import re
from enum import StrEnum
from pathlib import Path

import msgspec
import pytest

from monitor import frames, rows
from monitor.kpis import AbandonedCalls, Figures
from telephony.agent.model import AgentState
from web.live import CloseCode
from web.permissions import Role
from web.problems import EDGE, REFUSALS

FRONT_END = Path(__file__).parents[3] / "web" / "frontend"
SOURCES = {path: path.read_text() for kind in ("*.svelte", "*.ts") for path in (FRONT_END / "src").rglob(kind)}
PROTOCOL = (FRONT_END / "src" / "live" / "protocol.ts").read_text()


def catalogue(language: str) -> dict[str, str]:
    """The texts of all catalogues of that language, each key in one of them."""
    parts = [json.loads(path.read_text()) for path in sorted((FRONT_END / "src" / "i18n").glob(f"*{language}.json"))]
    texts = {key: text for part in parts for key, text in part.items()}
    assert len(texts) == sum(len(part) for part in parts), "a key stands in two catalogues"
    return texts


GERMAN, ENGLISH = catalogue("de"), catalogue("en")


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def catalogues(language: str) -> list[dict[str, str]]:
    found = sorted((FRONT_END / "src" / "i18n").glob(f"*{language}.json"))
    return [json.loads(path.read_text()) for path in found]


def test_both_languages_have_the_same_keys_and_no_empty_text_and_no_key_is_in_two_catalogues() -> None:
    german, english = catalogues("de"), catalogues("en")
    assert [each.keys() for each in german] == [each.keys() for each in english]
    assert all(text.strip() for each in (*german, *english) for text in each.values())
    keys = [key for each in german for key in each]
    assert sorted(keys) == sorted(set(keys))


FORMAL = re.compile(
    r"\b(Ihr(e[nmrs]?)?|Ihnen)\b|\b(Sie|Sie selbst) (dürfen|haben|hören|können|möchten|müssen|sehen|sind|sollen|werden)\b"
    r"|\b(bitte|dürfen|haben|hören|können|müssen|sehen|sind|sollen|werden) Sie\b|, was Sie\b"
)
"""A Sie that speaks to who reads; one that means somebody else's thing stands at the beginning of a sentence."""


def test_who_reads_german_is_spoken_to_by_du_everywhere() -> None:
    refusals = {code.value: kind.de for code, kind in REFUSALS.items()}
    told = {**GERMAN, **refusals, **{name: kind.de for name, kind in EDGE.items()}}
    assert {name: text for name, text in told.items() if FORMAL.search(text)} == {}


def test_both_languages_fill_the_same_places() -> None:
    for german, english in zip(catalogues("de"), catalogues("en"), strict=True):
        assert {key: places(text) for key, text in german.items()} == {key: places(text) for key, text in english.items()}


def test_every_text_is_used() -> None:
    source = "\n".join(SOURCES.values())
    quoted = set(re.findall(r"'([a-z_]+(?:\.[a-z_]+)+)'", source))
    made = tuple(re.findall(r"`([a-z_.]+\.)\$\{", source))
    keys = {key for each in catalogues("de") for key in each}
    assert {key for key in keys if key not in quoted and not key.startswith(made)} == set()


@pytest.mark.parametrize(
    ("prefix", "words"), [("state", AgentState), ("phase", rows.CallPhase), ("kpi.rule", AbandonedCalls), ("role", Role)]
)
def test_every_word_of_the_service_has_a_text(prefix: str, words: type[StrEnum]) -> None:
    assert {f"{prefix}.{word.value}" for word in words} <= GERMAN.keys()


@pytest.mark.parametrize(
    "shape",
    [
        Figures,
        rows.Header,
        rows.QueueRow,
        rows.AgentRow,
        rows.CallRow,
        rows.SwitchRow,
        rows.MinuteRow,
        rows.BoardSnapshot,
    ],
    ids=lambda shape: shape.__name__,
)
def test_the_front_end_expects_what_the_service_sends(shape: type[msgspec.Struct]) -> None:
    found = re.search(rf"interface {shape.__name__} {{\n(.*?)\n}}", PROTOCOL, re.DOTALL)
    assert found is not None
    assert set(re.findall(r"^  (\w+):", found[1], re.MULTILINE)) == set(shape.__struct_fields__)


def test_the_front_end_knows_every_message_and_change() -> None:
    messages = (frames.Hello, frames.Snapshot, frames.Deltas, frames.Beat, frames.Start, frames.Resume)
    assert set(re.findall(r"type: '(\w+)'", PROTOCOL)) == {m.__struct_config__.tag for m in messages}
    changes = rows.Delta.__subclasses__()
    assert set(re.findall(r"kind: '(\w+)'", PROTOCOL)) == {c.__struct_config__.tag for c in changes}
    assert set(re.findall(r"AGENT_STATES = \[(.*?)\]", PROTOCOL, re.DOTALL)[0].replace("'", "").replace(",", " ").split()) == {
        state.value for state in AgentState
    }
    assert set(re.findall(r"CALL_PHASES = \[(.*?)\]", PROTOCOL, re.DOTALL)[0].replace("'", "").replace(",", " ").split()) == {
        phase.value for phase in rows.CallPhase
    }


def test_the_front_end_knows_the_closing_codes_and_the_protocols_number() -> None:
    codes = {int(code) for code in re.findall(r"\b(44\d\d)\b", PROTOCOL)}
    assert codes == {code for code in CloseCode if code >= 4000}
    assert f"PROTOCOL = {frames.PROTOCOL};" in PROTOCOL


def test_the_lock_file_names_no_host() -> None:
    lock = json.loads((FRONT_END / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert "http" not in json.dumps({n: p.get("integrity") for n, p in lock["packages"].items()})


def test_packages_are_of_exact_versions() -> None:
    package = json.loads((FRONT_END / "package.json").read_text())
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["devDependencies"].values())


def test_nothing_is_fetched_from_elsewhere_and_nothing_is_inline() -> None:
    page = (FRONT_END / "index.html").read_text()
    for name, text in {**SOURCES, FRONT_END / "index.html": page}.items():
        assert not re.search(r"""(?:src|href|url\()=?["']?https?://""", text), name
        assert "{@html" not in text, name
    assert "<style" not in page
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
