"""What could not be judged of one talk is asked of another; if of none, that is said, or a fault."""

import pytest

from tests.e2e.asterisk.in_step import NothingJudged, Test, judged_in_one_of


def a_test(*talks: Exception | None) -> tuple[list[Exception | None], Test]:
    """A test that is tried with two talks, such as these, and those that are left of them."""
    left = list(talks)

    @judged_in_one_of(2)
    async def test() -> None:
        if (why := left.pop(0)) is not None:
            raise why

    return left, test


async def test_another_talk_is_asked_for_what_one_could_not_say() -> None:
    left, test = a_test(NothingJudged("0 slots", goes_first=True), None, None)
    await test()
    assert left == [None]


async def test_it_is_a_fault_where_they_went_before_everything_else() -> None:
    _, test = a_test(*(NothingJudged("0 slots", goes_first=True),) * 2)
    with pytest.raises(AssertionError, match="out of step all the same: 0 slots"):
        await test()


async def test_it_is_skipped_where_the_machine_was_too_busy() -> None:
    _, test = a_test(*(NothingJudged("0 slots", goes_first=False),) * 2)
    with pytest.raises(pytest.skip.Exception, match="too busy to judge missing slots: 0 slots"):
        await test()


async def test_what_was_judged_and_found_wrong_is_asked_once() -> None:
    left, test = a_test(AssertionError("a packet is missing"), None)
    with pytest.raises(AssertionError, match="a packet is missing"):
        await test()
    assert left == [None]
