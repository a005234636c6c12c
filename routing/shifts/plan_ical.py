"""Plans as iCalendar (RFC 5545): one read slot by slot, recurrences by the wall clock; an agent's own written. Pure.

A slot's work is said by CATEGORIES, such as "project:acme-service", "team:red" or "centre", how many are wanted by
X-FERNAMT-HEADCOUNT, its leader by X-FERNAMT-LEADER; where an event says nothing, what was asked for with the file holds.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from routing.shifts.plan_file import FileFault, Known, PlanRead, Wanted, checked, slot_faults
from routing.shifts.slots import Slot, SlotScope
from routing.shifts.told import Told
from routing.shifts.wall_clock import NoSuchMoment, instant_of, local_of, on_the_clock
from telephony.identifiers import Instant

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
TOO_FINE = ("BYHOUR", "BYMINUTE", "BYSECOND")
PRODUCT = "-//Fernamt//Shifts//EN"


def read_ical(text: str, known: Known, from_at: Instant, to_at: Instant) -> PlanRead:
    """The slots of the calendar that begin in [from, to). A moment without a zone is by the centre's wall clock."""
    try:
        calendar = icalendar.Calendar.from_ical(text)
    except (ValueError, IndexError, KeyError) as error:
        told = Told(f"das ist keine iCalendar-Datei: {error}", f"this is no iCalendar file: {error}")
        return PlanRead(faults=(FileFault(line=1, column=0, told=told),))
    lines = _lines(text)
    faults: list[FileFault] = []
    for number, event in enumerate(calendar.walk("VEVENT")):
        line = lines[number] if number < len(lines) else 1
        faults += (FileFault(line=line, column=0, told=told) for told in _of_event(event))
        event["X-FERNAMT-LINE"] = str(line)
    if faults:
        return PlanRead(faults=tuple(faults))
    wanted: list[Wanted] = []
    for event in _occurrences(calendar, known.zone, from_at, to_at):
        line = int(str(event["X-FERNAMT-LINE"]))
        found = _slot(event, known, line)
        if isinstance(found, Slot):
            if from_at <= found.from_at < to_at:
                wanted.append(Wanted(line=line, slot=found))
        else:
            faults += found
    if not wanted and not faults:
        told = Told("kein Termin des Kalenders beginnt in dieser Zeit", "no event of the calendar begins in that time")
        faults.append(FileFault(line=1, column=0, told=told))
    return checked(wanted, faults)


def calendar_of(slots: Iterable[Slot], title: str, told: str, now: Instant) -> bytes:
    """The slots as a calendar file, in UTC: each one event whose id stays the same, so that a second import doubles nothing."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", title)
    for slot in slots:
        event = icalendar.Event()
        event.add("uid", f"{slot.slot_id}@fernamt")
        event.add("dtstamp", local_of(now, ZoneInfo("UTC")))
        event.add("dtstart", local_of(slot.from_at, ZoneInfo("UTC")))
        event.add("dtend", local_of(slot.to_at, ZoneInfo("UTC")))
        event.add("summary", f"{told} {slot.scope_id}" if slot.scope_id else told)
        event.add("categories", [slot.scope.value if slot.scope_id is None else f"{slot.scope.value}:{slot.scope_id}"])
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _occurrences(calendar: Any, zone: ZoneInfo, from_at: Instant, to_at: Instant) -> Iterator[Any]:
    query = recurring_ical_events.of(calendar)
    yield from query.between(local_of(from_at, zone), local_of(to_at, zone))


def _of_event(event: Any) -> Iterator[Told]:
    if event.errors:
        yield from (Told(f"{name} ist nicht zu lesen: {said}", f"{name}: {said}") for name, said in event.errors)
        return  # what could not be read has no more to tell
    if "DTSTART" not in event:
        yield Told("DTSTART fehlt", "DTSTART is missing")
        return
    begins = event["DTSTART"].dt
    if isinstance(begins, date) and not isinstance(begins, datetime):
        yield Told("DTSTART nennt einen Tag: eine Schicht hat Uhrzeiten", "DTSTART names a day: a shift has its hours")
    if "DTEND" not in event and "DURATION" not in event:
        yield Told("DTEND fehlt", "DTEND is missing")
    rules = event.get("RRULE")
    for rule in rules if isinstance(rules, list) else [rules] if rules is not None else []:
        named = {str(key).upper(): value for key, value in rule.items()}
        if [str(each).upper() for each in named.get("FREQ", [])] not in [[each] for each in FREQUENCIES]:
            often = ", ".join(FREQUENCIES).lower()
            yield Told(f"RRULE: eine Schicht kommt {often}, nicht öfter", f"RRULE: a shift comes {often}, no finer")
        for part in TOO_FINE:
            if part in named:
                yield Told(
                    f"RRULE: {part} ist zu fein für Schichten: bitte einen Termin je Uhrzeit schreiben",
                    f"RRULE: {part} is too fine for shifts: write one event for each time of day",
                )


def _slot(event: Any, known: Known, line: int) -> Slot | list[FileFault]:
    try:
        begins, ends = (_moment(each, known.zone) for each in (event.start, event.end))
    except NoSuchMoment as error:
        return [FileFault(line=line, column=0, told=error.told)]
    scope, scope_id = known.scope, known.scope_id
    for category in _categories(event):
        kind, _, name = category.partition(":")
        if kind.lower() in set(SlotScope):
            scope, scope_id = SlotScope(kind.lower()), name or None
    heads = str(event.get("X-FERNAMT-HEADCOUNT", known.headcount))
    slot = Slot(
        slot_id="",
        scope=scope,
        scope_id=scope_id,
        from_at=begins,
        to_at=ends,
        headcount=int(heads) if heads.isascii() and heads.isdigit() and len(heads) < 7 else -1,
        leader=str(event["X-FERNAMT-LEADER"]) if "X-FERNAMT-LEADER" in event else None,
    )
    faults = [FileFault(line=line, column=0, told=told.of(name)) for name, told in slot_faults(slot, known)]
    return faults or slot


def _moment(moment: datetime, zone: ZoneInfo) -> Instant:
    if moment.tzinfo is None:
        return instant_of(on_the_clock(moment, zone))
    if moment.tzinfo is UTC or not isinstance(moment.tzinfo, ZoneInfo):
        return instant_of(moment)
    # A recurrence that falls into the hour that is left out in spring is moved by nobody here: the planner says what is meant.
    return instant_of(on_the_clock(moment.replace(tzinfo=None), moment.tzinfo)) if moment.fold == 0 else instant_of(moment)


def _categories(event: Any) -> list[str]:
    given = event.get("CATEGORIES")
    found: list[str] = []
    for each in given if isinstance(given, list) else [given] if given is not None else []:
        found += [str(one).strip() for one in each.cats]
    return found


def _lines(text: str) -> Sequence[int]:
    """Where each event begins."""
    return [number for number, line in enumerate(text.splitlines(), 1) if line.strip().upper() == "BEGIN:VEVENT"]
