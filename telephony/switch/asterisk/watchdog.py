"""What `fernamt watchdog` does beside Asterisk while no controller gives its beat: callers left waiting reach the fallback, no
segment is recorded any more, and nobody listens.

It has a manager session of its own and needs neither the controller nor its database. Only channels whose FERNAMT_WAITING is 1
are touched: the dialplan sets it at the entry, the controller clears it in the batch that connects, so a caller in a talk, on
consult or waiting for a lost agent to come back is never taken away. Segments are found and ended by their snoops, whatever
records these; who listens, by the ids of their phone and snoop. No console is asked for it: whoever may run one command there may
stop Asterisk.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from telephony.engine.ports import Clock
from telephony.errors import SwitchError
from telephony.identifiers import SECOND, LegId, SegmentId
from telephony.switch.asterisk.ami import ENDED_CHANNELS, AmiLine
from telephony.switch.asterisk.ami_actions import (
    BEAT_VARIABLE,
    ChannelVariables,
    channels_with,
    global_variable,
    hang_up,
    redirect,
)
from telephony.switch.asterisk.ear_ids import ear_of
from telephony.switch.asterisk.snoop_tape import segment_spied_by
from telephony.switch.asterisk.translate import FALLBACK_CONTEXT, WAITING_VARIABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchdogSettings:
    """Seconds without a beat after which it acts, and how often it looks."""

    waiting_limit_s: int = 15
    recording_limit_s: int = 8
    interval_s: float = 1.0
    context: str = FALLBACK_CONTEXT
    entry: str = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look found and did."""

    beat_age_s: int
    redirected: tuple[str, ...] = ()
    stopped: tuple[SegmentId, ...] = ()
    ended: tuple[LegId, ...] = ()
    """Those who listened."""

    @property
    def is_of_note(self) -> bool:
        """Whether there was anything to do."""
        return bool(self.redirected or self.stopped or self.ended)


class Watchdog:
    """Looks once a second. Each caller is redirected once."""

    def __init__(
        self,
        line: AmiLine,
        clock: Clock,
        settings: WatchdogSettings | None = None,
        *,
        report: Callable[[Look], None] = lambda _look: None,
    ) -> None:
        self._line = line
        self._clock = clock
        self._settings = settings if settings is not None else WatchdogSettings()
        self._report = report
        self._redirected: set[str] = set()

    async def run(self) -> None:
        """Looks for ever, also over a restart of Asterisk, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._line.run())
            while True:
                await self._line.wait_up()
                with contextlib.suppress(SwitchError):  # cut in between: looked at again once it is up
                    look = await self.look()
                    if look.is_of_note:
                        self._report(look)
                await asyncio.sleep(self._settings.interval_s)

    async def look(self) -> Look:
        """One look, and what it did. Raises `SwitchError` where Asterisk cannot be asked.

        What was told to Asterisk and not answered counts as not done: the next look shows whether it was.
        """
        age_s = await self.beat_age_s()
        if age_s <= min(self._settings.waiting_limit_s, self._settings.recording_limit_s):
            self._redirected.clear()
            return Look(beat_age_s=age_s)
        channels = await channels_with(self._line, WAITING_VARIABLE)
        # Asked again: a controller that came back while the list was read has its callers in its hand.
        age_s = await self.beat_age_s()
        is_over = age_s > self._settings.recording_limit_s
        return Look(
            beat_age_s=age_s,
            ended=await self._end_listening(channels) if is_over else (),
            stopped=await self._stop_recordings(channels) if is_over else (),
            redirected=await self._redirect(channels) if age_s > self._settings.waiting_limit_s else (),
        )

    async def beat_age_s(self) -> int:
        """Seconds since the controller's last beat by this machine's clock; decades where there never was one."""
        beat = await global_variable(self._line, BEAT_VARIABLE)
        return self._clock.now() // SECOND - (int(beat) if beat.isdecimal() else 0)

    async def _redirect(self, channels: tuple[ChannelVariables, ...]) -> tuple[str, ...]:
        done = []
        for channel in channels:
            if channel.variables.get(WAITING_VARIABLE) == "1" and channel.unique_id not in self._redirected:
                try:
                    is_done = await redirect(self._line, channel.name, self._settings.context, self._settings.entry)
                except SwitchError:
                    break
                self._redirected.add(channel.unique_id)
                if is_done:
                    done.append(channel.unique_id)
        return tuple(done)

    async def _stop_recordings(self, channels: tuple[ChannelVariables, ...]) -> tuple[SegmentId, ...]:
        """The segments of ours that ran, ended as often as they are found running; other recordings are not ours to end."""
        done: dict[SegmentId, None] = {}
        for channel in channels:
            segment_id = segment_spied_by(channel.name, channel.unique_id)
            if segment_id is None:
                continue
            try:
                if await hang_up(self._line, channel.name):
                    done[segment_id] = None
            except SwitchError:
                break
        return tuple(done)

    async def _end_listening(self, channels: tuple[ChannelVariables, ...]) -> tuple[LegId, ...]:
        """Who listened, and hears no more: first what they hear by, then their phone, which is on no call."""
        done: dict[LegId, None] = {}
        for channel in sorted(channels, key=lambda each: not each.name.startswith(ENDED_CHANNELS)):
            ear_id = ear_of(channel.unique_id)
            if ear_id is None:
                continue
            try:
                if await hang_up(self._line, channel.unique_id):
                    done[ear_id] = None
            except SwitchError:
                break
        return tuple(done)
