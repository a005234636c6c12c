"""When a waiting caller is sent elsewhere, and which rules a centre refuses."""

from dataclasses import dataclass

import pytest

from routing.overflow import (
    LOOK_AGAIN_MS,
    OverflowReason,
    OverflowRule,
    OverflowTarget,
    Situation,
    faults_of,
    look_again_in_ms,
    overflow_of,
)
from telephony.identifiers import ClientId, ProjectId

QUIET = Situation(has_just_come=True, waited_ms=0, others_waiting=0, staffed=3)


def rule(reason: str, limit: int = 0, target: str = "machine", to: str | None = None) -> OverflowRule:
    project_id = None if to is None else ProjectId(to)
    return OverflowRule(reason=OverflowReason(reason), target=OverflowTarget(target), limit=limit, project_id=project_id)


def situation(**changes: int | bool | None) -> Situation:
    facts = {"has_just_come": True, "waited_ms": 0, "others_waiting": 0, "staffed": 3, "estimated_wait_ms": None, **changes}
    return Situation(**facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "holds", "does_not"),
    [
        (rule("queue_length", 2), {"others_waiting": 2}, {"others_waiting": 1}),
        (rule("queue_length", 2), {"others_waiting": 2}, {"others_waiting": 9, "has_just_come": False}),
        (rule("waiting_time", 5_000), {"waited_ms": 5_000}, {"waited_ms": 4_999}),
        (rule("estimated_wait", 60_000), {"estimated_wait_ms": 60_001}, {"estimated_wait_ms": 60_000}),
        (rule("estimated_wait", 0), {"estimated_wait_ms": 1}, {"estimated_wait_ms": None}),
        (rule("nobody_staffed", 3_000), {"staffed": 0, "waited_ms": 3_000}, {"staffed": 0, "waited_ms": 2_999}),
        (rule("nobody_staffed"), {"staffed": 0}, {"staffed": 1}),
    ],
)
def test_a_rule_holds_from_its_limit_on(one: OverflowRule, holds: dict[str, int], does_not: dict[str, int]) -> None:
    assert overflow_of([one], situation(**holds)) is one
    assert overflow_of([one], situation(**does_not)) is None


def test_the_first_rule_that_holds_counts() -> None:
    rules = [rule("queue_length", 5), rule("nobody_staffed"), rule("waiting_time", 0)]
    assert overflow_of(rules, situation(staffed=0)) is rules[1]
    assert overflow_of([], situation(staffed=0)) is None


def test_a_limit_of_time_is_looked_at_when_it_is_reached_and_figures_of_others_now_and_then() -> None:
    assert look_again_in_ms([rule("queue_length", 5)], 0) is None
    assert look_again_in_ms([rule("waiting_time", 30_000)], 12_000) == 18_000
    assert look_again_in_ms([rule("nobody_staffed", 4_000)], 1_000) == 3_000
    assert look_again_in_ms([rule("nobody_staffed", 4_000)], 4_000) == LOOK_AGAIN_MS
    assert look_again_in_ms([rule("estimated_wait", 4_000), rule("waiting_time", 1_000_000)], 0) == LOOK_AGAIN_MS


# -- what is refused -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    answers_early = False
    project_id: ProjectId
    overflow: tuple[OverflowRule, ...]
    client_id: ClientId = ClientId("c")


def lines(**rules: tuple[OverflowRule, ...]) -> dict[ProjectId, Line]:
    return {ProjectId(name): Line(ProjectId(name), theirs) for name, theirs in rules.items()}


def to(project: str) -> tuple[OverflowRule, ...]:
    return (rule("waiting_time", 1, "project", project),)


def test_a_chain_of_projects_that_ends_is_fine() -> None:
    diamond = lines(a=(*to("b"), *to("c")), b=to("d"), c=to("d"), d=(rule("waiting_time", 9, "announcement"),))
    assert faults_of(diamond) == []


@pytest.mark.parametrize("loop", [["a"], ["a", "b"], ["a", "b", "c", "d"]])
def test_a_loop_of_projects_is_told_once_with_its_way(loop: list[str]) -> None:
    chain = {name: to(after) for name, after in zip(loop, [*loop[1:], loop[0]], strict=True)}
    [fault] = faults_of(lines(**chain, outside=to("a")))
    assert fault.project_id == "a"
    assert " → ".join([*loop, "a"]) in fault.what


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (rule("waiting_time", 1, "number"), "number '' cannot be dialled"),
        (rule("waiting_time", 1, "callback"), "set answers_early = true"),
        (rule("waiting_time", 1, "project"), "needs a project_id"),
        (rule("waiting_time", 1, "project", "nowhere"), "there is no project 'nowhere'"),
        (rule("waiting_time", 1, "machine", "b"), "takes no project_id"),
        (rule("waiting_time", -1), "limit is -1: give 0"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_way_out(one: OverflowRule, said: str) -> None:
    [fault] = faults_of(lines(a=(rule("queue_length", 1), one), b=()))
    assert (fault.project_id, fault.place) == ("a", 2)
    assert said in fault.what


def test_callers_stay_with_the_client_they_called() -> None:
    centre = {**lines(a=to("b")), ProjectId("b"): Line(ProjectId("b"), (), ClientId("other"))}
    assert "another client" in faults_of(centre)[0].what
