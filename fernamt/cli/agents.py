"""`fernamt agents`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from fernamt.centre.agents_csv import read_agents
from fernamt.centre.applying import Outcome, apply
from fernamt.centre.records import values_of_agent
from fernamt.cli import editing
from fernamt.cli.agent_address import address
from fernamt.cli.forced import confirm_pause
from fernamt.cli.options import DryRun, Json, Values
from fernamt.cli.phone_account import phone
from fernamt.cli.showing import note, show_rows
from fernamt.cli.statement import statement
from fernamt.cli.why import why
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from store.directory import DirectoryStore
from telephony.identifiers import AgentId

Name = Annotated[str, typer.Argument(metavar="AGENT_ID", help="Small letters, digits, '.', '_', '-'.")]
File = Annotated[Path, typer.Argument(metavar="FILE.csv", help="UTF-8; the first line names the columns.")]
SECTION = "agents"
COLUMNS = ("agent_id", "name", "level", "certificates", "level_by_project", "endpoint_id", "team", "mailbox", "is_active")


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(show)
    app.command("add")(add)
    app.command("set")(change)
    app.command("import")(take)
    app.command("phone")(phone)
    app.command("address")(address)
    app.command("why")(why)
    app.command("statement")(statement)
    app.command("confirm-pause")(confirm_pause)


def show(as_json: Json = False) -> None:
    """List the agents."""
    show_rows(COLUMNS, run(_rows()), is_json=as_json)


def add(name: Name, values: Values) -> None:
    """Add an agent: `fernamt agents add anna name="Anna Petersen" level=3 certificates=service,sales`."""
    editing.carry_out(editing.add, SECTION, name, values, _known)


def change(name: Name, values: Values) -> None:
    """Change an agent: `fernamt agents set anna level=2`, or `is_active=false` for one who left."""
    editing.carry_out(editing.change, SECTION, name, values, _known)


def take(file: File, is_dry_run: DryRun = False, as_json: Json = False) -> None:
    """Add and change many agents from a CSV file: all of them, or, with any fault, none.

    Columns: agent_id, name, level, and if wanted certificates, level_by_project, endpoint_id, blocked_clients, skills, languages,
    team, mailbox, phone_answers, keeps_line, is_active. Several values in one field are parted by spaces; level_by_project is
    written project=level, skills and languages skill=grade. Of an agent who exists already, columns that the file does not have
    stay as they are. --dry-run shows what would change.
    """
    outcome = run(_take(file, is_dry_run))
    show_rows(("what", "id", "how", "details"), outcome.rows(), is_json=as_json)
    note(outcome.told())


async def _rows() -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        return [values_of_agent(agent) for agent in await database.directory.agents()]


async def _known(directory: DirectoryStore, name: str) -> dict[str, Any] | None:
    agent = await directory.agent(AgentId(name))
    return None if agent is None else values_of_agent(agent)


async def _take(file: Path, is_dry_run: bool) -> Outcome:
    async with opened(settings()) as database:
        known = {agent.agent_id: values_of_agent(agent) for agent in await database.directory.agents()}
        return await apply(database.directory, read_agents(file, known), is_dry_run=is_dry_run)
