"""`fernamt attendance`."""

import csv
import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from fernamt import parts
from fernamt.attendance import attendance
from fernamt.cli.exits import CliError, Exit
from fernamt.cli.options import Json
from fernamt.cli.period import From, To, moment
from fernamt.cli.showing import show_json, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.shifts import ShiftStore
from telephony.identifiers import AgentId, Instant

Agents = Annotated[list[str] | None, typer.Option("--agent", help="Only this agent; may be given more than once.")]
COLUMNS = (
    *("agent_id", "shifts", "planned", "kept", "late", "left_early", "away", "paused", "unreachable", "missed"),
    *("down", "excused", "outside", "kept_percent"),
)
PAGE_ROWS = 4_000
MS_AN_HOUR = 3_600_000


class Form(StrEnum):
    """How the figures are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


Format = Annotated[Form, typer.Option("--format", help="Tables are in hours, files in milliseconds.")]


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.info.no_args_is_help = False
    app.command(no_args_is_help=True)(show)


def show(from_: From, to: To, agent: Agents = None, form: Format = Form.TABLE, as_json: Json = False) -> None:
    """What became of planned time, agent by agent: kept, late, left early, away, paused, unreachable, missed; and time outside.

    Every planned second is counted once. Excused time is no planned time; while the service was down, time counts as kept.
    """
    from_at, to_at = moment("--from", from_), moment("--to", to)
    if to_at <= from_at:
        raise CliError(f"--to {to} is not after --from {from_}", way_out="give the later moment as --to", code=Exit.USAGE)
    rows = run(_rows(from_at, to_at, None if agent is None else [AgentId(each) for each in agent]))
    if as_json or form is Form.JSON:
        show_json(rows)
    elif form is Form.CSV:
        writer = csv.DictWriter(sys.stdout, fieldnames=list(_row(AgentId(""), {})), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    else:
        show_rows(COLUMNS, [_in_hours(row) for row in rows], is_json=False)


async def _rows(from_at: Instant, to_at: Instant, agents: list[AgentId] | None) -> list[dict[str, Any]]:
    chosen = settings()
    async with opened(chosen) as database:
        found = await attendance(
            JournalReader(database.engine, JournalCodec(), page_rows=PAGE_ROWS),
            ShiftStore(database.engine),
            parts.agent_rules(chosen),
            from_at=from_at,
            to_at=to_at,
            agent_ids=agents,
        )
    return [_row(agent_id, figures.in_ms()) for agent_id, figures in found.items()]


def _row(agent_id: AgentId, figures: dict[str, int]) -> dict[str, Any]:
    names = ("shifts", *(f"{name}_ms" for name in COLUMNS[2:-1]))
    return {"agent_id": agent_id, **{name: figures.get(name, 0) for name in names}}


def _in_hours(row: dict[str, Any]) -> dict[str, Any]:
    hours = {name.removesuffix("_ms"): f"{value / MS_AN_HOUR:.2f}" for name, value in row.items() if name.endswith("_ms")}
    planned = row["planned_ms"]
    percent = f"{100 * row['kept_ms'] / planned:.1f}" if planned else ""
    return {"agent_id": row["agent_id"], "shifts": row["shifts"], **hours, "kept_percent": percent}
