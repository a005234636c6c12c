"""BENCHMARKS.md, made of the records and of nothing else."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HEAD = """# Benchmarks

Written by `make bench` from `bench/results/*.json`; do not edit. Each table is one run, on the machine named under it; the
baseline was measured in the same run. `make bench ONLY=name` runs one anew. A missed target says **missed**.
"""


def write(results: Path, target: Path, titles: Mapping[str, str]) -> None:
    """The report says what the records of all benchmarks say, those without records by name."""
    parts = [HEAD]
    for name in sorted(titles):
        path = results / f"{name}.json"
        found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        parts.append(section(name, titles[name], found))
    target.write_text("\n".join(parts), encoding="utf-8")


def section(name: str, title: str, found: list[dict[str, Any]]) -> str:
    """One benchmark: what it is, its figures, where and when."""
    text = f"## {name}\n\n{title}\n\n"
    if not found:
        return text + f"Not run yet here: `make bench ONLY={name}`.\n"
    text += "| figure | value | target | baseline | ratio | |\n|---|---:|---:|---:|---:|---|\n"
    for record in found:
        cells = [_number(record[key]) for key in ("target", "baseline", "ratio")]
        text += f"| {record['name']} | {_number(record['value'])} {record['unit']} | {' | '.join(cells)} | {_verdict(record)} |\n"
    failed = [record["name"] for record in found if record["ok"] is False]
    if failed:
        text += f"\nMissed: {', '.join(failed)}.\n"
    last = found[-1]
    versions = ", ".join(f"{what} {which}" for what, which in sorted(last["versions"].items()))
    return text + f"\n{last['machine']}; {versions}; {last['at']}; `{last['command']}`\n"


def line(record: Mapping[str, Any]) -> str:
    """One figure for the terminal."""
    aim = "" if record["target"] is None else f", target {_number(record['target'])}"
    return f"{record['name']}: {_number(record['value'])} {record['unit']}{aim} {_verdict(record)}".rstrip()


def _verdict(record: Mapping[str, Any]) -> str:
    if record["ok"] is None:
        return ""
    return "met" if record["ok"] else "**missed**"


def _number(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
