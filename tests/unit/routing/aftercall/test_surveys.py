"""Surveys: what is asked next, what counts, and what comes of it."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from routing.aftercall.survey_figures import figures_of, table_of
from routing.aftercall.surveys import (
    REFUSED,
    Answer,
    OnlyIf,
    Question,
    QuestionKind,
    Survey,
    SurveyId,
    fault_of_answer,
    faults_of_survey,
    next_question,
    standing,
)
from telephony.identifiers import Instant

K = QuestionKind
SURVEY = Survey(
    survey_id=SurveyId("spring"),
    version=1,
    title="Spring",
    questions=(
        Question(name="is_customer", text="Are you a customer?", kind=K.YES_NO),
        Question(
            name="content", text="How content?", kind=K.SCALE, only_if=(OnlyIf(question="is_customer", is_any_of=("yes",)),)
        ),
        Question(
            name="why",
            text="Why?",
            kind=K.MULTIPLE,
            choices=("price", "service"),
            only_if=(OnlyIf(question="content", is_any_of=("1", "2")),),
        ),
        Question(name="spend", text="How much?", kind=K.NUMBER),
        Question(name="words", text="Anything else?", kind=K.TEXT),
    ),
)


def given_answers(*pairs: tuple[str, tuple[str, ...]]) -> list[Answer]:
    return [Answer(question=name, values=values, at=Instant(place)) for place, (name, values) in enumerate(pairs)]


def asked_next(*pairs: tuple[str, tuple[str, ...]]) -> str | None:
    question = next_question(SURVEY, given_answers(*pairs))
    return None if question is None else question.name


def test_questions_follow_from_answers() -> None:
    assert asked_next() == "is_customer"
    assert asked_next(("is_customer", ("no",))) == "spend"
    assert asked_next(("is_customer", ("yes",))) == "content"
    assert asked_next(("is_customer", ("yes",)), ("content", ("5",))) == "spend"
    assert asked_next(("is_customer", ("yes",)), ("content", ("2",))) == "why"
    assert asked_next(("is_customer", REFUSED), ("spend", ("12.5",)), ("words", REFUSED)) is None


def test_the_last_answer_counts_and_what_no_longer_follows_counts_no_more() -> None:
    story = [("is_customer", ("yes",)), ("content", ("1",)), ("why", ("price",)), ("is_customer", ("no",))]
    assert set(standing(SURVEY, given_answers(*story))) == {"is_customer"}
    again = [*story, ("is_customer", ("yes",))]
    assert set(standing(SURVEY, given_answers(*again))) == {"is_customer", "content", "why"}


def test_an_answer_is_one_of_its_kind() -> None:
    by_name = {each.name: each for each in SURVEY.questions}
    assert fault_of_answer(by_name["is_customer"], ("perhaps",)) == "not_yes_no"
    assert fault_of_answer(by_name["content"], ("6",)) == "not_on_scale"
    assert fault_of_answer(by_name["content"], ("x",)) == "not_integer"
    assert fault_of_answer(by_name["content"], ("1", "2")) == "more_than_one"
    assert fault_of_answer(by_name["why"], ("price", "service")) is None
    assert fault_of_answer(by_name["why"], ("price", "price")) == "twice"
    assert fault_of_answer(by_name["why"], ("weather",)) == "not_choice"
    assert fault_of_answer(by_name["spend"], ("Infinity",)) == "not_decimal"
    must = Question(name="a", text="?", kind=K.DATE, may_be_refused=False)
    assert fault_of_answer(must, REFUSED) == "must_be_answered"
    assert fault_of_answer(must, ("2026-02-30",)) == "not_date"


def test_a_survey_that_cannot_be_asked_is_told_why() -> None:
    assert not list(faults_of_survey(SURVEY))
    later = OnlyIf(question="b", is_any_of=("yes",))
    wrong = (
        Question(name="a", text="?", kind=K.YES_NO, only_if=(later,)),
        Question(name="b", text=" ", kind=K.YES_NO),
        Question(name="b", text="?", kind=K.SINGLE, choices=("x",)),
        Question(name="c", text="?", kind=K.SCALE, lowest=5, highest=5),
        Question(name="d", text="?", kind=K.TEXT, choices=("x",)),
        Question(name="e", text="?", kind=K.TEXT, only_if=(OnlyIf(question="d", is_any_of=("x",)),)),
        Question(name="F", text="?", kind=K.TEXT, only_if=(OnlyIf(question="c", is_any_of=()),)),
    )
    told = list(faults_of_survey(Survey(survey_id=SurveyId("s"), version=1, title="", questions=wrong)))
    assert len(told) == 9


def responses(count: int) -> list[list[Answer]]:
    return [
        given_answers(
            ("is_customer", ("yes",)), ("content", (str(place % 5 + 1),)), ("spend", (str(place),)), ("words", ("secret",))
        )
        for place in range(count)
    ]


def test_figures_tell_counts_shares_and_means_and_no_word_of_anybody() -> None:
    figures = {each.name: each for each in figures_of(SURVEY, responses(10)).questions}
    assert [(bar.label, bar.count, bar.permille) for bar in figures["content"].bars] == [(str(n), 2, 200) for n in range(1, 6)]
    assert (figures["content"].mean, figures["content"].median) == (Decimal("3.00"), Decimal("3.00"))
    assert (figures["why"].asked, figures["why"].is_withheld) == (0, True)
    assert sum(bar.count for bar in figures["spend"].bars) == 10
    rows = list(table_of(figures_of(SURVEY, responses(10))))
    assert "secret" not in str(rows)
    assert [row["count"] for row in rows if row["question"] == "is_customer"] == ["10", "0"]


def test_what_rests_on_few_is_not_shown() -> None:
    figures = figures_of(SURVEY, responses(4))
    assert all(each.is_withheld and not each.bars and each.mean is None for each in figures.questions)


@given(st.lists(st.tuples(st.sampled_from(["yes", "no"]), st.sampled_from(["1", "2", "3", "4", "5"])), max_size=40))
def test_nobody_is_counted_twice_or_lost(story: list[tuple[str, str]]) -> None:
    given_by = [given_answers(("is_customer", (first,)), ("content", (second,))) for first, second in story]
    figures = {each.name: each for each in figures_of(SURVEY, given_by, fewest=1).questions}
    assert figures["is_customer"].answered == len(story)
    assert figures["content"].asked == sum(first == "yes" for first, _ in story)
    for each in figures.values():
        assert sum(bar.count for bar in each.bars) == each.answered
