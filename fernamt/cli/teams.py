"""`fernamt teams`."""

from typing import Annotated, Any

import typer

from fernamt.centre.records import values_of_team
from fernamt.cli import editing
from fernamt.cli.options import Json, Values
from fernamt.cli.showing import show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from store.directory import DirectoryStore

Name = Annotated[str, typer.Argument(metavar="TEAM_ID", help="Small letters, digits, '.', '_', '-'.")]
SECTION = "teams"
COLUMNS = ("team_id", "name", "members", "leaders")


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(show)
    app.command("add")(add)
    app.command("set")(change)


def show(as_json: Json = False) -> None:
    """List the teams: who is in them, and who leads them."""
    show_rows(COLUMNS, run(_rows()), is_json=as_json)


def add(name: Name, values: Values) -> None:
    """Add a team: `fernamt teams add red name="Team Red" members=anna,ben leaders=lena`."""
    editing.carry_out(editing.add, SECTION, name, values, _known)


def change(name: Name, values: Values) -> None:
    """Change a team: `fernamt teams set red members=anna,carla` says who is in it; whoever else was is in none."""
    editing.carry_out(editing.change, SECTION, name, values, _known)


async def _rows() -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        return [values_of_team(team) for team in await database.directory.teams()]


async def _known(directory: DirectoryStore, name: str) -> dict[str, Any] | None:
    return next((values_of_team(each) for each in await directory.teams() if each.team.team_id == name), None)
