"""Calls that go on, and the story of one."""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from web.schemas.types import Json, Shape, Shown, Text


class CallShown(Shown):
    """A call that is going on."""

    call_id: str
    direction: str
    phase: str
    phase_since: datetime
    offered_at: datetime
    answered_at: datetime | None
    project_id: str | None
    client_id: str | None
    agent_id: str | None
    masked: str | None
    offers: int
    held_ms: int


class CallList(Shown):
    """Calls within reach."""

    items: list[CallShown]


class EventShown(Shown):
    """One journaled event; `data` has the fields of its kind, numbers masked."""

    seq: int
    event_id: str
    kind: str
    occurred_at: datetime
    received_at: datetime
    call_id: str | None
    agent_id: str | None
    switch: str | None
    data: Json


class CallStory(Shown):
    """Everything that happened to a call, with the routing decisions in it."""

    call_id: str
    client_id: str | None
    project_id: str | None
    party_id: str | None
    agents: list[str]
    events: list[EventShown]
    decisions: list[Json]


class EventPage(Shown):
    """A stretch of the journal; go on after `next_seq`, until it is null."""

    items: list[EventShown]
    next_seq: int | None
    seen_seq: int
    """Where this page ends: what comes later is after that number."""


class Reason(Shape):
    """Why personal data is looked at or destroyed: kept with who did it."""

    reason: Text


class ErasedNumber(Reason):
    """Whom to erase, and why."""

    number: Annotated[str, StringConstraints(pattern=r"^[+(]?[0-9][0-9 ()/.-]{2,29}$")]


class PersonShown(Shown):
    """A caller in clear."""

    party_id: str
    number: str | None
    name: str | None


class ErasureShown(Shown):
    """Proof of an erasure."""

    receipt_id: str
    erased_at: datetime
    records: int
