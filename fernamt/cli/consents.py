"""`fernamt consents`."""

import mimetypes
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json
from fernamt.cli.showing import local_time, note, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import Places, opened
from fernamt.moment import new_id, now
from routing.outbound.callee import read_callee
from routing.outbound.facts import ConsentBasis, ConsentPurpose
from store.audit import AuditStore
from store.centre import CentreRejected
from store.consents import LARGEST_DOCUMENT, Consent, ConsentStore, Document, Recorded
from telephony.identifiers import SECOND, ClientId, Instant, UserId

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="In any spelling.")]
Client = Annotated[str, typer.Option("--client", help="To whose calls.")]
On = Annotated[str, typer.Option("--on", help="When it was given, as 2026-12-31 or 2026-12-31T14:30.")]
How = Annotated[str, typer.Option("--how", help="How it was given: by form, by mail, on the phone.")]
Words = Annotated[str, typer.Option("--text", help="The words consented to; of a presumed consent, the facts.")]
Version = Annotated[str, typer.Option("--version", help="Which version of these words.")]
Source = Annotated[str, typer.Option("--source", help="Where it came from: a form, a campaign, a list.")]
Filed = Annotated[str, typer.Option("--document", help="Where the proof is filed, where it is not stored here.")]
File = Annotated[Path | None, typer.Option("--file", help="The proof itself, stored encrypted; up to 4 MiB.")]
Survey = Annotated[bool, typer.Option("--survey", help="To be asked questions only, and to no offers.")]
Presumed = Annotated[bool, typer.Option("--presumed", help="Of a business, presumed from facts.")]
Reason = Annotated[str, typer.Option("--reason", help="What they said; it is on record.")]
Into = Annotated[Path, typer.Option("--into", help="The file the proof is written to; it must not be there yet.")]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(show)
    app.command("add")(add)
    app.command("withdraw")(withdraw)
    app.command("document")(document)


def show(number: Number, as_json: Json = False) -> None:
    """List all consents to advertising of one number, those that were withdrawn as well, the newest first."""
    columns = ("consent_id", "client", "purpose", "basis", "granted", "how", "in_force", "withdrawn", "kept_until", "document")
    show_rows(columns, run(_rows(_checked(number))), is_json=as_json)


def add(
    number: Number,
    client: Client,
    on: On,
    how: How,
    words: Words,
    version: Version = "",
    source: Source = "",
    filed: Filed = "",
    file: File = None,
    survey: Survey = False,
    presumed: Presumed = False,
) -> None:
    """Record a consent: `fernamt consents add '030 1234567' --client nordlicht --on 2026-03-01 --how 'by form' --text …
    --file form.pdf`. What was on record before stays."""
    at = now()
    consent = Consent(
        consent_id=new_id(at),
        client_id=ClientId(client),
        purpose=ConsentPurpose.SURVEY if survey else ConsentPurpose.ADVERTISING,
        basis=ConsentBasis.PRESUMED if presumed else ConsentBasis.EXPRESS,
        granted_at=_instant(on),
        given_how=how,
        wording=words,
        wording_version=version,
        source=source,
        document=filed,
    )
    recorded = run(_add(_checked(number), consent, None if file is None else _proof(file)))
    print(recorded.consent.consent_id)
    if not recorded.is_in_force:
        note("it was given before they withdrew: it is kept as a proof, and permits no call")


def withdraw(number: Number, client: Client, reason: Reason = "") -> None:
    """No advertising call of that client to the number from now on. Calls that go on are not ended."""
    ended = run(_withdraw(_checked(number), ClientId(client), reason))
    note(f"{len(ended.consent_ids)} consents are withdrawn" if ended.consent_ids else "there was no consent in force")
    for call_id, _, agent_id in ended.running:
        note(f"a call rests on it and goes on: {call_id}, agent {agent_id}")


def document(document_id: Annotated[str, typer.Argument(metavar="DOCUMENT_ID")], into: Into) -> None:
    """Write the proof of a consent to a file. That it was looked at is on lasting record."""
    found = run(_document(document_id))
    if found is None:
        raise not_found("document", document_id, list_with="fernamt consents list NUMBER")
    try:
        with into.open("xb") as output:
            output.write(found.content)
    except OSError as error:
        raise CliError(f"{into} cannot be written: {error}", way_out="name a file that is not there yet") from error
    note(f"{found.name} ({found.media_type}) is in {into}")


def _checked(number: str) -> str:
    if read_callee(number, settings().service.country).dialled is None:
        way_out = "give it with its area code, or with + and country"
        raise CliError("that is no telephone number", way_out=way_out, code=Exit.USAGE)
    return number


def _instant(text: str) -> Instant:
    zone = ZoneInfo(settings().service.time_zone)
    try:
        return Instant(int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * SECOND)
    except ValueError as error:
        raise CliError(f"{text!r} is no day", way_out="give it as 2026-12-31", code=Exit.USAGE) from error


def _proof(file: Path) -> Document:
    try:
        if file.stat().st_size > LARGEST_DOCUMENT:
            raise CliError(f"{file} is larger than {LARGEST_DOCUMENT} bytes", way_out="store a smaller copy, or use --document")
        media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return Document(name=file.name, media_type=media_type, content=file.read_bytes())
    except OSError as error:
        raise CliError(f"{file} cannot be read: {error}", way_out="name a file", code=Exit.USAGE) from error


async def _rows(number: str) -> list[dict[str, Any]]:
    chosen = settings()
    async with opened(chosen) as database:
        found = await ConsentStore(database.engine, Places(chosen).party_keys()).history(number)
    return [_row(each) for each in found]


def _row(recorded: Recorded) -> dict[str, Any]:
    consent = recorded.consent
    ended_at = recorded.withdrawn_at or recorded.restricted_at
    return {
        "consent_id": consent.consent_id,
        "client": consent.client_id,
        "purpose": consent.purpose.value,
        "basis": consent.basis.value,
        "granted": local_time(consent.granted_at),
        "how": consent.given_how,
        "in_force": recorded.is_in_force,
        "withdrawn": None if ended_at is None else local_time(ended_at),
        "kept_until": local_time(recorded.kept_until),
        "document": recorded.document_id or consent.document,
        "text": consent.wording,
        "version": consent.wording_version,
        "source": consent.source,
        "used": None if recorded.used_at is None else local_time(recorded.used_at),
    }


async def _add(number: str, consent: Consent, proof: Document | None) -> Recorded:
    chosen = settings()
    async with opened(chosen) as database:
        try:
            store = ConsentStore(database.engine, Places(chosen).party_keys(), command_line)
            return await store.record(number, consent, proof)
        except CentreRejected as rejected:
            raise CliError(str(rejected), way_out="mend that; nothing was recorded") from rejected


async def _withdraw(number: str, client_id: ClientId, reason: str) -> Any:
    chosen = settings()
    async with opened(chosen) as database:
        store = ConsentStore(database.engine, Places(chosen).party_keys(), command_line)
        return await store.withdraw(number, client_id, now(), reason=reason)


async def _document(document_id: str) -> Document | None:
    chosen = settings()
    async with opened(chosen) as database:
        found = await ConsentStore(database.engine, Places(chosen).party_keys()).document(document_id)
        if found is not None:
            record = AuditStore(database.engine).record
            user = UserId("command-line")
            await record(at=now(), user_id=user, deed="consent.document_shown", subject=document_id, reason="")
    return None if found is None else found[1]
