"""What marks come to: the weighted mean of what was marked, and nothing at all after a knock-out. Pure and exact."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from recording.quality.form import Criterion, Form

FULL: Final = 10_000
"""A whole score, in hundredths of a point."""

Marks = Mapping[str, int | None]
"""By criterion; None: it did not come up in the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A mark with its weight, as part of a mean."""

    criterion_id: str
    weight: int
    mark: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The arithmetic of one review, whole."""

    counted: tuple[Counted, ...]
    knocked_out_by: tuple[str, ...]
    scale: int
    hundredths: int
    """From 0 to 10,000, rounded once, half up."""
    points: int
    """From 0 to 100, rounded once, half up: what a level rests on."""

    @property
    def weight(self) -> int:
        """Sum of the weights that counted."""
        return sum(each.weight for each in self.counted)

    @property
    def reached(self) -> int:
        """Sum of marks times weights; the most there was is `weight` times `scale`."""
        return sum(each.weight * each.mark for each in self.counted)


class MarkFault(StrEnum):
    """Why marks cannot be handed in."""

    NO_SUCH_CRITERION = "no_such_criterion"
    NOT_ON_THE_SCALE = "not_on_the_scale"
    MISSING = "missing"
    MAY_NOT_BE_SKIPPED = "may_not_be_skipped"


def faults_of_marks(form: Form, marks: Marks, *, is_whole: bool) -> tuple[tuple[MarkFault, str], ...]:
    """All that is wrong, with its criterion; `is_whole`: every criterion has to be marked or skipped."""
    known = {each.criterion_id: each for each in form.criteria}
    unknown = ((MarkFault.NO_SUCH_CRITERION, each) for each in sorted(marks) if each not in known)
    return (*unknown, *_faults(form, known.values(), marks, is_whole=is_whole))


def scored(form: Form, marks: Marks) -> Score:
    """The score of whole marks without a fault."""
    given = [(each, marks[each.criterion_id]) for each in form.criteria]
    counted = tuple(
        Counted(criterion_id=each.criterion_id, weight=each.weight, mark=mark)
        for each, mark in given
        if mark is not None and each.weight
    )
    knocked_out_by = tuple(each.criterion_id for each, mark in given if each.is_knockout and mark == 0)
    most = form.scale * sum(each.weight for each in counted)
    share = Fraction(0) if knocked_out_by else Fraction(sum(each.weight * each.mark for each in counted), most)
    return Score(
        counted=counted,
        knocked_out_by=knocked_out_by,
        scale=form.scale,
        hundredths=rounded(share * FULL),
        points=rounded(share * 100),
    )


def rounded(value: Fraction) -> int:
    """Half up."""
    return int(value + Fraction(1, 2))


def _faults(form: Form, criteria: Iterable[Criterion], marks: Marks, *, is_whole: bool) -> Iterator[tuple[MarkFault, str]]:
    for each in criteria:
        if each.criterion_id not in marks:
            if is_whole:
                yield MarkFault.MISSING, each.criterion_id
            continue
        mark = marks[each.criterion_id]
        if mark is None and not each.may_be_skipped:
            yield MarkFault.MAY_NOT_BE_SKIPPED, each.criterion_id
        if mark is not None and not 0 <= mark <= form.scale:
            yield MarkFault.NOT_ON_THE_SCALE, each.criterion_id
