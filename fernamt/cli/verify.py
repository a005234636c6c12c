"""`fernamt verify`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography import x509

from fernamt.cli.exits import CliError, Exit
from fernamt.cli.options import Json
from fernamt.cli.showing import note, show_json
from recording.vault.chain_file import FIRST_LINE, ChainChange, VerifiedChain, verify_chain
from recording.vault.verify import Change, Verified, verify
from telephony.identifiers import SECOND, Instant

Package = Annotated[
    Path, typer.Argument(metavar="PACKAGE", help="A package of a recorded segment, or a copy of the chain.", dir_okay=False)
]
Signers = Annotated[
    list[str] | None, typer.Option("--signer", help="The public key it has to be signed with; may be given more than once.")
]
Authorities = Annotated[
    list[Path] | None,
    typer.Option("--tsa-certificate", help="Root certificate (PEM) of a time-stamping authority whose stamps count."),
]


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.command()(verify_file)


def verify_file(package: Package, signer: Signers = None, tsa_certificate: Authorities = None, as_json: Json = False) -> None:
    """Tell whether a package or a chain is as it was made, offline; name the first place of a change."""
    signers = None if signer is None else [_key(each) for each in signer]
    authorities = [each for file in tsa_certificate or () for each in _certificates(file)]
    with package.open("rb") as file:
        is_chain = file.read(len(FIRST_LINE)) == FIRST_LINE
        file.seek(0)
        told = (
            _told_chain(verify_chain(file, signers=signers), package)
            if is_chain
            else _told_package(verify(file, signers=signers, authorities=authorities), package)
        )
    if as_json:
        show_json(told)
    else:
        for name, value in told.items():
            print(f"{name}: {value}")
    note(f"{package} is as it was made")
    if signers is None:
        note("whose key it is was not looked at: compare `signer` with the one you were given, or give it as --signer")


def _told_package(found: Verified | Change, package: Path) -> dict[str, Any]:
    if isinstance(found, Change):
        raise CliError(
            f"{package} was changed: {found.place} (bytes {found.begin} to {found.end - 1}): {found.what}",
            way_out="have the package sent again; keep this one if you think somebody meant it",
        )
    segment, proof = found.manifest.segment, found.proof
    return {
        "segment": found.segment_id,
        "stopped_at": _time(segment.stopped_at),
        "sealed_at": _time(found.manifest.sealed_at),
        "seconds": round(found.manifest.rx.samples / found.manifest.sample_rate, 2),
        "marks": ", ".join(mark.what for mark in segment.marks) or "none",
        "masked": len(segment.masks),
        "gaps": len(segment.gaps),
        "missing_ms": segment.missing_ms,
        "link": proof.link.number,
        "rooted_at": None if proof.root is None else _time(proof.root.at),
        "stamped_at": None if found.stamped_at is None else _time(found.stamped_at),
        "signer": found.signer,
    }


def _told_chain(found: VerifiedChain | ChainChange, package: Path) -> dict[str, Any]:
    if isinstance(found, ChainChange):
        raise CliError(f"{package} was changed: line {found.line}: {found.what}", way_out="compare it with another copy")
    root = found.root
    return {"links": found.links, "rooted_at": _time(root.at), "head": root.hash, "signer": root.signer}


def _key(given: str) -> str:
    digits = given.strip().lower()
    if len(digits) != 64 or any(each not in "0123456789abcdef" for each in digits):
        raise CliError("a public key has 64 hexadecimal digits", way_out="give the one you had from us", code=Exit.USAGE)
    return digits


def _certificates(file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(file.read_bytes())
    except ValueError as error:
        raise CliError(f"{file} holds no certificate", way_out="give a PEM file", code=Exit.USAGE) from error


def _time(at: Instant) -> str:
    return datetime.fromtimestamp(at // SECOND, UTC).isoformat().replace("+00:00", "Z")
