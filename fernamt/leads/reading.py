"""Reads one file in a process of its own: `python -m fernamt.leads.reading`. What is to be read comes on standard input, so that
nobody finds the file's key among the running programs; the rows go to standard output, as fast as they are taken.

Standard input stays open while somebody wants the rows: whoever dies or cancels closes it, and this process is gone at once,
whatever it is at.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from fernamt.leads.files import FileRefused, Rows, opened_rows
from fernamt.leads.frames import LENGTH_BYTES, End, Heading, Order, Part, Refused, Row, framed, order_in
from fernamt.leads.memory import bound_memory
from fernamt.leads.sealed import opened_by

ROWS_AT_ONCE = 250
LETTERS_AT_ONCE = 256 * 1024
"""A part of long rows has fewer."""
_STDIN, _STDOUT, _STDERR = 0, 1, 2


def tell(order: Order, said: Callable[[bytes], object]) -> None:
    """The whole file was said: its heading, its rows, its end; or why it cannot be read."""
    source = partial(opened_by, Path(os.fsdecode(order.path)), order.key)
    try:
        with opened_rows(source, file_name=order.file_name, sheet=order.sheet) as rows:
            said(framed(_heading_of(rows)))
            for part in parts_of(rows):
                said(framed(Part(part, rows.read_permille)))
            last = framed(End())
    except FileRefused as error:
        last = framed(Refused(error.why, str(error), error.row))
    except FileNotFoundError:
        last = framed(Refused("file_gone", "the file is gone", 0))
    except MemoryError:
        last = framed(Refused("too_much_memory", "the file needs too much memory", 0))
    said(last)


def parts_of(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in parts of bounded size."""
    waiting, part, letters = iter(rows), list[Row](), 0
    for row in waiting:
        part.append(row)
        letters += sum(map(len, row[1]))
        if len(part) >= ROWS_AT_ONCE or letters >= LETTERS_AT_ONCE:
            yield part
            part, letters = [], 0
    if part:
        yield part


def _heading_of(rows: Rows) -> Heading:
    form = rows.form
    return Heading(form.kind, form.encoding, form.delimiter, form.sheet, form.sheets, list(rows.heading))


def main() -> None:
    """This process has read the file it was told of, and ends."""
    for ended_by in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ended_by, signal.SIG_IGN)  # whoever asked for the rows hears it too, and ends this
    bound_memory()
    order = _order()
    threading.Thread(target=_end_with_the_asker, daemon=True).start()
    with os.fdopen(os.dup(_STDOUT), "wb", buffering=0) as out:
        os.dup2(_STDERR, _STDOUT)  # whatever else is printed is no row
        tell(order, partial(_written, out.fileno()))


def _order() -> Order:
    length = int.from_bytes(_exactly(LENGTH_BYTES), "big")
    return order_in(_exactly(length))


def _exactly(count: int) -> bytes:
    found = b""
    while len(found) < count:
        piece = os.read(_STDIN, count - len(found))
        if not piece:
            os._exit(1)  # nobody wants it any more
        found += piece
    return found


def _end_with_the_asker() -> None:
    os.read(_STDIN, 1)  # nothing is said there any more: it is closed
    os._exit(1)


def _written(into: int, message: bytes) -> None:
    waiting = memoryview(message)
    while waiting:
        try:
            waiting = waiting[os.write(into, waiting) :]
        except BrokenPipeError:
            os._exit(1)


if __name__ == "__main__":
    main()
