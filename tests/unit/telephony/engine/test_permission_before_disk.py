"""The desk answers while the wish is still on its way to the disk; nobody is dialled before wish and permit are on it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from routing.outbound.rules import ProjectOutbound
from routing.outbound.shown import by_assignment
from store.memory_dial_book import MemoryDialBook
from telephony.agent.model import AgentRules
from telephony.commands import Command, DialOutside
from telephony.dialling import DialPermitted, DialReference, DialRefused, DialRequested
from telephony.engine.engine import Engine
from telephony.engine.permits import Desk
from telephony.engine.ports import Journal, PartyRecord, Snapshot, Switch, SwitchFact
from telephony.engine.turn import Turn
from telephony.events import Envelope, Event, LegAnswered, LegRinging, LogInRequested
from telephony.identifiers import AgentId, CallId, EndpointId, Instant, PartyId, SwitchName, leg_id, uuid7
from tests.unit.routing.outbound.asks import FRIDAY_AT_TEN, MOBILE, a_right
from tests.unit.telephony.dial_story import CALLEE
from tests.unit.telephony.engine.test_executor import HeldJournal
from tests.unit.telephony.scene import NORD, SWITCH, CountingIds, a_directory

ANNA, CUSTOMER = AgentId("anna"), PartyId("customer")
CALL = CallId(uuid7(FRIDAY_AT_TEN, 77))
PARTY = PartyRecord(party_id=CUSTOMER, number=MOBILE, name=None, seen_at=FRIDAY_AT_TEN)
WISH = DialRequested(
    agent_id=ANNA,
    call_id=CALL,
    project_id=NORD,
    party_id=CUSTOMER,
    number=CALLEE,
    reference=DialReference(kind="task", id="t1"),
)


class Disk(HeldJournal):
    """What was given to it, and the people of what is on it."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[Envelope] = []
        self._people: dict[PartyId, tuple[int, str | None]] = {}

    def append(self, envelopes: Sequence[Envelope], parties: Sequence[PartyRecord] = ()) -> None:
        self.given += envelopes
        for each in parties:
            self._people[each.party_id] = envelopes[-1].seq, each.number

    def number_of(self, party_id: PartyId) -> str | None:
        seq, number = self._people.get(party_id, (0, None))
        return number if seq <= self.durable_seq else None

    def seq_of(self, kind: type[Event]) -> int | None:
        return next((each.seq for each in self.given if isinstance(each.event, kind)), None)


class Wire:
    """A switch that takes everything, and looks at the disk when somebody is dialled."""

    name: SwitchName = SWITCH

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self.dialled: list[tuple[int, int | None]] = []
        """How far the disk was, and the permit's own number."""

    def send(self, commands: Sequence[Command]) -> None:
        for command in commands:
            if isinstance(command, DialOutside):
                assert command.number == MOBILE
                self.dialled.append((self._disk.durable_seq, self._disk.seq_of(DialPermitted)))


class Floor:
    """Anna on duty at an engine with a desk."""

    def __init__(self) -> None:
        self.disk = Disk()
        self.wire = Wire(self.disk)
        directory = replace(a_directory("anna", outbound=ProjectOutbound()), rights=by_assignment([a_right()]))
        self.engine = Engine(
            turn=Turn(directory=directory, rules=AgentRules(), ids=CountingIds()),
            switches=[cast(Switch, self.wire)],
            journal=cast(Journal, self.disk),
            clock=self,
            ids=CountingIds(),
            read_number=lambda _number: CALLEE,
            desk=Desk(MemoryDialBook(numbers=self.disk.number_of), lambda: directory, self),
        )
        core = self.engine.core
        core.connected(SWITCH)
        snapshot: dict[str, Any] = {"boot_id": "1", "taken_at": FRIDAY_AT_TEN, "legs": (), "bridges": ()}
        core.reconciled(Snapshot(switch=SWITCH, reachable=[EndpointId("phone-anna")], **snapshot))
        core.ask(LogInRequested(agent_id=ANNA, endpoint_id=EndpointId("phone-anna")), lambda _refusal: None)

    def now(self) -> Instant:
        return FRIDAY_AT_TEN

    async def idle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def wants(self, wish: DialRequested = WISH) -> None:
        assert await self.engine.submit(wish, PARTY) is None
        leg = leg_id(CALL, "agent", 1)
        for fact in (LegRinging(leg_id=leg), LegAnswered(leg_id=leg)):
            self.engine.core.take(SwitchFact(switch=SWITCH, occurred_at=FRIDAY_AT_TEN, what=fact))

    async def reaches(self, seq: int) -> None:
        await self.disk.reach(min(seq, self.disk.given[-1].seq))
        await self.idle()


async def test_the_desk_has_permitted_before_anything_of_the_wish_is_on_disk() -> None:
    floor = Floor()
    await floor.wants()
    await floor.idle()
    permitted = floor.disk.seq_of(DialPermitted)
    assert (floor.disk.durable_seq, floor.wire.dialled) == (0, [])
    assert permitted is not None
    await floor.reaches(permitted - 1)
    assert floor.wire.dialled == []
    await floor.reaches(permitted)
    assert floor.wire.dialled == [(permitted, permitted)]


async def test_of_a_leads_call_the_wish_is_on_disk_before_the_desk_keeps_the_lead_for_it() -> None:
    floor = Floor()
    await floor.wants(msgspec.structs.replace(WISH, reference=DialReference(kind="lead", id="7")))
    await floor.idle()
    assert floor.disk.seq_of(DialPermitted) is floor.disk.seq_of(DialRefused) is None
    await floor.reaches(floor.disk.given[-1].seq)
    assert floor.disk.seq_of(DialPermitted) or floor.disk.seq_of(DialRefused)


async def test_a_party_the_desk_was_not_told_of_is_waited_for() -> None:
    floor = Floor()
    floor.engine._desk.expect = lambda _party: None  # type: ignore[method-assign,union-attr]
    await floor.wants()
    await floor.idle()
    assert floor.disk.seq_of(DialPermitted) is None
    await floor.reaches(floor.disk.given[-1].seq)
    assert floor.disk.seq_of(DialPermitted) is not None


@given(st.lists(st.integers(1, 12), max_size=8), st.integers(0, 6))
def test_however_slow_the_disk_is_nobody_is_dialled_before_the_permit_is_on_it(paces: list[int], before: int) -> None:
    async def story() -> None:
        floor = Floor()
        for pace in paces[:before]:
            await floor.reaches(floor.disk.durable_seq + pace)
        await floor.wants()
        for pace in paces[before:]:
            await floor.reaches(floor.disk.durable_seq + pace)
        await floor.reaches(1_000)
        await floor.reaches(1_000)
        ((reached, permitted),) = floor.wire.dialled
        assert permitted is not None
        assert permitted <= reached
        await floor.engine._executor.close()

    asyncio.run(story())
