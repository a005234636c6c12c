"""The line between the simulated switch and the controller, with everything that can go wrong on it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from fernamt.simulation.virtual_time import VirtualTime
from telephony.engine.ports import CallerArrived, SwitchFact
from telephony.events import LegFact
from telephony.identifiers import LegId

REACH_US = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFaults:
    """Shares of facts that come late, twice, or before the fact ahead of them."""

    late: float = 0.0
    doubled: float = 0.0
    swapped: float = 0.0
    most_late_us: int = 200_000


class Line:
    """Carries facts to whoever listens. Facts of one leg keep their order unless they are swapped; cut, it loses them."""

    def __init__(self, time: VirtualTime, random: Random, faults: LineFaults) -> None:
        self._time = time
        self._random = random
        self._faults = faults
        self._deliver: Callable[[SwitchFact], None] | None = None
        self._busy_until: dict[LegId, int] = {}
        self._life = 0

    @property
    def is_open(self) -> bool:
        """Whether anybody listens."""
        return self._deliver is not None

    def open(self, deliver: Callable[[SwitchFact], None]) -> None:
        """Facts arrive there from now on."""
        self._life += 1
        self._deliver = deliver

    def cut(self) -> None:
        """What is on the line is lost, and all that comes while it is cut."""
        self._life += 1
        self._deliver = None
        self._busy_until.clear()

    def carry(self, fact: SwitchFact) -> None:
        """The fact is on its way."""
        if self._deliver is None:
            return
        random, faults = self._random.random, self._faults
        delay = REACH_US
        if faults.late and random() < faults.late:
            delay += int(random() * faults.most_late_us)
        leg_id = fact.what.leg_id if isinstance(fact.what, (LegFact, CallerArrived)) else None
        may_overtake = faults.swapped > 0 and not isinstance(fact.what, CallerArrived) and random() < faults.swapped
        due = self._time.now() + delay
        if leg_id is not None and not may_overtake:
            due = max(due, self._busy_until.get(leg_id, 0))
            self._busy_until[leg_id] = due
        arrive = partial(self._arrive, fact, self._life)
        self._time.after(due - self._time.now(), arrive)
        if faults.doubled and random() < faults.doubled:
            self._time.after(due - self._time.now() + int(random() * faults.most_late_us), arrive)

    def forget(self, leg_id: LegId) -> None:
        """The leg is gone; nothing more of it comes."""
        self._busy_until.pop(leg_id, None)

    def _arrive(self, fact: SwitchFact, life: int) -> None:
        if life == self._life and self._deliver is not None:
            self._deliver(fact)
