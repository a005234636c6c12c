"""Who has had how much work survives a start: of each agent, and of each project the mark that nobody is below."""

from dataclasses import dataclass

from store.open_streams import OpenStreams
from telephony.agent.model import AgentRules
from telephony.engine.arrival import TurnResult
from telephony.engine.core import Core
from telephony.engine.ports import Snapshot
from telephony.engine.turn import Turn
from telephony.events import EndpointChanged, Envelope, Event, PauseRequested
from telephony.identifiers import AgentId, Instant, LegId, SwitchName
from tests.unit.telephony.scene import CALLER, NORD, SWITCH, CountingIds, Scene, a_directory


class Recording(Scene):
    """A scene whose journal is kept."""

    def __init__(self) -> None:
        self.told: list[Envelope] = []
        super().__init__()

    def happens(self, event: Event, *, switch: SwitchName = SWITCH) -> TurnResult:
        result = super().happens(event, switch=switch)
        self.told += result.envelopes
        return result


@dataclass
class Stopped:
    """A clock that stands."""

    at: Instant

    def now(self) -> Instant:
        return self.at


def restarted(scene: Recording) -> Core:
    streams = OpenStreams()
    streams.apply(streams.changes_of(scene.told))
    open_ones = {stream_id: stream.first_seq for (_, stream_id), stream in streams.items()}
    read = [
        e
        for e in scene.told
        if any(of in open_ones and e.seq >= open_ones[of] for of in (e.call_id, e.agent_id))
        and not isinstance(e.event, EndpointChanged)  # nobody can be rung yet
    ]
    core = Core(
        turn=Turn(directory=a_directory(), rules=AgentRules(), ids=CountingIds(), next_seq=scene.told[-1].seq + 1),
        switches=[SWITCH],
        append=lambda _envelopes, _parties: None,
        execute=lambda _commands, _seq: None,
        clock=Stopped(scene.now),
        ids=CountingIds(),
        read_number=lambda _: CALLER,
    )
    core.restore(read, streams.shares)
    return core


def a_day_with_a_pause() -> Recording:
    scene = Recording()
    scene.on_duty("anna", "ben")
    for number in range(7):
        call_id = scene.a_caller(f"caller-{number}")
        scene.answers(call_id)
        if number == 4:
            scene.happens(PauseRequested(agent_id=AgentId("anna"), pause_reason="break", by="anna"))
        scene.hangs_up(scene.leg(call_id))
        scene.hangs_up(LegId(f"caller-{number}"))
        scene.later(60_000)
    return scene


def test_a_start_leaves_every_pass_and_mark_as_it_was_with_who_paused_as_far_behind() -> None:
    scene = a_day_with_a_pause()
    before, after = scene.turn.floor, restarted(scene).turn.floor
    for name in ("anna", "ben"):
        assert after.pass_of(AgentId(name)) == before.pass_of(AgentId(name))
    assert after.smallest_pass(NORD) == before.smallest_pass(NORD) > 0
    assert after.available == before.available
    for floor in (before, after):
        floor.agent_available(AgentId("anna"), scene.now)
    assert after.pass_of(AgentId("anna")) == before.pass_of(AgentId("anna"))


def test_who_cannot_be_rung_when_the_switch_is_back_leaves_the_floor_then_and_not_before() -> None:
    core = restarted(a_day_with_a_pause())
    assert list(core.turn.floor.available) == ["ben"]
    core.connected(SWITCH)
    core.reconciled(
        Snapshot(
            switch=SWITCH, taken_at=core.turn.floor.available[AgentId("ben")], boot_id="b", legs=(), bridges=(), reachable=()
        )
    )
    assert core.turn.floor.available == {}
    assert core.turn.floor.pass_of(AgentId("ben")) is not None
