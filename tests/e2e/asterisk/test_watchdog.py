"""The watchdog beside a real Asterisk whose controller was killed or hangs."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest

from fernamt.demo.phones import PATIENCE_S
from fernamt.node.packages import find_baresip
from fernamt.node.ports import free_ports
from fernamt.node.process import AsteriskNode
from telephony.commands import AnswerLeg, MarkWaiting
from telephony.events import LegAnswered, LegJoined
from telephony.identifiers import EndpointId, segment_id
from telephony.segments import SegmentProven, StartSegment
from telephony.switch.asterisk.ami import AmiLine
from telephony.switch.asterisk.ami_actions import channels_with, mixmonitor_list, mixmonitors_of, start_mixmonitor
from telephony.switch.asterisk.ear_ids import spy_of
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
    segment = segment_id(talking.call_id, 1)
    world.switch.send([StartSegment(**of_caller, segment_id=segment, limit_ms=900_000)])
    await talking.fact(SegmentProven, arrived.leg_id)
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
    assert stopped == [segment]
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
import asyncio, itertools, sys
from dataclasses import replace
from pathlib import Path
import msgspec
from telephony.commands import AnswerLeg
from telephony.engine.ports import EndpointAccount
from telephony.identifiers import CallId, SwitchName, leg_id, segment_id
from telephony.overhearing import LetListen, ListenMode
from telephony.segments import StartSegment
from telephony.switch.asterisk.settings import *
from telephony.switch.asterisk.switch import AsteriskSwitch
from tests.contract.switch.asterisk_world import WallClock

async def main():
    given = msgspec.json.decode(sys.stdin.buffer.read())
    records, listens = given.pop("records"), given.pop("listens")
    ami = AmiSettings(**records["ami"]) if records and records["ami"] else None
    own = dict(ami=ami, recording_directory=Path(records["folder"])) if records else {}
    switch = AsteriskSwitch(AsteriskSettings(name=SwitchName("n"), ari=AriSettings(**given), **own), WallClock())
    up = asyncio.Event()
    call, number = CallId("018f0000-0000-7000-8000-000000000001"), itertools.count(1)
    def record(leg):
        ours = dict(call_id=call, switch=SwitchName("n"), leg_id=leg)
        segments = [StartSegment(**ours, segment_id=segment_id(call, next(number)), limit_ms=900_000) for _ in "ab"]
        switch.send([AnswerLeg(**ours), *segments])
    def listen(leg):
        ours = dict(call_id=call, switch=SwitchName("n"), leg_id=leg)
        phone = dict(endpoint_id="lena", mode=ListenMode.LISTEN, display_name="", timeout_ms=60_000)
        switch.send([AnswerLeg(**ours), LetListen(**ours, ear_id=leg_id(call, "ear", 1), **phone)])
    def say(fact):
        print(type(fact.what).__name__, getattr(fact.what, "segment_id", getattr(fact.what, "leg_id", "")), flush=True)
        if type(fact.what).__name__ == "CallerArrived":
            if records: record(fact.what.leg_id)
            if listens: listen(fact.what.leg_id)
    running = asyncio.create_task(switch.run(say, on_connected=up.set, on_disconnected=lambda: None))
    await up.wait()
    if listens:
        await switch.provision((EndpointAccount(endpoint_id="lena", agent_id="lena", password=listens),))
    while True:
        await switch.beat(WallClock().now())
        print("beat", flush=True)
        await asyncio.sleep(1)  # a beat is a matter of time

asyncio.run(main())
"""


@contextlib.asynccontextmanager
async def a_line(settings: AmiSettings | None) -> AsyncIterator[AmiLine]:
    """Somebody else's session with the manager interface."""
    assert settings is not None
    line = AmiLine(settings)
    running = asyncio.create_task(line.run())
    await line.wait_up()
    yield line
    running.cancel()


@contextlib.asynccontextmanager
async def a_controller(
    node: AsteriskNode, port: int, *, records: str = "", listens: str = ""
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A controller process that gives its beat; `records` by that way: it answers every caller and records them twice; `listens`
    with that password: it answers every caller, and lena listens."""
    settings = switch_settings(node, port)
    ami = {key: getattr(settings.ami, key) for key in AmiSettings.__slots__} if records == "mixmonitor" else None
    recording = {"ami": ami, "folder": str(settings.recording_directory)} if records else None
    controller = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CONTROLLER),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert controller.stdin is not None
    known = {key: getattr(settings.ari, key) for key in settings.ari.__slots__}
    controller.stdin.write(msgspec.json.encode({**known, "records": recording, "listens": listens}))
    controller.stdin.close()
    try:
        yield controller
    finally:
        with contextlib.suppress(ProcessLookupError):
            controller.kill()
        await controller.wait()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_caller_whose_controller_process_dies_or_hangs_is_redirected(how: signal.Signals, tmp_path: Path) -> None:
    port = free_ports(1)[0]
    async with running_node(port) as node, a_controller(node, port) as controller:
        assert controller.stdout is not None
        world = AsteriskWorld(node, AsteriskSwitch(switch_settings(node, port), WallClock()), await find_baresip(STATE), tmp_path)
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
            await world.stop_phones()


@pytest.mark.parametrize(
    ("how", "way"), [(signal.SIGKILL, "mixmonitor"), (signal.SIGSTOP, "mixmonitor"), (signal.SIGKILL, "ari")]
)
async def test_segments_of_a_dead_controller_end_within_ten_seconds_and_nobody_elses(
    how: signal.Signals, way: str, tmp_path: Path
) -> None:
    port = free_ports(1)[0]
    async with running_node(port) as node, a_controller(node, port, records=way) as controller:
        assert controller.stdout is not None
        world = AsteriskWorld(node, AsteriskSwitch(switch_settings(node, port), WallClock()), await find_baresip(STATE), tmp_path)
        line = watchdog_line(world)
        reported = asyncio.Queue[Look]()
        watching = asyncio.create_task(Watchdog(line, WallClock(), report=reported.put_nowait).run())
        try:
            await said(controller.stdout, b"beat")
            caller = await world.caller()
            await caller.dial("4930555100")
            ours = {(await said(controller.stdout, b"SegmentProven")).split()[1].decode() for _ in range(2)}
            await line.wait_up()
            (channel,) = [each.name for each in await channels_with(line) if not each.name.startswith("Snoop/")]
            theirs = str(node.settings.recording_directory / "of-somebody-else")
            async with a_line(switch_settings(node, port).ami) as other:
                assert (await start_mixmonitor(other, channel, f"{theirs}.wav")).success
            await said(controller.stdout, b"beat")
            loop = asyncio.get_running_loop()
            died_at = loop.time()
            controller.send_signal(how)
            stopped = set[str]()
            while stopped < ours:
                stopped |= set((await soon(reported.get())).stopped)
            took_s = loop.time() - died_at
            assert stopped == ours
            assert took_s <= 10
            async with a_line(switch_settings(node, port).ami) as other:
                listed = mixmonitors_of(await mixmonitor_list(other, channel) or "")
            assert [each.files for each in listed] == [(theirs,)]
            await world.until_async(lambda: nobody_spies(line), "the end of the snoops")
            folder = node.settings.recording_directory / "segments"
            files = [folder / f"{segment}-{direction}.wav" for segment in ours for direction in ("rx", "tx")]
            await world.until(lambda: True if all(map(is_closed, files)) else None, "the end of their files")
            assert [file.stat().st_mode & 0o077 for file in files] == [0] * 4
        finally:
            watching.cancel()
            await world.stop_phones()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_nobody_listens_on_within_ten_seconds_of_the_controllers_death_and_the_call_lives(
    how: signal.Signals, tmp_path: Path
) -> None:
    port = free_ports(1)[0]
    async with running_node(port) as node, a_controller(node, port, listens="of-a-test") as controller:
        assert controller.stdout is not None
        world = AsteriskWorld(node, AsteriskSwitch(switch_settings(node, port), WallClock()), await find_baresip(STATE), tmp_path)
        line = watchdog_line(world)
        reported = asyncio.Queue[Look]()
        watching = asyncio.create_task(Watchdog(line, WallClock(), report=reported.put_nowait).run())
        try:
            await said(controller.stdout, b"beat")
            lena = await world.phone_of(EndpointId("lena"), "of-a-test")
            caller = await world.caller()
            await caller.dial("4930555100")
            await lena.rings()
            await lena.answer()
            ear = (await said(controller.stdout, b"EarHears")).split()[1].decode()
            await line.wait_up()
            (talking,) = [each.name for each in await channels_with(line) if each.unique_id not in {ear, spy_of(ear)}]
            await said(controller.stdout, b"beat")
            loop = asyncio.get_running_loop()
            died_at = loop.time()
            controller.send_signal(how)
            look = await soon(reported.get())
            assert loop.time() - died_at <= 10
            assert look.ended == (ear,)
            await lena.is_free()
            await world.until_async(lambda: nobody_spies(line), "the end of the snoop")
            assert [each.name for each in await channels_with(line)] == [talking]
        finally:
            watching.cancel()
            await world.stop_phones()


@pytest.mark.parametrize("command", ["core stop now", "core restart now", "mixmonitor list all", "channel request hangup all"])
async def test_the_watchdogs_password_opens_no_console(world: AsteriskWorld, command: str) -> None:
    """What an attacker sends who has it: the words themselves, without our line's own refusal."""
    keys = world.node.credentials
    reader, writer = await asyncio.open_connection("127.0.0.1", world.node.settings.ami_port)

    async def asked(*headers: str) -> str:
        writer.write("".join(f"{header}\r\n" for header in (*headers, "")).encode())
        while not (found := await soon(reader.readuntil(b"\r\n\r\n"))).startswith(b"Response:"):
            pass
        return found.decode()

    await soon(reader.readline())
    log_in = await asked("Action: Login", f"Username: {keys.watchdog_user}", f"Secret: {keys.watchdog_password}")
    assert "Success" in log_in
    refused = await asked("Action: Command", f"Command: {command}")
    assert refused.startswith("Response: Error")
    assert "Permission denied" in refused
    assert "Success" in await asked("Action: Ping")
    writer.close()


def is_closed(file: Path) -> bool:
    """Its header tells its size."""
    return file.stat().st_size == 44 + int.from_bytes(file.read_bytes()[40:44], "little")


async def nobody_spies(line: AmiLine) -> bool:
    return not any(each.name.startswith("Snoop/") for each in await channels_with(line))


async def said(stream: asyncio.StreamReader, word: bytes) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        async for line in stream:
            if line.startswith(word):
                return line
    raise AssertionError(f"the controller never said {word!r}")
