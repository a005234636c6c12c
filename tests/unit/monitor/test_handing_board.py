"""What the board shows of a caller who is handed on: told by the journal of the turn itself."""

from zoneinfo import ZoneInfo

from monitor.live_view import BoardSettings, LiveView
from monitor.rows import Beside, CallPhase, CallRow
from telephony.agent.model import AgentState
from telephony.identifiers import AgentId
from telephony.transfers import (
    CancelRequested,
    CompleteRequested,
    LeaveRequested,
    ParkRequested,
    PickUpRequested,
    SwapRequested,
    TransferRequested,
)
from tests.unit.telephony.consult_scene import ANNA, BEN, Consult
from tests.unit.telephony.scene import a_directory


class Shown(Consult):
    """A scene with a board that follows it."""

    def __init__(self) -> None:
        self.view: LiveView | None = None
        super().__init__()

    def happens(self, *args: object, **options: object) -> object:  # type: ignore[override]
        result = super().happens(*args, **options)  # type: ignore[arg-type]
        if self.view is None:
            self.view = LiveView(a_directory(), BoardSettings(zone=ZoneInfo("Europe/Berlin")), self.now)
        for envelope in result.envelopes:
            self.view.apply(envelope)
        return result

    @property
    def row(self) -> CallRow:
        assert self.view is not None
        row = self.view.call(self.call_id)
        assert row is not None
        return row

    def agent_shown(self, agent_id: AgentId) -> AgentState:
        assert self.view is not None
        row = self.view.agent(agent_id)
        assert row is not None
        return row.state

    def who(self) -> tuple[str | None, str | None, CallPhase]:
        return self.row.agent_id, self.row.colleague_id, self.row.phase


def test_a_consultation_shows_both_and_the_caller_held() -> None:
    scene = Shown()
    scene.consult()
    assert scene.who() == (ANNA, BEN, CallPhase.HELD)
    assert scene.row.beside is Beside.RINGING
    scene.ben_answers()
    assert scene.who() == (ANNA, BEN, CallPhase.HELD)
    assert scene.row.beside is Beside.ASKED
    assert scene.agent_shown(BEN) is AgentState.TALKING
    scene.asks(SwapRequested)
    assert scene.who() == (ANNA, BEN, CallPhase.TALKING)
    assert scene.row.beside is Beside.SWAPPED
    scene.asks(CancelRequested)
    scene.legs_gone()
    assert scene.who() == (ANNA, None, CallPhase.TALKING)
    assert scene.row.beside is None
    assert scene.agent_shown(BEN) is AgentState.AVAILABLE


def test_completed_the_call_is_the_colleagues() -> None:
    scene = Shown()
    scene.consulting().asks(CompleteRequested)
    scene.legs_gone()
    assert scene.who() == (BEN, None, CallPhase.TALKING)
    assert scene.agent_shown(ANNA) is AgentState.WRAP_UP


def test_a_conference_shows_both_until_one_leaves() -> None:
    scene = Shown()
    scene.conference()
    assert scene.row.agent_id == ANNA
    assert scene.row.colleague_id == BEN
    assert scene.row.beside is Beside.CONFERENCE
    scene.asks(LeaveRequested)
    scene.legs_gone()
    assert scene.who() == (BEN, None, CallPhase.TALKING)


def test_handed_on_the_call_rings_at_the_colleagues() -> None:
    scene = Shown()
    scene.happens(TransferRequested(call_id=scene.call_id, agent_id=ANNA, to_agent_id=BEN))
    scene.legs_gone()
    assert scene.who() == (BEN, None, CallPhase.ALERTING)
    scene.answers(scene.call_id, 2)
    assert scene.who() == (BEN, None, CallPhase.TALKING)
    assert scene.row.answered_at is not None


def test_parked_the_call_has_a_number_and_no_agent() -> None:
    scene = Shown()
    scene.happens(ParkRequested(call_id=scene.call_id, agent_id=ANNA))
    scene.legs_gone()
    assert scene.who() == (None, None, CallPhase.HELD)
    assert scene.row.slot == 1
    scene.happens(PickUpRequested(call_id=scene.call_id, agent_id=BEN))
    assert scene.row.slot is None
    scene.answers(scene.call_id, 2)
    assert scene.who() == (BEN, None, CallPhase.TALKING)


def test_a_parked_caller_who_comes_back_waits_again() -> None:
    scene = Shown()
    scene.happens(ParkRequested(call_id=scene.call_id, agent_id=ANNA))
    scene.legs_gone()
    scene.later(61_000)
    assert scene.row.slot is None
    assert scene.who() == (ANNA, None, CallPhase.ALERTING)
