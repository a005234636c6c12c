"""Somebody of the centre listens to a call that goes on: what is asked of the outside party first, and what the switch proves.

Consent is the outside party's, to being listened to, after a text of that purpose; one to being recorded says nothing of it. The
agent says what they answered. Anything but a clear yes is a no.
"""

from enum import StrEnum
from typing import ClassVar

from telephony.commands import LegCommand
from telephony.events import CallRequest, Event, LegFact
from telephony.identifiers import AgentId, CallId, EndpointId, LegId
from telephony.order_segments import ConsentWords


class ListenMode(StrEnum):
    """What who listens can do. Nobody speaks to the outside party: that would be a third party, who joins."""

    LISTEN = "listen"
    WHISPER = "whisper"
    """The agent hears them, the outside party does not."""


class EarEnd(StrEnum):
    """Why somebody listens no more."""

    ASKED = "asked"
    """They have ended it."""
    WITHDRAWN = "withdrawn"
    APART = "apart"
    """Agent and outside party were not alone together any more."""
    CUT = "cut"
    """The line to the switch was cut, or the controller was away."""
    CALL_ENDED = "call_ended"
    PHONE_ENDED = "phone_ended"
    """Their phone was not answered, or has hung up."""


# -- requests --------------------------------------------------------------------------------------------------------


class ListeningAsked(CallRequest, frozen=True, kw_only=True):
    """The agent reads the text to the outside party; nobody listens."""

    words: ConsentWords


class ListeningAgreed(CallRequest, frozen=True, kw_only=True):
    """The outside party clearly said yes: from this being durable on, somebody may listen."""


class ListeningDeclined(CallRequest, frozen=True, kw_only=True):
    """The outside party said no, or nothing clear."""


class ListeningRevoked(CallRequest, frozen=True, kw_only=True):
    """The outside party takes the yes back: whoever listens hears no more, at once."""


class ListenRequested(CallRequest, frozen=True, kw_only=True):
    """Who is named in `by` wants to listen, on their own phone, for that reason."""

    endpoint_id: EndpointId
    mode: ListenMode
    reason: str


class ListenEndRequested(CallRequest, frozen=True, kw_only=True):
    """They have heard enough."""


# -- concluded -------------------------------------------------------------------------------------------------------


class ListeningLapsed(Event, frozen=True, kw_only=True):
    """The yes is worth nothing any more: the two are parted, or nobody knows. Who wants to listen again has to have it asked."""

    call_id: CallId
    agent_id: AgentId
    reason: EarEnd


class EarClosed(Event, frozen=True, kw_only=True):
    """Nobody listens any more: the switch has proven it, or the call's legs are gone."""

    call_id: CallId
    agent_id: AgentId
    ear_id: LegId
    by: str
    reason: EarEnd
    has_heard: bool


# -- commands and facts ----------------------------------------------------------------------------------------------


class LetListen(LegCommand, frozen=True, kw_only=True):
    """Ring that phone as `ear_id`; answered, it hears what the leg's party says and hears. Repeated, it does nothing."""

    must_be_durable: ClassVar[bool] = True
    ear_id: LegId
    endpoint_id: EndpointId
    mode: ListenMode
    display_name: str
    timeout_ms: int


class EndListening(LegCommand, frozen=True, kw_only=True):
    """It hears no more, and its phone is hung up; cancels one that still waits for the disk. Repeated, it is confirmed again."""

    ear_id: LegId


class EarFact(LegFact, frozen=True, kw_only=True):
    """Something the switch has proven of who listens: `leg_id` is their own leg, which is no party of the call."""


class EarHears(EarFact, frozen=True, kw_only=True):
    """The phone was answered, and hears from here on."""


class EarEnded(EarFact, frozen=True, kw_only=True):
    """Nothing is heard there any more: the switch has neither the leg nor what it listened by."""
