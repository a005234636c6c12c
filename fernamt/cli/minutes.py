"""`fernamt minutes`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.period import ZONE, From, To, moment
from fernamt.cli.showing import note
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from metering.export import ExportFormat, export
from metering.export_columns import Audience
from telephony.identifiers import AgentId, ClientId, Instant, ProjectId

Client = Annotated[str | None, typer.Option("--client", help="Only of this client.")]
Project = Annotated[str | None, typer.Option("--project", help="Only of this project.")]
Agent = Annotated[str | None, typer.Option("--agent", help="Only of this agent.")]
Team = Annotated[str | None, typer.Option("--team", help="Only of agents who are in this team now.")]
Form = Annotated[ExportFormat, typer.Option("--format", help="json is one object a line.")]
For = Annotated[
    Audience,
    typer.Option(
        "--for", help="Who reads the file: a client sees no agents and no pay, an agent no bill, a team leader neither."
    ),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write; without it standard output.")]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.callback()(_group)
    app.command("export")(export_minutes)


def _group() -> None:
    """Metered minutes, as derived from the journal."""


def export_minutes(
    from_: From,
    to: To,
    *,
    client: Client = None,
    project: Project = None,
    agent: Agent = None,
    team: Team = None,
    form: Form = ExportFormat.CSV,
    audience: For = Audience.CENTRE,
    output: Output = None,
) -> None:
    """Export the minute lines of calls that came in from the first moment up to, not with, the second one.

    A date alone is its midnight in Europe/Berlin. Lines are there as soon as `fernamt worker` has derived them. The file has all
    columns; with --for client, agent or team only those that they may see, and only lines of the one named. A client gets no
    lines of agents who were asked and did not talk.
    """
    from_at, to_at = moment("--from", from_), moment("--to", to)
    if to_at <= from_at:
        raise CliError(f"--to {to} is not after --from {from_}", way_out="give the later moment as --to", code=Exit.USAGE)
    _check_audience(audience, client, agent, team)
    if form is ExportFormat.PARQUET and output is None and sys.stdout.isatty():
        raise CliError("Parquet is no text for a terminal", way_out="name a file with --output", code=Exit.USAGE)
    run(_export(from_at, to_at, (client, project, agent, team), (form, audience), output))
    if output is not None:
        note(f"{output}: {output.stat().st_size} bytes")


async def _export(
    from_at: Instant,
    to_at: Instant,
    only: tuple[str | None, str | None, str | None, str | None],
    shape: tuple[ExportFormat, Audience],
    output: Path | None,
) -> None:
    client, project, agent, team = only
    form, audience = shape
    async with opened(settings()) as database:
        if client is not None and client not in {listed.item.client_id for listed in await database.directory.clients()}:
            raise not_found("client", client, list_with="fernamt clients list")
        members = None
        if team is not None:
            members = [each.agent_id for each in await database.directory.agents() if each.team == team]
            if not members:
                raise not_found("team", team, list_with="fernamt teams list")
        lines = database.minutes.lines(
            from_at,
            to_at,
            client_id=ClientId(client) if client is not None else None,
            project_id=ProjectId(project) if project is not None else None,
            agent_id=AgentId(agent) if agent is not None else None,
            agent_ids=members,
        )
        if output is None:
            await export(lines, form, sys.stdout.buffer, ZONE, audience=audience)
            sys.stdout.flush()
            return
        beside = output.with_name(f".{output.name}.part")
        try:
            with beside.open("wb") as file:
                await export(lines, form, file, ZONE, audience=audience)
            beside.replace(output)
        finally:
            beside.unlink(missing_ok=True)


def _check_audience(audience: Audience, client: str | None, agent: str | None, team: str | None) -> None:
    """A file for one client, agent or team leader has nobody else's lines in it."""
    named = {Audience.CENTRE: "all", Audience.CLIENT: client, Audience.AGENT: agent, Audience.TEAM: team}[audience]
    if named is None:
        way_out = f"name them: --{audience.value} ID"
        raise CliError(f"--for {audience.value} would show them the lines of others", way_out=way_out, code=Exit.USAGE)
