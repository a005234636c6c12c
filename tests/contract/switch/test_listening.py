"""What every switch tells of a leg that is listened to: when sound comes from it, how long it lasted, while we want to know."""

import pytest

from telephony.commands import AnswerLeg, ListenForTalk, StopListening
from telephony.events import CommandFailed, LegHungUp, LegJoined
from telephony.identifiers import LegId
from telephony.machines import LegTalkBegan, LegTalkEnded
from tests.contract.switch.world import Party, Play

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def in_the_bridge(play: Play, before_s: float, for_s: float, *, listens: bool = True) -> tuple[Party, LegId]:
    """Who is in the call's bridge, and listened to from the answer on."""
    before = len(play.world.facts.facts)
    speaker = await play.world.speaker(before_s, for_s)
    await speaker.dial("4930555100")
    found = lambda: next((f.what.leg_id for f in play.world.facts.facts[before:] if hasattr(f.what, "dnis")), None)  # noqa: E731
    leg = await play.world.until(found, "the caller")
    ours = {"call_id": play.call_id, "switch": play.world.switch.name, "leg_id": leg}
    create, join = play.bridge(leg)
    listen = [ListenForTalk(**ours, silence_ms=500)] if listens else []
    play.world.switch.send([create, AnswerLeg(**ours), join, *listen])
    await play.fact(LegJoined, leg)
    await speaker.is_connected()
    return speaker, leg


async def test_who_speaks_and_falls_silent_is_told_with_the_length_of_it(play: Play) -> None:
    speaker, leg = await in_the_bridge(play, 0.6, 1.2)
    await play.fact(LegTalkBegan, leg)
    ended = await play.fact(LegTalkEnded, leg)
    assert 700 <= ended.talked_ms <= 1_900, "the words, without the silence that ended them"
    assert play.world.facts.of(CommandFailed, leg) == []
    await speaker.hang_up()
    await play.fact(LegHungUp, leg)


async def test_nobody_is_told_of_any_more_once_that_is_enough(play: Play) -> None:
    speaker, leg = await in_the_bridge(play, 0.6, 2.0)
    await play.fact(LegTalkBegan, leg)
    ours = {"call_id": play.call_id, "switch": play.world.switch.name, "leg_id": leg}
    play.world.switch.send([StopListening(**ours), StopListening(**ours)])
    await play.world.passes(3.0)
    assert play.world.facts.of(LegTalkEnded, leg) + play.world.facts.of(CommandFailed, leg) == []
    await speaker.hang_up()
    await play.fact(LegHungUp, leg)


async def test_who_is_not_listened_to_is_told_nothing_of(play: Play) -> None:
    speaker, leg = await in_the_bridge(play, 0.2, 0.6, listens=False)
    await play.world.passes(1.5)
    assert play.world.facts.of(LegTalkBegan, leg) + play.world.facts.of(LegTalkEnded, leg) == []
    await speaker.hang_up()
    await play.fact(LegHungUp, leg)
