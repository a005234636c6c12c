"""Keeps what Python itself does beside the work from standing in a call's way."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG_OBJECTS = 50_000
"""So many more objects made than freed, until the collector looks for rings of them: a small floor makes hardly any."""
SWITCH_INTERVAL_S = 0.0005
"""How long a thread of ours (the journal's disk) may keep the interpreter once the loop wants it; the default is 5 ms."""


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
