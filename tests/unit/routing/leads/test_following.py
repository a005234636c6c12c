"""What the journal tells of a lead's call, and what that makes of the lead."""

import pytest

from routing.entry import terms_of
from routing.leads.following import LeadCall, Said, call_in, said_of, verdict_on
from routing.outbound.facts import Outcome
from routing.outbound.settling import Verdict
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
    said = said_of(call, {(SALES, SOLD): Verdict.DONE}, Instant(9))
    assert (said.at, said.code, said.verdict) == (3, SOLD, Verdict.DONE)
    assert said_of(call, {(ProjectId("other"), SOLD): Verdict.DONE}, Instant(9)).verdict is None


@pytest.mark.parametrize(
    ("verdict", "code", "outcome", "is_promised", "becomes"),
    [
        (Verdict.DO_NOT_CALL, SOLD, Outcome.ANSWERED, True, Verdict.DO_NOT_CALL),
        (Verdict.DONE, SOLD, None, False, Verdict.DONE),
        (None, None, Outcome.BUSY, True, Verdict.CALL_BACK),
        (Verdict.RETRY, LATER, Outcome.ANSWERED, True, Verdict.CALL_BACK),
        (Verdict.CALL_BACK, LATER, Outcome.ANSWERED, False, Verdict.CALL_BACK),
        (Verdict.RETRY, LATER, Outcome.ANSWERED, False, Verdict.RETRY),
        (None, SOLD, Outcome.ANSWERED, False, Verdict.DONE),
        (None, None, Outcome.ANSWERED, False, Verdict.RETRY),
        (None, SOLD, Outcome.UNCLEAR, False, Verdict.RETRY),
        (None, None, Outcome.NO_ANSWER, False, Verdict.RETRY),
        (None, None, None, False, Verdict.SKIPPED),
        (Verdict.RETRY, LATER, None, False, Verdict.SKIPPED),
    ],
)
def test_a_persons_word_goes_before_the_networks(
    verdict: Verdict | None, code: WrapUpCode | None, outcome: Outcome | None, is_promised: bool, becomes: Verdict
) -> None:
    assert verdict_on(Said(at=Instant(1), code=code, verdict=verdict), outcome, is_promised=is_promised) is becomes
