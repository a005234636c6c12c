"""Permits that nobody uses, and attempts that are followed on after a restart: what counts, and what is free again."""

from collections.abc import AsyncIterator

import pytest

from routing.outbound.asking import DialAsk, DialPurpose
from routing.outbound.windows import counted_since
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.commands import FailureReason
from telephony.dialling import DialDropped
from telephony.engine.dial_book import Ask
from telephony.engine.permits import Desk
from telephony.errors import RefusalCode
from telephony.events import AgentReleased, CallEnded, CommandFailed, Envelope, Event, LegAnswered, LegHungUp, LegRinging
from telephony.identifiers import SECOND, AgentId, CallId, ClientId, EventId, Instant
from tests.contract.store.dial_books import World, journaled
from tests.contract.store.test_dial_book import ANNA, hears, permitted, refused, spent, talks, world

__all__ = ["world"]


class _Past:
    """A journal that knows one call."""

    def __init__(self, world: World, ask: DialAsk, events: list[Event]) -> None:
        self._world, self._ask, self._events = world, ask, events

    async def read_call(self, call_id: str) -> AsyncIterator[Envelope]:
        at = self._world.clock.at
        for each in self._events if call_id == self._ask.call_id else ():
            yield Envelope(
                seq=1,
                event_id=EventId("e"),
                occurred_at=at,
                received_at=at,
                event=each,
                call_id=self._ask.call_id,
                agent_id=None,
                switch=None,
            )


async def history(world: World) -> tuple[int, int]:
    """How often Anna K. was called today, as the next ask would see it, and how many calls outside her agent has."""
    await world.desk.settle()
    ask = world.ask()
    since = counted_since(ask.at, world.centre.outbound)
    found = await world.book.look_up(Ask(ask=ask, party_id=ANNA, client_id=ClientId("acme"), since=since))
    assert found is not None
    return found.facts.history.today, found.facts.open_calls_of_agent


async def test_a_permit_nobody_wants_any_more_frees_money_attempt_and_agent_at_once(world: World) -> None:
    ask = world.ask()
    await permitted(world, ask)
    assert await history(world) == (1, 1)
    hears(world, ask, DialDropped(call_id=ask.call_id, leg_id=ask.leg_id))
    assert await history(world) == (0, 0)
    assert await spent(world) == (0, 0)
    assert await refused(world, ask) is RefusalCode.ALREADY_DIALLED
    await permitted(world, world.ask())


async def test_a_call_that_ends_while_the_desk_looks_counts_for_nothing_before_and_after_a_restart(world: World) -> None:
    ask, over = world.ask(), CallEnded(call_id=CallId("?"), end_reason=EndReason.ABANDONED)
    given = await permitted(world, ask)
    hears(world, ask, over)
    assert (await spent(world), await history(world)) == ((0, 0), (0, 0))
    hears(world, ask, journaled(ask, given, ANNA))
    hears(world, ask, DialDropped(call_id=ask.call_id, leg_id=ask.leg_id))
    assert (await spent(world), await history(world)) == ((0, 0), (0, 0))
    other = world.ask()
    said = journaled(other, await permitted(world, other), ANNA)
    world.desk = Desk(world.book, lambda: world.centre, world.clock)
    await world.desk.restore(_Past(world, other, [over, said, DialDropped(call_id=other.call_id, leg_id=other.leg_id)]))  # type: ignore[arg-type]
    assert (await spent(world), await history(world)) == ((0, 0), (0, 0))


async def test_a_call_that_ends_after_its_permit_has_tried_before_and_after_a_restart(world: World) -> None:
    over = CallEnded(call_id=CallId("?"), end_reason=EndReason.ABANDONED)
    ask = world.ask()
    hears(world, ask, journaled(ask, await permitted(world, ask), ANNA))
    hears(world, ask, over)
    assert (await spent(world), (await history(world))[0]) == ((1, 0), 1)
    world.clock.at = Instant(world.clock.at + 3 * 3_600 * SECOND)
    other = world.ask()
    said = journaled(other, await permitted(world, other), ANNA)
    world.desk = Desk(world.book, lambda: world.centre, world.clock)
    await world.desk.restore(_Past(world, other, [said, over]))  # type: ignore[arg-type]
    assert (await spent(world), (await history(world))[0]) == ((2, 0), 2)


@pytest.mark.parametrize("reason", [FailureReason.GONE, FailureReason.REFUSED])
async def test_a_wish_to_dial_that_never_left_counts_for_nothing(world: World, reason: FailureReason) -> None:
    ask = world.ask()
    await permitted(world, ask)
    hears(world, ask, CommandFailed(command="DialOutside", reason=reason, leg_id=ask.leg_id))
    assert await spent(world) == (0, 0)
    assert await history(world) == (0, 0)


@pytest.mark.parametrize("reason", [FailureReason.DISCONNECTED, FailureReason.TIMED_OUT])
async def test_what_may_have_been_dialled_counts_until_the_switch_has_said(world: World, reason: FailureReason) -> None:
    ask = world.ask()
    given = await permitted(world, ask)
    hears(world, ask, CommandFailed(command="DialOutside", reason=reason, leg_id=ask.leg_id))
    assert await spent(world) == (1, given.cost_limit_micros)
    assert await history(world) == (1, 1)
    talks(world, ask, 61)
    assert await spent(world) == (1, 2 * given.rate_micros)


async def test_a_permit_that_did_not_reach_the_journal_is_free_after_the_restart(world: World) -> None:
    ask = world.ask()
    await permitted(world, ask)
    world.desk = Desk(world.book, lambda: world.centre, world.clock)
    await world.desk.restore(_Past(world, ask, []))  # type: ignore[arg-type]
    assert await spent(world) == (0, 0)
    assert await history(world) == (0, 0)


async def test_what_an_agent_left_before_the_permit_does_not_free_them_of_the_call_they_have(world: World) -> None:
    """An attempt in vain, then the same agent once more for the same call: the first end is the first attempt's."""
    ask = world.ask(DialPurpose.CALLBACK)
    given = await permitted(world, ask)
    world.desk = Desk(world.book, lambda: world.centre, world.clock)
    released = AgentReleased(call_id=ask.call_id, agent_id=AgentId("anna"), reason=ReleaseReason.ABANDONED, has_talked=False)
    await world.desk.restore(_Past(world, ask, [released, journaled(ask, given, ANNA)]))  # type: ignore[arg-type]
    assert await history(world) == (1, 1)


async def test_an_attempt_goes_on_after_a_restart_and_is_settled(world: World) -> None:
    ask = world.ask()
    given = await permitted(world, ask)
    after = Desk(world.book, lambda: world.centre, world.clock)
    events: list[Event] = [journaled(ask, given, ANNA), LegRinging(leg_id=ask.leg_id), LegAnswered(leg_id=ask.leg_id)]
    await after.restore(_Past(world, ask, events))  # type: ignore[arg-type]
    world.desk = after
    assert await spent(world) == (1, given.cost_limit_micros)
    hears(world, ask, LegHungUp(leg_id=ask.leg_id, cause=HangupCause.NORMAL, by_phone=True), 130)
    assert await spent(world) == (1, 3 * given.rate_micros)
