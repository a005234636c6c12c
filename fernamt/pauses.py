"""Keeps what Python itself does beside the work from standing in a call's way."""

import gc
import sys

YOUNG_OBJECTS = 50_000
"""So many more objects made than freed, until the collector looks for rings of them: a small floor makes hardly any."""
SWITCH_INTERVAL_S = 0.0005
"""How long a thread of ours (the journal's disk) may keep the interpreter once the loop wants it; the default is 5 ms."""


def keep_short() -> None:
    """What lives now is never searched for garbage again: a full search of the loaded program took 110 ms, in mid-call.

    To be called once, when everything is loaded and made.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 10, 10)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
