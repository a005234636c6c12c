"""The customer's data on an agent's desk: checked field by field, by who has the lead alone, and kept for who may look."""

from tests.integration.web.edge import World
from tests.integration.web.memory_leads import ANNAS_LEAD
from tests.integration.web.test_my_lead import API, begin_the_call, has_a_lead

CHECK = f"{API}/my-lead/check"
REVEAL = f"{API}/lead-lists/list-acme/leads/7/reveal-checks"


async def test_each_field_is_confirmed_completed_or_corrected_and_says_under_which_call(world: World) -> None:
    has_a_lead(world)
    stated = {"values": {"name": "Erika Muster", "tariff": "L", "since": "2024-05-01"}}
    status, said = await world.ask("POST", CHECK, by="anna", json=stated)
    assert (status, {each["name"]: each["found"] for each in said["fields"]}) == (
        200,
        {"name": "confirmed", "tariff": "corrected", "since": "completed"},
    )
    assert "Muster" not in str(said)
    begin_the_call(world)
    await world.ask("POST", CHECK, by="anna", json={"values": {"tariff": "XL"}})
    assert [kept.call_id for _, kept in world.lead_checks.kept] == [None, None, None, ANNAS_LEAD]


async def test_one_fault_changes_nothing_and_is_told_by_field(world: World) -> None:
    has_a_lead(world)
    stated = {"values": {"tariff": "", "since": "last May", "name": "E. Muster", "number": "+4930"}}
    status, problem = await world.ask("POST", CHECK, by="anna", json=stated)
    assert (status, {each["at"]: each["code"] for each in problem["fields"]}) == (
        422,
        {"/values/number": "unknown", "/values/tariff": "missing", "/values/since": "not_date"},
    )
    assert "last May" not in str(problem)
    assert world.lead_checks.kept == []
    assert (await world.ask("POST", CHECK, by="anna", json={"values": {}}))[0] == 422


async def test_nobody_checks_the_data_of_somebody_elses_lead(world: World) -> None:
    has_a_lead(world, "ben")
    assert (await world.ask("POST", CHECK, by="anna", json={"values": {"tariff": "L"}}))[0] == 404
    for login in ("sven", "lena", "acme", "root"):
        assert (await world.ask("POST", CHECK, by=login, json={"values": {"tariff": "L"}}))[0] == 403
    assert world.lead_checks.kept == []


async def test_what_was_checked_is_looked_at_for_a_reason_and_a_client_reads_no_name_of_ours(world: World) -> None:
    has_a_lead(world)
    await world.ask("POST", CHECK, by="anna", json={"values": {"tariff": "L"}})
    assert (await world.ask("POST", REVEAL, by="sven", json={}))[0] == 422
    for login, user_id in (("sven", world.user("anna").user_id), ("acme", None)):
        status, told = await world.ask("POST", REVEAL, by=login, json={"reason": "complaint"})
        [item] = told["items"]
        assert (status, item["before"], item["after"], item["user_id"]) == (200, "M", "L", user_id)
    assert [(deed, reason) for _, deed, _, reason in world.audit.deeds] == [("lead.checks_revealed", "complaint")] * 2
    for login, status in (("bolt", 404), ("lena", 403), ("anna", 403)):
        assert (await world.ask("POST", REVEAL, by=login, json={"reason": "complaint"}))[0] == status


async def test_who_may_look_finds_the_leads_whose_data_was_checked_without_what_it_says(world: World) -> None:
    has_a_lead(world)
    path = f"{API}/lead-lists/list-acme/checks"
    assert await world.ask("GET", path, by="sven") == (200, {"items": []})
    await world.ask("POST", CHECK, by="anna", json={"values": {"name": "Erika Muster", "tariff": "L"}})
    for login in ("sven", "root", "acme"):
        status, told = await world.ask("GET", path, by=login)
        assert (status, [(each["lead_id"], each["found"]) for each in told["items"]]) == (
            200,
            [("7", {"confirmed": 1, "corrected": 1})],
        )
        assert "Muster" not in str(told)
        assert "anna" not in str(told)
    for login, status in (("bolt", 404), ("lena", 403), ("anna", 403), ("kurt", 403)):
        assert (await world.ask("GET", path, by=login))[0] == status
    assert world.audit.deeds == []
