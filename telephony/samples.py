"""Sampled inbound calls, as the journal keeps them: who was drawn, asked, and what they answered.

The draw is made before anybody knows the agent. Only who was drawn is asked, only who agreed is recorded, and only while they
talk with the agent they talked with first.
"""

from enum import StrEnum

from telephony.events import Event
from telephony.identifiers import AgentId, CallId, ProjectId, SegmentId
from telephony.order_segments import ConsentWords


class SampleAnswer(StrEnum):
    """What a caller who was drawn answered. `YES` alone permits anything."""

    YES = "yes"
    NO = "no"
    """Another key, or a no in words."""
    SILENCE = "silence"


class PassReason(StrEnum):
    """Why a call that was drawn is no sample, other than by the caller's word."""

    NO_TEXT = "no_text"
    """No text is published for it in the caller's language, or none with a sound."""
    CAP = "cap"
    """Enough calls of this agent are recorded in this period."""


class SampleDrawn(Event, frozen=True, kw_only=True):
    """The draw of a call: HMAC(seed of the day, call id) lies below the rate, or does not. `seed_sha256` was published before."""

    call_id: CallId
    project_id: ProjectId
    day: str
    seed_sha256: str
    rate_permille: int
    is_drawn: bool


class SampleAsked(Event, frozen=True, kw_only=True):
    """The caller hears what it is about and is asked for a key; whoever presses one cuts the question off."""

    call_id: CallId
    words: ConsentWords
    sounds: tuple[str, ...]
    language: str
    attempt: int = 1


class SampleAnswered(Event, frozen=True, kw_only=True):
    """The caller answered, or did not, and waits on. What key it was is kept nowhere."""

    call_id: CallId
    answer: SampleAnswer


class SamplePassed(Event, frozen=True, kw_only=True):
    """The call was drawn and is no sample all the same."""

    call_id: CallId
    reason: PassReason
    agent_id: AgentId | None = None


class SampleBegun(Event, frozen=True, kw_only=True):
    """Who agreed talks with their agent, for the first time or again: from this being durable on, that may be recorded."""

    call_id: CallId
    agent_id: AgentId
    project_id: ProjectId
    segment_id: SegmentId
    words: ConsentWords
    longest_ms: int


class SampleWithdrawn(Event, frozen=True, kw_only=True):
    """The caller took the yes back by a key: what is recorded of the call ends, and is shredded."""

    call_id: CallId
