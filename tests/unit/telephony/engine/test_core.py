"""The core between a switch that comes and goes, and its journal."""

from collections.abc import Sequence

import msgspec

from routing.directory import Directory
from telephony.agent.model import AgentRules
from telephony.call.model import CallState
from telephony.causes import EndReason, HangupCause
from telephony.commands import Command
from telephony.dialling import NumberDialled
from telephony.emergencies import EmergencyDialled
from telephony.engine.core import Core
from telephony.engine.ports import CallerArrived, CallerBook, LegSeen, PartyRecord, Snapshot, SwitchFact, knows_nobody
from telephony.engine.turn import Turn
from telephony.errors import Refusal
from telephony.events import (
    CallEnded,
    EndpointChanged,
    Envelope,
    FeatureCodeDialled,
    GapObserved,
    HangUpRequested,
    LegAnswered,
    LegHungUp,
    LegJoined,
    LegOffered,
    LegPressedKey,
    LogInRequested,
    NumberFacts,
)
from telephony.identifiers import AgentId, CallId, EndpointId, Instant, LegId, TrunkId, leg_id
from tests.unit.telephony.scene import DID, SWITCH, CountingIds, a_directory

START = Instant(1_800_000_000_000_000)


class House:
    """A core with a clock that is moved by hand; what it appends and executes is noted."""

    def __init__(
        self, journal: list[Envelope] | None = None, directory: Directory | None = None, known_callers: CallerBook = knows_nobody
    ) -> None:
        self.at = START
        self.appended: list[Envelope] = journal if journal is not None else []
        self.parties: list[PartyRecord] = []
        self.told_due_at: Instant | None = None
        self.commands: list[Command] = []
        directory = directory or a_directory()
        next_seq = self.appended[-1].seq + 1 if self.appended else 1
        turn = Turn(directory=directory, rules=AgentRules(), ids=CountingIds(), next_seq=next_seq)
        self.core = Core(
            turn=turn,
            switches=[SWITCH],
            append=self._append,
            execute=self._execute,
            clock=self,
            ids=CountingIds(),
            read_number=lambda number: NumberFacts(number_class="mobile", country="DE", masked="•••", metadata_version="1"),
            known_callers=known_callers,
            on_due=self._due,
        )
        self.core.restore(tuple(self.appended), {})

    def now(self) -> Instant:
        return self.at

    def _due(self) -> None:
        self.told_due_at = self.at

    def _execute(self, commands: Sequence[Command], _seq: int) -> None:
        self.commands += commands

    def _append(self, envelopes: object, parties: object) -> None:
        self.appended += envelopes  # type: ignore[operator]
        self.parties += parties  # type: ignore[operator]

    def tells(self, what: object, *, after_ms: int = 10) -> None:
        self.at = Instant(self.at + after_ms * 1_000)
        self.core.take(SwitchFact(switch=SWITCH, occurred_at=self.at, what=what))  # type: ignore[arg-type]

    def reconciled(self, *legs: LegSeen, boot: str = "1", reachable: tuple[str, ...] = ("phone-anna",)) -> None:
        self.at = Instant(self.at + 1_000)
        self.core.reconciled(
            Snapshot(
                switch=SWITCH,
                boot_id=boot,
                taken_at=self.at,
                legs=legs,
                bridges=(),
                reachable=[EndpointId(name) for name in reachable],
            )
        )

    def said(self) -> list[str]:
        return [type(envelope.event).__name__ for envelope in self.appended]

    def a_caller(self, name: str = "caller") -> None:
        self.tells(CallerArrived(leg_id=LegId(name), trunk_id=TrunkId("t"), dnis=DID, ani="+491701234567", ani_name="Erika"))

    def anna_comes(self) -> None:
        self.core.ask(LogInRequested(agent_id=AgentId("anna"), endpoint_id=EndpointId("phone-anna")), lambda _refusal: None)

    @property
    def call_id(self) -> CallId:
        return next(iter(self.core.turn.calls))


def test_facts_wait_until_the_switch_is_reconciled() -> None:
    house = House()
    house.core.connected(SWITCH)
    house.a_caller()
    assert house.said() == []
    house.reconciled()
    assert house.said()[:3] == ["EndpointChanged", "LegOffered", "CallAdmitted"]
    assert house.said()[-1] == "SwitchConnected"


def test_nobody_is_offered_a_call_before_the_switch_is_reconciled() -> None:
    house = House()
    house.anna_comes()
    house.core.connected(SWITCH)
    house.a_caller()
    assert "AgentReserved" not in house.said()
    house.reconciled()
    assert "AgentReserved" in house.said()


def test_no_number_and_no_name_reaches_the_journal() -> None:
    house = House()
    house.core.connected(SWITCH)
    house.reconciled()
    house.a_caller()
    offered = next(envelope.event for envelope in house.appended if isinstance(envelope.event, LegOffered))
    assert "1701234567" not in repr(house.appended)
    assert "Erika" not in repr(house.appended)
    assert [(party.party_id, party.number, party.name) for party in house.parties] == [
        (offered.party_id, "+491701234567", "Erika")
    ]


def test_a_caller_told_twice_is_one_call_even_after_it_has_ended() -> None:
    house = House()
    house.core.connected(SWITCH)
    house.reconciled()
    house.a_caller()
    house.a_caller()
    assert len(house.core.turn.calls) == 1
    house.tells(LegHungUp(leg_id=LegId("caller"), cause=HangupCause.NORMAL, by_phone=True))
    house.a_caller()
    assert not house.core.turn.calls
    assert len(house.parties) == 1


def test_a_restart_goes_on_where_the_journal_ends() -> None:
    before = House()
    before.core.connected(SWITCH)
    before.reconciled()
    before.anna_comes()
    before.a_caller()
    call_id = before.call_id
    after = House(before.appended)
    after.at = before.at
    assert after.core.turn.calls[call_id].state is CallState.ALERTING
    after.core.connected(SWITCH)
    agent = leg_id(call_id, "agent", 1)
    after.reconciled(
        LegSeen(leg_id=LegId("caller"), is_answered=False, created_at=START, bridge_id=None, arrived=None),
        LegSeen(leg_id=agent, is_answered=True, created_at=START, bridge_id=None, arrived=None),
    )
    assert after.core.turn.calls[call_id].state is CallState.TALKING


def test_an_offer_whose_reservation_did_not_reach_the_disk_is_adopted_and_not_made_twice() -> None:
    before = House()
    before.core.connected(SWITCH)
    before.reconciled()
    before.anna_comes()
    before.a_caller()
    call_id = before.call_id
    lost = before.said().index("DecisionTaken")
    after = House(before.appended[:lost])
    after.at = before.at
    assert after.core.turn.calls[call_id].state is CallState.QUEUED
    after.core.connected(SWITCH)
    agent = leg_id(call_id, "agent", 1)
    after.reconciled(
        LegSeen(leg_id=LegId("caller"), is_answered=False, created_at=START, bridge_id=None, arrived=None),
        LegSeen(
            leg_id=agent, is_answered=False, created_at=START, bridge_id=None, arrived=None, endpoint_id=EndpointId("phone-anna")
        ),
    )
    assert after.core.turn.calls[call_id].state is CallState.ALERTING
    assert after.said().count("AgentReserved") == 1
    assert after.core.turn.calls[call_id].agent is not None
    assert after.core.turn.calls[call_id].agent.leg_id == agent
    assert "HangUp" not in [type(command).__name__ for command in after.commands]


def test_a_switch_that_was_restarted_ends_its_calls_at_the_last_proof_of_life() -> None:
    house = House()
    house.core.connected(SWITCH)
    house.reconciled()
    house.anna_comes()
    house.a_caller()
    house.tells(LegAnswered(leg_id=leg_id(house.call_id, "agent", 1)))
    last_alive = house.at
    house.core.disconnected(SWITCH)
    house.at = Instant(house.at + 30_000_000)
    house.core.connected(SWITCH)
    house.tells(EndpointChanged(endpoint_id=EndpointId("phone-ben"), is_reachable=True))
    house.reconciled(boot="2")
    ends = [envelope for envelope in house.appended if isinstance(envelope.event, LegHungUp)]
    assert {envelope.occurred_at for envelope in ends} == {last_alive}
    assert all(envelope.event.is_estimated for envelope in ends)  # type: ignore[attr-defined]
    assert not house.core.turn.calls


def test_a_caller_who_hangs_up_while_the_switch_is_looked_at_has_hung_up() -> None:
    """The switch's record was read before it, its legs after: only its own word, which waits, tells how it ended."""
    house = House()
    house.core.connected(SWITCH)
    house.reconciled()
    house.anna_comes()
    house.a_caller()
    call_id, agent = house.call_id, leg_id(house.call_id, "agent", 1)
    house.tells(LegAnswered(leg_id=agent))
    bridge = house.core.turn.calls[call_id].bridge_id
    house.tells(LegJoined(leg_id=LegId("caller"), bridge_id=bridge))
    house.tells(LegJoined(leg_id=agent, bridge_id=bridge))
    house.core.connected(SWITCH)
    house.tells(LegHungUp(leg_id=LegId("caller"), cause=HangupCause.NORMAL, by_phone=True))
    said_at = house.at
    seen = LegSeen(leg_id=agent, is_answered=True, created_at=START, bridge_id=bridge, arrived=None)
    house.reconciled(seen)
    house.tells(LegHungUp(leg_id=agent, cause=HangupCause.NORMAL, by_phone=False))
    ends = [each for each in house.appended if isinstance(each.event, LegHungUp) and each.event.leg_id == "caller"]
    assert [(each.occurred_at, each.event.by_phone, each.event.is_estimated) for each in ends[:1]] == [(said_at, True, False)]  # type: ignore[attr-defined]
    assert [each.event.end_reason for each in house.appended if isinstance(each.event, CallEnded)] == [EndReason.CALLER_HUNG_UP]


def test_the_refusal_of_a_request_is_answered() -> None:
    house = House()
    refusals: list[Refusal | None] = []
    house.core.ask(HangUpRequested(call_id=CallId("none"), agent_id=None), refusals.append)
    assert [refusal.code for refusal in refusals if refusal is not None] == ["no_such_call"]


def test_a_restore_uses_up_no_numbers_so_that_a_drain_waits_for_nothing_that_never_comes() -> None:
    before = House()
    before.core.connected(SWITCH)
    before.reconciled()
    before.anna_comes()
    before.a_caller()
    after = House(before.appended)
    assert after.core.turn.last_seq == before.appended[-1].seq


def test_no_end_is_estimated_after_the_moment_that_shows_the_leg_gone() -> None:
    house = House()
    house.core.connected(SWITCH)
    house.reconciled()
    house.a_caller()
    house.core.links[SWITCH].last_alive_at = Instant(house.at + 3_600_000_000)  # the switch's clock runs behind ours
    house.core.connected(SWITCH)
    house.reconciled()
    (end,) = [envelope for envelope in house.appended if isinstance(envelope.event, LegHungUp)]
    gap = next(envelope.event for envelope in reversed(house.appended) if isinstance(envelope.event, GapObserved))
    assert end.occurred_at <= house.at
    assert gap.from_at <= gap.to_at


def test_a_number_dialled_at_an_agents_phone_and_keys_pressed_in_a_call_are_not_journaled() -> None:
    house = House()
    house.core.connected(SWITCH)
    house.reconciled()
    house.a_caller()
    house.tells(LegPressedKey(leg_id=LegId("caller"), key="7"))
    house.tells(FeatureCodeDialled(leg_id=LegId("phone"), endpoint_id=EndpointId("phone-anna"), digits="00491701234567"))
    house.tells(FeatureCodeDialled(leg_id=LegId("again"), endpoint_id=EndpointId("phone-anna"), digits="*11"))
    assert "LegPressedKey" not in house.said()
    assert "1701234567" not in repr(house.appended)
    codes = [envelope.event.digits for envelope in house.appended if isinstance(envelope.event, FeatureCodeDialled)]
    (dialled,) = [envelope.event for envelope in house.appended if isinstance(envelope.event, NumberDialled)]
    assert (codes, dialled.number.masked) == (["*11"], "•••")


def test_an_emergency_call_is_told_at_once_once_and_with_its_agent() -> None:
    house = House()
    told = EmergencyDialled(leg_id=LegId("n1-1.1"), endpoint_id=EndpointId("phone-anna"), number="112")
    house.tells(told)  # the switch is not reconciled yet
    house.tells(told)
    assert house.said() == ["EmergencyDialled"]
    assert house.appended[0].event == msgspec.structs.replace(told, dialled_by=AgentId("anna"))
    again = House(house.appended)
    again.core.turn.remember(tuple(house.appended))
    again.tells(told)
    again.tells(msgspec.structs.replace(told, leg_id=LegId("n1-1.2"), endpoint_id=EndpointId("somebody")))
    assert again.said() == ["EmergencyDialled", "EmergencyDialled"]
    assert again.appended[1].event.dialled_by is None  # type: ignore[attr-defined]
    assert again.appended[1].seq == 2
