"""`fernamt parties`."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import msgspec
import typer

from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit
from fernamt.cli.options import Json
from fernamt.cli.showing import local_time, note, show_json
from fernamt.cli.work import run, settings
from fernamt.installation import Places, opened
from fernamt.moment import new_id, now
from fernamt.telling_process import Question
from store.audit import AuditStore, Author
from store.parties import ErasureReceipt
from store.subject_access import SubjectAccess, Told
from telephony.identifiers import PartyId, UserId

Number = Annotated[str | None, typer.Option("--number", help="The person's number, in any spelling.")]
Party = Annotated[str | None, typer.Option("--party", help="One of the person's party ids, as the journal names it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why: it is kept with the receipt.")]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.callback()(_group)
    app.command("tell")(tell)
    app.command("answer", hidden=True)(answer)
    app.command("erase")(erase)
    app.command("restrict")(restrict)


def _group() -> None:
    """Callers' personal data."""


def tell(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The person's number, in any spelling.")], reason: Reason
) -> None:
    """Tell all that is held about a person, as JSON (Art. 15 GDPR). Of recordings their terms: two people release each."""
    by = command_line()
    told = run(_tell(number, replace(by, reason=f"{reason} ({by.reason})")))
    _show(told)
    if not told.has_found:
        note("nothing is held about whoever has that number")


def answer() -> None:
    """The same for the API: whom it is about, who asks for them, and why, come in by the standard input."""
    question = msgspec.json.decode(sys.stdin.buffer.read(), type=Question)
    _show(run(_tell(question.number, Author(user_id=UserId(question.user_id), at=now(), reason=question.reason))))


def _show(told: Told) -> None:
    show_json({"told_at": local_time(told.told_at), **{name: _with_times(rows) for name, rows in told.kinds.items()}})


def _with_times(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Instants by the clock on the wall: a person reads this."""
    return [
        {
            name: local_time(value) if name.endswith(("_at", "_until")) and isinstance(value, int) else value
            for name, value in row.items()
        }
        for row in rows
    ]


async def _tell(number: str, by: Author) -> Told:
    chosen = settings()
    async with opened(chosen) as database:
        return await SubjectAccess(database.engine, Places(chosen).party_keys()).tell(number, by=by)


def erase(reason: Reason, number: Number = None, party: Party = None, as_json: Json = False) -> None:
    """Destroy the key of a person: number and name cannot be read again; calls, times and sums stay as they are."""
    if (number is None) == (party is None):
        raise CliError("whom to erase was not said", way_out="give either --number or --party", code=Exit.USAGE)
    receipt = run(_erase(reason, number, party))
    if not receipt.has_found:
        way_out = "`fernamt journal tail --json` names party ids; erased ones are gone already"
        raise CliError("nobody of that number or id is known", way_out=way_out, code=Exit.NOT_FOUND)
    if as_json:
        show_json(receipt)
    else:
        print(receipt.receipt_id)
        note(f"{len(receipt.party_ids)} records of this person cannot be read any more; the receipt is {receipt.receipt_id}")
        for part in receipt.parts:
            if part.count:
                note(f"  {part.what}: {part.count} {part.became}: {part.why}")


def restrict(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The person's number, in any spelling.")],
    reason: Reason,
    as_json: Json = False,
) -> None:
    """Leave a person alone: nobody calls them, no lead of theirs is given out, no consent permits anything. Nothing is lost."""
    receipt = run(_restrict(number, reason))
    if as_json:
        show_json(receipt)
        return
    print(receipt.receipt_id)
    for part in receipt.parts:
        note(f"{part.what}: {part.count} {part.became}: {part.why}")


async def _restrict(number: str, reason: str) -> ErasureReceipt:
    chosen = settings()
    by = command_line()
    async with opened(chosen) as database:
        parties = database.parties(Places(chosen).party_keys())
        return await parties.restrict(number, receipt_id=new_id(by.at), reason=reason, by=by)


async def _erase(reason: str, number: str | None, party: str | None) -> ErasureReceipt:
    chosen = settings()
    at = now()
    async with opened(chosen) as database:
        parties = database.parties(Places(chosen).party_keys())
        receipt = await parties.erase(
            at=at,
            receipt_id=new_id(at),
            reason=reason,
            number=number,
            party_id=PartyId(party) if party is not None else None,
        )
        audit = AuditStore(database.engine)
        await audit.record(at=at, user_id=UserId("command-line"), deed="erase", subject=receipt.receipt_id, reason=reason)
    return receipt
