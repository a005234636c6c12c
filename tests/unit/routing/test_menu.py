"""What a key menu can mean, and what of one is refused."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from routing.menu import WRONG_KEY, Menu, MenuOption, faults_of
from telephony.demands import CallDemand, SkillNeed
from telephony.identifiers import ClientId, ProjectId

SOUNDS = Path(__file__).parents[3] / "asterisk-conf" / "sounds"
GERMAN, ENGLISH = MenuOption(key="1", language="de"), MenuOption(key="2", language="en", priority_ms=5_000)
MENU = Menu(prompt=("fernamt/choose-german", "fernamt/choose-english"), options=(GERMAN, ENGLISH), default_key="1")


@dataclass(frozen=True)
class Line:
    client_id: ClientId


OURS, THEIRS = Line(ClientId("c")), Line(ClientId("other"))
CENTRE = {ProjectId("sued"): OURS, ProjectId("west"): THEIRS}


def test_an_option_asks_for_what_it_names() -> None:
    solar = MenuOption(key="3", skills=(SkillNeed(skill="solar", grade=3),), priority_ms=60_000)
    assert MENU.option("2") is ENGLISH
    assert MENU.option("9") is MENU.option(None) is None
    assert ENGLISH.demand == CallDemand(language="en", priority_ms=5_000)
    assert solar.demand == CallDemand(skills=(SkillNeed(skill="solar", grade=3),), priority_ms=60_000)


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_question_is_repeated_after_a_wrong_key_with_a_word_of_it_and_all_its_sounds_exist(language: str) -> None:
    assert MENU.sounds(after_wrong_key=True) == (WRONG_KEY, *MENU.sounds(after_wrong_key=False))
    for sound in MENU.sounds(after_wrong_key=True):
        assert (SOUNDS / language / f"{sound}.alaw").is_file()


def test_a_menu_that_can_be_meant_has_no_faults() -> None:
    assert faults_of(MENU, OURS, CENTRE, answers_early=True) == []
    with_project = replace(MENU, options=(*MENU.options, MenuOption(key="#", project_id=ProjectId("sued"))))
    assert faults_of(with_project, OURS, CENTRE, answers_early=True) == []


@pytest.mark.parametrize(
    ("menu", "said"),
    [
        (replace(MENU, prompt=()), "names of sounds"),
        (replace(MENU, prompt=("../../etc/passwd",)), "names of sounds"),
        (replace(MENU, prompt=("a&b,c",)), "names of sounds"),
        (replace(MENU, answer_within_ms=100), "answer_within_ms is 100"),
        (replace(MENU, tries=0), "tries is 0"),
        (replace(MENU, options=(), default_key=None), "nothing to choose"),
        (replace(MENU, options=(GERMAN, GERMAN)), "same key"),
        (replace(MENU, default_key="7"), "'7' is no option"),
        (replace(MENU, options=(GERMAN, MenuOption(key="12"))), "a key is one of"),
        (replace(MENU, options=(GERMAN, MenuOption(key="2", language="DE"))), "two small letters"),
        (replace(MENU, options=(GERMAN, MenuOption(key="2", priority_ms=10**9))), "priority_ms is 1000000000"),
        (replace(MENU, options=(GERMAN, MenuOption(key="2", skills=(SkillNeed(skill="solar", grade=9),)))), "grade 9 of 'solar'"),
        (replace(MENU, options=(GERMAN, MenuOption(key="2", project_id=ProjectId("nowhere")))), "no project 'nowhere'"),
        (replace(MENU, options=(GERMAN, MenuOption(key="2", project_id=ProjectId("west")))), "another client"),
    ],
)
def test_what_cannot_be_meant_is_told(menu: Menu, said: str) -> None:
    [fault] = faults_of(menu, OURS, CENTRE, answers_early=True)
    assert said in fault


def test_a_caller_who_is_not_answered_cannot_be_asked() -> None:
    assert "answers_early = true" in faults_of(MENU, OURS, CENTRE, answers_early=False)[0]
