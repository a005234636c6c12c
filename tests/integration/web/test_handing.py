"""What an agent asks for beyond holding: each route submits its request, in the agent's own name."""

from typing import Any

import pytest
from msgspec.structs import replace

from routing.explain import Hindrance
from telephony.agent.evidence import Absence
from telephony.agent.model import AgentState
from telephony.errors import Refusal, RefusalCode
from telephony.events import CallRequest
from telephony.identifiers import CallId
from telephony.transfers import (
    CancelRequested,
    CompleteRequested,
    ConferenceRequested,
    ConsultRequested,
    HandOnRequest,
    LeaveRequested,
    ParkRequested,
    PickUpRequested,
    SwapRequested,
    TransferRequested,
)
from tests.integration.web.edge import World
from tests.integration.web.memory import a_call_row

CALL = "00000000-0000-7000-8000-00000000aaaa"


def talking(world: World, **changes: Any) -> None:
    world.floor.call_rows[CallId(CALL)] = replace(a_call_row(CALL, client="acme", agent="anna"), **changes)


async def asked(world: World, path: str, body: Any = None, by: str = "anna") -> tuple[int, Any]:
    return await world.ask("POST", f"/api/v1/{path}", by=by, json=body)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("complete", CompleteRequested),
        ("cancel", CancelRequested),
        ("swap", SwapRequested),
        ("conference", ConferenceRequested),
        ("leave", LeaveRequested),
        ("park", ParkRequested),
    ],
)
async def test_each_act_is_the_request_of_its_name(world: World, path: str, kind: type[CallRequest]) -> None:
    talking(world)
    assert (await asked(world, f"calls/{CALL}/{path}"))[0] == 204
    (request,) = world.intents.asked
    assert type(request) is kind
    assert (request.call_id, request.agent_id, request.by) == (CALL, "anna", world.user("anna").user_id)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"agent_id": "ben"}, ("ben", None, None)),
        ({"project_id": "acme-service"}, (None, "acme-service", None)),
        ({"department": "Technik"}, (None, None, "Technik")),
    ],
)
async def test_a_transfer_names_who_gets_the_caller(world: World, body: dict[str, str], fields: tuple[str | None, ...]) -> None:
    talking(world)
    assert (await asked(world, f"calls/{CALL}/transfer", body))[0] == 204
    (request,) = world.intents.asked
    assert isinstance(request, TransferRequested)
    assert (request.to_agent_id, request.to_project_id, request.to_department) == fields
    assert request.to_party_id is None


@pytest.mark.parametrize("path", ["transfer", "consult"])
async def test_a_number_goes_into_the_person_store_and_the_request_names_its_id(world: World, path: str) -> None:
    talking(world)
    assert (await asked(world, f"calls/{CALL}/{path}", {"number": "+49 30 123456"}))[0] == 204
    (request,), (party,) = world.intents.asked, world.intents.parties
    assert isinstance(request, HandOnRequest)
    assert request.to_party_id == party.party_id
    assert party.number == "+49 30 123456"
    assert "123456" not in repr(request) + repr(party)


async def test_what_the_desk_refuses_is_told_to_who_asked(world: World) -> None:
    talking(world)
    world.intents.refusal = Refusal(code=RefusalCode.NUMBER_CLASS_REFUSED)
    status, problem = await asked(world, f"calls/{CALL}/transfer", {"number": "0900 123456"})
    assert (status, problem["code"]) == (403, "number_class_refused")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"agent_id": "ben", "project_id": "acme-service"},
        {"agent_id": "ben", "number": "+4930123456"},
        {"number": "x"},
        {"department": ""},
    ],
)
async def test_one_target_is_named_and_no_other(world: World, body: dict[str, str]) -> None:
    talking(world)
    status, problem = await asked(world, f"calls/{CALL}/transfer", body)
    assert (status, problem["code"]) == (422, "invalid")
    assert world.intents.asked == []


async def test_a_consultation_is_with_a_person(world: World) -> None:
    talking(world)
    assert (await asked(world, f"calls/{CALL}/consult", {"agent_id": "ben"}))[0] == 204
    assert isinstance(world.intents.asked[0], ConsultRequested)
    assert (await asked(world, f"calls/{CALL}/consult", {"project_id": "acme-service"}))[0] == 422


async def test_whoever_is_next_of_a_department_can_be_asked(world: World) -> None:
    talking(world)
    assert (await asked(world, f"calls/{CALL}/consult", {"department": "Technik"}))[0] == 204
    (request,) = world.intents.asked
    assert isinstance(request, ConsultRequested)
    assert (request.to_agent_id, request.to_department, request.to_party_id) == (None, "Technik", None)


async def test_a_colleague_in_the_call_may_leave_it(world: World) -> None:
    talking(world, colleague_id="ben")
    assert (await asked(world, f"calls/{CALL}/leave", by="ben"))[0] == 204
    assert world.intents.asked[0].agent_id == "ben"
    assert (await asked(world, f"calls/{CALL}/leave", by="carla"))[0] == 404


async def test_parked_callers_are_those_of_the_own_projects(world: World) -> None:
    for slot, client in ((2, "acme"), (1, "bolt")):
        call_id = CallId(f"parked-{client}")
        world.floor.call_rows[call_id] = replace(a_call_row(call_id, client=client, agent=None), slot=slot)
    status, answered = await world.ask("GET", "/api/v1/parked-calls", by="anna")
    assert status == 200
    assert [(item["parked_at"], item["call_id"]) for item in answered["items"]] == [(2, "parked-acme")]
    assert (await asked(world, "parked-calls/2/pick-up"))[0] == 204
    (request,) = world.intents.asked
    assert isinstance(request, PickUpRequested)
    assert (request.call_id, request.agent_id) == ("parked-acme", "anna")
    assert (await asked(world, "parked-calls/1/pick-up"))[0] == 404


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (RefusalCode.AGENT_NOT_AVAILABLE, 409),
        (RefusalCode.AGENT_NOT_ELIGIBLE, 409),
        (RefusalCode.NO_SUCH_PROJECT, 404),
        (RefusalCode.NO_SUCH_DEPARTMENT, 404),
        (RefusalCode.PROJECT_CLOSED, 409),
        (RefusalCode.OUTBOUND_NOT_PERMITTED, 403),
    ],
)
async def test_a_refusal_says_why(world: World, code: RefusalCode, status: int) -> None:
    talking(world)
    world.intents.refusal = Refusal(code=code)
    answered, problem = await asked(world, f"calls/{CALL}/transfer", {"agent_id": "ben"})
    assert (answered, problem["code"]) == (status, code.value)


@pytest.mark.parametrize("state", [*AgentState, *Absence, Hindrance.PHONE_UNREACHABLE, Hindrance.SWITCH_AWAY])
async def test_why_an_agent_is_not_free_is_told_in_either_language(world: World, state: str) -> None:
    talking(world)
    world.intents.refusal = Refusal(code=RefusalCode.AGENT_NOT_AVAILABLE, facts={"agent": "ben", "state": str(state)})
    told = set()
    for language in ("de", "en"):
        headers = {"Accept-Language": language}
        _, problem = await world.ask(
            "POST", f"/api/v1/calls/{CALL}/transfer", by="anna", json={"agent_id": "ben"}, headers=headers
        )
        told.add(problem["detail"])
    assert len(told) == 2


async def test_no_more_is_told_than_is_known_of_why_an_agent_is_not_free(world: World) -> None:
    talking(world)
    world.intents.refusal = Refusal(code=RefusalCode.AGENT_NOT_AVAILABLE, facts={"department": "Technik"})
    _, problem = await asked(world, f"calls/{CALL}/consult", {"department": "Technik"})
    assert "detail" not in problem
