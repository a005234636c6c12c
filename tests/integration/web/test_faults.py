"""What is wrong with the centre is told by ids and facts, whether its shape is at fault or the centre's own check finds it."""

from typing import Any

import pytest

from store.centre import CentreRejected, Fault
from telephony.faults import FaultCode, Inside, Wrong
from telephony.identifiers import AgentId
from tests.integration.web.edge import World
from web.routes import PREFIX

PROJECT = {"client_id": "acme", "name": "Sales"}


@pytest.mark.parametrize(
    ("facts", "at", "code", "told"),
    [
        ({"hours": {"zone": "Europa/Berlin"}}, "/hours/zone", "unknown_zone", {"zone": "Europa/Berlin"}),
        ({"hours": {"holidays_of": "XX"}}, "/hours/holidays_of", "unknown_region", {"region": "XX"}),
        (
            {
                "hours": {
                    "week": {"1": [{"opens": "08:00:00", "closes": "12:00:00"}, {"opens": "11:00:00", "closes": "13:00:00"}]}
                }
            },
            "/hours/week/1",
            "windows_overlap",
            {"first": "08:00-12:00", "second": "11:00-13:00"},
        ),
        ({"callback": {"attempts": 0}}, "/callback/attempts", "greater_than_equal", {"ge": 1}),
        ({"name": ""}, "/name", "string_too_short", {"min_length": 1}),
    ],
)
async def test_a_fault_of_the_shape_has_its_id_and_its_facts(
    world: World, facts: dict[str, Any], at: str, code: str, told: dict[str, Any]
) -> None:
    status, problem = await world.ask("PUT", f"{PREFIX}/projects/sales", by="root", json={**PROJECT, **facts})
    assert status == 422
    (fault,) = problem["fields"]
    assert (fault["at"], fault["code"]) == (at, code)
    assert told.items() <= fault["facts"].items()
    assert "{" not in fault["detail"]


async def test_a_fault_of_the_centres_own_check_has_its_id_and_its_facts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Wrong(FaultCode.UNKNOWN_PROJECT, project="nothing").inside(Inside.RULE, 2)

    async def apply(*_args: object, **_more: object) -> None:
        raise CentreRejected([Fault(where="project sales overflow", what=wrong), Fault(where="x", what="said freely")])

    monkeypatch.setattr(world.directory, "apply", apply)
    _, problem = await world.ask("PUT", f"{PREFIX}/projects/sales", by="root", json=PROJECT)
    own, free = problem["fields"]
    assert own == {
        "at": "project sales overflow",
        "code": "unknown_project",
        "detail": "rule 2: there is no project 'nothing': add it too",
        "facts": {"project": "nothing", "inside": "rule", "inside_name": 2},
    }
    assert free == {"at": "x", "code": "inconsistent", "detail": "said freely"}


async def test_an_agents_phone_is_told_to_answer_and_all_else_of_the_agent_stays(world: World) -> None:
    before = world.directory.current.agents[AgentId("anna")]
    path = f"{PREFIX}/agents/anna/phone-answers"
    for login in ("anna", "sven", "lena", "acme"):
        assert (await world.ask("PUT", path, by=login, json={"phone_answers": True}))[0] == 403
    status, shown = await world.ask("PUT", path, by="root", json={"phone_answers": True})
    assert (status, shown["phone_answers"]) == (200, True)
    assert (await world.ask("PUT", path, by="root", json={}))[0] == 422
    assert (await world.ask("PUT", path.replace("anna", "nobody"), by="root", json={"phone_answers": True}))[0] == 404
    assert (await world.ask("PUT", path, by="root", json={"phone_answers": False}))[0] == 200
    assert world.directory.current.agents[AgentId("anna")] == before
