"""A text of consent is published only if it names all that somebody has to know who says yes."""

from dataclasses import replace

import pytest

from recording.consent import Draft, Part, TextFault, faults_of
from telephony.identifiers import ProjectId

TEXT = """Die Muster Center GmbH zeichnet jetzt im Auftrag der Stadtwerke Nord auf, als Nachweis Ihrer Bestellung.
Die Aufnahme bleibt sechs Monate bei der Muster Center GmbH. Sie können jederzeit „Stopp“ sagen."""
NAMES = {
    Part.RECORDER: "Muster Center GmbH",
    Part.CLIENT: "Stadtwerke Nord",
    Part.PURPOSE: "Nachweis Ihrer Bestellung",
    Part.KEEPER: "bei der Muster Center GmbH",
    Part.TERM: "sechs Monate",
    Part.WITHDRAWAL: "Sie können jederzeit „Stopp“ sagen",
}
WHOLE = Draft(project_id=ProjectId("nord"), language="de", text=TEXT, names=NAMES)


def test_a_text_that_names_everything_may_be_published() -> None:
    assert faults_of(WHOLE) == ()


@pytest.mark.parametrize("part", list(Part))
def test_a_text_that_leaves_one_part_out_may_not(part: Part) -> None:
    names = {each: words for each, words in NAMES.items() if each is not part}
    assert faults_of(replace(WHOLE, names=names)) == ((TextFault.PART_MISSING, part),)


@pytest.mark.parametrize("part", list(Part))
def test_what_is_said_to_name_a_part_has_to_stand_in_the_text(part: Part) -> None:
    assert faults_of(replace(WHOLE, names={**NAMES, part: "etwas anderes"})) == ((TextFault.NOT_IN_TEXT, part),)


def test_line_breaks_and_capitals_do_not_matter() -> None:
    assert faults_of(replace(WHOLE, names={**NAMES, Part.TERM: "Sechs\n  MONATE"})) == ()


def test_who_records_may_be_who_keeps_it_and_nothing_else_is_the_same() -> None:
    assert faults_of(replace(WHOLE, names={**NAMES, Part.KEEPER: NAMES[Part.RECORDER]})) == ()
    same = replace(WHOLE, names={**NAMES, Part.PURPOSE: NAMES[Part.CLIENT]})
    assert faults_of(same) == ((TextFault.SAME_WORDS, Part.PURPOSE),)
    thrice = {**NAMES, Part.KEEPER: NAMES[Part.RECORDER], Part.CLIENT: NAMES[Part.RECORDER]}
    assert {part for _, part in faults_of(replace(WHOLE, names=thrice))} == {Part.CLIENT, Part.KEEPER}


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_text_is_none(text: str) -> None:
    assert faults_of(replace(WHOLE, text=text)) == ((TextFault.EMPTY, None),)


def test_a_text_nobody_could_read_out_is_too_long() -> None:
    assert faults_of(replace(WHOLE, text=TEXT + " x" * 4_000)) == ((TextFault.TOO_LONG, None),)
