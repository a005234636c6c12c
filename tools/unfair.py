"""Runs the tests on a machine that shares its processors unfairly: what depends on who comes first comes out otherwise.

Endless loops keep every processor busy. Of all threads that the tests start (of Asterisk, phones, service, browser), some get
only what the loops leave over, which is almost nothing (SCHED_IDLE). Which ones is drawn anew every few milliseconds: any thread
may stand still between any two of its instructions. A seed repeats what is drawn, not what the kernel makes of it.

python -m tools.unfair [--seed S] [--share 0.15] [-- arguments of pytest]
"""

import argparse
import ctypes
import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROC = Path("/proc")
FLOORS = ("tests/e2e", "--ignore=tests/e2e/test_soak.py", "-q", "-n", "2", "--dist", "loadscope")
DRAWN_EVERY_S = (0.005, 0.05)
LOOKED_FOR_EVERY_S = 1.0
"""New processes and threads are found that late: to walk through all of them costs a few milliseconds."""
ADOPTS_ORPHANS = 36
"""PR_SET_CHILD_SUBREAPER of prctl(2): who left their parent, as a daemon does, are still found below us."""


def main() -> int:
    """The exit code of the tests."""
    parser = argparse.ArgumentParser(prog="unfair")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--share", type=float, default=0.15, help="of the threads, that hardly run at a time")
    parser.add_argument("tests", nargs="*", default=FLOORS)
    asked = parser.parse_args()
    print(f"seed {asked.seed}, share {asked.share}", flush=True)
    return run_unfairly([sys.executable, "-m", "pytest", *asked.tests], random.Random(asked.seed), asked.share)  # noqa: S311 - no secret


def run_unfairly(command: Sequence[str], draw: random.Random, share: float) -> int:
    """Runs the command; of its threads, and of all it starts, a share hardly runs at a time. Returns its exit code."""
    if ctypes.CDLL(None, use_errno=True).prctl(ADOPTS_ORPHANS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot adopt orphans; way out: a Linux kernel of 3.4 or later")
    with _busy_processors() as loops, subprocess.Popen(command, cwd=ROOT) as tests:
        hardly_running: set[int] = set()
        threads: list[int] = []
        looked_at = float("-inf")
        while (exit_code := _ended(tests.pid)) is None:
            if time.monotonic() - looked_at > LOOKED_FOR_EVERY_S:
                looked_at, threads = time.monotonic(), list(threads_below(os.getpid(), without={*loops, tests.pid}))
                hardly_running.intersection_update(threads)
            for thread in threads:
                if (draw.random() < share) != (thread in hardly_running):
                    _turn(thread, hardly_running)
            time.sleep(draw.uniform(*DRAWN_EVERY_S))
        tests.returncode = exit_code
    return exit_code


@contextmanager
def _busy_processors() -> Iterator[frozenset[int]]:
    loops = [subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"]) for _ in os.sched_getaffinity(0)]
    try:
        yield frozenset(loop.pid for loop in loops)
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def _ended(awaited: int) -> int | None:
    """Takes leave of every process of ours that ended, adopted ones too; the exit code of this one if it is among them."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return None
        if pid == 0:
            return None
        if pid == awaited:
            return os.waitstatus_to_exitcode(status)


def threads_below(root: int, *, without: set[int]) -> Iterator[int]:
    """The ids of the threads of all processes below this one, but for these processes (what is below those counts)."""
    children = _children_of_all()
    below = list(children[root])
    for pid in below:
        below += children[pid]
        if pid not in without:
            with suppress(OSError):
                yield from (int(thread.name) for thread in (PROC / str(pid) / "task").iterdir())


def _children_of_all() -> defaultdict[int, list[int]]:
    """The processes by their parent, as proc(5) tells them: the second field behind the name, which may hold brackets itself."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for stat in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]
            children[int(parent)].append(int(stat.parent.name))
    return children


def _turn(thread: int, hardly_running: set[int]) -> None:
    """Lets the thread hardly run, or run as others do. One that is gone meanwhile is left out."""
    policy = os.SCHED_OTHER if thread in hardly_running else os.SCHED_IDLE
    with suppress(OSError):
        os.sched_setscheduler(thread, policy, os.sched_param(0))
        hardly_running.symmetric_difference_update([thread])


if __name__ == "__main__":
    sys.exit(main())
