"""`make check`: every check of the source that needs no test to run, each told in one line."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PYTHON = [sys.executable, "-m"]
CHECKS: dict[str, list[str]] = {
    "ruff": [*_PYTHON, "ruff", "check", "."],
    "format": [*_PYTHON, "ruff", "format", "--check", "."],
    "mypy": [*_PYTHON, "mypy"],
    "imports": [str(Path(sys.executable).with_name("lint-imports"))],
}
UNREACHABLE = ("ConnectionError", "ServiceError", "Failed to connect", "Max retries", "timed out")


def main() -> int:
    """0 when every check that could be made is clean."""
    failed = [name for name, command in CHECKS.items() if not check(name, command)]
    failed += ["screens"] if not check_screens() else []
    failed += ["pip-audit"] if not check_advisories() else []
    print(f"{len(failed)} checks failed: {', '.join(failed)}" if failed else "all checks are clean")
    return 1 if failed else 0


def check(name: str, command: list[str], folder: Path = ROOT) -> bool:
    """Whether the command ended well; its output is shown only if not."""
    started = time.monotonic()
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    is_clean = done.returncode == 0
    print(f"{'clean' if is_clean else 'NOT CLEAN':9} {name} ({time.monotonic() - started:.1f} s)", flush=True)
    if not is_clean:
        print(done.stdout + done.stderr)
    return is_clean


def check_screens() -> bool:
    """Types of the front end; not done where its packages are not installed."""
    frontend = ROOT / "web" / "frontend"
    npm = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
    if npm is None or not (frontend / "node_modules").is_dir():
        print("not done  screens: `make build` installs what they need")
        return True
    os.environ["PATH"] = f"{os.environ['PATH']}:{Path(sys.executable).parent}"
    return check("screens", [npm, "run", "check", "--silent"], frontend)


def check_advisories() -> bool:
    """Whether no locked package has a known fault; not done where the advisories cannot be reached.

    An advisory can come out over night: where changes are judged (CI), it is told and does not fail the change.
    """
    command = [*_PYTHON, "pip_audit", "--progress-spinner", "off", "--disable-pip", "-r", "requirements.lock"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode == 0:
        print("clean     pip-audit", flush=True)
        return True
    if any(sign in done.stderr for sign in UNREACHABLE):
        print("not done  pip-audit: the advisories cannot be reached from here", flush=True)
        return True
    print(f"NOT CLEAN pip-audit\n{done.stdout}{done.stderr}", flush=True)
    return os.environ.get("CI") == "true"


if __name__ == "__main__":
    sys.exit(main())
