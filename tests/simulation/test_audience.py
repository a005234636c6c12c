"""Nobody misses what concerns them, and nobody is told anything else."""

from fernamt.simulation.audience import Audience
from telephony.events import CallRequest, Envelope, Event, HoldRequested, SwitchConnected, UnholdRequested
from telephony.identifiers import AgentId, CallId, EventId, Instant, SwitchName

HOLD = HoldRequested(call_id=CallId("c"), agent_id=AgentId("a"))
UNHOLD = UnholdRequested(call_id=CallId("c"), agent_id=AgentId("a"))
CONNECTED = SwitchConnected(switch=SwitchName("s"), boot_id="b")


def told(event: Event) -> Envelope:
    return Envelope(seq=1, event_id=EventId("e"), occurred_at=Instant(0), received_at=Instant(0), event=event)


def test_each_is_told_of_their_kinds_in_the_order_of_joining_and_who_comes_later_of_what_comes_later() -> None:
    audience, heard = Audience(), list[tuple[str, str]]()

    def hear(name: str) -> None:
        audience.join(lambda envelope: heard.append((name, type(envelope.event).__name__)), *kinds[name])

    kinds: dict[str, tuple[type[Event], ...]] = {"holds": (HoldRequested,), "calls": (CallRequest,), "all": ()}
    hear("holds")
    hear("calls")
    for event in (HOLD, UNHOLD, CONNECTED):
        audience.tell(told(event))
    assert heard == [("holds", "HoldRequested"), ("calls", "HoldRequested"), ("calls", "UnholdRequested")]
    heard.clear()
    hear("all")
    for event in (HOLD, CONNECTED):
        audience.tell(told(event))
    assert heard == [("holds", "HoldRequested"), ("calls", "HoldRequested"), ("all", "HoldRequested"), ("all", "SwitchConnected")]


def test_what_the_first_objects_is_the_answer() -> None:
    audience, heard = Audience(), list[Envelope]()
    audience.join(lambda _: None)
    audience.join(lambda _: "that is wrong")
    audience.join(heard.append)
    assert audience.tell(told(HOLD)) == "that is wrong"
    assert heard == []
