"""The live calls as a table, with the queues above them."""

from collections.abc import Iterator
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from fernamt.cli.live import Board
from fernamt.cli.showing import local_time
from monitor.rows import CallRow


def call_rows(board: Board) -> list[dict[str, Any]]:
    """The live calls with the names of their projects and agents, the longest first."""
    return [
        {
            "call_id": row.call_id,
            "phase": row.phase.value,
            "phase_seconds": _seconds(board, row.since_at),
            "project_id": row.project_id,
            "project": board.queues[row.project_id].project if row.project_id in board.queues else None,
            "agent_id": row.agent_id,
            "agent": board.agents[row.agent_id].name if row.agent_id in board.agents else None,
            "colleague": board.agents[row.colleague_id].name if row.colleague_id in board.agents else None,
            "outside": row.outside_masked,
            "parked_at": row.slot,
            "is_callback": row.is_callback,
            "rests_until_at": row.rests_until_at,
            "caller": row.masked,
            "offered_at": row.offered_at,
            "offers": row.offers,
        }
        for row in sorted(board.calls.values(), key=_age)
    ]


def board_table(board: Board) -> Group:
    """Queues and calls for a terminal."""
    return Group(*_parts(board))


def _parts(board: Board) -> Iterator[Table | Text]:
    queues = Table("project", "waiting", "longest s", "available", "talking", box=None, pad_edge=False, header_style="bold")
    for queue in sorted(board.queues.values(), key=lambda row: row.project):
        oldest = "" if queue.oldest_waiting_at is None else f"{_seconds(board, queue.oldest_waiting_at):.0f}"
        counts = (str(queue.agents.get(state, 0)) for state in ("available", "talking"))
        queues.add_row(queue.project, str(queue.waiting), oldest, *counts)
    yield queues
    yield Text()
    calls = Table("call", "phase", "s", "project", "with", "caller", "offers", box=None, pad_edge=False, header_style="bold")
    for row in call_rows(board):
        seconds = f"{row['phase_seconds']:.0f}"
        whom = " + ".join(name for name in (row["agent"], row["colleague"], row["outside"]) if name is not None)
        names = (row["project"] or "", whom, row["caller"] or "withheld")
        phase = row["phase"] if not row["is_callback"] else "resting" if row["rests_until_at"] else f"callback, {row['phase']}"
        calls.add_row(row["call_id"], phase, seconds, *names, str(row["offers"]))
    yield calls
    yield Text(f"\n{len(board.calls)} calls at {local_time(board.as_of_at)}; Ctrl-C ends", style="dim")


def _seconds(board: Board, since_at: int) -> float:
    return max(board.as_of_at - since_at, 0) / 1_000_000


def _age(row: CallRow) -> tuple[int, str]:
    return row.offered_at, row.call_id
