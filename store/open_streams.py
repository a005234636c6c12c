"""Which calls have not ended and which agents are on duty: kept beside the journal, so that a start reads only those.

The fold is cautious: it forgets an agent only when the journal proves that they are off duty. A stream kept too long costs a
little reading and changes nothing, because a state machine folded from before a log-in arrives at the same state.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from telephony.agent.model import AgentTimer
from telephony.agent.noted import AgentNoted, LastShare, ShareNoted, share_after
from telephony.dialling import CallPlaced
from telephony.events import (
    AgentReleased,
    AgentReserved,
    AgentTimerFired,
    AvailableRequested,
    CallEnded,
    Envelope,
    LegOffered,
    LogInRequested,
    LogOutRequested,
)
from telephony.identifiers import AgentId


class Family(StrEnum):
    """What a stream is of."""

    CALL = "call"
    AGENT = "agent"


class Bond(StrEnum):
    """Whether the agent is bound to a call: a log-out then waits for its end."""

    FREE = "free"
    BOUND = "bound"


class OpenStream(msgspec.Struct, frozen=True, kw_only=True):
    """A stream to be read at the next start, from `first_seq` on."""

    first_seq: int
    bond: Bond = Bond.FREE
    is_leaving: bool = False


_OF_AGENTS = (
    AgentReserved,
    AgentReleased,
    AgentNoted,
    ShareNoted,
    LogInRequested,
    LogOutRequested,
    AvailableRequested,
    AgentTimerFired,
)
"""What opens, closes or changes an agent's stream, or the agent's share."""

StreamKey: TypeAlias = tuple[Family, str]


@dataclass(slots=True, kw_only=True)
class StreamChanges:
    """What a batch of events changes: a stream's new form, None where it closes; agents' shares with the number of the event."""

    streams: dict[StreamKey, OpenStream | None] = field(default_factory=dict)
    shares: dict[AgentId, tuple[LastShare, int]] = field(default_factory=dict)


class OpenStreams:
    """The open streams as the database has them, and every agent's share of the calls."""

    def __init__(
        self, streams: dict[StreamKey, OpenStream] | None = None, shares: dict[AgentId, LastShare] | None = None
    ) -> None:
        self._streams = streams if streams is not None else {}
        self.shares = shares if shares is not None else {}

    def changes_of(self, envelopes: Iterable[Envelope]) -> StreamChanges:
        """What these events would change; nothing is changed yet, since the transaction may fail."""
        changes = StreamChanges()
        for envelope in envelopes:
            event = envelope.event
            if isinstance(event, (LegOffered, CallPlaced)):
                if envelope.call_id is not None:
                    changes.streams.setdefault((Family.CALL, envelope.call_id), OpenStream(first_seq=envelope.seq))
            elif isinstance(event, CallEnded):
                changes.streams[(Family.CALL, event.call_id)] = None
            elif envelope.agent_id is not None and isinstance(event, _OF_AGENTS):
                self._share_change(envelope, envelope.agent_id, changes)
                self._agent_change(envelope, changes)
        return changes

    def apply(self, changes: StreamChanges) -> None:
        """The changes are committed."""
        for key, stream in changes.streams.items():
            if stream is None:
                self._streams.pop(key, None)
            else:
                self._streams[key] = stream
        self.shares.update((agent_id, share) for agent_id, (share, _) in changes.shares.items())

    def items(self) -> list[tuple[StreamKey, OpenStream]]:
        """Every open stream."""
        return list(self._streams.items())

    def _share_change(self, envelope: Envelope, agent_id: AgentId, changes: StreamChanges) -> None:
        changed = changes.shares.get(agent_id)
        share = share_after(self.shares.get(agent_id) if changed is None else changed[0], envelope.event, envelope.seq)
        if share is not None:
            changes.shares[agent_id] = (share, envelope.seq)

    def _agent_change(self, envelope: Envelope, changes: StreamChanges) -> None:
        event, key = envelope.event, (Family.AGENT, str(envelope.agent_id))
        stream = changes.streams[key] if key in changes.streams else self._streams.get(key)
        after: OpenStream | None = stream
        if isinstance(event, AgentReserved):
            after = replace(stream or OpenStream(first_seq=envelope.seq), bond=Bond.BOUND, is_leaving=False)
        elif isinstance(event, LogInRequested):
            after = replace(stream or OpenStream(first_seq=envelope.seq), is_leaving=False)
        elif isinstance(event, AgentNoted):
            after = OpenStream(first_seq=envelope.seq)  # all there is to know of the agent is in it
        elif stream is None:
            return
        elif isinstance(event, AgentReleased):
            after = None if stream.is_leaving and not event.has_talked else replace(stream, bond=Bond.FREE)
        elif isinstance(event, AvailableRequested):
            after = replace(stream, is_leaving=False)
        elif isinstance(event, AgentTimerFired) and event.timer == AgentTimer.WRAP_UP_OVER and stream.is_leaving:
            after = None
        elif isinstance(event, LogOutRequested):
            after = replace(stream, is_leaving=True) if stream.bond is Bond.BOUND else None
        if after != stream:
            changes.streams[key] = after
