"""Who sits at the phones of a soak: quick ones by lot, real ones as agents do who hand on, ask and hold."""

import asyncio
from contextlib import suppress
from typing import Any

from bench.sip_message import Message
from bench.soak_floor import GIVES_UP, LEAVES, SoakFloor
from bench.softphones import Manner
from fernamt.demo.control_link import ControlLinkClosed
from fernamt.demo.phones import PhoneEvent
from fernamt.node.errors import NodeError
from tests.e2e.service.desk import Desk

LOOK_EVERY_S = 5.0

# -- people at quick phones --------------------------------------------------------------------------------------------


def manner(floor: SoakFloor, _user: str, invite: Message) -> Manner:
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


async def work(floor: SoakFloor, name: str) -> None:
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
