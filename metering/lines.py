"""What metering makes of a call: the record of the call, and one minute line for each agent who was asked to take it.

A line exists for every agent with at least one reservation, talked or not (`attempts` counts them), and one without an agent
for a call that nobody was asked to take: an abandoned, refused or machine-answered call is listed, too.
"""

from enum import StrEnum

import msgspec

from telephony.causes import EndReason, ReleaseReason
from telephony.identifiers import AgentId, CallId, ClientId, Instant, LegId, PartyId, ProjectId, SwitchName

ENGINE_VERSION = "4"
"""Of the fold. Raised when the same events would give other bytes."""


class Direction(StrEnum):
    """Who rang whom."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Category(StrEnum):
    """The disjoint parts of a leg's life; they add up to it."""

    RING = "ring"
    WAIT = "wait"
    TALK = "talk"
    HOLD = "hold"
    CONSULT = "consult"
    CONFERENCE = "conference"
    """Talk with the outside party while another agent talks with it as well; every agent's is talk on its line."""
    ANNOUNCEMENT = "announcement"
    MACHINE = "machine"


class MeteringRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a contract may change about what counts; `version` goes into every line."""

    version: str = "1"
    is_hold_paid: bool = True
    is_hold_billed: bool = False


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of a leg's life, from `starts_at` up to, not with, `ends_at`; both are whole milliseconds."""

    category: Category
    starts_at: Instant
    ends_at: Instant


class LegRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One leg's life, cut into pieces without hole or overlap."""

    leg_id: LegId
    role: str
    agent_id: AgentId | None
    is_estimated: bool
    """Nobody saw the end: it is the last proof of life."""
    pieces: tuple[Piece, ...]

    def total_ms(self, *categories: Category) -> int:
        """Milliseconds in these categories; of the whole life where none is given."""
        return sum((p.ends_at - p.starts_at) // 1_000 for p in self.pieces if not categories or p.category in categories)


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A call as it was, folded from its events. Milliseconds are the outside party's: talk with two agents counts once."""

    call_id: CallId
    switch: SwitchName | None
    client_id: ClientId | None
    project_id: ProjectId | None
    direction: Direction
    did: str | None
    party_id: PartyId | None
    number_class: str
    country: str | None
    masked: str | None
    started_at: Instant
    talked_from_at: Instant | None
    ended_at: Instant
    end_reason: EndReason
    attempts: int
    ring_ms: int
    wait_ms: int
    talk_ms: int
    hold_ms: int
    announcement_ms: int
    machine_ms: int
    is_estimated: bool
    is_hold_unknown: bool
    legs: tuple[LegRecord, ...]
    engine_version: str
    rule_version: str


class MinuteLine(msgspec.Struct, frozen=True, kw_only=True):
    """One exported row: what one agent had of one call. Its key is `call_id` and `line_number`."""

    call_id: CallId
    line_number: int
    """From 1, in the order in which the agents were first asked."""
    started_at: Instant
    """When the call came in, or was wanted: what an export selects by."""
    client_id: ClientId | None
    project_id: ProjectId | None
    agent_id: AgentId | None
    direction: Direction
    number_class: str
    country: str | None
    attempts: int
    """How often this agent was asked to take the call."""
    ring_ms: int
    """How long the agent's phone rang."""
    wait_ms: int
    """What the outside party waited before this agent; the waiting of all lines of a call is the call's."""
    talk_ms: int
    hold_ms: int
    unknown_hold_ms: int
    """The part of `hold_ms` in which the switch was not heard: paid to the agent, not billed to the client."""
    consult_ms: int
    """How long the agent was with a colleague about the call, or waited for one, without the outside party."""
    announcement_ms: int
    machine_ms: int
    paid_ms: int
    """What counts for the agent under the rules named by `rule_version`."""
    billed_ms: int
    """What counts for the client: talk of two agents with the party at once is billed once, on the first one's line."""
    talked_from_at: Instant | None
    ended_at: Instant
    """When the call ended."""
    end_reason: EndReason
    release_reason: ReleaseReason | None
    """How the agent's (last) bond with the call ended."""
    is_estimated: bool
    is_hold_unknown: bool
    """Events of the switch may have been lost while agent and party were connected."""
    engine_version: str
    rule_version: str
    conference_ms: int = 0
    """The part of `talk_ms` in which another agent talked with the party as well."""
    is_callback: bool = False
    """The caller was promised to be called back: whatever came of it is no answer of the line, and no abandoned call."""


class FoldedCall(msgspec.Struct, frozen=True, kw_only=True):
    """All that is derived of one call; it replaces what was derived of it before."""

    record: CallRecord
    lines: tuple[MinuteLine, ...]
