"""A phone's REFER: who survives it, what it says, and what the phone is told."""

import pytest

from telephony.commands import AnswerTransfer
from telephony.engine.ports import EndpointAccount, TransferDialled
from telephony.identifiers import AgentId, CallId, EndpointId, LegId, SwitchName
from telephony.switch.asterisk.ari_wire import decode
from telephony.switch.asterisk.normalise import Normaliser
from telephony.switch.asterisk.provisioning import account_objects, put
from telephony.switch.asterisk.refer import survives_refer
from telephony.switch.asterisk.settings import PhoneSettings
from telephony.switch.asterisk.translate import Translator

CALL = CallId("01a20269-627c-7f3b-8fb2-b12e24c61628")
LEG = LegId(f"{CALL}.agent.1")
ASKED = (
    '{"type":"ChannelTransfer","timestamp":"2026-11-22T08:45:40.123+0000","application":"fernamt","refer_to":'
    '{"requested_destination":{"destination":"%s"%s}},"referred_by":{"source_channel":{"id":"%s","name":"PJSIP/a01-00000001",'
    '"state":"Up"},"connected_channel":{"id":"1763.1","name":"PJSIP/line-00000000"},"bridge":{"id":"b1","channels":[]}}%s}'
)


@pytest.mark.parametrize(
    "version",
    ["20.21.0", "22.11.0", "22.11.0-rc1", "22.12.0~dfsg+~cs6.17", "Asterisk 23.5.0", "23.10.2", "24.0.0"],
)
def test_releases_with_the_mend_may_be_trusted_with_it(version: str) -> None:
    assert survives_refer(version)


@pytest.mark.parametrize(
    "version",
    [
        "22.10.1+dfsg+~cs6.17.60671434-1",
        "20.20.1",
        "21.12.2",
        "23.4.1",
        "18.26.4",
        "certified-22.8-cert2",
        "GIT-master-1a2b",
        "",
        "22",
    ],
)
def test_older_ones_and_those_nobody_can_place_may_not(version: str) -> None:
    assert not survives_refer(version)


def frame(destination: str = "a02", protocol: str = "", leg: str = LEG, state: str = "") -> bytes:
    more = f',"protocol_id":"{protocol}"' if protocol else ""
    return (ASKED % (destination, more, leg, f',"state":"{state}"' if state else "")).encode()


def facts(raw: bytes) -> list[object]:
    return [fact.what for fact in Normaliser(SwitchName("n")).facts_of(decode(raw))]


@pytest.mark.parametrize("written", ["a02", "sip:a02@192.0.2.1", "sip:a02;x=1@192.0.2.1", "<sip:a02@h>"])
def test_what_the_phone_points_at_is_told_without_the_host(written: str) -> None:
    assert facts(frame(written)) == [TransferDialled(leg_id=LEG, target="a02")]


def test_to_another_call_of_the_phone_is_told_as_that() -> None:
    assert facts(frame("a02", protocol="4711@host")) == [TransferDialled(leg_id=LEG, target="a02", is_attended=True)]


def test_the_echo_of_our_own_word_and_a_leg_that_is_not_ours_say_nothing() -> None:
    assert facts(frame(state="channel_declined")) == []
    assert facts(frame(leg="1763.7")) == []


@pytest.mark.parametrize(
    ("is_taken", "state", "after"),
    [(True, "channel_answered", []), (False, "channel_declined", [("PJSIP_TRANSFER_HANDLING()", "ari-only")])],
)
def test_the_phone_is_told_what_came_of_it_while_nothing_else_that_it_asks_can_begin(
    is_taken: bool, state: str, after: list[tuple[str, str]]
) -> None:
    command = AnswerTransfer(call_id=CALL, switch=SwitchName("n"), leg_id=LEG, is_taken=is_taken)
    requests = Translator(call_app="fernamt").requests_of(command)
    assert [(each.method, each.uri.removeprefix(f"channels/{LEG}/"), *dict(each.query).values()) for each in requests] == [
        ("POST", "variable", "TRANSFER_CONTEXT", "fernamt-nowhere"),
        ("POST", "variable", "PJSIP_TRANSFER_HANDLING()", "core"),
        ("GET", "variable", "CHANNEL(pjsip,call-id)"),
        ("POST", "transfer_progress", state),
        *(("POST", "variable", *each) for each in after),
    ]


@pytest.mark.parametrize("may_refer", [None, False, True])
def test_an_account_lets_it_in_only_where_it_is_left_to_us_on_every_channel(may_refer: bool | None) -> None:
    account = EndpointAccount(endpoint_id=EndpointId("a01"), agent_id=AgentId("a01"), password="x")
    kind, fields = account_objects(account, PhoneSettings(may_refer=may_refer))[2]
    body = put(kind, "a01", fields).body or ""
    assert fields["allow_transfer"] == ("yes" if may_refer else "no")
    assert ('"value":"PJSIP_TRANSFER_HANDLING()=ari-only"' in body) is bool(may_refer)
