"""`fernamt projects`."""

from typing import Annotated, Any

import typer

from fernamt.centre.records import values_of_project
from fernamt.cli import editing
from fernamt.cli.options import Json, Values
from fernamt.cli.showing import note, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened

Name = Annotated[str, typer.Argument(metavar="PROJECT_ID", help="Small letters, digits, '.', '_', '-'.")]
SECTION = "projects"
COLUMNS = ("project_id", "client_id", "name", "numbers", "answers_early", "priority_weight", "weights", "is_active")


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(show)
    app.command("add")(add)
    app.command("set")(change)


def show(as_json: Json = False) -> None:
    """List the lines of work, with --json all of their settings."""
    show_rows(COLUMNS, run(_rows()), is_json=as_json)


def add(name: Name, values: Values) -> None:
    """Add a project: `fernamt projects add service client_id=nordlicht name="Service" ring_timeout_ms=15000`."""
    run(_add(name, values))


def change(name: Name, values: Values) -> None:
    """Change a project: `fernamt projects set service wrap_up_codes=moved,paid`. Calls under way keep their terms."""
    run(_change(name, values))


async def _rows() -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        numbers = await database.directory.numbers()
        projects = await database.directory.projects()
    return [
        {
            **values_of_project(listed.item),
            "numbers": [did for did, project_id in numbers.items() if project_id == listed.item.project_id],
            "is_active": listed.is_active,
        }
        for listed in projects
    ]


async def _known(name: str) -> dict[str, Any] | None:
    async with opened(settings()) as database:
        projects = await database.directory.projects()
    return next((values_of_project(listed.item) for listed in projects if listed.item.project_id == name), None)


async def _add(name: str, values: list[str]) -> None:
    known = await _known(name)
    async with opened(settings()) as database:
        applied = await editing.add(database.directory, SECTION, name, editing.pairs(values, SECTION), known)
    note(editing.told(applied, SECTION, name))


async def _change(name: str, values: list[str]) -> None:
    known = await _known(name)
    async with opened(settings()) as database:
        applied = await editing.change(database.directory, SECTION, name, editing.pairs(values, SECTION), known)
    note(editing.told(applied, SECTION, name))
