"""The engine: feeds the turn from the switches, the timers and people, and carries its results to journal, switches and screens.

It decides nothing. Everything runs on one event loop; a turn never waits.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from routing.directory import Directory
from telephony.commands import HangUp
from telephony.engine.arrival import Arrival, TurnResult
from telephony.engine.executor import Executor
from telephony.engine.inbox import Inbox
from telephony.engine.ports import Clock, Ids, Journal, LegSeen, NumberReader, PartyRecord, Snapshot, Switch, SwitchFact
from telephony.engine.reconcile import reconcile
from telephony.engine.timers import Timers
from telephony.engine.turn import Turn
from telephony.errors import Refusal, RefusalCode, SwitchError
from telephony.events import (
    AgentRequest,
    CallRequest,
    CommandFailed,
    DirectoryLoaded,
    Envelope,
    Event,
    GapObserved,
    SwitchConnected,
    SwitchDisconnected,
)
from telephony.identifiers import Instant, SwitchName, call_of

Listener = Callable[[Sequence[Envelope]], None]

BEAT_S = 2.0
SNAPSHOT_RETRY_S = 0.5
LONGEST_SLEEP_S = 3_600.0


@dataclass(slots=True)
class SwitchState:
    """One switch as the engine sees it. While `held` is a list, facts wait in it for the reconciling."""

    switch: Switch
    held: list[SwitchFact] | None = field(default_factory=list)
    last_alive_at: Instant = Instant(0)
    is_connected: bool = False
    connection: int = 0
    """Counts connects and disconnects: what was begun under an earlier one is of no use."""
    is_to_reconcile: asyncio.Event = field(default_factory=asyncio.Event)


class Engine:
    """One site's calls. `listeners` get every turn's envelopes after the commands are on the wire."""

    def __init__(
        self,
        *,
        turn: Turn,
        switches: Sequence[Switch],
        journal: Journal,
        clock: Clock,
        ids: Ids,
        read_number: NumberReader,
        listeners: Sequence[Listener] = (),
        on_turn: Callable[[int], None] | None = None,
    ) -> None:
        self.turn = turn
        self.switches: Mapping[SwitchName, SwitchState] = {switch.name: SwitchState(switch) for switch in switches}
        self._journal = journal
        self._clock = clock
        self._parties: list[PartyRecord] = []
        self._inbox = Inbox(clock=clock, ids=ids, read_number=read_number, party=self._parties.append)
        self._executor = Executor(
            switches={switch.name: switch for switch in switches}, journal=journal, report=self._command_failed
        )
        self._timers = Timers()
        self._wake = asyncio.Event()
        self._queue: deque[tuple[Arrival, asyncio.Future[Refusal | None] | None]] = deque()
        self._is_turning = False
        self._listeners = tuple(listeners)
        self._on_turn = on_turn

    # -- ways in ---------------------------------------------------------------------------------------------------------

    def take(self, fact: SwitchFact) -> None:
        """A switch's fact is handled now, or held until its switch is reconciled."""
        state = self.switches[fact.switch]
        state.last_alive_at = max(state.last_alive_at, fact.occurred_at)
        if state.held is not None:
            state.held.append(fact)
        else:
            self._put(self._inbox.from_switch(fact))

    async def submit(self, request: AgentRequest | CallRequest) -> Refusal | None:
        """What somebody asked for was done (None), or why not. The commands are on the wire when this returns."""
        if self.turn.is_draining:
            return Refusal(code=RefusalCode.DRAINING)
        answer: asyncio.Future[Refusal | None] = asyncio.get_running_loop().create_future()
        self._put(self._inbox.of_ours(request), answer)
        return await answer

    def use(self, directory: Directory) -> None:
        """Decisions from here on follow this revision; that is journaled."""
        self.turn.use(directory)
        self._put(self._inbox.of_ours(DirectoryLoaded(revision=directory.revision)))

    # -- the turn and what comes of it -------------------------------------------------------------------------------------

    def _put(self, arrival: Arrival, answer: asyncio.Future[Refusal | None] | None = None) -> None:
        """Handled in the order of coming; what a turn itself causes (a failed send) waits until that turn is done."""
        self._queue.append((arrival, answer))
        if self._is_turning:
            return
        self._is_turning = True
        try:
            while self._queue:
                next_arrival, next_answer = self._queue.popleft()
                began = time.perf_counter_ns()
                result = self.turn.handle(next_arrival)
                self._carry_out(result)
                if next_answer is not None and not next_answer.done():
                    next_answer.set_result(result.refusal)
                if self._on_turn is not None:
                    self._on_turn(time.perf_counter_ns() - began)
        finally:
            self._is_turning = False

    def _carry_out(self, result: TurnResult) -> None:
        if result.envelopes:
            self._journal.append(result.envelopes, tuple(self._parties))
            self._parties.clear()
        if result.commands:
            self._executor.execute(result.commands, result.envelopes[-1].seq if result.envelopes else 0)
        if result.due:
            self._timers.set(result.due)
            self._wake.set()
        if result.envelopes:
            for listener in self._listeners:
                listener(result.envelopes)

    def _command_failed(self, failed: CommandFailed, switch: SwitchName) -> None:
        self.take(SwitchFact(switch=switch, occurred_at=self._clock.now(), what=failed))

    # -- running -----------------------------------------------------------------------------------------------------------

    async def restore(self) -> None:
        """The open calls and the agents on duty are as the journal's last durable event left them."""
        envelopes = [envelope async for envelope in self._journal.read_open()]
        self.turn.restore(envelopes)
        for envelope in envelopes:
            state = None if envelope.switch is None else self.switches.get(envelope.switch)
            if state is not None:
                state.last_alive_at = max(state.last_alive_at, envelope.occurred_at)
        for agent_id, share_pass in (await self._journal.last_passes()).items():
            self.turn.floor.restore_pass(agent_id, share_pass)
        self._timers.set(self.turn.due_now())

    async def run(self) -> None:
        """Serves until cancelled; live calls stay up after it."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._run_timers())
            for state in self.switches.values():
                tasks.create_task(self._run_switch(state))
                tasks.create_task(self._keep_reconciled(state))
                tasks.create_task(self._beat(state))

    async def drain(self) -> None:
        """No offers and no beat any more, everything handled is on disk; calls and waiting callers stay at the switch."""
        self.turn.is_draining = True
        if self.turn.last_seq:
            await self._journal.wait_durable(self.turn.last_seq)
        await self._executor.close()

    async def _run_timers(self) -> None:
        while True:
            now = self._clock.now()
            while (event := self._timers.take(now)) is not None:
                self._put(self._inbox.of_ours(event))
            next_at = self._timers.next_at()
            pause = LONGEST_SLEEP_S if next_at is None else max(0.0, (next_at - self._clock.now()) / 1_000_000)
            self._wake.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), min(pause, LONGEST_SLEEP_S))

    async def _beat(self, state: SwitchState) -> None:
        while True:
            if state.is_connected and not self.turn.is_draining:
                with suppress(SwitchError):  # the next beat follows, and the connection's own watch tells of its end
                    await state.switch.beat(self._clock.now())
                    state.last_alive_at = max(state.last_alive_at, self._clock.now())
            await asyncio.sleep(BEAT_S)

    # -- connect and reconcile ---------------------------------------------------------------------------------------------

    async def _run_switch(self, state: SwitchState) -> None:
        def connected() -> None:
            state.held = []
            state.connection += 1
            state.is_to_reconcile.set()

        def disconnected() -> None:
            state.held = []
            state.connection += 1
            if state.is_connected:
                state.is_connected = False
                self._put(self._ours(SwitchDisconnected(switch=state.switch.name), state.switch.name))

        await state.switch.run(self.take, on_connected=connected, on_disconnected=disconnected)

    async def _keep_reconciled(self, state: SwitchState) -> None:
        while True:
            await state.is_to_reconcile.wait()
            state.is_to_reconcile.clear()
            connection = state.connection
            snapshot = await self._snapshot(state, connection)
            if snapshot is not None and state.connection == connection:
                self._reconcile(state, snapshot)

    async def _snapshot(self, state: SwitchState, connection: int) -> Snapshot | None:
        while state.connection == connection:
            try:
                snapshot = await state.switch.snapshot()
                await state.switch.beat(self._clock.now())
            except SwitchError:
                await asyncio.sleep(SNAPSHOT_RETRY_S)
            else:
                return snapshot
        return None

    def _reconcile(self, state: SwitchState, snapshot: Snapshot) -> None:
        """The calls are as the switch shows them, held facts are handled, and callers of this switch may be offered again."""
        name, gap_from = snapshot.switch, state.last_alive_at
        if gap_from:
            self._put(self._ours(GapObserved(switch=name, from_at=gap_from, to_at=snapshot.taken_at), name))
        for seen in snapshot.legs:
            self._adopt_agent_leg(seen, name)
        calls = self.turn.calls_at(name)
        difference = reconcile(calls, self.turn.presence, snapshot, last_alive_at=gap_from or snapshot.taken_at)
        for fact in difference.facts:
            self._put(self._inbox.from_switch(fact))
        for adoption in difference.adopted:
            arrived = SwitchFact(switch=name, occurred_at=adoption.since, what=adoption.arrived)
            self._put(self._inbox.from_switch(arrived, adoption.call_id))
        self._executor.execute([*difference.commands, *_ended(difference.orphans, name)], 0)
        state.last_alive_at = max(gap_from, snapshot.taken_at)
        state.is_connected = True
        held, state.held = state.held or [], None
        for fact in held:
            self._put(self._inbox.from_switch(fact))
        self._put(self._ours(SwitchConnected(switch=name, boot_id=snapshot.boot_id), name))

    def _adopt_agent_leg(self, seen: LegSeen, name: SwitchName) -> None:
        """A phone that rings for a call whose reservation did not reach the disk is bound to it again, where that can be."""
        call_id = call_of(seen.leg_id)
        reserved = None if call_id is None else self.turn.reservation_for(call_id, seen)
        if reserved is not None:
            self._put(self._ours(reserved, name))

    def _ours(self, event: Event, switch: SwitchName) -> Arrival:
        return replace(self._inbox.of_ours(event), switch=switch)


def _ended(orphans: Sequence[LegSeen], switch: SwitchName) -> list[HangUp]:
    calls = [(call_of(seen.leg_id), seen.leg_id) for seen in orphans]
    return [HangUp(call_id=call_id, switch=switch, leg_id=leg_id) for call_id, leg_id in calls if call_id is not None]
