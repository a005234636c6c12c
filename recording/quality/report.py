"""What reviews say of agents: by period, agent and criterion. Pure and exact."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from recording.quality.form import Form
from recording.quality.score import FULL, Marks, rounded
from telephony.identifiers import AgentId, ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """What holds of one review."""

    period: str
    project_id: ProjectId
    agent_id: AgentId
    form_version: int
    marks: Marks
    hundredths: int
    is_knocked_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a report; `criterion_id` None: the scores as a whole."""

    period: str
    project_id: ProjectId
    agent_id: AgentId
    form_version: int
    criterion_id: str | None
    name: str
    reviews: int
    """In which it was marked."""
    mean: int | None
    """Hundredths of a point, of 100 points at the best mark."""
    knockouts: int


_Key = tuple[str, ProjectId, AgentId, int]


def reported(rated: Iterable[Rated], forms: Mapping[tuple[ProjectId, int], Form]) -> list[Line]:
    """The lines, whole scores before their criteria."""
    groups: dict[_Key, list[Rated]] = defaultdict(list)
    for each in rated:
        groups[each.period, each.project_id, each.agent_id, each.form_version].append(each)
    lines: list[Line] = []
    for key in sorted(groups):
        lines += _lines(key, groups[key], forms[key[1], key[3]])
    return lines


def _lines(key: _Key, group: list[Rated], form: Form) -> list[Line]:
    knockouts = sum(each.is_knocked_out for each in group)
    lines = [_line(key, None, "", [Fraction(each.hundredths) for each in group], knockouts)]
    for criterion in form.criteria:
        marks = [mark for each in group if (mark := each.marks.get(criterion.criterion_id)) is not None]
        shares = [Fraction(mark * FULL, form.scale) for mark in marks]
        failed = sum(mark == 0 for mark in marks) if criterion.is_knockout else 0
        lines.append(_line(key, criterion.criterion_id, criterion.name, shares, failed))
    return lines


def _line(key: _Key, criterion_id: str | None, name: str, shares: list[Fraction], knockouts: int) -> Line:
    period, project_id, agent_id, form_version = key
    return Line(
        period=period,
        project_id=project_id,
        agent_id=agent_id,
        form_version=form_version,
        criterion_id=criterion_id,
        name=name,
        reviews=len(shares),
        mean=rounded(sum(shares, Fraction()) / len(shares)) if shares else None,
        knockouts=knockouts,
    )
