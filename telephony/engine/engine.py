"""The engine: the core on an event loop, between the switches, the journal, people and the clock."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from routing.callback import spoken
from routing.directory import Directory
from routing.outbound.asking import Permit, ReferenceKind
from routing.shifts.outside import Plan
from telephony.call.model import Dial
from telephony.commands import AskPermission
from telephony.consents import ConsentWithdrawn
from telephony.emergencies import EmergencyDialled, EmergencySeen
from telephony.engine.core import Core
from telephony.engine.dial_asks import ask_of, said_of
from telephony.engine.executor import Executor
from telephony.engine.ports import (
    CallerBook,
    Clock,
    Ids,
    Journal,
    NumberReader,
    PartyRecord,
    PermitDesk,
    Snapshot,
    Switch,
    SwitchFact,
    knows_nobody,
)
from telephony.engine.sampling import SamplingBasis, Taken
from telephony.engine.turn import Turn
from telephony.engine.turns import Listener
from telephony.errors import Refusal, RefusalCode, SwitchError
from telephony.events import AgentRequest, CallRequest, Envelope, Event, FallbackAnswered, LegOffered
from telephony.identifiers import SECOND, Instant, LegId, PartyId, SwitchName
from telephony.transfers import HandOnRequest

BEAT_S = 2.0
SNAPSHOT_RETRY_S = 0.5
REMEMBERED_US = 90 * SECOND
"""Calls that ended so long before a start are remembered: a switch's record may be read again that far back."""
REMEMBERED = (LegOffered, FallbackAnswered, EmergencyDialled)
LONGEST_SLEEP_S = 3_600.0
KEPT_NAMES = 4_096
DESK_WAIT_S = 5.0
"""So long who asked for somebody outside waits to be told whether it is permitted."""


@dataclass(slots=True)
class Connection:
    """One switch and how often it has come and gone: what was begun under an earlier connection is of no use."""

    switch: Switch
    count: int = 0
    is_to_reconcile: asyncio.Event = field(default_factory=asyncio.Event)


class Engine:
    """One site's calls, served until cancelled."""

    def __init__(
        self,
        *,
        turn: Turn,
        switches: Sequence[Switch],
        journal: Journal,
        clock: Clock,
        ids: Ids,
        read_number: NumberReader,
        known_callers: CallerBook = knows_nobody,
        desk: PermitDesk | None = None,
        listeners: Sequence[Listener] = (),
        on_turn: Callable[[int], None] | None = None,
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._wake = asyncio.Event()
        self._connections = [Connection(switch) for switch in switches]
        self._executor = Executor(
            switches={switch.name: switch for switch in switches},
            journal=journal,
            report=self._command_failed,
            ask_desk=self._ask_desk,
            number_of=None if desk is None else desk.number_to_dial,
            digits_of=None if desk is None else self._digits_to_say,
            named_at=self._named_at,
        )
        self._desk = desk
        self._named: dict[PartyId, int] = {}
        self._asked: dict[LegId, asyncio.Future[Refusal | None]] = {}
        self.core = Core(
            turn=turn,
            switches=[switch.name for switch in switches],
            append=self._append,
            execute=self._executor.execute,
            clock=clock,
            ids=ids,
            read_number=read_number,
            known_callers=known_callers,
            listeners=listeners,
            on_turn=on_turn,
            on_due=self._wake.set,
        )

    @property
    def turn(self) -> Turn:
        """The state of all calls and agents."""
        return self.core.turn

    @property
    def is_reconciled(self) -> bool:
        """Whether every switch is connected and its calls are known."""
        return all(link.is_connected for link in self.core.links.values())

    async def submit(self, request: AgentRequest | CallRequest, party: PartyRecord | None = None) -> Refusal | None:
        """What somebody asked for was done (None), or why not. The commands are on the wire when this returns.

        Of a request for somebody outside it returns when the desk has permitted the call to them, or says why not.
        """
        if self.turn.is_draining:
            return Refusal(code=RefusalCode.DRAINING)
        if party is not None and self._desk is not None:
            self._desk.expect(party)
        answer: asyncio.Future[Refusal | None] = asyncio.get_running_loop().create_future()
        self.core.ask(request, answer.set_result, party)
        if not answer.done() or answer.result() is not None or not isinstance(request, HandOnRequest):
            return await answer
        call = self.turn.calls.get(request.call_id)
        return None if request.to_party_id is None or call is None or call.dial is None else await self._desk_answer(call.dial)

    def _append(self, envelopes: Sequence[Envelope], parties: Sequence[PartyRecord]) -> None:
        self._journal.append(envelopes, parties)
        for each in parties:
            self._named[each.party_id] = envelopes[-1].seq
        if len(self._named) > KEPT_NAMES:
            durable_seq = self._journal.durable_seq
            self._named = {party_id: seq for party_id, seq in self._named.items() if seq > durable_seq}

    def _named_at(self, command: AskPermission) -> int:
        """The event that has to be on disk before the desk can be asked for that party; 0: none.

        Of a lead's call the wish has to be: a permit keeps the lead for its call for an hour and more, and whoever starts after a
        crash finds that call in the journal or nowhere.
        """
        is_leads = command.rests_on is not None and command.rests_on.kind == ReferenceKind.LEAD
        if self._desk is not None and self._desk.expects(command.party_id) and not is_leads:
            return 0
        return self._named.get(command.party_id, 0)

    async def _desk_answer(self, dial: Dial) -> Refusal | None:
        """What the desk says about who is to be dialled; an answer that comes later than that shows on the board alone."""
        answer = self._asked[dial.leg_id] = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.wait_for(answer, DESK_WAIT_S)
        except TimeoutError:
            return None
        finally:
            del self._asked[dial.leg_id]

    async def _ask_desk(self, command: AskPermission) -> None:
        """The desk's answer is an event, and told to who waits for it."""
        said: Permit | Refusal = Refusal(code=RefusalCode.OUTBOUND_NOT_PERMITTED, facts={"call": command.call_id})
        if self._desk is not None:
            said = await self._desk.permission(ask_of(command, self._clock.now()), command.party_id)
        self.core.said(said_of(command, said))
        answer = self._asked.get(command.leg_id)
        if answer is not None and not answer.done():
            answer.set_result(said if isinstance(said, Refusal) else None)

    async def _digits_to_say(self, party_id: PartyId) -> str | None:
        """The party's number as it is read back to them; None where nobody knows it any more."""
        number = None if self._desk is None else await self._desk.number_to_dial(party_id)
        return None if number is None else spoken(number, self.turn.directory.home_country)

    def tell(self, said: EmergencySeen | ConsentWithdrawn) -> None:
        """Somebody looks after that emergency call, or the called party withdrew: journaled, and on the boards."""
        self.core.said(said)

    def use(self, directory: Directory) -> None:
        """Decisions from here on follow this revision."""
        self.core.use(directory)

    def use_plan(self, plan: Plan) -> None:
        """From here on these are everybody's shifts."""
        self.core.use_plan(plan)

    def use_sampling(self, basis: SamplingBasis, taken: Taken) -> None:
        """Draws rest on this from here on."""
        self.turn.samples.use(basis, taken)

    async def restore(self) -> None:
        """The open calls and the agents on duty are as the journal's last durable event left them."""
        lately = await self._journal.first_seq_at(Instant(self._clock.now() - REMEMBERED_US))
        began = self._journal.read_since(lately - 1, kinds=REMEMBERED)
        self.turn.remember([envelope async for envelope in began])
        envelopes = [envelope async for envelope in self._journal.read_open()]
        self.core.restore(envelopes, await self._journal.last_shares())
        last = self.turn.last_seq
        async for envelope in self._journal.read_since(last - 1, last):
            self.core.started(silent_since_at=envelope.received_at)

    async def run(self) -> None:
        """Serves until cancelled; live calls stay up after it."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._run_timers())
            for connection in self._connections:
                tasks.create_task(self._run_switch(connection))
                tasks.create_task(self._keep_reconciled(connection))
                tasks.create_task(self._beat(connection))

    async def drain(self) -> None:
        """No offers and no beat any more, everything handled is on disk; calls and waiting callers stay at the switch."""
        self.core.catch_up()
        self.turn.is_draining = True
        if self.turn.last_seq:
            await self._journal.wait_durable(self.turn.last_seq)
        await self._executor.close()

    def _command_failed(self, what: Event, switch: SwitchName) -> None:
        self.core.take(SwitchFact(switch=switch, occurred_at=self._clock.now(), what=what))

    async def _run_timers(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            self.core.fire_due()
            next_at = self.core.next_at()
            pause = LONGEST_SLEEP_S if next_at is None else max(0.0, (next_at - self._clock.now()) / 1_000_000)
            alarm = loop.call_later(min(pause, LONGEST_SLEEP_S), self._wake.set)
            try:
                await self._wake.wait()
            finally:
                alarm.cancel()

    async def _run_switch(self, connection: Connection) -> None:
        name = connection.switch.name

        def connected() -> None:
            connection.count += 1
            self.core.connected(name)
            connection.is_to_reconcile.set()

        def disconnected() -> None:
            connection.count += 1
            self.core.disconnected(name)

        await connection.switch.run(self.core.take, on_connected=connected, on_disconnected=disconnected)

    async def _keep_reconciled(self, connection: Connection) -> None:
        while True:
            await connection.is_to_reconcile.wait()
            connection.is_to_reconcile.clear()
            count = connection.count
            snapshot = await self._snapshot(connection, count)
            if snapshot is not None and connection.count == count:
                self.core.reconciled(snapshot)

    async def _snapshot(self, connection: Connection, count: int) -> Snapshot | None:
        while connection.count == count:
            try:
                snapshot = await connection.switch.snapshot()
                await connection.switch.beat(self._clock.now())
            except SwitchError:
                await asyncio.sleep(SNAPSHOT_RETRY_S)
            else:
                return snapshot
        return None

    async def _beat(self, connection: Connection) -> None:
        link = self.core.links[connection.switch.name]
        while True:
            if link.is_connected and not self.turn.is_draining:
                with suppress(SwitchError):  # the next beat follows, and the connection's own watch tells of its end
                    await connection.switch.beat(self._clock.now())
                    link.last_alive_at = max(link.last_alive_at, self._clock.now())
            await asyncio.sleep(BEAT_S)
