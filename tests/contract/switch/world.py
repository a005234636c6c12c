"""What a switch is tried in: callers, agents' phones, and the facts that come of them.

Every switch has a `World` of its own (a real node with real phones, or the simulated one) and the same suite runs in all.
A world decides what waiting means: on the clock for a real one, by moving the virtual clock for the simulated one.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from telephony.commands import CreateBridge, DialOutside, JoinBridge, RingEndpoint
from telephony.engine.ports import CallerArrived, LegSeen, Snapshot, Switch, SwitchFact
from telephony.events import CommandFailed, LegFact
from telephony.identifiers import CallId, EndpointId, Instant, LegId, PartyId, SegmentId, bridge_id, leg_id, uuid7

T = TypeVar("T")

DID = "4930555100"
CALLER = "491701234567"
OUTSIDER = "+4917139200"
SHOWN = "+493055500"
WAV_HEADER = 44
WAV_BYTES_PER_S = 16_000
LOOKS, LOOK_EVERY_S = 600, 0.1


class Party(Protocol):
    """A person with a phone."""

    async def answer(self) -> None: ...

    async def refuse(self) -> None:
        """The ringing call is turned down by hand."""
        ...

    async def hang_up(self) -> None: ...

    async def hold(self) -> None: ...

    async def resume(self) -> None: ...

    async def press(self, keys: str) -> None: ...

    async def vanish(self) -> None:
        """The phone is gone without a goodbye and comes back never."""
        ...

    async def dial(self, digits: str) -> None: ...

    async def rings(self) -> str:
        """Returns once it rings, with what its display shows as the caller's name."""
        ...

    async def is_connected(self) -> None:
        """Returns once it talks."""
        ...

    async def is_free(self) -> None:
        """Returns once it has no call any more."""
        ...


class World(Protocol):
    """One switch and the people around it."""

    switch: Switch
    facts: "FactLog"

    async def caller(self, number: str | None = CALLER) -> Party:
        """A person in the public network; None withholds the number."""
        ...

    async def agent(self, name: str) -> tuple[EndpointId, Party]:
        """An agent at a phone that is registered by now; a new phone each time."""
        ...

    async def outsider(self, number: str) -> Party:
        """A person in the public network who can be dialled under that number; one at a time."""
        ...

    async def speaker(self, before_s: float, for_s: float) -> Party:
        """A person in the public network who is silent for so long once connected, then speaks for so long, once."""
        ...

    async def until(self, found: Callable[[], T | None], what: str) -> T:
        """What `found` gives once it gives something. Fails after a while of the world's time, naming what was awaited."""
        ...

    async def passes(self, seconds: float) -> None:
        """That much of the world's time is over: for what must not happen meanwhile."""
        ...

    async def tape_holds(self, segment: SegmentId, seconds: float) -> None:
        """Returns once both files of the running segment hold that much sound, however long a busy switch takes for it."""
        ...

    async def snapshot(self) -> Snapshot: ...

    def now(self) -> Instant: ...

    async def cut_line(self) -> None:
        """The switch's connection is lost and made again."""
        ...


class FactLog:
    """The sink: every fact in its order."""

    def __init__(self) -> None:
        self.facts: list[SwitchFact] = []
        self.connects = 0
        self.disconnects = 0

    def __call__(self, fact: SwitchFact) -> None:
        self.facts.append(fact)

    def on_connected(self) -> None:
        self.connects += 1

    def on_disconnected(self) -> None:
        self.disconnects += 1

    def story(self, leg: LegId) -> list[str]:
        """The leg's facts in our words, in their order."""
        return [type(fact.what).__name__ for fact in self.facts if getattr(fact.what, "leg_id", None) == leg]

    def of(self, kind: type[T], leg: LegId | None = None) -> list[T]:
        """All facts of that kind (of that leg)."""
        return [
            fact.what
            for fact in self.facts
            if isinstance(fact.what, kind) and (leg is None or getattr(fact.what, "leg_id", None) == leg)
        ]

    def times_of(self, leg: LegId) -> Sequence[Instant]:
        """When the switch says the leg's facts happened."""
        return [f.occurred_at for f in self.facts if isinstance(f.what, LegFact | CallerArrived) and f.what.leg_id == leg]


class Play:
    """One call tried in a world: its ids, and the steps every test begins with."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.call_id = CallId(uuid7(world.now(), hash((id(self), world.now())) & (1 << 74) - 1))
        self.bridge_id = bridge_id(self.call_id)
        self._attempts = 0

    async def fact(self, kind: type[T], leg: LegId | None = None) -> T:
        """The first fact of that kind (of that leg), past or to come."""
        found = lambda: next(iter(self.world.facts.of(kind, leg)), None)  # noqa: E731
        return await self.world.until(found, f"{kind.__name__} of {leg}")

    async def failed(self, command: str, leg: LegId | None = None) -> CommandFailed:
        """The failure of that command."""

        def found() -> CommandFailed | None:
            failures = self.world.facts.of(CommandFailed, leg)
            return next((failure for failure in failures if failure.command == command), None)

        return await self.world.until(found, f"CommandFailed of {command}")

    async def arrival(self, did: str = DID, number: str | None = CALLER) -> tuple[Party, CallerArrived]:
        """A caller has dialled the number and is announced."""
        before = len(self.world.facts.of(CallerArrived))
        caller = await self.world.caller(number)
        await caller.dial(did)
        found = lambda: next(iter(self.world.facts.of(CallerArrived)[before:]), None)  # noqa: E731
        return caller, await self.world.until(found, "CallerArrived")

    async def seen(self, leg: LegId, is_so: Callable[[LegSeen], bool], what: str) -> LegSeen:
        """The leg as soon as a look at the switch shows it so."""
        for _ in range(LOOKS):
            found = {each.leg_id: each for each in (await self.world.snapshot()).legs}.get(leg)
            if found is not None and is_so(found):
                return found
            await self.world.passes(LOOK_EVERY_S)
        raise AssertionError(f"no look showed {leg} {what}; the last one: {found}")

    def ring(
        self, endpoint: EndpointId, caller_leg: LegId | None, *, timeout_ms: int = 60_000, shown: str = "Projekt Nord"
    ) -> RingEndpoint:
        """A command that rings the phone as a new leg."""
        self._attempts += 1
        return RingEndpoint(
            call_id=self.call_id,
            switch=self.world.switch.name,
            leg_id=leg_id(self.call_id, "agent", self._attempts),
            endpoint_id=endpoint,
            caller_leg_id=caller_leg,
            display_name=shown,
            display_number="4930555",
            timeout_ms=timeout_ms,
        )

    def dial(self, number: str, caller_leg: LegId, *, timeout_ms: int = 60_000) -> DialOutside:
        """A command that dials somebody outside as a new leg."""
        self._attempts += 1
        return DialOutside(
            call_id=self.call_id,
            switch=self.world.switch.name,
            leg_id=leg_id(self.call_id, "outsider", self._attempts),
            party_id=PartyId("somebody"),
            caller_leg_id=caller_leg,
            shown=SHOWN,
            timeout_ms=timeout_ms,
            number=number,
        )

    def bridge(self, *legs: LegId) -> tuple[CreateBridge, JoinBridge]:
        """Commands that put the legs into the call's bridge."""
        name = self.world.switch.name
        return (
            CreateBridge(call_id=self.call_id, switch=name, bridge_id=self.bridge_id),
            JoinBridge(call_id=self.call_id, switch=name, bridge_id=self.bridge_id, leg_ids=legs),
        )
