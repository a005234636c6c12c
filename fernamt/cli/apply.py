"""`fernamt apply`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from config.faults import FaultsFound
from fernamt.authors import command_line
from fernamt.centre.applying import Outcome, apply, apply_whole
from fernamt.centre.read import read_centre
from fernamt.centre.recording_rules import recording_rules
from fernamt.centre.users import MadeLogin, user_faults
from fernamt.cli.options import DryRun, Json
from fernamt.cli.showing import local_time, note, show_json, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened

File = Annotated[Path, typer.Argument(metavar="CENTRE.toml", help="A whole centre, or a part of one.")]


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.command()(make_so)


def make_so(file: File, is_dry_run: DryRun = False, as_json: Json = False) -> None:
    """Make the centre what the file says: all of it in one transaction, or, with any fault, nothing.

    What the file does not name stays as it is. Applying it again changes nothing. New users get a one-time log-in, shown once.
    """
    outcome, logins = run(_apply(file, is_dry_run))
    if as_json:
        show_json({"is_dry_run": is_dry_run, "revision": outcome.applied.revision, "changes": outcome.rows(), "logins": logins})
    else:
        show_rows(("what", "id", "how", "details"), outcome.rows(), is_json=False)
        for login in logins:
            print(f"user {login.login} ({login.role}): one-time log-in {login.secret} until {local_time(login.expires_at)}")
    note(outcome.told())


async def _apply(file: Path, is_dry_run: bool) -> tuple[Outcome, list[MadeLogin]]:
    described = read_centre(file)
    chosen = settings()
    async with opened(chosen) as database:
        recordings = recording_rules(database, chosen)
        beside = [*await user_faults(database.directory, described), *await recordings.faults(described)]
        try:
            rehearsed = await apply(database.directory, described, is_dry_run=True)
        except FaultsFound as found:
            raise FaultsFound([*found.faults, *beside]) from found
        if beside:
            raise FaultsFound(beside)
        if is_dry_run:
            rows = await recordings.apply(described, by=command_line(), is_dry_run=True)
            return replace(rehearsed, beside=rows), []
        return await apply_whole(database, described, chosen, by=command_line())
