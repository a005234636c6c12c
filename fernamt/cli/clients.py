"""`fernamt clients`."""

from typing import Annotated

import typer

from fernamt.centre.records import values_of_client
from fernamt.cli import editing
from fernamt.cli.options import Json, Values
from fernamt.cli.showing import note, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened

Name = Annotated[str, typer.Argument(metavar="CLIENT_ID", help="Small letters, digits, '.', '_', '-'.")]
SECTION = "clients"


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(show)
    app.command("add")(add)
    app.command("set")(change)


def show(as_json: Json = False) -> None:
    """List the companies calls are answered for."""
    show_rows(("client_id", "name", "is_active"), run(_rows()), is_json=as_json)


def add(name: Name, values: Values) -> None:
    """Add a client: `fernamt clients add nordlicht name="Nordlicht GmbH"`."""
    run(_add(name, values))


def change(name: Name, values: Values) -> None:
    """Change a client: `fernamt clients set nordlicht name="Nordlicht AG"`."""
    run(_change(name, values))


async def _rows() -> list[dict[str, object]]:
    async with opened(settings()) as database:
        clients = await database.directory.clients()
    return [{**values_of_client(listed.item), "is_active": listed.is_active} for listed in clients]


async def _add(name: str, values: list[str]) -> None:
    known = {row["client_id"]: row for row in await _rows()}.get(name)
    async with opened(settings()) as database:
        applied = await editing.add(database.directory, SECTION, name, editing.pairs(values, SECTION), known)
    note(editing.told(applied, SECTION, name))


async def _change(name: str, values: list[str]) -> None:
    rows = {row["client_id"]: {key: row[key] for key in ("client_id", "name", "caps")} for row in await _rows()}
    async with opened(settings()) as database:
        applied = await editing.change(database.directory, SECTION, name, editing.pairs(values, SECTION), rows.get(name))
    note(editing.told(applied, SECTION, name))
