"""The plan of shifts: who is wanted when, and who has given their word for it."""

import asyncio
from zoneinfo import ZoneInfo

from aiohttp import web

from routing.directory import AgentProfile
from routing.shifts.book import ShiftBook
from routing.shifts.plan_file import Known, read_csv, slot_faults
from routing.shifts.plan_ical import calendar_of, read_ical
from routing.shifts.slots import Slot
from routing.shifts.told import Told
from store.shifts import Imported
from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import SECOND, AgentId, Instant
from web.language import Language
from web.permissions import LEADING, Action, Resource
from web.problems import REFUSALS, FieldFault, ProblemError, RefusalError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.shifts import (
    OfAgent,
    PlanFault,
    PlanFile,
    PlanFormat,
    PlanImported,
    ShiftFacts,
    ShiftList,
    ShiftShown,
    ShiftsQuery,
)
from web.schemas.types import Nothing, instant
from web.shift_views import doing_of, leads, reaches_slot, shift_shown, slots_of

READ = Needs(resource=Resource.SHIFT, action=Action.READ)
BOOK = Needs(resource=Resource.SHIFT, action=Action.BOOK)
WRITE = Needs(resource=Resource.SHIFT, action=Action.WRITE)

DAY_US = 86_400 * SECOND
CALENDAR_BACK_US, CALENDAR_AHEAD_US = 30 * DAY_US, 180 * DAY_US
PLAN_AHEAD_US = 366 * DAY_US
CALENDAR = "text/calendar"
NOT_YOURS = Told(
    "das ist nicht die Schicht deines Teams: sie plant, wer für alle plant",
    "this is not your team's: leave it to who plans for all",
)

_TAKEN = (RefusalCode.NO_SUCH_SHIFT, RefusalCode.SHIFT_BEGUN, RefusalCode.SHIFT_OVERLAPS)
MAY_BOOK = (*_TAKEN, RefusalCode.SHIFT_FULL, RefusalCode.SHIFT_NOT_FOR_AGENT, RefusalCode.SHIFT_TOO_FAR_AHEAD)


@route("GET", "/shifts", access=READ, summary="List shifts", query=ShiftsQuery, answer=ShiftList)
async def list_shifts(ask: Ask[Nothing, ShiftsQuery]) -> ShiftList:
    """The slots of that time: for an agent those they might work in, with who is bound as far as that is within reach."""
    query = ask.query
    book = await ask.deps.shifts.plan(instant(query.from_), instant(query.to))
    slots = [slot for slot in book.slots.values() if reaches_slot(ask, slot)]
    if query.agent is not None:
        wanted = AgentId(query.agent)
        if not ask.rows.has_agent(wanted):
            raise ProblemError("not_found")
        mine = {slot.slot_id for slot in slots_of(book, wanted)}
        slots = [slot for slot in slots if slot.slot_id in mine]
    if query.project is not None:
        slots = [slot for slot in slots if slot.scope == "project" and slot.scope_id == query.project]
    slots.sort(key=lambda slot: (slot.from_at, slot.slot_id))
    return ShiftList(items=[shift_shown(ask, book, slot) for slot in slots])


@route(
    "POST",
    "/shifts",
    access=WRITE,
    summary="Add a shift",
    body=ShiftFacts,
    answer=ShiftShown,
    problems=("not_found",),
    refusals=_TAKEN,
)
async def add_shift(ask: Ask[ShiftFacts, Nothing]) -> ShiftShown:
    """The slot is in the plan. A team leader plans for their own team."""
    doing = doing_of(ask)
    slot = await _slot_of(ask, doing.new_id)
    if not leads(ask.rows, slot):
        raise ProblemError("not_found")
    _raise(await ask.deps.shifts.put(slot, doing, ask.body.reason))
    return shift_shown(ask, await _around(ask, slot), slot)


@route(
    "PUT",
    "/shifts/{shift_id}",
    access=WRITE,
    summary="Change a shift",
    body=ShiftFacts,
    answer=ShiftShown,
    refusals=(*_TAKEN, RefusalCode.SHIFT_BINDING),
)
async def change_shift(ask: Ask[ShiftFacts, Nothing]) -> ShiftShown:
    """The slot is as given. Who is bound stays so and is told of another time; fewer heads than are bound are refused."""
    before = await _led(ask)
    slot = await _slot_of(ask, before.slot_id)
    if not leads(ask.rows, slot):
        raise ProblemError("not_found")
    _raise(await ask.deps.shifts.put(slot, doing_of(ask), ask.body.reason))
    return shift_shown(ask, await _around(ask, slot), slot)


@route("POST", "/shifts/{shift_id}/cancel", access=WRITE, summary="Cancel a shift", body=OfAgent, refusals=_TAKEN)
async def cancel_shift(ask: Ask[OfAgent, Nothing]) -> None:
    """The slot is out of the plan; who was bound is free, and is told."""
    slot = await _led(ask)
    _raise(await ask.deps.shifts.cancel(slot.slot_id, doing_of(ask), ask.body.reason))


@route("POST", "/shifts/{shift_id}/book", access=BOOK, summary="Book a shift", body=OfAgent, refusals=MAY_BOOK)
async def book_shift(ask: Ask[OfAgent, Nothing]) -> None:
    """The agent is bound from now on. Agents book for themselves, so far ahead as the centre allows; others for agents within
    reach, who are told."""
    slot, agent = await seen_slot(ask), agent_of(ask, ask.body.agent_id)
    _raise(await ask.deps.shifts.book(slot.slot_id, agent, doing_of(ask)))


@route("POST", "/shifts/{shift_id}/release", access=WRITE, summary="Take an agent out of a shift", body=OfAgent, refusals=_TAKEN)
async def release_shift(ask: Ask[OfAgent, Nothing]) -> None:
    """A person takes the agent out of the slot, and the agent is told. What an agent booked binds the agent."""
    slot, agent = await seen_slot(ask), agent_of(ask, ask.body.agent_id)
    _raise(await ask.deps.shifts.release(slot.slot_id, agent.agent_id, doing_of(ask), ask.body.reason))


@route(
    "POST", "/shift-plan/import", access=WRITE, summary="Import a plan", body=PlanFile, answer=PlanImported, has_large_body=True
)
async def import_plan(ask: Ask[PlanFile, Nothing]) -> PlanImported:
    """Slots from a CSV or iCalendar file, all or nothing; by default what would come of it is told, and nothing changed. Every
    fault has its line and column. A slot of the same time and work as one in the plan is that one."""
    body, directory = ask.body, ask.deps.directory.current
    known = Known(
        zone=_zone(ask),
        projects=frozenset(directory.projects),
        teams=frozenset(directory.teams),
        agents=frozenset(agent.agent_id for agent in directory.agents.values() if agent.is_active),
        leaders=await _leaders(ask),
        scope=body.scope,
        scope_id=body.scope_id,
        headcount=body.headcount,
    )
    if body.format is PlanFormat.CSV:
        plan = await asyncio.to_thread(read_csv, body.text, known)
    else:
        plan = await asyncio.to_thread(read_ical, body.text, known, ask.now, Instant(ask.now + PLAN_AHEAD_US))
    faults = [
        PlanFault(line=fault.line, column=fault.column, what=fault.told.in_language(ask.language.value)) for fault in plan.faults
    ]
    faults += (
        PlanFault(line=each.line, column=0, what=NOT_YOURS.in_language(ask.language.value))
        for each in plan.wanted
        if not leads(ask.rows, each.slot) or not all(ask.rows.has_agent(agent_id) for agent_id in each.agents)
    )
    if faults:
        return PlanImported(is_preview=body.is_preview, added=0, changed=0, booked=0, faults=faults)
    done = await ask.deps.shifts.put_all(plan.wanted, directory.agents, doing_of(ask), is_dry_run=body.is_preview)
    if not isinstance(done, Imported):
        wanted, refusal = done
        what = REFUSALS[refusal.code].title(ask.language)
        fault = PlanFault(line=wanted.line, column=0, what=f"{what} {_facts(refusal)}".strip())
        return PlanImported(is_preview=body.is_preview, added=0, changed=0, booked=0, faults=[fault])
    return PlanImported(is_preview=body.is_preview, added=done.added, changed=done.changed, booked=done.booked, faults=[])


@route("GET", "/agents/{agent_id}/shift-calendar", access=READ, summary="An agent's shifts as a calendar", media=(CALENDAR,))
async def download_shifts(ask: Ask[Nothing, Nothing]) -> web.StreamResponse:
    """What the agent is bound to, from a month back to half a year ahead, as an iCalendar file."""
    agent = agent_of(ask, ask.path["agent_id"])
    book = await ask.deps.shifts.plan(Instant(ask.now - CALENDAR_BACK_US), Instant(ask.now + CALENDAR_AHEAD_US))
    told = "Schicht" if ask.language is Language.DE else "Shift"
    content = calendar_of(slots_of(book, agent.agent_id), agent.name, told, ask.now)
    headers = {"Content-Disposition": 'attachment; filename="shifts.ics"', "Cache-Control": "no-store"}
    return web.Response(body=content, content_type=CALENDAR, charset="utf-8", headers=headers)


async def seen_slot(ask: Ask[Body, Query]) -> Slot:
    """The slot named in the path. Out of reach is answered like unknown."""
    slot = await ask.deps.shifts.slot(ask.path["shift_id"])
    if slot is None or slot.is_cancelled or not reaches_slot(ask, slot):
        raise ProblemError("not_found")
    return slot


def agent_of(ask: Ask[Body, Query], named: str | None) -> AgentProfile:
    """The agent named, or the asking one. Out of reach is answered like unknown."""
    agent_id = ask.rows.agent_id if named is None else AgentId(named)
    agent = None if agent_id is None else ask.deps.directory.current.agents.get(agent_id)
    if agent is None or not ask.rows.has_agent(agent.agent_id):
        raise ProblemError("not_found")
    return agent


async def _led(ask: Ask[Body, Query]) -> Slot:
    slot = await seen_slot(ask)
    if not leads(ask.rows, slot):
        raise ProblemError("not_found")
    return slot


async def _around(ask: Ask[Body, Query], slot: Slot) -> ShiftBook:
    return await ask.deps.shifts.plan(slot.from_at, slot.to_at)


async def _slot_of(ask: Ask[ShiftFacts, Nothing], slot_id: str) -> Slot:
    facts, directory = ask.body, ask.deps.directory.current
    slot = Slot(
        slot_id=slot_id,
        scope=facts.scope,
        scope_id=facts.scope_id,
        from_at=instant(facts.from_at),
        to_at=instant(facts.to_at),
        headcount=facts.headcount,
        leader=facts.leader,
    )
    known = Known(
        zone=_zone(ask),
        projects=frozenset(directory.projects),
        teams=frozenset(directory.teams),
        agents=frozenset(),
        leaders=frozenset() if slot.leader is None else await _leaders(ask),
    )
    names = {"to": "to_at", "from": "from_at"}
    faults = [
        FieldFault(at=f"/{names.get(name, name)}", code="value_error", detail=told.en) for name, told in slot_faults(slot, known)
    ]
    if faults:
        raise ProblemError("invalid", fields=faults)
    return slot


async def _leaders(ask: Ask[Body, Query]) -> frozenset[str]:
    """The log-ins of those who can lead a shift."""
    return frozenset(user.login for user in await ask.deps.users.all() if user.is_active and user.role in LEADING)


def _zone(ask: Ask[Body, Query]) -> ZoneInfo:
    return ask.deps.settings.zone


def _facts(refusal: Refusal) -> str:
    return ", ".join(f"{name} {value}" for name, value in refusal.facts.items())


def _raise(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise RefusalError(refusal)


ROUTES = (
    list_shifts,
    add_shift,
    change_shift,
    cancel_shift,
    book_shift,
    release_shift,
    import_plan,
    download_shifts,
)
