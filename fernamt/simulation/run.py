"""Plays days of a whole site from one seed, breaks what can break, and looks for what must never happen after every step."""

import time as wall
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from fernamt.simulation.audience import Audience
from fernamt.simulation.centre import a_centre, with_lists
from fernamt.simulation.dialling import Dialling
from fernamt.simulation.handing import Handing
from fernamt.simulation.invariants import Invariants, Violation, WireTruth
from fernamt.simulation.leads import LeadDay
from fernamt.simulation.link import Line, LineFaults
from fernamt.simulation.listening import Listening, with_supervisors
from fernamt.simulation.mishaps import Mishaps
from fernamt.simulation.objecting import Objecting
from fernamt.simulation.open_lines import IDLE_MS, OpenLines, with_open_lines
from fernamt.simulation.outside import Outside
from fernamt.simulation.people import Agents, Callers, Habits
from fernamt.simulation.sampling import Sampling, with_samples
from fernamt.simulation.shifts import plan_of, with_shifts, wrong_in
from fernamt.simulation.site import Site, Surroundings
from fernamt.simulation.tape import Tape
from fernamt.simulation.taping import Taping
from fernamt.simulation.virtual_time import VirtualTime
from fernamt.simulation.watches import Watches
from fernamt.simulation.witnesses import Witnesses
from routing.directory import Directory
from telephony.agent.model import AgentRules
from telephony.commands import Command
from telephony.decisions import DecisionTaken
from telephony.engine.core import Core
from telephony.engine.ports import SwitchFact
from telephony.engine.turn import Turn
from telephony.events import Envelope
from telephony.identifiers import SECOND, CallId, Instant, SwitchName
from telephony.switch.simulated.switch import SimulatedSwitch

FAULTS = ("late", "doubled", "swapped", "cut", "kill", "phones", "switch", "presence", "shifts")
"""Everything that can be made to go wrong, by name."""

_DISTURBING = {"cut", "kill", "switch", "swapped", "late"}
"""With these, what is told and what is true lie apart for a while."""

FULL_CHECK_STEPS = 1_000
SILENCE_CHECK_STEPS = 100
GOING_HOME_US = 3_600 * SECOND
"""The longest a day may take to come to rest."""
LOCKING_UP_US = 600 * SECOND
"""So long the service is watched at least when nobody calls any more: forced pauses, rests and leases end in it."""
FORCED_PAUSE_MS = 300_000
"""Short, so that some end by themselves within a short day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One simulation: the same plan plays the same day, to the last microsecond."""

    seed: int
    hours: float = 1.0
    agents: int = 20
    per_hour: float = 200.0
    faults: frozenset[str] = frozenset()
    habits: Habits = field(default_factory=Habits)
    calls_back: bool = True
    """Whether callers are asked if they would rather be called back: what no replay plays."""
    dials: bool = True
    """Whether agents call people, by hand and from lists: no replay plays that either."""
    records: bool = True
    """Whether agents have orders recorded: no replay plays that."""
    listens: bool = True
    """Whether supervisors listen: no replay plays that."""
    samples: bool = True
    """Whether inbound calls are sampled: no replay plays that."""
    objects: bool = True
    """Whether some callers say no to whatever they are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a simulation came to."""

    plan: Plan
    calls: int
    answered: int
    events: int
    steps: int
    talk_hours: float
    virtual_hours: float
    wall_s: float
    violation: str | None
    at_step: int | None

    @property
    def call_hours_a_minute(self) -> float:
        """Simulated hours of conversation per minute of ours."""
        return self.talk_hours / self.wall_s * 60 if self.wall_s else 0.0


class Simulation:
    """One run; `step` by `step`."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.steps = 0
        self.time = VirtualTime()
        self._switch = _WatchedSwitch(SwitchName("simulated"), self.time, self._commands_arrive)
        faults = plan.faults
        self._line = Line(self.time, self._luck(1), _line_faults(faults))
        directory = _directory(plan)
        self._shifts = plan_of(directory, self.time.now(), plan.hours) if "shifts" in faults else {}
        self.tape = Tape(self.time, self._call_ended)
        self._outside = Outside(time=self.time, random=self._luck(7), switch=self._switch, tape=self.tape)
        around = Surroundings(
            time=self.time,
            random=self._luck(2),
            switch=self._switch,
            line=self._line,
            tape=self.tape,
            directory=directory,
            rules=AgentRules(misses_until_pause=2, forced_pause_ms=FORCED_PAUSE_MS, line_idle_ms=IDLE_MS),
            outside=self._outside,
            shifts=self._shifts,
            looked_up=self._looked_up,
        )
        self._site = Site(around, self._turn_done)
        self.leads = LeadDay(time=self.time, random=self._luck(9), site=self._site)
        self._outside.leads = self.leads
        self.objecting = Objecting(self.time, self._luck(14), self._site, self._switch)
        asks = plan.habits.asks_for_samples
        self.sampling = Sampling(self.time, self._luck(13), self._site, self._switch, self.objecting, asks=asks)
        is_disturbed = bool(faults & _DISTURBING)
        self.watches = Watches(self.time, self._switch, self.objecting, self.sampling, is_disturbed=is_disturbed)
        self._truth = WireTruth(self._switch)
        self._switch.attach(self._fact_left)
        self.invariants = Invariants(
            self._site, self._switch, self._truth, is_disturbed=is_disturbed, is_told_late="late" in faults
        )
        self._people_come(directory)
        self._screens = self._who_is_told()
        self._mishaps = self._what_goes_wrong()

    def _people_come(self, directory: Directory) -> None:
        plan = self.plan
        habits = plan.habits if "phones" not in plan.faults else _with_dying_phones(plan.habits)
        self._agents = Agents(
            time=self.time,
            random=self._luck(3),
            switch=self._switch,
            site=self._site,
            phones={agent_id: profile.endpoint_id for agent_id, profile in directory.agents.items() if profile.endpoint_id},
            habits=habits,
            handing=self._handing(directory, habits),
            ears=self._luck(10),
        )
        self.dialling = Dialling(self.time, self._luck(8), self._site, self._switch, directory)
        self.open_lines = OpenLines(self.time, self._luck(10), self._site, self._switch, directory)
        self.taping = Taping(self.time, self._luck(11), self._site, self._switch, self.objecting, asks=habits.asks_to_record)
        self.listening = Listening(
            self.time, self._luck(12), self._site, self._switch, self.objecting, asks=habits.asks_to_listen
        )
        self.callers = Callers(
            time=self.time,
            random=self._luck(4),
            switch=self._switch,
            numbers=list(directory.numbers),
            per_hour=plan.per_hour,
            habits=habits,
        )

    def _what_goes_wrong(self) -> Mishaps:
        return Mishaps(
            time=self.time,
            seed=self.plan.seed,
            site=self._site,
            line=self._line,
            dies=self._switch_dies,
            back=self._agents.register_all,
        )

    def _who_is_told(self) -> Audience:
        """Of what is durable; and of the events of each turn: first who looks for what is wrong, then who acts on them."""
        self.tape.readers.join(self.leads.book.durable)
        self.tape.readers.join(self.sampling.durable, *Sampling.HEARS)
        self.watches.read(self.tape.readers)
        told, plan = Audience(), self.plan
        told.join(lambda each: wrong_in(each, self._shifts), DecisionTaken)
        told.join(lambda each: self.leads.wrong_in(each, self._turn), *LeadDay.HEARS)
        self.watches.look_at(told, lambda: self._turn)
        told.join(lambda each: self.invariants.wrong_in(each, self._turn), *Invariants.HEARS)
        told.join(self._agents.hear, *Agents.HEARS)
        if plan.objects:
            told.join(self.objecting.hear, *Objecting.HEARS)
        if plan.records:
            told.join(self.taping.hear, *Taping.HEARS)
        if plan.listens:
            told.join(self.listening.hear, *Listening.HEARS)
        if plan.samples:
            told.join(self.sampling.hear, *Sampling.HEARS)
        return told

    def _luck(self, number: int) -> Random:
        """Each has their own: what one does changes nobody else's."""
        return Random(self.plan.seed + number)  # noqa: S311 - a simulation must be repeatable, not secret

    def _handing(self, directory: Directory, habits: Habits) -> Handing:
        return Handing(
            time=self.time,
            random=self._luck(5),
            switch=self._switch,
            site=self._site,
            agents=list(directory.agents),
            projects=list(directory.projects),
            share=habits.hands_on,
        )

    def run(self) -> Report:
        """The day is played to its end, or to the first violation."""
        began = wall.perf_counter()
        violation: str | None = None
        try:
            self._play()
        except Violation as found:
            violation = str(found)
        return Report(
            plan=self.plan,
            calls=self.callers.arrived,
            answered=self.invariants.answered,
            events=self.tape.count,
            steps=self.steps,
            talk_hours=self.invariants.talk_us / SECOND / 3_600,
            virtual_hours=self.plan.hours,
            wall_s=wall.perf_counter() - began,
            violation=violation,
            at_step=self.steps if violation else None,
        )

    def _play(self) -> None:
        self._site.start()
        self._agents.start()
        if "presence" in self.plan.faults:
            self._call_witnesses()
        self.callers.start()
        if self.plan.dials:
            self.dialling.start()
            self.open_lines.start()
            self.leads.start()
        if self.plan.listens:
            self.listening.start()
        self._mishaps.start(self.plan.faults)
        begin = self.time.now()
        closing = Instant(begin + int(self.plan.hours * 3_600 * SECOND))
        while self.time.step(closing):
            self.steps += 1
            if self.steps % SILENCE_CHECK_STEPS == 0:
                self._look()
        self.callers.is_open = self.dialling.is_open = self.open_lines.is_open = self.leads.is_open = self.taping.is_open = False
        self.listening.is_open = self.sampling.is_open = self._mishaps.are_on = False
        while self.time.step(Instant(closing + GOING_HOME_US)):
            self.steps += 1
            if self.steps % SILENCE_CHECK_STEPS:
                continue
            self._look()
            if self.time.now() > closing + LOCKING_UP_US and self._is_at_rest():
                break
        self.invariants.check_all(self.time.now())
        self.invariants.check_quiet()
        _raise(self.leads.wrong_at_the_end() or self.watches.wrong_at_the_end())

    def _is_at_rest(self) -> bool:
        """Whether nothing is left to happen but that time passes; what is not at rest has until the end to be."""
        core = self._site.core
        if core is None or core.turn.calls or self._switch.existing.legs or not core.links[self._switch.name].is_connected:
            return False
        is_held = any(row.lease_ends_at > self.time.now() for row in self.leads.book.held)
        return not is_held and all(agent.call_id is None for agent in core.turn.agents.values())

    def _call_witnesses(self) -> None:
        agents = a_centre(self.plan.agents).agents
        Witnesses(
            time=self.time,
            random=self._luck(6),
            site=self._site,
            line=self._line,
            switch=self._switch.name,
            phones={agent_id: profile.endpoint_id for agent_id, profile in agents.items() if profile.endpoint_id},
        ).start()

    def _look(self) -> None:
        """Between two steps: whether all is well."""
        self.invariants.check_silence(self.time.now())
        _raise(self.watches.wrong_now())
        if self.steps % FULL_CHECK_STEPS == 0:
            self.invariants.check_all(self.time.now())
            _raise(self.watches.wrong_with_all())
            self.tape.forget_closed()

    # -- what is seen ------------------------------------------------------------------------------------------------------

    def _turn_done(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            wrong = self._screens.tell(envelope)
            if wrong is not None:
                raise Violation(wrong)
        _raise(self.invariants.departments.wrong_in(envelopes, self._turn) or self.leads.wrong_now())
        self.leads.publish(envelopes)

    @property
    def _turn(self) -> Turn:
        """Of the controller that lives."""
        if self._site.core is None:
            raise RuntimeError("nobody turns between two controllers")
        return self._site.core.turn

    def _call_ended(self, call_id: CallId, envelopes: Sequence[Envelope]) -> None:
        is_disturbed = bool(self.plan.faults & _DISTURBING)
        wrong = self._outside.machines.wrong_in_end(call_id, envelopes, is_disturbed=is_disturbed)
        if wrong is not None:
            raise Violation(wrong)
        self.invariants.see_ended(call_id, envelopes)

    def _looked_up(self, core: Core) -> None:
        if self.plan.samples:
            self.sampling.looked_up(core)

    def _commands_arrive(self, commands: Sequence[Command]) -> None:
        self._truth.see_commands(commands)
        for command in commands:
            _raise(self._outside.wrong_on_the_wire(command) or self.watches.wrong_on_the_wire(command))

    def _switch_dies(self) -> None:
        self._truth.switch_died(self.time.now())
        self._switch.dies()
        self._switch.attach(self._fact_left)

    def _fact_left(self, fact: SwitchFact) -> None:
        self._truth.see_fact(fact)
        _raise(self.watches.wrong_in_fact(fact))
        self._line.carry(fact)


def _raise(wrong: str | None) -> None:
    if wrong is not None:
        raise Violation(wrong)


class _WatchedSwitch(SimulatedSwitch):
    """The simulated switch with an eye on the commands that reach it."""

    def __init__(self, name: SwitchName, scheduler: VirtualTime, seen: Callable[[Sequence[Command]], None]) -> None:
        super().__init__(name, scheduler)
        self._seen = seen

    def _obey(self, commands: Sequence[Command]) -> None:
        for command in commands:
            self._seen((command,))
            super()._obey((command,))


def _directory(plan: Plan) -> Directory:
    directory = a_centre(plan.agents, calls_back=plan.calls_back)
    directory = with_open_lines(with_lists(directory)) if plan.dials else directory
    directory = with_supervisors(directory) if plan.listens else directory
    directory = with_samples(directory) if plan.samples else directory
    return with_shifts(directory) if "shifts" in plan.faults else directory


def _line_faults(faults: frozenset[str]) -> LineFaults:
    return LineFaults(
        late=0.05 if "late" in faults else 0.0,
        doubled=0.02 if "doubled" in faults else 0.0,
        swapped=0.02 if "swapped" in faults else 0.0,
    )


def _with_dying_phones(habits: Habits) -> Habits:
    values = {name: getattr(habits, name) for name in Habits.__slots__}
    return Habits(**{**values, "phone_dies": 0.03, "hears_nothing": 0.03})


def simulate(plan: Plan) -> Report:
    """The plan, played."""
    return Simulation(plan).run()
