"""Consents to advertising calls, as they are recorded and shown."""

from base64 import b64decode
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from routing.outbound.facts import ConsentBasis, ConsentPurpose
from web.schemas.callers import CallersNumber
from web.schemas.outbound import Why
from web.schemas.types import NO_CONTROLS, Id, Shape, Shown, Text, When

Said = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
Short = Annotated[str, StringConstraints(max_length=200, pattern=NO_CONTROLS)]


def _is_base64(text: str) -> str:
    b64decode(text, validate=True)  # its error is a ValueError
    return text


InBase64 = Annotated[str, StringConstraints(min_length=4, max_length=6_000_000), AfterValidator(_is_base64)]
MediaType = Annotated[str, StringConstraints(pattern=r"^[a-z]+/[a-z0-9][a-z0-9.+-]{0,60}$")]


class ProofFile(Shape):
    """The proof itself: the form, the mail, the recording of the words."""

    name: Text
    media_type: MediaType
    content: InBase64 = Field(description="In base64; up to 4 MiB.")


class ConsentFacts(CallersNumber):
    """Who consented to whose calls, when, how, to which words."""

    client_id: Id
    purpose: ConsentPurpose = ConsentPurpose.ADVERTISING
    basis: ConsentBasis = ConsentBasis.EXPRESS
    granted_at: When
    given_how: Text
    wording: Said = Field(description="The text consented to; of a presumed consent, the facts it is presumed from.")
    wording_version: Short = ""
    source: Short = ""
    document: Short = Field(default="", description="Where the proof is filed, where it is not sent along.")
    file: ProofFile | None = None


class ConsentMade(Shown):
    """A consent that is on record now."""

    consent_id: str
    is_in_force: bool = Field(description="False for one granted before the person withdrew.")


class ConsentShown(Shown):
    """A consent on record, and what became of it."""

    consent_id: str
    client_id: str
    purpose: ConsentPurpose
    basis: ConsentBasis
    granted_at: datetime
    given_how: str
    wording: str
    wording_version: str
    source: str
    document: str
    document_id: str | None
    document_name: str | None
    is_in_force: bool
    withdrawn_at: datetime | None
    restricted_at: datetime | None
    used_at: datetime | None
    kept_until: datetime


class ConsentsShown(Shown):
    """All consents of one number, the newest first."""

    items: list[ConsentShown]


class ToWithdraw(CallersNumber):
    """A number whose owner withdraws."""

    client_id: Id
    reason: Why = ""


class OnTheCall(Shape):
    """What the person said."""

    reason: Why = ""


class WithdrawnShown(Shown):
    """What a withdrawal ended."""

    consents: int
    running_calls: list[str] = Field(description="Calls that rest on one of them and go on: their agents are told.")
