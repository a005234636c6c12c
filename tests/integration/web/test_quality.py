"""Quality reviews over the API: rated by one, seen by whom they concern, answered, corrected; blind where two are compared."""

from dataclasses import replace
from typing import Any

import pytest

from recording.quality.rules import Bar
from telephony.identifiers import UserId
from tests.integration.web.edge import World
from tests.integration.web.memory_quality import populate_quality
from tests.quality_words import ACME, a_call, a_review

API = "/api/v1"
PERIOD = "?from=2027-01-01T00:00:00Z&to=2027-02-01T00:00:00Z"
MARKS = {"marks": {"greeting": 5, "needs": 4, "closing": None, "privacy": 5}, "summary": "A calm call."}


@pytest.fixture
def rita(world: World) -> UserId:
    populate_quality(world.quality_forms, world.quality_reviews, world.user("rita").user_id)
    return world.user("rita").user_id


async def ask(world: World, by: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    return await world.ask(method, API + path, by=by, json=body)


async def test_a_review_goes_from_draft_to_close(world: World, rita: UserId) -> None:
    assert (await ask(world, "rita", "PUT", "/quality-reviews/draft-anna/draft", {"marks": {"needs": 2}}))[1]["draft"][
        "marks"
    ] == {"needs": 2}
    status, shown = await ask(world, "rita", "POST", "/quality-reviews/draft-anna/hand-in", MARKS)
    assert (status, shown["state"], shown["versions"][0]["hundredths"]) == (200, "handed_in", 8_500)
    assert any("(5 × 1 + 4 × 3) ÷ (5 × 4) = 85.00" in each for each in shown["versions"][0]["sentences"])
    status, shown = await ask(world, "anna", "POST", "/quality-reviews/draft-anna/answer", {"words": "The line was bad."})
    assert (status, shown["state"]) == (200, "answered")
    assert (shown["draft"], shown["is_mine"], shown["grant_id"]) == (None, False, "draft-anna-agent-1")
    better = {**MARKS, "marks": {**MARKS["marks"], "needs": 5}, "reason": "heard again"}  # type: ignore[dict-item]
    status, shown = await ask(world, "rita", "POST", "/quality-reviews/draft-anna/correct", better)
    assert [each["hundredths"] for each in shown["versions"]] == [8_500, 10_000]
    assert [each["words"] for each in shown["answers"]] == ["The line was bad."]
    await ask(world, "anna", "POST", "/quality-reviews/draft-anna/answer", {"words": "Thank you."})
    status, shown = await ask(world, "rita", "POST", "/quality-reviews/draft-anna/reply", {"words": "You are welcome."})
    assert (shown["state"], shown["grant_id"], len(shown["answers"])) == ("closed", None, 3)


@pytest.mark.parametrize("login", ["anna", "ben", "lena", "sven", "root"])
async def test_a_draft_is_its_reviewers_alone(world: World, rita: UserId, login: str) -> None:
    await ask(world, "rita", "PUT", "/quality-reviews/draft-anna/draft", MARKS)
    status, shown = await ask(world, login, "GET", "/quality-reviews/draft-anna")
    assert status == (200 if login in ("sven", "root") else 404)
    if status == 200:
        assert (shown["draft"], shown["versions"], shown["grant_id"]) == (None, [], None)


@pytest.mark.parametrize(
    ("act", "body"),
    [("draft", MARKS), ("hand-in", MARKS), ("correct", {**MARKS, "reason": "x"}), ("reply", {"words": "x"}), ("drop", None)],
)
async def test_another_reviewer_finds_nothing_to_rate(world: World, rita: UserId, act: str, body: Any) -> None:
    other = {each: replace(row, reviewer=UserId("other")) for each, row in world.quality_reviews.rows.items()}
    world.quality_reviews.rows.update(other)
    for name in ("draft-anna", "review-anna"):
        status, problem = await ask(world, "rita", "PUT" if act == "draft" else "POST", f"/quality-reviews/{name}/{act}", body)
        assert (status, problem["code"]) == (404, "not_found")
    assert world.quality_reviews.rows == {**world.quality_reviews.rows, **other}


async def test_lists_show_each_what_concerns_them(world: World, rita: UserId) -> None:
    async def names(login: str) -> set[str]:
        status, shown = await ask(world, login, "GET", f"/quality-reviews{PERIOD}")
        assert status == 200
        return {each["review_id"] for each in shown["items"]}

    both = {f"{name}-{agent}" for name in ("draft", "review") for agent in ("anna", "carla")}
    assert await names("rita") == await names("sven") == both
    assert await names("anna") == await names("lena") == {"review-anna"}
    assert await names("ben") == set()


async def test_gaps_keep_a_review_from_being_handed_in(world: World, rita: UserId) -> None:
    status, problem = await ask(world, "rita", "POST", "/quality-reviews/draft-anna/hand-in", {"marks": {"needs": 9}})
    assert (status, problem["code"]) == (422, "invalid")
    assert {each["at"]: each["code"] for each in problem["fields"]} == {
        "/marks/greeting": "missing",
        "/marks/needs": "not_on_the_scale",
        "/marks/closing": "missing",
        "/marks/privacy": "missing",
    }


async def test_of_a_calibration_nothing_is_seen_before_both_are_in(world: World, rita: UserId) -> None:
    sven = world.user("sven").user_id
    for name, reviewer in (("c-1", rita), ("c-2", sven)):
        world.quality_reviews.rows[name] = a_review(name, call=a_call("c"), reviewer=reviewer, calibration="c")
    world.quality_forms.rules_of[ACME] = [replace(world.quality_forms.rules_of[ACME][0], raters=(rita, sven))]
    await ask(world, "rita", "POST", "/quality-reviews/c-1/hand-in", MARKS)
    for login in ("sven", "root"):
        assert (await ask(world, login, "GET", "/quality-reviews/c-1"))[1]["versions"] == []
    assert (await ask(world, "anna", "GET", "/quality-reviews/c-1"))[0] == 404
    (waiting,) = (await ask(world, "sven", "GET", f"/calibrations{PERIOD}"))[1]["items"]
    assert (waiting["handed_in"], waiting["spread"], waiting["criteria"]) == (1, None, [])
    worse = {"marks": {**MARKS["marks"], "needs": 1}}  # type: ignore[dict-item]
    await ask(world, "sven", "POST", "/quality-reviews/c-2/hand-in", worse)
    (done,) = (await ask(world, "sven", "GET", f"/calibrations{PERIOD}"))[1]["items"]
    assert (done["scores"], done["spread"]) == ([8_500, 4_000], 4_500)
    assert (await ask(world, "sven", "GET", "/quality-reviews/c-1"))[1]["versions"][0]["hundredths"] == 8_500
    assert (await ask(world, "anna", "GET", "/quality-reviews/c-1"))[0] == 404


async def test_forms_and_rules_are_set_and_read(world: World, rita: UserId) -> None:
    form = {"scale": 3, "criteria": [{"criterion_id": "a", "name": "A", "weight": 2}]}
    assert (await ask(world, "root", "POST", "/projects/acme-service/quality/forms", form))[1]["version"] == 2
    status, problem = await ask(world, "root", "POST", "/projects/acme-service/quality/forms", {"criteria": []})
    assert (status, problem["fields"][0]["code"]) == (422, "no_criteria")
    rules = {"raters": ["rita", "sven"], "answer_days": 10}
    shown = (await ask(world, "root", "PUT", "/projects/acme-service/quality/rules", rules))[1]
    assert (shown["rules"]["raters"], shown["rules"]["answer_days"]) == (["rita", "sven"], 10)
    for raters in (["anna"], ["nobody"], ["acme"], ["rita", "rita"]):
        status, problem = await ask(world, "root", "PUT", "/projects/acme-service/quality/rules", {"raters": raters})
        assert (status, problem["fields"][0]["code"]) == (422, "no_such_rater")


async def test_recordings_are_given_out_by_hand(world: World, rita: UserId) -> None:
    assert (await ask(world, "sven", "POST", "/quality-reviews", {"segment_id": "s1", "reviewer": "rita"}))[0] == 204
    both = {"segment_id": "s1", "reviewers": ["rita", "root"]}
    assert (await ask(world, "sven", "POST", "/calibrations", both))[0] == 204
    assert [(each[0], each[2]) for each in world.quality_assigning.asked] == [("s1", False), ("s1", True)]
    for answer, code in ((None, "cannot_be_rated"), ([], "cannot_be_rated"), (Bar.ONE_OF_THE_CALL, "one_of_the_call")):
        world.quality_assigning.answer = answer  # type: ignore[assignment]
        status, problem = await ask(world, "sven", "POST", "/quality-reviews", {"segment_id": "s1", "reviewer": "rita"})
        assert (status, problem["code"]) == (409, code)


async def test_the_report_is_told_and_exported_within_reach(world: World, rita: UserId) -> None:
    lines = (await ask(world, "sven", "GET", f"/quality-report{PERIOD}"))[1]["items"]
    assert [(each["agent_id"], each["mean"]) for each in lines if each["criterion_id"] is None] == [
        ("anna", 8_500),
        ("carla", 8_500),
    ]
    of_team = (await ask(world, "lena", "GET", f"/quality-report{PERIOD}"))[1]["items"]
    assert {each["agent_id"] for each in of_team} == {"anna"}
    status, text = await ask(world, "sven", "GET", f"/quality-report/export{PERIOD}")
    assert status == 200
    assert text.decode().splitlines()[1] == "2027-01,acme-service,anna,1,,,1,85.00,0"
