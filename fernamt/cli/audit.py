"""`fernamt audit`."""

import json
from typing import Annotated, Any

import typer

from fernamt.cli.options import Json
from fernamt.cli.showing import local_time, show_json
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from store.audit import AuditStore, Deed

Lines = Annotated[int, typer.Option("--lines", "-n", min=1, max=100_000, help="How many entries.")]
Before = Annotated[int | None, typer.Option("--before", min=1, help="Older than the entry of this number.")]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command()(audit)


def audit(lines: Lines = 100, before: Before = None, as_json: Json = False) -> None:
    """Show who changed, revealed or erased what, the newest first; with --json what held before and after each change."""
    deeds = run(_deeds(lines, before))
    if as_json:
        show_json([_plain(deed) for deed in deeds])
        return
    for deed in deeds:
        print(f"{deed.number:>8} {local_time(deed.at)} {deed.user_id:20} {deed.deed:24} {deed.subject} {deed.reason}".rstrip())


async def _deeds(lines: int, before: int | None) -> list[Deed]:
    async with opened(settings()) as database:
        return list(await AuditStore(database.engine).latest(lines, before=before))


def _plain(deed: Deed) -> dict[str, Any]:
    return {
        "number": deed.number,
        "at": local_time(deed.at),
        "user_id": deed.user_id,
        "deed": deed.deed,
        "subject": deed.subject,
        "reason": deed.reason,
        "before": None if deed.before is None else json.loads(deed.before),
        "after": None if deed.after is None else json.loads(deed.after),
    }
