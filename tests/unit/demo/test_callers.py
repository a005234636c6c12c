"""Whom the demo lets call."""

import random

from fernamt.demo.callers import ANONYMOUS, WRONG_NUMBER, draw

WISHES = ("+493023125100", "+493023125200")


def test_callers_are_many_and_some_are_odd() -> None:
    chance = random.Random(1)
    callers = [draw(chance, WISHES, talk_s=40, patience_s=60) for _ in range(2_000)]
    numbers = [caller.number for caller in callers]
    assert len(set(numbers)) > 500
    assert 0.05 < numbers.count(ANONYMOUS) / len(numbers) < 0.11
    assert {caller.wish for caller in callers} == {*WISHES, WRONG_NUMBER}
    assert 0.1 < sum(caller.patience_s < 12 for caller in callers) / len(callers) < 0.2
    assert all(6 <= caller.talk_s <= 150 for caller in callers)
    assert all(number == ANONYMOUS or number.removeprefix("+").isdigit() for number in numbers)


def test_a_seed_plays_the_same_callers_again() -> None:
    first, second = (
        [draw(chance, WISHES, talk_s=40, patience_s=60) for _ in range(20)] for chance in (random.Random(7), random.Random(7))
    )
    assert first == second
