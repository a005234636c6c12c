"""Our numbers in whatever form the trunk delivers them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.did_table import Malformed, MalformedReason, OurNumber, look_up
from routing.entry import admit
from telephony.causes import EndReason
from telephony.events import CallAdmitted, CallTurnedAway, LegOffered, NumberFacts
from telephony.identifiers import CallId, LegId, PartyId, TrunkId
from tests.unit.routing.centre import T0, a_centre, a_project

CENTRE = a_centre([a_project("shop"), a_project("rome")], [], {"+4930123456": "shop", "+390612345678": "rome"})

NUMBER = NumberFacts(number_class="mobile", country="DE", masked="+49 1** **", metadata_version="1")


@pytest.mark.parametrize(
    "written",
    [
        "+4930123456",
        "004930123456",
        "4930123456",
        "030123456",
        "30123456",
        "+49 30 123456",
        "+49 (0)30 / 123-456",
        "0049 (0) 30 123456".replace("(0) ", "(0)"),
        "030/123456",
        " 030.123.456 ",
    ],
)
def test_every_written_form_leads_to_the_project(written: str) -> None:
    assert look_up(CENTRE, written) == OurNumber(did="+4930123456", project_id="shop")  # type: ignore[arg-type]


def test_a_country_that_keeps_its_zero_abroad_is_found_from_abroad() -> None:
    for written in ("+390612345678", "00390612345678", "390612345678"):
        found = look_up(CENTRE, written)
        assert isinstance(found, OurNumber)
        assert found.project_id == "rome"


@pytest.mark.parametrize("written", ["+4930123457", "030123", "110", "0", "00", "+49"])
def test_a_number_that_is_not_ours_is_unknown(written: str) -> None:
    assert look_up(CENTRE, written) is None


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", MalformedReason.EMPTY),
        ("  ", MalformedReason.EMPTY),
        ("+", MalformedReason.EMPTY),
        ("anna", MalformedReason.NOT_DIGITS),
        ("030x123456", MalformedReason.NOT_DIGITS),
        ("+49+30123456", MalformedReason.NOT_DIGITS),
        ("٠٣٠١٢٣٤٥٦", MalformedReason.NOT_DIGITS),
        ("030123456\r\nX: y", MalformedReason.NOT_DIGITS),
        ("*43", MalformedReason.NOT_DIGITS),
        ("1" * 21, MalformedReason.TOO_LONG),
        ("1" * 4_000, MalformedReason.TOO_LONG),
    ],
)
def test_what_is_no_number_is_malformed_and_says_why(written: str, reason: MalformedReason) -> None:
    assert look_up(CENTRE, written) == Malformed(reason=reason)


@given(st.text(max_size=60))
def test_no_text_makes_the_look_up_fail(written: str) -> None:
    assert isinstance(look_up(CENTRE, written), OurNumber | Malformed | None)


def offered(dnis: str) -> LegOffered:
    return LegOffered(leg_id=LegId("c1"), trunk_id=TrunkId("trunk"), dnis=dnis, party_id=PartyId("p1"), caller=NUMBER)


def test_an_admitted_call_carries_the_number_as_configured_and_a_malformed_one_is_turned_away() -> None:
    def at_the_door(dnis: str) -> CallAdmitted | CallTurnedAway:
        return admit(CENTRE, CallId("c1"), offered(dnis), T0)

    admitted, malformed, unknown = at_the_door("004930123456"), at_the_door("anna"), at_the_door("030999")
    assert isinstance(admitted, CallAdmitted)
    assert admitted.did == "+4930123456"
    assert isinstance(malformed, CallTurnedAway)
    assert malformed.reason is EndReason.MALFORMED
    assert isinstance(unknown, CallTurnedAway)
    assert unknown.reason is EndReason.UNKNOWN_DID
