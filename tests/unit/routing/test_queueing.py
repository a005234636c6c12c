"""Who is first in one queue, as time passes and others come and go."""

from routing.queueing import AGED, AGEING_MS, GOES_FIRST, IN_TURN, Queue
from telephony.identifiers import MS, AgentId, CallId
from tests.unit.routing.centre import a_call, at

AGEING_US = AGEING_MS * MS
TAG = CallId(" shop 0")


def first_of(queue: Queue, seconds: float) -> str | None:
    _, call = queue.bound(at(seconds), AGEING_US, TAG)
    return None if call is None else call.call_id


def test_the_first_is_told_anew_when_somebody_came_or_went() -> None:
    queue = Queue()
    late, early = a_call("late", "shop", at(5)), a_call("early", "shop", at(5), priority_ms=3_000)
    queue.add(late)
    assert first_of(queue, 10) == "late"
    queue.add(early)  # came later, and counts as waiting longer
    assert first_of(queue, 10) == "early"
    queue.remove(early)
    assert first_of(queue, 10) == "late"


def test_a_heavier_call_behind_a_light_one_leads_from_when_it_is_more_urgent() -> None:
    queue = Queue()
    queue.add(a_call("old", "shop", at(0)))
    queue.add(a_call("heavy", "shop", at(6), priority_weight=3.0))
    queue.add(a_call("heaviest", "shop", at(8), priority_weight=9.0))
    assert [first_of(queue, seconds) for seconds in (8, 8.9, 9.1, 30)] == ["old", "old", "heaviest", "heaviest"]


def test_of_two_as_urgent_the_one_who_came_first_leads() -> None:
    queue = Queue()
    queue.add(a_call("heavy", "shop", at(5), priority_weight=2.0))
    queue.add(a_call("old", "shop", at(0)))
    assert first_of(queue, 10) == "old"  # 10 s against 2 x 5 s


def test_whoever_has_aged_leads_whatever_the_others_weigh() -> None:
    queue = Queue()
    queue.add(a_call("heavy", "shop", at(1), priority_weight=1_000.0))
    queue.add(a_call("old", "shop", at(0)))
    rank, call = queue.bound(at(AGEING_MS / 1_000), AGEING_US, TAG)
    assert rank[0] == AGED
    assert call is not None
    assert call.call_id == "old"


def test_a_caller_some_agents_never_get_and_one_who_goes_first_have_to_be_looked_at() -> None:
    queue = Queue()
    queue.add(a_call("blocked", "shop", at(0), blocked_agents=(AgentId("anna"),)))
    queue.add(a_call("plain", "shop", at(5)))
    assert queue.bound(at(10), AGEING_US, TAG) == ((IN_TURN, -10_000_000.0, at(0), TAG), None)
    queue.add(a_call("lost", "shop", at(9), goes_first=True))
    rank, call = queue.bound(at(10), AGEING_US, TAG)
    assert (rank[0], call) == (GOES_FIRST, None)
    found = queue.most_urgent(at(10), AGEING_US)
    assert found is not None
    assert found[1].call_id == "lost"
    assert rank < found[0]
