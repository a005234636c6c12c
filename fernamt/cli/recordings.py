"""`fernamt recordings`: what the vault has, how it is kept, and who may hear it. The sound is heard nowhere here."""

from dataclasses import asdict, replace
from typing import Annotated, Any

import msgspec
import typer

from fernamt.authors import command_line
from fernamt.cli import recording_access, recording_keeping
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json
from fernamt.cli.showing import local_time, note, show_json, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from fernamt.segment_intake import WITHDRAWN
from store.vault import KeptSegment, NoSuchSegment, VaultStore
from store.vault_holds import HoldStore
from store.vault_intake import ListedSegment, VaultIntake

_TIMES = ("stopped_at", "sealed_at", "stored_at", "kept_until")
COLUMNS = ("segment_id", "order_id", "state", "stopped_at", "sealed_at", "kept_until", "trouble")

Name = Annotated[str, typer.Argument(metavar="SEGMENT_ID")]
OfCall = Annotated[str | None, typer.Option("--call", help="Only of this call.")]
OfOrder = Annotated[str | None, typer.Option("--order", help="Only of this order.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="So many at the most.")]
Why = Annotated[str, typer.Option("--reason", help="How it was taken back: a letter, a call.")]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(show)
    app.command("show")(tell)
    app.command("withdraw")(withdraw)
    recording_keeping.register(app)
    recording_access.register(app)


def show(call: OfCall = None, order: OfOrder = None, limit: Limit = 100, as_json: Json = False) -> None:
    """List recorded segments, the newest first: waiting, sealed, stored, kept; shredding, shredded."""
    show_rows(COLUMNS, run(_rows(call, order, limit)), is_json=as_json)


def tell(segment: Name) -> None:
    """Show a segment: its marks, masks and states, its link in the chain, its holds, and the receipt where it was shredded."""
    show_json(run(_story(segment)))


def withdraw(segment: Name, reason: Why) -> None:
    """Shred a segment since its consent was taken back: its key is destroyed, and a signed receipt stays. Nothing undoes this."""
    run(_withdraw(segment, reason))
    note(f"{segment}: the worker destroys its key; `fernamt recordings show {segment}` has the receipt then")


async def _rows(call: str | None, order: str | None, limit: int) -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        found = await VaultIntake(database.engine).listed(call_id=call, order_id=order, limit=limit)
    return [_row(each) for each in found]


def _row(segment: ListedSegment) -> dict[str, Any]:
    row = {**asdict(segment), "state": segment.state.value}
    return {name: local_time(value) if name in _TIMES and value is not None else value for name, value in row.items()}


async def _story(segment_id: str) -> dict[str, Any]:
    async with opened(settings()) as database:
        try:
            kept = await VaultStore(database.engine).get(segment_id)
        except NoSuchSegment as error:
            raise not_found("segment", segment_id, list_with="fernamt recordings list") from error
        holds = await HoldStore(database.engine).of_segment(segment_id)
    return {
        "segment_id": kept.segment_id,
        "state": kept.state.value,
        "kept_as": kept.kept_as.value,
        "kept_until": local_time(kept.kept_until),
        "link_number": kept.link_number,
        "trouble": kept.trouble,
        "shred_reason": kept.shred_reason,
        "segment": _facts(kept),
        "holds": [asdict(hold) for hold in holds],
        "receipt": None if kept.receipt is None else msgspec.json.decode(kept.receipt),
    }


def _facts(kept: KeptSegment) -> Any:
    segment = kept.manifest.segment if kept.manifest is not None else kept.facts
    return None if segment is None else msgspec.to_builtins(segment)


async def _withdraw(segment_id: str, reason: str) -> None:
    async with opened(settings()) as database:
        by = command_line()
        by = replace(by, reason=f"{reason} ({by.reason})")
        try:
            is_begun = await VaultStore(database.engine).begin_shred(segment_id, WITHDRAWN, by=by)
        except NoSuchSegment as error:
            raise not_found("segment", segment_id, list_with="fernamt recordings list") from error
    if not is_begun:
        raise CliError(f"segment {segment_id} is held", way_out="two people lift the hold first", code=Exit.FAILED)
