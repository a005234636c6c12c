"""What agents may do outside their shifts: by events where shifts begin and end, kept over a restart, and never in mid-call."""

from dataclasses import replace

import pytest

from routing.directory import Directory, OutsideShift
from routing.eligibility import Ineligibility
from routing.shifts.outside import COMES_EARLY_MS
from routing.shifts.slots import PlannedSpan
from store.journal_codec import JournalCodec
from telephony.agent.judged import ShiftJudged
from telephony.agent.model import AgentState
from telephony.agent.on_shift import ShiftTold
from telephony.call.model import CallState
from telephony.engine.shift_watch import JUDGED_A_TURN, PLAN_CHANGED
from telephony.errors import RefusalCode
from telephony.events import (
    DirectoryLoaded,
    EndpointChanged,
    Envelope,
    FeatureCodeDialled,
    LegHungUp,
    LogInRequested,
    LogOutRequested,
)
from telephony.identifiers import AgentId, EndpointId, Instant, LegId, ProjectId, after_ms
from tests.unit.telephony.scene import NORD, CountingIds, Scene, a_directory

ANNA = AgentId("anna")
SOUTH = ProjectId("south")
HOUR_MS = 3_600_000


def a_centre(
    nord: OutsideShift | None, south: OutsideShift | None = None, centre: OutsideShift = OutsideShift.ALLOW
) -> Directory:
    directory = a_directory("anna")
    projects = {NORD: replace(directory.projects[NORD], outside_shift=nord)}
    if south is not None:
        projects[SOUTH] = replace(projects[NORD], project_id=SOUTH, outside_shift=south)
    agents = {ANNA: replace(directory.agents[ANNA], certificates=frozenset(projects))}
    return replace(directory, projects=projects, agents=agents, outside_shift=centre)


class Planned(Scene):
    """A scene with a plan that keeps its journal. Hours count from its beginning."""

    def __init__(self, directory: Directory, *spans: tuple[float, float]) -> None:
        self.journal: list[Envelope] = []
        super().__init__(directory)
        self.began = self.now
        self.plan(*spans)

    def happens(self, event, **more):  # type: ignore[no-untyped-def]
        result = super().happens(event, **more)
        self.journal += result.envelopes
        return result

    def at(self, hour: float) -> Instant:
        return after_ms(self.began, int(hour * HOUR_MS))

    def plan(self, *spans: tuple[float, float], project: str | None = None, is_excused: bool = False) -> None:
        planned = [PlannedSpan(from_at=self.at(a), to_at=self.at(b), project_id=project, is_excused=is_excused) for a, b in spans]
        self.turn.shifts.use({ANNA: tuple(planned)})
        self.happens(PLAN_CHANGED)

    def until(self, hour: float) -> None:
        self.later((self.at(hour) - self.now) // 1_000)

    @property
    def is_offered(self) -> bool:
        return self.turn.floor.why_not(ANNA, NORD) is None

    def judged(self) -> list[ShiftJudged]:
        return [envelope.event for envelope in self.journal if isinstance(envelope.event, ShiftJudged)]


def test_by_default_nobody_minds_and_nothing_is_concluded() -> None:
    scene = Planned(a_centre(None))
    scene.on_duty("anna")
    assert scene.is_offered
    assert scene.judged() == []


def test_who_has_refusing_projects_only_cannot_log_in_and_learns_when_they_can() -> None:
    scene = Planned(a_centre(OutsideShift.REFUSE), (2, 4))
    scene.on_duty("anna")
    assert scene.refusal is not None
    assert (scene.refusal.code, scene.refusal.facts["next_shift_at"]) == (RefusalCode.OUTSIDE_SHIFT, scene.at(2))
    assert ANNA not in scene.turn.agents


def test_the_phones_code_is_refused_with_the_other_tone() -> None:
    scene = Planned(a_centre(OutsideShift.REFUSE), (2, 4))
    dialled = FeatureCodeDialled(leg_id=LegId("code"), endpoint_id=EndpointId("phone-anna"), digits="*11")
    scene.happens(dialled)
    assert [command.is_confirmation for command in scene.commands] == [False]  # type: ignore[attr-defined]
    scene.until(3)
    scene.happens(replace_leg(dialled))
    assert [command.is_confirmation for command in scene.commands] == [True]  # type: ignore[attr-defined]
    assert ANNA in scene.turn.agents


def replace_leg(dialled: FeatureCodeDialled) -> FeatureCodeDialled:
    return FeatureCodeDialled(leg_id=LegId("code-2"), endpoint_id=dialled.endpoint_id, digits=dialled.digits)


def test_one_who_comes_early_is_let_in_and_gets_calls_from_the_beginning_of_the_shift() -> None:
    scene = Planned(a_centre(OutsideShift.REFUSE), (1, 2))
    scene.later(HOUR_MS - COMES_EARLY_MS + 10_000)
    scene.on_duty("anna")
    assert scene.refusal is None
    found = scene.turn.floor.why_not(ANNA, NORD)
    assert found is not None
    assert found.reason is Ineligibility.OUTSIDE_SHIFT
    call_id = scene.a_caller()
    assert scene.turn.calls[call_id].state is CallState.QUEUED
    scene.until(1)
    assert scene.turn.calls[call_id].state is not CallState.QUEUED


def test_only_the_refusing_project_is_kept_away() -> None:
    scene = Planned(a_centre(OutsideShift.REFUSE, OutsideShift.ALLOW_WITH_NOTE), (2, 4))
    scene.on_duty("anna")
    assert scene.judged() == [ShiftJudged(agent_id=ANNA, barred=(NORD,), noted=(SOUTH,))]
    assert scene.turn.floor.why_not(ANNA, SOUTH) is None
    scene.until(2)
    assert scene.judged()[-1] == ShiftJudged(agent_id=ANNA)
    assert scene.is_offered
    scene.until(4)
    assert scene.judged()[-1].barred == (NORD,)
    assert not scene.is_offered


def test_a_shift_of_another_project_is_none_for_this_one() -> None:
    scene = Planned(a_centre(OutsideShift.REFUSE, OutsideShift.REFUSE))
    scene.plan((0, 2), project="south")
    scene.on_duty("anna")
    assert not scene.is_offered
    assert scene.turn.floor.why_not(ANNA, SOUTH) is None


def test_the_end_of_a_shift_ends_no_call() -> None:
    scene = Planned(a_centre(OutsideShift.REFUSE), (0, 1))
    scene.on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.until(1.5)
    assert (scene.turn.calls[call_id].state, scene.turn.agents[ANNA].state) == (CallState.TALKING, AgentState.TALKING)
    assert not any(isinstance(envelope.event, LegHungUp) for envelope in scene.journal)
    scene.hangs_up(scene.turn.calls[call_id].caller.leg_id)
    scene.hangs_up(scene.leg(call_id))
    scene.later(60_000)
    assert scene.turn.agents[ANNA].state is AgentState.AVAILABLE
    assert not scene.is_offered


def test_back_to_back_slots_are_one_shift_and_the_agent_machine_is_told_its_end() -> None:
    scene = Planned(a_centre(None), (0, 1), (1, 3))
    scene.on_duty("anna")
    told = [e.event.until_at for e in scene.journal if isinstance(e.event, ShiftTold)]
    assert told == [scene.at(3)]
    scene.until(3.5)
    assert [e.event.until_at for e in scene.journal if isinstance(e.event, ShiftTold)] == [scene.at(3), None]


@pytest.mark.parametrize("hour", [0.5, 1.5])
def test_a_restart_forgets_nothing(hour: float) -> None:
    scene = Planned(a_centre(OutsideShift.REFUSE, OutsideShift.ALLOW), (0, 1), (2, 3))
    scene.on_duty("anna")
    scene.until(hour)
    codec = JournalCodec()
    other = Planned(scene.turn.directory)
    other.began, other.now, other.ids = scene.began, scene.now, CountingIds()
    other.turn.shifts.use({ANNA: tuple(PlannedSpan(from_at=scene.at(a), to_at=scene.at(b)) for a, b in ((0, 1), (2, 3)))})
    other.turn.restore([codec.decode(codec.encode(envelope)) for envelope in scene.journal])
    assert other.is_offered is scene.is_offered
    other.journal.clear()
    other.happens(PLAN_CHANGED)
    assert other.judged() == []
    other.until(2.5)
    assert other.is_offered
    other.until(3.5)
    assert not other.is_offered


def test_a_changed_plan_and_a_changed_rule_count_at_once() -> None:
    scene = Planned(a_centre(OutsideShift.REFUSE, OutsideShift.ALLOW))
    scene.on_duty("anna")
    assert not scene.is_offered
    scene.plan((0, 5))
    assert scene.is_offered
    scene.plan((0, 5), is_excused=True)
    assert not scene.is_offered
    scene.turn.use(a_centre(None, OutsideShift.ALLOW))
    scene.happens(DirectoryLoaded(revision=2))
    assert scene.is_offered


def test_whoever_logs_out_and_in_again_is_judged_anew() -> None:
    scene = Planned(a_centre(OutsideShift.REFUSE, OutsideShift.ALLOW))
    scene.on_duty("anna")
    scene.happens(LogOutRequested(agent_id=ANNA))
    scene.plan((0, 5))
    scene.happens(LogInRequested(agent_id=ANNA, endpoint_id=EndpointId("phone-anna")))
    assert scene.is_offered


def test_a_changed_rule_is_told_to_a_floor_some_agents_a_turn_in_their_order_and_to_whoever_comes_on_duty_at_once() -> None:
    names = [f"a{number:03}" for number in range(300)]
    free, strict = (
        replace(directory, projects={NORD: replace(directory.projects[NORD], outside_shift=rule)})
        for directory in (a_directory(*names, "late"),)
        for rule in (None, OutsideShift.ALLOW_WITH_NOTE)
    )
    scene = Planned(free)
    scene.on_duty(*names)
    scene.turn.use(strict)
    scene.journal.clear()
    result, a_turn, told = scene.happens(DirectoryLoaded(revision=2)), list[int](), list[AgentId]()

    def note() -> None:
        judged = [e.event.agent_id for e in result.envelopes if isinstance(e.event, ShiftJudged)]
        a_turn.append(len(judged))
        told.extend(judged)

    note()
    result = scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-late"), is_reachable=True))
    note()
    result = scene.happens(LogInRequested(agent_id=AgentId("late"), endpoint_id=EndpointId("phone-late")))
    note()
    assert told[2 * JUDGED_A_TURN] == "late"
    told.remove(AgentId("late"))
    while result.due and len(a_turn) < 20:
        at, event = result.due[-1]
        scene.now = at
        result = scene.happens(event)
        note()
    assert told == names
    assert max(a_turn) <= JUDGED_A_TURN + 1
    assert len(a_turn) == -(-len(names) // JUDGED_A_TURN)
