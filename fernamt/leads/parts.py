"""The rows of a file for an import, part after part: CSV as it is read here, spreadsheets from a process of their own.

To find the cells of a spreadsheet takes as long as to write its leads, and so is done beside it; CSV is read in the time it
would take to hand it over. The reading process has the key of the one file and never more than a few parts ahead.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final, Protocol, cast

import msgspec

from fernamt.leads.files import FileForm, FileRefused, Rows, is_spreadsheet, opened_rows
from fernamt.leads.frames import LENGTH_BYTES, MOST_BYTES, End, Heading, Order, Part, Refused, Row, Said, framed, said_in
from fernamt.leads.reading import parts_of
from fernamt.leads.sealed import FileKeys, key_of, opened_by

AHEAD_BYTES: Final = 256 * 1024
"""About as much is read ahead on this side; on the other, what a pipe takes."""
_COMMAND: Final = (sys.executable, "-m", "fernamt.leads.reading")
_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH")


class Parts(Protocol):
    """An open file, behind its heading."""

    @property
    def form(self) -> FileForm:
        """What the file turned out to be."""
        ...

    @property
    def heading(self) -> Sequence[str]:
        """The columns' titles."""
        ...

    @property
    def read_permille(self) -> int:
        """How much of the file has been read, in thousandths."""
        ...

    def __aiter__(self) -> AsyncIterator[list[Row]]:
        """The rows that are not empty, with their numbers as a spreadsheet counts. Raises `FileRefused`."""
        ...


@asynccontextmanager
async def opened_parts(path: Path, keys: FileKeys | None, *, file_name: str, sheet: str | None) -> AsyncIterator[Parts]:
    """The rows of the stored file; nothing reads it any more when this is left. Raises `FileRefused`, `FileNotFoundError`."""
    key = key_of(path, keys)
    source = partial(opened_by, path, key)
    if is_spreadsheet(source):
        async with read_beside(Order(path=os.fsencode(path), key=key, file_name=file_name, sheet=sheet)) as parts:
            yield parts
    else:
        with opened_rows(source, file_name=file_name, sheet=sheet) as rows:
            yield _PartsHere(rows)


@asynccontextmanager
async def read_beside(order: Order) -> AsyncIterator[Parts]:
    """The rows of the file as a process of its own reads it, which is gone when this is left. Raises `FileRefused`."""
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=AHEAD_BYTES,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
    )
    asking, telling = cast(asyncio.StreamWriter, process.stdin), cast(asyncio.StreamReader, process.stdout)
    try:
        asking.write(framed(order))
        with suppress(ConnectionError):  # it has ended already: no heading comes
            await asking.drain()
        yield await told_by(telling)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        asking.close()
        await process.communicate()  # until the pipe is read to its end, the process has not ended for asyncio


async def told_by(stream: asyncio.StreamReader) -> Parts:
    """The rows as they come from who reads the file; its heading has come. Raises `FileRefused`."""
    first = await _next(stream)
    if not isinstance(first, Heading):
        raise _broken_off()
    return _PartsBeside(first, stream)


class _PartsHere:
    """Of a file that is read here, between the turns of whoever writes."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.form = rows.form
        self.heading = rows.heading

    @property
    def read_permille(self) -> int:
        return self._rows.read_permille

    async def __aiter__(self) -> AsyncIterator[list[Row]]:
        for part in parts_of(self._rows):
            yield part


class _PartsBeside:
    """Of a file that another process reads."""

    def __init__(self, heading: Heading, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self.form = FileForm(
            kind=heading.kind,
            encoding=heading.encoding,
            delimiter=heading.delimiter,
            sheet=heading.sheet,
            sheets=heading.sheets,
        )
        self.heading = heading.titles
        self.read_permille = 0

    async def __aiter__(self) -> AsyncIterator[list[Row]]:
        while not isinstance(said := await _next(self._stream), End):
            if not isinstance(said, Part):
                raise _broken_off()
            self.read_permille = said.read_permille
            yield said.rows


async def _next(stream: asyncio.StreamReader) -> Said:
    try:
        length = int.from_bytes(await stream.readexactly(LENGTH_BYTES), "big")
        said = said_in(await stream.readexactly(length)) if length <= MOST_BYTES else None
    except (asyncio.IncompleteReadError, msgspec.DecodeError) as error:
        raise _broken_off() from error
    if said is None:
        raise _broken_off()
    if isinstance(said, Refused):
        raise FileRefused(said.why, said.text, row=said.row)
    return said


def _broken_off() -> FileRefused:
    return FileRefused("reading_broke_off", "the process that read the file ended before the file did")
