"""Whatever agents and people do to a plan, in whatever order: nobody is in two places, no slot has more heads than wanted."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.directory import AgentProfile
from routing.shifts.book import Doing, ShiftBook, faults_of
from routing.shifts.slots import BookingState, ExcuseReason, RequestState, Slot, SlotScope
from telephony.identifiers import AgentId, Instant, ProjectId, UserId

HOUR = 3_600 * 1_000_000
NAMES = ("anna", "ben", "carla", "dora")
AGENTS = {
    name: AgentProfile(
        agent_id=AgentId(name), name=name, level=1, certificates=frozenset({ProjectId("p")}), team="red" if name < "c" else "blue"
    )
    for name in NAMES
}
SLOTS = {
    f"s{n}": Slot(slot_id=f"s{n}", scope=scope, scope_id=of, from_at=Instant(a * HOUR), to_at=Instant(b * HOUR), headcount=heads)
    for n, (scope, of, a, b, heads) in enumerate(
        [
            (SlotScope.PROJECT, "p", 10, 12, 1),
            (SlotScope.PROJECT, "p", 12, 14, 2),
            (SlotScope.TEAM, "red", 11, 13, 1),
            (SlotScope.CENTRE, None, 9, 15, 2),
            (SlotScope.CENTRE, None, 14, 16, 1),
        ]
    )
}
DEEDS = st.tuples(
    st.sampled_from(("book", "release", "offer", "take", "withdraw", "excuse", "decide", "move", "cancel", "shrink")),
    st.sampled_from(NAMES),
    st.sampled_from(sorted(SLOTS)),
    st.booleans(),
    st.integers(0, 15),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(DEEDS, max_size=40))
def test_no_order_of_deeds_books_anybody_twice_or_a_slot_over(deeds: list[tuple[str, str, str, bool, int]]) -> None:
    book = ShiftBook(slots=dict(SLOTS))
    for number, (deed, name, slot_id, flag, hour) in enumerate(deeds):
        doing = Doing(at=Instant(hour * HOUR), by=UserId(name), new_id=f"n{number}", is_own=flag)
        before = (dict(book.slots), dict(book.bookings), dict(book.swaps), dict(book.excuses), dict(book.notices))
        refusal = _do(book, deed, name, slot_id, flag, doing)
        assert list(faults_of(book)) == []
        if refusal is not None:
            assert before == (book.slots, book.bookings, book.swaps, book.excuses, book.notices)
        for swap in book.swaps.values():
            assert swap.state is not RequestState.OPEN or book.bookings[swap.booking_id].binds
        for excuse in book.excuses.values():
            assert excuse.state is not RequestState.OPEN or book.bookings[excuse.booking_id].binds
        for booking in book.bookings.values():
            assert booking.binds is (booking.ended_at is None)


def _do(book: ShiftBook, deed: str, name: str, slot_id: str, flag: bool, doing: Doing) -> object:  # noqa: PLR0911, PLR0917
    agent_id, slot = AgentId(name), book.slots[slot_id]
    match deed:
        case "book":
            return book.book(slot_id, AGENTS[name], doing)
        case "release":
            return book.release(slot_id, agent_id, doing)
        case "offer":
            return book.offer(slot_id, agent_id, None if flag else AgentId("dora"), doing)
        case "take":
            return book.take(next(iter(book.swaps), ""), AGENTS[name], doing)
        case "withdraw":
            return book.withdraw(next(iter(book.swaps), ""), doing)
        case "excuse":
            return book.ask_excuse(slot_id, agent_id, ExcuseReason.FAMILY, "", doing)
        case "decide":
            return book.decide(next(iter(book.excuses), ""), doing, is_granted=flag)
        case "move":
            return book.put(replace(slot, from_at=Instant(slot.from_at + HOUR), to_at=Instant(slot.to_at + HOUR)), doing)
        case "cancel":
            return book.cancel(slot_id, doing)
        case _:
            return book.put(replace(slot, headcount=1), doing)


def test_a_swap_leaves_no_moment_without_somebody_bound() -> None:
    book = ShiftBook(slots=dict(SLOTS))

    def doing(number: int, name: str) -> Doing:
        return Doing(at=Instant(0), by=UserId(name), new_id=f"n{number}", is_own=True)

    assert book.book("s0", AGENTS["anna"], doing(1, "anna")) is None
    assert book.offer("s0", AgentId("anna"), None, doing(2, "anna")) is None
    assert book.booking_of(AgentId("anna"), "s0") is not None
    assert book.take("n2", AGENTS["ben"], doing(3, "ben")) is None
    assert [each.agent_id for each in book.binding("s0")] == ["ben"]
    assert book.bookings["n1"].state is BookingState.HANDED_ON
