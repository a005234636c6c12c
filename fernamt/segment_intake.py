"""The worker's way from a recorder's folder into the vault: what the journal permits is handed in, all else is deleted.

Nothing is remembered between two looks: what lies in the folders is found again by every worker. A file is moved into the vault's
spool first, and handed in then; killed in between, it is found there by its name, of which the vault's book knows nothing yet.
"""

import asyncio
import errno
import os
import re
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

import structlog

from fernamt.moment import now
from recording.retention import RecordingClass, kept_until
from recording.taking_in import Fault, Taken, fate_of
from recording.vault.objects import make_private, sync_folder
from store.audit import the_service
from store.journal_reading import JournalReader
from store.recording_terms import RecordingTermsStore
from store.vault import NoSuchSegment, VaultState, VaultStore
from store.vault_intake import VaultIntake
from telephony.identifiers import CallId, Instant, SegmentId
from telephony.order_segments import SegmentClosed, SegmentVerdict, SegmentWithdrawn

LOOK_EVERY_S = 0.5
STILL_S = 10.0
"""Files nobody has written to for so long grow no more: a recorder writes every 4 s at the least."""
BEHIND_US = 60_000_000
"""The journal has told all there is of a file once it tells of what came so much later."""
MISSED_US = 60_000_000
"""A recorder leaves its files when it tells that it ended; so long after that they are missed."""
NOTE_EVERY_SEQ = 5_000
WITHDRAWN = "withdrawn"
_LEAVES_FILES = (SegmentVerdict.COMPLETE, SegmentVerdict.INCOMPLETE)
_OVER = (VaultState.KEPT, VaultState.SHREDDING, VaultState.SHREDDED)
"""Between waiting and these the vault itself clears what lies in its spool."""

_NAME = re.compile(r"(?P<segment>(?P<call>[0-9A-Za-z-]+)\.segment\.[0-9]+)-(rx|tx)\.wav")
_PART = ".part"
"""Ends the name of a file that is not whole yet: nobody takes it for a recording."""
_log = structlog.get_logger("fernamt.segment_intake")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The files of one segment, wherever they lie."""

    segment_id: SegmentId
    call_id: CallId
    files: tuple[Path, ...]
    written_at: float
    """When somebody last wrote to one of them, in seconds since the epoch."""


class TakeInSegments:
    """Looks into the recorders' folders and the vault's spool."""

    name = "take_in_segments"

    def __init__(
        self,
        journal: JournalReader,
        book: VaultStore,
        intake: VaultIntake,
        *,
        terms: RecordingTermsStore,
        folders: Sequence[Path],
        spool: Path,
        zone: tzinfo,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`folders`: where recorders leave files; `spool`: where the vault takes them from; terms end with years in `zone`."""
        self._journal, self._book, self._intake, self._terms = journal, book, intake, terms
        self._folders, self._spool, self._zone, self._clock = folders, spool, zone, clock
        self._heard_to: int | None = None
        self._noted_to = 0
        self._failed: set[str] = set()
        self._awaited: dict[SegmentId, tuple[int, CallId, Instant]] = {}
        """Where the journal tells that they are over, and when that was; until their files can no longer be late."""

    async def run_once(self, is_stopping: Callable[[], bool]) -> float:
        """What was taken back is being shredded; every file that can be judged is in the vault's hands, or gone."""
        await self._hear()
        found = await asyncio.to_thread(found_in, [*self._folders, self._spool])
        states = await self._intake.states([each.segment_id for each in found])
        for each in found:
            if is_stopping():
                break
            try:
                await self._settle(each, states.get(each.segment_id))
            except OSError as error:  # one that cannot be moved keeps no other
                if each.segment_id not in self._failed:
                    _log.error("segment not taken in", segment_id=each.segment_id, error=str(error))
                self._failed.add(each.segment_id)
        await self._miss()
        return LOOK_EVERY_S

    async def _settle(self, found: Found, state: VaultState | None) -> None:
        if state is None:
            await self._judge(found)
        elif state is VaultState.WAITING:
            await asyncio.to_thread(move, found.files, self._spool)
        elif state in _OVER and await asyncio.to_thread(delete, found.files):
            _log.warning("sound of a segment that is over was found and deleted", segment_id=found.segment_id, state=state)

    async def _judge(self, found: Found) -> None:
        told = [envelope async for envelope in self._journal.read_call(found.call_id)]
        is_still = found.written_at + STILL_S < self._clock()
        if told:
            fate = fate_of(found.segment_id, told, is_still=is_still)
        else:
            fate = Fault.NEVER_ASKED if is_still and await self._has_passed(found.written_at) else None
        if isinstance(fate, Taken):
            await self._hand_in(found, fate)
        elif fate is not None:
            _log.warning("a recording that may not be kept is deleted", segment_id=found.segment_id, why=fate.value)
            await self._book.refuse(found.segment_id, found.call_id, fate.value, now())  # there will be a receipt
            await asyncio.to_thread(delete, found.files)

    async def _hand_in(self, found: Found, taken: Taken) -> None:
        segment = taken.segment
        self._awaited.pop(found.segment_id, None)
        await asyncio.to_thread(move, found.files, self._spool)
        terms = await self._terms.of(segment.project_id)
        kept_as = RecordingClass(segment.purpose)
        until = kept_until(kept_as, segment.stopped_at, self._zone, terms)
        reason = WITHDRAWN if taken.is_withdrawn else None
        await self._book.hand_in(segment, kept_as, until, shred_reason=reason)

    async def _has_passed(self, written_at: float) -> bool:
        """Whether the journal in the database tells of later things: what is still in its spool is not missing."""
        later = Instant(int(written_at * 1_000_000) + BEHIND_US)
        return await self._journal.first_seq_at(later) <= await self._journal.last_seq()

    async def _hear(self) -> None:
        """What has stopped and was taken back since is being shredded; what lies in a folder yet is judged with its call. What
        has stopped whole is awaited."""
        if self._heard_to is None:
            self._heard_to = self._noted_to = await self._intake.read_to()
        until = await self._journal.last_seq()
        if until <= self._heard_to:
            return
        heard = False
        async for envelope in self._journal.read_since(self._heard_to, until, (SegmentWithdrawn, SegmentClosed)):
            if isinstance(envelope.event, SegmentWithdrawn):
                heard = True
                await self._shred(envelope.event.segment_id)
            elif isinstance(envelope.event, SegmentClosed) and envelope.event.verdict in _LEAVES_FILES:
                self._awaited[envelope.event.segment_id] = (envelope.seq, envelope.event.call_id, envelope.received_at)
        self._heard_to = until
        for name in await self._intake.states(sorted(self._awaited)):
            self._awaited.pop(SegmentId(name))
        until = min([until, *(seq - 1 for seq, _, _ in self._awaited.values())])
        if heard or until - self._noted_to >= NOTE_EVERY_SEQ:
            await self._intake.note_read(until)
            self._noted_to = until

    async def _miss(self) -> None:
        """A whole segment of which no file was found for a while waits in the vault, with its trouble for all to see."""
        limit = int(self._clock() * 1_000_000) - MISSED_US
        late = {name: call_id for name, (_, call_id, closed_at) in self._awaited.items() if closed_at < limit}
        known = await self._intake.states(sorted(late)) if late else {}
        for name, call_id in late.items():
            fate = None
            if name not in known:
                fate = fate_of(name, [envelope async for envelope in self._journal.read_call(call_id)], is_still=True)
            if isinstance(fate, Taken):
                _log.error("nothing was left of a recording that was proven", segment_id=name, call_id=call_id)
                await self._hand_in(Found(segment_id=name, call_id=call_id, files=(), written_at=0.0), fate)
            self._awaited.pop(name, None)

    async def _shred(self, segment_id: str) -> None:
        by = the_service()
        try:
            if not await self._book.begin_shred(segment_id, WITHDRAWN, by=by):
                # Held: it goes as soon as the hold is lifted.
                await self._book.keep_until(segment_id, now(), by=by)
        except NoSuchSegment:
            return


def found_in(folders: Iterable[Path]) -> list[Found]:
    """All segments of which files lie there, those that were written to longest ago first. What is not ours is left alone."""
    files: dict[tuple[str, str], list[Path]] = defaultdict(list)
    times: dict[str, float] = {}
    for folder in dict.fromkeys(folders):
        for entry in _entries(folder):
            name = _NAME.fullmatch(entry.name)
            written_at = None if name is None else _written_at(entry)
            if name is None or written_at is None:
                continue
            segment_id = name["segment"]
            files[name["call"], segment_id].append(Path(entry.path))
            times[segment_id] = max(written_at, times.get(segment_id, written_at))
    found = [
        Found(segment_id=SegmentId(segment), call_id=CallId(call), files=tuple(paths), written_at=times[segment])
        for (call, segment), paths in files.items()
    ]
    return sorted(found, key=lambda each: (each.written_at, each.segment_id))


def move(files: Iterable[Path], spool: Path) -> None:
    """The files lie in the spool, durably; one whose name is taken there stays where it is."""
    touched: set[Path] = set()
    for file in files:
        if file.parent != spool and not (spool / file.name).exists():
            make_private(spool)
            try:
                file.rename(spool / file.name)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                _copy_over(file, spool / file.name)
            touched |= {spool, file.parent}
    for folder in touched:
        sync_folder(folder)


def _copy_over(file: Path, target: Path) -> None:
    """From another disk: whole and durable before it has its name, and only then gone from where it was."""
    part = target.with_name(target.name + _PART)
    part.unlink(missing_ok=True)
    with file.open("rb") as source, os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())
    part.rename(target)
    sync_folder(target.parent)
    file.unlink()


def delete(files: Iterable[Path]) -> bool:
    """The files are gone, durably; says whether there were any."""
    touched: set[Path] = set()
    for file in files:
        try:
            file.unlink()
        except FileNotFoundError:
            continue
        touched.add(file.parent)
    for folder in touched:
        sync_folder(folder)
    return bool(touched)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


def _written_at(entry: os.DirEntry[str]) -> float | None:
    """None where it went meanwhile, or is no plain file."""
    try:
        return entry.stat(follow_symlinks=False).st_mtime if entry.is_file(follow_symlinks=False) else None
    except FileNotFoundError:
        return None
