"""Does what waits: imports in their order, then what has to go. One process at a time; whoever comes meanwhile leaves again."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from fernamt.installation import Database, Places
from fernamt.leads.importing import LEASE_MS, Importer, Told
from fernamt.leads.places import leads_folder
from fernamt.moment import now
from routing.leads.lists import LeadList, LeadListId
from store.lead_imports import ImportState, LeadImport, LeadImportStore
from store.lead_lists import LeadListStore
from store.lead_staging import IMPORTER
from store.lease import Lease, LeaseStore, LeaseTaken
from store.parties import PartyKeys
from telephony.identifiers import SECOND, Instant

LOOK_EVERY_S = 2.0
TIDY_EVERY_S = 3_600.0
UPLOADS_KEPT_US = 24 * 3_600 * SECOND

_log = structlog.get_logger("fernamt.leads")


class LeadWork:
    """Imports and removes leads, under the lease."""

    def __init__(self, database: Database, keys: PartyKeys, folder: Path) -> None:
        self._database = database
        self._keys = keys
        self._folder = folder
        self._leases = LeaseStore(database.engine)
        self._imports = LeadImportStore(database.engine)
        self._lists = LeadListStore(database.engine)

    async def do(self, *, told: Told = lambda _: None, only: int | None = None) -> dict[int, ImportState]:
        """Every import that waits has ended, or that one; how. Raises `LeaseTaken` while another process works."""
        done: dict[int, ImportState] = {}
        for each in await self._imports.open():
            if only is None or each.import_no == only:
                done[each.import_no] = await self._import(each, told)
        return done

    async def tidy(self, keep_us: int) -> int:
        """Uploads nobody started, deleted lists, and lists over their term for so long are gone; how many leads went."""
        at = now()
        for each in await self._imports.forgotten_uploads(Instant(at - UPLOADS_KEPT_US)):
            await self._imports.cancel(each.import_no)
        lease = await self._take()
        try:
            return await self._lists.tidy(expired_before=Instant(at - keep_us))
        finally:
            await self._leases.release(lease)

    async def _import(self, work: LeadImport, told: Told) -> ImportState:
        lead_list = await self._list(work.list_id)
        lease = await self._take()
        try:
            # Until the lease was ours, another process may have brought it to its end.
            work = await self._imports.get(work.import_no) or work
            if work.ended_at is not None:
                return work.state
            directory = await self._database.directory.load()
            importer = Importer(self._database.engine, self._keys, directory, lead_list, lease=lease, folder=self._folder)
            return await importer.run(work, told=told)
        finally:
            with suppress(OSError):
                await self._leases.release(lease)

    async def _list(self, list_id: LeadListId) -> LeadList:
        return await self._lists.any(list_id)

    async def _take(self) -> Lease:
        holder = f"{socket.gethostname()} {os.getpid()}"
        return await self._leases.take(IMPORTER, holder, now=now(), term_ms=LEASE_MS)


class ImportLeads:
    """The worker's job: files are read in a process of their own, so that they hold up nothing else."""

    name = "import_leads"

    def __init__(self, imports: LeadImportStore, options: Sequence[str] = ()) -> None:
        """`options` are those before the command: they lead it to the same settings."""
        self._imports = imports
        self._command = [sys.executable, "-m", "fernamt", *options, "leads", "work"]

    async def run_once(self, is_stopping: Callable[[], bool]) -> float:
        """What waited was worked on; what is left when the worker stops goes on with the next one."""
        if not await self._imports.open():
            return LOOK_EVERY_S
        process = await asyncio.create_subprocess_exec(*self._command, stdin=asyncio.subprocess.DEVNULL)
        try:
            while not is_stopping():
                with suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        code = await process.wait()
                        if code != 0:
                            _log.error("leads are not imported now; tried again", exit_code=code)
                            return 10 * LOOK_EVERY_S
                        return 0.0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return 0.0


class TidyLeads:
    """Nobody's data is kept longer than their list's term and the days after it."""

    name = "tidy_leads"

    def __init__(self, database: Database, keys: PartyKeys, places: Places, days: int) -> None:
        self._work = LeadWork(database, keys, leads_folder(places.state))
        self._keep_us = days * 86_400 * SECOND

    async def run_once(self, _is_stopping: Callable[[], bool]) -> float:
        """What is over its term is gone."""
        try:
            gone = await self._work.tidy(self._keep_us)
        except LeaseTaken:  # an import runs: it goes first
            return 60.0
        if gone:
            _log.info("leads over their term are gone", leads=gone)
        return TIDY_EVERY_S
