"""BENCHMARKS.md, made of the records and of the pictures in docs/ that are named after a benchmark.

A figure named `figure[subject]` stands in a table of subjects and figures, below those that stand for themselves.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HEAD = """# Benchmarks

Written by `make bench` from `bench/results/*.json`; do not edit. Each table is one run, on the machine named under it; the
baseline was measured in the same run. `make bench ONLY=name` runs one anew. A missed target says **missed**.
"""


_SUBJECT = re.compile(r".+\[.+\]")


def write(results: Path, target: Path, titles: Mapping[str, str]) -> None:
    """The report says what the records of all benchmarks say, those without records by name."""
    parts = [HEAD]
    for name in sorted(titles):
        path = results / f"{name}.json"
        found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        pictures = sorted(path.relative_to(target.parent) for path in (target.parent / "docs").glob(f"{name}_*.svg"))
        parts.append(section(name, titles[name], found, pictures))
    target.write_text("\n".join(parts), encoding="utf-8")


def section(name: str, title: str, found: list[dict[str, Any]], pictures: Sequence[Path] = ()) -> str:
    """One benchmark: what it is, its figures, its pictures, where and when."""
    text = f"## {name}\n\n{title}\n\n"
    if not found:
        return text + f"Not run yet here: `make bench ONLY={name}`.\n"
    text += "| figure | value | target | baseline | ratio | |\n|---|---:|---:|---:|---:|---|\n"
    plain = [record for record in found if not _SUBJECT.fullmatch(record["name"])]
    for record in plain:
        cells = [_number(record[key]) for key in ("target", "baseline", "ratio")]
        text += f"| {record['name']} | {_number(record['value'])} {record['unit']} | {' | '.join(cells)} | {_verdict(record)} |\n"
    failed = [record["name"] for record in found if record["ok"] is False]
    if failed:
        text += f"\nMissed: {', '.join(failed)}.\n"
    text += _by_subject([record for record in found if record not in plain])
    text += "".join(f"\n![{picture.stem.replace('_', ' ')}]({picture.as_posix()})\n" for picture in pictures)
    last = found[-1]
    versions = ", ".join(f"{what} {which}" for what, which in sorted(last["versions"].items()))
    return text + f"\n{last['machine']}; {versions}; {last['at']}; `{last['command']}`\n"


def _by_subject(found: Sequence[Mapping[str, Any]]) -> str:
    """A table for all subjects that have the same figures."""
    subjects: dict[str, dict[str, str]] = {}
    for record in found:
        figure, subject = str(record["name"])[:-1].split("[", 1)
        subjects.setdefault(subject, {})[figure] = _number(record["value"])
    tables: dict[tuple[str, ...], list[str]] = {}
    for subject, figures in subjects.items():
        tables.setdefault(tuple(figures), []).append(f"| {subject} | {' | '.join(figures.values())} |\n")
    heads = {figures: f"\n| | {' | '.join(figures)} |\n|---|{'---:|' * len(figures)}\n" for figures in tables}
    return "".join(heads[figures] + "".join(rows) for figures, rows in tables.items())


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
