"""What holds outside shifts, against a look at every span for every project."""

from hypothesis import given
from hypothesis import strategies as st

from routing.directory import OutsideShift
from routing.shifts.outside import judged
from routing.shifts.slots import PlannedSpan, merged_spans
from telephony.identifiers import AgentId, Instant, ProjectId
from tests.unit.routing.centre import a_centre, a_project, an_agent

NAMES = ("p", "q", "r")
SPANS = st.lists(st.tuples(st.integers(0, 8), st.integers(1, 4), st.sampled_from([None, *NAMES]), st.booleans()), max_size=6)


@given(
    SPANS,
    st.lists(st.sampled_from([None, *OutsideShift]), min_size=3, max_size=3),
    st.sampled_from(OutsideShift),
    st.integers(0, 40),
)
def test_the_verdict_is_that_of_a_look_at_everything(
    gaps: list[tuple[int, int, str | None, bool]], rules: list[OutsideShift | None], centre: OutsideShift, moment: int
) -> None:
    spans, begin = [], 0
    for gap, length, project, is_excused in gaps:
        begin += gap
        spans.append(
            PlannedSpan(from_at=Instant(begin), to_at=Instant(begin + length), project_id=project, is_excused=is_excused)
        )
        begin += length
    projects = [a_project(name, outside_shift=rule) for name, rule in zip(NAMES, rules, strict=True)]
    directory = a_centre(projects, [an_agent("anna", *NAMES[:2])], outside_shift=centre)
    found = judged(AgentId("anna"), spans, directory, Instant(moment))
    planned = [span for span in spans if not span.is_excused]
    there = [span for span in planned if span.from_at <= moment < span.to_at]
    outside = [n for n in NAMES[:2] if not any(span.project_id in (None, n) for span in there)]
    rule = {name: each or centre for name, each in zip(NAMES, rules, strict=True)}
    assert found.barred == tuple(ProjectId(n) for n in outside if rule[n] is OutsideShift.REFUSE)
    assert found.noted == tuple(ProjectId(n) for n in outside if rule[n] is OutsideShift.ALLOW_WITH_NOTE)
    edges = [edge for span in planned for edge in (span.from_at, span.to_at) if edge > moment]
    assert found.until_at == min(edges, default=None)
    shifts = merged_spans((span.from_at, span.to_at) for span in planned)
    assert found.shift_until == next((end for start, end in shifts if start <= moment < end), None)
