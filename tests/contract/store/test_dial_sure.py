"""The book waits for no disk, the journal behind it does; where the journal is elsewhere, the book makes sure first."""

import pytest

from routing.outbound.asking import DialAsk, DialPurpose, Permit
from routing.outbound.windows import counted_since
from telephony import dialling
from telephony.commands import AskPermission
from telephony.engine.dial_asks import said_of
from telephony.engine.dial_book import Ask, BookUnavailable
from telephony.engine.permits import Desk
from telephony.events import Envelope
from telephony.identifiers import ClientId, EventId, LegId, PartyId, ProjectId, SwitchName
from tests.contract.store.dial_books import World
from tests.contract.store.test_dial_book import ANNA, world

__all__ = ["world"]

CONTROL_ROOM = PartyId("control-room")


@pytest.fixture
async def peopled(world: World) -> World:
    """With a control room as well."""
    await world.put_person(CONTROL_ROOM, "112")
    return world


class Sure:
    """How often the book was asked to make sure, and of what."""

    def __init__(self, world: World, stored_seq: int) -> None:
        self.legs: list[LegId] = []
        self.is_away = False
        make_sure = world.book.make_sure

        async def counted(leg_id: LegId) -> None:
            self.legs.append(leg_id)
            if self.is_away:
                raise BookUnavailable("away")
            await make_sure(leg_id)

        world.book = _With(world.book, counted)  # type: ignore[assignment]
        world.desk = Desk(world.book, lambda: world.centre, world.clock, lambda: stored_seq)


class _With:
    """The book with another way to make sure."""

    def __init__(self, book: object, make_sure: object) -> None:
        self._book, self.make_sure = book, make_sure

    def __getattr__(self, name: str) -> object:
        return getattr(self._book, name)


async def permitted(world: World, seq: int, whom: PartyId = ANNA) -> DialAsk:
    """The desk has permitted it, and that is journaled under this number."""
    ask = world.ask(DialPurpose.CONSULT)
    given = await world.desk.permission(ask, whom)
    assert isinstance(given, Permit), given
    command = AskPermission(
        call_id=ask.call_id,
        switch=SwitchName("s"),
        leg_id=ask.leg_id,
        party_id=whom,
        purpose=dialling.DialPurpose.CONSULT,
        project_id=ProjectId("sales"),
        client_id=ClientId("acme"),
        agent_id=ask.agent_id,
    )
    said = said_of(command, given)
    told = Envelope(seq=seq, event_id=EventId("e"), occurred_at=ask.at, received_at=ask.at, event=said, call_id=ask.call_id)
    world.desk.publish([told])
    return ask


async def test_nothing_more_is_waited_for_where_the_journal_is_in_the_database(peopled: World) -> None:
    sure = Sure(peopled, stored_seq=5)
    await permitted(peopled, 5)
    assert await peopled.desk.number_to_dial(ANNA) == "+493023125100"
    assert sure.legs == []


async def test_a_permit_that_is_journaled_elsewhere_is_dialled_once_the_book_is_sure(peopled: World) -> None:
    sure = Sure(peopled, stored_seq=4)
    ask = await permitted(peopled, 5)
    assert await peopled.desk.number_to_dial(ANNA) == "+493023125100"
    assert sure.legs == [ask.leg_id]


async def test_what_the_book_cannot_make_sure_of_is_not_dialled(peopled: World) -> None:
    sure = Sure(peopled, stored_seq=4)
    sure.is_away = True
    await permitted(peopled, 5)
    assert await peopled.desk.number_to_dial(ANNA) is None


async def test_a_control_room_waits_for_nothing(peopled: World) -> None:
    sure = Sure(peopled, stored_seq=4)
    sure.is_away = True
    await permitted(peopled, 5, CONTROL_ROOM)
    assert await peopled.desk.number_to_dial(CONTROL_ROOM) == "112"
    assert sure.legs == []


async def test_making_sure_changes_nothing_and_tells_of_an_attempt_that_is_not_there(peopled: World) -> None:
    ask = await permitted(peopled, 5)
    since = counted_since(peopled.clock.now(), peopled.centre.outbound)
    asked = Ask(ask=peopled.ask(), party_id=ANNA, client_id=ClientId("acme"), since=since)
    before = await peopled.book.look_up(asked)
    await peopled.book.make_sure(ask.leg_id)
    assert await peopled.book.look_up(asked) == before
    with pytest.raises(BookUnavailable, match="not in the dial book"):
        await peopled.book.make_sure(LegId("nobody.outside.1"))
