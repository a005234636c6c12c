"""Due times that lead to due times have to rest: nobody else waits for them, and who waits themselves is looked after."""

from collections import Counter

import pytest
from msgspec.structs import replace

from telephony.call import transitions
from telephony.call.facts import CallFact
from telephony.call.model import Call, CallState
from telephony.call.step import Step
from telephony.call.transitions import Rule
from telephony.commands import DialplanEntry, HandToDialplan, RingEndpoint
from telephony.engine.arrival import Arrival, Timed, TurnResult
from telephony.engine.timer_fuse import MOST_A_SECOND, TIMERS, TimerFuse
from telephony.events import AgentTimerFired, CallTimerFired, Envelope, HoldRequested, LegAnswered, UnexpectedHappened
from telephony.identifiers import SECOND, AgentId, CallId, EventId, Instant, LegId, SegmentId
from telephony.order_segments import SegmentTimerFired
from tests.unit.telephony.engine.test_core import House
from tests.unit.telephony.scene import SWITCH

ANNA = AgentId("anna")


def ring_for_ever(call: Call, envelope: Envelope) -> Step:
    """What no rule may do: what has come sets itself anew for a time that has come as well."""
    return Step(replace(call, ring_overdue_at=Instant((call.ring_overdue_at or 0) + 1)))


def listen_for_ever(call: Call, envelope: Envelope) -> Step:
    return Step(replace(call, listens_until=Instant(call.listens_until + 1 if call.listens_until else envelope.received_at)))


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    """A phone that rings sets its time limit anew each time it comes; a talk does so with another, once it was to be held."""
    for state, fact, action in (
        (CallState.ALERTING, CallFact.RING_OVERDUE, ring_for_ever),
        (CallState.TALKING, CallFact.LISTENING_OVER, listen_for_ever),
        (CallState.TALKING, CallFact.HOLD_REQUESTED, listen_for_ever),
    ):
        monkeypatch.setitem(transitions.TRANSITIONS, (state, fact), Rule(state, action))
    house = House()
    house.core.connected(SWITCH)
    house.reconciled()
    house.anna_comes()
    return house


def later(house: House, us: int) -> None:
    house.at = Instant(house.at + us)
    house.core.fire_due()


def fired(house: House) -> Counter[str]:
    events = (envelope.event for envelope in house.appended)
    return Counter(event.timer for event in events if isinstance(event, (CallTimerFired, AgentTimerFired)))


def reports(house: House) -> list[UnexpectedHappened]:
    return [envelope.event for envelope in house.appended if isinstance(envelope.event, UnexpectedHappened)]


def rings(house: House) -> Call:
    call = next(iter(house.core.turn.calls.values()))
    assert call.ring_overdue_at is not None
    return call


def a_talk_that_leads_on(house: House) -> CallId:
    house.a_caller()
    leg = next(each.leg_id for each in house.commands if isinstance(each, RingEndpoint))
    house.tells(LegAnswered(leg_id=leg))
    house.core.ask(HoldRequested(call_id=house.call_id, agent_id=ANNA), lambda _refusal: None)
    return house.call_id


def test_who_waits_is_taken_to_the_dialplan_and_the_report_names_call_and_due_times(house: House) -> None:
    house.a_caller()
    call = rings(house)
    later(house, (call.ring_overdue_at or 0) - house.at + SECOND)
    assert fired(house) == {"ring_overdue": MOST_A_SECOND}
    (report,) = reports(house)
    assert (report.machine, report.state, report.call_id) == (TIMERS, "alerting", call.call_id)
    assert report.event == ", ".join(["ring_overdue"] * 6)
    assert (
        HandToDialplan(call_id=call.call_id, switch=SWITCH, leg_id=LegId("caller"), entry=DialplanEntry.MACHINE) in house.commands
    )
    assert house.core.turn.calls[call.call_id].state is CallState.AT_MACHINE
    later(house, 10 * SECOND)
    assert fired(house)["ring_overdue"] == MOST_A_SECOND
    assert len(reports(house)) == 1


def test_who_talks_goes_on_talking_and_is_told_of_once_a_second(house: House) -> None:
    call_id = a_talk_that_leads_on(house)
    before = len(house.commands)
    for seconds in range(1, 4):
        later(house, SECOND)
        assert fired(house) == {"listening_over": seconds * MOST_A_SECOND}
        assert [report.state for report in reports(house)] == ["talking"] * seconds
    assert house.commands[before:] == []
    assert house.core.turn.calls[call_id].state is CallState.TALKING


def test_one_that_is_always_due_a_moment_later_rests_too(house: House) -> None:
    a_talk_that_leads_on(house)
    for _ in range(3 * MOST_A_SECOND):
        later(house, 1)
    assert fired(house) == {"listening_over": MOST_A_SECOND}
    assert len(reports(house)) == 1


def test_due_times_that_were_taken_back_count_for_nothing(house: House) -> None:
    """A queue sets the same due time anew whenever its callers change; only the last of them leads to something."""
    house.a_caller()
    call = rings(house)
    taken_back = CallTimerFired(call_id=call.call_id, timer="ring_overdue", due_at=Instant(house.at))
    house.core.timers.set([(house.at, taken_back)] * (2 * MOST_A_SECOND))
    house.core.fire_due()
    assert (fired(house), reports(house)) == ({}, [])


def test_an_agent_whose_due_times_lead_on_is_named() -> None:
    fuse, house = TimerFuse(), House()
    house.anna_comes()
    over = AgentTimerFired(agent_id=ANNA, timer="rest_over", due_at=house.at)
    for _ in range(MOST_A_SECOND):
        assert fuse.rests_until(over, house.at) is None
        fuse.note(an_arrival(over, house.at), TurnResult(due=[(house.at, over)]))
    assert fuse.rests_until(over, house.at) == house.at + SECOND
    report = fuse.blown(over, house.core.turn)
    assert report is not None
    assert (report.agent_id, report.call_id, report.state) == (ANNA, None, "available")
    assert fuse.rests_until(over, Instant(house.at - 1)) is None  # a clock that was set back


def test_a_tape_is_ended_in_time_whatever_its_call_is_caught_in(house: House) -> None:
    fuse = TimerFuse()
    over = CallTimerFired(call_id=CallId("c"), timer="listening_over", due_at=house.at)
    for _ in range(MOST_A_SECOND):
        assert fuse.rests_until(over, house.at) is None
        fuse.note(an_arrival(over, house.at), TurnResult(due=[(house.at, over)]))
    of_tape = SegmentTimerFired(call_id=CallId("c"), segment_id=SegmentId("s"), timer="stop_overdue", due_at=house.at)
    assert fuse.rests_until(over, house.at) is not None
    assert fuse.rests_until(of_tape, house.at) is None


def an_arrival(event: Timed, at: Instant) -> Arrival:
    return Arrival(event=event, event_id=EventId("e"), occurred_at=at, received_at=at)
