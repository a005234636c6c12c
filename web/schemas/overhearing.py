"""Shapes of listening to a call while it goes on."""

from typing import Annotated

from pydantic import Field, StringConstraints

from telephony.overhearing import ListenMode
from web.schemas.recording import TextLanguage
from web.schemas.types import NO_CONTROLS, Shape

Why = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_CONTROLS)]


class ToAskForListening(Shape):
    """In which language the outside party is asked."""

    language: TextLanguage


class ToListen(Shape):
    """How, and why."""

    mode: ListenMode = Field(default=ListenMode.LISTEN, description="Whispering is heard by the agent alone.")
    reason: Why = Field(description="Kept, and told in the call's story.")
