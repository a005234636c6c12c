"""Keeping recordings by the API: two people hold and lift, a token never does; terms stay within the law's."""

from dataclasses import replace

import pytest

from store.vault import UNCONFIRMED_HOLD_US
from telephony.identifiers import Instant
from tests.integration.web.edge import World
from tests.integration.web.memory_keeping import SEGMENT, a_hold
from tests.integration.web.test_permission_matrix import by_session
from web.routes import PREFIX

HOLDS = f"{PREFIX}/vault/holds"
TERMS = f"{PREFIX}/projects/acme-service/recording-terms"
SET = {"unrated_days": 7, "rated_days": 30, "dispute_months": 6, "order_years": 3}


async def _asked(world: World, login: str = "sven") -> str:
    status, held = await by_session(world, login, "POST", HOLDS, {"segment_id": SEGMENT, "reason": "court"})
    assert status == 200
    return str(held["hold_id"])


async def test_a_hold_takes_two_to_last_and_two_to_go(world: World) -> None:
    hold = f"{HOLDS}/{await _asked(world)}"
    status, problem = await by_session(world, "sven", "POST", f"{hold}/confirm", {"reason": "court"})
    assert (status, problem["code"]) == (409, "second_person_needed")
    _, held = await by_session(world, "root", "POST", f"{hold}/confirm", {"reason": "court"})
    assert (held["state"], held["asked_by"], held["confirmed_by"]) == (
        "confirmed",
        world.user("sven").user_id,
        world.user("root").user_id,
    )
    for _ in range(2):  # one person's word, however often
        _, held = await by_session(world, "root", "POST", f"{hold}/lift", {"reason": "settled"})
        assert held["state"] == "confirmed"
    assert [each["hold_id"] for each in (await world.ask("GET", HOLDS, by="root"))[1]["items"]] == [held["hold_id"]]
    _, held = await by_session(world, "sven", "POST", f"{hold}/lift", {"reason": "settled"})
    assert held["state"] == "lifted"
    status, problem = await by_session(world, "root", "POST", f"{hold}/lift", {"reason": "again"})
    assert (status, problem["code"]) == (409, "hold_refused")
    assert (await world.ask("GET", HOLDS, by="root"))[1]["items"] == []


async def test_a_token_stands_behind_no_hold(world: World) -> None:
    world.keeping.holds.rows["h"] = a_hold("h", at=world.clock.now())
    for path, body in (
        ("", {"segment_id": SEGMENT, "reason": "x"}),
        ("/h/confirm", {"reason": "x"}),
        ("/h/lift", {"reason": "x"}),
    ):
        status, problem = await world.ask("POST", HOLDS + path, by="root", json=body)
        assert (status, problem["code"]) == (403, "session_needed")
    assert list(world.keeping.holds.rows.values()) == [a_hold("h", at=world.clock.now())]


@pytest.mark.parametrize("login", ["anna", "lena", "rita", "kurt", "acme"])
async def test_nobody_else_holds_lifts_or_sees_what_is_kept(world: World, login: str) -> None:
    world.keeping.holds.rows["h"] = a_hold("h")
    for method, path, body in (
        ("POST", "/holds", {"segment_id": SEGMENT, "reason": "x"}),
        ("POST", "/holds/h/lift", {"reason": "x"}),
        ("GET", "/holds", None),
        ("GET", "/segments", None),
        ("GET", "/receipts", None),
    ):
        assert (await by_session(world, login, method, f"{PREFIX}/vault{path}", body))[0] == 403
    assert world.keeping.holds.rows == {"h": a_hold("h")}


async def test_a_hold_that_lapsed_is_not_confirmed_and_an_unknown_one_not_found(world: World) -> None:
    lapsed = a_hold("h", at=Instant(world.clock.now() - UNCONFIRMED_HOLD_US))
    world.keeping.holds.rows["h"] = replace(lapsed)
    status, problem = await by_session(world, "root", "POST", f"{HOLDS}/h/confirm", {"reason": "x"})
    assert (status, problem["code"]) == (409, "hold_refused")
    assert (await world.ask("GET", HOLDS, by="root"))[1]["items"][0]["state"] == "lapsed"
    assert (await by_session(world, "root", "POST", f"{HOLDS}/none/lift", {"reason": "x"}))[0] == 404
    assert (await by_session(world, "root", "POST", HOLDS, {"segment_id": "none", "reason": "x"}))[0] == 404
    for wrong in ("../x", "", "a b", "x" * 101):
        assert (await by_session(world, "root", "POST", HOLDS, {"segment_id": wrong, "reason": "x"}))[0] == 422


async def test_segments_and_receipts_are_listed_and_signatures_tried(world: World) -> None:
    _, found = await world.ask("GET", f"{PREFIX}/vault/segments?order_id=order-7", by="sven")
    assert [(each["segment_id"], each["state"]) for each in found["items"]] == [(SEGMENT, "kept")]
    assert (await world.ask("GET", f"{PREFIX}/vault/segments?call_id=another", by="sven"))[1]["items"] == []
    _, words = await world.ask("GET", f"{PREFIX}/vault/receipts", by="sven")
    assert [(each["segment_id"], each["reason"], each["is_valid"]) for each in words["items"]] == [("gone", "term", True)]


async def test_terms_stay_within_the_laws(world: World) -> None:
    assert (await world.ask("GET", TERMS, by="sven"))[1] == {
        "project_id": "acme-service",
        "unrated_days": 30,
        "rated_days": 90,
        "dispute_months": 6,
        "order_years": 3,
        "shortened": None,
    }
    status, told = await world.ask("PUT", TERMS, by="root", json=SET)
    assert (status, told["unrated_days"], told["shortened"]) == (200, 7, 2)
    for wrong in ({"unrated_days": 0}, {"rated_days": 181}, {"order_years": 4}, {"dispute_months": 37}, {"rated_days": 6}):
        status, problem = await world.ask("PUT", TERMS, by="root", json={**SET, **wrong})
        assert status == 422
        assert [fault["at"] for fault in problem["fields"]] == [f"/{next(iter(wrong))}"]
    assert (await world.ask("PUT", f"{PREFIX}/projects/none/recording-terms", by="root", json=SET))[0] == 404
    assert (await world.ask("PUT", TERMS, by="sven", json=SET))[0] == 403
