"""`fernamt projects`."""

from typing import Annotated, Any

import typer

from fernamt.centre.records import values_of_project
from fernamt.cli import editing
from fernamt.cli.options import Json, Values
from fernamt.cli.showing import show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from store.directory import DirectoryStore

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
    editing.carry_out(editing.add, SECTION, name, values, _known)


def change(name: Name, values: Values) -> None:
    """Change a project: `fernamt projects set service wrap_up_codes=moved,paid`. Calls under way keep their terms."""
    editing.carry_out(editing.change, SECTION, name, values, _known)


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


async def _known(directory: DirectoryStore, name: str) -> dict[str, Any] | None:
    projects = (each.item for each in await directory.projects())
    return next((values_of_project(project) for project in projects if project.project_id == name), None)
