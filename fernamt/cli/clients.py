"""`fernamt clients`."""

from typing import Annotated, Any

import typer

from fernamt.centre.records import values_of_client
from fernamt.cli import editing
from fernamt.cli.options import Json, Values
from fernamt.cli.showing import show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from store.directory import DirectoryStore

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
    editing.carry_out(editing.add, SECTION, name, values, _known)


def change(name: Name, values: Values) -> None:
    """Change a client: `fernamt clients set nordlicht name="Nordlicht AG"`."""
    editing.carry_out(editing.change, SECTION, name, values, _known)


async def _known(directory: DirectoryStore, name: str) -> dict[str, Any] | None:
    clients = (each.item for each in await directory.clients())
    return next((values_of_client(client) for client in clients if client.client_id == name), None)


async def _rows() -> list[dict[str, object]]:
    async with opened(settings()) as database:
        clients = await database.directory.clients()
    return [{**values_of_client(listed.item), "is_active": listed.is_active} for listed in clients]
