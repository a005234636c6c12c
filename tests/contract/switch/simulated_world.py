"""The simulated switch as a world: people act on it directly, and waiting moves the virtual clock."""

import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

from fernamt.simulation.virtual_time import VirtualTime
from telephony.causes import HangupCause
from telephony.engine.ports import EndpointAccount, Snapshot
from telephony.identifiers import SECOND, AgentId, EndpointId, Instant, LegId, SegmentId, SwitchName
from telephony.switch.simulated.switch import SimulatedSwitch
from tests.contract.switch.world import CALLER, FactLog, Party

T = TypeVar("T")
LIMIT_US = 30 * SECOND
_numbers = itertools.count(1)


class SimulatedParty:
    """A person at a simulated phone, an agent's (`endpoint_id`) or a caller's (`number`)."""

    def __init__(self, world: "SimulatedWorld", *, endpoint_id: EndpointId | None = None, number: str | None = None) -> None:
        self._world = world
        self._endpoint_id = endpoint_id
        self._number = number
        self._leg: LegId | None = None
        self._shown: str | None = None

    def ring(self, leg_id: LegId, display: str) -> None:
        self._leg, self._shown = leg_id, display

    async def rings(self) -> str:
        return await self._world.until(lambda: self._shown, "ringing")

    async def answer(self) -> None:
        self._world.switch.phone_answers(self._the_leg)

    async def refuse(self) -> None:
        self._world.switch.party_ends(self._the_leg, HangupCause.REJECTED)

    async def hang_up(self) -> None:
        self._world.switch.party_ends(self._the_leg)

    async def hold(self) -> None:
        self._world.switch.party_holds(self._the_leg, is_held=True)

    async def resume(self) -> None:
        self._world.switch.party_holds(self._the_leg, is_held=False)

    async def press(self, keys: str) -> None:
        for key in keys:
            self._world.switch.party_presses(self._the_leg, key)

    async def vanish(self) -> None:
        assert self._endpoint_id is not None
        self._world.switch.phone_dies(self._endpoint_id)

    async def dial(self, digits: str) -> None:
        if self._endpoint_id is not None:
            self._leg = self._world.switch.dials_feature_code(self._endpoint_id, digits)
        else:
            self._leg = self._world.switch.caller_arrives(digits, self._number)

    async def is_connected(self) -> None:
        legs = self._world.switch.existing.legs
        await self._world.until(lambda: True if legs[self._the_leg].is_answered else None, "the answer")

    async def is_free(self) -> None:
        legs = self._world.switch.existing.legs
        await self._world.until(lambda: None if self._the_leg in legs else True, "the end")

    @property
    def _the_leg(self) -> LegId:
        assert self._leg is not None, "this phone has no call"
        return self._leg


class SimulatedSpeaker(SimulatedParty):
    """One who says something."""

    def __init__(self, world: "SimulatedWorld", before_s: float, for_s: float) -> None:
        super().__init__(world, number=CALLER)
        self._words_us = (int(before_s * SECOND), int(for_s * SECOND))

    async def is_connected(self) -> None:
        await super().is_connected()
        before_us, for_us = self._words_us
        self._world.time.after(before_us, lambda: self._world.switch.party_speaks(self._the_leg, for_us))


class SimulatedWorld:
    """A world without a clock on the wall."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.switch = SimulatedSwitch(SwitchName("simulated"), self.time)
        self.facts = FactLog()
        self.switch.attach(self.facts)
        self.facts.on_connected()

    async def caller(self, number: str | None = CALLER) -> Party:
        return SimulatedParty(self, number=number)

    async def agent(self, name: str) -> tuple[EndpointId, Party]:
        endpoint_id = EndpointId(f"{name}-{next(_numbers)}")
        await self.switch.provision([EndpointAccount(endpoint_id=endpoint_id, agent_id=AgentId(name), password="unused")])
        self.switch.phone_registers(endpoint_id)
        party = SimulatedParty(self, endpoint_id=endpoint_id)
        self.switch.existing.phones[endpoint_id].on_ring = party.ring
        return endpoint_id, party

    async def outsider(self, number: str) -> Party:
        party = SimulatedParty(self, number=number)
        self.switch.subscriber(number, party.ring)
        return party

    async def speaker(self, before_s: float, for_s: float) -> Party:
        return SimulatedSpeaker(self, before_s, for_s)

    async def until(self, found: Callable[[], T | None], what: str) -> T:
        limit = self.time.now() + LIMIT_US
        while (result := found()) is None:
            if self.time.now() > limit or not self.time.step():
                told = "\n".join(f"  {fact.what}" for fact in self.facts.facts[-30:])
                raise AssertionError(f"{what} did not come; last facts:\n{told}")
        return result

    async def passes(self, seconds: float) -> None:
        is_over = False

        def end() -> None:
            nonlocal is_over
            is_over = True

        self.time.after(int(seconds * SECOND), end)
        while not is_over:
            self.time.step()

    async def tape_holds(self, segment: SegmentId, seconds: float) -> None:
        await self.passes(seconds)

    async def snapshot(self) -> Snapshot:
        return await self.switch.snapshot()

    def now(self) -> Instant:
        return self.time.now()

    async def cut_line(self) -> None:
        self.facts.on_disconnected()
        self.switch.attach(None)
        self.switch.attach(self.facts)
        self.facts.on_connected()


@contextlib.asynccontextmanager
async def simulated_world(_directory: Path) -> AsyncIterator[SimulatedWorld]:
    """The simulated switch, with nobody there yet."""
    yield SimulatedWorld()
