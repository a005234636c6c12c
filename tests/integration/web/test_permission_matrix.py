"""Role × route × whose thing: generated from the route table, so that a new route without a place here fails."""

from dataclasses import dataclass
from dataclasses import replace as with_new
from typing import Any

import pytest
from msgspec.structs import replace

from store.consents import Document
from telephony.identifiers import AgentId, CallId, ClientId, EventId, PartyId
from tests.integration.web.edge import PEOPLE, World
from tests.integration.web.matrix_words import AGENTS_ACTS, ANNAS_CALL, BODIES, CARLAS_CALL, OTHERS, OWN, QUALITY, QUERIES
from tests.integration.web.memory import MemoryDirectory, MemoryUsers, Person, a_call_row
from tests.integration.web.memory_levels import a_contest, a_proposal
from tests.integration.web.memory_messages import MemoryMessages, a_forwarded_mail, a_voice_message
from tests.integration.web.memory_quality import populate_quality
from tests.integration.web.memory_recording import texts_of
from tests.integration.web.memory_shifts import MemoryShifts, populate_shifts
from tests.integration.web.stories import a_talk, an_alert
from web.api.table import ROUTES
from web.permissions import PERMISSIONS, Action, Resource, Role, scope_of
from web.routes import PREFIX, Needs, Public, Route

OF_EACH_ROLE = {facts["role"]: login for login, facts in reversed(PEOPLE.items())}
"""Anna for the agents, acme for the clients: the first of each."""


def path_of(route: Route, ids: dict[str, str]) -> str:
    return PREFIX + route.path.format(**ids) + QUERIES.get(route.name, "")


ANNAS_MAILBOX = "anna@centre.example"
MESSAGES = [a_voice_message(f"message-{client}", project=f"{client}-service", client=client) for client in ("acme", "bolt")]


def populate(world: World) -> None:
    if isinstance(world.shifts, MemoryShifts):
        populate_shifts(world.shifts)
    if isinstance(world.users, MemoryUsers):
        for leads in (world.user("lena"), world.user("sven")):  # by whose phone they listen
            world.users.rows[leads.user_id] = with_new(leads, agent_id=AgentId("ben"))
    for call, client, agent, seq in ((ANNAS_CALL, "acme", "anna", 1), (CARLAS_CALL, "bolt", "carla", 101)):
        world.floor.emergency_rows[EventId(f"emergency-{agent}")] = an_alert(agent)
        world.floor.call_rows[CallId(call)] = a_call_row(call, client=client, agent=agent)
        world.phone_use.rows[CallId(call)] = AgentId(agent)
        parked = CallId(f"parked-{client}")
        slot = 1 if client == "acme" else 2
        world.floor.call_rows[parked] = replace(a_call_row(parked, client=client, agent=None), slot=slot)
        world.journal.envelopes += a_talk(call, client=client, agent=agent, first_seq=seq)
        world.parties.rows[PartyId(f"party-{call}")] = Person("+4917712345", "Erika")
    anna = world.directory.current.agents[AgentId("anna")]
    if isinstance(world.directory, MemoryDirectory):
        agents = {**world.directory.current.agents, anna.agent_id: with_new(anna, mailbox=ANNAS_MAILBOX)}
        world.directory.current = with_new(world.directory.current, agents=agents)
    for agent in ("anna", "carla"):
        world.levels.rows[f"proposal-{agent}"] = a_proposal(f"proposal-{agent}", agent)
        world.contests.rows[f"contest-{agent}"] = a_contest(f"contest-{agent}", agent)
    populate_quality(world.quality_forms, world.quality_reviews, world.user_of("rita").user_id)
    for client in ("acme", "bolt"):
        world.consent_texts.rows += texts_of(f"{client}-service")
        proof = Document(name="form.pdf", media_type="application/pdf", content=b"%PDF")
        world.consents.documents[f"of-{client}"] = (ClientId(client), proof)
    for message in MESSAGES:
        if isinstance(world.messages, MemoryMessages):
            world.messages.rows[message.message_id] = message
            world.messages.sent += [
                a_forwarded_mail(message, ANNAS_MAILBOX if message.client_id == "acme" else "boss@bolt.example")
            ]
        if world.deps.settings.messages_folder is not None:
            (world.deps.settings.messages_folder / message.file_name).write_bytes(b"RIFFdata")


async def by_session(world: World, login: str, method: str, path: str, body: Any) -> tuple[int, Any]:
    browser = world.browser()
    assert (await browser.log_in(login))[0] == 200
    return await browser.ask(method, path, json=body)


GUARDED = [route for route in ROUTES if isinstance(route.access, Needs)]


@pytest.mark.parametrize("route", GUARDED, ids=lambda r: r.name)
@pytest.mark.parametrize("role", list(Role))
async def test_a_role_without_the_permission_is_refused_and_one_with_it_is_not(world: World, route: Route, role: Role) -> None:
    populate(world)
    assert isinstance(route.access, Needs)
    status, problem = await by_session(world, OF_EACH_ROLE[role], route.method, path_of(route, OWN), BODIES.get(route.name))
    may = scope_of(role, route.access.resource, route.access.action) is not None
    is_refused = status == 403 and problem["code"] == "not_allowed"
    assert is_refused is not may
    assert status < 500
    if not may:
        assert world.intents.asked == []
        assert world.audit.deeds == []


@pytest.mark.parametrize("route", [r for r in ROUTES if not isinstance(r.access, Public)], ids=lambda r: r.name)
async def test_without_a_proof_nothing_is_answered(world: World, route: Route) -> None:
    populate(world)
    for ids in (OWN, OTHERS):
        status, problem = await world.ask(route.method, path_of(route, ids), json=BODIES.get(route.name))
        assert (status, problem["code"]) == (401, "not_logged_in_here")
    assert world.intents.asked == []


@dataclass(frozen=True)
class Trespass:
    """Somebody with the permission, at a thing out of its reach."""

    login: str
    route: str


TRESPASSES = [
    *(Trespass(login, route) for login in ("anna", "lena") for route in ("tell_call_in_words", "tell_why")),
    *(Trespass(login, "desktop_is_there") for login in ("anna", "lena")),
    *(Trespass("lena", route) for route in ("see_emergency", "clear_unclear_call")),
    *(Trespass("anna", route) for route in ("show_agent", "log_in_agent", "log_out_agent", "be_available", "pause_agent")),
    *(Trespass("anna", route) for route in ("open_line", "close_line")),
    *(Trespass("anna", route) for route in ("choose_wrap_up_code", "extend_wrap_up", "tell_call", "hold_call", "unhold_call")),
    *(Trespass("anna", route) for route in ("hang_up_call", "reveal_caller", "show_project")),
    *(Trespass("anna", route) for route in ("transfer_call", "consult_colleague", "complete_transfer", "cancel_consult")),
    *(Trespass("anna", route) for route in ("show_message", "hear_message", "list_targets", "ask_for_sample")),
    *(Trespass("anna", route) for route in ("swap_parties", "hold_conference", "leave_conference", "park_call", "pick_up_call")),
    *(Trespass("anna", route) for route in ("ring_agent_anew", "contest_decision", "have_next_lead")),
    *(Trespass(login, route) for login, route in (("anna", "end_abusive_call"), ("lena", "confirm_pause"))),
    *(Trespass(login, route) for login in ("anna", "lena") for route in ("show_level_proposal", "tell_statement")),
    *(Trespass(login, route) for login, route in QUALITY),
    *(Trespass(login, "list_consent_texts") for login in ("anna", "lena", "acme")),
    *(Trespass("anna", route) for route in AGENTS_ACTS),
    *(Trespass("lena", f"{what}_listening") for what in ("begin", "end")),
    *(Trespass(login, "withdraw_on_call") for login in ("anna", "lena")),
    *(Trespass("anna", route) for route in ("show_address", "set_address", "forget_address")),
    *(Trespass("lena", route) for route in ("show_agent", "log_in_agent", "log_out_agent", "be_available", "pause_agent")),
    *(Trespass("lena", route) for route in ("open_line", "close_line")),
    *(Trespass("lena", route) for route in ("choose_wrap_up_code", "extend_wrap_up", "tell_call", "hang_up_call")),
    *(Trespass("lena", route) for route in ("show_message", "hear_message", "finish_message", "reopen_message")),
    *(Trespass("lena", route) for route in ("forward_message", "retry_mails")),
    *(Trespass("lena", route) for route in ("reveal_caller", "show_project", "show_team")),
    *(Trespass("anna", route) for route in ("book_shift", "take_shift", "download_shifts")),
    *(Trespass("anna", route) for route in ("list_shift_notices", "see_shift_notices")),
    *(Trespass("lena", route) for route in ("change_shift", "cancel_shift", "book_shift", "release_shift", "offer_shift")),
    Trespass("lena", "list_takers"),
    *(Trespass("lena", route) for route in ("ask_for_excuse", "decide_excuse", "withdraw_offer", "download_shifts")),
    *(Trespass("acme", route) for route in ("show_client", "show_project", "show_number")),
    *(Trespass(login, "show_lead_list") for login in ("acme", "lena")),
    *(Trespass(login, "tell_lead_list_figures") for login in ("acme", "lena")),
    *(Trespass(login, route) for login in ("acme", "lena") for route in ("list_lead_imports", "show_lead_import")),
    *(Trespass(login, route) for login in ("acme", "lena") for route in ("show_campaign_board", "export_campaign_board")),
    *(Trespass("acme", route) for route in ("export_lead_list", "list_lead_checks", "reveal_lead_checks")),
    *(Trespass("anna", route) for route in ("book_order", "begin_survey", "answer_survey")),
    *(Trespass(login, "tell_order") for login in ("anna", "lena", "acme")),
    *(Trespass("acme", route) for route in ("reveal_order", "download_consent_document")),
    *(Trespass(login, "show_survey") for login in ("anna", "lena", "acme")),
    *(Trespass(login, route) for login in ("lena", "acme") for route in ("count_survey", "export_survey")),
]


@pytest.mark.parametrize("trespass", TRESPASSES, ids=lambda t: f"{t.login}-{t.route}")
async def test_what_is_out_of_reach_looks_like_what_does_not_exist(world: World, trespass: Trespass) -> None:
    populate(world)
    route = next(r for r in ROUTES if r.name == trespass.route)
    body = BODIES.get(route.name)
    out_of_reach = await world.ask(route.method, path_of(route, OTHERS), by=trespass.login, json=body)
    nowhere = {
        **OTHERS,
        "agent_id": "nobody",
        "call_id": "nowhere",
        "slot": "9",
        "team_id": "none",
        "client_id": "nobody",
        "project_id": "nothing",
        "message_id": "nothing",
        **dict.fromkeys(("proposal_id", "review_id"), "nothing"),
        "did": "+49309",
        "shift_id": "nothing",
        "swap_id": "nothing",
        "excuse_id": "nothing",
        "lead_list_id": "nothing",
        "import_no": "9",
        "order_id": "nothing",
        "survey_id": "nothing",
        "response_id": "nothing",
    }
    unknown = await world.ask(route.method, path_of(route, nowhere), by=trespass.login, json=body)
    for _, problem in (out_of_reach, unknown):
        problem.pop("instance")
    assert out_of_reach == unknown
    assert out_of_reach[0] == 404
    assert world.intents.asked == []
    assert world.audit.deeds == []


@pytest.mark.parametrize("trespass", TRESPASSES, ids=lambda t: f"{t.login}-{t.route}")
async def test_the_same_is_open_within_reach(world: World, trespass: Trespass) -> None:
    populate(world)
    route = next(r for r in ROUTES if r.name == trespass.route)
    status, answered = await world.ask(route.method, path_of(route, OWN), by=trespass.login, json=BODIES.get(route.name))
    assert status in (200, 204), answered


def test_every_narrow_permission_of_a_named_thing_has_a_trespass() -> None:
    covered = {t.route for t in TRESPASSES}
    named_by_id = [r for r in GUARDED if "{" in r.path]
    for route in named_by_id:
        assert isinstance(route.access, Needs)
        scopes = set(PERMISSIONS[route.access.resource, route.access.action].values())
        is_elsewhere = route.name == "revoke_token" or route.access.needs_session  # test_entering.py, test_listening.py
        if scopes - {"all"} and not is_elsewhere:
            assert route.name in covered, route.name


@pytest.mark.parametrize(
    ("login", "path", "seen"),
    [
        ("anna", "/agents", {"anna"}),
        ("lena", "/agents", {"anna", "ben"}),
        ("sven", "/agents", {"anna", "ben", "carla"}),
        ("anna", "/calls", {ANNAS_CALL}),
        ("ben", "/calls", set()),
        ("lena", "/calls", {ANNAS_CALL}),
        ("sven", "/calls", {ANNAS_CALL, CARLAS_CALL, "parked-acme", "parked-bolt"}),
        ("acme", "/clients", {"acme"}),
        ("kurt", "/clients", {"acme", "bolt"}),
        ("acme", "/projects", {"acme-service"}),
        ("anna", "/projects", {"acme-service"}),
        ("carla", "/projects", {"bolt-service"}),
        ("lena", "/projects", {"acme-service"}),
        ("lena", "/teams", {"red"}),
        ("sven", "/teams", {"blue", "red"}),
        ("acme", "/numbers", {"+4930111"}),
        ("kurt", "/numbers", {"+4930111", "+4930222"}),
        ("anna", "/messages", {"+4930111"}),
        ("ben", "/messages", set()),
        ("sven", "/messages", {"+4930111"}),
        ("sven", "/messages?project=bolt-service", {"+4930111"}),
        ("lena", "/messages?project=acme-service", {"+4930111"}),
        ("lena", "/messages?project=bolt-service", set()),
    ],
)
async def test_lists_hold_what_is_within_reach_and_nothing_else(world: World, login: str, path: str, seen: set[str]) -> None:
    populate(world)
    status, answered = await world.ask("GET", PREFIX + path, by=login)
    assert status == 200
    keys = ("team_id", "did", "call_id", "agent_id", "project_id", "client_id")
    assert {next(item[k] for k in keys if k in item) for item in answered["items"]} == seen


@pytest.mark.parametrize(
    ("login", "asked_client", "status", "narrowed"),
    [
        ("kurt", None, 200, (None, None)),
        ("kurt", "bolt", 200, ("bolt", None)),
        ("acme", None, 200, ("acme", None)),
        ("acme", "acme", 200, ("acme", None)),
        ("acme", "bolt", 404, None),
        ("acme", "nobody", 404, None),
        ("anna", None, 200, (None, {"anna"})),
        ("anna", "bolt", 200, ("bolt", {"anna"})),
        ("lena", None, 200, (None, {"anna", "ben"})),
        ("lena", "bolt", 200, ("bolt", {"anna", "ben"})),
        ("lena", "nobody", 200, ("nobody", {"anna", "ben"})),
    ],
)
async def test_minutes_are_narrowed_before_they_are_read(
    world: World, login: str, asked_client: str | None, status: int, narrowed: tuple[str | None, set[str] | None] | None
) -> None:
    path = PREFIX + "/minutes" + QUERIES["export_minutes"] + (f"&client={asked_client}" if asked_client else "")
    answered = await world.ask("GET", path, by=login)
    assert answered[0] == status
    wanted = [(w.client_id, w.agent_ids) for w in world.minutes.wanted]
    assert wanted == ([(narrowed[0], None if narrowed[1] is None else frozenset(narrowed[1]))] if narrowed is not None else [])


async def test_a_user_whose_belonging_is_missing_reaches_nothing_rather_than_everything(world: World) -> None:
    populate(world)
    for login in ("anna", "acme", "lena"):
        user = world.user(login)
        world.users.rows[user.user_id] = type(user)(
            user_id=user.user_id, login=login, display_name=login, role=user.role, created_at=user.created_at
        )
    assert (await world.ask("GET", PREFIX + "/agents", by="anna"))[1]["items"] == []
    assert (await world.ask("GET", PREFIX + "/agents", by="lena"))[1]["items"] == []
    assert (await world.ask("GET", PREFIX + "/clients", by="acme"))[1]["items"] == []
    assert (await world.ask("GET", PREFIX + "/minutes" + QUERIES["export_minutes"], by="acme"))[0] == 404
    assert (await world.ask("GET", PREFIX + "/minutes" + QUERIES["export_minutes"], by="anna"))[0] == 404
    assert (await world.ask("GET", PREFIX + "/minutes" + QUERIES["export_minutes"], by="lena"))[0] == 404
    assert (await world.ask("GET", PREFIX + "/projects", by="lena"))[1]["items"] == []
    assert world.minutes.wanted == []


async def test_an_agent_sees_of_a_call_only_their_own_part(world: World) -> None:
    world.journal.envelopes += a_talk(ANNAS_CALL, client="acme", agent="anna")
    bens = [e for e in a_talk(ANNAS_CALL, client="acme", agent="ben", first_seq=50) if e.agent_id == AgentId("ben")]
    world.journal.envelopes += bens
    _, story = await world.ask("GET", f"{PREFIX}/calls/{ANNAS_CALL}", by="anna")
    assert story["agents"] == ["anna"]
    assert "ben" not in str(story)
    _, whole = await world.ask("GET", f"{PREFIX}/calls/{ANNAS_CALL}", by="sven")
    assert whole["agents"] == ["anna", "ben"]


async def test_an_agent_who_missed_the_offer_does_not_learn_the_callers_number(world: World) -> None:
    story = a_talk(ANNAS_CALL, client="acme", agent="anna")
    world.journal.envelopes += [e for e in story if type(e.event).__name__ != "AgentConnected"]
    world.parties.rows[PartyId(f"party-{ANNAS_CALL}")] = Person("+4917712345", "Erika")
    path = f"{PREFIX}/calls/{ANNAS_CALL}/reveal-caller"
    assert (await world.ask("POST", path, by="anna", json={"reason": "x"}))[0] == 404
    assert (await world.ask("POST", path, by="sven", json={"reason": "x"}))[1]["number"] == "+4917712345"


async def test_who_looked_at_a_number_and_who_erased_one_is_kept(world: World) -> None:
    populate(world)
    await world.ask("POST", f"{PREFIX}/calls/{ANNAS_CALL}/reveal-caller", by="sven", json={"reason": "call back"})
    erase = f"{PREFIX}/parties/party-{ANNAS_CALL}/erase"
    status, _ = await by_session(world, "root", "POST", erase, {"reason": "letter of 3 May"})
    assert status == 200
    deeds = [
        (world.user(login).user_id, deed, reason)
        for login, deed, reason in (("sven", "party.revealed", "call back"), ("root", "party.erased", "letter of 3 May"))
    ]
    assert [(user, deed, reason) for user, deed, _, reason in world.audit.deeds] == deeds
    assert (await by_session(world, "root", "POST", erase, {"reason": "again"}))[0] == 404
    assert (await world.ask("POST", f"{PREFIX}/calls/{ANNAS_CALL}/reveal-caller", by="sven", json={"reason": "x"}))[0] == 404


async def test_a_supervisors_act_is_told_as_theirs(world: World) -> None:
    populate(world)
    await world.ask("POST", f"{PREFIX}/agents/anna/pause", by="sven", json={"pause_reason": "break"})
    await world.ask("POST", f"{PREFIX}/calls/{ANNAS_CALL}/hang-up", by="sven")
    await world.ask("POST", f"{PREFIX}/calls/{ANNAS_CALL}/hang-up", by="anna")
    seen: list[Any] = list(world.intents.asked)
    assert [(s.agent_id, s.by) for s in seen] == [
        ("anna", world.user("sven").user_id),
        (None, world.user("sven").user_id),
        ("anna", world.user("anna").user_id),
    ]


async def test_an_agent_comes_on_duty_at_no_phone_but_their_own(world: World) -> None:
    for phone, status in (("phone-ben", 409), ("phone-nobody", 409), ("phone-anna", 204), (None, 204)):
        answered = await world.ask("POST", f"{PREFIX}/agents/anna/log-in", by="anna", json={"endpoint_id": phone})
        assert answered[0] == status


def test_every_permission_is_asked_by_a_route_or_by_the_edge_beside_them() -> None:
    asked = {(r.access.resource, r.access.action) for r in GUARDED if isinstance(r.access, Needs)}
    beside = {(Resource.METRICS, Action.READ), (Resource.BOARD, Action.READ)}
    assert asked | beside == set(PERMISSIONS)


async def test_an_erasure_by_number_keeps_the_receipt_and_not_the_number(world: World) -> None:
    populate(world)
    body = {"number": "+4917712345", "reason": "letter of 3 May"}
    status, receipt = await by_session(world, "root", "POST", f"{PREFIX}/parties/erase", body)
    assert (status, receipt["records"]) == (200, 2)
    assert [(deed, subject) for _, deed, subject, _ in world.audit.deeds] == [("party.erased", receipt["receipt_id"])]
    assert (await by_session(world, "root", "POST", f"{PREFIX}/parties/erase", body))[0] == 404
    for number in ("", "abc", "+49 177 12345\r\n", "1" * 40):
        status, _ = await by_session(world, "root", "POST", f"{PREFIX}/parties/erase", {**body, "number": number})
        assert status == 422, number


async def test_what_is_held_about_a_person_is_told_as_a_file_to_an_administrator_in_person(world: World) -> None:
    path, body = f"{PREFIX}/parties/tell", {"number": "+49 177 12345", "reason": "letter of 3 May"}
    browser = world.browser()
    assert (await browser.log_in("root"))[0] == 200
    status, told = await browser.ask("POST", path, json=body)
    assert (status, told["people"]) == (200, [{"number": "+49 177 12345"}])
    assert len(told["leads"][0]["note"]) == 200_000, "whole, in however many pieces it came"
    assert world.telling.asked == [("+49 177 12345", world.user("root").user_id, "letter of 3 May")]
    assert (await world.ask("POST", path, by="root", json=body))[0] == 403, "a token is no person"
    for number in ("", "abc", "+49 177 12345\r\n", "1" * 40):
        assert (await browser.ask("POST", path, json={**body, "number": number}))[0] == 422, number
    assert (await browser.ask("POST", path, json={"number": "+4917712345"}))[0] == 422, "nobody is told without a reason"
    world.telling.is_busy = True
    status, problem = await browser.ask("POST", path, json=body)
    assert (status, problem["code"]) == (503, "busy")
    assert len(world.telling.asked) == 1
