"""A plan as a file says it, CSV or iCalendar: all of it or nothing, and every fault with its line and column. Pure."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from routing.shifts.slots import LONGEST_SLOT_US, MOST_HEADS, Slot, SlotScope
from routing.shifts.told import Told
from routing.shifts.wall_clock import NoSuchMoment, moment_of
from telephony.identifiers import AgentId, Instant

COLUMNS = ("from", "to", "scope", "scope_id", "headcount", "leader", "agents")
NEEDED = ("from", "to")
MOST_SLOTS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFault:
    """One thing that cannot be meant. Lines and columns count from 1; column 0: the whole line."""

    line: int
    column: int
    told: Told

    @property
    def what(self) -> str:
        """The fault in English, as the command line tells it."""
        return self.told.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One slot of the file, not yet with an id of ours, and who is to be booked in it."""

    line: int
    slot: Slot
    agents: tuple[AgentId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the file may name, and what holds where it says nothing."""

    zone: ZoneInfo
    projects: frozenset[str]
    teams: frozenset[str]
    agents: frozenset[str]
    leaders: frozenset[str] = frozenset()
    """Log-ins of those who may be the leader on duty."""
    scope: SlotScope = SlotScope.CENTRE
    scope_id: str | None = None
    headcount: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRead:
    """What the file wants; nothing of it where there are faults."""

    wanted: tuple[Wanted, ...] = ()
    faults: tuple[FileFault, ...] = ()


@dataclass(slots=True)
class _Row:
    """One line while it is read: its cells, and where they begin."""

    line: int
    cells: Mapping[str, str]
    columns: Mapping[str, int]
    faults: list[FileFault] = field(default_factory=list)

    def fault(self, name: str, told: Told) -> None:
        self.faults.append(FileFault(line=self.line, column=self.columns.get(name, 0), told=told.of(name)))

    def moment(self, name: str, zone: ZoneInfo) -> Instant | None:
        try:
            return moment_of(self.cells.get(name, ""), zone)
        except NoSuchMoment as error:
            self.fault(name, error.told)
            return None


def read_csv(text: str, known: Known) -> PlanRead:
    """The slots of a CSV file with a heading line; commas or semicolons. Moments are those of the centre's wall clock."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        return PlanRead(faults=(FileFault(line=1, column=0, told=Told("die Datei ist leer", "the file is empty")),))
    separator = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    reader = csv.reader((f"{line}\n" for line in text.removesuffix("\n").split("\n")), delimiter=separator, strict=True)
    try:
        heading = [name.strip().lower() for name in next(reader)]
        faults = list(_of_heading(heading))
        if faults:
            return PlanRead(faults=tuple(faults))
        wanted: list[Wanted] = []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                row = _row(reader.line_num, heading, cells, separator)
                found = _wanted(row, known)
                faults += row.faults
                wanted += [] if found is None else [found]
    except csv.Error as error:
        told = Told(f"das ist kein CSV: {error}", f"this is no CSV: {error}")
        return PlanRead(faults=(FileFault(line=max(reader.line_num, 1), column=0, told=told),))
    return checked(wanted, faults)


def checked(wanted: Sequence[Wanted], faults: Iterable[FileFault]) -> PlanRead:
    """The plan, or all that is wrong with it: among the rest, that one agent is in two places at once or a slot named twice."""
    found = list(faults)
    if len(wanted) > MOST_SLOTS:
        told = Told(f"mehr als {MOST_SLOTS} Schichten: bitte aufteilen", f"more than {MOST_SLOTS} slots: split the file")
        found.append(FileFault(line=wanted[MOST_SLOTS].line, column=0, told=told))
        return PlanRead(faults=tuple(found))
    seen: dict[tuple[object, ...], int] = {}
    by_agent: dict[AgentId, list[Wanted]] = {}
    for each in wanted:
        slot = each.slot
        key = (slot.scope, slot.scope_id, slot.from_at, slot.to_at)
        if key in seen:
            told = Told(f"Zeile {seen[key]} nennt dieselbe Schicht", f"line {seen[key]} names the same slot")
            found.append(FileFault(line=each.line, column=0, told=told))
        seen.setdefault(key, each.line)
        for agent_id in each.agents:
            by_agent.setdefault(agent_id, []).append(each)
    for agent_id, theirs in by_agent.items():
        ordered = sorted(theirs, key=lambda each: each.slot.from_at)
        for index, later in enumerate(ordered[1:]):
            if ordered[index].slot.overlaps(later.slot):
                line = ordered[index].line
                told = Told(
                    f"{agent_id} ist zu dieser Zeit auch in Zeile {line}", f"{agent_id} is in line {line} at that time as well"
                )
                found.append(FileFault(line=later.line, column=0, told=told.of("agents")))
    if found:
        return PlanRead(faults=tuple(sorted(found, key=lambda fault: (fault.line, fault.column))))
    return PlanRead(wanted=tuple(wanted))


def slot_faults(slot: Slot, known: Known) -> list[tuple[str, Told]]:
    """What cannot be meant in a slot: the name of the value, and what it should be."""
    found: list[tuple[str, Told]] = []
    if slot.to_at <= slot.from_at:
        found.append(("to", Told("liegt nicht nach from", "is not after from")))
    elif slot.to_at - slot.from_at > LONGEST_SLOT_US:
        told = Told(
            "liegt mehr als 24 Stunden nach from: bitte aufteilen", "is more than 24 hours after from: make more slots of it"
        )
        found.append(("to", told))
    if not 1 <= slot.headcount <= MOST_HEADS:
        found.append(("headcount", Told(f"ist nicht 1 bis {MOST_HEADS}", f"is not 1 to {MOST_HEADS}")))
    places = {SlotScope.PROJECT: known.projects, SlotScope.TEAM: known.teams}.get(slot.scope)
    if places is None and slot.scope_id is not None:
        told = Told("eine Schicht für alles nennt weder Projekt noch Team", "a slot of the whole centre names no project or team")
        found.append(("scope_id", told))
    elif places is not None and slot.scope_id not in places:
        german = "das Projekt" if slot.scope is SlotScope.PROJECT else "das Team"
        named = repr(slot.scope_id or "")
        found.append(("scope_id", Told(f"{german} {named} gibt es nicht", f"there is no {slot.scope.value} {named}")))
    if slot.leader is not None and slot.leader not in known.leaders:
        told = Told(
            f"mit dem Anmeldenamen {slot.leader!r} gibt es keine Teamleitung, Aufsicht oder Verwaltung",
            f"there is no team leader, supervisor or administrator in use with the log-in {slot.leader!r}",
        )
        found.append(("leader", told))
    return found


def _of_heading(heading: Sequence[str]) -> Iterable[FileFault]:
    for place, name in enumerate(heading):
        if name not in COLUMNS:
            columns = ", ".join(COLUMNS)
            told = Told(f"die Spalte {name!r} gibt es nicht: nur {columns}", f"there is no column {name!r}: use {columns}")
            yield FileFault(line=1, column=place + 1, told=told)
        elif name in heading[:place]:
            told = Told(f"die Spalte {name!r} gibt es zweimal", f"the column {name!r} comes twice")
            yield FileFault(line=1, column=place + 1, told=told)
    for name in NEEDED:
        if name not in heading:
            told = Told(f"die Spalte {name!r} fehlt", f"the column {name!r} is missing")
            yield FileFault(line=1, column=0, told=told)


def _row(line: int, heading: Sequence[str], cells: Sequence[str], separator: str) -> _Row:
    columns: dict[str, int] = {}
    begin = 1
    for name, cell in zip(heading, cells, strict=False):
        columns[name] = begin
        begin += len(cell) + len(separator)
    row = _Row(line, {name: cell.strip() for name, cell in zip(heading, cells, strict=False)}, columns)
    if len(cells) > len(heading):
        told = Told(f"{len(cells)} Werte, {len(heading)} Spalten", f"{len(cells)} values, {len(heading)} columns")
        row.faults.append(FileFault(line=line, column=begin, told=told))
    return row


def _wanted(row: _Row, known: Known) -> Wanted | None:
    from_at, to_at = row.moment("from", known.zone), row.moment("to", known.zone)
    scope, scope_id, headcount = known.scope, known.scope_id, known.headcount
    if row.cells.get("scope"):
        try:
            scope = SlotScope(row.cells["scope"].lower())
            scope_id = None
        except ValueError:
            named = repr(row.cells["scope"])
            kinds = "project, team, centre"
            row.fault("scope", Told(f"{named} ist nichts von {kinds}", f"{named} is none of {kinds}"))
    scope_id = row.cells.get("scope_id") or scope_id
    if row.cells.get("headcount"):
        text = row.cells["headcount"]
        headcount = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else -1
    agents = tuple(dict.fromkeys(AgentId(each) for each in row.cells.get("agents", "").replace(",", " ").split()))
    for agent_id in agents:
        if agent_id not in known.agents:
            row.fault("agents", Told(f"den Agenten {agent_id!r} gibt es nicht", f"there is no agent {agent_id!r}"))
    begins = from_at if from_at is not None else Instant((to_at or 1) - 1)  # the rest of the line is looked at all the same
    slot = Slot(
        slot_id="",
        scope=scope,
        scope_id=scope_id,
        from_at=begins,
        to_at=to_at if to_at is not None else Instant(begins + 1),
        headcount=headcount,
        leader=row.cells.get("leader") or None,
    )
    for name, told in slot_faults(slot, known):
        row.fault(name, told)
    if len(agents) > slot.headcount > 0:
        told = Told(f"{len(agents)} Agenten, {slot.headcount} gewünscht", f"{len(agents)} agents, {slot.headcount} wanted")
        row.fault("agents", told)
    return None if row.faults else Wanted(line=row.line, slot=slot, agents=agents)
