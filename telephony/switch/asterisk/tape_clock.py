"""How far a segment's files are behind the time it ran, as the files themselves show.

A snoop is read at each tick of its timer, and of the ticks that a switch comes to too late all but one are lost: the timer tells
how many there were, and is told that one was meant (res_timing_timerfd.c). So a switch that stood still for 400 ms writes 380 ms
less. What was said then is not lost at once: it waits in the snoop, and goes to the file a little later, where it belongs in the
time of the talk. But the file's end comes that much too early, and what waits there then is on no file. Where more waits than a
snoop keeps, all of it is thrown away, and a piece of the middle is missing.

Asterisk writes in steps, and the file's own time says when: what it held then is compared with how long the segment had run.
"""

import time

from telephony.segments import BYTES_A_MS
from telephony.switch.asterisk.tape import Take

HOLE_MS = 450
"""A snoop keeps half a second, less the packets that wait there anyway: past this, a piece of the middle may be missing."""
NOTED_MS = 60
"""A tick at either end and a packet under way: files that miss nothing are so much shorter at the most."""


class TapeClock:
    """The time of one segment's files against ours, from the proof of its start on."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._sizes = take.sizes()
        self._began_s = time.time()
        self._apart_s = self._began_s - time.monotonic()
        written = [file.stat().st_mtime for file in take.files() if file.exists()]
        self._ahead_s = max(0.0, *(each - self._began_s for each in written)) if written else 0.0
        """The clock of a file system elsewhere is ahead of ours by so much: files are not written in the future."""

    def missing_ms(self, until_s: float | None = None) -> int:
        """What the files lacked at least when they were written last, of the time up to `until_s` (seconds since the epoch).

        What earlier lives of ours have missed of it is not known, and not in it; nor is what our clock was put forward by.
        """
        put_forward_s = max(0.0, time.time() - time.monotonic() - self._apart_s)
        missing_ms = 0
        for file, before in zip(self._take.files(), self._sizes, strict=True):
            try:
                found = file.stat()
            except OSError:
                continue
            written_s = found.st_mtime - self._ahead_s
            written_s = written_s if until_s is None else min(written_s, until_s)
            ran_ms = (written_s - self._began_s - put_forward_s) * 1_000
            missing_ms = max(missing_ms, int(ran_ms - (found.st_size - before) / BYTES_A_MS))
        return missing_ms if missing_ms >= NOTED_MS else 0
