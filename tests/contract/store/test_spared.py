"""Whose phone rings while a list or a withdrawal forbids it is found, in either database, and nobody else."""

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.spared import spare_once
from routing.outbound.asking import DialAsk, DialPurpose, WorkKind
from routing.outbound.facts import Covers, ListOwner
from store.consents import ConsentStore
from store.objections import forbidden_since
from telephony.causes import HangupCause
from telephony.dialling import CalleeSpared
from telephony.errors import Refusal
from telephony.events import LegAnswered, LegHungUp
from telephony.identifiers import SECOND, ClientId, Instant, PartyId
from tests.contract.store.dial_books import KEYS, World, in_database
from tests.contract.store.test_dial_book import hears, permitted
from tests.unit.routing.outbound.asks import BERLIN, FRIDAY_AT_TEN

ANNA = PartyId("anna-k")
LATER = Instant(FRIDAY_AT_TEN + SECOND)


@pytest_asyncio.fixture
async def world(engine: AsyncEngine) -> World:
    world = await in_database(engine)
    await world.put_person(ANNA, BERLIN)
    return world


async def rings(world: World, purpose: DialPurpose = DialPurpose.MANUAL, **facts: object) -> DialAsk:
    ask = world.ask(purpose, **facts)  # type: ignore[arg-type]
    await permitted(world, ask, ANNA)
    return ask


@pytest.mark.parametrize(
    ("owner", "owner_id", "covers", "is_found"),
    [
        (ListOwner.CENTRE, "", Covers.EVERYTHING, True),
        (ListOwner.CLIENT, "acme", Covers.EVERYTHING, True),
        (ListOwner.PROJECT, "sales", Covers.EVERYTHING, True),
        (ListOwner.CLIENT, "other", Covers.EVERYTHING, False),
        (ListOwner.CENTRE, "", Covers.ADVERTISING, False),
    ],
)
async def test_a_list_that_forbids_the_call_by_now(  # noqa: PLR0917 - the cases of the table
    engine: AsyncEngine, world: World, owner: ListOwner, owner_id: str, covers: Covers, is_found: bool
) -> None:
    ask = await rings(world)
    assert await forbidden_since(engine, world.desk.attempts.unanswered) == []
    await world.put_on_list(BERLIN, owner, owner_id, covers, LATER)
    assert await forbidden_since(engine, world.desk.attempts.unanswered) == ([ask.call_id] if is_found else [])


async def test_a_consent_withdrawn_while_the_phone_rings(engine: AsyncEngine, world: World) -> None:
    await world.consent(BERLIN, "acme", Instant(1))
    ask = await rings(world, kind=WorkKind.ADVERTISING)
    await ConsentStore(engine, KEYS).withdraw(BERLIN, ClientId("acme"), LATER)
    assert await forbidden_since(engine, world.desk.attempts.unanswered) == [ask.call_id]


async def test_who_has_answered_is_gone_or_is_dialled_for_a_caller_is_not_asked_for(engine: AsyncEngine, world: World) -> None:
    answered = await rings(world)
    hears(world, answered, LegAnswered(leg_id=answered.leg_id))
    await rings(world, DialPurpose.TRANSFER, call=answered.call_id)
    await world.put_on_list(BERLIN, ListOwner.CENTRE, "", Covers.EVERYTHING, LATER)
    assert answered.leg_id not in world.desk.attempts.unanswered
    assert await forbidden_since(engine, world.desk.attempts.unanswered) == []


async def test_each_call_that_is_forbidden_is_asked_to_end(engine: AsyncEngine, world: World) -> None:
    asked: list[CalleeSpared] = []

    class Engine:
        async def submit(self, request: CalleeSpared) -> Refusal | None:
            asked.append(request)
            return None

    ask = await rings(world)
    await world.put_on_list(BERLIN, ListOwner.CENTRE, "", Covers.EVERYTHING, LATER)
    await spare_once(engine, world.desk.attempts.unanswered, Engine())
    assert [(each.call_id, each.agent_id) for each in asked] == [(ask.call_id, None)]
    hears(world, ask, LegHungUp(leg_id=ask.leg_id, cause=HangupCause.NORMAL, by_phone=False))
    await spare_once(engine, world.desk.attempts.unanswered, Engine())
    assert len(asked) == 1
