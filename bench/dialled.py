"""From an agent's 200 OK to the INVITE at the callee's, at 20 dials a second: by us, and by a bare AMI Originate, side by side.

Ours: the agent asks over the API, their phone rings and answers at once, the permit is asked for and is on disk, and the
callee is dialled. Bare: AMI's `Originate` of the same kind of phone into an extension that does nothing but `Dial`. Both take
turns on the same Asterisk, so many a second each; the callee answers at once and hangs up. Times are of the packets, by the
kernel. An agent calls again once their phone rests; what is refused or lost all the same counts as failed.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Ground:
    """A floor whose agents call people: ours by their desks, the others by `act`, which asks Asterisk to originate."""

    floor: SwitchFloor
    carrier: Softphones
    desks: Mapping[str, Desk]
    others: Sequence[str]
    act: Callable[[str], None]


def records(database: str, create: Callable[[str], str] | None = None) -> list[dict[str, Any]]:
    """The records of one run on that database, made anew for each rate; SQLite in the floor's folder where none is created."""
    return [
        figure for rate in RATES for figure in _figures(rate, database, None if create is None else create(f"dialled_{rate:.0f}"))
    ]


def _figures(rate: float, database: str, url: str | None) -> list[dict[str, Any]]:
    ours, bare, failed, busy = asyncio.run(_measure(rate, url))
    beside = f"{rate:.0f}/s, {database}"
    return [
        *beside_bare("agent_200_to_callee_invite", beside, ours, bare, is_promised=rate == RATES[-1]),
        {"name": f"dials_measured ({beside})", "value": len(ours), "unit": "calls", "baseline": len(bare)},
        {"name": f"dials_failed ({beside})", "value": failed, "unit": "calls", "target": 0, "ok": failed == 0},
        {"name": f"dialling_load_average ({beside})", "value": busy, "unit": "processes"},
    ]


def beside_bare(
    name: str, beside: str, ours: Sequence[float], bare: Sequence[float], *, is_promised: bool
) -> list[dict[str, Any]]:
    """The middle and the slow end of both, in milliseconds."""
    found: list[dict[str, Any]] = []
    for part, share in (("p50", 0.5), ("p99", 0.99)):
        mine, floor = quantile(ours, share), quantile(bare, share)
        figure = {"name": f"{name}_{part} ({beside})", "value": mine, "unit": "ms", "baseline": floor, "ratio": mine / floor}
        figure |= {"versions": {"baseline": "AMI Originate"}}
        found.append(figure | ({"target": TARGET_MS, "ok": mine <= TARGET_MS} if is_promised and share > 0.9 else {}))
    return found


async def _measure(rate: float, url: str | None) -> tuple[list[float], list[float], int, float]:
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(opened(url, lambda *_: Manner(answer_after_s=0.0, bye_after_s=TALK_S)))
        capture = await stack.enter_async_context(Capture.running(udp=[ground.floor.sip_port]))
        who, statuses = await _dial(rate, ground)
        await asyncio.sleep(3)
        busy = load_average()
    took = _times(capture.sip(), ground.floor.phones.port, ground.carrier.port, who)
    return *measured(took, who), unreached(took, who, statuses), busy


def measured(took: Mapping[str, float], who: Iterable[str]) -> tuple[list[float], list[float]]:
    """Ours and the bare ones, without those of the warming."""
    ours, bare = ([took[number] for number in who if number in took and number.startswith(sign)] for sign in ("+", "4"))
    return ours[WARM:], bare[WARM:]


def unreached(took: Mapping[str, float], who: Mapping[str, str], statuses: Counter[int]) -> int:
    """What was refused, and whom nobody dialled."""
    return len(who) - len(took) + sum(count for status, count in statuses.items() if status != 200)


@asynccontextmanager
async def opened(
    url: str | None, answers: Callable[[str, Message], Manner], *, keeps_line: bool = False
) -> AsyncIterator[Ground]:
    """All are on duty, OURS of them at their desks; who is called behaves as `answers` says."""
    names, secret = [f"a{number:03}" for number in range(1, OURS + BARE + 1)], secrets.token_urlsafe(12)
    more = calling_out() + "".join(AGENT_USER.format(name=name) for name in names)
    carrier = await Softphones.open(("127.0.0.1", 0), {}, speaks=False)
    carrier.manner = answers
    try:
        async with AsyncExitStack() as stack:
            floor = await stack.enter_async_context(
                open_floor(
                    len(names),
                    has_queues=False,
                    keeps_line=keeps_line,
                    more=more,
                    changes={f"switch.{SWITCH}.trunk.line": {"port": carrier.port}} | ({"database": {"url": url}} if url else {}),
                    before_service=may_show,
                    beside=_dialplan(carrier.port, secret),
                )
            )
            desks = {name: await stack.enter_async_context(at_desk(floor.house, name)) for name in names[:OURS]}
            act = await stack.enter_async_context(_manager(floor, secret))
            yield Ground(floor, carrier, desks, names[OURS:], act)
    finally:
        await carrier.close()


async def _dial(rate: float, ground: Ground) -> tuple[dict[str, str], Counter[int]]:
    """Who has called which number, in the order of calls; and what the API answered."""
    phones, rung = ground.floor.phones, {name: asyncio.Event() for name in ground.desks}

    def rings(user: str, _invite: Message) -> Manner:
        if user in rung:
            rung[user].set()
        return Manner(answer_after_s=RINGS_S)

    async def over(name: str, _number: str) -> None:
        await rung[name].wait()
        await phones.rests(name)
        rung[name].clear()

    def bare(phone: str, number: str) -> None:
        ground.act(f"Channel: PJSIP/{phone}\r\nContext: bare-dial\r\nExten: {number}\r\nPriority: 1")

    phones.manner = rings
    return await by_turns(rate, ground, over, bare)


async def by_turns(
    rate: float, ground: Ground, over: Callable[[str, str], Awaitable[None]], bare: Callable[[str, str], None]
) -> tuple[dict[str, str], Counter[int]]:
    """So many calls a second of ours, each by an agent whose last one is `over`, and as many `bare` ones.

    Returns who has called which number, in the order of calls; and what the API answered.
    """
    who: dict[str, str] = {}
    statuses, free = Counter[int](), asyncio.Queue[str]()
    for name in ground.desks:
        free.put_nowait(name)

    async def ask(name: str, number: str) -> None:
        body = {"project_id": "ours", "number": number, "reference": {"kind": "task", "id": "bench"}, "key": f"dial-{number[1:]}"}
        status, _ = await ground.desks[name].ask("POST", "/calls", body)
        statuses[status] += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_S):
                await over(name, number)
        await asyncio.sleep(AFTER_S)
        free.put_nowait(name)

    loop, began_at, asked = asyncio.get_running_loop(), asyncio.get_running_loop().time(), []
    for turn in range(int(rate * SECONDS) + WARM):
        ours, theirs = f"+49171{3_920_000 + turn}", f"49172{3_920_000 + turn}"
        who[ours], who[theirs] = await free.get(), ground.others[turn % len(ground.others)]
        asked.append(asyncio.create_task(ask(who[ours], ours)))
        await asyncio.sleep(began_at + (turn + 0.5) / rate - loop.time())
        bare(who[theirs], theirs)
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
async def _manager(floor: SwitchFloor, secret: str) -> AsyncIterator[Callable[[str], None]]:
    """A function that has Asterisk originate a channel like that. What is answered is not read."""
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

    def originate(channel: str) -> None:
        action = f"Action: Originate\r\n{channel}\r\nCallerID: <{SHOWN}>\r\nCodecs: alaw\r\nAsync: true\r\n\r\n"
        writer.write(action.encode())

    try:
        yield originate
    finally:
        reading.cancel()
        writer.close()
