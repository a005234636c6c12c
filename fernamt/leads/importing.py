"""Runs one import: reads, checks, writes unseen, compares with what is known, and lets all leads exist at once, or none.

Runs where no call is: in a process of its own under the worker, or under `fernamt leads import`. Whoever dies on the way leaves
an import that the next one wipes away and begins again, or, once all was found good, brings to its end.
"""

import asyncio
from array import array
from collections import deque
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.leads.files import FileRefused
from fernamt.leads.parts import Parts, opened_parts
from fernamt.leads.sealed import remove
from fernamt.moment import now
from routing.directory import Directory
from routing.leads.columns import faults_in
from routing.leads.lists import LeadList, ListState, consent_needed, counts_as_advertising, lead_id
from routing.leads.rows import Drafted, RowFault, RowReader
from routing.outbound.lead import ROWS_PER_IMPORT, import_of
from store.audit import Author
from store.lead_consents import LeadConsents, Standing
from store.lead_imports import ImportState, LeadImport, Report
from store.lead_rows import LeadKeys, row_of_draft
from store.lead_staging import BUCKETS, FoundBy, LeadStaging, stretches_of
from store.lease import Lease, LeaseStore
from telephony.identifiers import Instant, UserId

BATCH = 2_000
_AHEAD = 3
"""Batches that wait to be written while more is read."""
TURN = 50
"""Rows read in one go; then whoever writes has a turn."""
LEASE_MS = 60_000
RENEW_MS = 20_000
THE_IMPORTER = UserId("lead-import")
Told = Callable[[LeadImport], None]


@dataclass(slots=True)
class _Flags:
    """What is known of each row, in a few bytes: how many numbers it has and may use, and whether a consent is there."""

    numbers: bytearray = field(default_factory=bytearray)
    usable: bytearray = field(default_factory=bytearray)
    consented: bytearray = field(default_factory=bytearray)
    granted: "array[int]" = field(default_factory=lambda: array("q"))
    """When the consent was given that the row tells of; 0: it tells of none."""

    def grow(self, row: int) -> None:
        missing = row + 1 - len(self.numbers)
        if missing > 0:
            count = max(missing, 4_096)
            for each in (self.numbers, self.usable, self.consented):
                each.extend(bytes(count))
            self.granted.frombytes(bytes(count * self.granted.itemsize))


class _Writer:
    """Writes batches in their order while more is read; a few may wait."""

    def __init__(self, staging: LeadStaging) -> None:
        self.staging = staging
        self._waiting: deque[asyncio.Task[bool]] = deque()

    async def add(self, batch: Sequence[Sequence[Any]], *, rows_read: int, read_permille: int) -> bool:
        """The batch will be written after those before; False where somebody has cancelled the import. Raises what went wrong."""
        is_wanted = await self.settle(most=_AHEAD)
        before = self._waiting[-1] if self._waiting else None

        async def write() -> bool:
            if before is not None:
                await asyncio.wait([before])
            return await self.staging.add(batch, rows_read=rows_read, read_permille=read_permille)

        if is_wanted:
            self._waiting.append(asyncio.create_task(write()))
        return is_wanted

    async def settle(self, *, most: int = 0) -> bool:
        """No more than so many batches wait; False where somebody has cancelled the import. Raises what went wrong."""
        is_wanted = True
        while len(self._waiting) > most or (self._waiting and self._waiting[0].done()):
            is_wanted = await self._waiting[0] and is_wanted
            self._waiting.popleft()
        return is_wanted

    async def close(self) -> None:
        """Nothing is written any more that was begun before, however it ended."""
        await asyncio.gather(*self._waiting, return_exceptions=True)


class Importer:
    """One import at work, under the lease."""

    def __init__(
        self, engine: AsyncEngine, keys: LeadKeys, directory: Directory, lead_list: LeadList, *, lease: Lease, folder: Path
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._directory = directory
        self._list = lead_list
        self._lease = lease
        self._leases = LeaseStore(engine)
        self._folder = folder
        self._renewed_at = now()
        self._report = Report()
        self._is_advertising = counts_as_advertising(lead_list.project_id, lead_list.purpose, directory)
        self._consent_purpose = consent_needed(lead_list.project_id, lead_list.purpose, directory)

    async def run(self, work: LeadImport, *, told: Told = lambda _: None) -> ImportState:
        """The import has ended, one way or the other; how."""
        staging = LeadStaging(self._engine, self._lease, self._list, work.import_no)
        if work.state is not ImportState.FILING:
            if work.is_cancelled or self._list.state is ListState.CLOSED:
                return await self._end(staging, work, ImportState.CANCELLED)
            ended = await self._read(staging, work, told)
            if ended is not None:
                return await self._end(staging, work, ended)
        else:
            self._report = work.report
        await self._file_consents(staging)
        return await self._end(staging, work, ImportState.DONE)

    # -- reading ---------------------------------------------------------------------------------------------------------

    async def _read(self, staging: LeadStaging, work: LeadImport, told: Told) -> ImportState | None:
        """All leads are there, unseen, and were decided to exist: None; or how the import ends."""
        await staging.begin()
        found, flags = FoundBy(), _Flags()
        ended = await self._taken(staging, work, (found, flags), told)
        if ended is not None or self._is_refused(work):
            return ended or ImportState.REFUSED
        without = await self._compare(staging, found, flags)
        if self._is_refused(work):
            return ImportState.REFUSED
        for stretch in found.stretches():
            await self._renew(staging)
            await staging.make_found(found.within(stretch), without)
        await staging.remove(without)
        self._report.left_out += len(without)
        return await self._decide(staging, found)

    async def _taken(
        self, staging: LeadStaging, work: LeadImport, into: tuple[FoundBy, _Flags], told: Told
    ) -> ImportState | None:
        """The file has been read to its end: None; or how the import ends."""
        path, sheet = self._folder / work.stored_as, work.instructions.sheet
        try:
            async with opened_parts(path, self._keys, file_name=work.file_name, sheet=sheet) as parts:
                is_whole = await self._take(parts, staging, work, into, told)
        except FileRefused as error:
            return self._cannot_read(error.why, error.row)
        except FileNotFoundError:
            return self._cannot_read("file_gone")
        except MemoryError:  # the process is bounded: what a file makes of itself ends here, and is not tried again
            return self._cannot_read("too_much_memory")
        return None if is_whole else ImportState.CANCELLED

    def _cannot_read(self, why: str, row: int = 0) -> ImportState:
        self._report.refused = why
        self._report.note(row, 0, why)
        return ImportState.REFUSED

    async def _decide(self, staging: LeadStaging, found: FoundBy) -> ImportState | None:
        forgotten: frozenset[bytes] = frozenset()
        while more := await staging.decide(self._report, forgotten):
            forgotten |= more
            meant = {(each[0], each) for each in more}
            rows = {row for first, each in meant for known, row in found.within(range(first, first + 1)) if known == each}
            await staging.remove(rows)
        return None if (await staging.look()).state is ImportState.FILING else ImportState.CANCELLED

    async def _take(self, parts: Parts, staging: LeadStaging, work: LeadImport, into: tuple[FoundBy, _Flags], told: Told) -> bool:
        mapping = work.instructions.mapping
        for column in faults_in(mapping, parts.heading, self._list.fields, needs_consent=self._is_advertising):
            self._report.note(1, column.column, column.code)
        if self._report.counts:
            return True
        writer = _Writer(staging)
        try:
            return await self._written(parts, writer, work, into, told)
        finally:
            await writer.close()

    async def _written(self, parts: Parts, writer: _Writer, work: LeadImport, into: tuple[FoundBy, _Flags], told: Told) -> bool:
        leave_out = frozenset(work.instructions.leave_out)
        reader = RowReader(work.instructions.mapping, self._list, self._directory)
        batch, read, at = [], 0, now()
        found, flags = into
        async for part in parts:
            for row, cells in part:
                read += 1
                if read % TURN == 0:
                    await asyncio.sleep(0)  # what is being written goes on
                drafted = reader.read(row, cells, at)
                if isinstance(drafted, Drafted):
                    if not self._is_refused(work):
                        ready = row_of_draft(lead_id(work.import_no, row), work.import_no, drafted, self._keys)
                        batch.append(ready)
                        self._note_row(row, drafted, ready[10], found, flags)
                else:
                    self._note_faults(drafted, leave_out)
                if read % BATCH == 0:
                    await self._renew(writer.staging)
                    if not await writer.add(batch, rows_read=read, read_permille=parts.read_permille):
                        return False
                    batch = []
                    told(replace(work, state=ImportState.READING, rows_read=read, read_permille=parts.read_permille))
        is_wanted = await writer.add(batch, rows_read=read, read_permille=parts.read_permille)
        return is_wanted and await writer.settle()

    def _note_row(self, row: int, drafted: Drafted, hashes: bytes, found: FoundBy, flags: _Flags) -> None:
        if row >= ROWS_PER_IMPORT:
            raise FileRefused("too_many_rows", "the file has too many rows", row=row)
        found.add(hashes, row)
        flags.grow(row)
        flags.numbers[row] = flags.usable[row] = len(drafted.numbers)
        flags.consented[row] = not self._is_advertising
        flags.granted[row] = drafted.proof.granted_at if drafted.proof is not None else 0

    def _note_faults(self, faults: Sequence[RowFault], leave_out: Collection[str]) -> None:
        for fault in faults:
            self._report.note(fault.row, fault.column, fault.code)
        self._report.left_out += all(fault.code in leave_out for fault in faults)

    def _is_refused(self, work: LeadImport) -> bool:
        return not set(self._report.counts) <= set(work.instructions.leave_out)

    # -- comparing with what is known --------------------------------------------------------------------------------------

    async def _compare(self, staging: LeadStaging, found: FoundBy, flags: _Flags) -> Collection[int]:
        """Rows that are no new lead, or may not be called; each is in the report."""
        others = await staging.imports_of_client()
        consents = LeadConsents(self._engine, self._list, self._consent_purpose)
        twice: dict[int, str] = {}
        withdrawn: set[int] = set()
        for stretch in found.stretches():
            await self._renew(staging)
            known = {each for each, lead in await staging.leads_by(stretch) if import_of(lead) in others} if others else set()
            barred = await staging.barred(stretch, is_advertising=self._is_advertising)
            standing = await consents.standing(stretch) if self._is_advertising else {}
            last = b""
            for lookup_hash, row in found.within(stretch):
                if lookup_hash in known:
                    twice[row] = "duplicate_in_list"
                elif lookup_hash == last:
                    twice.setdefault(row, "duplicate_in_file")
                last = lookup_hash
                flags.usable[row] -= lookup_hash in barred
                if self._is_advertising:
                    self._judge_consent(row, standing.get(lookup_hash), flags, withdrawn)
        return self._found_in(flags, twice, withdrawn)

    def _judge_consent(self, row: int, there: Standing | None, flags: _Flags, withdrawn: set[int]) -> None:
        granted_at = Instant(flags.granted[row]) if flags.granted[row] else None
        if there is not None and not there.allows(granted_at):
            withdrawn.add(row)
        elif there is not None or granted_at is not None:
            flags.consented[row] = True

    def _found_in(self, flags: _Flags, twice: dict[int, str], withdrawn: set[int]) -> Collection[int]:
        without: set[int] = set()
        for row, count in enumerate(flags.numbers):
            if not count:
                continue
            code = twice.get(row)
            if code is None and not flags.usable[row]:
                code = "on_do_not_call_list"
            if code is None and not flags.consented[row]:
                code = "consent_withdrawn" if row in withdrawn else "missing_consent"
            if code is not None:
                without.add(row)
                self._report.note(row, 0, code)
        return without

    # -- the end -----------------------------------------------------------------------------------------------------------

    async def _file_consents(self, staging: LeadStaging) -> None:
        """Consents the rows told of are on record, before anybody is called by them."""
        if not self._is_advertising:
            return
        consents = LeadConsents(self._engine, self._list, self._consent_purpose)
        numbers = 2 * await staging.count() // BUCKETS + 1  # about: who has a second number has one more
        stretches = list(stretches_of([numbers] * BUCKETS))
        proofs = await staging.proofs(stretches[0])
        for stretch, after in zip(stretches, [*stretches[1:], None], strict=True):
            await self._renew(staging)
            # The next ones are read while these are filed.
            reading = None if after is None else asyncio.create_task(staging.proofs(after))
            try:
                if proofs:
                    await consents.file(proofs, stretch, self._lease)
                proofs = [] if reading is None else await reading
            finally:
                if reading is not None:
                    reading.cancel()

    async def _end(self, staging: LeadStaging, work: LeadImport, state: ImportState) -> ImportState:
        leads = proofs = 0
        if state is ImportState.DONE:
            leads = await staging.count()
            proofs = await staging.count(with_proof=True) if self._is_advertising else 0
        else:
            await staging.undo()
        by = Author(user_id=THE_IMPORTER, at=now())
        await staging.end(state, leads=leads, report=self._report, by=by, proofs=proofs)
        with suppress(OSError):
            await asyncio.to_thread(remove, self._folder / work.stored_as)
        return state

    async def _renew(self, staging: LeadStaging) -> None:
        at = now()
        if at - self._renewed_at >= RENEW_MS * 1_000:
            self._lease = staging.lease = await self._leases.renew(self._lease, now=at, term_ms=LEASE_MS)
            self._renewed_at = at
