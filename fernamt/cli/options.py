"""Options that mean the same in every command."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Spoken(StrEnum):
    """The languages sentences for people exist in."""

    DE = "de"
    EN = "en"


Config = Annotated[
    list[Path] | None,
    typer.Option("--config", "-c", help="Settings file; may be given more than once.", show_default=False),
]
Secrets = Annotated[Path | None, typer.Option("--secrets", help="Folder of secret files.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="As JSON on standard output.")]
Values = Annotated[list[str], typer.Argument(metavar="KEY=VALUE...", help="As in a centre file; lists may be written a,b,c.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
Language = Annotated[Spoken, typer.Option("--language", "-l", help="In which language sentences are told.")]
