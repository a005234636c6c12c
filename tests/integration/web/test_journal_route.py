"""The journal as a page is asked for it."""

import pytest

from tests.integration.web.edge import World
from tests.integration.web.matrix_words import ANNAS_CALL, CARLAS_CALL
from tests.integration.web.stories import a_talk
from tests.integration.web.test_permission_matrix import populate
from web.routes import PREFIX


async def test_the_journal_has_one_beginning(world: World) -> None:
    assert (await world.ask("GET", f"{PREFIX}/journal?since=1&latest=5", by="root"))[0] == 422


async def test_the_journal_is_read_page_by_page_without_hole_or_overlap(world: World) -> None:
    populate(world)
    since, seen = 0, list[int]()
    while since is not None:
        _, page = await world.ask("GET", f"{PREFIX}/journal?since={since}&limit=3", by="root")
        seen += [event["seq"] for event in page["items"]]
        since = page["next_seq"]
    assert seen == [envelope.seq for envelope in world.journal.envelopes]


async def test_the_tail_of_the_journal_is_its_end_and_can_be_followed_from_there(world: World) -> None:
    populate(world)
    everything = [envelope.seq for envelope in world.journal.envelopes]
    _, page = await world.ask("GET", f"{PREFIX}/journal?latest=3", by="root")
    assert [event["seq"] for event in page["items"]] == everything[-3:]
    assert (page["next_seq"], page["seen_seq"]) == (None, everything[-1])
    follow = f"{PREFIX}/journal?since={page['seen_seq']}"
    assert (await world.ask("GET", follow, by="root"))[1] == {"items": [], "next_seq": None, "seen_seq": everything[-1]}
    world.journal.envelopes += a_talk("later", client="acme", agent="anna", first_seq=201)
    _, page = await world.ask("GET", follow, by="root")
    assert [event["seq"] for event in page["items"]] == [e.seq for e in world.journal.envelopes if e.seq > everything[-1]]


@pytest.mark.parametrize(
    ("query", "streams"),
    [
        (f"call={CARLAS_CALL}", {(CARLAS_CALL, None), (CARLAS_CALL, "carla")}),
        ("agent=anna", {(None, "anna"), (ANNAS_CALL, "anna")}),
        (f"call={CARLAS_CALL}&agent=carla", {(CARLAS_CALL, "carla")}),
        (f"call={CARLAS_CALL}&agent=anna", set()),
        (f"call={ANNAS_CALL}&since=90", set()),
        ("agent=anna&latest=5", set()),
        ("call=nothing", set()),
    ],
)
async def test_the_journal_of_one_call_or_agent(world: World, query: str, streams: set[tuple[str | None, str | None]]) -> None:
    populate(world)
    status, page = await world.ask("GET", f"{PREFIX}/journal?{query}", by="root")
    assert status == 200
    assert {(event["call_id"], event["agent_id"]) for event in page["items"]} == streams
