"""The small form of `make bench ONLY=leads`: kills on the way of twenty leads, counted on the wire and in the database."""

import pytest

from bench.leads import measure


@pytest.mark.long
async def test_leads_whose_controller_is_killed_are_dialled_once_and_none_is_lost() -> None:
    steps = ("call_placed", "dial_permitted", "leg_answered", "call_ended")
    found = await measure(20, 2, steps=steps, apart_s=(0.5, 1.5), most_kills=len(steps))
    assert found.kills == list(steps)
    assert found.twice == [], "somebody was rung twice"
    assert found.unseen == [], "somebody was rung, and their lead stands as before"
    assert (found.left, found.open_attempts) == (0, 0)
    assert sum(found.states.values()) == 20
