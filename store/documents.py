"""Documents as they are kept: sealed in the row that names them, opened for the purpose they were sealed for alone."""

import hashlib
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

LARGEST_DOCUMENT = 4 * 1024 * 1024
_LONGEST_STEM = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A proof itself: the form, the mail, the contract, the recording of the words."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


class DocumentKeys(Protocol):
    """Seals and opens; the party store's keys."""

    def seal_secret(self, secret: str, purpose: str) -> bytes: ...
    def open_secret(self, sealed: bytes, purpose: str) -> str: ...


class DocumentRow(Protocol):
    """A row that holds a sealed document."""

    @property
    def name(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def cipher(self) -> bytes: ...


class Paper(StrEnum):
    """Kinds of documents that people scan, and every computer shows."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"


_BEGINNINGS = {Paper.PDF: b"%PDF-", Paper.PNG: b"\x89PNG\r\n\x1a\n", Paper.JPEG: b"\xff\xd8\xff"}
_ENDINGS = {Paper.PDF: b"%%EOF", Paper.PNG: b"IEND", Paper.JPEG: b"\xff\xd9"}
"""Each is found near the end of a whole file (ISO 32000-1 7.5.5; PNG 11.2.5; ITU-T T.81 B.1): half an upload proves nothing."""
_NEAR = 1_024
_SUFFIXES = {Paper.PDF: (".pdf",), Paper.PNG: (".png",), Paper.JPEG: (".jpg", ".jpeg")}


def paper_of(content: bytes) -> Paper | None:
    """What the content is, by its own bytes, whatever its name says; None for anything else, or a part of one."""
    return next(
        (each for each, begins in _BEGINNINGS.items() if content.startswith(begins) and _ENDINGS[each] in content[-_NEAR:]),
        None,
    )


def plain_name(name: str, paper: Paper) -> str:
    """A name that leads nowhere, hides nothing and says what the file is: without folders, control characters and turned
    writing; it ends as its content does."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(each if each.isalnum() or each in " ._-()" else "_" for each in last if unicodedata.category(each)[0] != "C")
    stem, suffixes = kept.strip(" ._"), _SUFFIXES[paper]
    for suffix in suffixes:
        stem = stem[: -len(suffix)] if stem.lower().endswith(suffix) else stem
    return (stem[:_LONGEST_STEM].strip(" ._") or "document") + suffixes[0]


def sealed_document(keys: DocumentKeys, document: Document, purpose: str) -> dict[str, Any]:
    """The columns of a row that keeps it."""
    return {
        "name": document.name,
        "media_type": document.media_type,
        "sha256": hashlib.sha256(document.content).digest(),
        "size": len(document.content),
        "cipher": keys.seal_secret(document.content.hex(), purpose),
    }


def opened_document(keys: DocumentKeys, row: DocumentRow, purpose: str) -> Document:
    """The document in clear. Raises `PartyError` where it was changed, or sealed for another purpose."""
    content = bytes.fromhex(keys.open_secret(row.cipher, purpose))
    return Document(name=row.name, media_type=row.media_type, content=content)
