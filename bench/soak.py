"""Minutes of calls with a fault every minute: is ever an agent offered two calls, or anybody left hanging?

Sixty minutes at five calls a second (`python -m bench soak --minutes 3 --rate 5` for other figures) on 52 agents' phones, 8 of
them real ones with sound. Callers talk and hang up, give up while it rings, or are left by the agent; agents pause, go off duty,
hand on, consult, confer, hold. In rotation: a real phone stands still for 20 s, one is killed, the controller is killed, the
database stands still for 30 s. Counted from the journal, from the packets, and from what the service, the switch and SIPp say at
the end, when every agent is there and gets one of as many last calls. `--database postgresql` keeps the journal there.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from bench import soak_counts as counts
from bench.decision import quantile
from bench.soak_faults import FAULTS
from bench.soak_floor import GIVES_UP, LEAVES, TALK, SoakFloor, now_us
from bench.soak_house import open_soak_floor
from bench.soak_people import live, tend
from bench.switch_floor import callers, load_average
from bench.wire import Capture
from fernamt.demo.sipp import SippResult
from fernamt.installation import opened
from store.tables.minutes import CDRS
from telephony.events import CallEnded, Envelope, FallbackAnswered, LegOffered, UnexpectedHappened

MINUTES, RATE = 60.0, 5.0
FIRST_FAULT_S = 10.0
FAULT_EVERY_S = 60.0
CHUNK_S = 20.0
SHARES = {TALK: 0.8, LEAVES: 0.1, GIVES_UP: 0.1}
SCENARIOS = {TALK: "speaking_callers", LEAVES: "listening_callers", GIVES_UP: "impatient_callers"}
LONG_TALKS = 0.06
LONGEST_TALK_S = 30.0
CHUNK_LIMIT_S = CHUNK_S + LONGEST_TALK_S + 60.0
QUIET_WITHIN_S = 90.0
DERIVED_WITHIN_S = 60.0
LAST_TALK_MS = 12_000
_STARTS = 3
LONGEST_CALL_S = CHUNK_LIMIT_S + 10.0


@dataclass(slots=True)
class Found:
    """What a run left behind, before it is judged."""

    story: list[Envelope]
    lines: counts.Lines
    names: list[str]
    gone: dict[str, list[tuple[int, int]]]
    rows: list[dict[str, Any]]
    calls_listed: list[dict[str, Any]]
    channels: list[str]
    records: int
    last_calls_at: int
    kept: set[str]
    """Agents whose line was bad when the last calls came, or is."""
    sipp_failed: int = 0
    sipp_said: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    busy: float = 0.0
    packets_lost: int = 0
    """By the capture: with any, what is counted on the wire proves nothing."""

    def findings(self) -> dict[str, list[str]]:
        """Every sentence that should not be, by its count; each count has two sources at least."""
        gone, names = self.gone, [name for name in self.names if name not in self.kept]
        return {
            "double_offers_on_the_wire": counts.double_offers_on_the_wire(self.lines, gone),
            "double_offers_in_the_journal": counts.double_offers_in_the_journal(self.story),
            "stuck_agents_in_the_journal": counts.stuck_agents_in_the_journal(self.story, longest_s=LONGEST_CALL_S),
            "stuck_agents_by_the_service": counts.stuck_agents_by_state(self.rows, names),
            "stuck_agents_on_the_wire": counts.never_rung(self.lines, names, since_us=self.last_calls_at),
            "stuck_calls_in_the_journal": counts.stuck_calls_in_the_journal(self.story, longest_s=LONGEST_CALL_S),
            "stuck_calls_by_the_service": [f"still listed: {call}" for call in self.calls_listed],
            "stuck_calls_at_the_switch": self.channels,
            "stuck_calls_on_the_wire": counts.stuck_calls_on_the_wire(self.lines, gone),
            "lost_callers_on_the_wire": counts.lost_callers(self.lines, agents_end=LEAVES, machine=self.at_machine()),
            "lost_callers_by_sipp": self._failed(),
            "callers_not_in_the_journal": self._missing(len(self.known()), "in the journal"),
            "callers_without_a_record": self._missing(self.records, "in the minutes"),
        }

    def _missing(self, known: int, where: str) -> list[str]:
        came = len(self.lines.callers)
        return [f"{came} callers on the wire, {known} {where}"] * abs(came - known)

    def _failed(self) -> list[str]:
        """SIPp knows no answering machine: who gives up or listens for an agent's goodbye fails there."""
        lost, at_machine = self.sipp_failed, len(self.at_machine())
        return [f"SIPp: {lost} failed, {at_machine} at the switch's own machine"] * max(0, lost - at_machine)

    def known(self) -> set[str]:
        """The callers' calls, as journaled: whom we were told of, and whom the switch served alone while nobody was there."""
        events = ((envelope.call_id, envelope.event) for envelope in self.story)
        kinds = (LegOffered, FallbackAnswered)
        return {call_id for call_id, event in events if isinstance(event, kinds) and event.dnis in SHARES and call_id}

    def at_machine(self) -> list[tuple[str, int]]:
        """Whom the switch's own machine served: the number called, and when that ended."""
        served = (envelope.event for envelope in self.story)
        return [(event.dnis, event.ended_at) for event in served if isinstance(event, FallbackAnswered)]

    def ends(self) -> Counter[str]:
        """Calls by why they ended."""
        return Counter(str(envelope.event.end_reason) for envelope in self.story if isinstance(envelope.event, CallEnded))

    def has(self, kind: type) -> int:
        """So many events of that kind."""
        return sum(isinstance(envelope.event, kind) for envelope in self.story)


def run(minutes: float = MINUTES, rate: float = RATE, database: str = "sqlite") -> list[dict[str, Any]]:
    """One run; one record a figure. What was found is told on the error output."""
    return records_of(asyncio.run(soak(minutes, rate, has_postgres=database == "postgresql")), minutes, database)


def records_of(found: Found, minutes: float, database: str) -> list[dict[str, Any]]:
    """The records of what was found, and each finding on the error output."""
    findings = found.findings()
    for name, sentences in findings.items():
        for sentence in sentences[:20]:
            print(f"   {name}: {sentence}", file=sys.stderr)
    for said in (*found.faults, *found.sipp_said[:3]):
        print(f"   {said}", file=sys.stderr)
    waits = counts.waits_ms(found.lines)
    return [
        *({"name": name, "value": len(found_), "unit": "", "target": 0, "ok": not found_} for name, found_ in findings.items()),
        {"name": "minutes", "value": minutes, "unit": "min", "versions": {"database": database}},
        {"name": "calls", "value": len(found.lines.callers), "unit": "calls"},
        {"name": "offers", "value": len(found.lines.offers), "unit": "offers"},
        {"name": "faults", "value": len(found.faults), "unit": "faults"},
        {"name": "served_by_the_switch_alone", "value": len(found.at_machine()), "unit": "calls"},
        {"name": "agents_kept_by_a_bad_line", "value": len(found.kept), "unit": "agents"},
        {"name": "impossible_events", "value": found.has(UnexpectedHappened), "unit": "events"},
        *({"name": f"calls_ended[{reason}]", "value": n, "unit": "calls"} for reason, n in sorted(found.ends().items())),
        *({"name": f"times[{what}]", "value": n, "unit": "times"} for what, n in sorted(found.done.items())),
        *({"name": f"wait_p{part * 100:g}", "value": quantile(waits, part), "unit": "ms"} for part in (0.5, 0.99)),
        {"name": "wait_longest", "value": max(waits), "unit": "ms"},
        {"name": "packets_lost_by_the_capture", "value": found.packets_lost, "unit": "packets"},
        {"name": "load_average", "value": found.busy, "unit": "processes"},
    ]


async def soak(minutes: float, rate: float, *, seed: int = 1, has_postgres: bool = False) -> Found:
    """The floor was under calls and faults for that long, was left in peace, and everybody got one last call."""
    seconds = minutes * 60
    async with open_soak_floor(seed, has_postgres=has_postgres) as floor:
        limit_s = seconds + CHUNK_LIMIT_S + 3 * QUIET_WITHIN_S + 60
        async with Capture.running(udp=[floor.sip_port], bytes_each=900, limit_s=limit_s) as capture:
            tending, living = asyncio.create_task(tend(floor)), asyncio.create_task(live(floor))
            breaking = asyncio.create_task(_break(floor, seconds))
            sipp = await _call(floor, seconds, rate)
            faults, busy = await breaking, load_average()
            await _over(living)
            floor.away.clear()
            await _quiet(floor)
            last_calls_at, kept = now_us(), counts.kept_by_their_line(await floor.agents())
            sipp += await _last_calls(floor)
            await _quiet(floor)
            await _over(tending)
            rows = await floor.agents()
            found = Found(
                story=await _story(floor),
                lines=counts.Lines(),
                names=floor.names,
                gone=dict(floor.gone),
                rows=rows,
                calls_listed=await floor.calls(),
                channels=await _channels(floor),
                records=0,
                last_calls_at=last_calls_at,
                kept=kept | counts.kept_by_their_line(rows),
                sipp_failed=sum(one.failed for one in sipp),
                sipp_said=[one.errors for one in sipp if one.failed],
                faults=faults,
                done=floor.done,
                busy=busy,
            )
            found.records = await _records(floor, wanted=len(found.known()))
        found.packets_lost = capture.dropped
        found.lines = counts.lines_of(capture.sip(), switch_port=floor.sip_port, agents=set(floor.names), numbers=set(SHARES))
    return found


async def _over(task: asyncio.Task[None]) -> None:
    """The task is cancelled; what had ended it before is raised."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


# -- what happens ------------------------------------------------------------------------------------------------------


async def _call(floor: SoakFloor, seconds: float, rate: float) -> list[SippResult]:
    """All callers have called and are gone: a SIPp for each kind and each third of a minute."""
    playing: list[asyncio.Task[SippResult]] = []
    begun, left_s = time.monotonic(), seconds
    while left_s > 0:
        chunk_s = min(CHUNK_S, left_s)
        for number, share in SHARES.items():
            calls = max(1, round(rate * share * chunk_s))
            playing.append(asyncio.create_task(_chunk(floor, number, calls, rate=calls / chunk_s)))
        left_s -= chunk_s
        await asyncio.sleep(max(0.0, begun + seconds - left_s - time.monotonic()))
    return await asyncio.gather(*playing)


async def _chunk(floor: SoakFloor, number: str, calls: int, *, rate: float) -> SippResult:
    times = [_time_ms(floor, number) for _ in range(calls)]
    return await _sipp(floor, number, times, rate=rate)


async def _sipp(floor: SoakFloor, number: str, times_ms: list[int], *, rate: float) -> SippResult:
    """SIPp's own count; calls it still waits for at its limit have failed. One that found its ports taken is started again."""
    for _ in range(_STARTS):
        result = await _sipp_once(floor, number, times_ms, rate=rate)
        if "Unable to bind" not in result.errors:
            break
    return replace(result, failed=len(times_ms) - result.succeeded)


async def _sipp_once(floor: SoakFloor, number: str, times_ms: list[int], *, rate: float) -> SippResult:
    numbers, limit_s = [number] * len(times_ms), int(CHUNK_LIMIT_S)
    async with callers(
        floor.for_callers, numbers, rate=rate, talk_ms=times_ms, scenario=SCENARIOS[number], limit_s=limit_s, resolution_ms=10
    ) as sipp:
        try:
            return await sipp.finished(within_s=CHUNK_LIMIT_S + 10)
        except TimeoutError:
            return await sipp.so_far()


def _time_ms(floor: SoakFloor, number: str) -> int:
    """How long that caller talks or waits."""
    if number == GIVES_UP:
        return int(floor.lot.uniform(300, 5_000))
    if floor.lot.random() < LONG_TALKS:
        return int(floor.lot.uniform(20, LONGEST_TALK_S) * 1_000)
    return int(floor.lot.uniform(1_000, 6_000))


async def _break(floor: SoakFloor, seconds: float) -> list[str]:
    """All faults in rotation: one a minute, or each once in a shorter run."""
    every_s = min(FAULT_EVERY_S, (seconds - FIRST_FAULT_S) / len(FAULTS))
    told: list[str] = []
    begun = time.monotonic()
    for number in range(max(len(FAULTS), int((seconds - FIRST_FAULT_S) / every_s))):
        await asyncio.sleep(max(0.0, begun + FIRST_FAULT_S + number * every_s - time.monotonic()))
        said = await FAULTS[number % len(FAULTS)](floor)
        told.append(f"at {time.monotonic() - begun:.0f} s: {said}")
        print(f"   {told[-1]}", file=sys.stderr, flush=True)
    return told


async def _last_calls(floor: SoakFloor) -> list[SippResult]:
    """As many calls as agents, all at once, each answered by whom it rings: whoever is there gets one."""
    floor.everybody_answers = True
    calls = len(floor.names)
    return [await _sipp(floor, TALK, [LAST_TALK_MS] * calls, rate=calls / 4)]


async def _quiet(floor: SoakFloor) -> None:
    """Nobody is in a call and everybody is there, or the time for that is over: the counts tell."""
    missing: list[str] = []
    try:
        async with asyncio.timeout(QUIET_WITHIN_S):
            while missing := await _unrest(floor):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.5)
    except TimeoutError:
        print(f"   not quiet in {QUIET_WITHIN_S:g} s: {len(missing)}, such as {missing[:3]}", file=sys.stderr, flush=True)


async def _unrest(floor: SoakFloor) -> list[str]:
    rows = await floor.agents()
    names = set(floor.names) - counts.kept_by_their_line(rows)
    return [*await _channels(floor), *counts.stuck_agents_by_state(rows, names)]


# -- what is left ------------------------------------------------------------------------------------------------------


async def _channels(floor: SoakFloor) -> list[str]:
    """What the switch still has, a line a channel."""
    return [line for line in (await floor.house.node.rx("core show channels concise")).splitlines() if "!" in line]


async def _story(floor: SoakFloor) -> list[Envelope]:
    async with opened(floor.house.settings) as database:
        return [envelope async for envelope in database.journal.read_since(0)]


async def _records(floor: SoakFloor, *, wanted: int) -> int:
    """How many calls the worker has derived, once they are all or the time for it is over."""
    known = 0
    async with opened(floor.house.settings) as database:
        with suppress(TimeoutError):
            async with asyncio.timeout(DERIVED_WITHIN_S):
                while known < wanted:
                    async with database.engine.connect() as connection:
                        rows = (await connection.execute(select(CDRS.c.record))).scalars().all()
                    known = sum(json.loads(record)["did"] in SHARES for record in rows)
                    await asyncio.sleep(1.0)
    return known
