"""`fernamt numbers`."""

from dataclasses import replace
from typing import Annotated, Any

import typer

from config.documents import Document
from config.faults import FaultsFound
from fernamt.centre.entries import NumberEntry
from fernamt.centre.read import describe
from fernamt.cli import editing
from fernamt.cli.exits import not_found
from fernamt.cli.options import Json, Values
from fernamt.cli.showing import note, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from store.directory import DirectoryStore
from telephony.identifiers import ProjectId

Did = Annotated[str, typer.Argument(metavar="NUMBER", help="With its country code, in any spelling: '+49 30 5550 100'.")]
SECTION = "numbers"


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(show)
    app.command("add")(add)
    app.command("set")(change)
    app.command("remove")(remove)


def show(as_json: Json = False) -> None:
    """List the numbers callers dial and the projects they lead to."""
    rows = [{"did": did, "project_id": project_id} for did, project_id in run(_numbers()).items()]
    show_rows(("did", "project_id"), rows, is_json=as_json)


def add(did: Did, values: Values) -> None:
    """Add a number: `fernamt numbers add '+49 30 5550 100' project_id=service`."""
    editing.carry_out(editing.add, SECTION, did, values, _known)


def change(did: Did, values: Values) -> None:
    """Lead a number to another project: `fernamt numbers set +49305550100 project_id=sales`."""
    editing.carry_out(editing.change, SECTION, did, values, _known)


def remove(did: Did) -> None:
    """Remove a number: calls to it meet an unknown number from here on."""
    run(_remove(did))


async def _numbers() -> dict[str, ProjectId]:
    async with opened(settings()) as database:
        return dict(await database.directory.numbers())


async def _known(directory: DirectoryStore, did: str) -> dict[str, Any] | None:
    project_id = (await directory.numbers()).get(in_e164(did))
    return None if project_id is None else {"did": did, "project_id": project_id}


async def _remove(did: str) -> None:
    if in_e164(did) not in await _numbers():
        raise not_found("number", did, list_with="fernamt numbers list")
    async with opened(settings()) as database:
        note(editing.told(await database.directory.remove_number(in_e164(did)), SECTION, did))


def in_e164(did: str) -> str:
    """The number as the directory has it. Raises `FaultsFound` for what is no number."""
    described = describe(Document(source=editing.SOURCE, values={"numbers": [{"did": did, "project_id": "any"}]}))
    if described.faults:
        raise FaultsFound([replace(fault, key="number") for fault in described.faults])
    entry: NumberEntry = described.entries.numbers[0]
    return entry.did
