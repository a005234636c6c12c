"""Every command has its requests; what goes into an address or a caller id cannot break out of it."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony import commands, overhearing, segments
from telephony.causes import HangupCause
from telephony.commands import (
    Command,
    DialplanEntry,
    HandToDialplan,
    HangUp,
    JoinBridge,
    LegCommand,
    PlayTone,
    ReadNumberBack,
    RingEndpoint,
)
from telephony.dialling import DialPurpose
from telephony.errors import SwitchError
from telephony.identifiers import (
    AgentId,
    BridgeId,
    CallId,
    ClientId,
    EndpointId,
    LegId,
    PartyId,
    PlaybackId,
    ProjectId,
    SegmentId,
    SwitchName,
)
from telephony.switch.asterisk import translate
from telephony.switch.asterisk.ari_wire import AriRequest
from telephony.switch.asterisk.translate import WRITERS, Translator, caller_id, path, reading_of

CALL = CallId("018f0000-0000-7000-8000-000000000001")
LEG = LegId(f"{CALL}.agent.1")
VALUES = {
    "call_id": CALL,
    "switch": SwitchName("n"),
    "leg_id": LEG,
    "bridge_id": BridgeId(f"{CALL}.bridge"),
    "leg_ids": (LegId("node-1-1.1"), LEG),
    "endpoint_id": EndpointId("anna"),
    "caller_leg_id": LegId("node-1-1.1"),
    "display_name": "Projekt Nord",
    "display_number": "4930555",
    "phone_answers": False,
    "timeout_ms": 20_000,
    "music": "default",
    "is_waiting": False,
    "entry": DialplanEntry.CLOSED,
    "is_confirmation": True,
    "is_taken": True,
    "playback_id": PlaybackId(f"{CALL}.playback.1"),
    "sounds": ("fernamt/ahead-1", "fernamt/patience"),
    "language": "de",
    "before": ("fernamt/callback-number",),
    "after": ("fernamt/callback-confirm",),
    "digits": "0309",
    "party_id": PartyId("p1"),
    "purpose": DialPurpose.TRANSFER,
    "project_id": ProjectId("nord"),
    "client_id": ClientId("c1"),
    "agent_id": AgentId("anna"),
    "shown": "+493055501",
    "number": "+4917139200",
    "silence_ms": 900,
    "sound": "fernamt/dial-busy",
    "limit_ms": 900_000,
    "is_masked": True,
    "segment_id": SegmentId(f"{CALL}.segment.1"),
    "agent_leg_id": LegId(f"{CALL}.agent.1"),
    "ear_id": LegId(f"{CALL}.ear.1"),
    "mode": overhearing.ListenMode.LISTEN,
}
ALL = [
    kind
    for kind in (*vars(commands).values(), *vars(segments).values(), *vars(overhearing).values())
    if isinstance(kind, type) and issubclass(kind, Command) and kind not in {Command, LegCommand, segments.SegmentCommand}
]
TRANSLATOR = Translator(call_app="fernamt")


def made(kind: type[Command], **changes: object) -> Command:
    fields = {name: VALUES[name] for name in kind.__struct_fields__ if name in VALUES}
    return kind(**{**fields, **changes})


def requests(command: Command) -> tuple[AriRequest, ...]:
    return TRANSLATOR.requests_of(command)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_command_has_a_writer_and_is_written(kind: type[Command]) -> None:
    assert kind in WRITERS
    for request in requests(made(kind)):
        assert request.method in {"POST", "DELETE", "GET"}
        assert not request.uri.startswith("/")


def test_no_writer_is_for_a_command_that_does_not_exist() -> None:
    assert set(WRITERS) == set(ALL)


def test_an_agent_is_rung_in_one_request_that_carries_our_id() -> None:
    (request,) = requests(made(RingEndpoint, timeout_ms=20_001, display_name='Müller & "Söhne"'))
    assert (request.method, request.uri) == ("POST", f"channels/{LEG}")
    assert dict(request.query) == {
        "endpoint": "PJSIP/anna",
        "app": "fernamt",
        "originator": "node-1-1.1",
        "callerId": '"Müller & \\"Söhne\\"" <4930555>',
        "timeout": "21",
    }


def test_a_phone_is_told_to_answer_by_itself_in_the_words_of_both_kinds_of_phones() -> None:
    assert requests(made(RingEndpoint, phone_answers=False))[0].body is None
    (request,) = requests(made(RingEndpoint, phone_answers=True))
    assert request.body is not None
    assert json.loads(request.body)["variables"] == {
        "PJSIP_HEADER(add,Call-Info)": "<sip:fernamt.invalid>;answer-after=0",
        "PJSIP_HEADER(add,Alert-Info)": "<http://fernamt.invalid>;info=alert-autoanswer;delay=0",
    }


def test_a_join_puts_all_legs_in_at_once_and_keeps_the_phones_display() -> None:
    (request,) = requests(made(JoinBridge))
    assert dict(request.query) == {"channel": f"node-1-1.1,{LEG}", "inhibitConnectedLineUpdates": "true"}


def test_answered_elsewhere_leaves_no_missed_call_on_the_phone() -> None:
    assert requests(made(HangUp, cause=HangupCause.ANSWERED_ELSEWHERE))[0].query == (("reason", "answered_elsewhere"),)
    assert requests(made(HangUp, cause=HangupCause.BUSY))[0].query == (("reason_code", "17"),)


def test_a_caller_for_the_dialplan_is_subscribed_to_before_it_leaves_us() -> None:
    subscribe, leave = requests(made(HandToDialplan))
    assert subscribe.query == (("eventSource", f"channel:{LEG}"),)
    assert dict(leave.query) == {"context": "fernamt-fallback", "extension": "closed", "priority": "1"}


def test_a_refusal_sounds_other_than_a_confirmation() -> None:
    taken, refused = (requests(made(PlayTone, sound=None, is_confirmation=each)) for each in (True, False))
    assert taken[1].query != refused[1].query


@given(st.text(max_size=40), st.text(max_size=20))
def test_a_display_name_cannot_leave_its_quotes(name: str, number: str) -> None:
    shown = caller_id(name, number)
    assert shown.isprintable()
    inside = shown[1:].replace("\\\\", "").replace('\\"', "")
    assert inside.count('"') == 1


@given(st.text(min_size=1, max_size=40))
def test_an_id_is_one_segment_of_a_path_whatever_it_is(identifier: str) -> None:
    written = path(identifier)
    assert written.isascii()
    assert not set(written) & set("/?#& ")
    assert written not in {".", ".."}


def test_requests_are_encoded_as_asterisk_reads_them() -> None:
    from telephony.switch.asterisk.ari_wire import encode_request

    told = msgspec.json.decode(encode_request(AriRequest("PUT", "a/b", (("k", "v"),), body='{"x":1}'), "7"))
    assert told == {
        "type": "RESTRequest",
        "request_id": "7",
        "method": "PUT",
        "uri": "a/b",
        "query_strings": [{"name": "k", "value": "v"}],
        "content_type": "application/json",
        "message_body": '{"x":1}',
    }


def test_a_sequence_is_one_request_in_its_language_and_the_music_comes_after_it() -> None:
    play, music = TRANSLATOR.requests_of(made(commands.PlaySequence))
    assert play.uri == f"channels/{LEG}/play/{CALL}.playback.1"
    assert dict(play.query) == {"media": "sound:fernamt/ahead-1,sound:fernamt/patience", "lang": "de"}
    assert (music.uri, dict(music.query)) == (f"channels/{LEG}/moh", {"mohClass": "default"})
    assert len(TRANSLATOR.requests_of(made(commands.PlaySequence, music=None))) == 1


def test_a_number_is_read_back_digit_by_digit_between_its_words() -> None:
    play, music = requests(made(ReadNumberBack))
    media = ("callback-number", "digit-0", "digit-3", "digit-0", "digit-9", "callback-confirm")
    assert dict(play.query)["media"] == ",".join(f"sound:fernamt/{sound}" for sound in media)
    assert music.uri.endswith("/moh")


def test_no_text_made_of_a_read_back_shows_the_digits() -> None:
    assert "0309" not in repr(made(ReadNumberBack))


def test_an_agent_rung_before_anybody_is_on_the_line_gets_the_one_codec_of_all_legs() -> None:
    (ring,) = requests(made(RingEndpoint, caller_leg_id=None))
    query = dict(ring.query)
    assert query["formats"] == "alaw"
    assert "originator" not in query


def test_who_will_be_called_back_hears_goodbye_where_nobody_takes_them_for_served_by_the_machine() -> None:
    _, onward = requests(made(HandToDialplan, entry=DialplanEntry.CALLBACK))
    assert dict(onward.query) == {"context": "fernamt-callback", "extension": "callback", "priority": "1"}


def test_what_is_said_in_a_bridge_is_played_to_the_bridge_and_to_no_leg() -> None:
    (request,) = requests(made(commands.SayInBridge))
    assert request.uri.startswith("bridges/")
    assert dict(request.query) == {"media": "sound:fernamt/dial-busy"}


@pytest.mark.parametrize("variable", ["MIXMONITOR(0x1,filename)", "SHELL(ls)", "CHANNEL(pjsip,local_addr)", "", "A B", "${A}"])
def test_no_function_is_read_of_a_channel_but_the_one_we_need(variable: str) -> None:
    """One of them ends Asterisk, others do things."""
    with pytest.raises(SwitchError, match="only plain variables"):
        reading_of("c", variable)
    read = [reading_of("c", "FERNAMT_WAITING"), reading_of("c", "CHANNEL(audionativeformat)")]
    assert [each.query[0][1] for each in read] == ["FERNAMT_WAITING", "CHANNEL(audionativeformat)"]


def test_nothing_asks_for_a_variable_by_another_way() -> None:
    """Neither a file of the adapter nor one of the node's configuration names the function."""
    adapter = Path(translate.__file__).parent
    asks = [file.name for file in sorted(adapter.glob("*.py")) if re.search(r'"GET", f"[^"]*variable', file.read_text("utf-8"))]
    assert asks == ["translate.py"]
    files = [*(Path(__file__).parents[4] / "asterisk-conf").rglob("*.conf")]
    assert files
    assert not [file.name for file in files if "MIXMONITOR(" in file.read_text("utf-8")]
