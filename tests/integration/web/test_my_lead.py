"""Leads on an agent's desk: given out, shown without a number, dialled once, skipped with a reason, promised a call."""

from dataclasses import replace

from routing.entry import terms_of
from routing.outbound.rules import ProjectOutbound
from telephony.dialling import CallPlaced, DialReference, DialRequested
from telephony.events import Envelope, NumberFacts
from telephony.identifiers import AgentId, CallId, EventId, Instant, PartyId, ProjectId
from tests.integration.web.edge import World
from tests.integration.web.memory_leads import ANNAS_LEAD

API = "/api/v1"
ACME = ProjectId("acme-service")


def calls_people(world: World) -> None:
    """The project of acme's list calls people."""
    current = world.directory.current
    project = replace(current.projects[ACME], outbound=ProjectOutbound(preview_limit_ms=90_000))
    world.directory.current = replace(current, projects={**current.projects, ACME: project})


def has_a_lead(world: World, agent: str = "anna") -> None:
    calls_people(world)
    world.lead_calls.owner = AgentId(agent)


def begin_the_call(world: World) -> None:
    """The call of Anna's lead has begun."""
    placed = CallPlaced(
        call_id=CallId(ANNAS_LEAD),
        placed_by=AgentId("anna"),
        party_id=PartyId("p"),
        number=NumberFacts(number_class="landline", country="DE", masked="+49 30 •••", metadata_version="1"),
        reference=DialReference(kind="lead", id="7"),
        terms=terms_of(world.directory.current.projects[ACME]),
    )
    told = Envelope(
        seq=1,
        event_id=EventId("e1"),
        occurred_at=Instant(1),
        received_at=Instant(1),
        event=placed,
        call_id=placed.call_id,
    )
    world.journal.envelopes.append(told)


async def test_an_agent_sees_the_lists_they_may_call_and_no_others(world: World) -> None:
    assert await world.ask("GET", f"{API}/my-lead-lists", by="anna") == (200, {"items": []})
    calls_people(world)
    _, seen = await world.ask("GET", f"{API}/my-lead-lists", by="anna")
    [acme] = seen["items"]
    assert (acme["list_id"], acme["left"], acme["is_progressive"]) == ("list-acme", 3, False)
    _, seen = await world.ask("GET", f"{API}/my-lead-lists", by="carla")
    assert seen["items"] == []


async def test_the_next_lead_is_shown_without_its_numbers_and_lasts_as_long_as_the_project_says(world: World) -> None:
    calls_people(world)
    status, said = await world.ask("POST", f"{API}/lead-lists/list-acme/next", by="anna")
    assert (status, said["lead"]["name"], said["lead"]["fields"]) == (200, "Erika Muster", {"tariff": "M"})
    assert [each["is_next"] for each in said["lead"]["numbers"]] == [False, True]
    assert "23125" not in str(said)
    assert [lease_ms for _, lease_ms in world.lead_claims.asked] == [90_000]


async def test_who_may_not_work_for_the_project_gets_no_lead_of_it(world: World) -> None:
    assert await world.ask("POST", f"{API}/lead-lists/list-acme/next", by="anna") == (200, {"lead": None})
    calls_people(world)
    assert (await world.ask("POST", f"{API}/lead-lists/list-acme/next", by="carla"))[0] == 404
    assert world.lead_claims.asked == []
    assert (await world.ask("POST", f"{API}/lead-lists/nothing/next", by="anna"))[0] == 404


async def test_who_has_a_lead_is_shown_that_one_whatever_list_they_ask(world: World) -> None:
    has_a_lead(world)
    _, said = await world.ask("POST", f"{API}/lead-lists/list-bolt/next", by="anna")
    assert (said["lead"]["list_id"], said["lead"]["call_id"]) == ("list-acme", ANNAS_LEAD)


async def test_a_lead_is_dialled_under_its_claim_by_the_number_chosen_and_for_what_its_list_is(world: World) -> None:
    has_a_lead(world)
    status, said = await world.ask("POST", f"{API}/my-lead/dial", by="anna")
    assert (status, said) == (200, {"call_id": ANNAS_LEAD})
    (request,) = world.intents.asked
    assert isinstance(request, DialRequested)
    assert (request.call_id, request.reference.kind, request.reference.id) == (ANNAS_LEAD, "lead", "7")
    assert (request.reference.work, request.reference.callee) == ("service", "consumer")
    assert "23125" not in repr(request)
    [party] = world.intents.parties
    assert party.number == "+493023125101"


async def test_a_lead_dialled_twice_is_one_call_and_is_not_skipped_any_more(world: World) -> None:
    has_a_lead(world)
    begin_the_call(world)
    assert await world.ask("POST", f"{API}/my-lead/dial", by="anna") == (200, {"call_id": ANNAS_LEAD})
    assert world.intents.asked == []
    status, problem = await world.ask("POST", f"{API}/my-lead/skip", by="anna", json={"reason": "no"})
    assert (status, problem["code"]) == (409, "not_open")


async def test_who_lost_the_lead_meanwhile_does_not_dial_it(world: World) -> None:
    has_a_lead(world)
    world.lead_claims.is_kept = False
    assert (await world.ask("POST", f"{API}/my-lead/dial", by="anna"))[0] == 404
    assert world.intents.asked == []


async def test_a_lead_is_skipped_with_a_reason_and_promised_a_call_in_the_future(world: World) -> None:
    has_a_lead(world)
    assert (await world.ask("POST", f"{API}/my-lead/skip", by="anna", json={}))[0] == 422
    assert (await world.ask("POST", f"{API}/my-lead/skip", by="anna", json={"reason": "speaks only Danish"}))[0] == 204
    past = {"at": "2020-01-01T10:00:00Z"}
    assert (await world.ask("POST", f"{API}/my-lead/promise", by="anna", json=past))[1]["code"] == "too_soon"
    assert (await world.ask("POST", f"{API}/my-lead/promise", by="anna", json={"at": "2030-01-01T10:00:00Z"}))[0] == 204
    _, seen = await world.ask("GET", f"{API}/my-lead", by="anna")
    assert (seen["lead"]["promised_at"], seen["lead"]["is_own_promise"]) == ("2030-01-01T10:00:00Z", True)
    assert world.lead_calls.said == [("speaks only Danish", ANNAS_LEAD), ("promise", ANNAS_LEAD)]


async def test_nobody_says_anything_of_somebody_elses_lead(world: World) -> None:
    has_a_lead(world, "ben")
    assert await world.ask("GET", f"{API}/my-lead", by="anna") == (200, {"lead": None})
    for path, body in (("dial", None), ("skip", {"reason": "x"}), ("promise", {"at": "2030-01-01T10:00:00Z"})):
        assert (await world.ask("POST", f"{API}/my-lead/{path}", by="anna", json=body))[0] == 404
    assert world.lead_calls.said == []
