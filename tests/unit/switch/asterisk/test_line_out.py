"""A party outside is dialled by the trunk, with the number shown where the carrier reads it; nothing but digits is dialled."""

import json
from dataclasses import replace

import pytest
from msgspec import structs

from telephony.commands import DialOutside
from telephony.identifiers import CallId, LegId, PartyId, SwitchName
from telephony.switch.asterisk.line_out import is_number, request_of
from telephony.switch.asterisk.settings import LineOut
from telephony.switch.asterisk.translate import Translator

CALL = CallId("018f0000-0000-7000-8000-000000000001")
SHOWN = "+493055501"
NUMBER = "+4917139200"


def command(number: str = NUMBER, shown: str | None = SHOWN, *, is_emergency: bool = False) -> DialOutside:
    return DialOutside(
        call_id=CALL,
        switch=SwitchName("n"),
        leg_id=LegId(f"{CALL}.outsider.1"),
        party_id=PartyId("p1"),
        caller_leg_id=LegId("node-1-1.1"),
        shown=shown,
        timeout_ms=30_500,
        is_emergency=is_emergency,
        number=number,
    )


def line(shows_in: str) -> LineOut:
    return LineOut(trunk="carrier", host="sip.carrier.example", account="pilot", shows_in=shows_in)


def test_the_number_is_dialled_by_the_trunk_under_our_id() -> None:
    request = request_of(command(), line("from"), app="fernamt")
    assert request is not None
    assert (request.method, request.uri) == ("POST", f"channels/{CALL}.outsider.1")
    assert dict(request.query) == {
        "endpoint": "PJSIP/carrier/sip:+4917139200@sip.carrier.example:5060",
        "app": "fernamt",
        "originator": "node-1-1.1",
        "callerId": "<+493055501>",
        "timeout": "31",
    }
    assert request.body is None


@pytest.mark.parametrize(("shows_in", "sender"), [("asserted", "<pilot>"), ("both", f"<{SHOWN}>")])
def test_the_number_shown_is_asserted_where_the_carrier_reads_it_there(shows_in: str, sender: str) -> None:
    request = request_of(command(), line(shows_in), app="fernamt")
    assert request is not None
    assert dict(request.query)["callerId"] == sender
    assert request.body is not None
    variables = json.loads(request.body)["variables"]
    assert variables == {"PJSIP_HEADER(add,P-Asserted-Identity)": "<sip:+493055501@sip.carrier.example>"}


def test_a_caller_sent_on_is_told_with_the_number_they_had_dialled_only_where_the_profile_says_so() -> None:
    sent_on = structs.replace(command(), diverted_from="+493055502")
    silent = request_of(sent_on, line("from"), app="fernamt")
    assert silent is not None
    assert silent.body is None
    telling = replace(line("both"), tells_diversion=True)
    request = request_of(sent_on, telling, app="fernamt")
    assert request is not None
    assert json.loads(request.body or "")["variables"] == {
        "PJSIP_HEADER(add,P-Asserted-Identity)": "<sip:+493055501@sip.carrier.example>",
        "PJSIP_HEADER(add,Diversion)": "<sip:+493055502@sip.carrier.example>;reason=deflection",
    }
    odd = request_of(structs.replace(sent_on, diverted_from="unknown>;x"), replace(line("from"), tells_diversion=True), app="f")
    assert odd is not None
    assert odd.body is None


@pytest.mark.parametrize("number", ["", "+", "anna", "1@elsewhere", "+49/sip:x", "0171,2", "1" * 16, "+49 171", "１２"])
def test_what_is_no_number_is_not_dialled(number: str) -> None:
    assert not is_number(number)
    assert request_of(command(number), line("from"), app="fernamt") is None


def test_a_carrier_at_an_ipv6_address_is_dialled_and_named_in_brackets() -> None:
    carrier = LineOut(trunk="carrier", host="2001:db8::9", account="pilot", shows_in="asserted")
    request = request_of(command(), carrier, app="fernamt")
    assert request is not None
    assert dict(request.query)["endpoint"].endswith("@[2001:db8::9]:5060")
    assert "@[2001:db8::9]>" in str(request.body)


def test_what_is_no_number_is_not_shown() -> None:
    assert request_of(command(shown="anna"), line("from"), app="fernamt") is None


def test_the_number_stands_in_no_text_made_of_the_command() -> None:
    assert NUMBER not in repr(command())


@pytest.mark.parametrize(("emergency_line", "trunk"), [(LineOut(trunk="rescue", host="192.0.2.9"), "rescue"), (None, "carrier")])
def test_a_control_room_is_dialled_by_the_line_for_it_where_there_is_one(emergency_line: LineOut | None, trunk: str) -> None:
    translator = Translator(call_app="fernamt", line_out=line("from"), emergency_line=emergency_line)
    (request,) = translator.requests_of(command("112", is_emergency=True))
    assert dict(request.query)["endpoint"].startswith(f"PJSIP/{trunk}/sip:112@")
    (request,) = translator.requests_of(command())
    assert dict(request.query)["endpoint"].startswith("PJSIP/carrier/")
