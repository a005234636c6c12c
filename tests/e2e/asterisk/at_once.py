"""The switch and the phones of a test go before everything else on the machine, as they would on a machine of their own.

What is proven of packets is proven of the switch, not of how many other tests run beside it. Phones and switch take a few
hundredths of a processor, so nobody waits for them. Needs the right to do so (root, CAP_SYS_NICE); without it a talk is as
even as the machine is quiet.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_BEFORE_OTHERS = os.sched_param(1)
_LIKE_OTHERS = os.sched_param(0)


@contextmanager
def at_once(*processes: int) -> Iterator[bool]:
    """Inside the block this thread and all threads of those processes run when they want to; False: they may not."""
    own = os.SCHED_RR | os.SCHED_RESET_ON_FORK  # programs started meanwhile are like others
    try:
        os.sched_setscheduler(0, own, _BEFORE_OTHERS)
    except PermissionError:
        yield False
        return
    _all_threads(processes, os.SCHED_RR, _BEFORE_OTHERS)  # and those they start: a recording has one of its own
    try:
        yield True
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, _LIKE_OTHERS)
        _all_threads(processes, os.SCHED_OTHER, _LIKE_OTHERS)


def _all_threads(processes: tuple[int, ...], policy: int, priority: os.sched_param) -> None:
    for process in processes:
        with suppress(FileNotFoundError):
            for thread in Path(f"/proc/{process}/task").iterdir():
                with suppress(ProcessLookupError):
                    os.sched_setscheduler(int(thread.name), policy, priority)
