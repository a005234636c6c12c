"""The API's files of leads: previews and results are `fernamt leads` in processes of their own: live calls lose nothing."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from fernamt.leads.sealed import FileKeys, Sealer
from routing.leads.lists import LeadListId
from telephony.errors import FernamtError
from web.ports import ExportsBusy

LIMIT_S = 60.0
MOST_AT_ONCE = 2
_PIECE = 64 * 1024


class LeadFileFailed(FernamtError):
    """The process did not answer, or ended before its end."""

    code = "lead_file_failed"


class ProcessLeadFiles:
    """Few run at once; who comes meanwhile is told so at once."""

    def __init__(self, folder: Path, keys: FileKeys, options: Sequence[str] = (), *, limit_s: float = LIMIT_S) -> None:
        """`folder` holds the uploads; `options` are those before the command: they lead it to the same settings."""
        self._folder = folder
        self._keys = keys
        self._command = [sys.executable, "-m", "fernamt", *options, "leads"]
        self._limit_s = limit_s
        self._free = MOST_AT_ONCE

    def sealer(self, stored_as: str) -> Sealer:
        """Seals the file that will be stored under that name."""
        return Sealer(self._keys, stored_as)

    async def preview(
        self, stored_as: str, list_id: LeadListId, *, file_name: str, sheet: str | None, mapping: Sequence[str] = ()
    ) -> Mapping[str, Any]:
        """What the file would be taken for. Raises `ExportsBusy`."""
        options = ["--json", f"--list={list_id}", f"--name={file_name}"]
        options += [f"--map={place}={target}" for place, target in enumerate(mapping, 1)]
        options += [] if sheet is None else [f"--sheet={sheet}"]
        self._take()
        try:
            out = await self._run("preview", *options, "--", str(self._folder / stored_as))
        finally:
            self._free += 1
        found: Mapping[str, Any] = json.loads(out)
        return found

    async def results(self, list_id: LeadListId) -> AsyncGenerator[bytes]:
        """The CSV, piece by piece, as fast as it is taken. Raises `ExportsBusy` at the first piece, `LeadFileFailed` later."""
        self._take()
        process = None
        try:
            process = await self._started("export", "--", list_id)
            while process.stdout is not None and (piece := await process.stdout.read(_PIECE)):
                yield piece
            if await process.wait() != 0:
                raise LeadFileFailed("the export of leads failed: its errors are in the service's log")
        finally:
            self._free += 1
            if process is not None and process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.communicate()  # until the pipe is read to its end, the process has not ended for asyncio

    def _take(self) -> None:
        if not self._free:
            raise ExportsBusy("as many files of leads are read as may be at once")
        self._free -= 1

    async def _started(self, *options: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._command, *options, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, limit=_PIECE
        )

    async def _run(self, *options: str) -> bytes:
        process = await self._started(*options)
        try:
            async with asyncio.timeout(self._limit_s):
                out, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()
        if process.returncode != 0:
            raise LeadFileFailed("the preview of leads failed: its errors are in the service's log")
        return out
