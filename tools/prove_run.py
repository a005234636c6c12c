"""Starts `make run` as a person would, waits until calls talk, asks it whether it is well, presses Ctrl-C, looks what is left.

Runs on the machine's own Python: python3 tools/prove_run.py [seconds to wait for the floor]
"""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ADDRESS = re.compile(r"https?://(?:127\.0\.0\.1|localhost):\d+")
TALKING = "the first call is talking"
CHECKOUT = str(Path(__file__).resolve().parents[1])
STOP_LIMIT_S = 60


def main() -> int:
    """0 when calls were talking, the service answered, and nothing was left behind."""
    limit_s = float(sys.argv[1]) if len(sys.argv) > 1 else 900.0
    before = _running()
    started = time.monotonic()
    process = subprocess.Popen(
        ["make", "run"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(process.pid, signal.SIGKILL))
    signal.alarm(int(limit_s))
    address = _wait_for_address(process)
    if address is None:
        print(f"make run ended with {process.wait()} and no call was talking")
        return 1
    print(f"calls are talking after {time.monotonic() - started:.0f} s at {address}")
    with urllib.request.urlopen(f"{address}/healthz", timeout=10) as answer:  # noqa: S310 - the pattern allows http only
        print(f"/healthz answers {answer.status}")
    os.killpg(process.pid, signal.SIGINT)
    signal.alarm(STOP_LIMIT_S)
    for line in process.stdout or ():
        print(line, end="")
    process.wait()
    left = _running() - before
    print(f"left behind: {sorted(left)}" if left else "nothing is left behind")
    return 1 if left else 0


def _wait_for_address(process: "subprocess.Popen[str]") -> str | None:
    """Where the floor is, once calls are talking; None when it ended before."""
    address = None
    for line in process.stdout or ():
        print(line, end="", flush=True)
        found = ADDRESS.search(line)
        address = address or (found[0] if found else None)
        if TALKING in line:
            return address
    return None


def _running() -> set[tuple[int, str]]:
    """Processes that were started from this checkout: by their folder or by a path in their command line."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            stands = str((folder / "cwd").readlink())
        except OSError:
            continue
        if int(folder.name) != os.getpid() and (CHECKOUT in command or f"{stands}/".startswith(f"{CHECKOUT}/")):
            found.add((int(folder.name), command[:120]))
    return found


if __name__ == "__main__":
    sys.exit(main())
