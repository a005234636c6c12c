"""Causes, failures, presence, placements, accounts: the small pure parts of the adapter."""

import pytest

from telephony.causes import HangupCause
from telephony.commands import CreateBridge, DestroyBridge, HangUp, JoinBridge, LeaveBridge, RingEndpoint
from telephony.engine.ports import EndpointAccount
from telephony.errors import SwitchError
from telephony.events import EndpointChanged, LegLeft
from telephony.identifiers import AgentId, BridgeId, CallId, EndpointId, Instant, LegId, SwitchName
from telephony.switch.asterisk.ami_actions import Contact
from telephony.switch.asterisk.ari import CUT, TIMED_OUT
from telephony.switch.asterisk.ari_wire import AriAnswer, ContactSeen, Frame, PhoneSeen
from telephony.switch.asterisk.causes import cause_of, cause_of_soft_request
from telephony.switch.asterisk.failures import failure_of, where_to_look
from telephony.switch.asterisk.placements import Placements
from telephony.switch.asterisk.presence import Presence
from telephony.switch.asterisk.provisioning import account_objects
from telephony.switch.asterisk.settings import AmiSettings, AriSettings, AsteriskSettings, PhoneSettings
from telephony.switch.asterisk.silence import Silence

CALL = CallId("018f0000-0000-7000-8000-000000000001")
OF = {"call_id": CALL, "switch": SwitchName("n")}
LEG, OTHER = LegId(f"{CALL}.agent.1"), LegId("node-1-1.1")
BRIDGE = BridgeId(f"{CALL}.bridge")


@pytest.mark.parametrize(
    ("cause", "sip", "ours"),
    [
        (17, 486, HangupCause.BUSY),
        (19, 480, HangupCause.NO_ANSWER),
        (21, 603, HangupCause.REJECTED),
        (1, 404, HangupCause.UNALLOCATED),
        (34, 503, HangupCause.CONGESTION),
        (127, 487, HangupCause.NORMAL),
        (None, 0, HangupCause.NORMAL),
        (32, 0, HangupCause.NORMAL),
        (44, 0, HangupCause.MEDIA_LOST),
        (41, 0, HangupCause.TEMPORARY_FAILURE),
        (999, 0, HangupCause.UNKNOWN),
    ],
)
def test_a_cause_is_read_from_number_and_sip_code(cause: int | None, sip: int, ours: HangupCause) -> None:
    assert cause_of(cause, sip) is ours


def test_a_hang_up_asked_for_by_asterisk_with_cause_1_is_lost_media() -> None:
    assert cause_of_soft_request(1) is HangupCause.MEDIA_LOST
    assert cause_of_soft_request(32) is HangupCause.NORMAL


def ring() -> RingEndpoint:
    return RingEndpoint(
        **OF, leg_id=LEG, endpoint_id=EndpointId("anna"), caller_leg_id=OTHER, display_name="", display_number="", timeout_ms=1
    )


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "gone"), (409, "refused"), (TIMED_OUT, "timed_out"), (CUT, "disconnected"), (500, "refused")]
)
def test_a_failed_hang_up_says_why(status: int, reason: str) -> None:
    failure = failure_of(HangUp(**OF, leg_id=LEG), AriAnswer(status, '{"message":"secret"}'))
    assert failure is not None
    assert (failure.command, failure.reason, failure.leg_id) == ("HangUp", reason, LEG)
    assert "secret" not in failure.detail


def test_a_phone_that_cannot_be_rung_is_unreachable_and_looked_at_first() -> None:
    for status in (409, 500):
        failure = failure_of(ring(), AriAnswer(status))
        assert failure is not None
        assert failure.reason == "unreachable"
        looked_for = where_to_look(ring(), AriAnswer(status))
        assert looked_for is not None
        assert (looked_for.method, looked_for.uri) == ("GET", f"channels/{LEG}")
    assert where_to_look(HangUp(**OF, leg_id=LEG), AriAnswer(409)) is None
    assert where_to_look(CreateBridge(**OF, bridge_id=BRIDGE), AriAnswer(409)) is not None


def test_a_wish_that_is_fulfilled_already_is_no_failure() -> None:
    assert failure_of(DestroyBridge(**OF, bridge_id=BRIDGE), AriAnswer(404)) is None
    assert failure_of(LeaveBridge(**OF, bridge_id=BRIDGE, leg_id=LEG), AriAnswer(422)) is None


def contact(status: str, uri: str = "sip:anna@1", trip: str = "0") -> Frame:
    return Frame(
        type="ContactStatusChange",
        endpoint=PhoneSeen(resource="anna"),
        contact_info=ContactSeen(uri=uri, contact_status=status, roundtrip_usec=trip),
    )


def test_a_phone_that_changes_its_address_is_never_away() -> None:
    presence = Presence()
    assert presence.take(contact("NonQualified")) == EndpointChanged(endpoint_id=EndpointId("anna"), is_reachable=True)
    told = [
        presence.take(contact("NonQualified", "sip:anna@2")),
        presence.take(contact("Removed", "sip:anna@1")),
        presence.take(contact("Reachable", "sip:anna@2", "578")),
    ]
    assert all(change is None or change.is_reachable for change in told)
    assert told[-1] is not None
    assert told[-1].round_trip_us == 578
    gone = presence.take(contact("Unreachable", "sip:anna@2"))
    assert gone == EndpointChanged(endpoint_id=EndpointId("anna"), is_reachable=False)
    assert presence.take(contact("Removed", "sip:anna@2")) is None


def test_a_phone_that_comes_back_to_a_restarted_switch_is_told_again() -> None:
    presence = Presence()
    presence.take(contact("NonQualified"))
    presence.read(())
    assert presence.take(contact("NonQualified", "sip:anna@2")) == anna(is_reachable=True)
    assert presence.take(contact("Removed", "sip:anna@2")) == anna(is_reachable=False)


def test_a_phone_that_was_there_before_us_and_goes_is_told_as_gone() -> None:
    presence = Presence()
    presence.read((EndpointId("anna"),))
    assert presence.take(contact("Removed")) == anna(is_reachable=False)
    presence.read((EndpointId("anna"),))
    assert presence.compare(()) == [anna(is_reachable=False)]


def anna(*, is_reachable: bool) -> EndpointChanged:
    return EndpointChanged(endpoint_id=EndpointId("anna"), is_reachable=is_reachable)


def test_a_list_of_contacts_tells_what_events_were_missed() -> None:
    presence = Presence()
    presence.take(contact("Reachable"))
    listed = (
        Contact(endpoint="bert", uri="sip:bert@1", status="Reachable", round_trip_us=900),
        Contact(endpoint="carl", uri="sip:carl@1", status="Unreachable", round_trip_us=None),
    )
    changes = {change.endpoint_id: change for change in presence.compare(listed)}
    assert not changes[EndpointId("anna")].is_reachable
    assert changes[EndpointId("bert")].is_reachable
    assert changes[EndpointId("bert")].round_trip_us == 900
    assert EndpointId("carl") not in changes


def test_a_phone_that_came_while_the_list_was_asked_for_is_not_told_as_gone() -> None:
    presence = Presence()
    asked_at = presence.heard
    presence.take(contact("Reachable"))
    assert presence.compare((), heard=asked_at) == []
    assert presence.compare((), heard=presence.heard) == [anna(is_reachable=False)]


def test_a_repeated_join_has_nothing_left_to_do_until_the_leg_was_out() -> None:
    placements = Placements()
    join = JoinBridge(**OF, bridge_id=BRIDGE, leg_ids=(OTHER, LEG))
    assert placements.send(join) == join
    assert placements.send(join) is None
    placements.take(LegLeft(leg_id=LEG, bridge_id=BRIDGE))
    assert placements.send(join) == JoinBridge(**OF, bridge_id=BRIDGE, leg_ids=(LEG,))
    placements.fail(join)
    assert placements.send(join) == join
    placements.send(LeaveBridge(**OF, bridge_id=BRIDGE, leg_id=LEG))
    assert placements.send(join) == JoinBridge(**OF, bridge_id=BRIDGE, leg_ids=(LEG,))


def account(name: str = "anna", password: str = "p" + "w", *, is_browser: bool = False) -> EndpointAccount:
    return EndpointAccount(endpoint_id=EndpointId(name), agent_id=AgentId("a"), password=password, is_browser=is_browser)


def test_an_account_is_put_secret_first_and_refuses_transfers() -> None:
    objects = account_objects(account(), PhoneSettings())
    assert [kind for kind, _ in objects] == ["auth", "aor", "endpoint"]
    endpoint = dict(objects[2][1])
    assert (endpoint["allow_transfer"], endpoint["allow"], endpoint["direct_media"]) == ("no", "alaw", "no")
    assert (endpoint["webrtc"], endpoint["ice_support"], endpoint["media_encryption"]) == ("no", "no", "no")
    assert account_objects(account(is_browser=True), PhoneSettings())[2][1]["webrtc"] == "yes"


@pytest.mark.parametrize("is_browser", [False, True])
def test_where_only_this_machine_may_come_in_every_phones_voice_is_received_at_one_address(is_browser: bool) -> None:
    endpoint = account_objects(account(is_browser=is_browser), PhoneSettings(bind_address="127.0.0.1"))[2][1]
    assert (endpoint["media_address"], endpoint["bind_rtp_to_media_address"]) == ("127.0.0.1", "yes")


def test_a_browser_is_told_addresses_by_ice_and_encrypts_by_dtls() -> None:
    outside = PhoneSettings(media_address="203.0.113.9", is_encrypted=True)
    endpoint = account_objects(account(is_browser=True), outside)[2][1]
    assert not endpoint.keys() & {"media_address", "media_encryption", "bind_rtp_to_media_address"}
    assert account_objects(account(), outside)[2][1]["media_encryption"] == "sdes"


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", "a\r\nb", ".hidden", "x" * 61, "ä"])
def test_a_phones_name_that_could_change_a_path_is_refused(name: str) -> None:
    with pytest.raises(SwitchError):
        account_objects(account(name), PhoneSettings())


@pytest.mark.parametrize("password", ["", "a\nb", "a\x00"])
def test_a_password_that_could_change_the_account_is_refused(password: str) -> None:
    with pytest.raises(SwitchError):
        account_objects(account(password=password), PhoneSettings())


def test_no_password_is_shown() -> None:
    shown = repr((account(), AriSettings(http_url="u", user="u", password="pw-1", controller_password="pw-2")))
    shown += repr(AmiSettings(host="h", port=1, user="u", password="pw-3"))
    assert "pw" not in shown


def test_voice_is_bound_to_an_address_of_this_machine_only() -> None:
    here = account_objects(account(), PhoneSettings(bind_address="127.0.0.1"))[2][1]
    assert (here["media_address"], here["bind_rtp_to_media_address"]) == ("127.0.0.1", "yes")
    behind_a_router = account_objects(account(), PhoneSettings(media_address="203.0.113.7"))[2][1]
    assert behind_a_router["media_address"] == "203.0.113.7"
    assert "bind_rtp_to_media_address" not in behind_a_router


def test_a_phone_that_fell_silent_was_last_heard_a_timeout_before_its_end() -> None:
    silence = Silence(rtp_timeout_s=20, rtp_hold_timeout_s=300, grace_ms=1_500, probe_every_s=10, probe_timeout_s=3.0)
    ended_at = Instant(1_795_299_794_171_000)

    assert silence.began_at(ended_at, is_held=False) == 1_795_299_774_000_000
    assert silence.began_at(ended_at, is_held=True) == 1_795_299_494_000_000
    assert silence.looked_at(ended_at) == 1_795_299_779_671_000


def test_a_leg_in_doubt_is_left_to_the_switch_where_that_is_as_quick_and_voice_is_to_be_expected() -> None:
    assert Silence(rtp_timeout_s=10).is_left_to_switch(is_held=False)
    assert not Silence(rtp_timeout_s=10).is_left_to_switch(is_held=True)
    assert not Silence(rtp_timeout_s=60).is_left_to_switch(is_held=False)
    assert not Silence(rtp_timeout_s=2, probe_every_s=1, probe_timeout_s=0.5).is_left_to_switch(is_held=False)
    assert (
        AsteriskSettings(name=SwitchName("n"), ari=AriSettings(http_url="", user="", password=""))
        .silence()
        .is_left_to_switch(is_held=False)
    )
