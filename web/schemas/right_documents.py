"""Documents of rights to show a number, as they are sent and listed."""

from datetime import datetime

from pydantic import Field

from web.schemas.consents import InBase64
from web.schemas.types import Shape, Shown, Text


class DocumentFile(Shape):
    """A scanned document."""

    name: Text = Field(description="As it lay on the sender's disk; it is kept without folders, with the ending of what it is.")
    content: InBase64 = Field(description="A PDF, PNG or JPEG in base64; up to 4 MiB.")


class DocumentShown(Shown):
    """A version of a document, without its content."""

    version: int
    name: str
    media_type: str
    size: int
    sha256: str
    added_at: datetime
    added_by: str = Field(description="The log-in of who added it, where they are a user.")


class DocumentsShown(Shown):
    """All versions, the newest first."""

    items: list[DocumentShown]
