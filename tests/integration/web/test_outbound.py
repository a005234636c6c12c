"""Who is not called, and which numbers may be shown, over the API."""

import pytest

from tests.integration.web.edge import World
from web.routes import PREFIX
from web.schemas.types import when

LISTS, RIGHTS = f"{PREFIX}/do-not-call", f"{PREFIX}/shown-rights"
NUMBER = "+49 30 23125 100"
A_RIGHT = {
    "right_id": "acme-sales",
    "number": "+494055500",
    "owner": "acme",
    "document": "letter of March",
    "assigned_to": "client",
    "assigned_id": "acme",
    "valid_from": "2026-01-01T00:00:00Z",
    "valid_until": "2028-01-01T00:00:00Z",
}


async def test_a_number_is_put_on_a_list_looked_up_and_taken_off(world: World) -> None:
    added = {"number": NUMBER, "owner": "client", "owner_id": "acme", "covers": "advertising", "reason": "said so on the phone"}
    assert (await world.ask("POST", f"{LISTS}/add", by="sven", json=added))[0] == 204
    shown = await world.ask("GET", LISTS, by="sven")
    assert shown == (200, {"items": [{"owner": "client", "owner_id": "acme", "numbers": 1}]})
    status, found = await world.ask("POST", f"{LISTS}/look-up", by="sven", json={"number": NUMBER})
    assert status == 200
    assert [(e["owner_id"], e["covers"], e["reason"]) for e in found["items"]] == [("acme", "advertising", added["reason"])]
    removal = {"number": NUMBER, "owner": "client", "owner_id": "acme", "reason": "asked to be called again"}
    assert (await world.ask("POST", f"{LISTS}/remove", by="sven", json=removal))[0] == 403
    assert (await world.ask("POST", f"{LISTS}/remove", by="root", json=removal))[0] == 204
    assert (await world.ask("POST", f"{LISTS}/remove", by="root", json=removal))[0] == 204
    assert world.do_not_call.rows == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "erika"},
        {"number": "+4930"},
        {"number": NUMBER, "owner": "somebody"},
        {"number": NUMBER, "covers": "nothing"},
        {"number": NUMBER, "owner": "client", "owner_id": "nobody"},
        {"number": NUMBER, "reason": "a\nb"},
        {},
    ],
)
async def test_what_cannot_be_put_on_a_list_is_refused(world: World, wrong: dict[str, str]) -> None:
    assert (await world.ask("POST", f"{LISTS}/add", by="sven", json=wrong))[0] == 422
    assert world.do_not_call.rows == {}


async def test_a_right_is_added_shown_and_ended(world: World) -> None:
    assert (await world.ask("POST", RIGHTS, by="sven", json=A_RIGHT))[0] == 403
    assert (await world.ask("POST", RIGHTS, by="root", json=A_RIGHT))[0] == 204
    assert (await world.ask("POST", RIGHTS, by="root", json=A_RIGHT))[0] == 422
    shown = {each["right_id"]: each for each in (await world.ask("GET", RIGHTS, by="kurt"))[1]["items"]}
    assert (shown["acme-sales"]["holds"], shown["acme-sales"]["ends_soon"]) == (True, False)
    soon = {**A_RIGHT, "right_id": "acme-soon", "valid_until": when(world.clock.at + 20 * 86_400_000_000).isoformat()}
    assert (await world.ask("POST", RIGHTS, by="root", json=soon))[0] == 204
    shown = {each["right_id"]: each for each in (await world.ask("GET", RIGHTS, by="kurt"))[1]["items"]}
    assert shown["acme-soon"]["ends_soon"] is True
    assert (await world.ask("POST", f"{RIGHTS}/acme-sales/end", by="root"))[0] == 204
    shown = {each["right_id"]: each for each in (await world.ask("GET", RIGHTS, by="kurt"))[1]["items"]}
    assert shown["acme-sales"]["holds"] is False
    assert (await world.ask("POST", f"{RIGHTS}/nothing/end", by="root"))[0] == 404


async def test_a_projects_calls_and_a_clients_caps_are_written_and_shown_again(world: World) -> None:
    outbound = {
        "kind": "survey",
        "has_offer": False,
        "hours": {"zone": "Europe/Berlin", "week": {"0": [{"opens": "09:00:00", "closes": "17:00:00"}]}},
        "attempts": {"per_day": 1},
        "countries": ["CH"],
        "max_duration_ms": 600_000,
    }
    project = {"client_id": "acme", "name": "Survey", "outbound": outbound}
    status, shown = await world.ask("PUT", f"{PREFIX}/projects/survey", by="root", json=project)
    assert status == 200
    assert shown["facts"]["outbound"]["kind"] == "survey"
    assert shown["facts"]["outbound"]["hours"]["week"] == outbound["hours"]["week"]  # type: ignore[index]
    assert world.directory.current.projects["survey"].outbound.attempts.per_day == 1
    caps = {"cost_micros": 5_000_000, "calls": 20}
    status, shown = await world.ask("PUT", f"{PREFIX}/clients/acme", by="root", json={"name": "Acme", "caps": caps})
    assert (status, shown["caps"]) == (200, caps)


RULES = f"{PREFIX}/outbound-rules"


async def test_the_rules_of_the_centre_are_set_whole_and_shown_again(world: World) -> None:
    status, before = await world.ask("GET", RULES, by="kurt")
    assert (status, before["facts"]["brakes"]["night"]) == (200, {"opens": "22:00:00", "closes": "06:00:00"})
    assert before["numbers_version"].endswith("/2026-11")
    wanted = {
        **before["facts"],
        "prices": {"landline": 15_000},
        "per_agent": {"cost_micros": 1_000_000, "calls": 10},
        "brakes": {**before["facts"]["brakes"], "burst_calls": 3},
        "service_hours": {"week": {"0": [{"opens": "09:00:00", "closes": "17:00:00"}]}},
    }
    status, after = await world.ask("PUT", RULES, by="root", json=wanted)
    assert status == 200
    assert after["facts"]["prices"] == {**before["facts"]["prices"], "landline": 15_000}
    rules = world.directory.current.outbound
    assert (rules.per_agent.calls, rules.brakes.burst_calls, rules.prices["landline"]) == (10, 3, 15_000)
    assert list(rules.service_hours.week) == [0]
    assert rules.prices["emergency"] == 0
    assert (await world.ask("GET", RULES, by="sven"))[1] == after
    assert (await world.ask("PUT", RULES, by="sven", json=wanted))[0] == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"prices": {"premium": 1}},
        {"prices": {"emergency": 1}},
        {"per_agent": {"cost_micros": -1, "calls": 1}},
        {"brakes": {"burst_calls": 0}},
        {"brakes": {"night": {"opens": "25:00", "closes": "06:00"}}},
        {"zone": "Europe/Nowhere"},
        {"max_duration_ms": 1},
        {"nothing": 1},
    ],
)
async def test_rules_that_cannot_be_are_refused(world: World, wrong: dict[str, object]) -> None:
    before = world.directory.current.outbound
    assert (await world.ask("PUT", RULES, by="root", json=wrong))[0] == 422
    assert world.directory.current.outbound == before
