"""A start in the middle of handing on: the journal leads to the same call, and a look at the switch puts everybody in place."""

from collections.abc import Callable, Sequence

import pytest

from telephony.agent.model import AgentRules, AgentState
from telephony.call.model import Call, CallState
from telephony.causes import HangupCause
from telephony.commands import Command, HangUp, JoinBridge, StartMusic
from telephony.engine.ports import LegEnd, LegSeen, Snapshot
from telephony.engine.reconcile import Difference, reconcile
from telephony.engine.turn import Turn
from telephony.events import Envelope, LegHungUp, LegJoined
from telephony.identifiers import AgentId, BridgeId, Instant, LegId
from telephony.transfers import CompleteRequested, ConferenceRequested, ParkRequested, SwapRequested, TransferRequested
from tests.unit.telephony.consult_scene import ANNA, BEN, Consult
from tests.unit.telephony.scene import SWITCH, CountingIds, a_directory


def handed_on(scene: Consult) -> None:
    scene.happens(TransferRequested(call_id=scene.call_id, agent_id=ANNA, to_agent_id=BEN))


def parked(scene: Consult) -> None:
    scene.happens(ParkRequested(call_id=scene.call_id, agent_id=ANNA))


def completed(scene: Consult) -> None:
    scene.consulting().asks(CompleteRequested)


PHASES: Sequence[Callable[[Consult], object]] = (
    handed_on,
    parked,
    Consult.consult,
    Consult.consulting,
    Consult.swapped,
    Consult.conference,
    completed,
)


class Recorded(Consult):
    """Keeps the journal."""

    def __init__(self) -> None:
        self.journal: list[Envelope] = []
        super().__init__()

    def happens(self, *args: object, **options: object) -> object:  # type: ignore[override]
        result = super().happens(*args, **options)  # type: ignore[arg-type]
        self.journal += result.envelopes
        return result


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.__name__)
def test_the_journal_leads_to_the_same_state(phase: Callable[[Consult], object]) -> None:
    scene = Recorded()
    phase(scene)
    started = Turn(directory=a_directory(), rules=AgentRules(), ids=CountingIds(), next_seq=scene.turn.last_seq + 1)
    started.restore(scene.journal)
    assert started.calls == scene.turn.calls
    assert started.agents == scene.turn.agents


@pytest.mark.parametrize("phase", [handed_on, parked], ids=lambda phase: phase.__name__)
def test_a_journal_that_ends_with_the_request_has_a_call_that_goes_on(phase: Callable[[Consult], object]) -> None:
    """What was concluded of it did not reach the disk: the caller is next in line, or still talks."""
    scene = Recorded()
    phase(scene)
    kinds = (TransferRequested, ParkRequested)
    until = next(place for place, envelope in enumerate(scene.journal) if isinstance(envelope.event, kinds))
    started = Turn(directory=a_directory(), rules=AgentRules(), ids=CountingIds(), next_seq=until)
    started.restore(scene.journal[: until + 1])
    call = started.calls[scene.call_id]
    assert call.state in (CallState.QUEUED, CallState.TALKING)
    assert started.agents[BEN].state is AgentState.AVAILABLE


def seen(leg_id: LegId, bridge: str | None, call: Call, *, is_answered: bool = True) -> LegSeen:
    there = None if bridge is None else BridgeId(f"{call.call_id}.{bridge}")
    return LegSeen(leg_id=leg_id, is_answered=is_answered, created_at=Instant(1), bridge_id=there, arrived=None)


def the_difference(call: Call, *legs: LegSeen, ended: Sequence[LegEnd] = ()) -> Difference:
    snapshot = Snapshot(
        switch=SWITCH, boot_id="1", taken_at=Instant(1_900_000_000_000_000), legs=legs, bridges=(), reachable=(), ended=ended
    )
    return reconcile([call], {}, snapshot, last_alive_at=Instant(1_800_000_100_000_000))


def joins(commands: Sequence[Command]) -> list[tuple[str, LegId]]:
    return [(c.bridge_id.partition(".")[2], c.leg_ids[0]) for c in commands if isinstance(c, JoinBridge)]


WANTED = {
    "consult": {"caller": "bridge", "anna": "consult.1", "ben": None},
    "consulting": {"caller": "bridge", "anna": "consult.1", "ben": "consult.1"},
    "swapped": {"caller": "bridge", "anna": "bridge", "ben": "consult.1"},
    "conference": {"caller": "conference.1", "anna": "conference.1", "ben": "conference.1"},
}


@pytest.mark.parametrize("phase", ["consult", "consulting", "swapped", "conference"])
def test_whoever_is_where_they_belong_is_left_alone(phase: str) -> None:
    scene = Consult()
    getattr(scene, phase)()
    call, wanted = scene.turn.calls[scene.call_id], WANTED[phase]
    legs = [
        seen(scene.callers, wanted["caller"], call),
        seen(scene.annas, wanted["anna"], call),
        seen(scene.bens, wanted["ben"], call, is_answered=phase != "consult"),
    ]
    difference = the_difference(call, *legs)
    assert difference.facts == []
    assert difference.commands == []
    assert difference.orphans == []


@pytest.mark.parametrize("phase", ["consulting", "swapped", "conference"])
def test_whoever_is_elsewhere_is_put_in_place(phase: str) -> None:
    scene = Consult()
    getattr(scene, phase)()
    call = scene.turn.calls[scene.call_id]
    legs = [seen(scene.callers, "bridge", call), seen(scene.annas, None, call), seen(scene.bens, None, call)]
    commands = the_difference(call, *legs).commands
    wanted = WANTED[phase]
    assert ("anna", wanted["anna"]) in [
        ({scene.annas: "anna", scene.bens: "ben", scene.callers: "caller"}[leg], there) for there, leg in joins(commands)
    ]
    assert any(isinstance(command, StartMusic) for command in commands) is (phase == "consulting")


def test_a_handing_over_whose_word_was_lost_is_recognised_by_the_bridge() -> None:
    """The colleague is with the caller at the switch, the agent is gone: nobody is torn out of a conversation."""
    scene = Consult().consulting()
    call = scene.turn.calls[scene.call_id]
    ended = [LegEnd(leg_id=scene.annas, ended_at=Instant(1_800_000_050_000_000), cause=int(HangupCause.NORMAL))]
    difference = the_difference(call, seen(scene.callers, "bridge", call), seen(scene.bens, "bridge", call), ended=ended)
    told = [fact.what for fact in difference.facts]
    assert [type(event) for event in told].index(LegJoined) < [type(event) for event in told].index(LegHungUp)
    for event in told:
        scene.happens(event)  # type: ignore[arg-type]
    after = scene.turn.calls[scene.call_id]
    assert after.state is CallState.TALKING
    assert after.bond is not None
    assert after.bond.agent_id == BEN
    assert scene.turn.agents[AgentId("anna")].state is AgentState.WRAP_UP


def test_an_agent_who_departs_is_asked_to_end_again() -> None:
    scene = Consult()
    parked(scene)
    call = scene.turn.calls[scene.call_id]
    commands = the_difference(call, seen(scene.callers, "bridge", call), seen(scene.annas, "bridge", call)).commands
    assert [command.leg_id for command in commands if isinstance(command, HangUp)] == [scene.annas]
    assert [command.leg_id for command in commands if isinstance(command, StartMusic)] == [scene.callers]


def test_a_phone_that_rings_for_a_consultation_nobody_remembers_is_ended() -> None:
    scene = Consult()
    call = scene.turn.calls[scene.call_id]
    legs = [seen(scene.callers, "bridge", call), seen(scene.annas, "consult.1", call), seen(scene.bens, None, call)]
    difference = the_difference(call, *legs)
    assert [leg.leg_id for leg in difference.orphans] == [scene.bens]
    assert joins(difference.commands) == [("bridge", scene.annas)], "and the agent is with the caller again"


def test_swapping_there_and_back_is_remembered() -> None:
    scene = Recorded()
    scene.consulting().asks(SwapRequested)
    scene.asks(SwapRequested)
    scene.asks(ConferenceRequested)
    started = Turn(directory=a_directory(), rules=AgentRules(), ids=CountingIds(), next_seq=scene.turn.last_seq + 1)
    started.restore(scene.journal)
    assert started.calls == scene.turn.calls
