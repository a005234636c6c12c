"""The live feed: follows the engine and gives every screen a snapshot and numbered deltas.

`publish` only lengthens a list: nothing is done per screen in the engine's turn. A task of its own applies what came in
slices, encodes once per scope, and lays the bytes into each screen's bounded queue; a screen too slow for its queue loses
the queue and gets a fresh snapshot instead.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import cast

import msgspec

from monitor.frames import PROTOCOL, AnyDelta, Beat, Deltas, Hello, Resume, Snapshot
from monitor.live_view import LiveView
from monitor.merging import in_order
from monitor.names import Centre
from monitor.rows import AgentRow, CallRow, EmergencyRow, QueueRow
from monitor.scope import Scope
from monitor.subscription import Channel, FeedSettings, Frame, Subscription
from telephony.events import Envelope
from telephony.identifiers import SECOND, AgentId, CallId, EventId, Instant

SLICE = 100
"""Envelopes applied before others get their turn on the loop: about a millisecond."""


class Feed:
    """Gives screens what the view knows. `epoch` names this life of the service; `also` is told of every envelope (metrics)."""

    def __init__(
        self,
        view: LiveView,
        *,
        epoch: str,
        now: Callable[[], Instant],
        settings: FeedSettings | None = None,
        also: Callable[[Envelope], None] | None = None,
    ) -> None:
        self.epoch = epoch
        self.seq = 0
        self.settings = settings or FeedSettings()
        self._view = view
        self._also = also
        self._now = now
        self._as_of_at = Instant(0)
        self._waiting: deque[Envelope] = deque()
        self._kept: list[Envelope] | None = None
        self._centre: Centre | None = None
        self._channels: dict[Scope, Channel] = {}
        self._wake = asyncio.Event()
        self._is_dirty = False
        self._encode = msgspec.json.Encoder().encode

    # -- from the engine ---------------------------------------------------------------------------------------------

    def publish(self, envelopes: Iterable[Envelope]) -> None:
        """The envelopes will be seen, in this order. Returns at once."""
        told = tuple(envelopes)
        self._waiting.extend(told)
        if self._kept is not None:
            self._kept.extend(told)
        self._wake.set()

    def keep(self) -> None:
        """What is published from here on is kept as well, until `exchange` has told it to another view."""
        self._kept = []

    async def restore(self, *streams: AsyncIterator[Envelope]) -> None:
        """The board is as the journal's `streams` tell it, each in the order of its numbers; what two of them tell counts once.

        After a restart these are the open streams, and all since two hours before the day began: calls under way at midnight
        are counted where they were answered. `also` is not told: counters of this life begin at 0.
        """
        await _tell(self._view, *streams)
        self._is_dirty = True

    async def exchange(self, view: LiveView, *streams: AsyncIterator[Envelope]) -> None:
        """The board is `view`, as the streams tell it and then all that was kept; every screen has a fresh snapshot of it.

        So a start shows the calls at once, and the figures of a long day when they are read: until then the board goes on.
        """
        await _tell(view, *streams)
        kept, done = self._kept or [], 0
        while done < len(kept):
            for envelope in kept[done : done + SLICE]:
                view.apply(envelope)
                done += 1
            await asyncio.sleep(0)
        self._kept = None
        self._apply_waiting()  # to the old one: the new one was told with the rest
        if self._centre is not None:
            view.use(self._centre)
        view.advance(self._now())
        view.collect()
        self._view = view
        self.seq += 1
        for channel in self._channels.values():
            channel.forget(self.seq)
            for screen in channel.screens:
                screen.start_over()

    def beat(self, at: Instant) -> None:
        """The engine lived at `at` and had published all until then; without it boards grow old and say so."""
        self._as_of_at = max(self._as_of_at, at)

    def use(self, centre: Centre) -> None:
        """From here on the names, projects and teams of this revision are shown.

        Of the scopes that see some agents only, every screen ends, and nothing of before can be resumed: an agent who left a
        team and came back must not bring along what they did elsewhere.
        """
        self._apply_waiting()
        self._centre = centre
        self._view.use(centre)
        self.seq += 1
        for channel in self._channels.values():
            if channel.scope.agents is not None and channel.scope.sees_people:
                channel.forget(self.seq)
                for screen in channel.screens:
                    screen.end()
        self._is_dirty = True
        self._wake.set()

    def look_again(self) -> None:
        """Every screen ends: what a person may see, or whether they may at all, has changed."""
        for channel in self._channels.values():
            for screen in channel.screens:
                screen.end()

    # -- the floor now, for the API ----------------------------------------------------------------------------------

    def agents(self) -> Sequence[AgentRow]:
        """All agents, with everything published so far."""
        return self._apply_waiting().agents()

    def agent(self, agent_id: AgentId) -> AgentRow | None:
        """That agent, with everything published so far."""
        return self._apply_waiting().agent(agent_id)

    def calls(self) -> Sequence[CallRow]:
        """All live calls, with everything published so far."""
        return self._apply_waiting().calls()

    def call(self, call_id: CallId) -> CallRow | None:
        """That call, with everything published so far; None when it is not live."""
        return self._apply_waiting().call(call_id)

    def emergency(self, emergency_id: EventId) -> EmergencyRow | None:
        """That alert, with everything published so far; None where it is off the boards."""
        return self._apply_waiting().emergency(emergency_id)

    def queues(self) -> Sequence[QueueRow]:
        """All queues as published last."""
        return self._view.queues()

    @property
    def screens(self) -> int:
        """How many screens watch."""
        return sum(len(channel.screens) for channel in self._channels.values())

    # -- for screens -------------------------------------------------------------------------------------------------

    def hello(self) -> bytes:
        """The first word to a screen."""
        return self._encode(Hello(protocol=PROTOCOL, epoch=self.epoch, seq=self.seq, server_at=self._now()))

    def subscribe(self, scope: Scope, resume: Resume | None = None) -> Subscription:
        """A place for one screen: the deltas it missed where they are still there, else a snapshot first."""
        channel = self._channels.get(scope)
        if channel is None:
            ring: deque[Frame] = deque(maxlen=self.settings.ring_frames)
            channel = self._channels[scope] = Channel(scope=scope, ring=ring, complete_from=self.seq)
        is_known = resume is not None and resume.epoch == self.epoch and resume.seq <= self.seq
        missed = channel.since(resume.seq) if resume is not None and is_known else None
        return Subscription(channel, self.settings, missed=missed, beat=self.beat_frame(), snapshot=self.snapshot, now=self._now)

    def snapshot(self, channel: Channel) -> Frame:
        """The scope's snapshot at the present number, encoded at most once a number."""
        if channel.snapshot is None or channel.snapshot.seq != self.seq:
            board = self._view.snapshot(channel.scope)
            message = Snapshot(epoch=self.epoch, seq=self.seq, as_of_at=self._as_of_at, board=board)
            channel.snapshot = Frame(self.seq, self._encode(message))
        return channel.snapshot

    # -- the task ------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Follows the engine until cancelled."""
        loop = asyncio.get_running_loop()
        next_beat = loop.time()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next_beat):
                    await self._wake.wait()
            self._wake.clear()
            while len(self._waiting) > SLICE:
                self._apply_waiting(SLICE)
                await asyncio.sleep(0)
            if loop.time() >= next_beat:
                next_beat = loop.time() + self.settings.beat_s
                self.tick()
            for _ in self._flush():
                await asyncio.sleep(0)
            await asyncio.sleep(self.settings.interval_s)

    def flush(self) -> None:
        """What was published is seen by all screens."""
        for _ in self._flush():
            pass

    def _flush(self) -> Iterator[None]:
        """Flushes in steps of a few milliseconds: others may have their turn between them. A screen that comes in between
        starts from the new number; the delta of that number, if it still follows, says nothing new to it."""
        self._apply_waiting()
        if not self._is_dirty:
            return
        self._is_dirty = False
        changes = self._view.collect()
        if not changes:
            return
        self.seq += 1
        for channel in list(self._channels.values()):
            yield
            deltas = self._view.deltas(changes, channel.scope)
            if deltas:
                self._send(channel, cast(tuple[AnyDelta, ...], deltas))

    def _send(self, channel: Channel, deltas: tuple[AnyDelta, ...]) -> None:
        message = Deltas(seq=self.seq, as_of_at=self._as_of_at, changes=deltas)
        channel.send(Frame(self.seq, self._encode(message)))

    def beat_frame(self) -> Frame:
        """What a screen is told of the clock and of the data's age."""
        return Frame(self.seq, self._encode(Beat(seq=self.seq, server_at=self._now(), as_of_at=self._as_of_at)))

    def tick(self) -> None:
        """Time has passed: days and minutes turn over, screens hear the clock, unwatched scopes are dropped."""
        now = self._now()
        self._view.advance(now)
        self._is_dirty = True
        beat = self.beat_frame()
        for channel in list(self._channels.values()):
            for screen in channel.screens:
                screen.put_beat(beat)
            if channel.left_at is not None and now - channel.left_at > self.settings.keep_scope_s * SECOND:
                del self._channels[channel.scope]

    def _apply_waiting(self, most: int | None = None) -> LiveView:
        for _ in range(len(self._waiting) if most is None else min(most, len(self._waiting))):
            envelope = self._waiting.popleft()
            self._view.apply(envelope)
            if self._also is not None:
                self._also(envelope)
            self._as_of_at = max(self._as_of_at, envelope.received_at)
            self._is_dirty = True
        return self._view


async def _tell(view: LiveView, *streams: AsyncIterator[Envelope]) -> None:
    """The view knows what the streams tell; others had their turn on the loop meanwhile."""
    told = 0
    async for envelope in in_order(*streams):
        view.apply(envelope)
        told += 1
        if told % SLICE == 0:
            await asyncio.sleep(0)
