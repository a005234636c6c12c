"""One turn after the other: what comes in is handled in its order, and what comes of it is carried out.

Nothing overtakes anything. What is certain of a turn may be sent ahead of it (ahead.py); the turn is then done before anything
else is, and at the latest `BEHIND_MS` later.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from telephony.commands import Command
from telephony.engine.ahead import Ahead, left_of
from telephony.engine.arrival import Arrival, TurnResult
from telephony.engine.inbox import Inbox, Note
from telephony.engine.ports import Clock, PartyRecord
from telephony.engine.timer_fuse import TimerFuse
from telephony.engine.timers import Timers
from telephony.engine.turn import Turn
from telephony.engine.urgency import rings_first
from telephony.errors import Refusal
from telephony.events import Envelope
from telephony.identifiers import Instant, after_ms

Listener = Callable[[Sequence[Envelope]], None]
Execute = Callable[[Sequence[Command], int], None]
Answer = Callable[[Refusal | None], None]
Append = Callable[[Sequence[Envelope], Sequence[PartyRecord]], None]

BEHIND_MS = 2
"""So long a turn follows what was sent ahead of it: the switch, maybe on the same processors, has rung the phone by then."""


class _Next(msgspec.Struct):
    """What waits for its turn. `ahead` goes to the switch before what comes of it, unless it is refused; `said` has gone."""

    what: Arrival | Note
    answer: Answer | None = None
    ahead: Sequence[Command] = ()
    said: Sequence[Command] = ()


class Turns:
    """The one way to the turn. `listeners` get every turn's envelopes after its commands are on the wire."""

    def __init__(
        self,
        *,
        turn: Turn,
        inbox: Inbox,
        parties: list[PartyRecord],
        timers: Timers,
        clock: Clock,
        append: Append,
        execute: Execute,
        listeners: Sequence[Listener] = (),
        on_turn: Callable[[int], None] | None = None,
        on_due: Callable[[], None] | None = None,
    ) -> None:
        self._turn = turn
        self._inbox = inbox
        self._parties = parties
        self._timers = timers
        self._clock = clock
        self._append = append
        self._execute = execute
        self._listeners = tuple(listeners)
        self._on_turn = on_turn
        self._on_due = on_due
        self._fuse = TimerFuse()
        self._ahead = Ahead(turn)
        self._queue: deque[_Next] = deque()
        self._behind_at: Instant | None = None
        self._is_turning = False

    # -- ways in ---------------------------------------------------------------------------------------------------------

    def put(self, arrival: Arrival, answer: Answer | None = None, ahead: Sequence[Command] = ()) -> None:
        """Handled in the order of coming; what a turn itself causes (a failed send) waits until that turn is done.

        `ahead` goes to the switch before what comes of it, unless it is refused.
        """
        self._queue.append(_Next(arrival, answer, ahead))
        if not self._is_turning:
            self._turn_all()

    def put_fact(self, note: Note) -> None:
        """Handled in the order of coming; or what is certain of it is sent now, and its turn follows."""
        said = () if self._is_turning else self._ahead.commands(note, self._timers.next_at())
        self._queue.append(_Next(note, said=said))
        if self._is_turning:
            return
        if not said:
            self._turn_all()
            return
        self._is_turning = True  # what the sending itself causes waits behind
        try:
            self._execute(said, self._turn.last_seq)
        finally:
            self._is_turning = False
        self._behind_at = after_ms(note.received_at, BEHIND_MS)
        self._wake()

    def catch_up(self) -> None:
        """The turn of which something was sent ahead is done; before anybody looks at the state, or changes it."""
        if self._queue and not self._is_turning:
            self._turn_all()

    def next_at(self) -> Instant | None:
        """When there is something to do that nobody tells us of: `fire_due` then."""
        due_at = self._timers.next_at()
        return due_at if self._behind_at is None or (due_at is not None and due_at < self._behind_at) else self._behind_at

    def fire_due(self) -> None:
        """Everything due by now has happened, but for what rests because it leads nowhere."""
        now, next_at = self._clock.now(), self.next_at()
        if next_at is None or next_at > now:
            return
        self.catch_up()
        while (event := self._timers.take(now)) is not None:
            rests_until = self._fuse.rests_until(event, now)
            if rests_until is None:
                self.put(self._inbox.of_ours(event))
                continue
            self._timers.set([(rests_until, event)])
            blown = self._fuse.blown(event, self._turn)
            if blown is not None:
                self.put(self._inbox.of_ours(blown))

    # -- the turn and what comes of it -------------------------------------------------------------------------------------

    def _turn_all(self) -> None:
        self._is_turning, self._behind_at = True, None
        try:
            while self._queue:
                self._do(self._queue.popleft())
        finally:
            self._is_turning = False

    def _do(self, following: _Next) -> None:
        began, what = time.perf_counter_ns(), following.what
        arrival = self._inbox.arrival_of(what) if isinstance(what, Note) else what
        result = self._turn.handle(arrival)
        self._fuse.note(arrival, result)
        if following.ahead and result.refusal is None:
            self._execute(following.ahead, 0)
        self._carry_out(result, following.said)
        self._ahead.learn(arrival, result)
        if following.answer is not None:
            following.answer(result.refusal)
        if self._on_turn is not None:
            self._on_turn(time.perf_counter_ns() - began)

    def _carry_out(self, result: TurnResult, said: Sequence[Command]) -> None:
        if result.envelopes:
            self._append(result.envelopes, (*self._parties, *result.parties))
        self._parties.clear()  # of a caller told twice, nothing is kept
        commands, unexpected = left_of(result.commands, said) if said else (rings_first(result.commands), None)
        if unexpected is not None:
            self.put(self._inbox.of_ours(unexpected))
        if commands:
            self._execute(commands, self._turn.last_seq)
        if result.due:
            self._timers.set(result.due)
            self._wake()
        if result.envelopes:
            for listener in self._listeners:
                listener(result.envelopes)

    def _wake(self) -> None:
        if self._on_due is not None:
            self._on_due()
