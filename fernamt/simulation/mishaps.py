"""What goes wrong in a simulated day, each again and again at random: a line that is cut, a controller and a switch that die."""

from collections.abc import Callable, Collection
from random import Random

from fernamt.simulation.link import Line
from fernamt.simulation.site import Site
from fernamt.simulation.virtual_time import VirtualTime
from telephony.identifiers import SECOND


class Mishaps:
    """`dies`: the switch is gone, and there again, empty; `back`: the phones register."""

    def __init__(
        self, *, time: VirtualTime, seed: int, site: Site, line: Line, dies: Callable[[], None], back: Callable[[], None]
    ) -> None:
        self.are_on = True
        self._time = time
        self._seed = seed
        self._site = site
        self._line = line
        self._dies = dies
        self._phones_are_back = back

    def start(self, faults: Collection[str]) -> None:
        """Those named happen from here on."""
        for name, mean_s, act in (("cut", 900, self._cut), ("kill", 1_800, self._kill), ("switch", 14_400, self._switch_dies)):
            if name in faults:
                self._next(mean_s, act, Random(f"{self._seed}-{name}"))  # noqa: S311

    def _next(self, mean_s: float, act: Callable[[Random], None], random: Random) -> None:
        def happen() -> None:
            if self.are_on:
                act(random)
                self._next(mean_s, act, random)

        self._time.after(int(random.expovariate(1.0) * mean_s * SECOND), happen)

    def _cut(self, random: Random) -> None:
        if self._site.core is not None and self._line.is_open:
            self._site.cut()
            self._time.after(int(random.random() * 5 * SECOND), self._site.connect)

    def _kill(self, random: Random) -> None:
        if self._site.core is not None:
            self._site.kill()
            self._time.after(int((0.3 + random.random() * 3) * SECOND), self._site.start)

    def _switch_dies(self, random: Random) -> None:
        if self._site.core is None or not self._line.is_open:
            return
        self._site.cut()
        self._dies()
        self._time.after(int((1 + random.random() * 5) * SECOND), self._back)

    def _back(self) -> None:
        self._site.connect()
        self._phones_are_back()
