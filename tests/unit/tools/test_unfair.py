"""What the tests start is found wherever it went, hardly runs at times, and its end is told as it was."""

import os
import subprocess
import sys
from pathlib import Path

from tools.unfair import threads_below

A_DAEMON_THAT_SEES_ITSELF_STARVED = """
import os, sys, time
if os.fork():
    while not os.path.exists(sys.argv[1]):
        time.sleep(0.01)
    sys.exit(7)
os.setsid()
if os.fork():
    os._exit(0)
seen = set()
while seen != {os.SCHED_IDLE, os.SCHED_OTHER}:
    seen.add(os.sched_getscheduler(0))
open(sys.argv[1], "x").close()
"""
RUN = "import random, sys; from tools.unfair import run_unfairly; sys.exit(run_unfairly(sys.argv[1:], random.Random(1), 0.5))"


def test_a_daemon_of_the_tests_hardly_runs_at_times_and_the_exit_code_is_that_of_the_tests(tmp_path: Path) -> None:
    command = [sys.executable, "-c", A_DAEMON_THAT_SEES_ITSELF_STARVED, str(tmp_path / "seen")]
    unfair = subprocess.run([sys.executable, "-c", RUN, *command], timeout=60, check=False)
    assert unfair.returncode == 7
    assert (tmp_path / "seen").exists()


def test_what_is_left_out_is_not_touched_and_what_is_below_it_is() -> None:
    with subprocess.Popen(["/bin/sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE, text=True) as shell:
        assert shell.stdout is not None
        sleeper = int(shell.stdout.readline())
        try:
            assert {shell.pid, sleeper} <= set(threads_below(os.getpid(), without=set()))
            found = set(threads_below(os.getpid(), without={shell.pid}))
            assert sleeper in found
            assert shell.pid not in found
        finally:
            os.kill(sleeper, 9)
            shell.wait()
