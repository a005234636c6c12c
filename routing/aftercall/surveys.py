"""A survey: questions of several kinds, which of them follow from which answers, and what an answer may be.

A question may depend only on questions before it, so no survey goes in circles. Answers are only ever added: the last one to a
question counts, and those to questions that no longer follow count no more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from routing.aftercall.forms import FIELD_NAME, FormField, ValueKind, fault_of_value
from telephony.faults import FaultCode, Wrong
from telephony.identifiers import Instant

SurveyId = NewType("SurveyId", str)
MOST_QUESTIONS = 200
WIDEST_SCALE = 100


class QuestionKind(StrEnum):
    """How it is answered."""

    YES_NO = "yes_no"
    SINGLE = "single"
    """One of the choices."""
    MULTIPLE = "multiple"
    """Any of the choices."""
    SCALE = "scale"
    """A whole number from `lowest` to `highest`, both of which mean something."""
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"
    """In the callee's words: never part of the figures, sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyIf:
    """The question follows only where an earlier one was answered by one of these; of several conditions all must hold."""

    question: str
    is_any_of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. Choices are said as they are read out."""

    name: str
    text: str
    kind: QuestionKind
    choices: tuple[str, ...] = ()
    lowest: int = 1
    highest: int = 5
    only_if: tuple[OnlyIf, ...] = ()
    may_be_refused: bool = True
    """Answering is free: what may not be refused ends the survey when it is (`REFUSED`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A survey in one version. What was asked once is never changed: a new wording is a new version."""

    survey_id: SurveyId
    version: int
    title: str
    questions: tuple[Question, ...]


REFUSED = ()
"""No value: the callee would not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered, when. `values`: one, but several for `multiple`; none: refused."""

    question: str
    values: tuple[str, ...]
    at: Instant


def faults_of_survey(survey: Survey) -> Iterator[Wrong]:
    """What cannot be asked."""
    if not 1 <= len(survey.questions) <= MOST_QUESTIONS:
        yield Wrong(FaultCode.SURVEY_LENGTH, count=len(survey.questions), most=MOST_QUESTIONS)
    before: dict[str, Question] = {}
    for each in survey.questions:
        if not FIELD_NAME.fullmatch(each.name):
            yield Wrong(FaultCode.QUESTION_BAD_NAME, question=each.name)
        if each.name in before:
            yield Wrong(FaultCode.QUESTION_TWICE, question=each.name)
        if not each.text.strip():
            yield Wrong(FaultCode.QUESTION_EMPTY, question=each.name)
        yield from _faults_of_kind(each)
        for condition in each.only_if:
            yield from _faults_of_condition(each, condition, before)
        before[each.name] = each


def _faults_of_kind(asked: Question) -> Iterator[Wrong]:
    has_choices = asked.kind in (QuestionKind.SINGLE, QuestionKind.MULTIPLE)
    if has_choices and (len(asked.choices) < 2 or len(set(asked.choices)) != len(asked.choices)):
        yield Wrong(FaultCode.QUESTION_FEW_CHOICES, question=asked.name)
    if not has_choices and asked.choices:
        yield Wrong(FaultCode.QUESTION_NO_CHOICES, question=asked.name)
    if any(not choice.strip() for choice in asked.choices):
        yield Wrong(FaultCode.QUESTION_CHOICE_UNNAMED, question=asked.name)
    if asked.kind is QuestionKind.SCALE and not 0 < asked.highest - asked.lowest <= WIDEST_SCALE:
        steps = {"lowest": asked.lowest, "highest": asked.highest, "most": WIDEST_SCALE}
        yield Wrong(FaultCode.QUESTION_SCALE, question=asked.name, **steps)


def _faults_of_condition(asked: Question, condition: OnlyIf, before: Mapping[str, Question]) -> Iterator[Wrong]:
    on = before.get(condition.question)
    if on is None:
        yield Wrong(FaultCode.QUESTION_TOO_EARLY, question=asked.name, on=condition.question)
        return
    if on.kind is QuestionKind.TEXT:
        yield Wrong(FaultCode.QUESTION_ON_WORDS, question=asked.name, on=on.name)
    if not condition.is_any_of:
        yield Wrong(FaultCode.QUESTION_NEVER, question=asked.name, on=on.name)
    for value in condition.is_any_of:
        if on.kind is not QuestionKind.TEXT and fault_of_answer(on, (value,)) is not None:
            yield Wrong(FaultCode.QUESTION_NO_ANSWER, question=asked.name, value=value, on=on.name)


def fault_of_answer(asked: Question, values: tuple[str, ...]) -> str | None:
    """Why these values cannot answer the question; None: they can."""
    if values == REFUSED:
        return None if asked.may_be_refused else "must_be_answered"
    if asked.kind is QuestionKind.MULTIPLE:
        if len(set(values)) != len(values):
            return "twice"
        return None if set(values) <= set(asked.choices) else "not_choice"
    if len(values) != 1:
        return "more_than_one"
    return _fault_of_one(asked, values[0])


def _fault_of_one(asked: Question, value: str) -> str | None:
    match asked.kind:
        case QuestionKind.YES_NO:
            return None if value in ("yes", "no") else "not_yes_no"
        case QuestionKind.SCALE:
            fault = fault_of_value(FormField(name=asked.name, kind=ValueKind.INTEGER), value)
            return fault or (None if asked.lowest <= int(value) <= asked.highest else "not_on_scale")
        case QuestionKind.NUMBER:
            return fault_of_value(FormField(name=asked.name, kind=ValueKind.DECIMAL), value)
        case QuestionKind.DATE:
            return fault_of_value(FormField(name=asked.name, kind=ValueKind.DATE), value)
        case QuestionKind.TEXT:
            return fault_of_value(FormField(name=asked.name), value)
        case _:
            return None if value in asked.choices else "not_choice"


def standing(survey: Survey, answers: Sequence[Answer]) -> Mapping[str, Answer]:
    """The answers that count: the last to each question that was to be asked, in the order of the survey."""
    last: dict[str, Answer] = {}
    for each in answers:
        last[each.question] = each
    counted: dict[str, Answer] = {}
    for question in survey.questions:
        if question.name in last and follows(question, counted):
            counted[question.name] = last[question.name]
    return counted


def follows(question: Question, counted: Mapping[str, Answer]) -> bool:
    """Whether the question is to be asked after these answers."""
    return all(
        condition.question in counted and not set(condition.is_any_of).isdisjoint(counted[condition.question].values)
        for condition in question.only_if
    )


def next_question(survey: Survey, answers: Sequence[Answer]) -> Question | None:
    """What is asked next; None: the survey is complete."""
    counted = standing(survey, answers)
    return next((each for each in survey.questions if each.name not in counted and follows(each, counted)), None)
