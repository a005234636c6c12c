"""Calls that go on, and the story of one."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from monitor.rows import EarPhase, TapePhase
from telephony.order_segments import SegmentMark
from web.schemas.types import Id, Json, Shape, Shown, Text
from web.schemas.waiting import Name


class TapeShown(Shown):
    """The recording of an order on a call, or of a call that is a sample."""

    phase: TapePhase
    """`recording` only while the switch has proven that it records, and was not told to stop."""
    since: datetime
    order_id: str
    is_masked: bool
    marks: list[SegmentMark]
    is_sample: bool


class EarShown(Shown):
    """Whether a call may be listened to, and is."""

    phase: EarPhase
    since: datetime
    is_heard: bool
    """By the switch's proof."""


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
    colleague_id: str | None = None
    """Who is consulted beside the agent, or is the third in a conference."""
    parked_at: int | None = None
    """The number under which the caller is parked."""
    outside: str | None = None
    """The masked number of somebody outside who was dialled for the call."""
    beside: str | None = None
    """How colleague or party outside take part: ringing, asked, swapped, conference, with_caller."""
    outside_note: str | None = None
    """What came of the last party outside: answered, busy, no_answer, rejected, invalid, failed, or the code of a refusal."""
    is_callback: bool = False
    """The caller hung up, keeps the place, and is called when it is their turn. To hang up cancels that."""
    rests_until: datetime | None = None
    """Nobody is rung for the callback before then."""
    callee: str | None = None
    """How far the call to whom we call has come: dialling, ringing, answered."""
    ear: EarShown | None = None
    """What was answered to being listened to; null: nobody was asked."""
    tape: TapeShown | None = None
    """The recording that goes on, or the last one; null: nobody was asked."""


class CallList(Shown):
    """Calls within reach."""

    items: list[CallShown]


class Consulted(Shape):
    """Whom to ask: a colleague, whoever is next of a department of the call's project, or a number outside; exactly one."""

    agent_id: Id | None = None
    department: Name | None = None
    number: Annotated[str, StringConstraints(pattern=r"^[+(]?[0-9][0-9 ()/.-]{2,29}$")] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(value is not None for value in self.model_dump().values()) != 1:
            raise ValueError(f"give exactly one of {', '.join(type(self).model_fields)}")
        return self


class HandedTo(Consulted):
    """Who gets the caller: a colleague, a department, a project's queue, or a number outside; exactly one of them."""

    project_id: Id | None = None


class ParkedCall(Shown):
    """A caller who waits to be picked up."""

    parked_at: int
    call_id: str
    project_id: str | None
    since: datetime
    masked: str | None


class ParkedList(Shown):
    """Parked callers whom the asking agent may pick up."""

    items: list[ParkedCall]


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
    """Who it is about, and why."""

    number: Annotated[str, StringConstraints(pattern=r"^[+(]?[0-9][0-9 ()/.-]{2,29}$")]


class PersonShown(Shown):
    """A caller in clear."""

    party_id: str
    number: str | None
    name: str | None


class ErasedPartShown(Shown):
    """What became of one kind of records: erased, or restricted and why."""

    what: str
    count: int
    became: str
    why: str


class ErasureShown(Shown):
    """Proof of an erasure."""

    receipt_id: str
    erased_at: datetime
    records: int
    parts: list[ErasedPartShown]
