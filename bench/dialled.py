"""From an agent's 200 OK to the INVITE at the callee's, at 20 dials a second: by us, and by a bare AMI Originate, side by side.

Ours: the agent asks over the API, their phone rings and answers at once, the permit is asked for and is on disk, and the
callee is dialled. Bare: AMI's `Originate` of the same kind of phone into an extension that does nothing but `Dial`. Both take
turns on the same Asterisk, so many a second each; the callee answers at once and hangs up. Times are of the packets, by the
kernel. An agent calls again once their phone rests; what is refused or lost all the same counts as failed.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from bench.calling_out import SHOWN, calling_out, may_show
from bench.decision import quantile
from bench.sip_message import Message
from bench.softphones import Manner, Softphones
from bench.switch_floor import SwitchFloor, load_average, open_floor
from bench.wire import Capture, SipSeen
from fernamt.demo.house import SWITCH
from tests.e2e.service.desk import Desk, at_desk

OURS, BARE = 30, 20
"""Agents of each."""
RATES, SECONDS, WARM = (10.0, 20.0), 20, 60
"""Dials a second of each. The target is the last one's."""
TARGET_MS = 50.0
TALK_S = 0.03
RINGS_S = 0.1
"""An agent's phone rings that long: one that answers within a packet's time is nobody's."""
LONGEST_S = 10.0
AFTER_S = 0.3
"""So long after its phone an agent is free: the code is noted, and the desk has settled the call."""
AGENT_USER = '[[users]]\nlogin = "{name}"\ndisplay_name = "{name}"\nrole = "agent"\nagent_id = "{name}"\n'


def records(database: str, create: Callable[[str], str] | None = None) -> list[dict[str, Any]]:
    """The records of one run on that database, made anew for each rate; SQLite in the floor's folder where none is created."""
    return [
        figure for rate in RATES for figure in _figures(rate, database, None if create is None else create(f"dialled_{rate:.0f}"))
    ]


def _figures(rate: float, database: str, url: str | None) -> list[dict[str, Any]]:
    ours, bare, failed, busy = asyncio.run(_measure(rate, url))
    beside = f"{rate:.0f}/s, {database}"
    found: list[dict[str, Any]] = []
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        mine, floor = quantile(ours, share), quantile(bare, share)
        figure = {"name": f"agent_200_to_callee_invite_{name} ({beside})", "value": mine, "unit": "ms", "baseline": floor}
        figure |= {"ratio": mine / floor, "versions": {"baseline": "AMI Originate"}}
        is_promised = share > 0.9 and rate == RATES[-1]
        found.append(figure | ({"target": TARGET_MS, "ok": mine <= TARGET_MS} if is_promised else {}))
    return [
        *found,
        {"name": f"dials_measured ({beside})", "value": len(ours), "unit": "calls", "baseline": len(bare)},
        {"name": f"dials_failed ({beside})", "value": failed, "unit": "calls", "target": 0, "ok": failed == 0},
        {"name": f"dialling_load_average ({beside})", "value": busy, "unit": "processes"},
    ]


async def _measure(rate: float, url: str | None) -> tuple[list[float], list[float], int, float]:
    carrier = await Softphones.open(("127.0.0.1", 0), {}, speaks=False)
    carrier.manner = lambda _user, _invite: Manner(answer_after_s=0.0, bye_after_s=TALK_S)
    names = [f"a{number:03}" for number in range(1, OURS + BARE + 1)]
    secret = secrets.token_urlsafe(12)
    more = calling_out() + "".join(AGENT_USER.format(name=name) for name in names)
    try:
        async with AsyncExitStack() as stack:
            floor = await stack.enter_async_context(
                open_floor(
                    len(names),
                    has_queues=False,
                    more=more,
                    changes={f"switch.{SWITCH}.trunk.line": {"port": carrier.port}} | ({"database": {"url": url}} if url else {}),
                    before_service=may_show,
                    beside=_dialplan(carrier.port, secret),
                )
            )
            desks = [await stack.enter_async_context(at_desk(floor.house, name)) for name in names[:OURS]]
            originate = await stack.enter_async_context(_manager(floor, secret))
            capture = await stack.enter_async_context(Capture.running(udp=[floor.sip_port]))
            who, statuses = await _dial(rate, dict(zip(names, desks, strict=False)), names[OURS:], originate, floor.phones)
            await asyncio.sleep(3)
            busy = load_average()
    finally:
        await carrier.close()
    took = _times(capture.sip(), floor.phones.port, carrier.port, who)
    ours, bare = ([took[number] for number in who if number in took and number.startswith(sign)] for sign in ("+", "4"))
    failed = len(who) - len(took) + sum(count for status, count in statuses.items() if status != 200)
    return ours[WARM:], bare[WARM:], failed, busy


async def _dial(
    rate: float, desks: Mapping[str, Desk], others: Sequence[str], originate: Any, phones: Softphones
) -> tuple[dict[str, str], Counter[int]]:
    """Who has called which number, in the order of calls; and what the API answered."""
    who: dict[str, str] = {}
    statuses = Counter[int]()
    loop, began_at, asked = asyncio.get_running_loop(), asyncio.get_running_loop().time(), []
    free = asyncio.Queue[str]()
    rung = {name: asyncio.Event() for name in desks}
    for name in desks:
        free.put_nowait(name)

    def rings(user: str, _invite: Message) -> Manner:
        if user in rung:
            rung[user].set()
        return Manner(answer_after_s=RINGS_S)

    async def ask(name: str, number: str) -> None:
        body = {"project_id": "ours", "number": number, "reference": {"kind": "task", "id": "bench"}, "key": f"dial-{number[1:]}"}
        status, _ = await desks[name].ask("POST", "/calls", body)
        statuses[status] += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_S):
                await rung[name].wait()
                await phones.rests(name)
        rung[name].clear()
        await asyncio.sleep(AFTER_S)
        free.put_nowait(name)

    phones.manner = rings
    for turn in range(int(rate * SECONDS) + WARM):
        ours, bare = f"+49171{3_920_000 + turn}", f"49172{3_920_000 + turn}"
        who[ours], who[bare] = await free.get(), others[turn % len(others)]
        asked.append(asyncio.create_task(ask(who[ours], ours)))
        await asyncio.sleep(began_at + (turn + 0.5) / rate - loop.time())
        originate(who[bare], bare)
        await asyncio.sleep(began_at + (turn + 1) / rate - loop.time())
    await asyncio.gather(*asked)
    return who, statuses


def _times(sip: Sequence[SipSeen], phones: int, carrier: int, who: Mapping[str, str]) -> dict[str, float]:
    """Milliseconds by number called: from the last 200 of the phone of who called it, to the first INVITE for it."""
    agent_of: dict[str, str] = {}
    answered_us: dict[str, int] = {}
    took: dict[str, float] = {}
    for message in sip:
        if message.method != "INVITE":
            continue
        if message.is_request and message.target == phones:
            agent_of[message.call_id] = message.asked_of
        elif message.status == 200 and message.source == phones and message.call_id in agent_of:
            answered_us.setdefault(agent_of.pop(message.call_id), message.at_us)
        elif message.is_request and message.target == carrier and message.asked_of in who and message.asked_of not in took:
            at_us = answered_us.pop(who[message.asked_of], None)
            if at_us is not None:
                took[message.asked_of] = (message.at_us - at_us) / 1_000
    return took


def _dialplan(port: int, secret: str) -> dict[str, str]:
    dial = f"exten => _X.,1,Dial(PJSIP/line/sip:${{EXTEN}}@127.0.0.1:{port},20)\n same => n,Hangup()\n"
    return {
        "extensions.conf": f"\n[bare-dial]\n{dial}",
        "manager.conf": f"\n[bare]\nsecret = {secret}\nread = command\nwrite = originate,call,system\n",
    }


@asynccontextmanager
async def _manager(floor: SwitchFloor, secret: str) -> AsyncIterator[Any]:
    """A function that has a phone rung by AMI, and the number dialled when it answers. What is answered is not read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", floor.house.settings.switch[SWITCH].ami_port)
    writer.write(f"Action: Login\r\nUsername: bare\r\nSecret: {secret}\r\nEvents: off\r\n\r\n".encode())
    while (line := await reader.readline()) and not line.startswith(b"Response:"):
        pass
    if b"Success" not in line:
        raise RuntimeError(f"the manager interface of Asterisk let the bench not in: {line!r}")

    async def read() -> None:
        while await reader.read(65_536):
            pass

    reading = asyncio.create_task(read())

    def originate(phone: str, number: str) -> None:
        action = f"Channel: PJSIP/{phone}\r\nContext: bare-dial\r\nExten: {number}\r\nPriority: 1\r\nCallerID: <{SHOWN}>"
        writer.write(f"Action: Originate\r\n{action}\r\nCodecs: alaw\r\nAsync: true\r\n\r\n".encode())

    try:
        yield originate
    finally:
        reading.cancel()
        writer.close()
