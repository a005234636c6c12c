"""The watchdog beside a real Asterisk whose controller was killed or hangs."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from fernamt.demo.phones import PATIENCE_S
from fernamt.node.packages import find_baresip
from fernamt.node.ports import free_ports
from telephony.commands import AnswerLeg, MarkWaiting, StartRecording
from telephony.events import LegAnswered, LegJoined, RecordingStarted
from telephony.identifiers import RecordingId
from telephony.switch.asterisk.ami import AmiLine
from telephony.switch.asterisk.settings import AmiSettings
from telephony.switch.asterisk.switch import AsteriskSwitch
from telephony.switch.asterisk.watchdog import Look, Watchdog, WatchdogSettings
from tests.contract.switch.asterisk_world import STATE, AsteriskWorld, WallClock, running_node, switch_settings
from tests.contract.switch.world import Play
from tests.e2e.patience import soon

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]
LIMITS = WatchdogSettings(waiting_limit_s=3, recording_limit_s=2, interval_s=0.2)


class NotingWatchdog(Watchdog):
    """Notes every look, also those that find nothing to do."""

    def __init__(self, line: AmiLine) -> None:
        super().__init__(line, WallClock(), LIMITS)
        self.looks: list[Look] = []
        self._looked = asyncio.Event()

    async def look(self) -> Look:
        look = await super().look()
        self.looks.append(look)
        self._looked.set()
        return look

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Returns with the look after which it is so."""
        async with asyncio.timeout(PATIENCE_S):  # a machine that does other things looks less often
            while not is_so():
                self._looked.clear()
                await self._looked.wait()


def watchdog_line(world: AsteriskWorld) -> AmiLine:
    keys = world.node.credentials
    return AmiLine(
        AmiSettings(host="127.0.0.1", port=world.node.settings.ami_port, user=keys.watchdog_user, password=keys.watchdog_password)
    )


async def test_only_waiting_callers_of_a_dead_controller_reach_the_fallback_and_each_once(world: AsteriskWorld) -> None:
    waiting = Play(world)
    _caller, left_alone = await waiting.arrival()
    talking = Play(world)
    endpoint, agent = await world.agent("anna")
    _other, arrived = await talking.arrival()
    ring = talking.ring(endpoint, arrived.leg_id)
    name = world.switch.name
    world.switch.send([ring])
    await agent.rings()
    await agent.answer()
    await talking.fact(LegAnswered, ring.leg_id)
    of_caller = {"call_id": talking.call_id, "switch": name, "leg_id": arrived.leg_id}
    world.switch.send(
        [AnswerLeg(**of_caller), *talking.bridge(arrived.leg_id, ring.leg_id), MarkWaiting(**of_caller, is_waiting=False)]
    )
    await talking.fact(LegJoined, ring.leg_id)
    recording = RecordingId(f"{talking.call_id}.segment.1")
    world.switch.send([StartRecording(**of_caller, recording_id=recording)])
    await talking.fact(RecordingStarted, arrived.leg_id)
    line = watchdog_line(world)
    watchdog = NotingWatchdog(line)
    looks = watchdog.looks
    watching = asyncio.create_task(watchdog.run())
    await line.wait_up()
    world.stop_beating()
    await watchdog.until(lambda: any(look.redirected for look in looks) and any(look.stopped for look in looks))
    looked = len(looks)
    await watchdog.until(lambda: len(looks) >= looked + 5)  # further looks, which redirect nobody again
    watching.cancel()
    redirected = [leg for look in looks for leg in look.redirected]
    stopped = [leg for look in looks for leg in look.stopped]
    assert redirected == [left_alone.leg_id]
    assert stopped == [arrived.leg_id]
    assert all(look.beat_age_s > LIMITS.waiting_limit_s for look in looks if look.redirected)
    seen = {leg.leg_id: leg for leg in (await world.snapshot()).legs}
    assert seen[arrived.leg_id].bridge_id == talking.bridge_id
    assert seen[arrived.leg_id].arrived is not None
    if left_alone.leg_id in seen:  # the announcement may have ended meanwhile
        assert seen[left_alone.leg_id].arrived is None


async def test_nothing_is_touched_while_the_beat_is_fresh(world: AsteriskWorld) -> None:
    _caller, arrived = await Play(world).arrival()
    line = watchdog_line(world)
    running = asyncio.create_task(line.run())
    await line.wait_up()
    look = await Watchdog(line, WallClock(), LIMITS).look()
    running.cancel()
    assert look.beat_age_s <= 2
    assert (look.redirected, look.stopped) == ((), ())
    assert arrived.leg_id in {leg.leg_id for leg in (await world.snapshot()).legs}


CONTROLLER = """
import asyncio, sys
from dataclasses import replace
import msgspec
from telephony.identifiers import SwitchName
from telephony.switch.asterisk.settings import *
from telephony.switch.asterisk.switch import AsteriskSwitch
from tests.contract.switch.asterisk_world import WallClock

async def main():
    given = msgspec.json.decode(sys.stdin.buffer.read())
    switch = AsteriskSwitch(AsteriskSettings(name=SwitchName("n"), ari=AriSettings(**given)), WallClock())
    up = asyncio.Event()
    def say(fact): print(type(fact.what).__name__, getattr(fact.what, "leg_id", ""), flush=True)
    running = asyncio.create_task(switch.run(say, on_connected=up.set, on_disconnected=lambda: None))
    await up.wait()
    while True:
        await switch.beat(WallClock().now())
        print("beat", flush=True)
        await asyncio.sleep(1)  # a beat is a matter of time

asyncio.run(main())
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_caller_whose_controller_process_dies_or_hangs_is_redirected(how: signal.Signals, tmp_path: Path) -> None:
    port = free_ports(1)[0]
    async with running_node(port) as node:
        settings = switch_settings(node, port)
        controller = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CONTROLLER),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        )
        assert controller.stdin is not None
        assert controller.stdout is not None
        known = settings.ari
        controller.stdin.write(msgspec.json.encode({key: getattr(known, key) for key in known.__slots__}))
        controller.stdin.close()
        world = AsteriskWorld(node, AsteriskSwitch(settings, WallClock()), await find_baresip(STATE), tmp_path)
        try:
            await said(controller.stdout, b"beat")
            caller = await world.caller()
            await caller.dial("4930555100")
            arrived = (await said(controller.stdout, b"CallerArrived")).split()[1].decode()
            reported = asyncio.Queue[Look]()
            watching = asyncio.create_task(Watchdog(watchdog_line(world), WallClock(), LIMITS, report=reported.put_nowait).run())
            controller.send_signal(how)
            look = await soon(reported.get())
            watching.cancel()
            assert look.redirected == (arrived,)
            assert reported.empty()
            await caller.is_connected()  # the fallback has answered
        finally:
            with contextlib.suppress(ProcessLookupError):
                controller.kill()
            await controller.wait()
            await world.stop_phones()


async def said(stream: asyncio.StreamReader, word: bytes) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        async for line in stream:
            if line.startswith(word):
                return line
    raise AssertionError(f"the controller never said {word!r}")
