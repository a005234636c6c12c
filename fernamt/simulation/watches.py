"""All who look from outside at what is recorded, heard and sampled in a simulated day: told of everything, asked now and then."""

from collections.abc import Callable

from fernamt.simulation.audience import Audience
from fernamt.simulation.ear_watch import EarWatch
from fernamt.simulation.objecting import Objecting
from fernamt.simulation.objection_watch import ObjectionWatch
from fernamt.simulation.sample_watch import SampleWatch
from fernamt.simulation.sampling import Sampling
from fernamt.simulation.shelf_watch import ShelfWatch
from fernamt.simulation.virtual_time import VirtualTime
from telephony.commands import Command
from telephony.engine.ports import SwitchFact
from telephony.engine.turn import Turn
from telephony.switch.simulated.switch import SimulatedSwitch


class Watches:
    """Their answers name what is wrong; None: nothing."""

    def __init__(
        self, time: VirtualTime, switch: SimulatedSwitch, objecting: Objecting, sampling: Sampling, *, is_disturbed: bool
    ) -> None:
        self.shelf = ShelfWatch(time, switch)
        self.ears = EarWatch(time, switch, is_disturbed=is_disturbed)
        self.samples = SampleWatch(time, switch, sampling)
        self.objections = ObjectionWatch(time, switch, objecting, self.samples, is_disturbed=is_disturbed)

    def read(self, journal: Audience) -> None:
        """They hear what is durable."""
        journal.join(self.shelf.durable, *ShelfWatch.HEARS)
        journal.join(self.ears.durable, *EarWatch.HEARS)
        journal.join(self.samples.durable, *SampleWatch.HEARS)
        journal.join(self.objections.durable, *ObjectionWatch.HEARS)

    def look_at(self, turns: Audience, turn: Callable[[], Turn]) -> None:
        """They hear what each turn says."""
        turns.join(lambda each: self.shelf.wrong_in(each, turn().calls), *ShelfWatch.HEARS)
        turns.join(lambda each: self.ears.wrong_in(each, turn().ears), *EarWatch.HEARS)
        turns.join(lambda each: self.samples.wrong_in(each, turn().calls), *SampleWatch.HEARS)

    def wrong_on_the_wire(self, command: Command) -> str | None:
        """With a command as it reaches the switch."""
        wrong = self.shelf.wrong_on_the_wire(command) or self.ears.wrong_on_the_wire(command)
        return wrong or self.samples.wrong_on_the_wire(command)

    def wrong_in_fact(self, fact: SwitchFact) -> str | None:
        """As a fact leaves the switch."""
        return self.shelf.wrong_in_fact(fact) or self.ears.wrong_in_fact(fact)

    def wrong_now(self) -> str | None:
        """With what goes on."""
        return self.ears.wrong_now() or self.objections.wrong_now()

    def wrong_with_all(self) -> str | None:
        """With all that was recorded."""
        return self.shelf.wrong_now() or self.samples.wrong_now()

    def wrong_at_the_end(self) -> str | None:
        """When everybody has gone home."""
        wrong = self.shelf.wrong_now(at_the_end=True) or self.ears.wrong_now(at_the_end=True)
        return wrong or self.samples.wrong_now(at_the_end=True) or self.objections.wrong_now(at_the_end=True)
