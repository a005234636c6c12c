"""Recording a leg with MixMonitor, one file a direction, and proof of it.

AMI answers Success even where no file could be opened, truncates an existing file, and reports no end; so a start counts when
both files exist that did not before, and a stop when both are complete (asterisk-recording.md has the measurements).
"""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from telephony.commands import FailureReason, StartRecording, StopRecording
from telephony.errors import SwitchError
from telephony.events import CommandFailed, Event, RecordingStarted, RecordingStopped
from telephony.identifiers import LegId, RecordingId
from telephony.switch.asterisk.ami import AmiLine
from telephony.switch.asterisk.ami_actions import mixmonitor_list, start_mixmonitor, stop_mixmonitor

HEADER_BYTES = 44
PROOF_S = 1.0
PROOF_STEP_S = 0.01
FREE_BYTES = 1 << 30
FREE_SHARE = 0.05
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


@dataclass(frozen=True, slots=True)
class _Running:
    channel: str
    mixmonitor_id: str
    files: tuple[Path, Path]


class Recorder:
    """Carries out StartRecording and StopRecording, each recording's in their order; what comes of them goes to `tell`."""

    def __init__(
        self, line: AmiLine, directory: Path, *, name_of: Callable[[LegId], str | None], tell: Callable[[Event], None]
    ) -> None:
        self._line = line
        self._directory = directory
        self._name_of = name_of
        self._tell = tell
        self._running: dict[RecordingId, _Running] = {}
        self._order: dict[LegId, asyncio.Task[None]] = {}
        self._may_list = True

    def carry_out(self, command: StartRecording | StopRecording) -> None:
        """The command is in line behind the earlier ones of its leg."""
        before = self._order.get(command.leg_id)
        task = asyncio.get_running_loop().create_task(self._after(before, command))
        self._order[command.leg_id] = task
        task.add_done_callback(lambda done: self._order.pop(command.leg_id) if self._order.get(command.leg_id) is done else None)

    def files_of(self, recording_id: RecordingId) -> tuple[Path, Path]:
        """Where the received and the sent direction are written. Raises `SwitchError` for an id that is no file name."""
        if not _SAFE.issuperset(recording_id) or recording_id.startswith(".") or not recording_id:
            raise SwitchError(f"{recording_id!r} is no name for a recording")
        return (self._directory / f"{recording_id}-rx.wav", self._directory / f"{recording_id}-tx.wav")

    async def _after(self, before: "asyncio.Task[None] | None", command: StartRecording | StopRecording) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            if isinstance(command, StartRecording):
                await self._start(command)
            else:
                await self._stop(command)
        except (SwitchError, OSError) as error:
            reason = FailureReason.GONE if "No such channel" in str(error) else FailureReason.REFUSED
            self._tell(
                CommandFailed(command=type(command).__name__, reason=reason, leg_id=command.leg_id, detail=str(error)[:200])
            )

    async def _start(self, command: StartRecording) -> None:
        if command.recording_id in self._running:
            return
        channel = self._name_of(command.leg_id)
        if channel is None:
            raise SwitchError("No such channel")
        files = self.files_of(command.recording_id)
        if any(file.exists() for file in files):
            raise SwitchError("a file of that recording exists already, and MixMonitor would destroy it")
        self._check_room()
        mixmonitor_id = await start_mixmonitor(self._line, channel, *map(str, files))
        running = _Running(channel, mixmonitor_id, files)
        if not await self._is_proven(running):
            await stop_mixmonitor(self._line, channel, mixmonitor_id)
            raise SwitchError("the recording was asked for, but its files did not appear")
        self._running[command.recording_id] = running
        self._tell(RecordingStarted(leg_id=command.leg_id, recording_id=command.recording_id))

    async def _stop(self, command: StopRecording) -> None:
        running = self._running.pop(command.recording_id, None)
        if running is None:
            running = await self._found(command)
        if running is not None and running.mixmonitor_id:
            # False: the leg is gone and took its recording with it; the files are complete then.
            await stop_mixmonitor(self._line, running.channel, running.mixmonitor_id)
        self._tell(RecordingStopped(leg_id=command.leg_id, recording_id=command.recording_id))

    async def _found(self, command: StopRecording) -> _Running | None:
        """A recording that an earlier process of ours had started."""
        channel = self._name_of(command.leg_id)
        if channel is None:
            return None
        files = self.files_of(command.recording_id)
        listed = await self._list(channel)
        for line in (listed or "").splitlines():
            if str(files[0]) in line or files[0].name in line:
                return _Running(channel, line.split()[0], files)
        return None

    async def _is_proven(self, running: _Running) -> bool:
        loop = asyncio.get_running_loop()
        limit = loop.time() + PROOF_S
        while not all(file.exists() and file.stat().st_size >= HEADER_BYTES for file in running.files):
            if loop.time() > limit:
                return False
            await asyncio.sleep(PROOF_STEP_S)
        listed = await self._list(running.channel)
        return listed is None or all(file.name in listed for file in running.files)

    async def _list(self, channel: str) -> str | None:
        """The console's list; None for ever once Asterisk has said that our user may not ask. The files are proof enough then."""
        if not self._may_list:
            return None
        listed = await mixmonitor_list(self._line, channel)
        self._may_list = listed is not None
        return listed

    def _check_room(self) -> None:
        usage = shutil.disk_usage(self._directory)
        if usage.free < min(FREE_BYTES, usage.total // 2) or usage.free < usage.total * FREE_SHARE:
            raise SwitchError(f"only {usage.free >> 20} MB are free for recordings")
