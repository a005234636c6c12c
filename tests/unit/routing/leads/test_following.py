"""What the journal tells of a lead's call, and what that makes of the lead."""

from routing.entry import terms_of
from routing.leads.following import LeadCall, Said, call_in, said_of
from telephony.causes import EndReason
from telephony.dialling import CallPlaced, DialReference
from telephony.events import CallEnded, Envelope, Event, NumberFacts, WrapUpCodeChosen
from telephony.identifiers import AgentId, CallId, EventId, Instant, PartyId, ProjectId, WrapUpCode
from tests.unit.routing.centre import a_project

CALL, SOLD, LATER = CallId("c1"), WrapUpCode("sold"), WrapUpCode("later")
SALES, ANNA = ProjectId("sales"), AgentId("anna")


def placed(kind: str = "lead", name: str = "7") -> CallPlaced:
    return CallPlaced(
        call_id=CALL,
        placed_by=ANNA,
        party_id=PartyId("p"),
        number=NumberFacts(number_class="mobile", country="DE", masked="…", metadata_version="1"),
        reference=DialReference(kind=kind, id=name),
        terms=terms_of(a_project("sales")),
    )


def told(*events: Event) -> LeadCall | None:
    return call_in(
        Envelope(seq=n, event_id=EventId(f"e{n}"), occurred_at=Instant(n), received_at=Instant(n), event=event, call_id=CALL)
        for n, event in enumerate(events, 1)
    )


def chosen(code: WrapUpCode) -> WrapUpCodeChosen:
    return WrapUpCodeChosen(agent_id=ANNA, call_id=CALL, wrap_up_code=code)


ENDED = CallEnded(call_id=CALL, end_reason=EndReason.CALLEE_HUNG_UP)


def test_only_a_call_that_rests_on_a_lead_is_a_leads() -> None:
    assert told(placed("task", "7"), ENDED) is None
    assert told(placed(name="x7"), ENDED) is None
    call = told(placed())
    assert call is not None
    assert (call.lead_id, call.agents, call.project_id, call.ended_at) == (7, (ANNA,), SALES, None)


def test_the_code_chosen_last_counts_before_the_end_and_after_it() -> None:
    call = told(placed(), chosen(LATER), ENDED, chosen(SOLD))
    assert call is not None
    assert (call.code, call.ended_at) == (SOLD, 3)
    assert said_of(call, (), Instant(9)) == Said(at=Instant(3), code=SOLD)
