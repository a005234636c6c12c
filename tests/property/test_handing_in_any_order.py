"""Whatever agents ask for and whichever lines end, in any order: nothing impossible, nobody bound twice, no caller in silence."""

from collections import Counter
from collections.abc import Callable

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.call.model import Call, CallState
from telephony.causes import HangupCause
from telephony.commands import Command, DialOutside, StartMusic, StopMusic
from telephony.deaf_lines import RingAnewRequested
from telephony.dialling import DialPermitted, DialRefused
from telephony.events import (
    AgentReleased,
    AgentReserved,
    CallEnded,
    Envelope,
    HoldRequested,
    LegAnswered,
    LegRinging,
    NumberFacts,
    UnexpectedHappened,
    UnholdRequested,
)
from telephony.identifiers import LegId, PartyId
from telephony.transfers import (
    CancelRequested,
    CompleteRequested,
    ConferenceRequested,
    ConsultRequested,
    LeaveRequested,
    ParkRequested,
    PickUpRequested,
    SwapRequested,
    TransferRequested,
)
from tests.unit.telephony.consult_scene import ANNA, BEN, Consult

PERMIT = {
    "number": NumberFacts(number_class="mobile", country="DE", masked="+49 171 •••", metadata_version="1"),
    "shown": "+493055500",
    "right_id": "r",
    "rules_version": "1",
    "revision": 1,
    "ring_limit_ms": 20_000,
    "max_duration_ms": 60_000,
    "rate_micros": 0,
    "cost_limit_micros": 0,
}

ASKED = (
    *(CompleteRequested, CancelRequested, SwapRequested, ConferenceRequested, LeaveRequested, ParkRequested),
    *(PickUpRequested, HoldRequested, UnholdRequested, RingAnewRequested),
)


class Play(Consult):
    """Two agents, one caller; the switch does what it is told, at once or at the next step."""

    def __init__(self) -> None:
        self.journal: list[Envelope] = []
        self.music: dict[LegId, bool] = {}
        self.told: list[Command] = []
        self.given: list[Command] = []
        super().__init__()

    def happens(self, *args: object, **options: object) -> object:  # type: ignore[override]
        result = super().happens(*args, **options)  # type: ignore[arg-type]
        self.journal += result.envelopes
        self.told += result.commands
        self.given += result.commands
        for command in result.commands:
            if isinstance(command, StartMusic | StopMusic):
                self.music[command.leg_id] = isinstance(command, StartMusic)
        return result

    def obeys(self) -> None:
        """All that the switch was told about bridges since the last time has come true."""
        while self.told:
            self.commands, self.told = self.told, []
            super().obeys()

    @property
    def call(self) -> Call | None:
        return self.turn.calls.get(self.call_id)

    def settle(self) -> None:
        """Bridges are as told, and legs we asked to end have ended."""
        self.obeys()
        for _ in range(6):
            before = len(self.journal)
            self.legs_gone()
            self.obeys()
            if len(self.journal) == before:
                return

    def phones_answer(self) -> None:
        call = self.call
        for leg in () if call is None else call.legs()[1:]:
            if leg.state in ("dialling", "ringing"):
                self.happens(LegRinging(leg_id=leg.leg_id))
                self.obeys()
                self.happens(LegAnswered(leg_id=leg.leg_id))
                self.settle()

    def somebody_ends(self, which: int, cause: HangupCause) -> None:
        call = self.call
        legs = [] if call is None else [leg for leg in call.legs() if leg.is_live and leg.state != "ending"]
        if legs:
            self.hangs_up(legs[which % len(legs)].leg_id, cause, by_phone=cause is not HangupCause.MEDIA_LOST)
            self.settle()

    def desk_says(self, is_permitted: bool) -> None:
        """What the call asked the desk is answered, if it asked."""
        call = self.call
        if call is None or call.dial is None:
            return
        asked = msgspec.structs.asdict(call.dial) | {"call_id": call.call_id}
        if is_permitted:
            self.happens(DialPermitted(**asked, **PERMIT))
        else:
            self.happens(DialRefused(**asked, code="number_invalid"))
        self.settle()

    def check_dialled(self) -> None:
        """Each leg to somebody outside by a permit of its own, once."""
        dialled = [command.leg_id for command in self.given if isinstance(command, DialOutside)]
        permitted = {envelope.event.leg_id for envelope in self.journal if isinstance(envelope.event, DialPermitted)}
        assert len(set(dialled)) == len(dialled)
        assert set(dialled) <= permitted

    def check(self) -> None:
        self.check_dialled()
        events = [envelope.event for envelope in self.journal]
        assert not [event for event in events if isinstance(event, UnexpectedHappened)]
        call = self.call
        bound = [] if call is None else [b.agent_id for b in (call.bond, call.colleague and call.colleague.bond) if b]
        assert len(set(bound)) == len(bound)
        for agent in self.turn.agents.values():
            is_bound = agent.state in ("reserved", "alerting", "talking", "recovering")
            assert is_bound is (agent.agent_id in bound), (agent.agent_id, agent.state, bound)
        if call is not None and call.caller.state == "up" and call.state is not CallState.ENDING:
            others = [leg for leg in call.legs()[1:] if leg.state == "up" and leg.bridge_id == call.caller.bridge_id]
            hears = bool(others) and call.caller.is_in_bridge
            assert hears or self.music.get(call.caller.leg_id), f"the caller hears nothing in {call.state}"


def a_step() -> st.SearchStrategy[Callable[[Play], None]]:
    def asks(kind: type, agent: str) -> Callable[[Play], None]:
        def act(play: Play) -> None:
            play.happens(kind(call_id=play.call_id, agent_id=agent))
            play.settle()

        return act

    def names(kind: type, agent: str, to: str) -> Callable[[Play], None]:
        def act(play: Play) -> None:
            play.happens(kind(call_id=play.call_id, agent_id=agent, to_agent_id=to))
            play.settle()

        return act

    def outside(kind: type, agent: str) -> Callable[[Play], None]:
        def act(play: Play) -> None:
            play.happens(kind(call_id=play.call_id, agent_id=agent, to_party_id=PartyId("somebody")))
            play.settle()

        return act

    agents = st.sampled_from((ANNA, BEN))
    causes = st.sampled_from((HangupCause.NORMAL, HangupCause.MEDIA_LOST, HangupCause.BUSY))
    return st.one_of(
        st.builds(asks, st.sampled_from(ASKED), agents),
        st.builds(names, st.sampled_from((ConsultRequested, TransferRequested)), agents, agents),
        st.builds(outside, st.sampled_from((ConsultRequested, TransferRequested)), agents),
        st.builds(lambda is_permitted: lambda play: play.desk_says(is_permitted), st.sampled_from((True, True, False))),
        st.just(Play.phones_answer),
        st.builds(lambda which, cause: lambda play: play.somebody_ends(which, cause), st.integers(0, 4), causes),
        st.builds(lambda ms: lambda play: play.later(ms), st.sampled_from((3_000, 25_000, 70_000))),
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(a_step(), max_size=25))
def test_whatever_is_asked_and_whoever_ends(steps: list[Callable[[Play], None]]) -> None:
    play = Play()
    for step in steps:
        step(play)
        play.settle()
        play.check()
    for _ in range(6):
        play.somebody_ends(0, HangupCause.NORMAL)
        play.settle()
    assert play.call is None
    events = [envelope.event for envelope in play.journal]
    reserved = Counter(event.agent_id for event in events if isinstance(event, AgentReserved))
    released = Counter(event.agent_id for event in events if isinstance(event, AgentReleased))
    assert reserved == released
    assert sum(isinstance(event, CallEnded) for event in events) == 1
