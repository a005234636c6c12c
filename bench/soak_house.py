"""The house of a soak: its centre, its switch and service, its phones, everybody on duty."""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bench.records import BenchImpossible
from bench.soak_floor import GIVES_UP, LEAVES, TALK, SoakFloor
from bench.soak_people import manner, work
from bench.softphones import Softphones
from bench.switch_floor import PROGRAMS, RTP_PORTS
from fernamt.demo.house import SWITCH, House
from fernamt.node.packages import missing_debian_packages
from fernamt.node.ports import free_rtp_ports
from tests.e2e.service.desk import at_desk
from tests.postgres import private_postgres, programs

QUICK, REAL = 44, 8
WRAP_UP_MS = 2_000
RING_MS = 6_000
RECOVERY_MS = 6_000

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


@asynccontextmanager
async def open_soak_floor(seed: int, *, has_postgres: bool = False) -> AsyncIterator[SoakFloor]:
    """The floor is ready for calls. Raises BenchImpossible where something is missing."""
    if lacks := missing_debian_packages(("sipp",)):
        raise BenchImpossible(lacks)
    quick = [f"a{number:03}" for number in range(1, QUICK + 1)]
    real = [f"r{number:02}" for number in range(1, REAL + 1)]
    first, last = free_rtp_ports(RTP_PORTS)
    settings: dict[str, dict[str, Any]] = {f"switch.{SWITCH}": {"rtp_first_port": first, "rtp_last_port": last}}
    if has_postgres and programs() is None:
        raise BenchImpossible("PostgreSQL's server programs are not installed: apt install postgresql")
    async with AsyncExitStack() as stack:
        cluster = stack.enter_context(private_postgres(parent=Path("/var/tmp"))) if has_postgres else None
        if cluster is not None:
            settings["database"] = {"url": cluster.create("soak")}
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
        floor = SoakFloor(house, phones, supervisor, desks, random.Random(seed), [*quick, *real], work, cluster=cluster)
        phones.manner = lambda user, invite: manner(floor, user, invite)
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
