"""Orders, surveys and suggestions as the people see them who work with them."""

from dataclasses import replace

from routing.aftercall.orders import OrderId
from telephony.events import Envelope
from telephony.identifiers import AgentId, CallId, EventId, Instant, ProjectId, SegmentId
from telephony.order_segments import ConsentWords, SegmentClosed, SegmentVerdict, StopReason
from tests.integration.web.edge import World
from tests.integration.web.matrix_words import A_MONTH, ANNAS_CALL
from tests.integration.web.test_permission_matrix import populate
from web.routes import PREFIX

ORDERS = f"{PREFIX}/calls/{ANNAS_CALL}/orders"
NEW = {"order_id": "o1", "values": {"tariff": "L"}}


async def test_an_order_goes_from_the_call_to_its_effect_and_the_client_sees_no_agent(world: World) -> None:
    populate(world)
    status, order = await world.ask("POST", ORDERS, by="anna", json=NEW)
    assert (status, order["state"], order["agent_id"]) == (200, "booked", "anna")
    assert order["approval_ends_at"] is not None
    for deed, state in (("send_text", "awaiting_approval"), ("approve", "effective")):
        status, order = await world.ask("POST", f"{PREFIX}/orders/o1/steps", by="kurt", json={"deed": deed})
        assert (status, order["state"]) == (200, state)
    status, told = await world.ask("GET", f"{PREFIX}/orders/o1", by="acme")
    assert (status, told["order"]["agent_id"]) == (200, None)
    status, form = await world.ask("POST", f"{PREFIX}/orders/o1/reveal", by="acme", json={"reason": "delivery"})
    assert form == {"values": {"tariff": "L"}}
    assert world.orders.revealed == [("o1", "delivery")]


async def test_an_order_is_shown_as_proven_once_its_whole_segment_is_sealed(world: World) -> None:
    populate(world)
    await world.ask("POST", ORDERS, by="anna", json=NEW)
    closed = SegmentClosed(
        call_id=CallId(ANNAS_CALL),
        agent_id=AgentId("anna"),
        segment_id=SegmentId("s1"),
        order_id="o1",
        words=ConsentWords(language="en", version=1, sha256="ab"),
        verdict=SegmentVerdict.COMPLETE,
        reason=StopReason.ASKED,
    )
    told_at = {"occurred_at": Instant(1), "received_at": Instant(1), "call_id": CallId(ANNAS_CALL)}
    world.journal.envelopes.append(Envelope(seq=9_000, event_id=EventId("e"), event=closed, **told_at))
    proofs = []
    for sealed in ([], ["another"], ["s1"]):
        world.sealed_segments.names["o1"] = set(sealed)
        proofs.append((await world.ask("GET", f"{PREFIX}/orders/o1", by="kurt"))[1]["proof"])
        _, listed = await world.ask("GET", f"{PREFIX}/orders?from=2020-01-01T00:00:00Z&to=2040-01-01T00:00:00Z", by="kurt")
        assert {each["proof"] for each in listed["items"] if each["order_id"] == "o1"} == {proofs[-1]}
    assert proofs == ["not_proven", "not_proven", "proven"]


async def test_what_cannot_be_with_an_order_is_told_in_one_word(world: World) -> None:
    populate(world)
    await world.ask("POST", ORDERS, by="anna", json=NEW)
    for body, why in (
        ({"deed": "approve"}, "not_in_this_state"),
        ({"deed": "cancel"}, "no_reason"),
        ({"deed": "send_text", "at": "2020-01-01T00:00:00Z"}, "too_early"),
    ):
        status, problem = await world.ask("POST", f"{PREFIX}/orders/o1/steps", by="kurt", json=body)
        assert (status, problem["code"], problem["facts"]["why"]) == (409, "order_refused", why)
    tomorrow = {"deed": "send_text", "at": "2199-01-01T00:00:00Z"}
    assert (await world.ask("POST", f"{PREFIX}/orders/o1/steps", by="kurt", json=tomorrow))[0] == 422


async def test_a_form_with_faults_names_the_fields_and_repeats_nothing(world: World) -> None:
    populate(world)
    body = {"order_id": "o1", "values": {"colour": "secret"}}
    status, problem = await world.ask("POST", ORDERS, by="anna", json=body)
    assert status == 422
    assert {(each["at"], each["code"]) for each in problem["fields"]} == {
        ("/values/colour", "unknown"),
        ("/values/tariff", "missing"),
    }
    assert "secret" not in str(problem)


async def test_a_project_without_an_order_form_takes_no_orders(world: World) -> None:
    populate(world)
    projects = dict(world.directory.current.projects)
    projects[ProjectId("acme-service")] = replace(projects[ProjectId("acme-service")], orders=None)
    world.directory.current = replace(world.directory.current, projects=projects)
    status, problem = await world.ask("POST", ORDERS, by="anna", json=NEW)
    assert (status, problem["code"]) == (409, "takes_no_orders")


async def test_orders_are_listed_within_reach(world: World) -> None:
    populate(world)
    seen = {}
    for login in ("anna", "ben", "lena", "kurt", "acme"):
        _, told = await world.ask("GET", f"{PREFIX}/orders{A_MONTH}", by=login)
        seen[login] = {each["order_id"] for each in told["items"]}
    acme, both = {"order-acme"}, {"order-acme", "order-bolt"}
    assert seen == {"anna": acme, "ben": set(), "lena": acme, "kurt": both, "acme": acme}


async def test_who_was_erased_is_seen_by_the_office_alone(world: World) -> None:
    populate(world)
    world.orders.restricted.add(OrderId("order-acme"))
    for login, status in (("anna", 404), ("lena", 404), ("acme", 404), ("kurt", 200)):
        assert (await world.ask("GET", f"{PREFIX}/orders/order-acme", by=login))[0] == status


async def test_a_survey_is_asked_answered_and_counted(world: World) -> None:
    populate(world)
    body = {"response_id": "r1", "survey_id": "survey-acme"}
    path = f"{PREFIX}/calls/{ANNAS_CALL}/survey-responses"
    status, told = await world.ask("POST", path, by="anna", json=body)
    assert (status, told["next_question"]["name"]) == (200, "content")
    wrong = {"question": "content", "values": ["perhaps"]}
    status, problem = await world.ask("POST", f"{PREFIX}/survey-responses/r1/answers", by="anna", json=wrong)
    assert (status, problem["fields"][0]["code"]) == (422, "not_yes_no")
    right = {"question": "content", "values": ["yes"]}
    assert await world.ask("POST", f"{PREFIX}/survey-responses/r1/answers", by="anna", json=right) == (
        200,
        {"next_question": None},
    )
    status, figures = await world.ask("GET", f"{PREFIX}/surveys/survey-acme/figures", by="acme")
    assert (status, figures["responses"], figures["questions"][0]["is_withheld"]) == (200, 1, True)
    status, problem = await world.ask("POST", path, by="anna", json={**body, "response_id": "response-carla"})
    assert (status, problem["code"]) == (409, "taken")
    other = {"response_id": "r2", "survey_id": "survey-bolt"}
    assert (await world.ask("POST", path, by="anna", json=other))[0] == 404


async def test_an_agent_reads_the_answer_to_their_suggestion(world: World) -> None:
    body = {"suggestion_id": "s1", "about": "script", "words": "Say it shorter."}
    assert (await world.ask("POST", f"{PREFIX}/suggestions", by="anna", json=body))[0] == 204
    path = f"{PREFIX}/suggestions/s1/decide"
    assert (await world.ask("POST", path, by="sven", json={"state": "declined"}))[0] == 422
    assert (await world.ask("POST", path, by="sven", json={"state": "taken_up", "answer": "From Monday on."}))[0] == 204
    assert (await world.ask("POST", path, by="sven", json={"state": "declined", "answer": "No."}))[1]["code"] == "not_open"
    _, told = await world.ask("GET", f"{PREFIX}/suggestions", by="anna")
    assert [(each["state"], each["answer"]) for each in told["items"]] == [("taken_up", "From Monday on.")]
    assert (await world.ask("GET", f"{PREFIX}/suggestions", by="carla"))[1]["items"] == []
