"""Keeps what Python itself does beside the work from standing in a call's way."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

YOUNG_OBJECTS = 50_000
"""So many more objects made than freed, until the collector looks for rings of them: a small floor makes hardly any."""
SWITCH_INTERVAL_S = 0.0005
"""How long a thread of ours (the journal's disk) may keep the interpreter once the loop wants it; the default is 5 ms."""
_LARGE_PAGE = 2 << 20
_COLLAPSE = 25
"""MADV_COLLAPSE of madvise(2), since Linux 6.1."""
_MAPS = Path("/proc/self/maps")


@contextmanager
def loading() -> Iterator[None]:
    """Programs loaded in the block are never searched for garbage, then or later: they make many objects and hardly any rings.

    Searching takes a seventh of a start's time, and where calls are served already, it is a pause of theirs.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def keep_short() -> None:
    """What lives now is never searched for garbage again: a full search of the loaded program took 110 ms, in mid-call.

    To be called when what calls need is loaded and made, and again when all is. Nothing is searched before: that would be the
    pause itself, and the few rings that loading leaves behind cost less than it.
    """
    gc.set_threshold(YOUNG_OBJECTS, 10, 10)
    gc.freeze()
    sys.setswitchinterval(SWITCH_INTERVAL_S)


def lie_together() -> None:
    """What lives now lies in few large pages, as far as the kernel will; where it will not, nothing changes.

    A caller's turn touches some thousand objects, which lie in hundreds of small pages, and between two calls the processor
    forgets where those are: in a virtual machine each costs it up to 24 further reads to find.
    """
    if sys.platform != "linux":
        return
    madvise = ctypes.CDLL(None).madvise
    for begin, end in _own_memory():
        if end - begin >= _LARGE_PAGE:
            madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), _COLLAPSE)


def _own_memory() -> Iterator[tuple[int, int]]:
    """The heap, and what else can be written and is no file."""
    for line in _MAPS.read_text().splitlines():
        addresses, rights, _offset, _device, _inode, *name = line.split(maxsplit=5)
        if rights.startswith("rw") and name in ([], ["[heap]"]):
            begin, _, end = addresses.partition("-")
            yield int(begin, 16), int(end, 16)
