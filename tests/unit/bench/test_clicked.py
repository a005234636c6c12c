"""What the bench of open lines reads from the wire."""

from bench.clicked import _answered, _clicks, _dialled, _heard, voice_of
from bench.wire import Packet, SipSeen

WEB, MANAGER, CARRIER, LINE = 8080, 5038, 5070, 5060
NUMBER, OTHER = "+491713920000", "491723920000"
ANNA, BEN = voice_of("anna"), voice_of("ben")


def tcp(at_us: int, target: int, payload: bytes, source: int = 40_000) -> Packet:
    return Packet(at_us, source, target, 1, payload)


def voice(at_us: int, sound: bytes, source: int = 10_000) -> Packet:
    return Packet(at_us, source, 20_000, -1, bytes(12) + sound)


def sip(at_us: int, first: str, *, call_id: str = "c", asked_of: str = "", source: int = LINE) -> SipSeen:
    target = CARRIER if source == LINE else LINE
    return SipSeen(at_us, source, target, first, call_id, "1 INVITE", asked_of, "")


def test_a_click_is_the_first_packet_of_its_request_and_not_the_one_with_the_number() -> None:
    packets = [
        tcp(100, WEB, b"POST /api/v1/calls HTTP/1.1\r\n\r\n"),
        tcp(150, WEB, b"POST /api/v1/calls HTTP/1.1\r\n\r\n", source=40_001),
        tcp(200, WEB, f'{{"number": "{NUMBER}"}}'.encode()),
        tcp(300, MANAGER, f"Channel: PJSIP/line/sip:{OTHER}@127.0.0.1".encode()),
    ]
    assert _clicks(packets, WEB, MANAGER) == {NUMBER: 100, OTHER: 300}


def test_only_the_first_invite_for_a_number_counts_and_only_one_that_was_asked_for() -> None:
    seen = [sip(5_100, "INVITE", asked_of=NUMBER), sip(9_100, "INVITE", asked_of=NUMBER), sip(9_200, "INVITE", asked_of="x")]
    assert _dialled(seen, CARRIER, {NUMBER: 100}) == {NUMBER: 5.0}


def test_the_answer_is_the_callees_first_200() -> None:
    answer = "SIP/2.0 200 OK"
    seen = [
        sip(1, "INVITE", asked_of=NUMBER),
        sip(2, "SIP/2.0 180 Ringing", source=CARRIER),
        sip(3, answer, source=CARRIER),
        sip(4, answer, source=CARRIER),
    ]
    assert _answered(seen, CARRIER) == {NUMBER: 3}


def test_heard_is_this_agents_voice_in_this_call_after_the_answer() -> None:
    voices = [voice(500, ANNA), voice(1_100, BEN), voice(1_200, ANNA, source=10_002), voice(9_000, ANNA)]
    assert _heard(voices, {NUMBER: 1_000}, {NUMBER: (10_000, ANNA)}) == [8.0]
    assert _heard(voices, {NUMBER: 10_000}, {NUMBER: (10_000, ANNA)}) == []
