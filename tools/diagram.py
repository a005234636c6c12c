"""Draws the state diagrams of ARCHITECTURE.md from the tables the machines run by: `make diagram`.

Between `<!-- diagram: NAME -->` and `<!-- end of diagram -->` stands what this writes; a test compares it with the tables.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from telephony.agent.transitions import TRANSITIONS as AGENT
from telephony.call.transitions import TRANSITIONS as CALL

FILE = Path(__file__).parents[1] / "ARCHITECTURE.md"
TABLES: Mapping[str, Mapping[tuple[Any, Any], Any]] = {"call": CALL, "agent": AGENT}
# What no single fact leads to: a call settles when the leg it waited for is gone (telephony/call/endings.py).
BEYOND = {"call": [("returning", "queued", "agent's leg gone"), ("ending", "ended", "last leg gone")], "agent": []}
FIRST_AND_LAST = {"call": ("offered", "ended"), "agent": ("logged_out", None)}
MANY = 8
"""What happens in so many states is told once for all of them."""
_MARKED = re.compile(r"(<!-- diagram: (\w+) -->\n).*?(<!-- end of diagram -->)", re.DOTALL)


def main() -> int:
    """ARCHITECTURE.md holds the diagrams of today's tables."""
    text = FILE.read_text(encoding="utf-8")
    drawn = redrawn(text)
    if drawn != text:
        FILE.write_text(drawn, encoding="utf-8")
    print(f"{FILE.name}: {'drawn anew' if drawn != text else 'is current'}")
    return 0


def redrawn(text: str) -> str:
    """The text with every marked diagram drawn from its table."""
    return _MARKED.sub(lambda found: f"{found[1]}{diagram(found[2])}{found[3]}", text)


def diagram(name: str) -> str:
    """The diagram of one machine, and what happens in a state without leaving it."""
    return "\n".join(["```mermaid", "stateDiagram-v2", *_arrows(name), "```", "", *_in_place(name), ""])


def _arrows(name: str) -> Iterator[str]:
    first, last = FIRST_AND_LAST[name]
    yield f"    [*] --> {first}"
    labels: dict[tuple[str, str], list[str]] = {}
    for (state, fact), rule in TABLES[name].items():
        for to in (rule.to, *getattr(rule, "or_to", ())):
            if to != state:
                labels.setdefault((str(state), str(to)), []).append(_word(fact))
    for here, there, label in BEYOND[name]:
        labels.setdefault((here, there), []).append(label)
    for (here, there), facts in labels.items():
        yield f"    {here} --> {there}: {', '.join(facts)}"
    if last is not None:
        yield f"    {last} --> [*]"


def _in_place(name: str) -> Iterator[str]:
    yield "| in state | happens without leaving it |"
    yield "|---|---|"
    where: dict[str, list[str]] = {}
    for (state, fact), rule in TABLES[name].items():
        if rule.to == state:
            where.setdefault(_word(fact), []).append(str(state))
    rows: dict[tuple[str, ...], list[str]] = {}
    for fact, states in where.items():
        for row in [tuple(states)] if len(states) >= MANY else [(state,) for state in states]:
            rows.setdefault(row, []).append(fact)
    for row, facts in sorted(rows.items(), key=lambda each: len(each[0])):
        yield f"| {', '.join(row)} | {', '.join(facts)} |"


def _word(fact: StrEnum | type) -> str:
    """The fact's name in words."""
    if isinstance(fact, StrEnum):
        return fact.value.replace("_", " ")
    return re.sub(r"(?<!^)(?=[A-Z])", " ", fact.__name__).lower()


if __name__ == "__main__":
    sys.exit(main())
