"""The table of docs/recording.md that says of each module of the rules how many small changes of it a test notices.

Between `<!-- mutants -->` and `<!-- end of mutants -->` stands what `python -m tools.mutants` writes. Rows of modules that were
not tried stay as they are.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parents[1] / "docs/recording.md"
_MARKED = re.compile(r"(<!-- mutants -->\n)(.*?)(<!-- end of mutants -->)", re.DOTALL)
_ROW = re.compile(r"^\| `(?P<module>[\w.]+)` \| (?P<changes>\d+) \| (?P<noticed>\d+) \| (?P<equal>\d+) \|", re.MULTILINE)
_HEAD = "| module | changes | noticed | change nothing | noticed of those that change something |\n|---|---:|---:|---:|---:|\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One module: how many changes were tried, how many a test noticed, and how many cannot be noticed, with a reason."""

    changes: int
    noticed: int
    equal: int

    @property
    def share(self) -> float:
        """The noticed ones of those that change something."""
        real = self.changes - self.equal
        return self.noticed / real if real else 1.0


def row_of(is_noticed: Mapping[str, bool], reasons: Mapping[str, str]) -> Row:
    """What became of a module's changes: a change with a reason that was noticed all the same is a change like any."""
    equal = sum(not noticed and change in reasons for change, noticed in is_noticed.items())
    return Row(changes=len(is_noticed), noticed=sum(is_noticed.values()), equal=equal)


def rows_in(text: str) -> dict[str, Row]:
    """The rows that stand there."""
    marked = _MARKED.search(text)
    told = "" if marked is None else marked[2]
    return {
        found["module"]: Row(changes=int(found["changes"]), noticed=int(found["noticed"]), equal=int(found["equal"]))
        for found in _ROW.finditer(told)
    }


def written(text: str, rows: Mapping[str, Row], order: Sequence[str]) -> str:
    """The text with these rows in place of their modules' old ones; modules that are no targets any more are left out."""
    known = {**rows_in(text), **rows}
    lines = "".join(_line(f"`{module}`", known[module]) for module in order if module in known)
    whole = [known[module] for module in order if module in known]
    total = Row(
        changes=sum(each.changes for each in whole),
        noticed=sum(each.noticed for each in whole),
        equal=sum(each.equal for each in whole),
    )
    return _MARKED.sub(lambda found: f"{found[1]}{_HEAD}{lines}{_line('all', total)}{found[3]}", text)


def _line(name: str, row: Row) -> str:
    return f"| {name} | {row.changes} | {row.noticed} | {row.equal} | {row.share:.1%} |\n"
