"""Shapes of surveys, answers, figures; and of suggestions."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from routing.aftercall.suggestions import LONGEST_SUGGESTION, About, SuggestionState
from routing.aftercall.surveys import QuestionKind
from web.schemas.aftercall import FieldName
from web.schemas.orders import Value
from web.schemas.types import Asked, CallName, Id, Shape, Shown, Text

Words = Annotated[str, StringConstraints(max_length=LONGEST_SUGGESTION)]
NeededWords = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_SUGGESTION)]


class OnlyIfFacts(Shape):
    """The question follows only where an earlier one was answered so."""

    question: FieldName
    is_any_of: list[Text] = Field(min_length=1, max_length=100)


class QuestionFacts(Shape):
    """One question."""

    name: FieldName
    text: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    kind: QuestionKind
    choices: list[Text] = Field(default_factory=list, max_length=100)
    lowest: Annotated[int, Field(ge=-1_000, le=1_000)] = 1
    highest: Annotated[int, Field(ge=-1_000, le=1_000)] = 5
    only_if: list[OnlyIfFacts] = Field(default_factory=list, max_length=20, description="All must hold.")
    may_be_refused: bool = True


class NewSurvey(Shape):
    """A survey; one of that id that stands already gets a new version."""

    survey_id: Id
    project_id: Id
    title: Text
    questions: list[QuestionFacts] = Field(min_length=1, max_length=200)


class SurveyShown(Shown):
    """A survey in one version."""

    survey_id: str
    version: int
    project_id: str
    client_id: str
    title: str
    questions: list[QuestionFacts]
    published_at: datetime


class SurveyList(Shown):
    """The newest version of each survey within reach."""

    items: list[SurveyShown]


class NewResponse(Shape):
    """Somebody is asked the survey."""

    response_id: CallName = Field(description="Chosen by who asks: asked again, it goes on where it stands.")
    survey_id: Id


class NewAnswer(Shape):
    """An answer. No value: the callee would not say. Given again, the last one counts."""

    question: FieldName
    values: list[Value] = Field(max_length=100)


class NextShown(Shown):
    """What is asked next; none: the survey is complete."""

    next_question: QuestionFacts | None


class VersionQuery(Asked):
    """Which version; the newest where none is said."""

    version: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class BarShown(Shown):
    """One bar of a picture."""

    label: str
    count: int
    permille: int


class QuestionFiguresShown(Shown):
    """What came of one question."""

    name: str
    text: str
    kind: QuestionKind
    asked: int
    answered: int
    refused: int
    is_withheld: bool = Field(description="Answered by fewer than may be shown.")
    bars: list[BarShown]
    mean: Decimal | None
    median: Decimal | None


class SurveyFiguresShown(Shown):
    """What came of a survey: the bars are what a picture is drawn from."""

    survey_id: str
    version: int
    responses: int
    questions: list[QuestionFiguresShown]


class NewSuggestion(Shape):
    """Something management should hear."""

    suggestion_id: CallName = Field(description="Chosen by who asks: asked again, nothing is added twice.")
    about: About
    words: NeededWords
    project_id: Id | None = None


class SuggestionDecision(Shape):
    """How it goes on; taken up or declined needs an answer."""

    state: SuggestionState
    answer: Words = ""


class SuggestionShown(Shown):
    """A suggestion and its answer."""

    suggestion_id: str
    agent_id: str
    project_id: str | None
    about: About
    words: str
    state: SuggestionState
    answer: str
    made_at: datetime
    changed_at: datetime | None


class SuggestionList(Shown):
    """Suggestions within reach, the newest first."""

    items: list[SuggestionShown]
