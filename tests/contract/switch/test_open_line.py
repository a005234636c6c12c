"""What every switch does with an agent's open line: one leg that goes from bridge to bridge, and is told where it is."""

import pytest

from telephony.causes import HangupCause
from telephony.commands import CreateBridge, DestroyBridge, HangUp, JoinBridge, SayInBridge, StopMusic, StopRinging
from telephony.events import CommandFailed, LegAnswered, LegHungUp, LegJoined, LegLeft
from telephony.identifiers import BridgeId, LegId, home_of, playback_id
from tests.contract.switch.world import OUTSIDER, Party, Play

pytestmark = pytest.mark.asyncio(loop_scope="module")


def home(play: Play, leg: LegId) -> tuple[CreateBridge, JoinBridge]:
    """Commands that put the leg into the bridge in which it is between calls."""
    ours = {"call_id": play.call_id, "switch": play.world.switch.name, "bridge_id": home_of(leg)}
    return CreateBridge(**ours), JoinBridge(**ours, leg_ids=(leg,))


async def a_line(line: Play) -> tuple[Party, LegId]:
    """An agent's phone, answered, at home."""
    endpoint, agent = await line.world.agent("anna")
    ring = line.ring(endpoint, None)
    line.world.switch.send([ring])
    await agent.rings()
    await agent.answer()
    await line.fact(LegAnswered, ring.leg_id)
    line.world.switch.send([*home(line, ring.leg_id)])
    await in_bridge(line, ring.leg_id, home_of(ring.leg_id), 1)
    return agent, ring.leg_id


async def in_bridge(play: Play, leg: LegId, bridge_id: BridgeId, times: int) -> None:
    """The leg is told to have come there so often."""

    def found() -> bool | None:
        return True if [f.bridge_id for f in play.world.facts.of(LegJoined, leg)].count(bridge_id) >= times else None

    await play.world.until(found, f"{leg} in {bridge_id}")


async def test_a_line_goes_to_a_call_and_comes_home_again_and_again(play: Play) -> None:
    agent, leg = await a_line(Play(play.world))
    for times in (1, 2):
        outsider = await play.world.outsider(OUTSIDER)
        call = Play(play.world)
        create, join = call.bridge(leg)
        dial = call.dial(OUTSIDER, leg)
        call.world.switch.send([create, join, dial])
        await in_bridge(call, leg, call.bridge_id, 1)
        await outsider.rings()
        await outsider.answer()
        await call.fact(LegAnswered, dial.leg_id)
        call.world.switch.send([call.bridge(dial.leg_id)[1]])
        await call.fact(LegJoined, dial.leg_id)
        ours = {"call_id": call.call_id, "switch": call.world.switch.name}
        back = home(call, leg)[1]
        call.world.switch.send(
            [HangUp(**ours, leg_id=dial.leg_id), StopRinging(**ours, leg_id=leg), StopMusic(**ours, leg_id=leg)]
        )
        call.world.switch.send([back, DestroyBridge(**ours, bridge_id=call.bridge_id)])
        await in_bridge(call, leg, home_of(leg), times + 1)
        await call.fact(LegHungUp, dial.leg_id)
        await outsider.is_free()
    left = [f.bridge_id for f in play.world.facts.of(LegLeft, leg)]
    assert left.count(home_of(leg)) == 2, "each move is told on both sides"
    assert len(left) == 4
    assert play.world.facts.of(LegHungUp, leg) == []
    seen = {each.leg_id: each for each in (await play.world.snapshot()).legs}
    assert seen[leg].bridge_id == home_of(leg)
    await agent.hang_up()
    assert (await play.fact(LegHungUp, leg)).by_phone


async def test_what_is_said_at_home_moves_nobody_and_does_not_hold_up_the_next_call(play: Play) -> None:
    _, leg = await a_line(Play(play.world))
    ours = {"call_id": play.call_id, "switch": play.world.switch.name}
    said = SayInBridge(**ours, bridge_id=home_of(leg), playback_id=playback_id(play.call_id, 1), sound="fernamt/dial-busy")
    play.world.switch.send([said, said])
    await play.world.passes(0.3)
    assert [type(fact) for fact in play.world.facts.of(LegLeft, leg)] == []
    create, join = play.bridge(leg)
    play.world.switch.send([create, join])
    await in_bridge(play, leg, play.bridge_id, 1)
    assert play.world.facts.of(CommandFailed, leg) == []
    play.world.switch.send([HangUp(**ours, leg_id=leg, cause=HangupCause.NORMAL)])
    await play.fact(LegHungUp, leg)
    nobody = SayInBridge(
        **ours, bridge_id=BridgeId("nobody.bridge"), playback_id=playback_id(play.call_id, 2), sound="fernamt/dial-busy"
    )
    play.world.switch.send([nobody])
    await play.world.passes(0.3)
    assert [f for f in play.world.facts.of(CommandFailed) if f.command == "SayInBridge"] == []
