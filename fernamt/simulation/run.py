"""Plays days of a whole site from one seed, breaks what can break, and looks for what must never happen after every step."""

import time as wall
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from fernamt.simulation.centre import a_centre, with_lists
from fernamt.simulation.dialling import Dialling
from fernamt.simulation.ear_watch import EarWatch
from fernamt.simulation.handing import Handing
from fernamt.simulation.invariants import Invariants, Violation, WireTruth
from fernamt.simulation.leads import LeadDay
from fernamt.simulation.link import Line, LineFaults
from fernamt.simulation.listening import Listening, with_supervisors
from fernamt.simulation.objecting import Objecting
from fernamt.simulation.objection_watch import ObjectionWatch
from fernamt.simulation.open_lines import IDLE_MS, OpenLines, with_open_lines
from fernamt.simulation.outside import Outside
from fernamt.simulation.people import Agents, Callers, Habits
from fernamt.simulation.sample_watch import SampleWatch
from fernamt.simulation.sampling import Sampling, with_samples
from fernamt.simulation.shelf_watch import ShelfWatch
from fernamt.simulation.shifts import plan_of, with_shifts, wrong_in
from fernamt.simulation.site import Site, Surroundings
from fernamt.simulation.tape import Tape
from fernamt.simulation.taping import Taping
from fernamt.simulation.virtual_time import VirtualTime
from fernamt.simulation.witnesses import Witnesses
from routing.directory import Directory
from telephony.agent.model import AgentRules
from telephony.commands import Command
from telephony.engine.core import Core
from telephony.engine.ports import SwitchFact
from telephony.events import Envelope
from telephony.identifiers import SECOND, CallId, SwitchName
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
        self._random = Random(plan.seed)  # noqa: S311 - a simulation must be repeatable, not secret
        self._switch = _WatchedSwitch(SwitchName("simulated"), self.time, self._commands_arrive)
        faults = plan.faults
        self._line = Line(self.time, Random(plan.seed + 1), _line_faults(faults))  # noqa: S311
        directory = _directory(plan)
        self._shifts = plan_of(directory, self.time.now(), plan.hours) if "shifts" in faults else {}
        self.tape = Tape(self.time, self._call_ended)
        self._outside = Outside(time=self.time, random=Random(plan.seed + 7), switch=self._switch, tape=self.tape)  # noqa: S311
        around = Surroundings(
            time=self.time,
            random=Random(plan.seed + 2),  # noqa: S311
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
        self.leads = LeadDay(time=self.time, random=Random(plan.seed + 9), site=self._site)  # noqa: S311
        self._outside.leads = self.leads
        self._watch_what_is_heard(is_disturbed=bool(faults & _DISTURBING))
        self._truth = WireTruth(self._switch)
        self._switch.attach(self._fact_left)
        self.invariants = Invariants(
            self._site,
            self._switch,
            self._truth,
            is_disturbed=bool(faults & _DISTURBING),
            is_told_late="late" in faults,
        )
        habits = plan.habits if "phones" not in faults else _with_dying_phones(plan.habits)
        self._agents = Agents(
            time=self.time,
            random=Random(plan.seed + 3),  # noqa: S311
            switch=self._switch,
            site=self._site,
            phones={agent_id: profile.endpoint_id for agent_id, profile in directory.agents.items() if profile.endpoint_id},
            habits=habits,
            handing=self._handing(directory, habits),
            ears=Random(plan.seed + 10),  # noqa: S311
        )
        self.dialling = Dialling(self.time, Random(plan.seed + 8), self._site, self._switch, directory)  # noqa: S311
        self.open_lines = OpenLines(self.time, Random(plan.seed + 10), self._site, self._switch, directory)  # noqa: S311
        self.taping = Taping(self.time, Random(plan.seed + 11), self._site, self._switch, self.objecting)  # noqa: S311
        self.listening = Listening(self.time, Random(plan.seed + 12), self._site, self._switch, self.objecting)  # noqa: S311
        self.callers = Callers(
            time=self.time,
            random=Random(plan.seed + 4),  # noqa: S311
            switch=self._switch,
            numbers=list(directory.numbers),
            per_hour=plan.per_hour,
            habits=habits,
        )

    def _watch_what_is_heard(self, *, is_disturbed: bool) -> None:
        """Recordings, supervisors' phones and samples, each looked at from outside; told of all that is durable."""
        self.shelf_watch = ShelfWatch(self.time, self._switch)
        self.ear_watch = EarWatch(self.time, self._switch, is_disturbed=is_disturbed)
        seed, site, switch = self.plan.seed, self._site, self._switch
        self.objecting = Objecting(self.time, Random(seed + 14), site, switch)  # noqa: S311
        self.sampling = Sampling(self.time, Random(seed + 13), site, switch, self.objecting)  # noqa: S311
        self.sample_watch = SampleWatch(self.time, switch, self.sampling)
        self.objection_watch = ObjectionWatch(self.time, switch, self.objecting, self.sample_watch, is_disturbed=is_disturbed)
        self.tape.followers += (self.leads.book.durable, self.shelf_watch.durable, self.ear_watch.durable)
        self.tape.followers += (self.sampling.durable, self.sample_watch.durable, self.objection_watch.durable)

    def _handing(self, directory: Directory, habits: Habits) -> Handing:
        return Handing(
            time=self.time,
            random=Random(self.plan.seed + 5),  # noqa: S311
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
        self._plan_faults()
        begin = self.time.now()
        closing = begin + int(self.plan.hours * 3_600 * SECOND)
        while self.time.now() < closing and self.time.step():
            self._stepped()
        self.callers.is_open = self.dialling.is_open = self.open_lines.is_open = self.leads.is_open = self.taping.is_open = False
        self.listening.is_open = self.sampling.is_open = False
        while self.time.now() < closing + GOING_HOME_US and self.time.step():
            self._stepped()
            if self.steps % SILENCE_CHECK_STEPS == 0 and self.time.now() > closing + LOCKING_UP_US and self._is_at_rest():
                break
        self.invariants.check_all(self.time.now())
        self.invariants.check_quiet()
        lost = self.leads.wrong_at_the_end() or self.shelf_watch.wrong_now(at_the_end=True)
        lost = lost or self.ear_watch.wrong_now(at_the_end=True) or self.sample_watch.wrong_now(at_the_end=True)
        lost = lost or self.objection_watch.wrong_now(at_the_end=True)
        if lost is not None:
            raise Violation(lost)

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
            random=Random(self.plan.seed + 6),  # noqa: S311
            site=self._site,
            line=self._line,
            switch=self._switch.name,
            phones={agent_id: profile.endpoint_id for agent_id, profile in agents.items() if profile.endpoint_id},
        ).start()

    def _stepped(self) -> None:
        self.steps += 1
        if self.steps % SILENCE_CHECK_STEPS == 0:
            self.invariants.check_silence(self.time.now())
            _raise(self.ear_watch.wrong_now() or self.objection_watch.wrong_now())
        if self.steps % FULL_CHECK_STEPS == 0:
            self.invariants.check_all(self.time.now())
            _raise(self.shelf_watch.wrong_now() or self.sample_watch.wrong_now())
            self.tape.forget_closed()

    # -- what goes wrong ---------------------------------------------------------------------------------------------------

    def _plan_faults(self) -> None:
        for name, mean_s, act in (("cut", 900, self._cut), ("kill", 1_800, self._kill), ("switch", 14_400, self._switch_dies)):
            if name in self.plan.faults:
                self._next(mean_s, act, Random(f"{self.plan.seed}-{name}"))  # noqa: S311

    def _next(self, mean_s: float, act: Callable[[Random], None], random: Random) -> None:
        def happen() -> None:
            if self.callers.is_open:
                act(random)
                self._next(mean_s, act, random)

        self.time.after(int(random.expovariate(1.0) * mean_s * SECOND), happen)

    def _cut(self, random: Random) -> None:
        if self._site.core is not None and self._line.is_open:
            self._site.cut()
            self.time.after(int(random.random() * 5 * SECOND), self._site.connect)

    def _kill(self, random: Random) -> None:
        if self._site.core is not None:
            self._site.kill()
            self.time.after(int((0.3 + random.random() * 3) * SECOND), self._site.start)

    def _switch_dies(self, random: Random) -> None:
        if self._site.core is None or not self._line.is_open:
            return
        self._site.cut()
        self._truth.switch_died(self.time.now())
        self._switch.dies()
        self._switch.attach(self._fact_left)
        self.time.after(int((1 + random.random() * 5) * SECOND), self._back)

    def _back(self) -> None:
        self._site.connect()
        self._agents.register_all()

    # -- what is seen ------------------------------------------------------------------------------------------------------

    def _turn_done(self, envelopes: Sequence[Envelope]) -> None:
        wrong = wrong_in(envelopes, self._shifts) if self._shifts else None
        if wrong is None and self._site.core is not None:
            turn = self._site.core.turn
            wrong = self.leads.wrong_in(envelopes, turn) or self.shelf_watch.wrong_in(envelopes, turn.calls)
            wrong = wrong or self.ear_watch.wrong_in(envelopes, turn.ears)
            wrong = wrong or self.sample_watch.wrong_in(envelopes, turn.calls)
        _raise(wrong)
        self.invariants.see(envelopes)
        self._agents.hear(envelopes)
        if self.plan.objects:
            self.objecting.hear(envelopes)
        if self.plan.records:
            self.taping.hear(envelopes)
        if self.plan.listens:
            self.listening.hear(envelopes)
        if self.plan.samples:
            self.sampling.hear(envelopes)
        self.leads.publish(envelopes)

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
            wrong = self._outside.wrong_on_the_wire(command) or self.shelf_watch.wrong_on_the_wire(command)
            _raise(wrong or self.ear_watch.wrong_on_the_wire(command) or self.sample_watch.wrong_on_the_wire(command))

    def _fact_left(self, fact: SwitchFact) -> None:
        self._truth.see_fact(fact)
        _raise(self.shelf_watch.wrong_in_fact(fact) or self.ear_watch.wrong_in_fact(fact))
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
