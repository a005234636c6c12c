"""A form is published whole or not at all; a score is the weighted mean, and a knock-out leaves nothing of it."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.quality.form import Criterion, Form, FormDraft, FormFault, faults_of
from recording.quality.score import MarkFault, faults_of_marks, rounded, scored
from tests.quality_words import ACME, CRITERIA, FORM, GOOD


def a_draft(*criteria: Criterion, scale: int = 5) -> FormDraft:
    return FormDraft(project_id=ACME, scale=scale, criteria=criteria)


def test_the_form_of_the_tests_can_be_published() -> None:
    assert faults_of(a_draft(*CRITERIA)) == ()


@pytest.mark.parametrize(
    ("draft", "fault"),
    [
        (a_draft(), (FormFault.NO_CRITERIA, None)),
        (a_draft(*CRITERIA, scale=0), (FormFault.BAD_SCALE, None)),
        (a_draft(*CRITERIA, scale=11), (FormFault.BAD_SCALE, None)),
        (a_draft(*(replace(CRITERIA[0], criterion_id=f"c{n}") for n in range(41))), (FormFault.TOO_MANY_CRITERIA, None)),
        (a_draft(CRITERIA[0], replace(CRITERIA[1], weight=101)), (FormFault.BAD_WEIGHT, 1)),
        (a_draft(CRITERIA[0], replace(CRITERIA[1], weight=0)), (FormFault.COUNTS_FOR_NOTHING, 1)),
        (a_draft(CRITERIA[0], replace(CRITERIA[1], name="  ")), (FormFault.NO_NAME, 1)),
        (a_draft(CRITERIA[0], CRITERIA[0]), (FormFault.SAME_ID, 1)),
        (a_draft(CRITERIA[2], CRITERIA[3]), (FormFault.ALL_CAN_BE_SKIPPED, None)),
    ],
    ids=lambda each: each[0].value if isinstance(each, tuple) else None,
)
def test_a_form_with_a_fault_is_refused_by_its_place(draft: FormDraft, fault: tuple[FormFault, int | None]) -> None:
    assert faults_of(draft) == (fault,)


def test_a_scale_of_one_and_of_ten_can_be_published() -> None:
    assert faults_of(a_draft(*CRITERIA, scale=1)) == faults_of(a_draft(*CRITERIA, scale=10)) == ()


def test_a_score_is_the_weighted_mean_of_what_was_marked() -> None:
    score = scored(FORM, GOOD.marks)
    assert (score.hundredths, score.points, score.reached, score.weight) == (8_500, 85, 17, 4)
    assert [each.criterion_id for each in score.counted] == ["greeting", "needs"]


def test_a_knock_out_leaves_nothing_and_names_itself() -> None:
    score = scored(FORM, {**GOOD.marks, "privacy": 0})
    assert (score.hundredths, score.points, score.knocked_out_by) == (0, 0, ("privacy",))
    assert score.reached == 17, "the arithmetic is told all the same"


def test_a_half_is_rounded_up_once() -> None:
    form = replace(FORM, scale=8, criteria=(Criterion(criterion_id="a", name="A"),))
    assert (scored(form, {"a": 1}).hundredths, scored(form, {"a": 1}).points) == (1_250, 13)


@pytest.mark.parametrize(
    ("marks", "fault"),
    [
        ({**GOOD.marks, "tone": 3}, (MarkFault.NO_SUCH_CRITERION, "tone")),
        ({**GOOD.marks, "needs": 6}, (MarkFault.NOT_ON_THE_SCALE, "needs")),
        ({**GOOD.marks, "needs": -1}, (MarkFault.NOT_ON_THE_SCALE, "needs")),
        ({**GOOD.marks, "needs": None}, (MarkFault.MAY_NOT_BE_SKIPPED, "needs")),
    ],
)
def test_marks_with_a_fault_are_refused_even_in_a_draft(marks: dict[str, int | None], fault: tuple[MarkFault, str]) -> None:
    assert faults_of_marks(FORM, marks, is_whole=True) == faults_of_marks(FORM, marks, is_whole=False) == (fault,)


def test_only_a_draft_may_have_gaps() -> None:
    assert faults_of_marks(FORM, {"greeting": 1}, is_whole=False) == ()
    assert faults_of_marks(FORM, {"greeting": 1}, is_whole=True) == tuple(
        (MarkFault.MISSING, name) for name in ("needs", "closing", "privacy")
    )


@st.composite
def _rated(draw: st.DrawFn) -> tuple[Form, dict[str, int | None]]:
    scale = draw(st.integers(1, 10))
    criteria, marks = [Criterion(criterion_id="always", name="Always", weight=draw(st.integers(1, 100)))], dict[str, int | None]()
    for number in range(draw(st.integers(0, 8))):
        is_knockout = draw(st.booleans())
        weight = draw(st.integers(0 if is_knockout else 1, 100))
        may = draw(st.booleans())
        name = f"c{number}"
        criteria.append(Criterion(criterion_id=name, name=name, weight=weight, is_knockout=is_knockout, may_be_skipped=may))
        marks[name] = draw(st.none() | st.integers(0, scale)) if may else draw(st.integers(0, scale))
    marks["always"] = draw(st.integers(0, scale))
    form = replace(FORM, scale=scale, criteria=tuple(criteria))
    assert faults_of(FormDraft(project_id=ACME, scale=scale, criteria=form.criteria)) == ()
    return form, marks


@given(_rated())
def test_a_score_is_the_mean_whatever_the_form_and_a_knock_out_zero_whatever_the_rest(
    rated: tuple[Form, dict[str, int | None]],
) -> None:
    form, marks = rated
    assert faults_of_marks(form, marks, is_whole=True) == ()
    score = scored(form, marks)
    weighed = [(each.weight, mark) for each in form.criteria if (mark := marks[each.criterion_id]) is not None]
    mean = Fraction(sum(w * m for w, m in weighed), form.scale * sum(w for w, _ in weighed))
    if any(each.is_knockout and marks[each.criterion_id] == 0 for each in form.criteria):
        assert (score.hundredths, score.points) == (0, 0)
        assert score.knocked_out_by
    else:
        assert (score.hundredths, score.points) == (rounded(mean * 10_000), rounded(mean * 100))
        assert not score.knocked_out_by
    assert 0 <= score.points <= 100
    assert Fraction(score.reached, form.scale * score.weight) == mean


@given(_rated(), st.integers(1, 9))
def test_weights_count_by_their_proportion_alone(rated: tuple[Form, dict[str, int | None]], factor: int) -> None:
    form, marks = rated
    heavier = replace(form, criteria=tuple(replace(each, weight=each.weight * factor) for each in form.criteria))
    assert scored(heavier, marks).hundredths == scored(form, marks).hundredths
