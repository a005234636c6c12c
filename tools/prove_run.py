"""Starts `make run` as a person would, waits for its address, asks it whether it is well, presses Ctrl-C, looks what is left.

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
LEFT_BEHIND = ("asterisk", "baresip", "sipp", "fernamt")
STOP_LIMIT_S = 30


def main() -> int:
    """0 when the floor came up, answered, and left nothing behind."""
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
        print(f"make run ended with {process.wait()} and never told an address")
        return 1
    print(f"the floor is there after {time.monotonic() - started:.0f} s at {address}")
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
    for line in process.stdout or ():
        print(line, end="", flush=True)
        found = ADDRESS.search(line)
        if found:
            return found[0]
    return None


def _running() -> set[tuple[int, str]]:
    """Processes of the programs that the demo starts."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if int(folder.name) != os.getpid() and any(word in command for word in LEFT_BEHIND):
            found.add((int(folder.name), command[:80]))
    return found


if __name__ == "__main__":
    sys.exit(main())
