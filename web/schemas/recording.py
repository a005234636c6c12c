"""Shapes of recording: texts of consent, and what agents ask for on a call."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from recording.consent import LONGEST, SOUND, Part
from telephony.order_segments import ConsentPurpose, SegmentMark
from web.schemas.types import NO_CONTROLS, CallName, Shape, Shown

TextLanguage = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
SoundName = Annotated[str, StringConstraints(max_length=100, pattern=SOUND)]
Named = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=NO_CONTROLS)]


class NewConsentText(Shape):
    """A text that is to be read from now on."""

    language: TextLanguage
    text: Words = Field(description="As the agent reads it out.")
    names: dict[Part, Named] = Field(description="For each part, the words of the text in which it stands.")
    purpose: ConsentPurpose = Field(default=ConsentPurpose.ORDER, description="A yes to one is none to another.")
    prompt: SoundName | None = Field(default=None, description="The sound that says it to who is asked by a key.")


class ConsentTextShown(Shown):
    """A published text."""

    project_id: str
    purpose: ConsentPurpose
    language: str
    version: int
    text: str
    prompt: str | None
    names: dict[Part, str]
    sha256: str
    published_at: datetime
    published_by: str | None
    """Not told to clients and agents."""


class ConsentTextList(Shown):
    """All versions, by purpose and language, the newest first."""

    items: list[ConsentTextShown]


class ToAsk(Shape):
    """For which order the called party is asked, and in which language."""

    order_id: CallName = Field(description="The order that is booked under this id later.")
    language: TextLanguage


class ToAskForSample(Shape):
    """In which language the caller is asked."""

    language: TextLanguage


class ToRead(Shown):
    """What the agent reads out now."""

    language: str
    version: int
    text: str


class ToMark(Shape):
    """What the agent has just heard on the tape."""

    mark: SegmentMark
