"""Levels and what agents are owed, over the API: who sees what, what is refused, and in whose name things happen."""

from dataclasses import replace
from typing import Any

import pytest

from routing.levels.proposal import ProposalState
from telephony.identifiers import AgentId, Instant
from tests.integration.web.edge import World
from tests.integration.web.memory_levels import MemoryContests, a_contest, a_proposal
from web.level_ports import StatementsBusy

API = "/api/v1"
PERIOD = "from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z"


def propose(world: World, *agents: str) -> None:
    for agent in agents:
        world.levels.rows[f"p-{agent}"] = a_proposal(f"p-{agent}", agent)


async def test_the_arithmetic_is_told_as_data_and_in_the_askers_language(world: World) -> None:
    propose(world, "anna")
    status, shown = await world.ask("GET", f"{API}/level-proposals/p-anna", by="anna", headers={"Accept-Language": "de"})
    assert status == 200
    assert {(term["term"], term["weight"], term["sources"], term["points"]) for term in shown["terms"]} == {
        ("quality", 50, 4, 9_000),
        ("outcome", 30, 10, 9_000),
        ("volume", 0, 10, 250),
        ("reliability", 20, 0, None),
    }
    assert {term["term"]: term["omission"] for term in shown["terms"]}["reliability"] == "no_plan"
    assert (shown["score"], shown["level_before"], shown["level"], shown["state"]) == (9_000, 1, 3, "open")
    told = " ".join(shown["sentences"])
    assert "Mittel aus 4 Bewertungen = 90,00 Punkte, Gewicht 50" in told
    assert "keinen Schichtplan" in told
    assert "ohne einen Menschen ändert sich nichts" in told
    english = (await world.ask("GET", f"{API}/level-proposals/p-anna", by="sven"))[1]["sentences"]
    assert "without a person nothing changes" in " ".join(english)


async def test_lists_hold_what_is_within_reach(world: World) -> None:
    propose(world, "anna", "ben", "carla")
    for agent in ("anna", "ben", "carla"):
        world.contests.rows[f"c-{agent}"] = a_contest(f"c-{agent}", agent)
    reviews = {"items": [{"agent_id": agent, "score": 70, "form_version": "2"} for agent in ("anna", "ben", "carla")]}
    assert await world.ask("POST", f"{API}/reviews", by="rita", json=reviews) == (200, {"added": 3})
    everything = "from=2020-01-01T00:00:00Z&to=2021-01-01T00:00:00Z"
    for login, seen in (("anna", {"anna"}), ("lena", {"anna", "ben"}), ("sven", {"anna", "ben", "carla"})):
        for path in ("/level-proposals", "/contests"):
            status, listed = await world.ask("GET", API + path, by=login)
            assert (status, {item["agent_id"] for item in listed["items"]}) == (200, seen), (login, path)
        for year in (2024, 2025, 2026, 2027, 2028):
            period = f"from={year}-01-01T00:00:00Z&to={year + 1}-01-01T00:00:00Z"
            status, listed = await world.ask("GET", f"{API}/reviews?{period}", by=login)
            assert status == 200
            assert {item["agent_id"] for item in listed["items"]} <= seen
            assert {item["reviewer"] for item in listed["items"]} <= {"rita"}
    assert (await world.ask("GET", f"{API}/reviews?{everything}", by="rita"))[1] == {"items": []}
    assert (await world.ask("GET", f"{API}/level-proposals?agent=carla", by="anna"))[1] == {"items": []}
    assert (await world.ask("GET", f"{API}/level-proposals?agent=carla", by="lena"))[1] == {"items": []}


async def test_a_person_confirms_once_and_not_before_the_notice(world: World) -> None:
    propose(world, "anna", "ben")
    path = f"{API}/level-proposals/p-anna/confirm"
    status, problem = await world.ask("POST", path, by="sven", json={"in_force_at": "2020-01-01T00:00:00Z"})
    assert (status, problem["code"]) == (409, "too_soon")
    status, shown = await world.ask("POST", path, by="sven", json={"note": "well done"})
    assert (status, shown["state"], shown["decided_by"], shown["note"]) == (200, "confirmed", "Sven", "well done")
    assert shown["in_force_at"] > shown["decided_at"]
    status, problem = await world.ask("POST", path, by="root", json={})
    assert (status, problem["code"]) == (409, "not_open")
    refused = await world.ask("POST", f"{API}/level-proposals/p-ben/refuse", by="root", json={"note": "one month is not enough"})
    assert (refused[0], refused[1]["state"]) == (200, "refused")


async def test_no_role_but_supervisors_and_administrators_decides(world: World) -> None:
    propose(world, "anna")
    world.contests.rows["c"] = a_contest("c", "anna")
    for login in ("anna", "lena", "rita", "kurt", "acme"):
        for path, body in (
            ("/level-proposals/p-anna/confirm", {}),
            ("/level-proposals/p-anna/refuse", {"note": "x"}),
            ("/contests/c/answer", {"answer": "stands", "words": "x"}),
        ):
            assert (await world.ask("POST", API + path, by=login, json=body))[0] == 403
    assert world.levels.rows["p-anna"].decided_by is None
    assert world.contests.rows["c"].answered_at is None


async def test_an_agent_contests_their_own_and_is_told_to_whom(world: World) -> None:
    propose(world, "anna", "carla")
    body: dict[str, Any] = {"what": "level", "subject": "p-anna", "words": "Two weeks of May are missing.\nPlease look again."}
    status, raised = await world.ask("POST", f"{API}/agents/anna/contest", by="anna", json=body)
    assert (status, raised["responsible_name"], raised["answered_at"]) == (200, "Sven", None)
    status, problem = await world.ask("POST", f"{API}/agents/anna/contest", by="anna", json={**body, "subject": "p-carla"})
    assert (status, problem["fields"][0]["at"]) == (422, "/subject")
    assert (await world.ask("POST", f"{API}/agents/carla/contest", by="anna", json=body))[0] == 404
    for login in ("sven", "lena", "root", "rita"):  # nobody objects in an agent's place
        assert (await world.ask("POST", f"{API}/agents/anna/contest", by=login, json=body))[0] == 403
    answer = {"answer": "stands", "words": "They are counted."}
    status, answered = await world.ask("POST", f"{API}/contests/{raised['contest_id']}/answer", by="sven", json=answer)
    assert (status, answered["answered_by"], answered["answer"]) == (200, "Sven", "stands")
    assert (await world.ask("GET", f"{API}/contests?open=true", by="anna"))[1] == {"items": []}
    status, problem = await world.ask("POST", f"{API}/contests/{raised['contest_id']}/answer", by="sven", json=answer)
    assert (status, problem["code"]) == (409, "not_open")
    assert isinstance(world.contests, MemoryContests)


async def test_a_statement_is_for_the_agent_and_those_who_answer_for_them(world: World) -> None:
    for login, status in (("anna", 200), ("lena", 200), ("sven", 200), ("root", 200), ("ben", 404), ("carla", 404)):
        assert (await world.ask("GET", f"{API}/agents/anna/statement?{PERIOD}", by=login))[0] == status, login
    for login in ("rita", "kurt", "acme", "bolt"):
        assert (await world.ask("GET", f"{API}/agents/anna/statement?{PERIOD}", by=login))[0] == 403, login
    assert (await world.ask("GET", f"{API}/agents/carla/statement?{PERIOD}", by="lena"))[0] == 404
    assert (await world.ask("GET", f"{API}/agents/anna/statement?{PERIOD}"))[0] == 401
    assert [asked[0] for asked in world.statements.asked] == [AgentId("anna")] * 4


async def test_a_statement_says_its_period_in_the_askers_language(world: World) -> None:
    path = f"{API}/agents/anna/statement?{PERIOD}"
    status, told = await world.ask("GET", path, by="anna", headers={"Accept-Language": "de-DE"})
    assert (status, told["language"], told["sentences"]) == (200, "de", ["All is told."])
    assert (told["from_at"], told["to_at"]) == ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    assert world.statements.asked[-1][1:] == (Instant(1_767_225_600_000_000), Instant(1_769_904_000_000_000), "de")
    for bad in ("from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z"):
        assert (await world.ask("GET", f"{API}/agents/anna/statement?{bad}", by="anna"))[0] == 422
    world.statements.error = StatementsBusy("busy")
    assert (await world.ask("GET", path, by="anna"))[0] == 503


async def test_reviews_are_all_kept_or_none(world: World) -> None:
    good = {"agent_id": "anna", "score": 100, "form_version": "3", "review_id": "r-1"}
    for bad in ({**good, "agent_id": "nobody"}, {**good, "score": 101}, {**good, "score": -1}, {**good, "form_version": ""}):
        status, _ = await world.ask("POST", f"{API}/reviews", by="rita", json={"items": [good, bad]})
        assert status == 422
    assert world.levels.review_rows == {}
    for added in (1, 0):
        assert await world.ask("POST", f"{API}/reviews", by="rita", json={"items": [good]}) == (200, {"added": added})
    assert [review.reviewer for review in world.levels.review_rows.values()] == ["rita"]


async def test_the_rule_can_be_read_by_agents_and_set_by_administrators(world: World) -> None:
    status, shown = await world.ask("GET", f"{API}/level-rule", by="anna")
    assert (status, shown["rule"]["weights"]["volume"], shown["rule"]["contact"]) == (200, 0, "sven")
    assert (await world.ask("PUT", f"{API}/level-rule", by="sven", json=shown["rule"]))[0] == 403
    assert (await world.ask("PUT", f"{API}/level-rule", by="root", json=shown["rule"]))[0] == 200


async def test_levels_are_asked_for_a_period_that_can_be(world: World) -> None:
    good = {"from_at": "2026-01-01T00:00:00Z", "to_at": "2026-02-01T00:00:00Z"}
    status, run = await world.ask("POST", f"{API}/level-runs", by="sven", json=good)
    assert (status, run["done_at"], run["asked_by"]) == (200, None, world.user("sven").user_id)
    assert (await world.ask("POST", f"{API}/level-runs", by="sven", json={**good, "project_id": "none"}))[0] == 422
    assert (await world.ask("POST", f"{API}/level-runs", by="sven", json={**good, "to_at": good["from_at"]}))[0] == 422
    assert len((await world.ask("GET", f"{API}/level-runs", by="root"))[1]["items"]) == 1


@pytest.mark.parametrize(("language", "told"), [("de", "gilt ab 08.02.2026 00:00"), ("en", "in force from 2026-02-08 00:00")])
async def test_a_level_confirmed_tells_its_date_by_the_centres_clock(world: World, language: str, told: str) -> None:
    propose(world, "anna")
    at = Instant(1_770_505_200 * 1_000_000)  # 2026-02-07 23:00 UTC
    world.levels.rows["p-anna"] = replace(world.levels.rows["p-anna"], state=ProposalState.CONFIRMED, in_force_at=at)
    _, shown = await world.ask("GET", f"{API}/level-proposals/p-anna", by="anna", headers={"Accept-Language": language})
    assert told in shown["sentences"][-1]


async def test_the_words_of_objections_are_erased_by_an_administrator_in_person_on_record(world: World) -> None:
    for agent in ("anna", "carla"):
        world.contests.rows[f"c-{agent}"] = a_contest(f"c-{agent}", agent)
    path, body = f"{API}/agents/anna/erase-contest-words", {"reason": "letter of 3 May"}
    for login in ("anna", "sven", "lena", "rita", "kurt", "acme"):
        assert (await world.ask("POST", path, by=login, json=body))[0] == 403
    status, problem = await world.ask("POST", path, by="root", json=body)
    assert (status, problem["code"]) == (403, "session_needed")
    assert world.contests.erased == []
    browser = world.browser()
    assert (await browser.log_in("root"))[0] == 200
    assert (await browser.ask("POST", path, json={}))[0] == 422
    assert (await browser.ask("POST", f"{API}/agents/nobody/erase-contest-words", json=body))[0] == 404
    status, receipt = await browser.ask("POST", path, json=body)
    assert (status, receipt["contests"]) == (200, 1)
    assert world.contests.erased == [("anna", "letter of 3 May", world.user("root").user_id)]
    _, listed = await world.ask("GET", f"{API}/contests", by="sven")
    assert {each["agent_id"]: bool(each["words"]) for each in listed["items"]} == {"anna": False, "carla": True}
