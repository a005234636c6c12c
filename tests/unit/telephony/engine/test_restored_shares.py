"""Who has had how much work survives a start: of each agent, and of each project the mark that nobody is below."""

from dataclasses import dataclass

from telephony.agent.model import AgentRules
from telephony.engine.arrival import TurnResult
from telephony.engine.core import Core
from telephony.engine.turn import Turn
from telephony.events import AgentReserved, EndpointChanged, Envelope, Event
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


def test_the_shares_of_agents_and_of_their_projects_survive_a_start() -> None:
    scene = Recording()
    scene.on_duty("anna", "ben")
    for number in range(4):
        call_id = scene.a_caller(f"caller-{number}")
        scene.answers(call_id)
        scene.hangs_up(scene.leg(call_id))
        scene.hangs_up(LegId(f"caller-{number}"))
        scene.later(60_000)
    told = scene.told
    passes = {e.event.agent_id: e.event.pass_after for e in told if isinstance(e.event, AgentReserved)}
    assert passes.keys() == {"anna", "ben"}
    core = Core(
        turn=Turn(directory=a_directory(), rules=AgentRules(), ids=CountingIds()),
        switches=[SWITCH],
        append=lambda _envelopes, _parties: None,
        execute=lambda _commands, _seq: None,
        clock=Stopped(scene.now),
        ids=CountingIds(),
        read_number=lambda _: CALLER,
    )
    core.restore([e for e in told if not isinstance(e.event, EndpointChanged)], passes)  # nobody can be rung yet
    floor = core.turn.floor
    assert {name: floor.pass_of(AgentId(name)) for name in passes} == passes
    assert 0 < floor.smallest_pass(NORD) <= scene.turn.floor.smallest_pass(NORD)
