"""What subscribers hear of a call, from the journal alone."""

import hashlib
import hmac
import json
from dataclasses import replace

import msgspec

from telephony.agent.model import AgentRules
from telephony.causes import EndReason
from telephony.emergencies import EmergencyDialled
from telephony.events import CallEnded, CallTurnedAway, Envelope, LegOffered, NumberFacts
from telephony.identifiers import AgentId, CallId, ClientId, EndpointId, EventId, Instant, LegId, PartyId, ProjectId, TrunkId
from tests.integration.web.stories import a_talk
from web.accounts import Subscription
from web.webhook_events import WebhookEvent, WebhookFold, WebhookKind
from web.webhook_signing import delivery_of, is_wanted, signature

CALL = "00000000-0000-7000-8000-00000000aaaa"
T0 = Instant(1_790_000_000_000_000)


def told(envelopes: list[Envelope]) -> list[WebhookEvent]:
    fold = WebhookFold(AgentRules())
    return [event for envelope in envelopes for event in fold.apply(envelope)]


def a_subscription(*events: str, client: str | None = None) -> Subscription:
    return Subscription(
        subscription_id="s",
        url="https://hooks.example/x",
        events=events,
        client_id=ClientId(client) if client is not None else None,
        secret="sesame",
        created_at=T0,
    )


def test_a_call_is_told_as_offered_answered_and_ended() -> None:
    events = told(a_talk(CALL, client="acme", agent="anna"))
    of_call = [e for e in events if e.kind is not WebhookKind.AGENT_STATE]
    assert [e.kind for e in of_call] == [WebhookKind.CALL_OFFERED, WebhookKind.CALL_ANSWERED, WebhookKind.CALL_ENDED]
    assert of_call[1].data["waited_ms"] == 3_000
    assert of_call[2].data == {
        "call_id": CALL,
        "project_id": "acme-service",
        "client_id": "acme",
        "did": "+4930111",
        "caller_masked": "+4917…",
        "caller_country": "DE",
        "end_reason": "caller_hung_up",
        "is_answered": True,
        "waited_ms": 3_000,
        "connected_ms": 60_000,
    }


def test_an_agent_is_told_in_every_state_they_come_into() -> None:
    events = told(a_talk(CALL, client="acme", agent="anna"))
    states = [e.data["state"] for e in events if e.kind is WebhookKind.AGENT_STATE]
    assert states == ["available", "reserved", "alerting", "talking", "available"]


def test_a_refused_caller_is_told_as_turned_away() -> None:
    call_id = CallId(CALL)
    offered = LegOffered(leg_id=LegId("x"), trunk_id=TrunkId("t"), dnis="+4930111", party_id=PartyId("p"), caller=None)
    away = CallTurnedAway(
        call_id=call_id,
        reason=EndReason.CLOSED,
        to_machine=True,
        project_id=ProjectId("acme-service"),
        client_id=ClientId("acme"),
    )
    ended = CallEnded(call_id=call_id, end_reason=EndReason.TO_MACHINE)
    envelopes = [
        Envelope(seq=i, event_id=EventId(f"e{i}"), occurred_at=T0, received_at=T0, event=event, call_id=call_id)
        for i, event in enumerate((offered, away, ended))
    ]
    events = told(envelopes)
    assert [e.kind for e in events] == [WebhookKind.CALL_TURNED_AWAY, WebhookKind.CALL_ENDED]
    assert events[1].data["is_answered"] is False


def test_nothing_personal_goes_out() -> None:
    story = a_talk(CALL, client="acme", agent="anna", party="party-of-erika")
    bodies = [delivery_of(e, a_subscription("*"), T0).body for e in told(story)]
    assert not any(b"party" in body for body in bodies)
    assert NumberFacts.__struct_fields__ == ("number_class", "country", "masked", "metadata_version")


def test_the_same_journal_gives_the_same_deliveries() -> None:
    story = a_talk(CALL, client="acme", agent="anna")
    first, again = ([delivery_of(e, a_subscription("*"), T0) for e in told(story)] for _ in range(2))
    assert first == again
    assert len({d.delivery_id for d in first}) == len(first)


def test_the_fold_forgets_a_call_that_ended() -> None:
    fold = WebhookFold(AgentRules())
    for envelope in a_talk(CALL, client="acme", agent="anna"):
        fold.apply(envelope)
    assert not fold.knows(CallId(CALL))


def test_an_event_of_an_unknown_call_is_no_news() -> None:
    story = [e for e in a_talk(CALL, client="acme", agent="anna") if e.agent_id is None][1:]
    assert told(story) == []


def test_a_subscription_hears_what_it_asked_for_and_its_own_client_only() -> None:
    events = told(a_talk(CALL, client="acme", agent="anna"))
    assert [e.kind for e in events if is_wanted(e, a_subscription("call.ended"))] == [WebhookKind.CALL_ENDED]
    assert {e.kind for e in events if is_wanted(e, a_subscription("*", client="acme"))} == {
        WebhookKind.CALL_OFFERED,
        WebhookKind.CALL_ANSWERED,
        WebhookKind.CALL_ENDED,
    }
    assert [e for e in events if is_wanted(e, a_subscription("*", client="bolt"))] == []
    off = replace(a_subscription("*"), is_active=False)
    assert [e for e in events if is_wanted(e, off)] == []


def test_a_receiver_can_check_the_signature_as_it_is_documented() -> None:
    body = json.dumps({"id": "x"}).encode()
    header = signature("sesame", body, T0)
    time, _, mac = header.partition(",")
    expected = hmac.new(b"sesame", time.removeprefix("t=").encode() + b"." + body, hashlib.sha256).hexdigest()
    assert mac == "v1=" + expected
    assert header != signature("sesame", body + b" ", T0)
    assert header != signature("sesame", body, Instant(T0 + 1_000_000))


def test_the_shapes_of_events_are_known_here() -> None:
    assert msgspec.json.decode(delivery_of(told(a_talk(CALL, client="acme", agent="anna"))[0], a_subscription("*"), T0).body)


def test_a_call_to_a_control_room_is_told_without_where_it_comes_from() -> None:
    dialled = EmergencyDialled(leg_id=LegId("n-1.1"), endpoint_id=EndpointId("a01"), number="112", dialled_by=AgentId("anna"))
    envelope = Envelope(
        seq=1,
        event_id=EventId("e1"),
        occurred_at=Instant(7),
        received_at=Instant(8),
        event=dialled,
        call_id=None,
        agent_id=None,
        switch=None,
    )
    (told,) = WebhookFold(AgentRules()).apply(envelope)
    assert (told.kind, told.client_id, told.occurred_at) == (WebhookKind.EMERGENCY_DIALLED, None, 7)
    assert told.data == {"emergency_id": "e1", "agent_id": "anna", "number": "112", "call_id": None}
