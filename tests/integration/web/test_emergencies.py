"""Where agents work, and who looks after an alert, over the API."""

import pytest

from telephony.emergencies import AgentAddress, EmergencySeen
from telephony.identifiers import AgentId, EventId
from tests.integration.web.edge import World
from tests.integration.web.stories import an_alert
from web.routes import PREFIX

PLACE = {"address": "Lindenstr. 1, 20099 Hamburg", "number": "+494055511"}
ANNA = f"{PREFIX}/agents/anna/address"


async def test_an_agent_sets_and_forgets_the_own_address_alone(world: World) -> None:
    assert (await world.ask("PUT", ANNA, by="anna", json={"address": PLACE["address"]}))[0] == 204
    assert await world.ask("GET", ANNA, by="anna") == (200, {**PLACE, "number": "+493055511"})
    assert world.addresses.rows[AgentId("anna")] == AgentAddress(address=PLACE["address"], number="+493055511")
    assert world.audit.deeds == []
    for method, body in (("GET", None), ("PUT", PLACE), ("DELETE", None)):
        assert (await world.ask(method, f"{PREFIX}/agents/carla/address", by="anna", json=body))[0] == 404
    assert (await world.ask("DELETE", ANNA, by="anna"))[0] == 204
    assert (await world.ask("GET", ANNA, by="anna"))[0] == 404
    assert (await world.ask("DELETE", ANNA, by="anna"))[0] == 404


async def test_nobody_looks_an_address_up_without_a_trace(world: World) -> None:
    for login in ("sven", "lena", "rita", "kurt", "acme"):
        assert (await world.ask("GET", ANNA, by=login))[0] == 403
    assert (await world.ask("GET", ANNA, by="root"))[0] == 200
    assert [each[1:3] for each in world.audit.deeds] == [("agent.address_shown", "anna")]


async def test_nobody_shows_a_control_room_a_number_by_their_own_word(world: World) -> None:
    status, problem = await world.ask("PUT", ANNA, by="anna", json=PLACE)
    assert (status, problem["fields"][0]["code"]) == (422, "not_yours")
    assert (await world.ask("PUT", ANNA, by="root", json=PLACE))[0] == 204
    assert (await world.ask("PUT", ANNA, by="anna", json=PLACE))[0] == 204
    assert world.addresses.rows[AgentId("anna")] == AgentAddress(**PLACE)


WRONG: tuple[dict[str, str], ...] = (
    *({}, {"address": ""}, {"address": "a\r\nb"}, {"address": "x" * 301}),
    {**PLACE, "number": "112"},
)


@pytest.mark.parametrize("wrong", WRONG)
async def test_what_is_no_address_is_refused(world: World, wrong: dict[str, str]) -> None:
    assert (await world.ask("PUT", ANNA, by="anna", json=wrong))[0] == 422


async def test_who_looks_after_an_alert_is_journaled(world: World) -> None:
    path = f"{PREFIX}/emergencies/alert-1/seen"
    assert (await world.ask("POST", path, by="anna"))[0] == 403
    assert (await world.ask("POST", path, by="lena"))[0] == 404
    assert (await world.ask("POST", path, by="sven"))[0] == 204
    assert world.notes.seen == [], "no such alert is on any board"
    world.floor.emergency_rows[EventId("alert-1")] = an_alert("carla")
    assert (await world.ask("POST", path, by="sven"))[0] == 204
    assert world.notes.seen == [EmergencySeen(emergency_id=EventId("alert-1"), by=world.user("sven").user_id)]


async def test_a_team_leader_takes_off_the_alerts_of_their_own_team_alone(world: World) -> None:
    for agent in ("anna", "carla", None):
        world.floor.emergency_rows[EventId(f"emergency-{agent}")] = an_alert(agent)
    answers = [
        (await world.ask("POST", f"{PREFIX}/emergencies/emergency-{agent}/seen", by="lena"))[0]
        for agent in ("anna", "carla", None, "nobody")
    ]
    assert answers == [204, 404, 404, 404]
    assert [seen.emergency_id for seen in world.notes.seen if isinstance(seen, EmergencySeen)] == ["emergency-anna"]
