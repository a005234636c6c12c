"""A real Asterisk node on this machine with real phones (baresip) around it."""

import asyncio
import contextlib
import itertools
import os
import re
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from fernamt.demo.phones import PATIENCE_S, Phone, PhoneAccount
from fernamt.node.local import local_settings
from fernamt.node.packages import find_baresip
from fernamt.node.ports import free_ports
from fernamt.node.process import AsteriskNode
from fernamt.node.program import Program
from fernamt.node.settings import NodeSettings, Trunk
from telephony.engine.ports import EndpointAccount, Snapshot
from telephony.errors import SwitchError
from telephony.identifiers import AgentId, EndpointId, Instant, SegmentId, SwitchName
from telephony.switch.asterisk.ari import AriLine
from telephony.switch.asterisk.settings import AmiSettings, AriSettings, AsteriskSettings, LineOut, PhoneSettings
from telephony.switch.asterisk.switch import AsteriskSwitch
from tests.contract.switch.world import CALLER, WAV_BYTES_PER_S, WAV_HEADER, FactLog, Party
from tests.e2e.asterisk import spoken
from tests.e2e.asterisk.counted_sound import Listener
from tests.e2e.asterisk.speaking import a_speaker

T = TypeVar("T")
STATE = Path(os.environ.get("TESTS_STATE", Path(__file__).parents[3] / ".state"))
BOTH = 2
_numbers = itertools.count(1)


class WallClock:
    """The machine's clock."""

    def now(self) -> Instant:
        return Instant(time.time_ns() // 1000)


class BaresipParty:
    """A person at a baresip phone."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone

    async def answer(self) -> None:
        await self.phone.answer()

    async def refuse(self) -> None:
        await self.phone.hang_up()

    async def hang_up(self) -> None:
        await self.phone.hang_up()

    async def hold(self) -> None:
        await self.phone.hold()

    async def resume(self) -> None:
        await self.phone.resume()

    async def press(self, keys: str) -> None:
        await self.phone.press(keys)

    async def vanish(self) -> None:
        await self.phone.kill()

    async def dial(self, digits: str) -> None:
        await self.phone.dial(digits)

    async def rings(self) -> str:
        return (await self.phone.expect("CALL_INCOMING")).peer

    async def is_connected(self) -> None:
        await self.phone.expect("CALL_ESTABLISHED")

    async def is_free(self) -> None:
        await self.phone.expect("CALL_CLOSED")


async def beat_is_old(node: AsteriskNode) -> bool:
    """The dialplan knows that no controller is there; it counts whole seconds."""
    beat = re.search(r"CONTROLLER_BEAT=(\d+)", await node.rx("dialplan show globals"))
    return beat is None or time.time() - int(beat[1]) > node.settings.beat_limit_s + 1


class Speaker:
    """A person at no phone of the shelf, who says what is made here."""

    def __init__(self, phone: Listener) -> None:
        self._phone = phone

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a speaker does not {name}")

    async def dial(self, digits: str) -> None:
        self._phone.calls(digits, CALLER)

    async def is_connected(self) -> None:
        await self._phone.talks.wait()

    async def hang_up(self) -> None:
        self._phone.hang_up()


class AsteriskWorld:
    """The world of one running node."""

    def __init__(self, node: AsteriskNode, switch: AsteriskSwitch, baresip: Program, directory: Path) -> None:
        self.node = node
        self.switch = switch
        self.facts = FactLog()
        self._baresip = baresip
        self._directory = directory
        self._phones: list[Phone] = []
        self._carrier: Phone | None = None
        self._speakers = contextlib.AsyncExitStack()
        self._beating: asyncio.Task[None] | None = None

    def beat(self) -> None:
        """The controller's beat goes on from here, once a second."""
        self._beating = asyncio.create_task(self._beat())

    def stop_beating(self) -> None:
        """The controller seems dead to the switch from here on."""
        if self._beating is not None:
            self._beating.cancel()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(1)  # a beat is a matter of time
            with contextlib.suppress(SwitchError):
                await self.switch.beat(self.now())

    async def caller(self, number: str | None = "491701234567") -> Party:
        return BaresipParty(await self._phone(PhoneAccount(user=number or "anonymous", server=self._server)))

    async def agent(self, name: str) -> tuple[EndpointId, Party]:
        endpoint = EndpointId(f"{name}-{next(_numbers)}")
        account = EndpointAccount(endpoint_id=endpoint, agent_id=AgentId(name), password=os.urandom(12).hex())
        await self.switch.provision((account,))
        return endpoint, await self.phone_of(endpoint, account.password)

    async def phone_of(self, endpoint: EndpointId, password: str) -> Party:
        """A phone of that endpoint, registered."""
        phone = await self._phone(PhoneAccount(user=endpoint, server=self._server, password=password))
        await phone.expect("REGISTER_OK")
        return BaresipParty(phone)

    async def outsider(self, number: str) -> Party:
        """The carrier of this node's trunk is a phone: it gets whatever is dialled."""
        if self._carrier is not None:
            await self._carrier.stop()
        port = self.node.settings.trunks[0].port
        account = PhoneAccount(user=number, server=f"127.0.0.1:{port}")
        directory = self._directory / f"phone-{next(_numbers)}"
        self._carrier = await Phone.start(self._baresip, account, directory, sip_port=port)
        return BaresipParty(self._carrier)

    async def speaker(self, before_s: float, for_s: float) -> Party:
        said = spoken.silence(before_s) + spoken.words(for_s)
        server = ("127.0.0.1", self.node.settings.sip_port)
        phone = await self._speakers.enter_async_context(a_speaker(server, said))
        return Speaker(phone)

    async def until(self, found: Callable[[], T | None], what: str) -> T:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while (result := found()) is None:  # noqa: ASYNC110 - anything may be awaited here
                    await asyncio.sleep(0.005)
                return result
        except TimeoutError:
            told = "\n".join(f"  {fact.what}" for fact in self.facts.facts[-30:])
            raise AssertionError(f"{what} did not come; last facts:\n{told}") from None

    async def until_async(self, is_so: Callable[[], Awaitable[bool]], what: str) -> None:
        """Returns once it is so."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not await is_so():  # noqa: ASYNC110 - anything may be awaited here
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{what} did not come") from None

    async def reaches(self, endpoint: EndpointId) -> bool:
        """The phone is registered and answers."""
        return endpoint in (await self.switch.snapshot()).reachable

    @contextlib.contextmanager
    def without_controller(self) -> Iterator[None]:
        """Inside the block the adapter refuses every connection, as a controller that is not there."""
        line = self.switch.line
        assert isinstance(line, AriLine)
        known, line._settings = line._settings, replace(line._settings, controller_password="")
        yield
        line._settings = known

    async def passes(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def tape_holds(self, segment: SegmentId, seconds: float) -> None:
        enough = WAV_HEADER + seconds * WAV_BYTES_PER_S

        def holds() -> bool | None:
            sizes = [file.stat().st_size for file in self.node.settings.recording_directory.rglob(f"{segment}-*.wav")]
            return True if len(sizes) == BOTH and min(sizes) >= enough else None

        await self.until(holds, f"{seconds} s of sound in both files of {segment}")

    async def snapshot(self) -> Snapshot:
        return await self.switch.snapshot()

    def now(self) -> Instant:
        return WallClock().now()

    async def cut_line(self) -> None:
        before = self.facts.connects
        self.switch.line.cut()
        await self.until(lambda: True if self.facts.connects > before else None, "the connection after a cut")

    async def stop_phones(self) -> None:
        phones = [*self._phones, *([] if self._carrier is None else [self._carrier])]
        await asyncio.gather(*(phone.stop() for phone in phones))
        self._phones.clear()
        await self._speakers.aclose()
        self._carrier = None

    @property
    def _server(self) -> str:
        return f"127.0.0.1:{self.node.settings.sip_port}"

    async def _phone(self, account: PhoneAccount) -> Phone:
        phone = await Phone.start(self._baresip, account, self._directory / f"phone-{next(_numbers)}")
        self._phones.append(phone)
        return phone


def node_settings(controller_port: int, **changes: object) -> NodeSettings:
    """A node of its own on free ports, with a trunk on this machine."""
    own: dict[str, object] = {
        "controller_uri": f"ws://127.0.0.1:{controller_port}/ari",
        "trunks": (Trunk(name="trunk", host="127.0.0.1", port=free_ports(1)[0], qualify_every_s=0),),
        "emergency_trunk": None,
        "rtp_timeout_s": 2,
        # A beat of a busy machine may be late; callers are the dialplan's only where a test stops it.
        "beat_limit_s": 60,
    }
    return local_settings(STATE, f"contract-{os.getpid()}-{next(_numbers)}", **(own | changes))


def switch_settings(node: AsteriskNode, controller_port: int, **changes: object) -> AsteriskSettings:
    """The adapter's settings for that node."""
    known, keys = node.settings, node.credentials
    settings = AsteriskSettings(
        name=SwitchName(known.name),
        ari=AriSettings(
            http_url=known.ari_url,
            user=keys.ari_user,
            password=keys.ari_password,
            listen_port=controller_port,
            controller_user=keys.controller_user,
            controller_password=keys.controller_password,
        ),
        ami=AmiSettings(host="127.0.0.1", port=known.ami_port, user=keys.ami_user, password=keys.ami_password),
        phones=PhoneSettings(bind_address="127.0.0.1", rtp_timeout_s=2),
        line_out=LineOut(trunk="trunk", host="127.0.0.1", port=known.trunks[0].port),
        cel_file=known.cel_file,
        recording_directory=known.recording_directory,
    )
    return replace(settings, **changes)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def running_node(controller_port: int, **changes: object) -> AsyncIterator[AsteriskNode]:
    """The node runs inside the block; its folder is gone after it."""
    settings = node_settings(controller_port, **changes)
    try:
        async with AsteriskNode.running(settings) as node:
            yield node
    finally:
        await asyncio.to_thread(shutil.rmtree, settings.directory, ignore_errors=True)


@contextlib.asynccontextmanager
async def running_switch(world: AsteriskWorld) -> AsyncIterator[asyncio.Task[None]]:
    """The adapter runs and is connected inside the block, and the switch takes its beat."""
    log = world.facts
    task = asyncio.create_task(
        world.switch.run(log, on_connected=log.on_connected, on_disconnected=log.on_disconnected), name="switch"
    )
    try:
        await world.until(lambda: True if log.connects else (task.result() if task.done() else None), "the first connection")
        await world.switch.beat(world.now())
        world.beat()
        try:
            yield task
        finally:
            world.stop_beating()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.asynccontextmanager
async def asterisk_world(
    directory: Path, node_changes: Mapping[str, object] | None = None, **changes: object
) -> AsyncIterator[AsteriskWorld]:
    """A node, the adapter connected to it, and phones at hand."""
    port = free_ports(1)[0]
    baresip = await find_baresip(STATE)
    async with running_node(port, **(node_changes or {})) as node:
        world = AsteriskWorld(node, AsteriskSwitch(switch_settings(node, port, **changes), WallClock()), baresip, directory)
        async with running_switch(world):
            try:
                yield world
            finally:
                await world.stop_phones()
