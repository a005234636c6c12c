"""The dial book and the permit desk before it: in memory, in SQLite and in PostgreSQL they permit and count alike."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import event, select

from routing.outbound.asking import DialAsk, DialPurpose, Permit, Reference, ReferenceKind
from routing.outbound.facts import Covers, ListOwner
from routing.outbound.rules import Attempts, Brakes, OutboundRules, ProjectOutbound
from routing.outbound.windows import counted_since
from store.consents import ConsentStore
from store.dial_book import SqlDialBook
from store.engine import make_engine
from store.parties import PartyStore
from store.tables.outbound import DIAL_ATTEMPTS
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.engine.dial_book import Ask
from telephony.engine.permits import Desk
from telephony.engine.ports import PartyRecord
from telephony.errors import Refusal, RefusalCode
from telephony.events import AgentReleased, CallEnded, CommandFailed, Envelope, Event, LegAnswered, LegHungUp, LegRinging
from telephony.identifiers import SECOND, AgentId, ClientId, EventId, Instant, PartyId, ProjectId
from tests.contract.store.dial_books import KEYS, World, in_database, in_memory, journaled
from tests.unit.routing.outbound.asks import BERLIN, FRIDAY_AT_TEN, MOBILE, WorkKind

ANNA, BEN = PartyId("anna-k"), PartyId("ben-k")
MINUTE = 60 * SECOND


@pytest.fixture
async def world(url_or_memory: str | None) -> AsyncIterator[World]:
    """A centre with two people to call."""
    if url_or_memory is None:
        built = in_memory()
        await _fill(built)
        yield built
        return
    engine = make_engine(url_or_memory)
    built = await in_database(engine)
    await _fill(built)
    yield built
    await engine.dispose()


async def _fill(world: World) -> None:
    await world.put_person(ANNA, "030 23125 100")
    await world.put_person(BEN, MOBILE)


def rules(world: World, **changes: object) -> None:
    world.centre = replace(world.centre, outbound=replace(world.centre.outbound, **changes))  # type: ignore[arg-type]


async def permitted(world: World, ask: DialAsk, party: PartyId = ANNA) -> Permit:
    answer = await world.desk.permission(ask, party)
    assert isinstance(answer, Permit), answer
    return answer


async def refused(world: World, ask: DialAsk, party: PartyId = ANNA) -> RefusalCode:
    answer = await world.desk.permission(ask, party)
    assert isinstance(answer, Refusal), answer
    return answer.code


def hears(world: World, ask: DialAsk, event: Event, after_s: float = 0) -> None:
    at = Instant(world.clock.at + round(after_s * SECOND))
    envelope = Envelope(
        seq=1, event_id=EventId("e"), occurred_at=at, received_at=at, event=event, call_id=ask.call_id, agent_id=None, switch=None
    )
    world.desk.publish([envelope])


def talks(world: World, ask: DialAsk, seconds: float) -> None:
    hears(world, ask, LegRinging(leg_id=ask.leg_id))
    hears(world, ask, LegAnswered(leg_id=ask.leg_id))
    hears(world, ask, LegHungUp(leg_id=ask.leg_id, cause=HangupCause.NORMAL, by_phone=True), seconds)


async def spent(world: World) -> tuple[int, int]:
    """Calls and money of the agent, as the next ask would see them."""
    await world.desk.settle()
    ask = world.ask()
    since = counted_since(ask.at, world.centre.outbound)
    found = await world.book.look_up(Ask(ask=ask, party_id=BEN, client_id=ClientId("acme"), since=since))
    assert found is not None
    assert found.facts.of_agent == found.facts.of_client == found.facts.of_centre
    return found.facts.of_agent.calls, found.facts.of_agent.cost_micros


async def test_a_permit_sets_its_cost_aside_and_what_was_not_talked_is_given_back(world: World) -> None:
    ask = world.ask()
    given = await permitted(world, ask)
    assert await spent(world) == (1, given.cost_limit_micros)
    talks(world, ask, 61)
    assert await spent(world) == (1, 2 * given.rate_micros)


@pytest.mark.parametrize("cause", [HangupCause.BUSY, HangupCause.NO_ANSWER, HangupCause.INVALID_NUMBER])
async def test_who_did_not_answer_cost_nothing(world: World, cause: HangupCause) -> None:
    ask = world.ask()
    await permitted(world, ask)
    hears(world, ask, LegRinging(leg_id=ask.leg_id))
    hears(world, ask, LegHungUp(leg_id=ask.leg_id, cause=cause, by_phone=True), 20)
    assert await spent(world) == (1, 0)


async def test_a_leg_the_switch_never_made_cost_nothing(world: World) -> None:
    for ending in ("command", "call"):
        ask = world.ask(reference=Reference(kind=ReferenceKind.TASK, id=ending))
        party = ANNA if ending == "command" else BEN
        hears(world, ask, journaled(ask, await permitted(world, ask, party), party))
        if ending == "command":
            hears(world, ask, CommandFailed(command="Originate", reason="refused", leg_id=ask.leg_id))
        else:
            hears(world, ask, CallEnded(call_id=ask.call_id, end_reason=EndReason.FAILED))
    assert await spent(world) == (2, 0)


async def test_a_leg_is_permitted_once_even_by_two_desks(world: World) -> None:
    ask = world.ask()
    await permitted(world, ask)
    assert await refused(world, ask) is RefusalCode.ALREADY_DIALLED
    assert await Desk(world.book, lambda: world.centre, world.clock).permission(ask, ANNA) == Refusal(
        code=RefusalCode.ALREADY_DIALLED, facts={"leg": ask.leg_id}
    )
    assert (await spent(world))[0] == 1


async def test_the_number_is_found_by_its_party_and_dialled_in_e164(world: World) -> None:
    assert await world.desk.number_to_dial(ANNA) == BERLIN
    await permitted(world, world.ask())
    assert await world.desk.number_to_dial(ANNA) == BERLIN
    assert await world.desk.number_to_dial(PartyId("nobody")) is None


async def test_a_party_without_a_number_is_not_called(world: World) -> None:
    await world.put_person(PartyId("hidden"), None)
    assert await refused(world, world.ask(), PartyId("hidden")) is RefusalCode.NO_NUMBER
    assert await refused(world, world.ask(), PartyId("nobody")) is RefusalCode.NO_NUMBER


async def test_an_emergency_call_is_permitted_and_counts_for_nobody(world: World) -> None:
    await world.put_person(PartyId("112"), "112")
    ask = world.ask(reference=None, holds_agent=False)
    assert (await permitted(world, ask, PartyId("112"))).is_emergency
    assert await world.desk.number_to_dial(PartyId("112")) == "112"
    assert await spent(world) == (0, 0)
    await permitted(world, world.ask())


@pytest.mark.parametrize(
    ("owner", "owner_id"), [(ListOwner.CENTRE, ""), (ListOwner.CLIENT, "acme"), (ListOwner.PROJECT, "sales")]
)
async def test_a_number_on_a_list_is_not_called_however_it_is_written(world: World, owner: ListOwner, owner_id: str) -> None:
    await world.put_on_list("+49 (0)30 / 23125-100", owner, owner_id, Covers.EVERYTHING, FRIDAY_AT_TEN)
    assert await refused(world, world.ask()) is RefusalCode.ON_DO_NOT_CALL_LIST
    assert await refused(world, world.ask(DialPurpose.TRANSFER)) is RefusalCode.ON_DO_NOT_CALL_LIST
    await permitted(world, world.ask(), BEN)


async def test_another_projects_list_is_not_ours(world: World) -> None:
    await world.put_on_list(BERLIN, ListOwner.PROJECT, "service", Covers.EVERYTHING, FRIDAY_AT_TEN)
    await permitted(world, world.ask())


async def test_a_consent_to_another_client_is_none(world: World) -> None:
    project = replace(world.centre.projects[ProjectId("sales")], outbound=ProjectOutbound(kind=WorkKind.ADVERTISING))
    world.centre = replace(world.centre, projects={project.project_id: project})
    await world.consent(BERLIN, "other", Instant(1))
    assert await refused(world, world.ask(DialPurpose.PREVIEW)) is RefusalCode.NO_CONSENT
    await world.consent(BERLIN, "acme", Instant(1))
    assert (await permitted(world, world.ask(DialPurpose.PREVIEW))).consent_id == f"of-{BERLIN}-acme"


async def test_attempts_of_all_projects_are_counted_by_number(world: World) -> None:
    world.centre = replace(world.centre, outbound=OutboundRules(attempts=Attempts(interval_ms=0, after_busy_ms=0)))
    world.centre = replace(world.centre, rights=world.centre.rights)
    for _ in range(Attempts().per_day):
        ask = world.ask()
        await permitted(world, ask)
        hears(world, ask, LegHungUp(leg_id=ask.leg_id, cause=HangupCause.BUSY, by_phone=True))
        world.clock.at = Instant(world.clock.at + 10 * MINUTE)
    assert await refused(world, world.ask()) is RefusalCode.CALLED_TOO_OFTEN
    assert await refused(world, world.ask(DialPurpose.CALLBACK)) is RefusalCode.CALLED_TOO_OFTEN
    await permitted(world, world.ask(DialPurpose.TRANSFER))
    world.clock.at = Instant(FRIDAY_AT_TEN + 24 * 60 * MINUTE)
    await permitted(world, world.ask())


async def test_after_a_busy_number_the_next_attempt_comes_sooner_than_after_no_answer(world: World) -> None:
    for party, cause in ((ANNA, HangupCause.BUSY), (BEN, HangupCause.NO_ANSWER)):
        ask = world.ask()
        await permitted(world, ask, party)
        hears(world, ask, LegHungUp(leg_id=ask.leg_id, cause=cause, by_phone=True))
    world.clock.at = Instant(world.clock.at + 20 * MINUTE)
    await permitted(world, world.ask())
    talks(world, world.ask(), 1)
    assert await refused(world, world.ask(), BEN) is RefusalCode.CALLED_TOO_SOON


async def test_an_agent_has_one_call_until_they_are_out_of_it(world: World) -> None:
    first = world.ask()
    await permitted(world, first)
    assert await refused(world, world.ask(), BEN) is RefusalCode.IN_ANOTHER_CALL
    await permitted(world, world.ask(DialPurpose.CONSULT, call=first.call_id), BEN)
    released = AgentReleased(call_id=first.call_id, agent_id=AgentId("anna"), reason=ReleaseReason.TALKED, has_talked=True)
    hears(world, first, released)
    await permitted(world, world.ask(), BEN)


async def test_a_second_leg_of_the_same_call_is_no_other_call(world: World) -> None:
    first = world.ask(DialPurpose.CALLBACK)
    await permitted(world, first)
    await permitted(world, world.ask(DialPurpose.CALLBACK, call=first.call_id), BEN)


async def test_bursts_and_new_countries_are_braked(world: World) -> None:
    for number, country in enumerate(("+33142685300", "+43151234567", "+390236618300")):
        await world.put_person(PartyId(country), country)
        ask = world.ask(DialPurpose.TRANSFER)
        if number < Brakes().new_countries_per_day:
            await permitted(world, ask, PartyId(country))
        else:
            assert await refused(world, ask, PartyId(country)) is RefusalCode.TOO_MANY_NEW_COUNTRIES
    await permitted(world, world.ask(DialPurpose.TRANSFER), PartyId("+33142685300"))
    for _ in range(Brakes().burst_calls - 3):
        await permitted(world, world.ask(DialPurpose.TRANSFER))
    assert await refused(world, world.ask(DialPurpose.TRANSFER)) is RefusalCode.CALLS_TOO_FAST
    world.clock.at = Instant(world.clock.at + MINUTE)
    await permitted(world, world.ask(DialPurpose.TRANSFER))


async def test_calls_of_one_night_are_counted_across_midnight(world: World) -> None:
    world.clock.at = Instant(FRIDAY_AT_TEN + 13 * 60 * MINUTE)
    for _ in range(Brakes().calls_at_night):
        await permitted(world, world.ask(DialPurpose.TRANSFER))
        world.clock.at = Instant(world.clock.at + 30 * MINUTE)
    assert await refused(world, world.ask(DialPurpose.TRANSFER)) is RefusalCode.TOO_MANY_CALLS_AT_NIGHT
    world.clock.at = Instant(FRIDAY_AT_TEN + 24 * 60 * MINUTE)
    await permitted(world, world.ask(DialPurpose.TRANSFER))


async def test_a_budget_counts_what_all_calls_for_it_cost(world: World) -> None:
    task = Reference(kind=ReferenceKind.TASK, id="t1", budget_micros=60_000)
    first = world.ask(reference=task)
    assert (await permitted(world, first)).cost_limit_micros == 60_000
    assert await refused(world, world.ask(reference=task, agent_id=AgentId("anna")), ANNA) in (
        RefusalCode.BUDGET_SPENT,
        RefusalCode.CALLED_TOO_SOON,
    )
    talks(world, first, 30)
    world.clock.at = Instant(world.clock.at + 24 * 60 * MINUTE)
    assert (await permitted(world, world.ask(reference=task))).cost_limit_micros == 40_000


async def test_an_attempt_nobody_saw_ending_counts_as_spent(world: World) -> None:
    given = await permitted(world, world.ask())
    world.desk.attempts.give_up(Instant(world.clock.at + 60 * MINUTE))
    assert len(await world.book.open_attempts()) == 1
    world.clock.at = Instant(world.clock.at + 4 * 60 * MINUTE)
    world.desk.attempts.give_up(world.clock.at)
    assert await spent(world) == (1, given.cost_limit_micros)
    assert await world.book.open_attempts() == []


async def test_while_the_book_is_away_nobody_is_called() -> None:
    world = in_memory()
    await _fill(world)
    book = world.book
    first = world.ask()
    given = await permitted(world, first)
    book.is_away = True  # type: ignore[attr-defined]
    talks(world, first, 10)
    assert await refused(world, world.ask(), BEN) is RefusalCode.DIALLING_UNAVAILABLE
    assert await world.desk.number_to_dial(PartyId("else")) is None
    book.is_away = False  # type: ignore[attr-defined]
    assert await spent(world) == (1, given.rate_micros)


async def test_the_facts_take_one_query(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    world = await in_database(engine)
    await _fill(world)
    statements: list[str] = []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda _c, _u, statement, *_rest: statements.append(statement))
    ask = world.ask()
    since = counted_since(ask.at, world.centre.outbound)
    assert isinstance(world.book, SqlDialBook)
    await world.book.look_up(Ask(ask=ask, party_id=ANNA, client_id=ClientId("acme"), since=since))
    assert len([each for each in statements if each.startswith("SELECT")]) == 1
    await engine.dispose()


async def test_a_use_of_a_consent_is_noted_and_extends_its_term(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    world = await in_database(engine)
    await _fill(world)
    project = replace(world.centre.projects[ProjectId("sales")], outbound=ProjectOutbound(kind=WorkKind.ADVERTISING))
    world.centre = replace(world.centre, projects={project.project_id: project})
    await world.consent(BERLIN, "acme", Instant(1))
    consents = ConsentStore(engine, KEYS)
    assert await consents.used_at(f"of-{BERLIN}-acme") is None
    await permitted(world, world.ask(DialPurpose.PREVIEW))
    assert await consents.used_at(f"of-{BERLIN}-acme") == FRIDAY_AT_TEN
    assert (await consents.withdraw(BERLIN, ClientId("acme"), FRIDAY_AT_TEN)).consent_ids == (f"of-{BERLIN}-acme",)
    world.clock.at = Instant(FRIDAY_AT_TEN + 3 * 24 * 60 * MINUTE)
    assert await refused(world, world.ask(DialPurpose.PREVIEW)) is RefusalCode.NO_CONSENT
    await engine.dispose()


async def test_who_is_erased_is_still_not_called_and_not_known_as_tried(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    world = await in_database(engine)
    await _fill(world)
    await permitted(world, world.ask())
    await world.put_on_list(BERLIN, ListOwner.CENTRE, "", Covers.EVERYTHING, FRIDAY_AT_TEN)
    await PartyStore(engine, KEYS).erase(at=FRIDAY_AT_TEN, receipt_id="r", reason="asked for it", number=BERLIN)
    async with engine.connect() as connection:
        assert (await connection.execute(select(DIAL_ATTEMPTS.c.lookup_hash))).scalars().all() == [None]
    assert await refused(world, world.ask()) is RefusalCode.NO_NUMBER
    await world.put_person(PartyId("again"), BERLIN)
    assert await refused(world, world.ask(), PartyId("again")) is RefusalCode.ON_DO_NOT_CALL_LIST
    await engine.dispose()


async def test_a_control_room_waits_neither_for_the_book_nor_for_who_asks_before() -> None:
    world = in_memory()
    world.book.is_away = True  # type: ignore[attr-defined]
    world.desk.expect(PartyRecord(party_id=PartyId("room"), number="112", name=None, seen_at=FRIDAY_AT_TEN))
    world.desk.expect(PartyRecord(party_id=BEN, number=MOBILE, name=None, seen_at=FRIDAY_AT_TEN))
    ask = world.ask(DialPurpose.CONSULT)
    assert (await permitted(world, ask, PartyId("room"))).is_emergency
    assert await world.desk.number_to_dial(PartyId("room")) == "112"
    assert await refused(world, world.ask(), BEN) is RefusalCode.DIALLING_UNAVAILABLE
    await asyncio.sleep(0)
    world.book.is_away = False  # type: ignore[attr-defined]
    await _fill(world)
    async with asyncio.timeout(60):
        await world.desk._one_at_a_time.acquire()  # an ask that hangs in the database
        assert (await permitted(world, world.ask(DialPurpose.CONSULT), PartyId("room"))).is_emergency
    await asyncio.sleep(0)
    world.desk._one_at_a_time.release()
    assert await spent(world) == (0, 0)
