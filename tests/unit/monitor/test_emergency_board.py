"""An agent who calls a control room is on the boards of those on duty, with the address, until somebody looks after it."""

from zoneinfo import ZoneInfo

from monitor.emergency_board import KEPT_US
from monitor.live_view import BoardSettings, LiveView
from monitor.rows import EmergencyChanged, RowGone, Table
from monitor.scope import WHOLE_FLOOR, Scope, client_scope, team_scope
from telephony.dialling import DialPermitted, DialPurpose, DialRefused
from telephony.emergencies import AgentAddress, EmergencyDialled, EmergencySeen
from telephony.events import Envelope, Event, NumberFacts
from telephony.identifiers import SECOND, AgentId, CallId, ClientId, EndpointId, EventId, Instant, LegId, PartyId, UserId
from tests.unit.telephony.scene import a_directory

ANNA = AgentId("anna")
NOW = Instant(1_800_000_000_000_000)
PLACE = AgentAddress(address="Lindenstr. 1, 20099 Hamburg", number="+494055511")
ALERT = EventId("alert-1")


def a_view(addresses: dict[AgentId, AgentAddress] | None = None) -> LiveView:
    return LiveView(a_directory(), BoardSettings(zone=ZoneInfo("Europe/Berlin")), NOW, {} if addresses is None else addresses)


def happens(view: LiveView, event: Event, event_id: EventId = ALERT, at: Instant = NOW) -> None:
    view.apply(
        Envelope(seq=1, event_id=event_id, occurred_at=at, received_at=at, event=event, call_id=None, agent_id=None, switch=None)
    )


def dialled(by: AgentId | None = ANNA) -> EmergencyDialled:
    return EmergencyDialled(leg_id=LegId("n1-1.1"), endpoint_id=EndpointId("phone-anna"), number="112", dialled_by=by)


def test_the_alert_has_who_what_and_where_and_goes_once_somebody_looks_after_it() -> None:
    view = a_view({ANNA: PLACE})
    happens(view, dialled())
    (told,) = [each for each in view.deltas(view.collect(), WHOLE_FLOOR) if isinstance(each, EmergencyChanged)]
    assert (told.row.number, told.row.agent_id, told.row.agent) == ("112", "anna", "Anna")
    assert (told.row.address, told.row.callback_number) == (PLACE.address, PLACE.number)
    assert view.snapshot(WHOLE_FLOOR).emergencies == (told.row,)
    happens(view, EmergencySeen(emergency_id=ALERT, by=UserId("sven")), EventId("other"))
    assert RowGone(table=Table.EMERGENCIES, key=ALERT) in view.deltas(view.collect(), WHOLE_FLOOR)
    assert view.snapshot(WHOLE_FLOOR).emergencies == ()


def test_an_address_set_afterwards_is_shown_with_the_next_revision() -> None:
    addresses: dict[AgentId, AgentAddress] = {}
    view = a_view(addresses)
    happens(view, dialled())
    view.collect()
    assert view.snapshot(WHOLE_FLOOR).emergencies[0].address is None
    addresses[ANNA] = PLACE
    view.use(a_directory())
    view.collect()
    assert view.snapshot(WHOLE_FLOOR).emergencies[0].address == PLACE.address


def test_only_those_see_where_somebody_is_who_see_the_agent() -> None:
    view = a_view({ANNA: PLACE})
    happens(view, dialled())
    happens(view, dialled(by=None), EventId("alert-2"))
    changes = view.collect()
    own = Scope(clients=frozenset(), agents=frozenset([ANNA]))
    ben = Scope(clients=frozenset(), agents=frozenset([AgentId("ben")]))
    for scope, seen in (
        (WHOLE_FLOOR, {ALERT, "alert-2"}),
        (team_scope([ANNA], []), {ALERT}),
        (own, {ALERT}),
        (ben, set()),
        (client_scope([ClientId("acme")]), set()),
    ):
        assert {row.emergency_id for row in view.snapshot(scope).emergencies} == seen
        told = [each for each in view.deltas(changes, scope) if isinstance(each, EmergencyChanged)]
        assert {each.row.emergency_id for each in told} == seen


def test_an_alert_nobody_takes_is_over_after_a_day() -> None:
    view = a_view()
    happens(view, dialled())
    view.advance(Instant(NOW + KEPT_US + 61 * SECOND))
    view.collect()
    assert view.snapshot(WHOLE_FLOOR).emergencies == ()


def test_why_a_call_was_not_permitted_stays_with_its_agent_until_the_next() -> None:
    view = a_view()
    leg, call_id = LegId("c1.callee.1"), CallId("c1")
    facts = {"call_id": call_id, "leg_id": leg, "party_id": PartyId("p"), "purpose": DialPurpose.MANUAL, "agent_id": ANNA}
    happens(view, DialRefused(**facts, code="no_consent"), EventId("r1"))  # type: ignore[arg-type]
    view.collect()
    (row,) = [each for each in view.snapshot(WHOLE_FLOOR).agents if each.agent_id == ANNA]
    assert row.dial_refusal == "no_consent"
    number = NumberFacts(number_class="mobile", country="DE", masked="+49 171", metadata_version="1")
    limits = {"ring_limit_ms": 1, "max_duration_ms": 1, "rate_micros": 0, "cost_limit_micros": 0}
    named = {"shown": None, "right_id": None, "rules_version": "1", "revision": 1}
    happens(view, DialPermitted(**facts, **limits, **named, number=number), EventId("p1"))  # type: ignore[arg-type]
    view.collect()
    (row,) = [each for each in view.snapshot(WHOLE_FLOOR).agents if each.agent_id == ANNA]
    assert row.dial_refusal is None
