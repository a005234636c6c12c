"""What is known of a caller by number goes with the event; the number does not."""

import msgspec

from telephony.engine.inbox import Inbox
from telephony.engine.ports import CallerArrived, CallerMarks, PartyRecord, SwitchFact
from telephony.events import LegOffered
from telephony.identifiers import AgentId, Instant, LegId, PartyId, TrunkId
from tests.unit.telephony.scene import CALLER, SWITCH, CountingIds

NOW = Instant(1_800_000_000_000_000)


class Clock:
    def now(self) -> Instant:
        return NOW


def arrived(ani: str | None, asked: list[tuple[str, PartyId]]) -> LegOffered:
    def book(number: str, party_id: PartyId, /) -> CallerMarks:
        asked.append((number, party_id))
        return CallerMarks(caller_lists=("vip",), last_agent_id=AgentId("anna"), blocked_agents=(AgentId("ben"),))

    kept: list[PartyRecord] = []
    inbox = Inbox(clock=Clock(), ids=CountingIds(), read_number=lambda _: CALLER, party=kept.append, known_callers=book)
    what = CallerArrived(leg_id=LegId("leg"), trunk_id=TrunkId("t"), dnis="1", ani=ani)
    event = inbox.from_switch(SwitchFact(switch=SWITCH, occurred_at=NOW, what=what)).event
    assert isinstance(event, LegOffered)
    return event


def test_the_marks_of_a_known_caller_go_with_the_event_and_the_number_does_not() -> None:
    asked: list[tuple[str, PartyId]] = []
    event = arrived("+49301234567", asked)
    assert asked == [("+49301234567", event.party_id)]
    assert (event.caller_lists, event.last_agent_id, event.blocked_agents) == (("vip",), "anna", ("ben",))
    assert b"1234567" not in msgspec.json.encode(event)


def test_nobody_is_looked_up_who_withholds_the_number() -> None:
    asked: list[tuple[str, PartyId]] = []
    event = arrived(None, asked)
    assert not asked
    assert event.caller_lists == ()
