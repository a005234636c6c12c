"""The rules that keep us honest and solvent, one by one: reference, number shown, cost, agent."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.outbound.asking import DialPurpose, Reference, ReferenceKind
from routing.outbound.cost import price_of
from routing.outbound.facts import (
    DialFacts,
    Spending,
)
from routing.outbound.rules import Brakes, Caps, OutboundRules
from routing.outbound.shown import AssignedTo
from telephony.errors import RefusalCode
from telephony.identifiers import SECOND, AgentId, Instant, ProjectId
from tests.unit.routing.outbound.asks import (
    ALL,
    BERLIN,
    CALLING,
    FRIDAY_AT_TEN,
    HANDING_ON,
    MOBILE,
    a_right,
    an_ask,
    ask,
    local,
    permitted,
    refused,
    the_centre,
)

purposes = st.sampled_from(ALL)


# -- 2 ---------------------------------------------------------------------------------------------------------------------


@given(purposes)
def test_without_a_reference_nobody_is_called(purpose: DialPurpose) -> None:
    assert refused(ask(an_ask(purpose, reference=None))) is RefusalCode.NO_REFERENCE
    assert refused(ask(an_ask(purpose, reference=Reference(kind=ReferenceKind.CALL, id="")))) is RefusalCode.NO_REFERENCE


@given(purposes, st.sampled_from(ReferenceKind))
def test_each_purpose_rests_on_its_own_kind_of_reference(purpose: DialPurpose, kind: ReferenceKind) -> None:
    own = an_ask(purpose).reference
    assert own is not None
    answer = ask(an_ask(purpose, reference=replace(own, kind=kind)))
    fits = kind is own.kind or (
        purpose is DialPurpose.MANUAL and kind not in (ReferenceKind.CALL, ReferenceKind.CALLBACK_REQUEST)
    )
    assert fits == (not hasattr(answer, "code"))


@given(st.integers(-3_600, 3_600))
def test_a_request_to_be_called_back_permits_until_it_expires(seconds: int) -> None:
    asked = an_ask(DialPurpose.CALLBACK)
    assert asked.reference is not None
    expires_at = Instant(asked.at + seconds * SECOND)
    answer = ask(replace(asked, reference=replace(asked.reference, expires_at=expires_at)))
    if seconds > 0:
        permitted(answer)
    else:
        assert refused(answer) is RefusalCode.REFERENCE_EXPIRED


def test_a_callback_needs_the_instant_of_the_request() -> None:
    reference = Reference(kind=ReferenceKind.CALLBACK_REQUEST, id="e1")
    assert refused(ask(an_ask(DialPurpose.CALLBACK, reference=reference))) is RefusalCode.NO_REFERENCE


@pytest.mark.parametrize("purpose", CALLING)
def test_a_project_that_does_not_say_so_calls_nobody_of_its_own_accord(purpose: DialPurpose) -> None:
    assert refused(ask(an_ask(purpose, project_id=ProjectId("service")))) is RefusalCode.OUTBOUND_NOT_PERMITTED


@pytest.mark.parametrize("purpose", [*HANDING_ON, DialPurpose.CALLBACK])
def test_every_project_calls_back_and_hands_on(purpose: DialPurpose) -> None:
    permitted(ask(an_ask(purpose, project_id=ProjectId("service"))))


def test_an_unknown_project_is_none() -> None:
    assert refused(ask(an_ask(project_id=ProjectId("gone")))) is RefusalCode.NO_SUCH_PROJECT
    assert refused(ask(an_ask(DialPurpose.TRANSFER, project_id=None))) is RefusalCode.NO_SUCH_PROJECT


# -- 4 ---------------------------------------------------------------------------------------------------------------------


@given(purposes, st.integers(-10, 10), st.integers(-10, 10))
def test_no_number_is_shown_outside_the_term_of_its_right(purpose: DialPurpose, begins: int, lasts: int) -> None:
    valid_from = Instant(FRIDAY_AT_TEN + begins * SECOND)
    right = a_right(valid_from=valid_from, valid_until=Instant(valid_from + lasts * SECOND))
    answer = ask(an_ask(purpose), centre=the_centre(right))
    if right.valid_from <= FRIDAY_AT_TEN < (right.valid_until or 0):
        permitted(answer)
    else:
        assert refused(answer) is RefusalCode.NO_RIGHT_TO_SHOW


def test_the_agents_number_goes_before_the_projects_the_clients_and_ours() -> None:
    rights = [
        a_right(),
        a_right("client", number="+493011", assigned_to=AssignedTo.CLIENT, assigned_id="acme", owner="acme"),
        a_right("project", number="+493012", assigned_to=AssignedTo.PROJECT, assigned_id="sales", owner="acme"),
        a_right("agent", number="+493013", assigned_to=AssignedTo.AGENT, assigned_id="anna"),
    ]
    seen = []
    while rights:
        shown = permitted(ask(an_ask(), centre=the_centre(*rights))).shown
        assert shown is not None
        seen.append(shown.right_id)
        rights.pop()
    assert seen == ["agent", "project", "client", "head-office"]


@pytest.mark.parametrize("purpose", HANDING_ON)
def test_who_is_handed_on_sees_nothing_of_the_agents_own_number(purpose: DialPurpose) -> None:
    agents = a_right("agent", number="+493013", assigned_to=AssignedTo.AGENT, assigned_id="anna")
    shown = permitted(ask(an_ask(purpose), centre=the_centre(agents, a_right()))).shown
    assert shown is not None
    assert shown.right_id == "head-office"


def test_a_clients_number_is_shown_for_that_client_alone() -> None:
    foreign = a_right("foreign", owner="other", assigned_to=AssignedTo.AGENT, assigned_id="anna")
    assert refused(ask(an_ask(), centre=the_centre(foreign))) is RefusalCode.NO_RIGHT_TO_SHOW


# -- 9 ---------------------------------------------------------------------------------------------------------------------


money = st.integers(0, 60_000_000)


@given(purposes, money, money, money, st.sampled_from([BERLIN, MOBILE, "+33142685300"]))
def test_what_is_set_aside_never_passes_a_cap(purpose: DialPurpose, agent: int, client: int, centre: int, number: str) -> None:
    rules = OutboundRules(
        per_agent=Caps(cost_micros=20_000_000, calls=10),
        per_client=Caps(cost_micros=40_000_000, calls=10),
        in_all=Caps(cost_micros=50_000_000, calls=10),
    )
    facts = DialFacts(
        of_agent=Spending(cost_micros=agent), of_client=Spending(cost_micros=client), of_centre=Spending(cost_micros=centre)
    )
    answer = ask(an_ask(purpose), number, facts, replace(the_centre(), outbound=rules))
    left = min(20_000_000 - agent, 40_000_000 - client, 50_000_000 - centre)
    if hasattr(answer, "code"):
        assert refused(answer) is RefusalCode.COST_CAP_REACHED
        return
    given_permit = permitted(answer)
    assert given_permit.cost_limit_micros <= left
    minutes = -(-given_permit.max_duration_ms // 60_000)
    assert minutes * given_permit.rate_micros == given_permit.cost_limit_micros


def test_a_begun_minute_costs_a_whole_one() -> None:
    assert [price_of(talked_ms, 7) for talked_ms in (0, 1, 60_000, 60_001)] == [0, 7, 7, 14]


def test_a_clients_own_caps_go_before_the_centres() -> None:
    centre = the_centre()
    client = replace(next(iter(centre.clients.values())), caps=Caps(cost_micros=0, calls=10))
    answer = ask(an_ask(), centre=replace(centre, clients={client.client_id: client}))
    assert refused(answer) is RefusalCode.COST_CAP_REACHED


@pytest.mark.parametrize("whose", ["of_agent", "of_client", "of_centre"])
def test_calls_a_day_are_capped(whose: str) -> None:
    facts = DialFacts(**{whose: Spending(calls=10**6)})
    assert refused(ask(an_ask(), facts=facts)) is RefusalCode.CALL_CAP_REACHED


@given(st.integers(0, 1_000_000), st.integers(0, 1_000_000))
def test_a_tasks_budget_is_a_cap_of_its_own(budget: int, spent: int) -> None:
    reference = Reference(kind=ReferenceKind.TASK, id="t1", budget_micros=budget)
    answer = ask(an_ask(reference=reference), facts=DialFacts(spent_on_reference_micros=spent))
    if budget - spent < 20_000:
        assert refused(answer) is RefusalCode.BUDGET_SPENT
    else:
        assert permitted(answer).cost_limit_micros <= budget - spent


@given(purposes, st.integers(0, 20))
def test_a_burst_is_braked(purpose: DialPurpose, calls: int) -> None:
    answer = ask(an_ask(purpose), facts=DialFacts(calls_of_agent_in_burst=calls))
    assert (calls < Brakes().burst_calls) == (not hasattr(answer, "code"))


@given(purposes, st.integers(0, 5), st.booleans())
def test_few_new_countries_a_day(purpose: DialPurpose, new: int, is_known: bool) -> None:
    facts = DialFacts(new_countries_today=new, countries=frozenset({"FR"} if is_known else ()))
    answer = ask(an_ask(purpose), "+33142685300", facts)
    assert (is_known or new < Brakes().new_countries_per_day) == (not hasattr(answer, "code"))
    permitted(ask(an_ask(purpose), BERLIN, facts))


@given(st.integers(0, 10))
def test_few_calls_at_night(calls: int) -> None:
    answer = ask(an_ask(DialPurpose.TRANSFER, at=local("2026-11-20 23:30")), facts=DialFacts(calls_of_agent_at_night=calls))
    assert (calls < Brakes().calls_at_night) == (not hasattr(answer, "code"))
    permitted(ask(an_ask(DialPurpose.TRANSFER), facts=DialFacts(calls_of_agent_at_night=calls)))


@pytest.mark.parametrize("purpose", [*CALLING, DialPurpose.CALLBACK])
def test_an_agent_has_one_call(purpose: DialPurpose) -> None:
    assert refused(ask(an_ask(purpose), facts=DialFacts(open_calls_of_agent=1))) is RefusalCode.IN_ANOTHER_CALL


# -- 10 --------------------------------------------------------------------------------------------------------------------


@given(st.sampled_from([*HANDING_ON, *CALLING, DialPurpose.CALLBACK]))
def test_without_an_agent_who_is_there_nobody_is_rung(purpose: DialPurpose) -> None:
    assert refused(ask(an_ask(purpose, holds_agent=False))) is RefusalCode.NO_AGENT_RESERVED
    assert refused(ask(an_ask(purpose, agent_id=None))) is RefusalCode.NO_AGENT_RESERVED
    assert refused(ask(an_ask(purpose, agent_id=AgentId("nobody")))) is RefusalCode.NO_SUCH_AGENT


@pytest.mark.parametrize("purpose", [*CALLING, DialPurpose.CALLBACK])
def test_the_agent_is_certified(purpose: DialPurpose) -> None:
    centre = the_centre()
    agent = replace(centre.agents[AgentId("anna")], certificates=frozenset())
    answer = ask(an_ask(purpose), centre=replace(centre, agents={agent.agent_id: agent}))
    assert refused(answer) is RefusalCode.AGENT_NOT_ELIGIBLE
