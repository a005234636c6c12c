"""`python -m bench [NAME …]`: all benchmarks, or those named. `--list` names them."""

import argparse
import json
import sys
from pathlib import Path

from bench import records, runner


def main() -> int:
    """Returns the exit code: 0 met, 1 missed or broken, 2 wrongly asked, 3 something needed is not here."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Runs benchmarks and writes BENCHMARKS.md.")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="name the benchmarks and do nothing")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=float, help="how long a soak lasts")
    parser.add_argument("--rate", type=float, help="calls a second in a soak")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="what a soak's service keeps its journal in")
    given = parser.parse_args()
    options = {name: value for name in ("minutes", "rate", "database") if (value := getattr(given, name)) is not None}
    if given.list:
        print("\n".join(runner.names()))
        return 0
    if given.into is None:
        return runner.run_all(given.names, options)
    try:
        found = runner.run_one(given.names[0], options)
    except records.BenchImpossible as lack:
        print(f"{given.names[0]} cannot run here: {lack}", file=sys.stderr)
        return runner.IMPOSSIBLE
    given.into.write_text(json.dumps(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
