"""What became of planned time, folded from the journal: kept, late, left early, away, paused, unreachable, missed. Pure.

Each measured microsecond of planned time is counted once, so the parts always sum to the whole. Memory: a few figures an agent
and the plan of the period, however long the journal is.

Present is who is on duty, not paused, and can be reached; a call in hand counts, whatever the phone says. Before the first log-in
of a shift an agent is late, after the last log-out gone early, in between away; who never came missed it. Back-to-back slots are
one shift. While the service or its switches were down everybody counts as having kept their time: nobody could show that they
were there. Excused time is no planned time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from routing.shifts.slots import PlannedSpan, merged_spans
from telephony.agent.judged import PresenceJudged
from telephony.agent.machine import step
from telephony.agent.model import Agent, AgentRules, AgentState
from telephony.errors import Refusal, UnexpectedEvent
from telephony.events import AgentReserved, EndpointChanged, Envelope, Event, SwitchConnected, SwitchDisconnected
from telephony.identifiers import MS, AgentId, EndpointId, Instant, SwitchName
from telephony.running import ServiceStarted

Stretch = tuple[Instant, Instant]


@dataclass(slots=True)
class Figures:
    """One agent's time in microseconds. `planned` is the sum of kept, late, left early, away, paused, unreachable and missed."""

    shifts: int = 0
    planned: int = 0
    kept: int = 0
    late: int = 0
    left_early: int = 0
    away: int = 0
    paused: int = 0
    unreachable: int = 0
    missed: int = 0
    down: int = 0
    """The part of `kept` in which the service was down."""
    excused: int = 0
    outside: int = 0
    """Present within the period and in no shift."""

    def in_ms(self) -> dict[str, int]:
        """By name; rounded so that the parts still sum to the whole."""
        parts = {name: getattr(self, name) // MS for name in PARTS}
        others = {name: getattr(self, name) // MS for name in ("excused", "outside")}
        return {
            "shifts": self.shifts,
            "planned_ms": sum(parts.values()),
            **{f"{name}_ms": value for name, value in parts.items()},
            "down_ms": min(self.down // MS, parts["kept"]),
            **{f"{name}_ms": value for name, value in others.items()},
        }


OF_SERVICE: tuple[type[Event], ...] = (ServiceStarted, SwitchConnected, SwitchDisconnected)
"""What says when nobody could show that they were there; beside what says what agents do (routing/whatif/observe.py)."""
PARTS = ("kept", "late", "left_early", "away", "paused", "unreachable", "missed")
_PRESENT, _PAUSED, _UNREACHABLE, _OUT = range(4)


@dataclass(slots=True)
class _Person:
    """An agent while the journal is read."""

    agent: Agent
    shifts: Sequence[Stretch] = ()
    at: int = 0
    """Which shift is next or on."""
    now: Instant = Instant(0)
    """How far their time has been spent."""
    has_come: bool = False
    out: int = 0
    """Time off duty in this shift since they last were on it."""
    is_absent: bool = False
    figures: Figures = field(default_factory=Figures)


class Attendance:
    """Takes envelopes in the order of their numbers, from before the period on; `finish` closes it."""

    def __init__(
        self, plan: Mapping[AgentId, Sequence[PlannedSpan]], rules: AgentRules, *, from_at: Instant, to_at: Instant
    ) -> None:
        self._from, self._to, self._rules = from_at, to_at, rules
        self._people: dict[AgentId, _Person] = {}
        self._unreachable: dict[EndpointId, None] = {}
        self._down: dict[SwitchName | None, None] = {}
        self._now = Instant(0)
        for agent_id, spans in plan.items():
            person = self._person(agent_id)
            person.shifts = self._within((s.from_at, s.to_at) for s in spans if not s.is_excused)
            excused = self._within((s.from_at, s.to_at) for s in spans if s.is_excused)
            person.figures.shifts = len(person.shifts)
            person.figures.excused = sum(end - begin for begin, end in _less(excused, person.shifts))

    def take(self, envelope: Envelope) -> None:
        """What the event says holds from its instant on."""
        event = envelope.event
        at = self._now = max(self._now, envelope.received_at)
        match event:
            case ServiceStarted():
                # A new process: since the last sign of the one before it nobody could show that they were there.
                self._change_down(min(at, event.silent_since_at), None, is_down=True)
            case SwitchDisconnected():
                self._change_down(at, event.switch, is_down=True)
            case SwitchConnected():
                self._change_down(at, event.switch, is_down=False)
            case EndpointChanged():
                self._change_phone(event, at)
            case PresenceJudged():
                self._until(self._person(event.agent_id), at).is_absent = event.absence is not None
            case _:
                if envelope.agent_id is not None:
                    person = self._until(self._person(envelope.agent_id), at)
                    person.agent = self._stepped(person.agent, envelope)

    def finish(self, now: Instant) -> dict[AgentId, Figures]:
        """The figures up to the end of the period, or to now where that is earlier: what is to come was not missed."""
        end = min(self._to, max(self._now, now))
        for person in self._people.values():
            self._until(person, end)
            begun = [(begin, min(over, end)) for begin, over in person.shifts if begin < end]
            person.figures.shifts = len(begun)
            person.figures.planned = sum(over - begin for begin, over in begun)
            self._close(person)
        return {agent_id: person.figures for agent_id, person in sorted(self._people.items()) if _has_any(person.figures)}

    # -- time --------------------------------------------------------------------------------------------------------------

    def _change_down(self, at: Instant, switch: SwitchName | None, *, is_down: bool) -> None:
        for person in self._people.values():
            self._until(person, at)
        if is_down:
            self._down[switch] = None
            return
        self._down.pop(switch, None)
        self._down.pop(None, None)  # the new process serves again

    def _change_phone(self, event: EndpointChanged, at: Instant) -> None:
        if (event.endpoint_id in self._unreachable) is not event.is_reachable:
            return
        for person in self._people.values():
            if person.agent.endpoint_id == event.endpoint_id:
                self._until(person, at)
        if event.is_reachable:
            del self._unreachable[event.endpoint_id]
        else:
            self._unreachable[event.endpoint_id] = None

    def _until(self, person: _Person, until: Instant) -> _Person:
        """The person's time up to that instant is spent on what they did."""
        begin, end = max(person.now, self._from), min(until, self._to)
        if begin < end:
            self._spend(person, begin, end, is_down=bool(self._down))
        person.now = max(person.now, until)
        return person

    def _spend(self, person: _Person, begin: int, end: int, *, is_down: bool) -> None:
        what = self._what(person)
        while begin < end:
            shift = person.shifts[person.at] if person.at < len(person.shifts) else None
            if shift is None or end <= shift[0]:
                self._outside(person, what, end - begin, is_down=is_down)
                return
            if begin < shift[0]:
                self._outside(person, what, shift[0] - begin, is_down=is_down)
                begin = shift[0]
            stop = min(end, shift[1])
            self._inside(person, what, stop - begin, is_down=is_down)
            begin = stop
            if stop == shift[1]:
                self._close(person)
                person.at += 1

    def _inside(self, person: _Person, what: int, spent: int, *, is_down: bool) -> None:
        figures = person.figures
        if what != _OUT:
            self._comes(person)
        if is_down:
            figures.kept += spent
            figures.down += spent
        elif what == _PRESENT:
            figures.kept += spent
        elif what == _PAUSED:
            figures.paused += spent
        elif what == _UNREACHABLE:
            figures.unreachable += spent
        else:
            person.out += spent

    def _outside(self, person: _Person, what: int, spent: int, *, is_down: bool) -> None:
        if what == _PRESENT and not is_down:
            person.figures.outside += spent

    @staticmethod
    def _comes(person: _Person) -> None:
        if person.has_come:
            person.figures.away += person.out
        else:
            person.figures.late += person.out
        person.has_come, person.out = True, 0

    @staticmethod
    def _close(person: _Person) -> None:
        if person.has_come:
            person.figures.left_early += person.out
        else:
            person.figures.missed += person.out
        person.has_come, person.out = False, 0

    def _what(self, person: _Person) -> int:
        agent = person.agent
        if agent.state is AgentState.LOGGED_OUT:
            return _OUT
        if agent.state is AgentState.PAUSED:
            return _PAUSED
        is_gone = person.is_absent or (agent.endpoint_id is not None and agent.endpoint_id in self._unreachable)
        return _UNREACHABLE if is_gone and agent.call_id is None else _PRESENT

    # -- people ------------------------------------------------------------------------------------------------------------

    def _person(self, agent_id: AgentId) -> _Person:
        person = self._people.get(agent_id)
        if person is None:
            person = self._people[agent_id] = _Person(Agent(agent_id=agent_id))
        return person

    def _stepped(self, agent: Agent, envelope: Envelope) -> Agent:
        """Who is asked to take a call was on duty, though their log-in may be older than what was read."""
        event = envelope.event
        if isinstance(event, AgentReserved) and agent.state in (AgentState.LOGGED_OUT, AgentState.PAUSED):
            agent = Agent(agent_id=agent.agent_id, state=AgentState.AVAILABLE, endpoint_id=event.endpoint_id)
        try:
            after = step(agent, envelope, self._rules)
        except UnexpectedEvent:
            return agent
        return agent if isinstance(after, Refusal) else after

    def _within(self, spans: Iterable[Stretch]) -> list[Stretch]:
        clipped = ((Instant(max(begin, self._from)), Instant(min(end, self._to))) for begin, end in spans)
        return merged_spans((begin, end) for begin, end in clipped if begin < end)


def _less(spans: Sequence[Stretch], others: Sequence[Stretch]) -> Iterable[Stretch]:
    """The first less the second, both merged."""
    for begin, end in spans:
        at = begin
        for other_begin, other_end in others:
            if other_end <= at or end <= other_begin:
                continue
            if at < other_begin:
                yield at, other_begin
            at = max(at, other_end)
        if at < end:
            yield at, end


def _has_any(figures: Figures) -> bool:
    return bool(figures.shifts or figures.outside or figures.excused)
