"""Calling somebody by hand over the API: the agent's own wish, once, with a reference, and of people they may reach."""

from typing import Any

import pytest

from telephony.dialling import DialRequested
from telephony.errors import Refusal, RefusalCode
from telephony.events import AgentConnected, Envelope, Event, LegOffered, NumberFacts
from telephony.identifiers import AgentId, CallId, EventId, Instant, LegId, PartyId, ProjectId, TrunkId
from tests.integration.web.edge import World
from web.permissions import Role

NUMBER = "0171 39200 11"
TASK = {"kind": "task", "id": "t1"}
EARLIER = CallId("00000000-0000-7000-8000-0000000000e1")
CALLER = NumberFacts(number_class="mobile", country="DE", masked="+49 171 •••", metadata_version="1")


async def placed(world: World, by: str = "anna", **more: Any) -> tuple[int, Any]:
    body = {"project_id": "acme-service", "reference": TASK, "number": NUMBER, **more}
    return await world.ask(
        "POST", "/api/v1/calls", by=by, json={name: value for name, value in body.items() if value is not None}
    )


def journaled(world: World, *events: Event, call_id: CallId = EARLIER) -> None:
    for event in events:
        seq = len(world.journal.envelopes) + 1
        envelope = Envelope(
            seq=seq,
            event_id=EventId(f"e{seq}"),
            occurred_at=Instant(seq),
            received_at=Instant(seq),
            event=event,
            call_id=call_id,
        )
        world.journal.envelopes.append(envelope)


def earlier_call(world: World, *, agent: str = "anna", caller: NumberFacts | None = CALLER) -> None:
    offered = LegOffered(leg_id=LegId("l"), trunk_id=TrunkId("t"), dnis="1", party_id=PartyId("p7"), caller=caller)
    journaled(world, offered, AgentConnected(call_id=EARLIER, agent_id=AgentId(agent), leg_id=LegId("a")))


async def test_the_wish_is_the_agents_own_and_names_no_number(world: World) -> None:
    status, said = await placed(world)
    assert status == 200
    (request,) = world.intents.asked
    assert isinstance(request, DialRequested)
    assert (request.agent_id, request.project_id, request.call_id) == ("anna", ProjectId("acme-service"), said["call_id"])
    assert (request.reference.kind, request.reference.id, request.number.number_class) == ("task", "t1", "mobile")
    assert "39200" not in repr(request)


async def test_the_national_number_of_a_country_is_taken_with_and_without_its_zero(world: World) -> None:
    assert (await placed(world, country="AT", number="0664 1234567"))[0] == 200
    assert (await placed(world, country="AT", number="664 1234567"))[0] == 200
    assert [request.number.country for request in world.intents.asked] == ["AT", "AT"]


async def test_the_same_key_makes_the_same_call_and_of_another_agent_another(world: World) -> None:
    ids = [(await placed(world, key="k1"))[1]["call_id"] for _ in range(2)]
    others = (await placed(world, by="ben", key="k1"))[1]["call_id"]
    assert ids[0] == ids[1] != others


async def test_a_wish_that_is_in_the_journal_is_asked_for_no_more(world: World) -> None:
    call_id = CallId((await placed(world, key="k1"))[1]["call_id"])
    journaled(world, AgentConnected(call_id=call_id, agent_id=AgentId("anna"), leg_id=LegId("a")), call_id=call_id)
    assert await placed(world, key="k1") == (200, {"call_id": call_id})
    assert len(world.intents.asked) == 1


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"reference": None}, 422, "invalid"),
        ({"reference": {"kind": "whim", "id": "x"}}, 422, "invalid"),
        ({"number": None}, 422, "invalid"),
        ({"number": "+49;exec"}, 422, "invalid"),
        ({"number": "0171 3"}, 422, "number_invalid"),
        ({"number": "0900 1234567"}, 403, "number_class_refused"),
    ],
)
async def test_what_cannot_be_called_is_refused_before_any_phone_rings(
    world: World, more: dict[str, Any], status: int, code: str
) -> None:
    answered, said = await placed(world, **more)
    assert (answered, said["code"]) == (status, code)
    assert world.intents.asked == []


@pytest.mark.parametrize(
    ("code", "status"),
    [(RefusalCode.IN_ANOTHER_CALL, 409), (RefusalCode.NOT_LOGGED_IN, 409), (RefusalCode.OUTBOUND_NOT_PERMITTED, 403)],
)
async def test_a_refusal_says_why(world: World, code: RefusalCode, status: int) -> None:
    world.intents.refusal = Refusal(code=code)
    answered, said = await placed(world)
    assert (answered, said["code"]) == (status, code.value)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AGENT])
async def test_nobody_but_an_agent_calls(world: World, role: Role) -> None:
    by = next(user.login for user in world.users.rows.values() if user.role is role)
    assert (await placed(world, by=by))[0] == 403
    assert world.intents.asked == []


async def test_the_caller_of_an_own_earlier_call_is_called_back_without_their_number(world: World) -> None:
    earlier_call(world)
    status, _ = await placed(world, number=None, reference={"kind": "earlier_call", "id": EARLIER})
    assert status == 200
    (request,) = world.intents.asked
    assert (request.party_id, request.number, request.reference.kind) == ("p7", CALLER, "earlier_call")


async def test_the_caller_of_somebody_elses_call_is_not(world: World) -> None:
    earlier_call(world, agent="ben")
    status, said = await placed(world, number=None, reference={"kind": "earlier_call", "id": EARLIER})
    assert (status, said["code"]) == (403, "no_reference")
    assert world.intents.asked == []


async def test_a_caller_who_showed_no_number_cannot_be_called_back(world: World) -> None:
    earlier_call(world, caller=None)
    status, said = await placed(world, number=None, reference={"kind": "earlier_call", "id": EARLIER})
    assert (status, said["code"]) == (409, "no_number")
