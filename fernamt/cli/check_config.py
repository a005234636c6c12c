"""`fernamt check-config`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from config.faults import FaultsFound
from config.load import Loaded, load
from config.reference import reference
from fernamt.cli.choice import CHOSEN, Chosen
from fernamt.cli.exits import Exit
from fernamt.cli.options import Json

Files = Annotated[list[Path] | None, typer.Argument(help="Settings files, later ones over earlier ones.", metavar="[FILE]...")]
Reference = Annotated[bool, typer.Option("--reference", help="Print a file with every setting and its default instead.")]


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.command()(check)


def check(
    files: Files = None,
    as_json: Json = False,
    is_reference: Reference = False,
) -> None:
    """Tell all faults of the settings at once, each with file, line, column, key, what was expected and what is given."""
    if is_reference:
        typer.echo(reference(), nl=False)
        return
    try:
        chosen = CHOSEN.get(Chosen())
        loaded = load([*chosen.files, *(files or ())], chosen.secrets)
    except FaultsFound as found:
        if not as_json:
            raise
        typer.echo(json.dumps({"ok": False, "faults": [fault.as_json() for fault in found.faults]}, indent=2))
        raise typer.Exit(Exit.CONFIG) from None
    _tell(loaded, as_json=as_json)


def _tell(loaded: Loaded, *, as_json: bool) -> None:
    files = [str(file) for file in loaded.files]
    if as_json:
        typer.echo(json.dumps({"ok": True, "faults": [], "files": files}, indent=2))
    else:
        typer.echo(f"the settings are right ({', '.join(files) or 'defaults only: no file was found'})")
