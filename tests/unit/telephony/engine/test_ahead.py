"""What goes to the switch ahead of its turn, what does not, and that nothing is done twice, left out or out of order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace as changed
from datetime import time

import pytest
from msgspec.structs import replace

from routing.hours import OpeningHours, Window
from routing.sampling import AskedBy, SamplingRules
from telephony.call.model import CallState
from telephony.causes import HangupCause
from telephony.commands import AnswerLeg, Command, FailureReason, HangUp, JoinBridge, RingEndpoint
from telephony.demands import CallDemand, SkillNeed
from telephony.engine import ahead
from telephony.engine.ports import CallerArrived, CallerMarks
from telephony.engine.turns import BEHIND_MS
from telephony.errors import Refusal
from telephony.events import (
    CallTimerFired,
    CommandFailed,
    HangUpRequested,
    LegAnswered,
    LegHungUp,
    LegRinging,
    LogInRequested,
    UnexpectedHappened,
)
from telephony.identifiers import MS, AgentId, CallId, EndpointId, Instant, LegId, TrunkId, leg_id
from tests.unit.telephony.engine.test_core import House
from tests.unit.telephony.scene import DID, NORD, SWITCH, a_directory

EARLY_HOURS = OpeningHours(zone="UTC", week={4: (Window(opens=time(7), closes=time(8, 30)),)})
"""The house's first instant is a Friday, 8:00 UTC."""


class Ready(House):
    """Anna and Ben are there, and the number's callers have been offered once: its words are known."""

    def __init__(
        self, *, marks: CallerMarks | None = None, languages: Mapping[str, Mapping[str, int]] | None = None, **project: object
    ) -> None:
        self.marks = CallerMarks()
        self.order: list[str] = []
        directory = a_directory("anna", "ben", **project)
        for name, spoken in (languages or {}).items():
            profiles = {**directory.agents, AgentId(name): changed(directory.agents[AgentId(name)], languages=spoken)}
            directory = changed(directory, agents=profiles)
        super().__init__(directory=directory, known_callers=lambda _number, _party: self.marks)
        self.core.connected(SWITCH)
        self.reconciled(reachable=("phone-anna", "phone-ben"))
        for name in ("anna", "ben"):
            self.core.ask(LogInRequested(agent_id=AgentId(name), endpoint_id=EndpointId(f"phone-{name}")), _nobody)
        self.a_caller("first")
        self.gives_up("first")
        if marks is not None:
            self.marks = marks
        self.forget()

    def gives_up(self, name: str) -> None:
        """The caller is gone, and the phone that rang for them."""
        (call,) = self.core.turn.calls.values()
        self.tells(LegHungUp(leg_id=LegId(name), cause=HangupCause.NORMAL, by_phone=True))
        self.tells(LegHungUp(leg_id=leg_id(call.call_id, "agent", 1), cause=HangupCause.NORMAL, by_phone=False))
        assert not self.core.turn.calls

    def has_new_directory(self) -> None:
        """The project has another name from here on, which phones show."""
        directory = self.core.turn.directory
        renamed = changed(directory.projects[NORD], name="Anders")
        self.core.use(changed(directory, revision=directory.revision + 1, projects={NORD: renamed}))

    def forget(self) -> None:
        self.commands.clear()
        self.appended.clear()
        self.order.clear()

    def _execute(self, commands: Sequence[Command], seq: int) -> None:
        super()._execute(commands, seq)
        self.order += [type(command).__name__ for command in commands]

    def _append(self, envelopes: object, parties: object) -> None:
        super()._append(envelopes, parties)
        self.order += [type(envelope.event).__name__ for envelope in envelopes]  # type: ignore[attr-defined]

    def passes(self, ms: int) -> None:
        self.at = Instant(self.at + ms * MS)
        self.core.fire_due()

    @property
    def rung(self) -> list[RingEndpoint]:
        return [command for command in self.commands if isinstance(command, RingEndpoint)]


def _nobody(_refusal: Refusal | None) -> None:
    """Who does not want to know."""


def test_a_phone_rings_before_the_turn_and_the_turn_does_all_the_rest_once() -> None:
    house = Ready()
    house.a_caller()
    (ring,) = house.commands
    assert isinstance(ring, RingEndpoint)
    assert (house.said(), house.core.turn.calls) == ([], {})
    house.passes(BEHIND_MS)
    assert house.order[:3] == ["RingEndpoint", "LegOffered", "CallAdmitted"]
    assert house.rung == [ring]
    (call,) = house.core.turn.calls.values()
    assert (call.state, call.agent and call.agent.leg_id) == (CallState.ALERTING, ring.leg_id)
    assert call.bond is not None
    assert (ring.call_id, ring.endpoint_id, ring.caller_leg_id) == (call.call_id, f"phone-{call.bond.agent_id}", "caller")
    assert "UnexpectedHappened" not in house.said()


def test_what_goes_ahead_is_what_the_turn_would_have_sent() -> None:
    """The same caller, once with words known and once without: the same commands and events, but for what comes first."""
    with_words, without = Ready(), Ready()
    without.core._turns._ahead._words.clear()
    for house in (with_words, without):
        house.a_caller()
        house.passes(BEHIND_MS)
    first, second = (replace(house.rung[0], call_id=CallId(""), leg_id=LegId("")) for house in (with_words, without))
    assert first == second
    assert sorted(map(type_name, with_words.commands)) == sorted(map(type_name, without.commands))
    assert [name for name in with_words.said() if name != "DirectoryLoaded"] == without.said()


def type_name(command: Command) -> str:
    return type(command).__name__


def test_the_turn_is_due_soon_and_not_before() -> None:
    house = Ready()
    house.a_caller()
    assert (house.told_due_at, house.core.next_at()) == (house.at, house.at + BEHIND_MS * MS)
    house.passes(BEHIND_MS - 1)
    assert house.said() == []
    house.passes(1)
    assert "AgentReserved" in house.said()
    next_at = house.core.next_at()
    assert next_at is not None
    assert next_at > house.at, "nothing is left behind"


@pytest.mark.parametrize(
    "happens",
    [
        lambda house: house.tells(LegHungUp(leg_id=LegId("caller"), cause=HangupCause.NORMAL, by_phone=True), after_ms=0),
        lambda house: house.a_caller("second"),
        lambda house: house.core.ask(HangUpRequested(call_id=CallId("none"), agent_id=None), _nobody),
        lambda house: house.has_new_directory(),
        lambda house: house.core.disconnected(SWITCH),
        lambda house: house.reconciled(),
    ],
    ids=["a fact", "another caller", "a request", "a directory", "the switch is away", "the switch is back"],
)
def test_whatever_happens_finds_the_turn_done(happens: Callable[[Ready], object]) -> None:
    alone, house = Ready(), Ready()
    alone.a_caller()
    alone.core.catch_up()
    house.a_caller()
    happens(house)
    assert house.said()[: len(alone.said())] == alone.said()
    assert "UnexpectedHappened" not in house.said()


def test_two_callers_at_once_are_offered_to_two_agents() -> None:
    house = Ready()
    house.a_caller("one")
    house.a_caller("two")
    house.passes(BEHIND_MS)
    assert len({ring.endpoint_id for ring in house.rung}) == 2
    house.a_caller("three")
    assert len(house.rung) == 2


def test_a_caller_who_leaves_at_once_leaves_no_phone_ringing() -> None:
    house = Ready()
    house.a_caller()
    house.tells(LegHungUp(leg_id=LegId("caller"), cause=HangupCause.NORMAL, by_phone=True), after_ms=0)
    hung_up = [command.leg_id for command in house.commands if isinstance(command, HangUp)]
    assert hung_up == [house.rung[0].leg_id]


def test_a_phone_that_cannot_be_rung_is_heard_of_after_the_turn() -> None:
    house = Ready()

    def refused(commands: Sequence[Command], seq: int) -> None:
        Ready._execute(house, commands, seq)
        for command in commands:
            if isinstance(command, RingEndpoint) and len(house.rung) == 1:
                failed = CommandFailed(command="RingEndpoint", reason=FailureReason.REFUSED, leg_id=command.leg_id)
                house.tells(failed, after_ms=0)

    house.core._turns._execute = refused
    house.a_caller()
    assert house.said() == []
    house.passes(BEHIND_MS)
    assert house.said().index("CommandFailed") > house.said().index("AgentReserved")
    assert len({ring.endpoint_id for ring in house.rung}) == 2


# -- what is not certain takes the turn's way ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "marks",
    [
        CallerMarks(last_agent_id=AgentId("ben")),
        CallerMarks(blocked_agents=(AgentId("anna"),)),
        CallerMarks(caller_lists=("vip",)),
    ],
)
def test_a_caller_of_whom_something_is_known(marks: CallerMarks) -> None:
    house = Ready(marks=marks)
    house.a_caller()
    assert house.order[0] == "LegOffered"


def test_a_caller_without_a_number() -> None:
    house = Ready()
    house.tells(CallerArrived(leg_id=LegId("caller"), trunk_id=TrunkId("t"), dnis=DID, ani=None, ani_name=None))
    assert house.order[0] == "LegOffered"


def test_a_caller_told_twice() -> None:
    house = Ready()
    house.a_caller()
    house.passes(BEHIND_MS)
    house.forget()
    house.a_caller()
    assert house.order == []


def test_when_the_directory_has_changed() -> None:
    house = Ready()
    house.has_new_directory()
    house.forget()
    house.a_caller()
    assert house.order[0] == "LegOffered"


def test_when_the_project_may_have_closed() -> None:
    house = Ready(hours=EARLY_HOURS)
    house.a_caller("second")
    assert house.order == ["RingEndpoint"]
    house.core.catch_up()
    house.gives_up("second")
    house.passes(30 * 60_000)
    house.forget()
    house.a_caller("third")
    assert house.rung == []
    assert "CallTurnedAway" in house.said()


def test_when_the_last_offer_is_long_ago() -> None:
    house = Ready()
    house.passes(ahead.WORDS_LAST_MS)
    house.forget()
    house.a_caller()
    assert house.order[0] == "LegOffered"


def test_when_something_is_due() -> None:
    house = Ready()
    house.core.timers.set([(house.at, CallTimerFired(call_id=CallId("none"), timer="care", due_at=house.at))])
    house.a_caller()
    assert house.order[0] == "LegOffered"


def test_when_we_are_about_to_stop() -> None:
    house = Ready()
    house.core.turn.is_draining = True
    house.a_caller()
    assert house.rung == []


def test_when_chance_may_have_the_caller_asked_first() -> None:
    house = Ready(sampling=SamplingRules(rate_permille=1, asked_by=AskedBy.KEY))
    house.a_caller()
    assert house.order[0] == "LegOffered"


def test_when_the_project_prefers_some_agents() -> None:
    house = Ready(demand=CallDemand(skills=(SkillNeed(skill="sales", grade=2, is_required=False),)))
    house.a_caller()
    assert house.order[0] == "LegOffered"


def test_a_number_nobody_has_called_before() -> None:
    house = Ready()
    house.tells(CallerArrived(leg_id=LegId("c"), trunk_id=TrunkId("t"), dnis=f"00{DID[1:]}", ani="+491701234567", ani_name=None))
    assert house.order[0] == "LegOffered"


def test_words_are_kept_of_so_many_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "NUMBERS_KEPT", 1)
    house = Ready()
    written = f"00{DID[1:]}"
    for name, dnis, goes_ahead in (("b", written, False), ("c", DID, False), ("d", DID, True)):
        house.forget()
        house.tells(CallerArrived(leg_id=LegId(name), trunk_id=TrunkId("t"), dnis=dnis, ani="+491701234567", ani_name=None))
        assert (house.order == ["RingEndpoint"]) is goes_ahead
        house.core.catch_up()
        house.gives_up(name)


def test_what_a_caller_needs_is_asked_of_the_agent() -> None:
    house = Ready(demand=CallDemand(language="en"), languages={"ben": {"en": 3}})
    house.a_caller()
    assert [(type(each), each.endpoint_id) for each in house.rung] == [(RingEndpoint, "phone-ben")]
    assert house.said() == []


# -- who answers is connected ----------------------------------------------------------------------------------------------


def test_an_agent_who_answers_is_connected_before_the_turn() -> None:
    house = Ready()
    house.a_caller()
    house.passes(BEHIND_MS)
    leg = house.rung[0].leg_id
    house.forget()
    house.tells(LegAnswered(leg_id=leg))
    said = list(house.commands)
    assert [type(command) for command in said[:2]] == [AnswerLeg, JoinBridge]
    assert house.said() == []
    house.passes(BEHIND_MS)
    assert house.commands == said
    assert house.said()[:2] == ["LegAnswered", "AgentConnected"]
    assert house.core.turn.calls[house.call_id].state is CallState.TALKING


def test_what_rings_first_and_then_answers_is_connected_before_the_turn_too() -> None:
    house = Ready()
    house.a_caller()
    house.passes(BEHIND_MS)
    leg = house.rung[0].leg_id
    house.tells(LegRinging(leg_id=leg))
    house.forget()
    house.tells(LegAnswered(leg_id=leg))
    assert house.order[:2] == ["AnswerLeg", "JoinBridge"]


def test_what_depends_on_the_instant_waits_for_the_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "TIMELESS", ahead.TIMELESS - {JoinBridge})
    house = Ready()
    house.a_caller()
    house.passes(BEHIND_MS)
    house.forget()
    house.tells(LegAnswered(leg_id=leg_id(house.call_id, "agent", 1)))
    assert house.order[0] == "LegAnswered"


def test_what_goes_ahead_waits_for_no_disk() -> None:
    assert not any(kind.must_be_durable for kind in (*ahead.TIMELESS, RingEndpoint))


@pytest.mark.parametrize("leg", [LegId("caller"), LegId("nobody's"), leg_id(CallId("0" * 36), "agent", 1)])
def test_an_answer_of_any_other_leg_connects_nobody(leg: LegId) -> None:
    house = Ready()
    house.a_caller()
    house.passes(BEHIND_MS)
    house.forget()
    house.tells(LegAnswered(leg_id=leg))
    assert "JoinBridge" not in house.order


def test_an_answer_that_comes_too_late_connects_nobody() -> None:
    house = Ready()
    house.a_caller()
    house.passes(BEHIND_MS)
    house.tells(LegHungUp(leg_id=LegId("caller"), cause=HangupCause.NORMAL, by_phone=True))
    leg = house.rung[0].leg_id
    house.forget()
    house.tells(LegAnswered(leg_id=leg))
    assert "JoinBridge" not in house.order
    assert house.order[0] == "LegAnswered"


# -- and if it was wrong after all -----------------------------------------------------------------------------------------


def test_a_turn_that_comes_to_something_else_has_the_last_word_and_is_told_of() -> None:
    house = Ready()
    house.a_caller()
    rung = house.rung[0]
    house.core.turn.floor.agent_unavailable(AgentId("anna"))  # behind everybody's back
    house.core.turn.floor.agent_unavailable(AgentId("ben"))
    house.passes(BEHIND_MS)
    assert [command.leg_id for command in house.commands if isinstance(command, HangUp)] == [rung.leg_id]
    (told,) = [each.event for each in house.appended if isinstance(each.event, UnexpectedHappened)]
    assert (told.machine, told.event, told.call_id) == (ahead.MACHINE, "RingEndpoint", rung.call_id)
    (call,) = house.core.turn.calls.values()
    assert (call.state, call.agent) == (CallState.QUEUED, None)
