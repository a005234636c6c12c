"""What makes a phone ring goes out first."""

from telephony.commands import AnswerLeg, Command, CreateBridge, DestroyBridge, HangUp, IndicateRinging, RingEndpoint
from telephony.engine.urgency import rings_first
from telephony.identifiers import BridgeId, CallId, EndpointId, LegId, SwitchName

NODE = SwitchName("node1")
ONE, OTHER = CallId("one"), CallId("other")


def a_ring(call_id: CallId) -> Command:
    return RingEndpoint(
        call_id=call_id,
        switch=NODE,
        leg_id=LegId(f"{call_id}.agent.1"),
        endpoint_id=EndpointId("anna"),
        caller_leg_id=LegId("caller"),
        display_name="Projekt Nord",
        display_number="+4930123",
        timeout_ms=20_000,
    )


def test_a_phone_rings_before_its_caller_hears_it_and_before_other_calls_are_tidied_up() -> None:
    tidied = DestroyBridge(call_id=OTHER, switch=NODE, bridge_id=BridgeId("other.bridge"))
    heard = IndicateRinging(call_id=ONE, switch=NODE, leg_id=LegId("caller"))
    bridge = CreateBridge(call_id=ONE, switch=NODE, bridge_id=BridgeId("one.bridge"))
    ring = a_ring(ONE)

    assert list(rings_first([tidied, heard, ring, bridge])) == [ring, tidied, heard, bridge]


def test_a_phone_rings_again_only_behind_what_its_own_call_has_to_end_first() -> None:
    gone = HangUp(call_id=ONE, switch=NODE, leg_id=LegId("one.agent.1"))
    ring = a_ring(ONE)

    assert list(rings_first([gone, ring])) == [gone, ring]


def test_without_a_phone_to_ring_nothing_changes() -> None:
    commands: list[Command] = [
        AnswerLeg(call_id=ONE, switch=NODE, leg_id=LegId("caller")),
        IndicateRinging(call_id=ONE, switch=NODE, leg_id=LegId("caller")),
    ]
    assert rings_first(commands) is commands
