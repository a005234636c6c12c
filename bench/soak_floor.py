"""The floor of a soak: many quick phones in one program, a few real ones in processes of their own, and people at them.

Quick phones (bench/softphones.py) answer, ignore or refuse by lot and hang up where the number says so. Real phones (baresip)
are those that are killed and stopped; their agents also hand callers on, ask colleagues and put callers on hold, by the API.
"""

import asyncio
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.records import BenchImpossible
from bench.sip_message import Message
from bench.softphones import Manner, Softphones
from bench.switch_floor import PROGRAMS, SwitchFloor, free_rtp_block
from fernamt.demo.control_link import ControlLinkClosed
from fernamt.demo.house import SWITCH, House
from fernamt.demo.phones import PhoneEvent
from fernamt.node.errors import NodeError
from fernamt.node.packages import missing_debian_packages
from tests.e2e.service.desk import Desk, at_desk

TALK, LEAVES, GIVES_UP = "+4930231401", "+4930231402", "+4930231403"
"""Numbers of those who talk and hang up, whose agent hangs up, who give up while it rings."""
QUICK, REAL = 44, 8
WRAP_UP_MS = 2_000
RING_MS = 6_000
RECOVERY_MS = 6_000
ASKS_WITHIN_S = 8.0
LOOK_EVERY_S = 5.0

_CENTRE = """
[[clients]]
client_id = "c1"
name = "Client One"

[[users]]
login = "sup"
display_name = "Supervisor"
role = "supervisor"
""" + "".join(
    f"""
[[projects]]
project_id = "{name}"
client_id = "c1"
name = "Projekt {name}"
ring_timeout_ms = {RING_MS}
recovery_ms = {RECOVERY_MS}
wrap_up_limit_ms = {WRAP_UP_MS}
wrap_up_codes = ["done", "again"]

[[numbers]]
did = "{did}"
project_id = "{name}"
"""
    for name, did in (("talk", TALK), ("leaves", LEAVES), ("gives-up", GIVES_UP))
)
_AGENT = """
[[agents]]
agent_id = "{name}"
name = "{name}"
level = {level}
certificates = [{projects}]
"""
_USER = """
[[users]]
login = "{name}"
display_name = "{name}"
role = "agent"
agent_id = "{name}"
"""


@dataclass(slots=True)
class SoakFloor:
    """The floor, open; everybody is on duty. `done` counts what people did, `gone` tells when which phone was killed."""

    house: House
    quick: Softphones
    supervisor: Desk
    desks: dict[str, Desk]
    lot: random.Random
    names: list[str]
    done: Counter[str] = field(default_factory=Counter)
    gone: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    away: set[str] = field(default_factory=set)
    """Who went on a pause or off duty by their own will."""
    works: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    doing: dict[str, str] = field(default_factory=dict)
    """What each real agent's phone does: rings, talks; nothing: idle."""
    everybody_answers: bool = False

    @property
    def sip_port(self) -> int:
        """Asterisk's."""
        return self.house.settings.switch[SWITCH].sip_port

    @property
    def for_callers(self) -> SwitchFloor:
        """The floor as callers need it."""
        return SwitchFloor(self.house, self.quick, self.names)

    @property
    def service_pid(self) -> int:
        """Of the service's own process."""
        return self.for_callers.service_pid

    def begin_work(self, name: str) -> None:
        """The agent sits at the real phone again, whatever it does."""
        self.works[name] = asyncio.create_task(_work(self, name))

    async def stop_work(self, name: str) -> None:
        """Nobody sits at that phone any more."""
        task = self.works.pop(name, None)
        self.doing.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def ask(self, desk: Desk, path: str, body: Any = None) -> int:
        """The answer's status; 0: there was none, as while the controller is away or its database stands still."""
        try:
            async with asyncio.timeout(ASKS_WITHIN_S):
                return (await desk.ask("POST", path, body))[0]
        except (TimeoutError, aiohttp.ClientError):
            return 0

    async def look(self, desk: Desk, path: str) -> dict[str, Any]:
        """What the API shows there; nothing while it does not answer."""
        with suppress(TimeoutError, aiohttp.ClientError):
            async with asyncio.timeout(ASKS_WITHIN_S):
                status, said = await desk.ask("GET", path)
                if status == 200:
                    return dict(said)
        return {}

    async def agents(self) -> list[dict[str, Any]]:
        """The agents as the API lists them; none while it does not answer."""
        return list((await self.look(self.supervisor, "/agents")).get("items", []))

    async def calls(self) -> list[dict[str, Any]]:
        """The calls as the API lists them; something else where it does not answer."""
        said = await self.look(self.supervisor, "/calls")
        return list(said.get("items", ["no answer"]))


@asynccontextmanager
async def open_soak_floor(seed: int, *, changes: dict[str, dict[str, Any]] | None = None) -> AsyncIterator[SoakFloor]:
    """The floor is ready for calls. Raises BenchImpossible where something is missing."""
    if lacks := missing_debian_packages(("sipp",)):
        raise BenchImpossible(lacks)
    quick = [f"a{number:03}" for number in range(1, QUICK + 1)]
    real = [f"r{number:02}" for number in range(1, REAL + 1)]
    first, last = free_rtp_block()
    settings = {f"switch.{SWITCH}": {"rtp_first_port": first, "rtp_last_port": last}} | (changes or {})
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp", prefix="fernamt-soak-")))
        (folder / "centre.toml").write_text(_centre(quick, real), encoding="utf-8")
        house = await stack.enter_async_context(
            House.open(folder / "state", folder / "centre.toml", programs=PROGRAMS, changes=settings)
        )
        await house.start_service()
        switch = house.settings.switch[SWITCH]
        passwords = {name: house.accounts[name].password for name in quick}
        phones = await Softphones.open((switch.bind_address, switch.sip_port), passwords)
        stack.push_async_callback(phones.close)
        await phones.register()
        supervisor = await stack.enter_async_context(at_desk(house, "sup"))
        desks = {name: await stack.enter_async_context(at_desk(house, name)) for name in real}
        floor = SoakFloor(house, phones, supervisor, desks, random.Random(seed), [*quick, *real])
        phones.manner = lambda user, invite: _manner(floor, user, invite)
        for place, name in enumerate(real):
            await house.phone(name, tone_hz=400 + 20 * place)
            floor.begin_work(name)
            await desks[name].do(f"/agents/{name}/log-in", {})
        for start in range(0, QUICK, 10):
            await asyncio.gather(*(phones.dial(name, "*11") for name in quick[start : start + 10]))
        try:
            yield floor
        finally:
            for name in list(floor.works):
                await floor.stop_work(name)


def _centre(quick: Collection[str], real: Collection[str]) -> str:
    every = ", ".join(f'"{name}"' for name in ("talk", "leaves", "gives-up"))
    text = _CENTRE
    for place, name in enumerate([*quick, *real]):
        text += _AGENT.format(name=name, level=place % 3 + 1, projects=every if name in quick else '"talk"')
    return text + "".join(_USER.format(name=name) for name in real)


# -- people at quick phones --------------------------------------------------------------------------------------------


def _manner(floor: SoakFloor, _user: str, invite: Message) -> Manner:
    number = invite["from"].partition("sip:")[2].partition("@")[0]
    mood, soon_s = floor.lot.random(), floor.lot.uniform(0.0, 1.2)
    if number == GIVES_UP:
        return Manner(answer_after_s=None)
    if floor.everybody_answers:
        return Manner(answer_after_s=0.1)
    if mood < 0.02:
        return Manner(answer_after_s=None)
    if mood < 0.03:
        return Manner(refuse_with="486 Busy Here")
    return Manner(answer_after_s=soon_s, bye_after_s=floor.lot.uniform(1.0, 4.0) if number == LEAVES else None)


async def live(floor: SoakFloor) -> None:
    """Until it is cancelled: now and then somebody pauses, goes off duty and comes back, extends or ends the wrap-up."""
    quick = [name for name in floor.names if name not in floor.desks]
    async with asyncio.TaskGroup() as group:
        while True:
            await asyncio.sleep(floor.lot.uniform(0.3, 1.2))
            free = [name for name in quick if name not in floor.away]
            if len(floor.away) < 5 and free:
                group.create_task(_have_a_moment(floor, floor.lot.choice(free)))


async def _have_a_moment(floor: SoakFloor, name: str) -> None:
    what = floor.lot.choice(("pause", "off duty", "code", "code", "extend"))
    floor.done[what] += 1
    if what == "code":
        await _dial(floor, name, f"*3{floor.lot.choice('12')}")
    elif what == "extend":
        await floor.ask(floor.supervisor, f"/agents/{name}/extend-wrap-up")
    elif what == "pause":
        floor.away.add(name)
        await floor.ask(floor.supervisor, f"/agents/{name}/pause", {"pause_reason": "break"})
        await asyncio.sleep(floor.lot.uniform(2, 8))
        floor.away.discard(name)
        await floor.ask(floor.supervisor, f"/agents/{name}/available")
    else:
        floor.away.add(name)
        await _dial(floor, name, "*12")
        await asyncio.sleep(floor.lot.uniform(2, 8))
        floor.away.discard(name)
        await _dial(floor, name, "*11")


async def _dial(floor: SoakFloor, name: str, code: str) -> None:
    try:
        await floor.quick.dial(name, code)
    except (RuntimeError, TimeoutError):
        floor.done["codes unheard"] += 1


async def tend(floor: SoakFloor) -> None:
    """Until it is cancelled: who was put on pause after misses, or whose own request went unheard, comes back to work."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        for row in await floor.agents():
            name, now = row["agent_id"], row["now"] or {}
            if name in floor.away:
                continue
            if now.get("state") == "paused":
                floor.done["back from a pause"] += 1
                await floor.ask(floor.supervisor, f"/agents/{name}/available")
            elif now.get("state") == "logged_out":
                floor.done["back on duty"] += 1
                await floor.ask(floor.supervisor, f"/agents/{name}/log-in", {})


# -- people at real phones ---------------------------------------------------------------------------------------------


async def _work(floor: SoakFloor, name: str) -> None:
    """Whatever rings is taken; until it is cancelled."""
    phone = floor.house.phones[name]
    rings: PhoneEvent | None = None
    while True:
        phone.forget_events()
        if rings is None:
            with suppress(TimeoutError):
                rings = await phone.expect("CALL_INCOMING", within_s=60)
        if rings is None:
            continue
        call, rings = rings, None
        floor.doing[name] = "rings"
        try:
            await asyncio.sleep(floor.lot.uniform(0.1, 1.5))
            await phone.answer()
            if (await phone.expect("CALL_ESTABLISHED", "CALL_CLOSED", within_s=10)).type == "CALL_ESTABLISHED":
                floor.doing[name] = "talks"
                rings = await _talk(floor, name, call)
        except (NodeError, TimeoutError, ControlLinkClosed):
            floor.done["real phone troubled"] += 1
            await asyncio.sleep(0.2)
        floor.doing.pop(name, None)


async def _talk(floor: SoakFloor, name: str, call: PhoneEvent) -> PhoneEvent | None:
    """The talk is over for this phone; returns the next call if that rings before the phone says so.

    An agent alone with a colleague, the caller gone, says goodbye: nobody else would.
    """
    phone, desk = floor.house.phones[name], floor.desks[name]
    call_id = await _do_something(floor, name)
    while True:
        try:
            told = await phone.expect("CALL_CLOSED", "CALL_INCOMING", within_s=90 if call_id is None else 1.5)
        except TimeoutError:
            if call_id is None:
                raise
            listed = (await floor.look(desk, "/calls")).get("items", [])
            if any(one["call_id"] == call_id and one["phase"] == "ending" for one in listed):
                floor.done["goodbye to a colleague"] += 1
                await phone.hang_up()
            continue
        return told if told.type == "CALL_INCOMING" and told.call_id != call.call_id else None


async def _do_something(floor: SoakFloor, name: str) -> str | None:
    """One talk in three is more than a talk: handed to a project or a colleague, with or without asking, or held.

    Returns the call if a colleague was asked.
    """
    mood = floor.lot.random()
    if mood > 0.35 or floor.everybody_answers:
        return None
    desk = floor.desks[name]
    call_id = ((await floor.look(desk, f"/agents/{name}")).get("now") or {}).get("call_id")
    if call_id is None:
        return None
    await asyncio.sleep(floor.lot.uniform(0.2, 1.0))
    colleague = floor.lot.choice([one for one in floor.names if one != name])
    path = f"/calls/{call_id}"
    if mood < 0.08:
        await _tell(floor, desk, f"{path}/transfer", {"project_id": "talk"})
    elif mood < 0.16:
        await _tell(floor, desk, f"{path}/transfer", {"agent_id": colleague})
    elif mood < 0.27:
        if await _tell(floor, desk, f"{path}/consult", {"agent_id": colleague}):
            await asyncio.sleep(floor.lot.uniform(0.5, 3.0))
            await _tell(floor, desk, f"{path}/{floor.lot.choice(('complete', 'cancel', 'conference'))}")
        return str(call_id)
    elif await _tell(floor, desk, f"{path}/hold"):
        await asyncio.sleep(floor.lot.uniform(0.5, 2.0))
        await _tell(floor, desk, f"{path}/unhold")
    return None


async def _tell(floor: SoakFloor, desk: Desk, path: str, body: Any = None) -> bool:
    status = await floor.ask(desk, path, body)
    floor.done[f"{path.rpartition('/')[2]}{'' if 200 <= status < 300 else ' refused' if status else ' unheard'}"] += 1
    return 200 <= status < 300


def now_us() -> int:
    """The present, as packets and journal have it."""
    return time.time_ns() // 1_000
