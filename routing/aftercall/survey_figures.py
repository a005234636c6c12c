"""Answers as statistics: tables for spreadsheets, and the numbers a picture is drawn from. Nobody can be found in them.

A figure that rests on fewer than `FEWEST` people is not shown: who answered could be told from it. Words are never part of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from routing.aftercall.surveys import Answer, Question, QuestionKind, Survey, standing

FEWEST = 5
MOST_BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a picture. `permille` of those who answered; of `multiple` the bars of a question may add up to more."""

    label: str
    count: int
    permille: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionFigures:
    """What came of one question."""

    name: str
    text: str
    kind: QuestionKind
    asked: int
    """Those it was put to."""
    answered: int
    refused: int
    is_withheld: bool
    """Answered by fewer than may be shown: there are no bars and no means."""
    bars: tuple[Bar, ...] = ()
    mean: Decimal | None = None
    """Of scales and numbers, to two places."""
    median: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyFigures:
    """What came of a survey."""

    survey_id: str
    version: int
    responses: int
    questions: tuple[QuestionFigures, ...]


def figures_of(survey: Survey, responses: Iterable[Sequence[Answer]], *, fewest: int = FEWEST) -> SurveyFigures:
    """The statistics over all who answered this version; each response is one person's answers in their order."""
    count, found = 0, {question.name: list[tuple[str, ...]]() for question in survey.questions}
    for answers in responses:
        count += 1
        for name, answer in standing(survey, answers).items():
            found[name].append(answer.values)
    return SurveyFigures(
        survey_id=survey.survey_id,
        version=survey.version,
        responses=count,
        questions=tuple(_of(question, found[question.name], fewest) for question in survey.questions),
    )


def _of(question: Question, given: Sequence[tuple[str, ...]], fewest: int) -> QuestionFigures:
    answered = [values for values in given if values]
    is_withheld = len(answered) < fewest
    numbers = [Decimal(values[0]) for values in answered] if question.kind in (QuestionKind.SCALE, QuestionKind.NUMBER) else []
    is_counted = bool(numbers) and not is_withheld
    return QuestionFigures(
        name=question.name,
        text=question.text,
        kind=question.kind,
        asked=len(given),
        answered=len(answered),
        refused=len(given) - len(answered),
        is_withheld=is_withheld,
        bars=() if is_withheld else _bars(question, answered, numbers),
        mean=_rounded(sum(numbers, Decimal(0)) / len(numbers)) if is_counted else None,
        median=_median(numbers) if is_counted else None,
    )


def _bars(question: Question, answered: Sequence[tuple[str, ...]], numbers: Sequence[Decimal]) -> tuple[Bar, ...]:
    match question.kind:
        case QuestionKind.YES_NO:
            counts = _counted(("yes", "no"), answered)
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            counts = _counted(question.choices, answered)
        case QuestionKind.SCALE:
            steps = (str(step) for step in range(question.lowest, question.highest + 1))
            counts = _counted(steps, [(str(int(values[0])),) for values in answered])
        case QuestionKind.NUMBER:
            counts = _binned(numbers)
        case QuestionKind.DATE:
            counts = _counted(sorted({values[0][:7] for values in answered}), [(values[0][:7],) for values in answered])
        case QuestionKind.TEXT:
            return ()
    return tuple(Bar(label=label, count=count, permille=_permille(count, len(answered))) for label, count in counts.items())


def _counted(labels: Iterable[str], answered: Sequence[tuple[str, ...]]) -> dict[str, int]:
    counts = dict.fromkeys(labels, 0)
    for values in answered:
        for value in values:
            counts[value] += 1
    return counts


def _binned(numbers: Sequence[Decimal]) -> dict[str, int]:
    """Bins of one width, ten at the most; the last holds the largest number too."""
    lowest, highest = min(numbers), max(numbers)
    if lowest == highest:
        return {_plain(lowest): len(numbers)}
    width = (highest - lowest) / MOST_BINS
    counts = [0] * MOST_BINS
    for number in numbers:
        counts[min(int((number - lowest) / width), MOST_BINS - 1)] += 1
    edges = [_plain(lowest + place * width) for place in range(MOST_BINS + 1)]
    bins: dict[str, int] = {}
    for place, count in enumerate(counts):
        label = f"{edges[place]}–{edges[place + 1]}"
        bins[label] = bins.get(label, 0) + count
    return bins


def _plain(number: Decimal) -> str:
    return f"{_rounded(number).normalize():f}"


def _median(numbers: Sequence[Decimal]) -> Decimal:
    ordered, middle = sorted(numbers), len(numbers) // 2
    return _rounded(ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2)


def _rounded(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.01"))


def _permille(part: int, whole: int) -> int:
    return (part * 1_000 + whole // 2) // whole if whole else 0


TABLE_COLUMNS = ("question", "text", "kind", "asked", "answered", "refused", "label", "count", "permille", "mean", "median")


def table_of(figures: SurveyFigures) -> Iterable[Mapping[str, str]]:
    """The figures as rows of a table: one a bar, one for a question that has none."""
    for each in figures.questions:
        own = {
            "question": each.name,
            "text": each.text,
            "kind": each.kind.value,
            "asked": str(each.asked),
            "answered": str(each.answered),
            "refused": str(each.refused),
            "mean": "" if each.mean is None else str(each.mean),
            "median": "" if each.median is None else str(each.median),
        }
        for bar in each.bars or (None,):
            shown = {"label": "", "count": "", "permille": ""}
            if bar is not None:
                shown = {"label": bar.label, "count": str(bar.count), "permille": str(bar.permille)}
            yield {**own, **shown}
