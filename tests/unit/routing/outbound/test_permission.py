"""What is permitted, what an emergency is, and the order of the rules of a call outside."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from routing.outbound.asking import DialPurpose
from routing.outbound.facts import (
    Covers,
    DialFacts,
    DoNotCall,
    ListOwner,
    NumberHistory,
    Spending,
)
from routing.outbound.rules import Caps, OutboundRules
from telephony.errors import RefusalCode
from telephony.identifiers import Instant, LegId, ProjectId
from tests.unit.routing.outbound.asks import (
    ADVERTISING,
    ALL,
    BERLIN,
    CONSENT,
    FRIDAY_AT_TEN,
    a_right,
    an_ask,
    ask,
    local,
    permitted,
    refused,
    the_centre,
)

purposes = st.sampled_from(ALL)
BAD = DialFacts(
    was_permitted=True,
    do_not_call=(DoNotCall(owner=ListOwner.CENTRE, covers=Covers.EVERYTHING, added_at=FRIDAY_AT_TEN),),
    history=NumberHistory(today=99, in_total=99, last_at=FRIDAY_AT_TEN),
    of_agent=Spending(calls=10**9, cost_micros=10**15),
    of_client=Spending(calls=10**9, cost_micros=10**15),
    of_centre=Spending(calls=10**9, cost_micros=10**15),
    open_calls_of_agent=9,
    calls_of_agent_in_burst=99,
    calls_of_agent_at_night=99,
)


@given(purposes)
def test_with_everything_in_order_every_purpose_is_permitted(purpose: DialPurpose) -> None:
    given_permit = permitted(ask(an_ask(purpose)))
    assert given_permit.shown is not None
    assert given_permit.shown.number == "+493055500"
    assert given_permit.leg_id == "call-1.outside.1"
    assert given_permit.cost_limit_micros == 120 * given_permit.rate_micros
    assert given_permit.max_duration_ms < 120 * 60_000
    assert given_permit.callee.metadata_version


def test_a_leg_is_permitted_once() -> None:
    assert refused(ask(an_ask(), facts=DialFacts(was_permitted=True))) is RefusalCode.ALREADY_DIALLED


@given(purposes, st.sampled_from(["110", "112", "+49112", "0049110"]), st.booleans())
def test_an_emergency_number_is_never_refused(purpose: DialPurpose, number: str, has_right: bool) -> None:
    centre = the_centre(*([a_right()] if has_right else [a_right(valid_until=Instant(1))]))
    asked = an_ask(
        purpose, reference=None, agent_id=None, holds_agent=False, project_id=ProjectId("none"), at=local("2026-11-22 03:00")
    )
    answer = permitted(ask(asked, number, BAD, centre))
    assert answer.is_emergency
    assert (answer.shown is not None) is has_right


def test_the_first_broken_rule_is_told() -> None:
    """Everything is wrong at first; put right one by one, the codes come in the order of the rules."""
    rules = OutboundRules(per_agent=Caps(cost_micros=50_000_000, calls=0))
    asked = an_ask(DialPurpose.PREVIEW, reference=None, holds_agent=False, at=local("2026-11-22 12:00"))
    facts = replace(BAD, consent=None)
    centre = replace(the_centre(a_right(valid_until=Instant(1)), outbound=ADVERTISING), outbound=rules)
    number, seen = "0900 1234567", []

    def look() -> None:
        seen.append(refused(ask(asked, number, facts, centre)))

    look()
    facts = replace(facts, was_permitted=False)
    look()
    asked = replace(asked, reference=an_ask(DialPurpose.PREVIEW).reference)
    look()
    number = BERLIN
    look()
    centre = replace(the_centre(outbound=ADVERTISING), outbound=rules)
    look()
    facts = replace(facts, consent=CONSENT)
    look()
    facts = replace(facts, do_not_call=())
    look()
    asked = replace(asked, at=FRIDAY_AT_TEN)
    look()
    facts = replace(facts, history=NumberHistory())
    look()
    facts = replace(facts, of_agent=Spending(), of_client=Spending(), of_centre=Spending())
    look()
    centre = replace(centre, outbound=OutboundRules())
    look()
    facts = replace(facts, calls_of_agent_in_burst=0)
    look()
    facts = replace(facts, open_calls_of_agent=0)
    look()
    asked = replace(asked, holds_agent=True, leg_id=LegId("call-1.outside.2"))
    permitted(ask(asked, number, facts, centre))
    assert seen == [
        RefusalCode.ALREADY_DIALLED,
        RefusalCode.NO_REFERENCE,
        RefusalCode.NUMBER_CLASS_REFUSED,
        RefusalCode.NO_RIGHT_TO_SHOW,
        RefusalCode.NO_CONSENT,
        RefusalCode.ON_DO_NOT_CALL_LIST,
        RefusalCode.OUTSIDE_CALLING_HOURS,
        RefusalCode.CALLED_TOO_OFTEN,
        RefusalCode.COST_CAP_REACHED,
        RefusalCode.CALL_CAP_REACHED,
        RefusalCode.CALLS_TOO_FAST,
        RefusalCode.IN_ANOTHER_CALL,
        RefusalCode.NO_AGENT_RESERVED,
    ]
