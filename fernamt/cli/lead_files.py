"""Files given to `fernamt leads preview` and `import`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.showing import note, show_json, show_rows
from fernamt.cli.work import settings
from fernamt.installation import Database, Places, opened
from fernamt.leads.files import SUFFIXES, FileRefused
from fernamt.leads.places import MAY_LEAVE_OUT, leads_folder
from fernamt.leads.previewing import preview
from fernamt.leads.sealed import PIECE, FileKeys, Sealer, opened_source
from fernamt.leads.work import LeadWork
from fernamt.moment import new_id, now
from routing.leads.lists import LeadListId
from store.lead_imports import ImportState, Instructions, LeadImport, LeadImportStore
from store.lead_lists import LeadListStore
from store.lease import LeaseTaken

Mapped = Annotated[
    list[str] | None, typer.Option("--map", metavar="COLUMN=TARGET", help="A column by its title or number; others are guessed.")
]
Leave = Annotated[list[str] | None, typer.Option("--leave-out", metavar="CODE", help="Leave rows with this fault out.")]
Sheet = Annotated[str | None, typer.Option("--sheet", help="Of a spreadsheet; without it the first.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A file and how it is to be read."""

    file: Path
    name: str
    mapped: Sequence[str] = ()
    sheet: str | None = None
    file_name: str | None = None
    leave_out: Sequence[str] = ()

    async def previewed(self) -> dict[str, Any]:
        """The preview. Raises `CliError` for a file that cannot be read."""
        async with opened(settings()) as database:
            return await self.preview_in(database)

    async def preview_in(self, database: Database) -> dict[str, Any]:
        """The same, with the database open."""
        lead_list = await LeadListStore(database.engine).get(LeadListId(self.name))
        if lead_list is None:
            raise not_found("list", self.name, list_with="fernamt leads list")
        directory = await database.directory.load()
        options = {"file_name": self.file_name, "sheet": self.sheet}
        try:
            source = partial(opened_source, self.file, Places(settings()).party_keys()) if self.file_name else self.file
            first = preview(source, lead_list, directory, **options)
            if not self.mapped:
                return first
            mapping = _mapping(first["columns"], self.mapped)
            return preview(source, lead_list, directory, mapping=mapping, **options)
        except FileRefused as error:
            if self.file_name is not None:  # the service asks for somebody, and tells them in its own words
                return {"refused": error.why, "row": error.row}
            raise CliError(
                f"{error} ({error.why})", way_out="give CSV or XLSX with titles in the first row", code=Exit.CONFIG
            ) from error


def show_preview(found: Mapping[str, Any], *, is_json: bool) -> None:
    """The preview is on standard output."""
    if is_json or "refused" in found:
        show_json(found)
        return
    examples = [row["cells"] for row in found["rows"]]
    for column in found["columns"]:
        column["example"] = next((cells[column["column"] - 1] for cells in examples if cells[column["column"] - 1 :][:1]), "")
    show_rows(("column", "title", "target", "example", "faults"), found["columns"], is_json=False)
    for fault in found["mapping_faults"]:
        note(f"column {fault['column']}: {fault['code']} {fault['facts'] or ''}")
    note(f"the first {found['rows_looked_at']} rows were looked at")


async def take(given: Given) -> LeadImport:
    """The import has ended, or waits behind another. Raises `CliError` where the file or the mapping cannot be used."""
    wrong = sorted(set(given.leave_out) - MAY_LEAVE_OUT)
    if wrong:
        way_out = f"these may be left out: {', '.join(sorted(MAY_LEAVE_OUT))}"
        raise CliError(f"rows with {', '.join(wrong)} cannot be left out", way_out=way_out, code=Exit.USAGE)
    chosen = settings()
    places = Places(chosen)
    async with opened(chosen) as database:
        found = await given.preview_in(database)
        if found["mapping_faults"]:
            told = "; ".join(f"column {fault['column']}: {fault['code']}" for fault in found["mapping_faults"])
            raise CliError(told, way_out="say what columns are by --map; `fernamt leads preview` shows them", code=Exit.CONFIG)
        instructions = Instructions(
            mapping=[column["target"] for column in found["columns"]], leave_out=list(given.leave_out), sheet=given.sheet
        )
        stored = store_copy(given.file, leads_folder(places.state), places.party_keys())
        store = LeadImportStore(database.engine, command_line)
        number = await store.ask(
            LeadListId(given.name),
            file_name=given.file.name,
            stored_as=stored,
            state=ImportState.WAITING,
            instructions=instructions,
        )
        with _progress() as progress:
            task = progress.add_task("reading", total=1_000)
            work = LeadWork(database, places.party_keys(), leads_folder(places.state))
            try:
                await work.do(told=lambda each: progress.update(task, completed=each.read_permille), only=number)
            except LeaseTaken:
                note("another import runs: this one follows it")
        ended = await store.get(number)
    if ended is None:
        raise not_found("import", str(number), list_with=f"fernamt leads imports {given.name}")
    return ended


def store_copy(file: Path, folder: Path, keys: FileKeys) -> str:
    """A sealed copy of the file waits in the folder, for this user only; its name there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    suffix = file.suffix.lower() if file.suffix.lower() in SUFFIXES else ".csv"
    stored = folder / f"{new_id(now())}{suffix}"
    stored.touch(mode=0o600)
    sealer = Sealer(keys, stored.name)
    with file.open("rb") as given, stored.open("wb") as into:
        while piece := given.read(PIECE):
            into.write(sealer.feed(piece))
        into.write(sealer.end())
    return stored.name


def _mapping(columns: Sequence[Mapping[str, Any]], mapped: Sequence[str]) -> list[str]:
    targets = [str(column["target"]) for column in columns]
    for each in mapped:
        title, equals, target = each.rpartition("=")
        places = [column["column"] for column in columns if title in (column["title"], str(column["column"]))]
        if not equals or len(places) != 1:
            raise CliError(
                f"{each!r} names no column", way_out="write it as COLUMN=TARGET, the column by title or number", code=Exit.USAGE
            )
        for place, there in enumerate(targets):
            if there == target and not target.startswith("number"):
                targets[place] = "ignore"
        targets[places[0] - 1] = target
    return targets


def _progress() -> Progress:
    parts = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*parts, console=Console(stderr=True), transient=True)
