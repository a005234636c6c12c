"""Shapes of recordings as those see them who may: what there is, who wants to hear it, who may, and who did."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from recording.access import Ground, RequestState, Wanted
from store.recording_access import Served
from store.vault import VaultState
from web.schemas.types import Asked, CallName, Shape, Shown, Text


class RecordingsQuery(Asked):
    """Which recordings."""

    call: CallName | None = None
    order: CallName | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class RecordingListed(Shown):
    """A recorded segment, without its sound."""

    segment_id: str
    client_id: str
    project_id: str
    call_id: str
    order_id: str | None
    kept_as: str
    state: VaultState
    stopped_at: datetime
    sealed_at: datetime | None
    kept_until: datetime


class RecordingList(Shown):
    """Those that stopped last first."""

    items: list[RecordingListed]


class MarkShown(Shown):
    """What was marked on the tape, and where."""

    what: str
    offset_ms: int


class StretchShown(Shown):
    """A stretch that is silence, and why."""

    from_ms: int
    to_ms: int
    why: str


class RequestShown(Shown):
    """Somebody wants to hear a recording, or to release it."""

    request_id: str
    segment_id: str
    wanted: Wanted
    reason: str
    state: RequestState
    asked_by: str
    asked_at: datetime
    lapses_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decided_reason: str
    until: datetime | None
    """When what was approved ends by itself."""
    is_mine: bool
    """Whether who looks has asked for it: another person decides then."""


class RequestList(Shown):
    """The newest first."""

    items: list[RequestShown]


class RecordingShown(Shown):
    """A recorded segment with all that is told of it, without its sound."""

    recording: RecordingListed
    duration_ms: int | None
    marks: list[MarkShown]
    masks: list[StretchShown]
    gaps: list[StretchShown]
    missing_ms: int
    """So much of the time it ran is on no tape, at the least: the switch did not keep up."""
    requests: list[RequestShown]


class AccessShown(Shown):
    """A stretch that somebody was served."""

    number: int
    user: str
    ground: Ground
    grant_id: str
    what: Served
    from_ms: int
    to_ms: int
    at: datetime


class AccessList(Shown):
    """The newest first."""

    items: list[AccessShown]


class NewRequest(Shape):
    """What is wanted, and why."""

    wanted: Annotated[Wanted, Field(strict=False)]
    reason: Text


class Decision(Shape):
    """Why it is approved or refused."""

    reason: Text


class GrantShown(Shown):
    """What the asking person may hear, or fetch as a package, until then."""

    grant_id: str
    segment_id: str
    ground: Ground
    until: datetime


class GrantList(Shown):
    """Those that end first before the others."""

    items: list[GrantShown]


class SittingShown(Shown):
    """A sitting, and what is heard in it."""

    sitting_id: str
    segment_id: str
    ground: Ground
    listener: str
    """Shown under the picture of the sound, so that no picture of the page is nobody's."""
    until: datetime
    duration_ms: int
    size: int
    """Bytes of the stereo file whose stretches are served: a WAV header of 44, then 4 a sample, 8,000 samples a second."""
    marks: list[MarkShown]
    masks: list[StretchShown]
    gaps: list[StretchShown]


class PeaksQuery(Asked):
    """How many places."""

    count: Annotated[int, Field(ge=1, le=1_200)] = 600


class Peaks(Shown):
    """How loud it is in each of the equal parts, in percent."""

    outside: list[int]
    """What the outside party said."""
    inside: list[int]
    """What it heard: the agent."""
