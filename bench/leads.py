"""Five hundred leads are called by agents who are given them, and the controller is killed at every step, some seconds apart.

The real service on a real Asterisk, its pump giving the leads out. Each kill waits for the next event of the next kind on the way
of a call (claim, wish, reservation, ringing, permit, answer, join, hang-up, end) and is a SIGKILL at that moment. Whom the line
out was asked for is counted from the packets, number by number; where each lead stands afterwards, from the database.
"""

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from bench.calling_out import calling_out, may_show
from bench.softphones import Manner, Softphones
from bench.switch_floor import SwitchFloor, load_average, open_floor
from bench.wire import Capture
from fernamt.demo.house import SWITCH, House
from fernamt.installation import opened
from fernamt.moment import now
from routing.leads.lists import LeadList, LeadListId
from routing.outbound.asking import WorkKind
from routing.outbound.order import OrderPolicy
from store.lead_lists import LeadListStore
from telephony.identifiers import ClientId, ProjectId, after_ms

LEADS, AGENTS, APART_S = 500, 20, (2.0, 5.0)
LIMIT_S = 1_500.0
STEPS = (
    *("claim", "dial_requested", "call_placed", "agent_reserved", "leg_ringing", "leg_answered", "dial_permitted"),
    *("leg_joined", "agent_connected", "leg_hung_up", "call_ended", "agent_released"),
)
"""What a kill waits for, in turn: the next of it. All but the claim are kinds of events in the journal."""
OPEN = ("fresh", "claimed")
_LIST = LeadListId("many")


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    invites: Counter[str]
    """By number, as the line out was asked."""
    states: Counter[str]
    tried: Mapping[str, int]
    """How often each number's lead was tried, as its list has it."""
    open_attempts: int
    kills: list[str] = field(default_factory=list)
    """By the step they came at."""
    took_s: float = 0.0
    busy: float = 0.0

    @property
    def twice(self) -> list[str]:
        """Numbers the line out was asked for more than once."""
        return sorted(number for number, count in self.invites.items() if count > 1)

    @property
    def unseen(self) -> list[str]:
        """Numbers that were dialled, and whose leads stand as if nobody had."""
        return sorted(number for number in self.invites if not self.tried.get(number))

    @property
    def left(self) -> int:
        """Leads that nobody has come to an end with."""
        return sum(self.states[state] for state in OPEN)


@dataclass(frozen=True, slots=True)
class Kills:
    """How the service dies: at these steps in turn, so far apart, so often at the most."""

    random: Random
    steps: Sequence[str]
    apart_s: tuple[float, float]
    most: int | None


def run() -> list[dict[str, Any]]:
    """The records of one run."""
    found = asyncio.run(measure())
    counted = (("dialled_twice", len(found.twice)), ("dialled_and_not_counted", len(found.unseen)))
    lost = (("leads_left_open", found.left), ("attempts_left_open", found.open_attempts))
    zeros = [{"name": name, "value": n, "unit": "leads", "target": 0, "ok": n == 0} for name, n in (*counted, *lost)]
    return [
        *zeros,
        {"name": "leads", "value": sum(found.states.values()), "unit": "leads", "target": LEADS},
        {"name": "dialled", "value": len(found.invites), "unit": "leads"},
        {"name": "unclear", "value": found.states["unclear"], "unit": "leads"},
        {"name": "kills", "value": len(found.kills), "unit": "kills"},
        {"name": "steps_killed_at", "value": len(set(found.kills)), "unit": "steps", "baseline": len(STEPS)},
        {"name": "took", "value": found.took_s, "unit": "s"},
        {"name": "load_average", "value": found.busy, "unit": "processes"},
    ]


async def measure(
    leads: int = LEADS,
    agents: int = AGENTS,
    *,
    steps: Sequence[str] = STEPS,
    apart_s: tuple[float, float] = APART_S,
    most_kills: int | None = None,
) -> Outcome:
    """All leads are called, or the time is over; the kills come at those steps in turn, and are no more than that."""
    numbers = [f"+4917139{20_000 + place}" for place in range(leads)]
    random, began = Random(4), time.monotonic()
    carrier = await Softphones.open(("127.0.0.1", 0), {}, speaks=False)
    carrier.manner = lambda _user, _invite: _manner(random)
    more = calling_out(is_progressive=True)
    try:
        async with AsyncExitStack() as stack:
            capture = None
            floor = await stack.enter_async_context(
                open_floor(
                    agents,
                    ring_ms=20_000,
                    has_queues=False,
                    more=more,
                    changes={f"switch.{SWITCH}.trunk.line": {"port": carrier.port}, "agents": {"rtp_timeout_s": 60}},
                    before_service=may_show,
                )
            )
            capture = await stack.enter_async_context(Capture.running(udp=[floor.sip_port], bytes_each=700, limit_s=LIMIT_S + 60))
            await _filled(floor.house, numbers)
            kills = await _killed_all_the_while(floor, Kills(random, steps, apart_s, most_kills), began)
            found = _standing(_database(floor.house), numbers)
            busy = load_average()
    finally:
        await carrier.close()
    asked = {(each.asked_of, each.call_id) for each in capture.sip() if _is_invite(each, carrier.port)}
    found.invites = Counter(number for number, _ in asked)
    found.kills, found.took_s, found.busy = kills, time.monotonic() - began, busy
    return found


def _is_invite(message: Any, port: int) -> bool:
    return bool(message.is_request and message.method == "INVITE" and message.target == port)


def _manner(random: Random) -> Manner:
    """Most answer and talk a little; some are busy, some let it ring."""
    chance = random.random()
    if chance < 0.1:
        return Manner(refuse_with="486 Busy Here")
    if chance < 0.15:
        return Manner(refuse_with="480 Temporarily Unavailable")
    return Manner(answer_after_s=random.uniform(0.0, 1.0), bye_after_s=random.uniform(0.1, 2.0))


async def _filled(house: House, numbers: Sequence[str]) -> None:
    """The list is open, with these people; a lead that could not be dialled rests two seconds."""
    made = LeadList(
        list_id=_LIST,
        project_id=ProjectId("ours"),
        client_id=ClientId(""),
        name="Many",
        purpose=WorkKind.SERVICE,
        owner="Client One",
        expires_at=after_ms(now(), 86_400_000),
        policy=OrderPolicy(skip_ms=2_000),
    )
    async with opened(house.settings) as database:
        await LeadListStore(database.engine).add(made)
    file = house.directory / "many.csv"
    file.write_text("\n".join(["number", *numbers]) + "\n", "utf-8")
    await house.command("leads", "import", str(file), "--list", _LIST)


async def _killed_all_the_while(floor: SwitchFloor, kills: Kills, began: float) -> list[str]:
    """Until no lead is open any more: the service dies at one step after the other, and is started again."""
    house, done = floor.house, list[str]()
    while time.monotonic() - began < LIMIT_S and _open_leads(_database(house)):
        if kills.most is not None and len(done) >= kills.most:
            await asyncio.sleep(0.5)
            continue
        await asyncio.sleep(kills.random.uniform(*kills.apart_s))
        step = kills.steps[len(done) % len(kills.steps)]
        if not await _comes(_database(house), step):
            continue  # nobody is at that step now: those that wait for a lease or a rest come later
        await asyncio.sleep(kills.random.choice((0.0, 0.0, 0.005, 0.02)))
        house.kill_service()
        done.append(step)
        await house.start_service(within_s=60)
    await asyncio.sleep(3)
    return done


async def _comes(path: Path, step: str) -> bool:
    """Whether one more of it came within some seconds."""
    before, until = _count(path, step), time.monotonic() + 8
    while time.monotonic() < until:
        if _count(path, step) != before:
            return True
        await asyncio.sleep(0.01)
    return False


def _count(path: Path, step: str) -> int:
    if step == "claim":
        return int(_first(path, "SELECT coalesce(max(claimed_at), 0) FROM leads"))
    return int(_first(path, "SELECT coalesce(max(seq), 0) FROM journal WHERE kind = ?", step))


def _open_leads(path: Path) -> int:
    return int(_first(path, "SELECT count(*) FROM leads WHERE state IN (?, ?)", *OPEN))


def _first(path: Path, query: str, *values: Any) -> Any:
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        return database.execute(query, values).fetchone()[0]
    finally:
        database.close()


def _standing(path: Path, numbers: Sequence[str]) -> Outcome:
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        rows = database.execute("SELECT lead_id, state, tries FROM leads ORDER BY lead_id").fetchall()
        attempts = database.execute("SELECT count(*) FROM dial_attempts WHERE ended_at IS NULL").fetchone()[0]
    finally:
        database.close()
    return Outcome(
        invites=Counter(),
        states=Counter(state for _, state, _ in rows),
        tried={number: tries for number, (_, _, tries) in zip(numbers, rows, strict=True)},
        open_attempts=int(attempts),
    )


def _database(house: House) -> Path:
    return house.directory / "fernamt.db"
